"""Short gaps in a point's path are bridged; long ones and the track's ends stay missing."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@kernel
def _end_slope(xy: FloatArray, time_s: FloatArray, end: int, outer: int, other: int, point: int, axis: int) -> float:
    """Slope at a gap's end: of the parabola through the row beyond it, the end, and the other end."""
    across = (xy[other, point, axis] - xy[end, point, axis]) / (time_s[other] - time_s[end])
    if outer < 0:
        return float(across)
    h0 = abs(time_s[end] - time_s[outer])
    h1 = abs(time_s[other] - time_s[end])
    own = (xy[end, point, axis] - xy[outer, point, axis]) / (time_s[end] - time_s[outer])
    if math.isnan(own):
        return float(across)
    return float((own * h1 + across * h0) / (h0 + h1))


@kernel
def _bridge(
    xy: FloatArray,
    time_s: FloatArray,
    first: int,
    stop: int,
    left: int,
    right: int,
    point: int,
    out_xy: FloatArray,
    out_filled: BoolArray,
) -> None:
    """Fill the rows between ``left`` and ``right``, both known."""
    h = time_s[right] - time_s[left]
    before = left - 1 if left > first else -1
    after = right + 1 if right + 1 < stop else -1
    for axis in range(2):
        p0 = xy[left, point, axis]
        p1 = xy[right, point, axis]
        m0 = h * _end_slope(xy, time_s, left, before, right, point, axis)
        m1 = h * _end_slope(xy, time_s, right, after, left, point, axis)
        for i in range(left + 1, right):
            u = (time_s[i] - time_s[left]) / h
            v = 1.0 - u
            out_xy[i, point, axis] = (
                (1.0 + 2.0 * u) * v * v * p0 + u * v * v * m0 + u * u * (3.0 - 2.0 * u) * p1 - u * u * v * m1
            )
            out_filled[i, point] = True


@kernel
def fill_gap(
    xy: FloatArray,
    time_s: FloatArray,
    offsets: IntArray,
    max_gap_s: float,
    out_xy: FloatArray,
    out_filled: BoolArray,
) -> None:
    """Bridge gaps in every point's path whose known ends lie no more than ``max_gap_s`` apart.

    Parameters
    ----------
    xy : float64 (row, point, 2), px
        A point is missing where either coordinate is NaN.
    time_s : float64 (row,), s
        Strictly increasing within each track.
    offsets : int64 (track + 1,)
    max_gap_s : float, s
        Longest time between the last known row before a gap and the first after it.
    out_xy : float64 (row, point, 2), px
        Known points as they came; gaps at a track's start or end and longer ones stay NaN.
    out_filled : bool (row, point)
        Where a value was put in.

    Notes
    -----
    A cubic Hermite polynomial per coordinate, its slopes those of the parabolas through each end, its outer
    neighbour and the other end: a point that goes through its extreme within the gap does so in the result, where
    a monotone (PCHIP) interpolant would flatten it.
    """
    n_points = xy.shape[1]
    last = np.empty(n_points, dtype=np.int64)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        last[:] = -1
        for i in range(first, stop):
            for point in range(n_points):
                out_filled[i, point] = False
                x = xy[i, point, 0]
                y = xy[i, point, 1]
                known = x == x and y == y
                out_xy[i, point, 0] = x if known else math.nan
                out_xy[i, point, 1] = y if known else math.nan
                if known:
                    left = last[point]
                    if 0 <= left < i - 1 and time_s[i] - time_s[left] <= max_gap_s:
                        _bridge(xy, time_s, first, stop, left, i, point, out_xy, out_filled)
                    last[point] = i
