"""The clips that ship with the package: two rendered ones with exact truth, one of a real runner.

Whose they are stands in ``LICENSE-clips.md`` beside them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent

#: What each clip shows.
CLIPS = {
    "ship_tm_right_60": "rendered: treadmill, running right, 8 deg of lean from the ankles, 174 steps/min, 60 fps, 6 s",
    "ship_og_waist_30": "rendered: crosses the frame, 14 deg of lean from the waist, 168 steps/min, 30 fps",
    "treadmill_male_30": "a real runner: treadmill, running left, 168.9 steps/min, portrait, 30 fps, 6 s",
}


def clip_path(name: str) -> Path:
    """Path of a shipped clip's video.

    Parameters
    ----------
    name : str
        A key of :data:`CLIPS`.

    Raises
    ------
    KeyError
        No such clip ships.

    Examples
    --------
    >>> clip_path("ship_tm_right_60").name
    'ship_tm_right_60.mp4'
    """
    return _FOLDER / f"{_checked(name)}.mp4"


def clip_truth(name: str) -> dict[str, Any]:
    """What is known of a shipped clip: exact kinematics of the rendered ones, counts by eye of the real one.

    Examples
    --------
    >>> clip_truth("ship_tm_right_60")["runners"][0]["truth"]["cadence_spm"]
    174.0
    """
    rendered = _FOLDER / f"{_checked(name)}.gt.json"
    path = rendered if rendered.is_file() else _FOLDER / f"{name}.json"
    truth: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return truth


def clip_truth_arrays(name: str) -> Path:
    """Path of a rendered clip's true per-frame arrays (npz).

    Raises
    ------
    KeyError
        No such clip ships, or it is the real one: nobody knows a real runner's joints frame by frame.
    """
    path = _FOLDER / f"{_checked(name)}.gt.npz"
    if not path.is_file():
        raise KeyError(f"{name}: expected a rendered clip (ship_...), came the real one; use clip_truth")
    return path


def _checked(name: str) -> str:
    if name not in CLIPS:
        raise KeyError(f"expected one of {', '.join(CLIPS)}; came {name!r}; only these clips ship")
    return name
