"""Crops by Numba's CUDA kernels (see `runlean_kernels.cuda`): one launch per picture."""

from __future__ import annotations

import contextlib
import importlib
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from runlean.device.cropper import Covers, Picture, is_straight
from runlean.device.memory import DeviceArray, DeviceMemory

FloatArray = npt.NDArray[np.float64]

#: Threads of a block, across and down: a warp's 32 read neighbouring samples of two rows.
_BLOCK: Final = (16, 16)
_CHROMA: Final = {"gray": 0, "planar": 1, "semiplanar": 2}


class KernelCropper:
    """A `Cropper` made of CUDA kernels; also turns crops to any angle.

    Parameters
    ----------
    memory : DeviceMemory
        The GPU's.

    Raises
    ------
    RuntimeError
        Where Numba finds no CUDA that it can compile for.
    """

    name = "kernel"

    def __init__(self, memory: DeviceMemory) -> None:
        from numba import cuda

        if not cuda.is_available():
            raise RuntimeError("Numba finds no CUDA it can compile for; pip install 'runlean[cuda]'")
        self._cuda: Any = cuda
        self._memory, self._index = memory, memory.index
        self._colours: dict[bytes, DeviceArray] = {}
        _say_nothing_of_small_grids()

    def crops(self, picture: Picture, affines: FloatArray, out: DeviceArray, covers: Covers | None = None) -> None:
        """As in `Cropper`; enqueued on CUDA's default stream."""
        from runlean_kernels.cuda import crop as kernels

        kernel = kernels.crops_to_rgb_on_gpu if is_straight(affines) else kernels.turned_crops_to_rgb_on_gpu
        n, height, width, _ = out.shape
        with self._cuda.gpus[self._index]:
            target, layout = self._array(out), picture.layout
            planes = [self._array(plane) for plane in picture.planes]
            grid = (_ceil(width, _BLOCK[0]), _ceil(height, _BLOCK[1]), n)
            kernel[grid, (*_BLOCK, 1)](
                planes[0], planes[min(1, len(planes) - 1)], planes[-1], _CHROMA[layout.kind], layout.sub_x,
                layout.sub_y, picture.width, picture.height, self._array(self._colour(picture)),
                self._there(affines), target,
            )  # fmt: skip
            if covers is not None:
                sums = self._there(np.zeros((n, 3)))
                kernels.sum_colours_on_gpu[(_ceil(height, 128), n), (128, 1)](target, sums)
                kernels.cover_on_gpu[grid, (*_BLOCK, 1)](
                    target, sums, self._there(covers.rectangles), self._there(covers.keep)
                )

    def luma(self, picture: Picture, affine: FloatArray, out: DeviceArray) -> None:
        """As in `Cropper`; enqueued on CUDA's default stream."""
        from runlean_kernels.cuda.crop import average_luma_on_gpu

        scale = 1.0 / (1 << (picture.layout.bit_depth - 8))
        with self._cuda.gpus[self._index]:
            grid = (_ceil(out.shape[1], _BLOCK[0]), _ceil(out.shape[0], _BLOCK[1]))
            average_luma_on_gpu[grid, _BLOCK](
                self._array(picture.planes[0]), picture.width, picture.height, scale,
                self._there(affine), self._array(out),
            )  # fmt: skip

    def _colour(self, picture: Picture) -> DeviceArray:
        key = picture.colour.tobytes()
        if key not in self._colours:
            self._colours[key] = self._memory.upload(picture.colour)
        return self._colours[key]

    def _there(self, array: npt.NDArray[Any]) -> Any:
        """A small array on the GPU, in a block that is used again; Numba's own copies allocate, and freeing waits."""
        return self._array(self._memory.upload(np.ascontiguousarray(array)))

    def _array(self, array: DeviceArray) -> Any:
        return self._cuda.as_cuda_array(array, sync=False)


def _say_nothing_of_small_grids() -> None:
    """Numba warns on stderr of grids below 128 blocks; a small luma picture is one, and takes microseconds."""
    for name in ("numba.cuda.core.config", "numba.core.config"):  # numba-cuda's, and that of the target inside Numba
        with contextlib.suppress(ImportError):
            vars(importlib.import_module(name))["CUDA_LOW_OCCUPANCY_WARNINGS"] = 0


def _ceil(n: int, step: int) -> int:
    return -(-n // step)
