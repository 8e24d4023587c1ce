"""runlean turns running video into measurements.

``analyze``, ``analyze_keypoints`` and ``open_dataset`` are loaded on first use, so that ``import runlean`` costs
nothing: it loads neither numba nor onnxruntime nor av.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from runlean.errors import (
    ConfigError,
    DatasetError,
    DeviceError,
    KeypointError,
    MissingPackageError,
    ModelError,
    OutputError,
    RunleanError,
    VideoError,
)

if TYPE_CHECKING:
    from runlean.analysis import Analysis
    from runlean.archive import open_dataset
    from runlean.pipeline import analyze, analyze_keypoints

__version__ = "0.1.0"

_LAZY = {
    "Analysis": "runlean.analysis",
    "analyze": "runlean.pipeline",
    "analyze_keypoints": "runlean.pipeline",
    "open_dataset": "runlean.archive",
}

__all__ = [
    "Analysis",
    "ConfigError",
    "DatasetError",
    "DeviceError",
    "KeypointError",
    "MissingPackageError",
    "ModelError",
    "OutputError",
    "RunleanError",
    "VideoError",
    "__version__",
    "analyze",
    "analyze_keypoints",
    "open_dataset",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        value = getattr(import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'runlean' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
