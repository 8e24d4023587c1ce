"""Marker names of the OpenSim and C3D world: those of Pose2Sim and Sports2D, whose models and set-ups know them."""

from __future__ import annotations

from typing import Final

#: The centre of mass as a marker of its own.
CENTRE_OF_MASS: Final = "CoM"


def marker_name(keypoint: str) -> str:
    """Marker name of a keypoint.

    Examples
    --------
    >>> marker_name("left_big_toe"), marker_name("nose")
    ('LBigToe', 'Nose')
    """
    side, _, point = keypoint.partition("_")
    words = point if side in ("left", "right") else keypoint
    prefix = {"left": "L", "right": "R"}.get(side, "")
    return prefix + "".join(word.capitalize() for word in words.split("_"))
