"""The calls to NVIDIA's driver against a stand-in for its library that works on this process's memory."""

from __future__ import annotations

import ctypes
import gc
import threading

import numpy as np
import pytest

from runlean.device.cuda_memory import CudaMemory
from runlean.device.driver import CudaDriver, _DecodeCaps
from runlean.errors import DeviceError


class FakeLibrary:
    """Device memory is host memory, ``room`` bytes of it; every call is counted."""

    room = 1 << 20

    def __init__(self, fail=(), n_gpus=1):
        self.calls, self.blocks, self._fail, self._n_gpus = [], {}, dict(fail), n_gpus

    def __getattr__(self, name):
        def call(*arguments):
            self.calls.append(name)
            work = getattr(type(self), f"do_{name}", None)
            return self._fail.get(name) or (work(self, *arguments) if work else 0)

        return call

    def do_cuDeviceGet(self, device, index):
        return 0 if index < self._n_gpus else 101

    def do_cuMemAlloc_v2(self, pointer, size):
        if sum(map(len, self.blocks.values())) + size.value > self.room:
            return 2
        block = (ctypes.c_uint8 * size.value)()
        ctypes.cast(pointer, ctypes.POINTER(ctypes.c_uint64))[0] = ctypes.addressof(block)
        self.blocks[ctypes.addressof(block)] = block
        return 0

    def do_cuMemFree_v2(self, pointer):
        del self.blocks[pointer.value]
        return 0

    def do_cuMemcpyHtoD_v2(self, target, source, size):
        ctypes.memmove(target.value, source.value, size.value)
        return 0

    def do_cuMemcpyDtoH_v2(self, target, source, size):
        ctypes.memmove(target.value, source.value, size.value)
        return 0


class FakeCuvid:
    def __init__(self, supported):
        self._supported = supported

    def cuvidGetDecoderCaps(self, caps):
        caps = ctypes.cast(caps, ctypes.POINTER(_DecodeCaps)).contents
        assert caps.chroma == 1
        if (caps.codec, caps.bit_depth_minus_8) in self._supported:
            caps.is_supported, caps.n_engines, caps.max_width, caps.max_height = 1, 7, 8192, 8192
            caps.min_width, caps.min_height = 144, 128
        return 0


def test_what_is_uploaded_comes_back():
    memory = CudaMemory(CudaDriver(0, FakeLibrary()))
    for array in (np.arange(35, dtype=np.uint16).reshape(5, 7), np.arange(24, dtype=np.float32).reshape(2, 3, 4)):
        there = memory.upload(array)
        np.testing.assert_array_equal(memory.download(there), array)
        np.testing.assert_array_equal(memory.download(there.rows(1, 2)), array[1:2])


def test_gaps_between_rows_stay_behind():
    memory = CudaMemory(CudaDriver(0, FakeLibrary()))
    padded = np.arange(40, dtype=np.uint8).reshape(4, 10)
    there = memory.upload(padded)
    from runlean.device.memory import DeviceArray

    part = DeviceArray(there.pointer, (4, 6), there.dtype, there.row_bytes, there)
    np.testing.assert_array_equal(memory.download(part), padded[:, :6])
    assert part.__cuda_array_interface__["strides"] == (10, 1)
    assert there.__cuda_array_interface__["strides"] is None


def test_blocks_are_used_again():
    library = FakeLibrary()
    memory = CudaMemory(CudaDriver(0, library))
    for _ in range(3):
        array = memory.allocate((4, 4), np.uint8)
        part = array.rows(1, 3)
        pointer = array.pointer
        del array
        gc.collect()
        assert memory.allocate((4, 4), np.uint8).pointer != pointer  # a part of it is still held
        del part
        gc.collect()
    assert library.calls.count("cuMemAlloc_v2") == 2
    assert library.calls.count("cuMemFree_v2") == 0


def test_blocks_of_other_sizes_make_room_when_the_memory_is_full():
    library = FakeLibrary()
    library.room = 100
    memory = CudaMemory(CudaDriver(0, library))
    memory.allocate((60,), np.uint8)  # given back at once, and kept
    held = memory.allocate((80,), np.uint8)
    assert list(library.blocks) == [held.pointer]
    with pytest.raises(DeviceError, match="memory is full"):
        memory.allocate((60,), np.uint8)


def test_much_that_is_idle_goes_before_another_size_is_taken(monkeypatch):
    """A batch meets many sizes of video, and the networks need memory of their own."""
    monkeypatch.setattr("runlean.device.cuda_memory.MOST_IDLE", 100)
    library = FakeLibrary()
    memory = CudaMemory(CudaDriver(0, library))
    blocks = [memory.allocate((60,), np.uint8) for _ in range(2)]
    del blocks
    gc.collect()
    again = memory.allocate((60,), np.uint8)  # of the same size: taken from what is idle
    assert library.calls.count("cuMemFree_v2") == 0
    del again
    other = memory.allocate((8,), np.uint8)
    assert list(library.blocks) == [other.pointer]
    assert library.calls.count("cuMemFree_v2") == 2


def test_the_garbage_collector_may_give_a_block_back_while_one_is_taken():
    memory = CudaMemory(CudaDriver(0, FakeLibrary()))

    def collect():
        with memory._lock:  # as in `take`, when the collector runs there
            memory.give_back(1, 8)

    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def test_every_failure_names_the_call_and_what_to_do():
    with pytest.raises(DeviceError, match=r"GPU 3: cuDeviceGet gave CUDA error 101; .*--device cpu"):
        CudaDriver(3, FakeLibrary())
    memory = CudaMemory(CudaDriver(0, FakeLibrary({"cuMemAlloc_v2": 2})))
    with pytest.raises(DeviceError, match="memory is full; run fewer workers"):
        memory.allocate((8,), np.uint8)


def test_the_context_is_made_current_in_whatever_thread_calls():
    library = FakeLibrary()
    driver = CudaDriver(0, library)
    driver.synchronize()
    assert library.calls[-2:] == ["cuCtxSetCurrent", "cuStreamSynchronize"]


def test_the_context_is_one_that_ffmpeg_shares():
    """FFmpeg takes a primary context with the flag of blocking waits, and no other (libavutil/hwcontext_cuda.c)."""
    flags = []

    class Watched(FakeLibrary):
        def do_cuDevicePrimaryCtxSetFlags_v2(self, device, value):
            flags.append((device.value, value.value))
            return 0

    library = Watched()
    CudaDriver(0, library)
    assert flags == [(0, 4)]
    assert library.calls.index("cuDevicePrimaryCtxSetFlags_v2") < library.calls.index("cuDevicePrimaryCtxRetain")
    CudaDriver(0, FakeLibrary({"cuDevicePrimaryCtxSetFlags_v2": 708}))  # in use already, and the driver is old
    with pytest.raises(DeviceError, match="cuDevicePrimaryCtxSetFlags_v2 gave CUDA error 101"):
        CudaDriver(0, FakeLibrary({"cuDevicePrimaryCtxSetFlags_v2": 101}))


def test_networks_of_other_threads_are_not_waited_for():
    """Waiting for a whole context waits for every network in it, and breaks a capture of a CUDA graph."""
    library = FakeLibrary()
    CudaMemory(CudaDriver(0, library)).synchronize()
    assert "cuCtxSynchronize" not in library.calls


def test_what_the_engines_take():
    driver = CudaDriver(0, FakeLibrary())
    cuvid = FakeCuvid({(4, 0), (8, 2)})
    assert driver.decode_caps("h264", 8, cuvid) == {
        "engines": 7, "max_width": 8192, "max_height": 8192, "min_width": 144, "min_height": 128,
    }  # fmt: skip
    assert driver.decode_caps("hevc", 10, cuvid)["engines"] == 7
    assert driver.decode_caps("h264", 10, cuvid) is None
    assert driver.decode_caps("av1", 8, cuvid) is None
    assert driver.decode_caps("prores", 10, cuvid) is None
    assert ctypes.sizeof(_DecodeCaps) == 88
