"""Foot strike: the foot's inclination at contact against the flat foot of mid-stance."""

from __future__ import annotations

from typing import Literal

import numpy as np

from runlean.gait.events import ContactEvents
from runlean.pose.tracks import FloatArray, IntArray
from runlean_kernels.statistics import window_mean

FootStrike = Literal["rearfoot", "midfoot", "forefoot"]

#: Degrees; Altman & Davis 2012 as widely quoted (science: foot strike angle).
REARFOOT_ABOVE_DEG = 8.0
FOREFOOT_BELOW_DEG = -1.6

#: A class is given where the angle's standard deviation is below this: the midfoot band is 9.6 degrees wide.
MAX_STRIKE_SD_DEG = 6.0


def flat_foot_angle(
    foot_left: FloatArray,
    foot_right: FloatArray,
    time_s: FloatArray,
    offsets: IntArray,
    events: ContactEvents,
) -> FloatArray:
    """Inclination of the flat foot, per contact: the median over the same foot's mid-stances of its track.

    Parameters
    ----------
    foot_left, foot_right : float64 (row,), rad
    time_s : float64 (row,)
    offsets : int64 (track + 1,)
    events : ContactEvents

    Returns
    -------
    float64 (contact,), rad
    """
    n = len(events.contact_s)
    stance = events.toe_off_s - events.contact_s
    start, stop = events.contact_s + 0.3 * stance, events.contact_s + 0.55 * stance
    means = np.empty((2, n))
    for row, values in enumerate((foot_left, foot_right)):
        window_mean(np.ascontiguousarray(values), time_s, offsets, events.track, start, stop, means[row])
    own = np.where(events.side == 0, means[0], means[1])
    out = np.full(n, np.nan)
    for t in np.unique(events.track):
        for side in (0, 1):
            mine = (events.track == t) & (events.side == side)
            known = own[mine]
            known = known[np.isfinite(known)]
            if len(known):
                out[mine] = np.median(known)
    return out


def classify_strike(angle_deg: float, sd_deg: float) -> FootStrike | None:
    """Class of one contact; None where the angle is missing or too uncertain."""
    if not np.isfinite(angle_deg) or not sd_deg <= MAX_STRIKE_SD_DEG:
        return None
    if angle_deg > REARFOOT_ABOVE_DEG:
        return "rearfoot"
    return "forefoot" if angle_deg < FOREFOOT_BELOW_DEG else "midfoot"
