"""What there is of NVIDIA on this machine, what is wanted, what its engines decode: for ``runlean doctor``."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from runlean.device.driver import CudaDriver, load_driver
from runlean.errors import DeviceError

#: Asked for one by one: codec by FFmpeg's name, bits.
_ASKED: Final = (("h264", 8), ("hevc", 8), ("hevc", 10), ("vp9", 8), ("vp9", 10), ("av1", 8), ("av1", 10))


@dataclass(frozen=True, slots=True)
class Library:
    """A library that the CUDA provider loads, and whether it loads here."""

    name: str
    loads: bool


@dataclass(frozen=True, slots=True)
class Gpu:
    """What was found of a GPU, and what is missing.

    Attributes
    ----------
    devices : int
        GPUs that the driver shows.
    driver_cuda : str or None
        The newest CUDA that the driver can run.
    wanted_cuda : str or None
        The CUDA that the installed ONNX Runtime was built for.
    missing : tuple of str
        Libraries that did not load.
    lack : str
        Why CUDA cannot be used and what to do; empty where it can.
    names : tuple of str
        What the GPUs are called, and how many multiprocessors each has.
    libraries : tuple of Library
        Everything that the CUDA provider loads, in order; looked for on every machine.
    cudnn : str or None
        Version of cuDNN where it loads; 9 is wanted.
    tensorrt : str or None
        Version of TensorRT where all its libraries load; 10 is wanted, and nothing lacks without it.
    kernels : str
        Why Numba cannot compile for the GPU; empty where it can, or where there is none.
    """

    devices: int
    driver_cuda: str | None
    wanted_cuda: str | None
    missing: tuple[str, ...]
    lack: str
    names: tuple[str, ...] = ()
    libraries: tuple[Library, ...] = ()
    cudnn: str | None = None
    tensorrt: str | None = None
    kernels: str = ""


def find_gpu() -> Gpu:
    """Look for everything; quiet, and at most some libraries are loaded."""
    from onnxruntime.capi import build_and_package_info

    from runlean.models.libraries import library_loads, tensorrt_version, wanted_libraries
    from runlean.models.providers import count_gpus, gpu_name, probe_gpu

    probe = probe_gpu()
    wanted = wanted_libraries() if probe.built else []
    # an ONNX Runtime without CUDA uses no GPU, and nobody looked for one
    devices = probe.n_gpus if probe.built else count_gpus() or 0
    return Gpu(
        devices=devices,
        driver_cuda=_driver_cuda(),
        wanted_cuda=getattr(build_and_package_info, "cuda_version", None) if probe.built else None,
        missing=probe.missing,
        lack=probe.lack,
        names=tuple(gpu_name(index) for index in range(devices)),
        libraries=tuple(Library(name, library_loads(name, folder)) for name, folder in wanted),
        cudnn=_cudnn(),
        tensorrt=tensorrt_version() if probe.built else None,
        kernels=_kernels() if probe.n_gpus else "",
    )


def engines_of(gpu: Gpu) -> tuple[str, ...]:
    """In one phrase each, what the first GPU's decoding engines take; empty without a GPU."""
    if not gpu.devices:
        return ()
    try:
        driver = CudaDriver(0)
        found = []
        for codec, bits in _ASKED:
            caps = driver.decode_caps(codec, bits)
            if caps is not None:
                size = f"{caps['max_width']}x{caps['max_height']}"
                found.append(f"{codec} {bits} bit to {size} ({caps['engines']} engines)")
    except DeviceError:
        return ()
    return tuple(found)


def _driver_cuda() -> str | None:
    """The newest CUDA version that the installed driver runs."""
    try:
        driver = load_driver()
    except DeviceError:
        return None
    number = ctypes.c_int(0)
    if driver.cuDriverGetVersion(ctypes.byref(number)) != 0:
        return None
    return f"{number.value // 1000}.{number.value % 1000 // 10}"


def _cudnn() -> str | None:
    """Version of the cuDNN that `probe_gpu` or the search above loaded, or of its package."""
    try:
        library = ctypes.CDLL("cudnn64_9.dll" if sys.platform == "win32" else "libcudnn.so.9")
        library.cudnnGetVersion.restype = ctypes.c_size_t
        number = int(library.cudnnGetVersion())
        return f"{number // 10000}.{number % 10000 // 100}.{number % 100}"
    except (OSError, AttributeError):
        return _package("nvidia-cudnn-cu13", "nvidia-cudnn-cu12")


def _package(*names: str) -> str | None:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _kernels() -> str:
    """Why Numba cannot compile for the GPU."""
    try:
        from numba import cuda

        if cuda.is_available():
            return ""
        return "Numba finds no CUDA compiler; pip install 'runlean[cuda]'"
    except Exception as error:  # whatever the compiler's own start-up raises is the answer
        return " ".join(str(error).split())[:160]
