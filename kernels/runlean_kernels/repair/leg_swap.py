"""Left and right legs exchanged by the network, found over time by dynamic programming."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_HIP, LEFT_KNEE
from runlean_kernels.repair.body_scale import scale_and_shank
from runlean_kernels.repair.leg_labels import settle_labels
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
_SAMPLES = 1024
#: Rows whose legs are compared at once.
_TILE = 64


@kernel
def _leg_vectors(xy: FloatArray, out: FloatArray) -> None:
    """Thigh of each side, and shank from each knee to each ankle, x and y: ``xy`` (row, 23, 2), ``out`` (12, row).

    Rows counted from 0 and a view for each line: an index that might be negative costs two instructions at each use.
    """
    for side in range(2):
        thigh_x = out[2 * side]
        thigh_y = out[2 * side + 1]
        own_x = out[4 + 6 * side]
        own_y = out[5 + 6 * side]
        other_x = out[6 + 2 * side]
        other_y = out[7 + 2 * side]
        for k in range(xy.shape[0]):
            kx = xy[k, LEFT_KNEE + side, 0]
            ky = xy[k, LEFT_KNEE + side, 1]
            thigh_x[k] = kx - xy[k, LEFT_HIP + side, 0]
            thigh_y[k] = ky - xy[k, LEFT_HIP + side, 1]
            own_x[k] = xy[k, LEFT_ANKLE + side, 0] - kx
            own_y[k] = xy[k, LEFT_ANKLE + side, 1] - ky
            other_x[k] = xy[k, LEFT_ANKLE + 1 - side, 0] - kx
            other_y[k] = xy[k, LEFT_ANKLE + 1 - side, 1] - ky


@kernel
def _leg_cost(
    ux: FloatArray, uy: FloatArray, vx: FloatArray, vy: FloatArray, shank: float, forward: float, out: FloatArray
) -> None:
    """Add the cost of thighs u and shanks v (row,) being one leg: the shank's length, the sense of the knee's bend."""
    per_off = 1.0 / (SHANK_SPREAD * shank)
    per_back = 1.0 / BACKWARD_SPREAD
    for k in range(out.shape[0]):
        square = vx[k] * vx[k] + vy[k] * vy[k]
        off = (math.sqrt(square) - shank) * per_off
        area = math.sqrt((ux[k] * ux[k] + uy[k] * uy[k]) * square)
        sine = -forward * (ux[k] * vy[k] - uy[k] * vx[k]) / area
        sine = 0.0 if area == 0.0 else sine
        back = (sine - BACKWARD) * per_back
        back = 0.0 if back < 0.0 else back
        off *= off
        back *= back
        out[k] += (CAP if off > CAP else off) + (CAP if back > CAP else back)


@kernel
def _compare_pairings(
    xy: FloatArray, time_s: FloatArray, first: int, stop: int, shank: float, forward: float, vectors: FloatArray,
    cost: FloatArray, apart: FloatArray,
) -> None:  # fmt: skip
    """Per row: cost of knees and ankles of different labels over that of the same; 0 where a point is missing.

    Some rows at a time, ``vectors`` (12, row) and ``cost`` (2, row), which makes vector code of roots and quotients.
    """
    for begin in range(first, stop, vectors.shape[1]):
        n = min(vectors.shape[1], stop - begin)
        _leg_vectors(xy[begin : begin + n], vectors)
        for crossed in range(2):
            cost[crossed, :n] = 0.0
            for side in range(2):
                v = 4 + 4 * side + 2 * (side ^ crossed)
                _leg_cost(
                    vectors[2 * side], vectors[2 * side + 1], vectors[v], vectors[v + 1], shank, forward,
                    cost[crossed, :n],
                )  # fmt: skip
        for k in range(n):
            i = begin + k
            difference = min(cost[1, k], CAP) - min(cost[0, k], CAP)
            h = time_s[i] - time_s[i - 1] if i > first else 0.0
            # a missing point makes the one or the other cost NaN
            known = cost[0, k] + cost[1, k]
            apart[i - first] = observation_weight(h) * difference if known == known else 0.0


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
    apart = np.empty(longest)
    come_from = np.empty((longest, 2), dtype=np.uint32)
    scratch = np.empty(_SAMPLES)
    vectors = np.empty((12, _TILE))
    cost = np.empty((2, _TILE))
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        scale, shank = scale_and_shank(xy, first, stop, scratch)
        if stop - first < 3 or math.isnan(scale):
            for i in range(first, stop):
                out_swapped[i, 0] = False
                out_swapped[i, 1] = False
            continue
        follow_pair(
            xy, score, time_s, first, stop, LEFT_KNEE, scale, KNEE_WANDER, scratch,
            knee_turned, apart, knee_margin, knee_hold,
        )  # fmt: skip
        follow_pair(
            xy, score, time_s, first, stop, LEFT_ANKLE, scale, ANKLE_WANDER, scratch,
            ankle_turned, apart, ankle_margin, ankle_hold,
        )  # fmt: skip
        _compare_pairings(
            xy, time_s, first, stop, shank, _forward_sign(xy, first, stop), vectors, cost, apart
        )  # fmt: skip
        settle_labels(
            time_s, first, stop, knee_turned, knee_margin, knee_hold, ankle_turned, ankle_margin, ankle_hold,
            apart, come_from, out_swapped,
        )  # fmt: skip
