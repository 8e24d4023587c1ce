"""Where files lie that can be rebuilt; apart from ``jit``, so that to ask for a folder loads no Numba."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def user_cache_dir() -> Path:
    """Folder for what can be rebuilt: ``RUNLEAN_CACHE_DIR``, else the platform's cache folder."""
    given = os.environ.get("RUNLEAN_CACHE_DIR")
    if given:
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir())) / "runlean" / "cache"
    if sys.platform == "darwin":
        return Path(os.path.expanduser("~/Library/Caches/runlean"))
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "runlean"


def writable_folder(*candidates: Path) -> Path | None:
    """First candidate that can be created and written to, or None."""
    for folder in candidates:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None
