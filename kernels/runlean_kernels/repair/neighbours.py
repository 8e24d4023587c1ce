"""Where a point should be, by the rows around it in time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: Rows further away than this in time say nothing about a point's place.
REACH_S = 0.2


@kernel
def cubic_weights(time_s: FloatArray, i: int, weight: FloatArray) -> None:
    """Weights of rows i - 2, i - 1, i + 1, i + 2 in the cubic through them, read at row i.

    -1/6, 2/3, 2/3, -1/6 where the rows are evenly spaced.
    """
    a = time_s[i - 2] - time_s[i]
    b = time_s[i - 1] - time_s[i]
    c = time_s[i + 1] - time_s[i]
    d = time_s[i + 2] - time_s[i]
    weight[0] = -b * c * d / ((a - b) * (a - c) * (a - d))
    weight[1] = -a * c * d / ((b - a) * (b - c) * (b - d))
    weight[2] = -a * b * d / ((c - a) * (c - b) * (c - d))
    weight[3] = -a * b * c / ((d - a) * (d - b) * (d - c))


@kernel
def _next_known(
    xy: FloatArray, time_s: FloatArray, stop: int, point: int, i: int, step: int, skip_from: int, skip_to: int,
    at_s: float, bad: BoolArray,
) -> int:  # fmt: skip
    """Nearest row beyond ``i`` in the sense of ``step`` where the point is known, not bad and not skipped; else -1.

    ``stop`` is the first row beyond the track in that sense.
    """
    k = i + step
    while k != stop and abs(time_s[k] - at_s) <= REACH_S:
        if not (skip_from <= k < skip_to) and not bad[k, point] and not math.isnan(xy[k, point, 0] + xy[k, point, 1]):
            return k
        k += step
    return -1


@kernel
def departure(
    xy: FloatArray, time_s: FloatArray, first: int, stop: int, point: int, i: int, skip_from: int, skip_to: int,
    bad: BoolArray,
) -> float:  # fmt: skip
    """Distance of a point from the polynomial through the nearest known rows around it.

    Parameters
    ----------
    xy, time_s
        Rows ``first..stop - 1`` are the track.
    i : int
        The row in question.
    skip_from, skip_to : int
        Rows that may not testify.
    bad : bool (row, 23)
        Nor may these.

    Returns
    -------
    float, px
        The cubic through two rows before and two after; the parabola or line where a side has only one within reach.
        NaN where a side has none, or the point is missing.
    """
    t = time_s[i]
    rows = (
        _next_known(xy, time_s, first - 1, point, i, -1, skip_from, skip_to, t, bad),
        _next_known(xy, time_s, stop, point, i, 1, skip_from, skip_to, t, bad),
    )
    if rows[0] < 0 or rows[1] < 0:
        return math.nan
    beyond = (
        _next_known(xy, time_s, first - 1, point, rows[0], -1, skip_from, skip_to, t, bad),
        _next_known(xy, time_s, stop, point, rows[1], 1, skip_from, skip_to, t, bad),
    )
    x = 0.0
    y = 0.0
    nodes = (rows[0], rows[1], beyond[0], beyond[1])
    for p in nodes:
        if p < 0:
            continue
        w = 1.0
        for q in nodes:
            if q >= 0 and q != p:
                w *= (t - time_s[q]) / (time_s[p] - time_s[q])
        x += w * xy[p, point, 0]
        y += w * xy[p, point, 1]
    dx = xy[i, point, 0] - x
    dy = xy[i, point, 1] - y
    return math.sqrt(dx * dx + dy * dy)
