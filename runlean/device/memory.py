"""Memory that a network reads: a GPU's, or this process's own, so that every step runs and is tested without one."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

AnyArray = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class DeviceArray:
    """An array somewhere: what CUDA's array interface, ONNX Runtime's bindings and NumPy need to know of it.

    Attributes
    ----------
    pointer : int
        Address of the first element, in the memory it lies in.
    shape : tuple of int
    dtype : numpy dtype
    row_bytes : int
        From one row (step of the first axis) to the next; the other axes lie close.
    owner : object
        Kept, so that the memory lives as long as this.
    """

    pointer: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    row_bytes: int
    owner: object = None

    @property
    def is_close(self) -> bool:
        """No gaps between rows."""
        return self.row_bytes == int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """From the first row's start to the last row's end, gaps after it included."""
        return self.row_bytes * self.shape[0]

    @property
    def row_length(self) -> int:
        """Elements from one row to the next."""
        return self.row_bytes // self.dtype.itemsize

    def rows(self, begin: int, end: int) -> DeviceArray:
        """Part of it along the first axis."""
        shape = (end - begin, *self.shape[1:])
        return DeviceArray(self.pointer + begin * self.row_bytes, shape, self.dtype, self.row_bytes, self)

    def whole_rows(self) -> DeviceArray:
        """The same with what lies between the rows as part of them: (rows, row length), no gaps."""
        return DeviceArray(self.pointer, (self.shape[0], self.row_length), self.dtype, self.row_bytes, self)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """As Numba reads foreign arrays (version 3; synchronised by whoever hands it over)."""
        inner = [self.dtype.itemsize]
        for size in reversed(self.shape[2:]):
            inner.insert(0, inner[0] * size)
        strides = None if self.is_close else (self.row_bytes, *inner[-(len(self.shape) - 1) :])
        return {
            "shape": self.shape,
            "typestr": self.dtype.str,
            "data": (self.pointer, False),
            "strides": strides,
            "stream": None,
            "version": 3,
        }


class DeviceMemory(Protocol):
    """Where frames and crops lie.

    Every method may be called from any thread, and has done its work when it returns.
    """

    @property
    def kind(self) -> str:
        """``cuda`` or ``cpu``: the device as ONNX Runtime's bindings name it."""
        ...

    @property
    def index(self) -> int:
        """Number of the GPU."""
        ...

    def allocate(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> DeviceArray:
        """A new array without gaps, content undefined."""
        ...

    def upload(self, array: AnyArray) -> DeviceArray:
        """A copy of a C-contiguous array."""
        ...

    def write(self, target: DeviceArray, array: AnyArray) -> None:
        """Copy a C-contiguous array into one without gaps."""
        ...

    def download(self, array: DeviceArray) -> AnyArray:
        """A copy in this process's memory, gaps between rows left out."""
        ...

    def synchronize(self) -> None:
        """Wait for everything that was asked of the device."""
        ...


class HostMemory:
    """This process's memory in the part of a GPU's: the same steps, with ONNX Runtime's CPU provider."""

    kind = "cpu"
    index = 0

    def allocate(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> DeviceArray:
        """As in `DeviceMemory`."""
        return _described(np.empty(shape, dtype))

    def upload(self, array: AnyArray) -> DeviceArray:
        """As in `DeviceMemory`."""
        return _described(np.array(array, order="C"))

    def write(self, target: DeviceArray, array: AnyArray) -> None:
        """As in `DeviceMemory`."""
        self.view(target)[...] = array

    def download(self, array: DeviceArray) -> AnyArray:
        """As in `DeviceMemory`."""
        return self.view(array).copy()

    def synchronize(self) -> None:
        """Nothing is ever under way."""

    def view(self, array: DeviceArray) -> AnyArray:
        """The array itself, nothing copied."""
        raw = np.ctypeslib.as_array((ctypes.c_uint8 * array.nbytes).from_address(array.pointer))
        whole = raw.view(array.dtype).reshape(array.shape[0], array.row_length)
        length = int(np.prod(array.shape[1:], dtype=np.int64))
        return whole[:, :length].reshape(array.shape) if array.is_close else _without_gaps(whole, array.shape)


def _described(array: AnyArray) -> DeviceArray:
    return DeviceArray(array.ctypes.data, array.shape, array.dtype, array.strides[0] if array.size else 0, array)


def _without_gaps(whole: AnyArray, shape: tuple[int, ...]) -> AnyArray:
    length = int(np.prod(shape[1:], dtype=np.int64))
    return np.ascontiguousarray(whole[:, :length]).reshape(shape)
