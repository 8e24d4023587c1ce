"""Which leg is which, by the stride's phase: legs exchanged for so long that no path through them is left."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.events.rotor import turn_through
from runlean_kernels.jit import kernel, sum_kernel
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
from runlean_kernels.repair.stride_window import LEAST_ROWS, LEAST_SPAN_S, WINDOW_S, longest_window

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
ByteArray = NDArray[np.int8]

#: From one window to the next, s.
HOP_S = 1.5
#: Part of the legs' movement that the cycle must explain. Runners 0.88 to 0.98; noise with free signs below 0.6.
COHERENT = 0.75
#: Evidence of one row, at most; cost of a change; cost of being exchanged per second.
MOST = 6.0
CHANGE = 6.0
EXCHANGED_PER_S = 4.0
#: Scatter of the vectors about the cycle, leg lengths: no less is believed.
LEAST_SCATTER = 0.08
#: Rows whose vectors are taken at once.
_TILE = 64
#: Fourth moment of the ankles' horizontal distance over the square of its second: legs that pass each other 1.4 to 1.7
#: (a sine 1.5), legs that stand apart 1.0, which free signs would make a square wave of.
PASSING = 1.2


@kernel
def _separations(xy: FloatArray, score: FloatArray, scale: float, value: FloatArray, weight: FloatArray) -> None:
    """Left to right vectors of ankles and knees in leg lengths, (4, row), and the trust in each pair, (2, row).

    ``xy`` (row, 23, 2) and ``score`` (row, 23) are a track's, from its first row on.
    """
    per_px = 1.0 / scale
    for begin in range(0, xy.shape[0], _TILE):
        # a few rows at a time: all of a long track once more for each pair would come from memory twice
        end = min(begin + _TILE, xy.shape[0])
        rows = xy[begin:end]
        scores = score[begin:end]
        for pair in range(2):
            left = LEFT_ANKLE if pair == 0 else LEFT_KNEE
            x = value[2 * pair, begin:end]
            y = value[2 * pair + 1, begin:end]
            w = weight[pair, begin:end]
            for k in range(end - begin):
                dx = (rows[k, left + 1, 0] - rows[k, left, 0]) * per_px
                dy = (rows[k, left + 1, 1] - rows[k, left, 1]) * per_px
                a = scores[k, left]
                b = scores[k, left + 1]
                trust = b if b < a else a
                trust = trust if trust > 0.0 else 0.2
                known = (dx == dx) & (dy == dy)
                x[k] = dx if known else 0.0
                y[k] = dy if known else 0.0
                w[k] = trust if known else 0.0


@sum_kernel
def _legs_pass(x: FloatArray, weight: FloatArray) -> bool:
    """Whether the ankles' distance goes through zero now and then, or stays what it is."""
    second = 0.0
    fourth = 0.0
    n = 0.0
    for k in range(x.shape[0]):
        square = x[k] * x[k]
        second += weight[k] * square
        fourth += weight[k] * square * square
        n += weight[k]
    return n * fourth > PASSING * second * second


@sum_kernel
def _product(a: FloatArray, b: FloatArray) -> float:
    total = 0.0
    for k in range(a.shape[0]):
        total += a[k] * b[k]
    return total


@sum_kernel
def _weighted_product(a: FloatArray, b: FloatArray, weight: FloatArray) -> float:
    total = 0.0
    for k in range(a.shape[0]):
        total += weight[k] * a[k] * b[k]
    return total


@sum_kernel
def _blend_in(time_s: FloatArray, begin: float, end: float, turn: float, fresh: FloatArray, cycle: FloatArray) -> None:
    """Add a window's signal to the track's, most in the window's middle."""
    for k in range(time_s.shape[0]):
        t = time_s[k]
        share = min(t - begin, end - t) + 0.05
        cycle[k] += share * turn * fresh[k]


@sum_kernel
def _scatter(
    x: FloatArray, y: FloatArray, weight: FloatArray, cycle_x: FloatArray, cycle_y: FloatArray, blend: FloatArray
) -> float:
    """Variance of a pair's vectors about the cycle, each with the sign that fits it better; per coordinate."""
    square = 0.0
    total = 0.0
    for k in range(x.shape[0]):
        w = weight[k] if blend[k] > 0.0 else 0.0
        size = x[k] * x[k] + cycle_x[k] * cycle_x[k] + y[k] * y[k] + cycle_y[k] * cycle_y[k]
        square += w * 0.5 * (size - 2.0 * abs(x[k] * cycle_x[k] + y[k] * cycle_y[k]))
        total += w
    return square / total if total > 0.0 else 1.0


@sum_kernel
def _evidence(
    time_s: FloatArray, x: FloatArray, y: FloatArray, weight: FloatArray, cycle_x: FloatArray, cycle_y: FloatArray,
    blend: FloatArray, factor: float, out: FloatArray,
) -> None:  # fmt: skip
    """What each row says for its labels, per independent observation."""
    for k in range(out.shape[0]):
        h = time_s[k] - time_s[k - 1] if k > 0 else 0.0
        g = factor * (x[k] * cycle_x[k] + y[k] * cycle_y[k])
        g = g if blend[k] > 0.0 and weight[k] > 0.0 else 0.0
        out[k] = observation_weight(h) * max(-MOST, min(MOST, g))


@kernel
def _settle(time_s: FloatArray, first: int, stop: int, evidence: FloatArray, come: ByteArray, out: BoolArray) -> None:
    """Most likely stretches of exchanged labels of each pair, by two states; see `stride_side`.

    Of the two states' costs only the difference decides, and a change makes it no greater than its price.
    """
    for pair in range(2):
        dearer = 0.0
        for i in range(first, stop):
            k = i - first
            h = time_s[i] - time_s[i - 1] if k > 0 else 0.0
            # bit 0: plain came from crossed; bit 1: crossed came from crossed
            come[k] = (1 if dearer < -CHANGE else 0) + (0 if dearer > CHANGE else 2)
            kept = min(CHANGE, max(-CHANGE, dearer))
            dearer = kept + evidence[pair, k] + EXCHANGED_PER_S * min(h, 0.1)
        state = 1 if dearer < 0.0 else 0
        for k in range(stop - first - 1, -1, -1):
            # column 0 of the result is the knees, as in `leg_swap`
            out[first + k, 1 - pair] = state == 1
            state = (come[k] >> state) & 1


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
    widest = 0
    for track in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[track + 1] - offsets[track])
        widest = max(widest, longest_window(time_s, offsets[track], offsets[track + 1]))
    value = np.empty((4, longest))
    weight = np.empty((2, longest))
    sign = np.empty(longest)
    agreement = np.empty(widest + 2)
    evidence = np.empty((2, longest))
    blend = np.empty(longest)
    cycle = np.empty((4, longest))
    fresh = np.empty((4, widest))
    wave = np.empty((2, widest))
    come = np.empty(longest, dtype=np.int8)
    ones = np.ones(widest)
    normal = np.empty((TERMS, TERMS))
    coefficient = np.empty((4, TERMS))
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
        _separations(xy[first:stop], score[first:stop], scale, value, weight)
        cycle[:, :n] = 0.0
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
                known += 1 if weight[0, high] > 0.0 else 0
                high += 1
            if known < LEAST_ROWS or time_s[first + high - 1] - time_s[first + low] < LEAST_SPAN_S:
                continue
            if not _legs_pass(value[0, low:high], weight[0, low:high]):
                continue
            if expected == 0.0:
                for k in range(low, high):
                    sign[k] = 1.0
                expected = best_frequency(
                    value, weight, sign, time_s, low, high, first, SLOWEST, FASTEST, COARSE, wave, normal, coefficient
                )
            goes_on = follow_cycle(
                value, weight, time_s, low, high, first, expected, sign, agreement, fresh, wave, normal, coefficient,
                answer,
            )  # fmt: skip
            if not goes_on:
                fit_window(
                    value, weight, time_s, low, high, first, sign, agreement, fresh, wave, normal, coefficient, answer
                )
            expected = 0.0
            if answer[1] < COHERENT:
                continue
            expected = answer[0]
            rows = high - low
            if not goes_on:
                turn_through(time_s, first + low, rows, time_s[first + low], answer[0], wave)
                for signal in range(4):
                    predict(coefficient[signal], wave[0, :rows], wave[1, :rows], fresh[signal, :rows])
            shared = 0.0
            own = 0.0
            for signal in range(4):
                shared += _product(fresh[signal, :rows], cycle[signal, low:high])
                own += _weighted_product(fresh[signal, :rows], value[signal, low:high], weight[signal // 2, low:high])
            # tied to the windows before it; the first, or one beyond a gap, to the labels
            turn = 1.0 if (shared if shared != 0.0 else own) >= 0.0 else -1.0
            t = time_s[first + low : first + high]
            _blend_in(t, begin, end, 1.0, ones, blend[low:high])
            for signal in range(4):
                _blend_in(t, begin, end, turn, fresh[signal], cycle[signal, low:high])
        vote = 0.0
        for signal in range(4):
            for k in range(n):
                cycle[signal, k] /= blend[k] if blend[k] > 0.0 else 1.0
            vote += _weighted_product(cycle[signal, :n], value[signal, :n], weight[signal // 2, :n])
        whole = 1.0 if vote >= 0.0 else -1.0
        for pair in range(2):
            x = value[2 * pair, :n]
            y = value[2 * pair + 1, :n]
            of_x = cycle[2 * pair, :n]
            of_y = cycle[2 * pair + 1, :n]
            variance = max(_scatter(x, y, weight[pair, :n], of_x, of_y, blend[:n]), LEAST_SCATTER * LEAST_SCATTER)
            _evidence(
                time_s[first:stop], x, y, weight[pair], of_x, of_y, blend, 2.0 * whole / variance, evidence[pair, :n]
            )
        _settle(time_s, first, stop, evidence, come, out_swapped)
