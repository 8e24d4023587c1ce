"""Poses that other tools made: which tool's file it is, what it holds, and gait from it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runlean.exchange.poses.analyze import analyze_pose_file
    from runlean.exchange.poses.pose_file import PoseFile
    from runlean.exchange.poses.read import read_pose_file
    from runlean.exchange.poses.recognise import is_pose_file

_LAZY = {
    "PoseFile": "pose_file",
    "analyze_pose_file": "analyze",
    "is_pose_file": "recognise",
    "read_pose_file": "read",
}

__all__ = ["PoseFile", "analyze_pose_file", "is_pose_file", "read_pose_file"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
