"""Does the rear foot hang in the air where the legs are furthest apart? Runners' does, walkers' stands."""

from __future__ import annotations

import numpy as np

from runlean.gait.middle import median
from runlean.gait.track import segments
from runlean.pose.tracks import FloatArray, IntArray
from runlean_kernels import landmarks as lm

#: Share of a track's rows in which the legs count as furthest apart.
WIDEST_SHARE = 0.2
#: Below this separation of the ankles, leg lengths, nothing is to be seen: somebody stands, or runs at the camera.
LEAST_WIDE = 0.25
LEAST_ROWS = 5

#: Lift, leg lengths, from which on somebody runs. Force plates' runners at 2.5 to 4.5 m/s 0.15 to 0.37, rendered and
#: filmed runners 0.17 to 0.41 (0.12 where others hide the legs); a filmed walker 0.04, walking as textbooks draw it
#: (Winter's hip and knee, strides 0.8 to 1.4 times as long) 0.01 to 0.06.
RUNNING_LIFT = 0.09
#: Below this nobody runs on a faster clock, nor on any whose hips do not bounce; between the two the hips tell.
WALKING_LIFT = 0.02


def rear_foot_lift(xy: FloatArray, offsets: IntArray, direction: FloatArray, leg_length: FloatArray) -> FloatArray:
    """Height of the rear ankle above the front one where the legs are furthest apart, leg lengths.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    offsets : int64 (track + 1,)
    direction : float64 (track,)
        +1 towards +x, -1 towards -x.
    leg_length : float64 (track,), px

    Returns
    -------
    float64 (track,)
        NaN where the ankles do not part, or are hardly seen.

    Notes
    -----
    A walker's legs are furthest apart when both feet are on the ground, a runner's in flight, the rear foot thrown up.
    It needs no clock: pictures tell it, however fast they are shown, and few of them are enough.
    """
    out = np.full(len(offsets) - 1, np.nan)
    for i, rows in enumerate(segments(offsets)):
        ankles = xy[rows][:, [lm.LEFT_ANKLE, lm.RIGHT_ANKLE]]
        apart = direction[i] * (ankles[:, 0, 0] - ankles[:, 1, 0]) / leg_length[i]
        left_lower = (ankles[:, 0, 1] - ankles[:, 1, 1]) / leg_length[i]
        known = np.isfinite(apart) & np.isfinite(left_lower)
        if not known.any():
            continue
        apart, left_lower = apart[known], left_lower[known]
        widest = np.quantile(np.abs(apart), 1.0 - WIDEST_SHARE)
        wide = np.abs(apart) >= widest
        if widest >= LEAST_WIDE and wide.sum() >= LEAST_ROWS:
            out[i] = median(np.sign(apart[wide]) * left_lower[wide])
    return out
