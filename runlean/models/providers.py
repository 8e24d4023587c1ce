"""Which execution provider a network runs on: what this machine has, and the choice as a pure function.

``onnxruntime.get_available_providers()`` lists what the wheel was built with, not what the machine can run:
it names CUDA and TensorRT on a machine without a GPU. So the driver is asked first; that is quiet and costs
well under a millisecond where there is none.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from runlean.errors import ConfigError, DeviceError
from runlean.models.libraries import library_loads, tensorrt_libraries, tensorrt_loads, wanted_libraries

CPU: Final = "CPUExecutionProvider"
CUDA: Final = "CUDAExecutionProvider"
TENSORRT: Final = "TensorrtExecutionProvider"

DEVICES: Final = ("auto", "cpu", "cuda", "tensorrt")

#: ``CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT``
_MULTIPROCESSORS: Final = 16


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
        Every library of TensorRT that its provider wants loads.
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
    device: str, usable: Collection[str], lack: str = "", n_gpus: int | None = None, tensorrt: str = "auto"
) -> tuple[str, ...]:
    """Execution providers to ask ONNX Runtime for, best first.

    Parameters
    ----------
    device : str
        ``auto`` (a GPU where it can be used, else the CPU: never an error), ``cpu``, ``cuda``, ``cuda:N``, or
        ``tensorrt`` (as ``cuda``, but without TensorRT an error).
    usable : collection of str
        Providers that can really run here (`GpuProbe.usable`).
    lack : str
        What is missing for a GPU; goes into the message.
    n_gpus : int, optional
        How many there are (`GpuProbe.n_gpus`); left out, the number in ``cuda:N`` is not looked at.
    tensorrt : {"auto", "off"}
        ``auto`` takes TensorRT on a GPU wherever it can be loaded, ``off`` leaves it to CUDA's own provider.

    Raises
    ------
    DeviceError
        When a GPU was asked for and cannot be used.
    ConfigError
        For an unknown device, and for TensorRT asked for and switched off at once.

    Examples
    --------
    >>> choose_providers("auto", {"CPUExecutionProvider"})
    ('CPUExecutionProvider',)
    >>> choose_providers("cuda", {CPU, CUDA, TENSORRT}, tensorrt="off")
    ('CUDAExecutionProvider', 'CPUExecutionProvider')
    """
    kind, index = parse_device(device)
    if kind == "tensorrt" and tensorrt == "off":
        raise ConfigError(f"device {device}: expected TensorRT to be allowed, came tensorrt off; leave one of them out")
    if kind == "cpu" or (kind == "auto" and CUDA not in usable):
        return (CPU,)
    if CUDA not in usable:
        raise DeviceError(f"device {device}: expected a usable NVIDIA GPU; {lack or 'none was found'}")
    if n_gpus is not None and index >= n_gpus:
        there = "one GPU, number 0" if n_gpus == 1 else f"{n_gpus} GPUs, numbers 0 to {n_gpus - 1}"
        raise DeviceError(f"device {device}: the driver shows {there}; use one of these (CUDA_VISIBLE_DEVICES counts)")
    if TENSORRT in usable and tensorrt != "off":
        return (TENSORRT, CUDA, CPU)
    if kind == "tensorrt":
        wanted = ", ".join(name for name, _ in tensorrt_libraries())
        raise DeviceError(
            f"device {device}: expected TensorRT 10 ({wanted}), which did not load; "
            "pip install 'tensorrt-cu13<11', or use --device cuda"
        )
    return (CUDA, CPU)


@cache
def probe_gpu() -> GpuProbe:
    """Look for an NVIDIA GPU and what the CUDA provider needs; once per process, silent."""
    import onnxruntime

    built = CUDA in onnxruntime.get_available_providers()
    n_gpus = count_gpus() if built else None
    if not n_gpus:
        return GpuProbe(built, n_gpus is not None, 0, (), False)
    missing = tuple(name for name, folder in wanted_libraries() if not library_loads(name, folder))
    tensorrt = TENSORRT in onnxruntime.get_available_providers() and not missing
    return GpuProbe(built, True, n_gpus, missing, tensorrt and tensorrt_loads())


def count_gpus() -> int | None:
    """Number of GPUs that the driver shows, None without a driver."""
    driver = _driver()
    if driver is None:
        return None
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def gpu_name(index: int) -> str:
    """What the driver calls a GPU, and how many multiprocessors it has (a slice of one has fewer); takes no memory."""
    driver = _driver()
    text, device, count = ctypes.create_string_buffer(256), ctypes.c_int(0), ctypes.c_int(0)
    if driver is None or driver.cuInit(0) or driver.cuDeviceGet(ctypes.byref(device), index):
        return f"GPU {index}"
    driver.cuDeviceGetName(text, 256, device)
    driver.cuDeviceGetAttribute(ctypes.byref(count), _MULTIPROCESSORS, device)
    return f"{text.value.decode(errors='replace')} with {count.value} multiprocessors"


def _driver() -> Any | None:
    try:
        return ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return None
