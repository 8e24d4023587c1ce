"""Any decoded frame as the upright 8-bit 4:2:0 picture that is drawn on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
import numpy.typing as npt

from runlean.video import Frame
from runlean.video.layout import with_padding
from runlean.video.writer import Planes
from runlean_kernels.image.upright import narrow_plane, resample_plane


def copy_upright(frame: Frame, planes: Planes) -> None:
    """Copy a frame, turned upright, with square pixels, 8 bits and half the chroma each way.

    Parameters
    ----------
    frame : Frame
        As decoded.
    planes : tuple of uint8 (height, width), (ceil(height / 2), ceil(width / 2)) twice
        Receive Y, U and V.

    Notes
    -----
    4:2:0 is narrowed to 8 bits where it is deeper, and copied, or turned while it is copied; everything else is
    resampled, plane by plane.
    """
    info, layout = frame.info, frame.layout
    upright = info.orientation
    turned = upright.rotation_deg != 0 or upright.mirrored
    # with an odd side a turn would move chroma by half a sample
    exact = not turned or (info.coded_width % 2 == 0 and info.coded_height % 2 == 0)
    shape = (info.coded_width, info.coded_height) if upright.swaps_axes else (info.coded_height, info.coded_width)
    if (
        layout.kind != "gray"
        and (layout.sub_x, layout.sub_y) == (1, 1)
        and exact
        and shape == (info.height, info.width)
    ):
        for source, target in zip(_narrow(frame), planes, strict=True):
            np.copyto(target, upright.upright(source))
        return
    scale = 1.0 / (1 << (layout.bit_depth - 8))
    to_coded = np.vstack([info.coded_from_upright, [0.0, 0.0, 1.0]])
    _resample(frame.planes[0], 1, 0, (info.coded_width, info.coded_height), scale, to_coded, planes[0])
    if layout.kind == "gray":
        planes[1][:] = planes[2][:] = 128
        return
    shrink = np.diag([1.0 / (1 << layout.sub_x), 1.0 / (1 << layout.sub_y), 1.0])
    to_chroma = shrink @ to_coded @ np.diag([2.0, 2.0, 1.0])
    size = (-(-info.coded_width >> layout.sub_x), -(-info.coded_height >> layout.sub_y))
    for k in (0, 1):
        if layout.kind == "planar":
            _resample(frame.planes[1 + k], 1, 0, size, scale, to_chroma, planes[1 + k])
        else:
            _resample(frame.planes[1], 2, k, size, scale, to_chroma, planes[1 + k])


def _narrow(frame: Frame) -> Iterator[npt.NDArray[np.uint8]]:
    """Y, U and V of a 4:2:0 frame as 8-bit planes, the decoder's own where they are that already."""
    semiplanar, shift = frame.layout.kind == "semiplanar", frame.layout.bit_depth - 8
    for k in range(3):
        plane = frame.planes[min(k, len(frame.planes) - 1)]
        stride, offset = (2, k - 1) if semiplanar and k else (1, 0)
        if stride == 1 and shift == 0:
            yield cast(npt.NDArray[np.uint8], plane)
            continue
        narrowed = np.empty((plane.shape[0], plane.shape[1] // stride), np.uint8)
        narrow_plane(with_padding(plane), stride, offset, shift, narrowed)
        yield narrowed


def _resample(
    plane: npt.NDArray[np.uint8] | npt.NDArray[np.uint16],
    stride: int,
    offset: int,
    size: tuple[int, int],
    scale: float,
    to_source: npt.NDArray[np.float64],
    out: npt.NDArray[np.uint8],
) -> None:
    affine = np.ascontiguousarray(to_source[:2])
    resample_plane(with_padding(plane), stride, offset, *size, scale, affine, out)
