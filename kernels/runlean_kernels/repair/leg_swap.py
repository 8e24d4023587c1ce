"""Left and right legs exchanged by the network, found over time by dynamic programming."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_HIP, LEFT_KNEE
from runlean_kernels.repair.body_scale import body_scale, median_length
from runlean_kernels.repair.pair_path import (
    ANKLE_WANDER,
    CAP,
    KNEE_WANDER,
    follow_pair,
    observation_weight,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
ByteArray = NDArray[np.int8]

#: Relative standard deviation of a shank's length in the picture.
SHANK_SPREAD = 0.15
#: Sine of the knee's backward bend beyond which a knee and an ankle are of two legs, and its standard deviation.
BACKWARD = 0.2
BACKWARD_SPREAD = 0.15
#: Cost of taking the followed path for the other leg's from a row on, besides what holds it there.
BREAK = 8.0
#: Cost of rows whose label departs from the path, once where it begins and once where it ends.
CHANGE = 2.0
#: Cost of being exchanged, per second and pair: the network is right more often than not.
SWAPPED_PER_S = 12.0

_SAMPLES = 1024


@kernel
def _pairing(xy: FloatArray, i: int, crossed: int, shank: float, forward: float) -> float:
    """Cost of each knee belonging to the ankle of its own (0) or the other (1) label: shank length, bend."""
    cost = 0.0
    for side in range(2):
        kx = xy[i, LEFT_KNEE + side, 0]
        ky = xy[i, LEFT_KNEE + side, 1]
        vx = xy[i, LEFT_ANKLE + (side ^ crossed), 0] - kx
        vy = xy[i, LEFT_ANKLE + (side ^ crossed), 1] - ky
        length = math.sqrt(vx * vx + vy * vy)
        off = (length - shank) / (SHANK_SPREAD * shank)
        cost += min(off * off, CAP)
        ux = kx - xy[i, LEFT_HIP + side, 0]
        uy = ky - xy[i, LEFT_HIP + side, 1]
        area = math.sqrt(ux * ux + uy * uy) * length
        if area > 0.0:
            back = (-forward * (ux * vy - uy * vx) / area - BACKWARD) / BACKWARD_SPREAD
            if back > 0.0:
                cost += min(back * back, CAP)
    return min(cost, CAP)


@kernel
def _forward_sign(xy: FloatArray, first: int, stop: int) -> float:
    """Sense in which the knees bend in the picture, +1 or -1; 0 where they bend both ways (seen from the front)."""
    n = stop - first
    m = min(n, _SAMPLES)
    total = 0.0
    both = 0.0
    for k in range(m):
        i = first + (k * n) // m
        for side in range(2):
            ux = xy[i, LEFT_KNEE + side, 0] - xy[i, LEFT_HIP + side, 0]
            uy = xy[i, LEFT_KNEE + side, 1] - xy[i, LEFT_HIP + side, 1]
            vx = xy[i, LEFT_ANKLE + side, 0] - xy[i, LEFT_KNEE + side, 0]
            vy = xy[i, LEFT_ANKLE + side, 1] - xy[i, LEFT_KNEE + side, 1]
            cross = ux * vy - uy * vx
            if not math.isnan(cross):
                total += cross
                both += abs(cross)
    if abs(total) <= 0.5 * both:
        return 0.0
    return 1.0 if total > 0.0 else -1.0


@kernel
def _may_change(cost: FloatArray, origin: ByteArray, bit: int, price: float) -> None:
    """Let every state come from the one that differs in a bit, for a price."""
    for state in range(16):
        if state & bit == 0:
            other = state | bit
            if cost[other] + price < cost[state]:
                cost[state] = cost[other] + price
                origin[state] = origin[other]
            elif cost[state] + price < cost[other]:
                cost[other] = cost[state] + price
                origin[other] = origin[state]


@kernel
def leg_swap(xy: FloatArray, score: FloatArray, time_s: FloatArray, offsets: IntArray, out_swapped: BoolArray) -> None:
    """Rows where the network exchanged left and right of the knees, or of the ankles and feet.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
        Landmarks; NaN = missing.
    score : float64 (row, 23)
        The network's confidence; points far below the track's usual score count less. NaN or all 0 = none known.
    time_s : float64 (row,), s
        Strictly increasing within each track.
    offsets : int64 (track + 1,)
    out_swapped : bool (row, 2)
        Knees exchanged; ankles and feet exchanged.

    Notes
    -----
    For knees and ankles each, the left-to-right vector is followed as a pendulum (`follow_pair`): at each row, one of
    its two signs continues the path. Which leg the path is, it cannot say, and where the path was lost (legs that
    cross, a cover, one leg labelled twice) it may go on as the other. A Viterbi search over four bits per row
    settles that: for knees and ankles, is the path taken for the wrong leg, and is this row exchanged. It pays for

    - a path taken for the other leg from a row on: much where rows hold it together, little where it was lost;
    - a label that departs from the path (by the margin of fit), so that no weak evidence turns single rows;
    - shanks too short or long, and knees bent backwards, when a knee and an ankle are of different labels;
    - each second exchanged: what the network says most of the time is which leg is the left one.

    Evidence is counted per 1/30 s, so that a film at 240 frames per second is no surer than one at 30. Tracks of fewer
    than three rows, or without a leg, come back as they are.
    """
    longest = 0
    for track in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[track + 1] - offsets[track])
    knee_turned = np.empty(longest, dtype=np.int8)
    knee_margin = np.empty(longest)
    knee_hold = np.empty(longest)
    ankle_turned = np.empty(longest, dtype=np.int8)
    ankle_margin = np.empty(longest)
    ankle_hold = np.empty(longest)
    fit = np.empty(longest)
    come_from = np.empty((longest, 16), dtype=np.int8)
    cost = np.empty(16)
    origin = np.empty(16, dtype=np.int8)
    scratch = np.empty(_SAMPLES)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        scale = body_scale(xy, first, stop, scratch)
        if stop - first < 3 or math.isnan(scale):
            out_swapped[first:stop] = False
            continue
        shank = median_length(xy, first, stop, LEFT_KNEE, LEFT_ANKLE, scratch)
        forward = _forward_sign(xy, first, stop)
        follow_pair(
            xy, score, time_s, first, stop, LEFT_KNEE, scale, KNEE_WANDER, scratch,
            knee_turned, fit, knee_margin, knee_hold,
        )  # fmt: skip
        follow_pair(
            xy, score, time_s, first, stop, LEFT_ANKLE, scale, ANKLE_WANDER, scratch,
            ankle_turned, fit, ankle_margin, ankle_hold,
        )  # fmt: skip
        cost[:] = 0.0
        for k in range(stop - first):
            i = first + k
            h = time_s[i] - time_s[i - 1] if k > 0 else 0.0
            w = observation_weight(h)
            same = w * _pairing(xy, i, 0, shank, forward)
            crossed = w * _pairing(xy, i, 1, shank, forward)
            if math.isnan(same + crossed):
                same = 0.0
                crossed = 0.0
            for state in range(16):
                origin[state] = state
            # bits: the knees' path (8), the ankles' path (4) is the other leg's; knees (2), ankles (1) are exchanged
            _may_change(cost, origin, 8, BREAK + knee_hold[k])
            _may_change(cost, origin, 4, BREAK + ankle_hold[k])
            _may_change(cost, origin, 2, CHANGE * w)
            _may_change(cost, origin, 1, CHANGE * w)
            for state in range(16):
                come_from[k, state] = origin[state]
                knee = (state >> 1) & 1
                ankle = state & 1
                step = SWAPPED_PER_S * h * (knee + ankle) + (same if knee == ankle else crossed)
                step += knee_margin[k] if knee != (state >> 3) ^ knee_turned[k] else 0.0
                step += ankle_margin[k] if ankle != ((state >> 2) & 1) ^ ankle_turned[k] else 0.0
                cost[state] += step
        state = int(np.argmin(cost))
        for k in range(stop - first - 1, -1, -1):
            out_swapped[first + k, 0] = (state >> 1) & 1 == 1
            out_swapped[first + k, 1] = state & 1 == 1
            state = come_from[k, state]
