"""Legs that are hidden go on with the stride."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_KNEE

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@kernel
def fill_legs(
    xy: FloatArray,
    cycle: FloatArray,
    time_s: FloatArray,
    offsets: IntArray,
    max_gap_s: float,
    max_end_s: float,
    filled: BoolArray,
) -> None:
    """Bridge gaps in the paths of knees and ankles by the runner's own stride, where the hips are seen.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
        Landmarks, short gaps bridged by `fill_gap`; in place. What the cycle bridges is overwritten.
    cycle : float64 (row, 4, 2), px
        From `leg_cycle`: left and right knee, left and right ankle.
    time_s : float64 (row,), s
        Strictly increasing within each track.
    offsets : int64 (track + 1,)
    max_gap_s : float, s
        Longest time between the last known row before a gap and the first after it.
    max_end_s : float, s
        How far a path is carried on beyond its first and last known row.
    filled : bool (row, 23)
        Where `fill_gap` put a value in, which is no known one here; set where the cycle does.

    Notes
    -----
    The cycle plus what the points at the gap's ends are off it, straight between them: strides that are a little
    longer than the mean one stay so. Rows at which the cycle itself is not known are left as they are.
    """
    last = np.empty(4, dtype=np.int64)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        last[:] = -1
        # row by row, so that each is read once
        for i in range(first, stop + 1):
            for j in range(4):
                point = (LEFT_KNEE if j < 2 else LEFT_ANKLE) + j % 2
                if i < stop and (filled[i, point] or math.isnan(xy[i, point, 0] + xy[i, point, 1] + cycle[i, j, 0])):
                    continue
                before = last[j]
                after = i if i < stop else -1
                if before < 0 or after < 0 or (after > before + 1 and time_s[after] - time_s[before] <= max_gap_s):
                    begin = before + 1 if before >= 0 else first
                    _bridge(xy, cycle, time_s, begin, i, before, after, j, point, max_end_s, filled)
                last[j] = i


@kernel
def _bridge(
    xy: FloatArray, cycle: FloatArray, time_s: FloatArray, begin: int, end: int, before: int, after: int, j: int,
    point: int, max_end_s: float, filled: BoolArray,
) -> None:  # fmt: skip
    """Fill the rows ``begin..end - 1``, the known ones around them being ``before`` and ``after`` (-1: none)."""
    for i in range(begin, end):
        missing = filled[i, point] or math.isnan(xy[i, point, 0] + xy[i, point, 1])
        if not missing or math.isnan(cycle[i, j, 0]) or (before < 0 and after < 0):
            continue
        if before < 0:
            share = 1.0
        elif after < 0:
            share = 0.0
        else:
            share = (time_s[i] - time_s[before]) / (time_s[after] - time_s[before])
        if (before < 0 and time_s[after] - time_s[i] > max_end_s) or (
            after < 0 and time_s[i] - time_s[before] > max_end_s
        ):
            continue
        for axis in range(2):
            off = 0.0
            if before >= 0:
                off += (1.0 - share) * (xy[before, point, axis] - cycle[before, j, axis])
            if after >= 0:
                off += share * (xy[after, point, axis] - cycle[after, j, axis])
            xy[i, point, axis] = cycle[i, j, axis] + off
        filled[i, point] = True
