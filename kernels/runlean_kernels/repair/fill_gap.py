"""Short gaps in a point's path are bridged; long ones and the track's ends stay missing."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.filters.uniform import next_border
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
    return float((own * h1 + across * h0) / (h0 + h1))


@kernel
def _is_known(xy: FloatArray, row: int, point: int) -> bool:
    return not math.isnan(xy[row, point, 0] + xy[row, point, 1])


@kernel
def _bridge(
    xy: FloatArray, time_s: FloatArray, first: int, stop: int, left: int, right: int, point: int, filled: BoolArray
) -> None:
    """Fill the rows between ``left`` and ``right``, both known."""
    h = time_s[right] - time_s[left]
    # a row that was itself filled tells nothing
    before = left - 1 if left > first and not filled[left - 1, point] and _is_known(xy, left - 1, point) else -1
    after = right + 1 if right + 1 < stop and _is_known(xy, right + 1, point) else -1
    for axis in range(2):
        p0 = xy[left, point, axis]
        p1 = xy[right, point, axis]
        m0 = h * _end_slope(xy, time_s, left, before, right, point, axis)
        m1 = h * _end_slope(xy, time_s, right, after, left, point, axis)
        for i in range(left + 1, right):
            u = (time_s[i] - time_s[left]) / h
            v = 1.0 - u
            xy[i, point, axis] = (
                (1.0 + 2.0 * u) * v * v * p0 + u * v * v * m0 + u * u * (3.0 - 2.0 * u) * p1 - u * u * v * m1
            )
    for i in range(left + 1, right):
        filled[i, point] = True


@kernel
def fill_gap(xy: FloatArray, time_s: FloatArray, offsets: IntArray, max_gap_s: float, out_filled: BoolArray) -> None:
    """Bridge gaps in every point's path whose known ends lie no more than ``max_gap_s`` apart; in place.

    Parameters
    ----------
    xy : float64 (row, point, 2), px, in and out
        A point is missing where either coordinate is NaN. Known points stay as they came; gaps at a track's start or
        end and longer ones stay, or become, NaN in both coordinates.
    time_s : float64 (row,), s
        Strictly increasing within each track.
    offsets : int64 (track + 1,)
    max_gap_s : float, s
        Longest time between the last known row before a gap and the first after it.
    out_filled : bool (row, point)
        Where a value was put in.

    Notes
    -----
    A cubic Hermite polynomial per coordinate, its slopes those of the parabolas through each end, its outer
    neighbour and the other end: a point that goes through its extreme within the gap does so in the result, where
    a monotone (PCHIP) interpolant would flatten it.

    Rows are taken together as long as the same coordinates are known: what is whole is read once, in vector code, and
    not written.
    """
    n_points = xy.shape[1]
    flat = xy.reshape(xy.shape[0], 2 * n_points)
    last = np.empty(n_points, dtype=np.int64)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        out_filled[first:stop] = False
        last[:] = -1
        i = first
        while i < stop:
            border = next_border(flat, i, stop, 1)
            for point in range(n_points):
                if _is_known(xy, i, point):
                    left = last[point]
                    if 0 <= left < i - 1 and time_s[i] - time_s[left] <= max_gap_s:
                        _bridge(xy, time_s, first, stop, left, i, point, out_filled)
                    last[point] = border - 1
                elif xy[i, point, 0] == xy[i, point, 0] or xy[i, point, 1] == xy[i, point, 1]:
                    for k in range(i, border):
                        xy[k, point, 0] = math.nan
                        xy[k, point, 1] = math.nan
            i = border
