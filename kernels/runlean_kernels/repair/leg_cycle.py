"""Knees and ankles against the runner's own stride: points on the other leg, or on somebody else's, are told by it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.events.rotor import turn_through
from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_HIP, LEFT_KNEE
from runlean_kernels.repair.body_scale import body_scale
from runlean_kernels.repair.leg_fit import HALF, fit_legs, follow_gain, let_go, residuals, unseen
from runlean_kernels.repair.pair_path import observation_weight
from runlean_kernels.repair.stride_rate import stride_rate
from runlean_kernels.repair.stride_window import LEAST_ROWS, LEAST_SPAN_S, WINDOW_S, longest_window

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: From one window to the next, s.
HOP_S = 2.0
#: Part of the legs' left to right movement that a steady stride must explain. Runners alone 0.95 to 1.0, half hidden
#: ones 0.77 to 0.9, since it counts what is to be found here; noise below 0.2.
COHERENT = 0.6
#: Rounds of fitting; in each, points far off the cycle lose weight.
ROUNDS = 4
#: A point is off beyond so many times the scatter and so many leg lengths. Strides differ by less: of 24,000 points of
#: rendered runners who are alone 15 lie beyond.
MULTIPLE = 3.0
NEVER_OFF = 0.15


@kernel
def _hips(xy: FloatArray, i: int, axis: int) -> float:
    """Middle of the hips, or the one that is known."""
    left = xy[i, LEFT_HIP, axis]
    right = xy[i, LEFT_HIP + 1, axis]
    if math.isnan(left):
        return float(right)
    return float(left) if math.isnan(right) else 0.5 * (left + right)


@kernel
def _gather(
    xy: FloatArray, score: FloatArray, time_s: FloatArray, first: int, stop: int, scale: float, place: FloatArray,
    trust: FloatArray,
) -> None:  # fmt: skip
    """Knees and ankles, left and right, from the middle of the hips in leg lengths (8, row); trust (4, row)."""
    per_px = 1.0 / scale
    for i in range(first, stop):
        k = i - first
        weight = observation_weight(time_s[i] - time_s[i - 1] if k > 0 else 1.0)
        x = _hips(xy, i, 0)
        y = _hips(xy, i, 1)
        for j in range(4):
            point = (LEFT_KNEE if j < 2 else LEFT_ANKLE) + j % 2
            dx = (xy[i, point, 0] - x) * per_px
            dy = (xy[i, point, 1] - y) * per_px
            known = not math.isnan(dx + dy)
            place[2 * j, k] = dx if known else 0.0
            place[2 * j + 1, k] = dy if known else 0.0
            trust[j, k] = weight * (score[i, point] if score[i, point] > 0.0 else 0.2) if known else 0.0


@kernel
def _vectors(place: FloatArray, trust: FloatArray, n: int, vector: FloatArray, weight: FloatArray) -> None:
    """From left to right knee and ankle, as `stride_rate` takes them."""
    for pair in range(2):
        left = 2 * pair
        for k in range(n):
            weight[pair, k] = min(trust[left, k], trust[left + 1, k])
        for axis in range(2):
            for k in range(n):
                off = place[2 * left + 2 + axis, k] - place[2 * left + axis, k]
                vector[2 * pair + axis, k] = off if weight[pair, k] > 0.0 else 0.0


@kernel
def leg_cycle(
    xy: FloatArray, score: FloatArray, time_s: FloatArray, offsets: IntArray, out_cycle: FloatArray, out_off: BoolArray
) -> None:
    """Where the runner's own stride has knees and ankles, and which of them were put elsewhere.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
        Landmarks, left and right already put right (`leg_swap`, `stride_side`); NaN = missing.
    score : float64 (row, 23)
    time_s : float64 (row,), s
        Strictly increasing within each track.
    offsets : int64 (track + 1,)
    out_cycle : float64 (row, 4, 2), px
        Left and right knee, left and right ankle as the stride has them at that row; NaN where there is no steady
        stride, no hips, or where a point that is missing or off has a phase at which its leg was hardly ever seen.
    out_off : bool (row, 4)
        Known points too far from it.

    Notes
    -----
    Where a leg is hidden, by the other one or by another runner, networks put its knee and ankle on the leg that they
    see: both labels on one leg, which no exchange of labels puts right. The stride goes on. In windows of 4 s each
    leg's path about the hips is fitted by its mean and three harmonics of the stride's frequency, both legs nearly
    alike and half a stride apart, points far off losing weight from round to round (Geman and McClure's weights).
    """
    longest = 0
    widest = 0
    for track in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[track + 1] - offsets[track])
        widest = max(widest, longest_window(time_s, offsets[track], offsets[track + 1]))
    place = np.empty((8, longest))
    trust = np.empty((4, longest))
    vector = np.empty((4, longest))
    weight = np.empty((2, longest))
    wave = np.empty((2, widest))
    kept = np.empty((2, widest))
    gain = np.empty((2, widest))
    moments = np.empty(13)
    window_of = np.empty(6 * widest)
    bend = np.empty((3, 3))
    answer_of_gain = np.empty(3)
    off = np.empty((2, widest))
    model = np.empty((8, widest))
    terms = np.empty(HALF)
    solution = np.empty(2 * HALF)
    normal = np.empty((2 * HALF, 2 * HALF))
    coefficient = np.empty((2, 2 * HALF))
    scratch = np.empty(max(128, 2 * widest + 1))
    answer = np.empty(2)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        n = stop - first
        out_cycle[first:stop] = math.nan
        out_off[first:stop] = False
        scale = body_scale(xy, first, stop, scratch)
        if n < LEAST_ROWS or math.isnan(scale):
            continue
        _gather(xy, score, time_s, first, stop, scale, place, trust)
        _vectors(place, trust, n, vector, weight)
        duration = time_s[stop - 1] - time_s[first]
        windows = 1 + max(0, math.ceil((duration - WINDOW_S) / HOP_S))
        hop = (duration - WINDOW_S) / (windows - 1) if windows > 1 else 0.0
        low = 0
        to_s = -math.inf
        answer[0] = 0.0
        for window in range(windows):
            begin = time_s[first] + window * hop
            while low < n and time_s[first + low] < begin - 1e-9:
                low += 1
            high = low
            while high < n and time_s[first + high] <= begin + WINDOW_S + 1e-9:
                high += 1
            # each row is judged by the window whose middle is nearest, and by one alone
            from_s = to_s
            to_s = begin + 0.5 * (WINDOW_S + hop) if window < windows - 1 else math.inf
            if high - low < LEAST_ROWS or time_s[first + high - 1] - time_s[first + low] < LEAST_SPAN_S:
                answer[0] = 0.0
                continue
            rows = high - low
            # rows beside each other: a cut-out of a longer array makes no vector code
            own_vector = window_of[: 4 * rows].reshape((4, rows))
            own_weight = window_of[4 * rows : 6 * rows].reshape((2, rows))
            own_vector[:] = vector[:, low:high]
            own_weight[:] = weight[:, low:high]
            stride_rate(own_vector, own_weight, time_s[first + low : first + high], wave, answer)
            if answer[1] < COHERENT:
                answer[0] = 0.0
                continue
            turn_through(time_s, first + low, rows, time_s[first + low], answer[0], wave)
            for pair in range(2):
                kept[:, :rows] = 1.0
                gain[:, :rows] = 1.0
                limit = math.inf
                for round_number in range(ROUNDS):
                    if not fit_legs(place, trust, kept, gain, wave, pair, low, high, moments, normal, coefficient):
                        limit = math.nan
                        break
                    scatter = residuals(place, trust, gain, wave, pair, low, high, coefficient, model, off, scratch)
                    limit = max(NEVER_OFF, MULTIPLE * scatter)
                    beyond = 0
                    for side in range(2):
                        beyond += let_go(
                            off[side, :rows], trust[2 * pair + side, low:high], scatter, limit, kept[side, :rows]
                        )
                    if beyond == 0 or round_number == ROUNDS - 1:
                        break
                    follow_gain(
                        place, trust, kept, model, time_s[first + low : first + high], pair, low, bend, answer_of_gain,
                        gain,
                    )  # fmt: skip
                if math.isnan(limit):
                    continue
                for k in range(high - low):
                    i = first + low + k
                    if not from_s <= time_s[i] < to_s:
                        continue
                    x = _hips(xy, i, 0)
                    y = _hips(xy, i, 1)
                    for side in range(2):
                        j = 2 * pair + side
                        known = trust[j, low + k] > 0.0
                        if not known or off[side, k] > limit:
                            if unseen(wave, k, side, terms, normal, solution):
                                continue
                            out_off[i, j] = known
                        out_cycle[i, j, 0] = x + scale * gain[0, k] * model[2 * j, k]
                        out_cycle[i, j, 1] = y + scale * gain[1, k] * model[2 * j + 1, k]
