"""Leg length, body height and metres per pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runlean.gait.direction import leg_length
from runlean.gait.middle import median
from runlean.pose.tracks import FloatArray
from runlean_kernels import landmarks as lm

#: (thigh + shank + trunk) / standing height as pose networks draw them: 0.81 (sd 0.01) over 15 rendered bodies,
#: their shoulders lying 3-4 cm above the joint centre. Without a trunk: (thigh + shank) / height, Drillis & Contini
#: 1966 as in Winter 2009 (.245 + .246).
TRUNK_AND_LEG_OF_HEIGHT = 0.81
LEG_OF_HEIGHT = 0.491

#: Relative standard deviation of the height estimated so, between bodies.
HEIGHT_RELATIVE_SD = 0.02


@dataclass(frozen=True, slots=True)
class BodyScale:
    """Sizes of one runner in the picture.

    Attributes
    ----------
    leg_length_px : float
        Median thigh plus median shank.
    body_height_px : float
        Standing height estimated from leg and trunk.
    metres_per_px : float or None
    relative_sd : float
        Of ``metres_per_px``.
    """

    leg_length_px: float
    body_height_px: float
    metres_per_px: float | None
    relative_sd: float


def body_scale(
    p: FloatArray, runner_height_m: float | None, treadmill_speed_mps: float | None, belt_speed_px: float
) -> BodyScale:
    """Sizes of a track of points.

    Parameters
    ----------
    p : float64 (row, 23, 2), px
    runner_height_m : float or None
    treadmill_speed_mps : float or None
        With ``belt_speed_px`` a scale where no height is given.
    belt_speed_px : float
        Speed of the stance foot relative to the hip, px/s; NaN where unknown.
    """
    leg = leg_length(p)
    trunk = 0.5 * (p[:, lm.LEFT_SHOULDER] + p[:, lm.RIGHT_SHOULDER] - p[:, lm.LEFT_HIP] - p[:, lm.RIGHT_HIP])
    lengths = np.hypot(trunk[:, 0], trunk[:, 1])
    lengths = lengths[np.isfinite(lengths)]
    if len(lengths):
        height = (leg + median(lengths)) / TRUNK_AND_LEG_OF_HEIGHT
    else:
        height = leg / LEG_OF_HEIGHT
    metres: float | None = None
    relative_sd = float("nan")
    if runner_height_m is not None and height > 0:
        metres, relative_sd = runner_height_m / height, HEIGHT_RELATIVE_SD
    elif treadmill_speed_mps is not None and belt_speed_px > 0:
        metres, relative_sd = treadmill_speed_mps / belt_speed_px, 0.04
    return BodyScale(leg, height, metres, relative_sd)
