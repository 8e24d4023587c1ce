"""On which machine, with which versions and from which state of the code the figures came."""

from __future__ import annotations

import datetime
import subprocess
from importlib import metadata
from pathlib import Path

PACKAGES = ("runlean", "numpy", "numba", "onnxruntime-gpu", "onnxruntime", "av", "pyarrow", "motmetrics")


def versions() -> dict[str, str]:
    """Versions of what the figures depend on; what is not installed is left out."""
    out = {}
    for name in PACKAGES:
        try:
            out[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return out


def code_state(root: Path) -> str:
    """Short hash of the commit, '+' where files differ from it; '' outside a checkout."""
    try:
        commit = _git(root, "rev-parse", "--short=10", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", "runlean", "kernels")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit + ("+" if changed else "")


def today() -> str:
    """Date in UTC."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout.strip()
