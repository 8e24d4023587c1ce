"""Poses of altered clips, kept with a line that says of which pictures and by which networks they are."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any


def provenance(video: Path, networks: Any) -> str:
    """The pictures' digest and every network's name and digest, in one line.

    Parameters
    ----------
    video : Path
    networks : runlean.pose.networks.Networks

    Notes
    -----
    Of runlean's own code between pictures and keypoints it says nothing: who changes that empties the folder.
    """
    from runlean.video import sha256_of

    return " ".join([sha256_of(video), *(f"{n.info.name}:{n.info.sha256}" for n in networks.opened)])


def _made(path: Path) -> Path:
    return path.with_suffix(".made")


def keep(path: Path, made: str, posed: Any) -> None:
    """Write poses, their provenance last: where that lacks they are not whole."""
    _made(path).unlink(missing_ok=True)
    path.write_bytes(pickle.dumps(posed))
    _made(path).write_text(made + "\n", encoding="utf-8")


def are_of(path: Path, made: str) -> bool:
    """Whether there are poses of these pictures by these networks."""
    line = _made(path)
    return path.is_file() and line.is_file() and line.read_text(encoding="utf-8").strip() == made


def taken(path: Path, made: str) -> Any:
    """Poses as they were kept.

    Raises
    ------
    SystemExit
        They are of other pictures or other networks.
    """
    if not are_of(path, made):
        raise SystemExit(f"{path}: poses of other pictures or networks; run tools/altered_clips.py pose again")
    return pickle.loads(path.read_bytes())  # written by this tool
