"""Decoding on NVIDIA's engines through PyAV, and the decoded planes by DLPack.

Read in PyAV 18's own source (``av/codec/hwaccel.py``, ``av/video/plane.py``): frames of
``HWAccel("cuda", is_hw_owned=True)`` keep the format ``cuda``, live in the device's primary context, and give their
planes as NV12 or P010/P016 by ``__dlpack__``; a stream cannot be named, so the device is waited for before the planes
are read. FFmpeg's hwaccel hands out copies on the device, not the decoder's own few surfaces
(``AV_HWACCEL_FLAG_UNSAFE_OUTPUT`` is not set), so frames may be kept.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from runlean.device.memory import DeviceArray
from runlean.errors import DeviceError
from runlean.video.layout import Layout, is_full_range, matrix_of

if TYPE_CHECKING:
    import av

#: What the engines give: bit depth that a sample's full scale has (10 and 12 bits lie at the top of 16).
FORMATS: Final = {"nv12": 8, "p010le": 16, "p016le": 16}


class _DLTensor(ctypes.Structure):
    """``DLTensor`` of DLPack 0.x, which PyAV 18 exports (capsules named ``dltensor``)."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


_pointer_of: Final = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = (ctypes.py_object, ctypes.c_char_p)


def array_of_dlpack(exporter: Any) -> DeviceArray:
    """What ``__dlpack__`` describes, wherever it lies, nothing copied; the capsule is kept, and with it the memory.

    Parameters
    ----------
    exporter : object
        Has ``__dlpack__``; unsigned integers, two axes, or three of which the last two lie close (interleaved chroma,
        which comes back as rows of pairs).

    Raises
    ------
    DeviceError
        For anything else.
    """
    capsule = exporter.__dlpack__()
    tensor = _DLTensor.from_address(_pointer_of(capsule, b"dltensor"))
    shape = [tensor.shape[i] for i in range(tensor.ndim)]
    strides = [tensor.strides[i] for i in range(tensor.ndim)] if tensor.strides else []
    close = tensor.ndim in (2, 3) and (not strides or strides[-1] == 1) and (tensor.ndim == 2 or strides[1] == shape[2])
    if tensor.code != 1 or tensor.lanes != 1 or tensor.bits not in (8, 16) or not close or tensor.data is None:
        raise DeviceError(
            f"expected a plane of 8- or 16-bit samples by DLPack, came type {tensor.code}, {tensor.bits} bits, "
            f"shape {shape}, strides {strides}; use --decoder cpu"
        )
    columns = int(np.prod(shape[1:]))
    dtype = np.dtype(np.uint8 if tensor.bits == 8 else np.uint16)
    row = strides[0] if strides else columns
    return DeviceArray(tensor.data + tensor.byte_offset, (shape[0], columns), dtype, row * dtype.itemsize, capsule)


class Nvdec:
    """The decoding engines of one GPU.

    Parameters
    ----------
    index : int
        Number of the GPU.
    share : callable, optional
        Makes the GPU's context one that FFmpeg shares (`CudaDriver.share`); called before a decoder is opened.
    """

    def __init__(self, index: int, share: Callable[[], None] | None = None) -> None:
        self.index = index
        self._share = share

    def hwaccel(self) -> Any:
        """What ``av.open`` takes; the stream must be decoded there, for the choice was made before."""
        from av.codec.hwaccel import HWAccel

        if self._share is not None:
            self._share()
        return HWAccel("cuda", device=str(self.index), allow_software_fallback=False, is_hw_owned=True)

    def planes(self, picture: av.VideoFrame) -> tuple[tuple[DeviceArray, ...], Layout] | None:
        """Planes of a frame of the engines as they lie, or None where the format is not one of theirs."""
        inner = picture.sw_format
        name = picture.format.name if inner is None else inner.name
        if name not in FORMATS:
            return None
        depth = FORMATS[name]
        matrix = matrix_of(int(picture.colorspace), picture.height)
        layout = Layout("semiplanar", 1, 1, depth, matrix, is_full_range(picture))
        luma, chroma = (array_of_dlpack(plane) for plane in picture.planes[:2])
        # an odd row or column of chroma is not in what PyAV exports (height // 2); the plane itself has it
        rows, columns = -(-picture.height // 2), 2 * -(-picture.width // 2)
        if chroma.shape != (rows, columns):
            chroma = DeviceArray(chroma.pointer, (rows, columns), chroma.dtype, chroma.row_bytes, chroma)
        return (luma, chroma), layout
