"""Who covers ground as a runner does, told without contacts: for runners whose legs are too hidden for a cycle."""

from __future__ import annotations

from typing import Final

import numpy as np

from runlean.gait.middle import median
from runlean.gait.track import segments
from runlean.pose.tracks import BoolArray, FloatArray, IntArray
from runlean_kernels import landmarks as lm
from runlean_kernels.events.gait_kind import WALK_RUN_SPEED

#: No runner is faster, leg lengths per second (12 m/s with a leg of 0.9 m).
FASTEST: Final = 13.5
#: A leg that swings forward passes the body at about the body's own speed: 1.7 to 2.0 times that over ground (rendered
#: races, 26 runners), 1.6 where legs were mixed up behind others. A foot on a pedal is faster than the rider by 1.7
#: leg lengths per second at most: 1.4 times at 4 leg lengths per second, and less when he is faster.
SWING: Final = 1.45
#: A course that is one: deviation from even speed, leg lengths. Tracks that changed from a person who stands to one
#: who runs had 0.6 and more, runners 0.01 to 0.17.
EVEN: Final = 0.3
#: Time over which the speed of an ankle is taken, s, and the least time that says anything: a stride at 170 steps a
#: minute. In half a second somebody who walks before a moving camera passed for a runner.
_SPEED_S: Final = 0.067
_LEAST_S: Final = 0.7


def travels_as_runner(
    steady: FloatArray, time_s: FloatArray, offsets: IntArray, leg_length_px: FloatArray
) -> BoolArray:
    """Whether each track crosses the ground evenly, faster than anybody walks, on legs that swing.

    Parameters
    ----------
    steady : float64 (row, 23, 2)
        Points in a picture that stands still, px.
    time_s : float64 (row,)
    offsets : int64 (track + 1,)
    leg_length_px : float64 (track,)

    Returns
    -------
    bool (track,)
        False, too, on a treadmill, from the front, and where too little was seen.
    """
    out = np.zeros(len(offsets) - 1, dtype=np.bool_)
    for i, rows in enumerate(segments(offsets)):
        hip_x = steady[rows][:, [lm.LEFT_HIP, lm.RIGHT_HIP], 0].mean(axis=1)
        t, leg = time_s[rows], float(leg_length_px[i])
        known = np.isfinite(hip_x)
        if not leg > 0 or known.sum() < 8 or t[known][-1] - t[known][0] < _LEAST_S:
            continue
        slope, start = np.polyfit(t[known], hip_x[known], 1)
        speed = abs(float(slope)) / leg
        uneven = float((hip_x[known] - start - slope * t[known]).std()) / leg
        swing = _faster_foot(steady[rows][:, [lm.LEFT_ANKLE, lm.RIGHT_ANKLE]], t) / leg
        out[i] = WALK_RUN_SPEED < speed < FASTEST and uneven < EVEN and swing > SWING * speed
    return out


def _faster_foot(ankles: FloatArray, time_s: FloatArray) -> float:
    """Median speed of that ankle which is the faster one, px/s; ankles (row, 2, 2). NaN where no speed is known."""
    gap = median(np.diff(time_s))
    step = max(1, round(_SPEED_S / gap)) if gap > 0 else len(time_s)
    moved, took = ankles[step:] - ankles[:-step], time_s[step:] - time_s[:-step]
    speed = np.hypot(moved[..., 0], moved[..., 1]) / took[:, None]
    faster = np.fmax(speed[:, 0], speed[:, 1]) if len(speed) else np.zeros(0)
    faster = faster[np.isfinite(faster)]
    return median(faster)
