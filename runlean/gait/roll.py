"""The camera's roll: given, or read off the scene's lines where they can be trusted, else taken as none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from runlean.gait.view import SIDE_LIMIT_DEG, View
from runlean.pose.tracks import LineTilt, SceneLines

#: Uprights alone are trusted above this sharpness, and so are level lines where the view allows them.
LONE_SHARPNESS = 2.5

#: Uprights and level lines that agree within this are one camera's roll.
AGREEMENT_DEG = 1.5

#: What is left of the estimate's error between scenes (walls out of plumb, lens distortion).
SCENE_SD_DEG = 0.4

#: Hand-held and tripod video without a visible line: rolls within a degree or so.
ASSUMED_SD_DEG = 1.0
GIVEN_SD_DEG = 0.3


@dataclass(frozen=True, slots=True)
class Roll:
    """Camera roll.

    Attributes
    ----------
    roll_deg : float
        Positive: the camera is turned clockwise, so that what stands upright leans to the left in the picture.
    sd_deg : float
    source : {'given', 'estimated', 'assumed'}
    """

    roll_deg: float
    sd_deg: float
    source: Literal["given", "estimated", "assumed"]


def camera_roll(given_deg: float | None, scene: SceneLines | None, view: View | None, camera_moving: bool) -> Roll:
    """Roll of the camera over the whole video.

    Posts and walls stand upright from every viewpoint. Belts, tracks and horizons lie level only where the camera
    looks at right angles to them, so level lines count alone only in a side view from a camera that stands still.

    Parameters
    ----------
    given_deg : float or None
        As the user gave it.
    scene : SceneLines or None
    view : View or None
        Of the runner seen longest.
    camera_moving : bool
    """
    if given_deg is not None:
        return Roll(given_deg, GIVEN_SD_DEG, "given")
    upright = scene.upright if scene is not None else None
    level = scene.level if scene is not None else None
    if upright is not None and level is not None and abs(upright.tilt_deg - level.tilt_deg) <= AGREEMENT_DEG:
        return _from(0.5 * (upright.tilt_deg + level.tilt_deg), max(upright.sd_deg, level.sd_deg))
    if upright is not None and upright.sharpness >= LONE_SHARPNESS:
        return _from(upright.tilt_deg, upright.sd_deg)
    side = view is not None and view.kind == "side" and abs(view.yaw_deg) < 0.7 * SIDE_LIMIT_DEG
    if side and not camera_moving and _clear(level):
        assert level is not None
        return _from(level.tilt_deg, level.sd_deg)
    return Roll(0.0, ASSUMED_SD_DEG, "assumed")


def _clear(line: LineTilt | None) -> bool:
    return line is not None and line.sharpness >= LONE_SHARPNESS


def _from(tilt_deg: float, sd_deg: float) -> Roll:
    return Roll(-tilt_deg, (sd_deg**2 + SCENE_SD_DEG**2) ** 0.5, "estimated")
