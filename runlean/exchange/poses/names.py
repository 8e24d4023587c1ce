"""Whose points these are called what: other tools' keypoint names onto runlean's."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Final

from runlean.errors import ConfigError
from runlean.skeleton import canonical_name

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SIDES: Final = {"l": "left", "left": "left", "r": "right", "right": "right"}
#: Other words for a point, without its side.
_WORDS: Final = {
    "toe": "big_toe", "toes": "big_toe", "hallux": "big_toe", "bigtoe": "big_toe", "smalltoe": "small_toe",
    "little_toe": "small_toe", "calcaneus": "heel", "hand": "wrist",
}  # fmt: skip


def recognised(name: str) -> str | None:
    """runlean's name of a point that another tool names, or None.

    Examples
    --------
    >>> recognised("LBigToe"), recognised("Hip_R"), recognised("leftKnee"), recognised("tail")
    ('left_big_toe', 'right_hip', 'left_knee', None)
    """
    direct = canonical_name(name)
    if direct is not None:
        return direct
    parts = re.split(r"[^a-z0-9]+", _CAMEL.sub("_", name.strip()).lower())
    parts = [part for part in parts if part]
    sides = [i for i, part in enumerate(parts) if part in _SIDES]
    if len(sides) != 1:
        return canonical_name("_".join(parts)) if parts else None
    side = _SIDES[parts.pop(sides[0])]
    point = "_".join(parts)
    return canonical_name(f"{side}_{_WORDS.get(point, point)}")


def read_names(path: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """Read what ``--keypoints`` names.

    Parameters
    ----------
    path : Path
        A JSON object or lines ``theirs,ours`` (comma, semicolon, tab or =): a mapping. Or one name per line, or a JSON
        list: the names of a file's points in their order.

    Returns
    -------
    mapping : dict of str to str
        Their names -> runlean's; '' passes a point over.
    order : tuple of str
        Names in order; empty where the file is a mapping.

    Raises
    ------
    ConfigError
        The file cannot be read, or a name on runlean's side is none of runlean's.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        if text.lstrip().startswith(("{", "[")):
            found = json.loads(text)
        else:
            rows = [re.split(r"\s*[,;\t=]\s*", line.strip()) for line in text.splitlines() if line.strip()]
            rows = [row for row in rows if not row[0].startswith("#")]
            found = [row[0] for row in rows] if all(len(row) == 1 for row in rows) else {r[0]: r[-1] for r in rows}
    except (OSError, ValueError, csv.Error) as error:
        raise ConfigError(f"--keypoints: expected a file of keypoint names, came {path} ({error})") from None
    if isinstance(found, list):
        return {}, tuple(str(name) for name in found)
    mapping = {str(theirs): str(ours or "") for theirs, ours in found.items()}
    wrong = sorted(ours for ours in mapping.values() if ours and canonical_name(ours) is None)
    if wrong:
        raise ConfigError(
            f"--keypoints: expected names as runlean has them (left_hip, right_big_toe ...) on the right, came "
            f"{', '.join(wrong)} in {path}"
        )
    return mapping, ()


def match_names(
    names: tuple[str, ...], mapping: dict[str, str], order: tuple[str, ...], what: str
) -> tuple[list[int], list[str], list[str]]:
    """Which points of a file are which of runlean's.

    Returns
    -------
    kept : list of int
        Indices of the points that are known.
    ours : list of str
        Their names.
    unknown : list of str
        Names that were not recognised.

    Raises
    ------
    ConfigError
        The names given do not fit the file.
    """
    if order:
        if len(order) != len(names):
            raise ConfigError(f"--keypoints: expected {len(names)} names, one per point of {what}; came {len(order)}")
        names = order
    absent = sorted(set(mapping) - set(names))
    if absent:
        raise ConfigError(
            f"--keypoints: expected names of {what} on the left ({', '.join(names)}); came {', '.join(absent)}"
        )
    kept, ours, unknown = [], [], []
    # what the user named goes before what is guessed
    for i in sorted(range(len(names)), key=lambda i: names[i] not in mapping):
        name = mapping.get(names[i])
        point = canonical_name(name) if name else None if name == "" else recognised(names[i])
        if point is not None and point not in ours:
            kept.append(i)
            ours.append(point)
        elif names[i] and name != "":
            unknown.append(names[i])
    return kept, ours, unknown
