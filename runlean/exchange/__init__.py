"""Other tools' files: analyses written for them, and poses that they made read in."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runlean.exchange.formats import FORMATS, Exported, export
    from runlean.exchange.recording import Recording, read_dataset_recording, read_recording

_LAZY = {
    "FORMATS": "runlean.exchange.formats",
    "Exported": "runlean.exchange.formats",
    "Recording": "runlean.exchange.recording",
    "export": "runlean.exchange.formats",
    "read_dataset_recording": "runlean.exchange.recording",
    "read_recording": "runlean.exchange.recording",
}

__all__ = ["FORMATS", "Exported", "Recording", "export", "read_dataset_recording", "read_recording"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'runlean.exchange' has no attribute {name!r}")
