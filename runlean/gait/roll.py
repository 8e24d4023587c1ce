"""The camera's roll: given, or read off the scene's lines where they can be trusted, else taken as none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from runlean.gait.view import SIDE_LIMIT_DEG, View
from runlean.pose.tracks import CameraTrack, LineTilt, SceneLines

#: Uprights alone are trusted above this sharpness, and so are level lines where the view allows them.
LONE_SHARPNESS = 2.5

#: Uprights and level lines that agree within this are one camera's roll.
AGREEMENT_DEG = 1.5

#: What is left of the estimate's error between scenes (walls out of plumb, lens distortion).
SCENE_SD_DEG = 0.4

#: Hand-held and tripod video without a visible line: rolls within a degree or so.
ASSUMED_SD_DEG = 1.0
GIVEN_SD_DEG = 0.3

#: A pan that goes with a runner over level ground moves the scene along the horizon: known once it has passed a
#: picture's width, and but for the slope of the ground (2 % is a degree).
PAN_SD_DEG = 1.0
#: A level camera that goes with a runner uphill shows the same as a rolled one on level ground. Half of what is read
#: is uncertain, so that the 95 % interval holds both (up to a slope of 17 %).
PAN_SLOPE_SHARE = 0.5
#: From this on the user is told that the ground may slope instead.
PAN_TOLD_DEG = 1.5
#: What a pan's path may scatter about its line, share of its length; hand-held ones 0.002 to 0.008.
PAN_SCATTER = 0.01


@dataclass(frozen=True, slots=True)
class Roll:
    """Camera roll.

    Attributes
    ----------
    roll_deg : float
        Positive: the camera is turned clockwise, so that what stands upright leans to the left in the picture.
    sd_deg : float
    source : {'given', 'estimated', 'assumed'}
    from_pan : bool
        Estimated from the way of a pan, which the ground's slope turns as the camera's roll does.
    """

    roll_deg: float
    sd_deg: float
    source: Literal["given", "estimated", "assumed"]
    from_pan: bool = False


def pan_tilt_deg(camera: CameraTrack | None, width: int) -> float | None:
    """Tilt of the line along which the scene passes a camera that pans, clockwise positive; None without a pan.

    Parameters
    ----------
    camera : CameraTrack or None
    width : int
        Of the picture, px.
    """
    if camera is None or not camera.moving or width <= 0:
        return None
    shot = camera.shot == np.bincount(camera.shot).argmax()
    x, y = camera.dx_px[shot], camera.dy_px[shot]
    known = np.isfinite(x + y)
    if known.sum() < 3 or np.ptp(x[known]) < width:
        return None
    slope, level = np.polyfit(x[known], y[known], 1)
    if np.std(y[known] - slope * x[known] - level) > PAN_SCATTER * np.ptp(x[known]):
        return None
    return float(np.degrees(np.arctan(slope)))


def camera_roll(
    given_deg: float | None,
    scene: SceneLines | None,
    view: View | None,
    camera_moving: bool,
    pan_deg: float | None = None,
) -> Roll:
    """Roll of the camera over the whole video.

    Posts and walls stand upright from every viewpoint. Belts, tracks and horizons lie level only where the camera
    looks at right angles to them, so level lines count alone only in a side view from a camera that stands still. A
    camera that pans with the runner shows by its own way where level is: rendered pans rolled by 4 degrees were read
    as 3.8, level ones as 0.05. Whether the ground slopes instead is not seen: the further the way is from level, the
    less certain the roll.

    Parameters
    ----------
    given_deg : float or None
        As the user gave it.
    scene : SceneLines or None
    view : View or None
        Of the runner seen longest.
    camera_moving : bool
    pan_deg : float, optional
        From `pan_tilt_deg`.
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
    if pan_deg is not None and view is not None and view.kind == "side":
        return Roll(-pan_deg, float(np.hypot(PAN_SD_DEG, PAN_SLOPE_SHARE * pan_deg)), "estimated", from_pan=True)
    return Roll(0.0, ASSUMED_SD_DEG, "assumed")


def _clear(line: LineTilt | None) -> bool:
    return line is not None and line.sharpness >= LONE_SHARPNESS


def _from(tilt_deg: float, sd_deg: float) -> Roll:
    return Roll(-tilt_deg, (sd_deg**2 + SCENE_SD_DEG**2) ** 0.5, "estimated")
