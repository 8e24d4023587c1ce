"""A device proves itself before it is used: small pictures are cropped there and held to the CPU's kernels."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.device.cropper import Cropper, Picture, cover_of, joined
from runlean.device.memory import DeviceArray, DeviceMemory
from runlean.errors import DeviceError
from runlean.video.layout import Layout
from runlean_kernels.image.colour import colour_weights
from runlean_kernels.image.crop import crops_to_rgb
from runlean_kernels.image.luma import average_luma
from runlean_kernels.tracking.cover import cover_others

#: Largest difference from the CPU's kernels, grey levels: both round, and sum in another order.
TOLERANCE: Final = 2
_WIDTH, _HEIGHT = 96, 64
#: Samples between two rows.
_GAP: Final = 32
_AFFINES: Final = np.array(
    [
        [[2.3, 0.0, -5.0], [0.0, 1.9, 3.3]],
        [[0.4, 0.0, 30.2], [0.0, 0.4, 20.1]],
        [[0.0, 2.9, 3.0], [-2.1, 0.0, 60.0]],
    ]
)


def check_cropper(cropper: Cropper, memory: DeviceMemory) -> None:
    """Hold a cropper to the CPU's kernels on an 8-bit and a 10-bit picture.

    Raises
    ------
    DeviceError
        Where any grey level differs by more than `TOLERANCE`: says by how much.
    """
    for depth in (8, 16):
        layout = Layout("semiplanar", 1, 1, depth, "bt709", False)
        luma, chroma = _planes(depth)
        colour = np.empty(8, np.float32)
        colour_weights(0.2126, 0.0722, depth, False, colour)
        picture = Picture((_pitched(memory, luma), _pitched(memory, chroma)), layout, _WIDTH, _HEIGHT, colour)
        for affines in (_AFFINES[:2], _AFFINES[2:]):
            expected = np.empty((len(affines), 24, 20, 3), np.uint8)
            crops_to_rgb(luma, chroma, chroma, 2, 1, 1, _WIDTH, _HEIGHT, colour, affines, expected)
            box, person, others = np.array([0.0, 0, 20, 24]), np.array([8.0, 4, 12, 20]), np.array([[-3.0, 2, 15, 9]])
            cover_others(expected[0], box, person, others, 0.1)
            cover = cover_of((20, 24), box, person, others, 0.1)
            assert cover is not None
            out = memory.allocate(expected.shape, np.uint8)
            cropper.crops(picture, affines, out, joined(len(affines), {0: cover}))
            memory.synchronize()
            _compare(cropper.name, memory.download(out), expected)
        small, found = np.empty((8, 12), np.float32), memory.allocate((8, 12), np.float32)
        affine = np.array([[8.0, 0.0, 0.0], [0.0, 8.0, 0.0]])
        average_luma(luma, _WIDTH, _HEIGHT, 1.0 / (1 << (depth - 8)), affine, small)
        cropper.luma(picture, affine, found)
        memory.synchronize()
        _compare(cropper.name, memory.download(found), small)


def _planes(depth: int) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]]:
    """Smooth luma and chroma with some noise."""
    rng = np.random.default_rng(depth)
    dtype, unit = (np.uint8, 1) if depth == 8 else (np.uint16, 256)
    rows, columns = np.mgrid[0:_HEIGHT, 0:_WIDTH]
    luma = 60.0 + rows + 0.8 * columns + rng.integers(0, 20, (_HEIGHT, _WIDTH))
    chroma = 110.0 + 0.3 * rows[::2, :_WIDTH] + rng.integers(0, 8, (_HEIGHT // 2, _WIDTH))
    return (luma * unit).astype(dtype), (chroma * unit).astype(dtype)


def _pitched(memory: DeviceMemory, plane: npt.NDArray[np.generic]) -> DeviceArray:
    """A plane with gaps between its rows, as decoders give it: Numba compiles once more for one without."""
    whole = memory.upload(np.pad(plane, ((0, 0), (0, _GAP)), mode="maximum"))
    return replace(whole, shape=plane.shape, owner=whole)


def _compare(name: str, found: npt.NDArray[np.generic], expected: npt.NDArray[np.generic]) -> None:
    worst = float(np.abs(found.astype(np.float64) - expected.astype(np.float64)).max())
    if not worst <= TOLERANCE:
        raise DeviceError(
            f"crops by {name}: expected the CPU's within {TOLERANCE} grey levels, came {worst:.1f} off; "
            "update the driver, or use --device cpu"
        )
