"""Which leg is which, by the stride's phase: legs exchanged for so long that no path through them is left."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_KNEE
from runlean_kernels.repair.body_scale import body_scale
from runlean_kernels.repair.pair_path import observation_weight
from runlean_kernels.repair.stride_cycle import (
    COARSE,
    FASTEST,
    SLOWEST,
    TERMS,
    best_frequency,
    fit_window,
    follow_cycle,
    predict,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Windows in which a stride's frequency is taken as constant, and from one to the next, s. Runners vary theirs by
#: 1 to 2 % over such a time: a tenth of the half cycle that exchanged legs are off by.
WINDOW_S = 4.0
HOP_S = 1.5
#: A window tells nothing with fewer rows, or over less time, s.
LEAST_ROWS = 20
LEAST_SPAN_S = 1.2
#: Part of the legs' movement that the cycle must explain. Runners 0.88 to 0.98; noise with free signs below 0.6.
COHERENT = 0.75
#: Evidence of one row, at most; cost of a change; cost of being exchanged per second.
MOST = 6.0
CHANGE = 6.0
EXCHANGED_PER_S = 4.0
#: Scatter of the vectors about the cycle, leg lengths: no less is believed.
LEAST_SCATTER = 0.08
#: Fourth moment of the ankles' horizontal distance over the square of its second: legs that pass each other 1.4 to 1.7
#: (a sine 1.5), legs that stand apart 1.0, which free signs would make a square wave of.
PASSING = 1.2


@kernel
def _separations(
    xy: FloatArray, score: FloatArray, first: int, stop: int, scale: float, value: FloatArray, weight: FloatArray
) -> None:
    """Left to right vectors of ankles and knees in leg lengths, (row, 4), and the trust in each pair, (row, 2)."""
    for i in range(first, stop):
        for pair in range(2):
            left = LEFT_ANKLE if pair == 0 else LEFT_KNEE
            dx = (xy[i, left + 1, 0] - xy[i, left, 0]) / scale
            dy = (xy[i, left + 1, 1] - xy[i, left, 1]) / scale
            known = dx == dx and dy == dy
            value[i - first, 2 * pair] = dx if known else 0.0
            value[i - first, 2 * pair + 1] = dy if known else 0.0
            trust = min(score[i, left], score[i, left + 1])
            weight[i - first, pair] = (trust if trust > 0.0 else 0.2) if known else 0.0


@kernel
def _legs_pass(value: FloatArray, weight: FloatArray, low: int, high: int) -> bool:
    """Whether the ankles' distance goes through zero now and then, or stays what it is."""
    second = 0.0
    fourth = 0.0
    n = 0.0
    for k in range(low, high):
        square = value[k, 0] * value[k, 0]
        second += weight[k, 0] * square
        fourth += weight[k, 0] * square * square
        n += weight[k, 0]
    return n * fourth > PASSING * second * second


@kernel
def _settle(time_s: FloatArray, first: int, stop: int, evidence: FloatArray, come: IntArray, out: BoolArray) -> None:
    """Most likely stretches of exchanged labels of each pair, by two states; see `stride_side`."""
    for pair in range(2):
        plain = 0.0
        crossed = 0.0
        for i in range(first, stop):
            k = i - first
            h = time_s[i] - time_s[i - 1] if k > 0 else 0.0
            come[k, 0] = 1 if crossed + CHANGE < plain else 0
            come[k, 1] = 0 if plain + CHANGE < crossed else 1
            from_plain = min(plain, crossed + CHANGE)
            from_crossed = min(crossed, plain + CHANGE)
            g = evidence[k, pair]
            plain = from_plain + max(-g, 0.0)
            crossed = from_crossed + max(g, 0.0) + EXCHANGED_PER_S * min(h, 0.1)
        state = 1 if crossed < plain else 0
        for k in range(stop - first - 1, -1, -1):
            # column 0 of the result is the knees, as in `leg_swap`
            out[first + k, 1 - pair] = state == 1
            state = come[k, state]


@kernel
def stride_side(
    xy: FloatArray, score: FloatArray, time_s: FloatArray, offsets: IntArray, out_swapped: BoolArray
) -> None:
    """Rows whose legs contradict the stride's phase, knees and ankles each.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
        Landmarks, short exchanges already undone (`leg_swap`); NaN = missing.
    score : float64 (row, 23)
    time_s : float64 (row,), s
        Strictly increasing within each track.
    offsets : int64 (track + 1,)
    out_swapped : bool (row, 2)
        Knees exchanged; ankles and feet exchanged.

    Notes
    -----
    Behind another runner a leg is seen for a moment only, and the path through the gap is lost; the stride goes on.
    In windows of 4 s the vectors from left to right ankle and knee are fitted by first and third harmonic of one
    frequency, the sign of every row free: first from the labels as they are, then from the squared distance, which no
    exchange changes; where the cycle of the window before goes on and every label agrees with it, nothing is searched.
    Neighbouring windows are tied by the rows that they share, and which of both legs the cycle calls
    the left one is what the labels say over the whole track, by their scores. Where the cycle explains too little
    (no steady gait, film of unknown speed) nothing is changed.
    """
    longest = 0
    for track in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[track + 1] - offsets[track])
    value = np.empty((longest, 4))
    weight = np.empty((longest, 2))
    sign = np.empty(longest)
    agreement = np.empty(longest)
    evidence = np.empty((longest, 2))
    blend = np.empty(longest)
    cycle = np.empty((longest, 4))
    fresh = np.empty((longest, 4))
    come = np.empty((longest, 2), dtype=np.int64)
    normal = np.empty((TERMS, TERMS))
    coefficient = np.empty((4, TERMS))
    modelled = np.empty(4)
    answer = np.empty(2)
    scratch = np.empty(128)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        n = stop - first
        for i in range(first, stop):
            out_swapped[i, 0] = False
            out_swapped[i, 1] = False
        scale = body_scale(xy, first, stop, scratch)
        if n < LEAST_ROWS or math.isnan(scale):
            continue
        _separations(xy, score, first, stop, scale, value, weight)
        cycle[:n] = 0.0
        blend[:n] = 0.0
        duration = time_s[stop - 1] - time_s[first]
        windows = 1 + max(0, math.ceil((duration - WINDOW_S) / HOP_S))
        hop = (duration - WINDOW_S) / (windows - 1) if windows > 1 else 0.0
        low = 0
        expected = 0.0
        for window in range(windows):
            begin = time_s[first] + window * hop
            end = begin + WINDOW_S
            while low < n and time_s[first + low] < begin - 1e-9:
                low += 1
            high = low
            known = 0
            while high < n and time_s[first + high] <= end + 1e-9:
                known += 1 if weight[high, 0] > 0.0 else 0
                high += 1
            if known < LEAST_ROWS or time_s[first + high - 1] - time_s[first + low] < LEAST_SPAN_S:
                continue
            if not _legs_pass(value, weight, low, high):
                continue
            if expected == 0.0:
                for k in range(low, high):
                    sign[k] = 1.0
                expected = best_frequency(
                    value, weight, sign, time_s, low, high, first, SLOWEST, FASTEST, COARSE, normal, coefficient
                )
            if not follow_cycle(
                value, weight, time_s, low, high, first, expected, sign, agreement, normal, coefficient, modelled,
                answer,
            ):  # fmt: skip
                fit_window(
                    value, weight, time_s, low, high, first, sign, agreement, normal, coefficient, modelled, answer
                )
            expected = 0.0
            if answer[1] < COHERENT:
                continue
            expected = answer[0]
            shared = 0.0
            own = 0.0
            for k in range(low, high):
                predict(coefficient, answer[0], time_s[first + k] - time_s[first + low], fresh[k])
                for signal in range(4):
                    shared += fresh[k, signal] * cycle[k, signal]
                    own += weight[k, signal // 2] * fresh[k, signal] * value[k, signal]
            # tied to the windows before it; the first, or one beyond a gap, to the labels
            turn = 1.0 if (shared if shared != 0.0 else own) >= 0.0 else -1.0
            for k in range(low, high):
                t = time_s[first + k]
                share = min(t - begin, end - t) + 0.05
                blend[k] += share
                for signal in range(4):
                    cycle[k, signal] += share * turn * fresh[k, signal]
        vote = 0.0
        for k in range(n):
            for signal in range(4):
                cycle[k, signal] /= blend[k] if blend[k] > 0.0 else 1.0
                vote += weight[k, signal // 2] * cycle[k, signal] * value[k, signal]
        whole = 1.0 if vote >= 0.0 else -1.0
        for pair in range(2):
            square = 0.0
            total = 0.0
            for k in range(n):
                if blend[k] > 0.0 and weight[k, pair] > 0.0:
                    plain = 0.0
                    other = 0.0
                    for axis in range(2):
                        v = value[k, 2 * pair + axis]
                        m = whole * cycle[k, 2 * pair + axis]
                        plain += (v - m) * (v - m)
                        other += (v + m) * (v + m)
                    square += weight[k, pair] * 0.5 * min(plain, other)
                    total += weight[k, pair]
            variance = max(square / total if total > 0.0 else 1.0, LEAST_SCATTER * LEAST_SCATTER)
            for k in range(n):
                h = time_s[first + k] - time_s[first + k - 1] if k > 0 else 0.0
                g = 0.0
                if blend[k] > 0.0 and weight[k, pair] > 0.0:
                    for axis in range(2):
                        g += 2.0 * value[k, 2 * pair + axis] * whole * cycle[k, 2 * pair + axis] / variance
                evidence[k, pair] = observation_weight(h) * max(-MOST, min(MOST, g))
        _settle(time_s, first, stop, evidence, come, out_swapped)
