"""Foot strike: the foot's inclination at contact against the flat foot of mid-stance."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean.gait.events import ContactEvents
from runlean.gait.systematic import FOOT_STRIKE_SD_DEG
from runlean.pose.tracks import FloatArray, IntArray
from runlean_kernels.statistics import window_mean

#: Degrees; Altman & Davis 2012 as widely quoted (science: foot strike angle).
REARFOOT_ABOVE_DEG = 8.0
FOREFOOT_BELOW_DEG = -1.6

#: The angle at contact is the mean over this time from it on: the instant is known to some 5 ms, and before it the foot
#: is still in swing.
STRIKE_WINDOW_S = 0.015

#: A class is given where the angle's standard deviation is below this: the midfoot band is 9.6 degrees wide.
MAX_STRIKE_SD_DEG = 6.0

#: Seen slower than this a foot has come down within two pictures (a runner's who lands on the forefoot in some 50 ms),
#: and landed flat in the one that shows it whichever way it came: nine degrees forefoot first read flat at 30 and at 60
#: pictures a second, and two runners who landed flat read -0.8 and 4.9 at 30. There a class must be so likely.
SLOW_INTERVAL_S = 1.0 / 55.0
LIKELY = 0.75


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


def classify_strikes(
    angle_deg: FloatArray,
    sd_deg: FloatArray,
    track: IntArray,
    side: npt.NDArray[np.int8],
    frame_interval_s: FloatArray,
) -> npt.NDArray[np.object_]:
    """Class of every contact, None where the angle is missing or too uncertain, or the pictures come too rarely.

    A runner lands much alike from stride to stride, so each angle is first drawn towards the mean of its foot's
    contacts, by as much as noise makes up of their spread (empirical Bayes; Efron & Morris 1975).

    Parameters
    ----------
    angle_deg, sd_deg : float64 (contact,)
        Foot strike angle and its standard deviation.
    track : int64 (contact,)
    side : int8 (contact,)
    frame_interval_s : float64 (track,)

    Returns
    -------
    object (contact,)
        'rearfoot', 'midfoot', 'forefoot' or None.
    """
    drawn = angle_deg.copy()
    for t in np.unique(track):
        for foot in (0, 1):
            mine = (track == t) & (side == foot) & np.isfinite(angle_deg) & np.isfinite(sd_deg)
            if mine.sum() >= 3:
                mean = float(np.mean(angle_deg[mine]))
                noise = float(np.mean(sd_deg[mine] ** 2))
                between = max(0.0, float(np.var(angle_deg[mine], ddof=1)) - noise)
                if between > 0:
                    drawn[mine] = mean + between / (between + noise) * (angle_deg[mine] - mean)
                else:
                    drawn[mine] = mean
    known = np.isfinite(drawn) & (sd_deg <= MAX_STRIKE_SD_DEG)
    out = np.full(len(drawn), None, dtype=object)
    out[known] = "midfoot"
    out[known & (drawn > REARFOOT_ABOVE_DEG)] = "rearfoot"
    out[known & (drawn < FOREFOOT_BELOW_DEG)] = "forefoot"
    slow = ~(frame_interval_s[track] <= SLOW_INTERVAL_S)
    out[slow & ~(_probability(drawn, np.hypot(sd_deg, FOOT_STRIKE_SD_DEG)) >= LIKELY)] = None
    return out


def _probability(angle_deg: FloatArray, sd_deg: FloatArray) -> FloatArray:
    """How likely the angle's class is, its error being normal."""
    above, below = (
        np.array([0.5 + 0.5 * math.erf(z) for z in ((angle_deg - edge) / (math.sqrt(2.0) * sd_deg)).tolist()])
        for edge in (REARFOOT_ABOVE_DEG, FOREFOOT_BELOW_DEG)
    )
    rearfoot, forefoot = above, 1.0 - below
    middle = 1.0 - rearfoot - forefoot
    return np.where(
        angle_deg > REARFOOT_ABOVE_DEG, rearfoot, np.where(angle_deg < FOREFOOT_BELOW_DEG, forefoot, middle)
    )
