"""Left and right exchanged by the network: found over time by dynamic programming, and undone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_HEEL, LEFT_KNEE, N_LANDMARKS
from runlean_kernels.repair.body_scale import body_scale, median_length

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_ACCELERATION = 60.0
_SCATTER = 0.05
_CAP = 12.0
_SWITCH = 1.0
_SWAPPED = 0.02
_SAMPLES = 1024


@kernel
def _motion(xy: FloatArray, time_s: FloatArray, i: int, point: int, flip1: int, flip0: int, sigma: float) -> float:
    """Cost of rows i - 2, i - 1, i of a pair if it flips between the first two and between the last two."""
    h1 = time_s[i - 1] - time_s[i - 2]
    h0 = time_s[i] - time_s[i - 1]
    u = h0 / h1
    cost = 0.0
    for side in range(2):
        a = point + side
        b = point + (side ^ flip1)
        c = point + (side ^ flip1 ^ flip0)
        dx = xy[i, c, 0] - (1.0 + u) * xy[i - 1, b, 0] + u * xy[i - 2, a, 0]
        dy = xy[i, c, 1] - (1.0 + u) * xy[i - 1, b, 1] + u * xy[i - 2, a, 1]
        cost += dx * dx + dy * dy
    cost /= sigma * sigma
    if math.isnan(cost):
        return 0.0
    return min(cost, _CAP)


@kernel
def _shank(xy: FloatArray, i: int, crossed: int, length: float) -> float:
    cost = 0.0
    for side in range(2):
        dx = xy[i, LEFT_KNEE + side, 0] - xy[i, LEFT_ANKLE + (side ^ crossed), 0]
        dy = xy[i, LEFT_KNEE + side, 1] - xy[i, LEFT_ANKLE + (side ^ crossed), 1]
        off = (math.sqrt(dx * dx + dy * dy) - length) / (0.2 * length)
        cost += off * off
    if math.isnan(cost):
        return 0.0
    return min(cost, _CAP)


@kernel
def leg_swap(xy: FloatArray, score: FloatArray, time_s: FloatArray, offsets: IntArray, out_swapped: BoolArray) -> None:
    """Rows where the network exchanged left and right of the knees, or of the ankles and feet.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    score : float64 (row, 23)
    time_s : float64 (row,), s
    offsets : int64 (track + 1,)
    out_swapped : bool (row, 2)
        Knees exchanged, ankles and feet exchanged.
    """
    longest = 0
    for track in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[track + 1] - offsets[track])
    come_from = np.empty((longest, 16), dtype=np.int8)
    cost = np.empty(16)
    new = np.empty(16)
    knee = np.zeros(4)
    ankle = np.zeros(4)
    shank = np.zeros(2)
    scratch = np.empty(_SAMPLES)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        for i in range(first, stop):
            out_swapped[i, 0] = False
            out_swapped[i, 1] = False
        scale = body_scale(xy, first, stop, scratch)
        if stop - first < 3 or math.isnan(scale):
            continue
        shank_length = median_length(xy, first, stop, LEFT_KNEE, LEFT_ANKLE, scratch)
        for state in range(16):
            cost[state] = 0.0
        for i in range(first + 2, stop):
            h = time_s[i] - time_s[i - 1]
            sigma = scale * (_SCATTER + 0.5 * _ACCELERATION * h * h)
            for flips in range(4):
                knee[flips] = _motion(xy, time_s, i, LEFT_KNEE, flips >> 1, flips & 1, sigma)
                ankle[flips] = _motion(xy, time_s, i, LEFT_ANKLE, flips >> 1, flips & 1, sigma)
            shank[0] = 0.0 if math.isnan(shank_length) else _shank(xy, i, 0, shank_length)
            shank[1] = 0.0 if math.isnan(shank_length) else _shank(xy, i, 1, shank_length)
            for state in range(16):
                now = state & 3
                before = state >> 2
                flip = now ^ before
                best = math.inf
                best_from = 0
                for earlier in range(4):
                    flip1 = before ^ earlier
                    c = (
                        cost[(earlier << 2) | before]
                        + knee[((flip1 >> 1) << 1) | (flip >> 1)]
                        + ankle[((flip1 & 1) << 1) | (flip & 1)]
                    )
                    if c < best:
                        best = c
                        best_from = earlier
                flips_now = (flip & 1) + (flip >> 1)
                swapped = (now & 1) + (now >> 1)
                new[state] = best + shank[(now >> 1) ^ (now & 1)] + _SWITCH * flips_now + _SWAPPED * swapped
                come_from[i - first, state] = best_from
            for state in range(16):
                cost[state] = new[state]
        state = 0
        for k in range(1, 16):
            if cost[k] < cost[state]:
                state = k
        for i in range(stop - 1, first + 1, -1):
            out_swapped[i, 0] = (state >> 1) & 1 == 1
            out_swapped[i, 1] = state & 1 == 1
            state = (come_from[i - first, state] << 2) | (state >> 2)
        out_swapped[first + 1, 0] = (state >> 1) & 1 == 1
        out_swapped[first + 1, 1] = state & 1 == 1
        out_swapped[first, 0] = (state >> 3) & 1 == 1
        out_swapped[first, 1] = (state >> 2) & 1 == 1


@kernel
def undo_leg_swap(xy: FloatArray, score: FloatArray, swapped: BoolArray) -> None:
    """Exchange left and right, with their scores, where ``swapped`` says so; in place.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    score : float64 (row, 23)
    swapped : bool (row, 2)
        As `leg_swap` gives it.
    """
    for i in range(swapped.shape[0]):
        if swapped[i, 0]:
            _exchange(xy, score, i, LEFT_KNEE)
        if swapped[i, 1]:
            _exchange(xy, score, i, LEFT_ANKLE)
            for point in range(LEFT_HEEL, N_LANDMARKS, 2):
                _exchange(xy, score, i, point)


@kernel
def _exchange(xy: FloatArray, score: FloatArray, i: int, left: int) -> None:
    for axis in range(2):
        kept = xy[i, left, axis]
        xy[i, left, axis] = xy[i, left + 1, axis]
        xy[i, left + 1, axis] = kept
    kept = score[i, left]
    score[i, left] = score[i, left + 1]
    score[i, left + 1] = kept
