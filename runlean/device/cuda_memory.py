"""A GPU's memory in blocks that are used again."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from runlean.device.driver import CudaDriver
from runlean.device.memory import DeviceArray
from runlean.errors import DeviceError

AnyArray = npt.NDArray[Any]

#: Memory that was given back and is kept, bytes: the networks need some, too, and other processes.
MOST_IDLE: Final = 2e9


class CudaMemory:
    """A GPU's memory (`DeviceMemory`); what is freed is kept by size, because allocating stops the GPU."""

    kind = "cuda"

    def __init__(self, driver: CudaDriver) -> None:
        self.driver = driver
        self.index = driver.index
        self._free: dict[int, list[int]] = defaultdict(list)
        self._idle = 0
        # of the same thread again: the garbage collector may give a block back while one is taken
        self._lock = threading.RLock()

    def allocate(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> DeviceArray:
        """As in `DeviceMemory`."""
        kind = np.dtype(dtype)
        row_bytes = int(np.prod(shape[1:], dtype=np.int64)) * kind.itemsize
        block = _Block(self, row_bytes * shape[0])
        return DeviceArray(block.pointer, shape, kind, row_bytes, block)

    def upload(self, array: AnyArray) -> DeviceArray:
        """As in `DeviceMemory`."""
        out = self.allocate(array.shape, array.dtype)
        self.write(out, array)
        return out

    def write(self, target: DeviceArray, array: AnyArray) -> None:
        """As in `DeviceMemory`."""
        self.driver.upload(target.pointer, np.ascontiguousarray(array))

    def download(self, array: DeviceArray) -> AnyArray:
        """As in `DeviceMemory`."""
        whole = np.empty((array.shape[0], array.row_length), array.dtype)
        # the last row's gap may lie beyond what was allocated
        length = int(np.prod(array.shape[1:], dtype=np.int64))
        flat = whole.reshape(-1)[: (array.shape[0] - 1) * array.row_length + length]
        self.driver.download(flat, array.pointer)
        return np.ascontiguousarray(whole[:, :length]).reshape(array.shape)

    def synchronize(self) -> None:
        """As in `DeviceMemory`."""
        self.driver.synchronize()

    def take(self, nbytes: int) -> int:
        """A block's address, from what was given back or new."""
        with self._lock:
            if self._free[nbytes]:
                self._idle -= nbytes
                return self._free[nbytes].pop()
        if (
            self._idle > MOST_IDLE
        ):  # left by videos of other sizes; not when it is given back, which a capture would not bear
            self._release()
        try:
            return self.driver.allocate(nbytes)
        except DeviceError:
            if not self._release():
                raise
        return self.driver.allocate(nbytes)

    def _release(self) -> bool:
        """Free all that was given back: videos of other sizes left it; False where there was nothing."""
        with self._lock:
            kept = [pointer for pointers in self._free.values() for pointer in pointers]
            self._free.clear()
            self._idle = 0
        for pointer in kept:
            self.driver.free(pointer)
        return bool(kept)

    def give_back(self, pointer: int, nbytes: int) -> None:
        """Keep a block for the next who needs one of its size."""
        with self._lock:
            self._free[nbytes].append(pointer)
            self._idle += nbytes


class _Block:
    """Memory that goes back when nobody holds it."""

    def __init__(self, memory: CudaMemory, nbytes: int) -> None:
        self._memory, self._nbytes = memory, nbytes
        self.pointer = memory.take(nbytes)

    def __del__(self) -> None:
        pointer = getattr(self, "pointer", 0)
        if pointer:
            self._memory.give_back(pointer, self._nbytes)
