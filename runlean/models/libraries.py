"""NVIDIA's libraries: which ones ONNX Runtime's providers want, and whether they load here."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path
from typing import Final

#: cuFFT counts its own versions: CUDA major -> library version.
_CUFFT: Final = {"11": "10", "12": "11", "13": "12"}
#: Where TensorRT's wheels put their libraries, below site-packages.
_TENSORRT_FOLDER: Final = "tensorrt_libs"


def tensorrt_libraries() -> list[tuple[str, str]]:
    """(library, folder below site-packages) that the TensorRT provider is linked with, dependencies first."""
    names = ("nvinfer_10.dll", "nvonnxparser_10.dll")
    if sys.platform != "win32":
        names = ("libnvinfer.so.10", "libnvonnxparser.so.10")
    return [(name, _TENSORRT_FOLDER) for name in names]


def tensorrt_loads() -> bool:
    """Load TensorRT's libraries; they then stay for the provider, which looks nowhere but in the system's places."""
    return all(library_loads(name, folder) for name, folder in tensorrt_libraries())


def tensorrt_version() -> str | None:
    """Version of the TensorRT that loads here, None where none does."""
    if not tensorrt_loads():
        return None
    try:
        library = ctypes.CDLL(tensorrt_libraries()[0][0])
        number = int(library.getInferLibVersion())
    except (OSError, AttributeError):
        return "10"
    return f"{number // 10000}.{number % 10000 // 100}.{number % 100}"


def load_tensorrt_builder() -> None:
    """Load what TensorRT opens by name while it builds an engine, where it came as a wheel.

    A library's own folder is none of the places that the system looks in; what is loaded already is found by its name.
    """
    for root in filter(None, sys.path):
        for path in sorted(Path(root).glob(f"{_TENSORRT_FOLDER}/*nvinfer_builder_resource*")):
            if "_win" not in path.name or sys.platform == "win32":
                with contextlib.suppress(OSError):
                    ctypes.CDLL(str(path))


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
