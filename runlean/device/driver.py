"""NVIDIA's driver, called by `ctypes`: memory on a GPU, and what its decoding engines take.

This is the one file that only a GPU can prove. What it assumes, and from where:

- the driver API's functions and their ``_v2`` names (CUDA Driver API, "Memory Management" and
  "Primary Context Management");
- ONNX Runtime, Numba and FFmpeg (``primary_ctx=1``, which PyAV sets for frames that stay on the device) all use
  the primary context, so that a pointer of one is a pointer of all;
- FFmpeg refuses a primary context that is active with other flags than ``CU_CTX_SCHED_BLOCKING_SYNC``
  (``libavutil/hwcontext_cuda.c``: "Primary context already active with incompatible flags"), so these are set before
  the context is retained, and once more before every decoder is opened, whatever other libraries did meanwhile; drivers
  from CUDA 11 on also set them on a context that is active already;
- FFmpeg's copies of decoded pictures, Numba's kernels and these copies all go through the legacy default stream, in
  order; ONNX Runtime's streams do not block on it, and its ``run`` returns when its own work is done. So
  that stream alone is waited for: waiting for the whole context would wait for the networks of all other threads, and
  is an error while a CUDA graph is being captured (CUDA Driver API, "Stream synchronization behavior", "Prohibited
  and unhandled operations");
- the layout of ``CUVIDDECODECAPS`` (Video Codec SDK, ``cuviddec.h``), which has not changed since its version 8.1.

Every call's status is looked at; what fails becomes a `DeviceError` that names the call.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any, Final

import numpy.typing as npt

from runlean.errors import DeviceError

AnyArray = npt.NDArray[Any]

#: Codecs by FFmpeg's names, as ``cudaVideoCodec`` numbers them.
CODECS: Final = {
    "mpeg1video": 0, "mpeg2video": 1, "mpeg4": 2, "vc1": 3, "h264": 4, "mjpeg": 5, "hevc": 8, "vp8": 9, "vp9": 10,
    "av1": 11,
}  # fmt: skip
_CHROMA_420: Final = 1
#: ``CU_CTX_SCHED_BLOCKING_SYNC``: whoever waits for the GPU sleeps; what FFmpeg asks of a context that it shares.
_BLOCKING_SYNC: Final = 4
#: ``CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE``: older drivers set no flags then.
_ACTIVE_ALREADY: Final = 708


class _DecodeCaps(ctypes.Structure):
    _fields_ = (
        ("codec", ctypes.c_int),
        ("chroma", ctypes.c_int),
        ("bit_depth_minus_8", ctypes.c_uint),
        ("reserved_1", ctypes.c_uint * 3),
        ("is_supported", ctypes.c_ubyte),
        ("n_engines", ctypes.c_ubyte),
        ("output_formats", ctypes.c_ushort),
        ("max_width", ctypes.c_uint),
        ("max_height", ctypes.c_uint),
        ("max_macroblocks", ctypes.c_uint),
        ("min_width", ctypes.c_ushort),
        ("min_height", ctypes.c_ushort),
        ("histogram", ctypes.c_ubyte),
        ("counter_bits", ctypes.c_ubyte),
        ("histogram_bins", ctypes.c_ushort),
        ("reserved_3", ctypes.c_uint * 10),
    )


class CudaDriver:
    """One GPU's primary context.

    Parameters
    ----------
    index : int
        Number of the GPU, as ``CUDA_VISIBLE_DEVICES`` leaves it.
    library : optional
        The driver library; the system's where it is not given.

    Raises
    ------
    DeviceError
        No driver, no such GPU.
    """

    def __init__(self, index: int, library: Any = None) -> None:
        self._library = load_driver() if library is None else library
        self.index = index
        self._call("cuInit", 0)
        device = ctypes.c_int(0)
        self._call("cuDeviceGet", ctypes.byref(device), index)
        self._device = device
        self.share()
        self._context = ctypes.c_void_p()
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(self._context), device)

    def share(self) -> None:
        """Give the primary context the flags that FFmpeg asks of one that it shares."""
        flags = ctypes.c_uint(_BLOCKING_SYNC)
        self._call("cuDevicePrimaryCtxSetFlags_v2", self._device, flags, accept=_ACTIVE_ALREADY)

    def allocate(self, nbytes: int) -> int:
        """Address of new memory."""
        pointer = ctypes.c_uint64(0)
        self._here("cuMemAlloc_v2", ctypes.byref(pointer), ctypes.c_size_t(max(nbytes, 1)))
        return pointer.value

    def free(self, pointer: int) -> None:
        """Give memory back."""
        self._here("cuMemFree_v2", ctypes.c_uint64(pointer))

    def upload(self, pointer: int, array: AnyArray) -> None:
        """Copy a C-contiguous array to an address."""
        source = ctypes.c_void_p(array.ctypes.data)
        self._here("cuMemcpyHtoD_v2", ctypes.c_uint64(pointer), source, ctypes.c_size_t(array.nbytes))

    def download(self, array: AnyArray, pointer: int) -> None:
        """Fill a C-contiguous array from an address."""
        target = ctypes.c_void_p(array.ctypes.data)
        self._here("cuMemcpyDtoH_v2", target, ctypes.c_uint64(pointer), ctypes.c_size_t(array.nbytes))

    def synchronize(self) -> None:
        """Wait for what was enqueued on the legacy default stream: all that is asked of a GPU outside ONNX Runtime."""
        self._here("cuStreamSynchronize", ctypes.c_void_p(None))

    @property
    def name(self) -> str:
        """What the GPU is called."""
        text = ctypes.create_string_buffer(256)
        self._call("cuDeviceGetName", text, 256, self._device)
        return text.value.decode(errors="replace")

    def decode_caps(self, codec: str, bit_depth: int, library: Any = None) -> dict[str, int] | None:
        """What the decoding engines take of a codec at 4:2:0; None where they do not take it, or cannot be asked."""
        if codec not in CODECS:
            return None
        try:
            cuvid = library or ctypes.CDLL("nvcuvid.dll" if sys.platform == "win32" else "libnvcuvid.so.1")
        except OSError:
            return None
        caps = _DecodeCaps(codec=CODECS[codec], chroma=_CHROMA_420, bit_depth_minus_8=bit_depth - 8)
        self._call("cuCtxSetCurrent", self._context)
        if cuvid.cuvidGetDecoderCaps(ctypes.byref(caps)) != 0 or not caps.is_supported:
            return None
        return {
            "engines": int(caps.n_engines), "max_width": int(caps.max_width), "max_height": int(caps.max_height),
            "min_width": int(caps.min_width), "min_height": int(caps.min_height),
        }  # fmt: skip

    def _here(self, name: str, *arguments: Any) -> None:
        # a context is current per thread, and any thread may come
        self._call("cuCtxSetCurrent", self._context)
        self._call(name, *arguments)

    def _call(self, name: str, *arguments: Any, accept: int = 0) -> None:
        status = getattr(self._library, name)(*arguments)
        if status not in (0, accept):
            hint = "the GPU's memory is full; run fewer workers" if status == 2 else "look at nvidia-smi"
            raise DeviceError(f"GPU {self.index}: {name} gave CUDA error {status}; {hint}, or use --device cpu")


def load_driver() -> Any:
    """The driver's library.

    Raises
    ------
    DeviceError
        Where there is none.
    """
    try:
        return ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        raise DeviceError(
            "expected NVIDIA's driver, none was found; install the driver of the GPU, or use --device cpu"
        ) from None
