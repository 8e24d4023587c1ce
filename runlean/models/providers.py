"""Which execution provider a network runs on: what this machine has, and the choice as a pure function.

``onnxruntime.get_available_providers()`` lists what the wheel was built with, not what the machine can run:
it names CUDA and TensorRT on a machine without a GPU. So the driver is asked first; that is quiet and costs
well under a millisecond where there is none.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from runlean.errors import ConfigError, DeviceError

CPU: Final = "CPUExecutionProvider"
CUDA: Final = "CUDAExecutionProvider"
TENSORRT: Final = "TensorrtExecutionProvider"

DEVICES: Final = ("auto", "cpu", "cuda", "tensorrt")

#: cuFFT counts its own versions: CUDA major -> library version.
_CUFFT: Final = {"11": "10", "12": "11", "13": "12"}


@dataclass(frozen=True, slots=True)
class GpuProbe:
    """What was found of an NVIDIA GPU.

    Attributes
    ----------
    built : bool
        The installed ONNX Runtime holds the CUDA provider.
    driver : bool
        NVIDIA's driver library loads.
    n_gpus : int
        Devices that the driver shows to this process (``CUDA_VISIBLE_DEVICES`` counts).
    missing : tuple of str
        Libraries of CUDA and cuDNN that the provider wants and that do not load.
    tensorrt : bool
        TensorRT's library loads.
    """

    built: bool
    driver: bool
    n_gpus: int
    missing: tuple[str, ...]
    tensorrt: bool

    @property
    def usable(self) -> frozenset[str]:
        """Providers that can really run here."""
        if not (self.built and self.driver and self.n_gpus and not self.missing):
            return frozenset({CPU})
        return frozenset({CPU, CUDA, TENSORRT} if self.tensorrt else {CPU, CUDA})

    @property
    def lack(self) -> str:
        """What is missing for CUDA and how to get it; empty where nothing is."""
        if not self.built:
            return (
                "the installed onnxruntime is built without CUDA; "
                "pip uninstall onnxruntime onnxruntime-gpu (they share files), then pip install 'runlean[cuda]'"
            )
        if not self.driver:
            return "no NVIDIA driver was found; install the driver of the GPU, or use --device cpu"
        if not self.n_gpus:
            return "the NVIDIA driver shows no GPU; look at nvidia-smi and CUDA_VISIBLE_DEVICES"
        if self.missing:
            return f"{', '.join(self.missing)} did not load; pip install 'runlean[cuda]'"
        return ""


def parse_device(device: str) -> tuple[str, int]:
    """``"cuda:1"`` -> ``("cuda", 1)``; without a number, GPU 0.

    Raises
    ------
    ConfigError
        For any other word.
    """
    kind, _, index = device.partition(":")
    if kind not in DEVICES or (index and (kind in ("auto", "cpu") or not index.isdigit())):
        raise ConfigError(f"device: expected auto, cpu, cuda or cuda:N, came {device!r}; use one of these")
    return kind, int(index or 0)


def choose_providers(
    device: str, usable: Collection[str], lack: str = "", n_gpus: int | None = None
) -> tuple[str, ...]:
    """Execution providers to ask ONNX Runtime for, best first.

    Parameters
    ----------
    device : str
        ``auto`` (CUDA where it can run, else the CPU: never an error), ``cpu``, ``cuda``, ``cuda:N``, or
        ``tensorrt`` (asked for by name only: it compiles an engine per network and batch size, minutes each).
    usable : collection of str
        Providers that can really run here (`GpuProbe.usable`).
    lack : str
        What is missing for a GPU; goes into the message.
    n_gpus : int, optional
        How many there are (`GpuProbe.n_gpus`); left out, the number in ``cuda:N`` is not looked at.

    Raises
    ------
    DeviceError
        When a GPU was asked for and cannot be used.
    ConfigError
        For an unknown device.

    Examples
    --------
    >>> choose_providers("auto", {"CPUExecutionProvider"})
    ('CPUExecutionProvider',)
    """
    kind, index = parse_device(device)
    if kind == "cpu" or (kind == "auto" and CUDA not in usable):
        return (CPU,)
    if CUDA not in usable:
        raise DeviceError(f"device {device}: expected a usable NVIDIA GPU; {lack or 'none was found'}")
    if n_gpus is not None and index >= n_gpus:
        there = "one GPU, number 0" if n_gpus == 1 else f"{n_gpus} GPUs, numbers 0 to {n_gpus - 1}"
        raise DeviceError(f"device {device}: the driver shows {there}; use one of these (CUDA_VISIBLE_DEVICES counts)")
    if kind != "tensorrt":
        return (CUDA, CPU)
    if TENSORRT not in usable:
        raise DeviceError(
            "device tensorrt: expected TensorRT 10 (libnvinfer.so.10), which did not load; "
            "pip install 'tensorrt-cu13<11', or use --device cuda"
        )
    return (TENSORRT, CUDA, CPU)


@cache
def probe_gpu() -> GpuProbe:
    """Look for an NVIDIA GPU and what the CUDA provider needs; once per process, silent."""
    import onnxruntime

    built = CUDA in onnxruntime.get_available_providers()
    n_gpus = count_gpus() if built else None
    if not n_gpus:
        return GpuProbe(built, n_gpus is not None, 0, (), False)
    missing = tuple(name for name, folder in wanted_libraries() if not library_loads(name, folder))
    name = "nvinfer_10.dll" if sys.platform == "win32" else "libnvinfer.so.10"
    return GpuProbe(built, True, n_gpus, missing, not missing and library_loads(name, "tensorrt_libs"))


def count_gpus() -> int | None:
    """Number of GPUs that the driver shows, None without a driver."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return None
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def wanted_libraries() -> list[tuple[str, str]]:
    """(library, folder below site-packages) that the CUDA provider loads, dependencies first."""
    from onnxruntime.capi import build_and_package_info

    major = str(getattr(build_and_package_info, "cuda_version", "") or "13").split(".")[0]
    cufft = _CUFFT.get(major, str(int(major) - 1))
    windows = sys.platform == "win32"
    # From CUDA 13 on, NVIDIA's wheels share one folder; before, each library has its own.
    shared = int(major) >= 13
    tail = "bin" if windows else "lib"

    def folder(part: str) -> str:
        return f"nvidia/cu{major}/{'bin/x86_64' if windows else 'lib'}" if shared else f"nvidia/{part}/{tail}"

    if windows:
        return [
            (f"cublasLt64_{major}.dll", folder("cublas")),
            (f"cublas64_{major}.dll", folder("cublas")),
            (f"cufft64_{cufft}.dll", folder("cufft")),
            (f"cudart64_{major}.dll", folder("cuda_runtime")),
            ("cudnn64_9.dll", "nvidia/cudnn/bin"),
        ]
    return [
        (f"libcudart.so.{major}", folder("cuda_runtime")),
        (f"libcublasLt.so.{major}", folder("cublas")),
        (f"libcublas.so.{major}", folder("cublas")),
        (f"libnvrtc.so.{major}", folder("cuda_nvrtc")),
        ("libcurand.so.10", folder("curand")),
        (f"libcufft.so.{cufft}", folder("cufft")),
        ("libcudnn.so.9", "nvidia/cudnn/lib"),
    ]


def library_loads(name: str, folder: str) -> bool:
    """Load a library from a wheel's folder or the system's places; it then stays for the provider."""
    mode = getattr(os, "RTLD_GLOBAL", 0) | getattr(os, "RTLD_NOW", 0)
    places = [str(Path(root) / folder / name) for root in sys.path if root]
    for place in (*(p for p in places if os.path.isfile(p)), name):
        try:
            ctypes.CDLL(place, mode=mode or ctypes.DEFAULT_MODE)
            return True
        except OSError:
            continue
    return False
