"""Knees and ankles against the runner's own stride: points on the other leg, or on somebody else's, are told by it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.events.leg_signals import middle
from runlean_kernels.events.rotor import turn_through
from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_HIP, LEFT_KNEE
from runlean_kernels.repair.body_scale import body_scale
from runlean_kernels.repair.leg_fit import (
    HALF,
    MULTIPLE,
    NEVER_OFF,
    fit_legs,
    follow_gain,
    harmonics,
    let_go,
    residuals,
    scatter_of,
    unseen,
)
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


@kernel
def _gather_point(
    rows: FloatArray, scores: FloatArray, point: int, per_px: float, density: FloatArray, hip_x: FloatArray,
    hip_y: FloatArray, x: FloatArray, y: FloatArray, trust: FloatArray,
) -> None:  # fmt: skip
    """One knee or ankle of some rows from the middle of the hips, all (row,); 0 where missing."""
    for k in range(rows.shape[0]):
        dx = (rows[k, point, 0] - hip_x[k]) * per_px
        dy = (rows[k, point, 1] - hip_y[k]) * per_px
        known = (dx == dx) & (dy == dy)
        own = scores[k, point]
        own = own if own > 0.0 else 0.2
        x[k] = dx if known else 0.0
        y[k] = dy if known else 0.0
        trust[k] = density[k] * own if known else 0.0


@kernel
def _across(left: FloatArray, right: FloatArray, weight: FloatArray, out: FloatArray) -> None:
    for k in range(out.shape[0]):
        out[k] = right[k] - left[k] if weight[k] > 0.0 else 0.0


@kernel
def _gather(
    xy: FloatArray, score: FloatArray, time_s: FloatArray, first: int, row: int, stop: int, scale: float,
    hip: FloatArray, place: FloatArray, trust: FloatArray, vector: FloatArray, weight: FloatArray, at: int,
) -> None:  # fmt: skip
    """Rows ``row..stop - 1`` of a track that begins at ``first``, from column ``at`` on.

    Middle of the hips (2, row); knees and ankles, left and right, from there in leg lengths (8, row); trust in each
    (4, row); from left to right knee and ankle (4, row), and the trust in both (2, row), as `stride_rate` takes them.

    Notes
    -----
    Column by column and without a branch: vector code.
    """
    end = at + stop - row
    rows = xy[row:stop]
    hip_x = hip[0, at:end]
    hip_y = hip[1, at:end]
    # until it is the trust in both knees: independent observations per row
    density = weight[0, at:end]
    for k in range(rows.shape[0]):
        hip_x[k] = middle(rows[k, LEFT_HIP, 0], rows[k, LEFT_HIP + 1, 0])
        hip_y[k] = middle(rows[k, LEFT_HIP, 1], rows[k, LEFT_HIP + 1, 1])
    for k in range(rows.shape[0]):
        i = row + k
        density[k] = observation_weight(time_s[i] - time_s[i - 1] if i > first else 1.0)
    for j in range(4):
        point = (LEFT_KNEE if j < 2 else LEFT_ANKLE) + j % 2
        _gather_point(
            rows, score[row:stop], point, 1.0 / scale, density, hip_x, hip_y, place[2 * j, at:end],
            place[2 * j + 1, at:end], trust[j, at:end],
        )  # fmt: skip
    for pair in range(2):
        both = weight[pair, at:end]
        for k in range(both.shape[0]):
            a = trust[2 * pair, at + k]
            b = trust[2 * pair + 1, at + k]
            both[k] = b if b < a else a
        for axis in range(2):
            left = place[4 * pair + axis, at:end]
            right = place[4 * pair + 2 + axis, at:end]
            _across(left, right, both, vector[2 * pair + axis, at:end])


@kernel
def _move_back(near: FloatArray, by: int, n: int) -> None:
    """Drop the first ``by`` of the ``n`` columns; the others take their place."""
    for r in range(near.shape[0]):
        row = near[r]
        for k in range(n - by):
            row[k] = row[k + by]


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
    widest = 0
    for track in range(offsets.shape[0] - 1):
        widest = max(widest, longest_window(time_s, offsets[track], offsets[track + 1]))
    # what lies in the window, and no more: a long track's rows would have left the processor's cache when they are read
    near = np.empty((20, widest))
    hip = near[:2]
    place = near[2:10]
    trust = near[10:14]
    vector = near[14:18]
    weight = near[18:]
    wave = np.empty((4, widest))
    thin = np.empty((7, widest))
    terms = np.empty((12, widest))
    kept = np.empty((2, widest))
    gain = np.empty((2, widest))
    pull = np.empty((3, widest))
    off = np.empty((2, widest))
    model = np.empty((8, widest))
    sums = np.empty(12)
    moments = np.empty(13)
    bend = np.empty((3, 3))
    answer_of_gain = np.empty(3)
    leg = np.empty(HALF)
    solution = np.empty(2 * HALF)
    normal = np.empty((2 * HALF, 2 * HALF))
    coefficient = np.empty((2, 2 * HALF))
    scratch = np.empty(max(128, 2 * widest + 1))
    answer = np.empty(2)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        out_cycle[first:stop] = math.nan
        out_off[first:stop] = False
        scale = body_scale(xy, first, stop, scratch)
        if stop - first < LEAST_ROWS or math.isnan(scale):
            continue
        duration = time_s[stop - 1] - time_s[first]
        windows = 1 + max(0, math.ceil((duration - WINDOW_S) / HOP_S))
        hop = (duration - WINDOW_S) / (windows - 1) if windows > 1 else 0.0
        # the window's rows are low..high - 1; each is gathered once, and moved to the front as the window goes on
        low = first
        high = first
        to_s = -math.inf
        answer[0] = 0.0
        for window in range(windows):
            begin = time_s[first] + window * hop
            left = low
            while low < stop and time_s[low] < begin - 1e-9:
                low += 1
            _move_back(near, low - left, high - left)
            gathered = max(low, high)
            high = gathered
            while high < stop and time_s[high] <= begin + WINDOW_S + 1e-9:
                high += 1
            _gather(
                xy, score, time_s, first, gathered, high, scale, hip, place, trust, vector, weight, gathered - low
            )  # fmt: skip
            # each row is judged by the window whose middle is nearest, and by one alone
            from_s = to_s
            to_s = begin + 0.5 * (WINDOW_S + hop) if window < windows - 1 else math.inf
            rows = high - low
            if rows < LEAST_ROWS or time_s[high - 1] - time_s[low] < LEAST_SPAN_S:
                answer[0] = 0.0
                continue
            t = time_s[low:high]
            stride_rate(vector, weight, t, wave, thin, sums, answer)
            if answer[1] < COHERENT:
                answer[0] = 0.0
                continue
            turn_through(time_s, low, rows, time_s[low], answer[0], wave)
            harmonics(wave, rows, terms)
            begin_own = 0
            while begin_own < rows and t[begin_own] < from_s:
                begin_own += 1
            end_own = rows
            while end_own > begin_own and not t[end_own - 1] < to_s:
                end_own -= 1
            for pair in range(2):
                kept[:] = 1.0
                gain[:] = 1.0
                limit = NEVER_OFF
                for round_number in range(ROUNDS):
                    if not fit_legs(place, trust, kept, gain, terms, pair, rows, pull, moments, normal, coefficient):
                        limit = math.nan
                        break
                    # where every point is near enough whatever the scatter, nothing more is asked: nearly always
                    if residuals(place, trust, gain, terms, pair, rows, coefficient, model, off) == 0:
                        limit = NEVER_OFF
                        break
                    scatter = scatter_of(off, trust, pair, rows, scratch)
                    limit = max(NEVER_OFF, MULTIPLE * scatter)
                    beyond = 0
                    for side in range(2):
                        beyond += let_go(off[side, :rows], trust[2 * pair + side], scatter, limit, kept[side])
                    if beyond == 0 or round_number == ROUNDS - 1:
                        break
                    follow_gain(place, trust, kept, model, t, pair, bend, answer_of_gain, gain)
                if math.isnan(limit):
                    continue
                for k in range(begin_own, end_own):
                    for side in range(2):
                        j = 2 * pair + side
                        known = trust[j, k] > 0.0
                        if not known or off[side, k] > limit:
                            if unseen(wave, k, side, leg, normal, solution):
                                continue
                            out_off[low + k, j] = known
                        out_cycle[low + k, j, 0] = hip[0, k] + scale * gain[0, k] * model[2 * j, k]
                        out_cycle[low + k, j, 1] = hip[1, k] + scale * gain[1, k] * model[2 * j + 1, k]
