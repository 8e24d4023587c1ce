"""Which rows of a track carry exchanged labels, by the cheapest way through sixteen states.

A state's bits: the knees' path (8), the ankles' path (4) is the other leg's; knees (2), ankles (1) are exchanged.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.repair.label_bound import BREAK, CHANGE, SWAPPED_PER_S, kept_until
from runlean_kernels.repair.pair_path import observation_weight

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
ByteArray = NDArray[np.int8]
WordArray = NDArray[np.uint32]


@kernel
def _may_change(a: float, b: float, price: float) -> tuple[float, float, int]:
    """Let two states that differ in one bit come from each other, for a price; 1 and 2 say which of them does."""
    from_b = b + price
    from_a = a + price
    # a sum of comparisons, not a choice between numbers: that would become branches that no processor foresees
    came = int(from_b < a) | int(from_a < b) << 1
    return from_b if from_b < a else a, from_a if from_a < b else b, came


@kernel
def _came_from(state: int, bit: int, place: int, word: int) -> int:
    """The state before one bit might change: two bits of ``word`` for each pair of states, in their order."""
    pair = (state // (2 * bit)) * bit + state % bit
    change = (word >> (place + 2 * pair)) & 3
    moved = change == 2 if state & bit else change == 1
    return state ^ bit if moved else state


@kernel
def _is_source(cost: tuple[float, ...], state: int, knee_break: float, ankle_break: float, change: float) -> bool:
    """Whether all of the sixteen states are reached most cheaply from one of them, at the prices of the next row."""
    for other in range(16):
        differs = other ^ state
        price = knee_break if differs & 8 else 0.0
        price += ankle_break if differs & 4 else 0.0
        price += change if differs & 2 else 0.0
        price += change if differs & 1 else 0.0
        if other != state and not cost[other] > cost[state] + price:
            return False
    return True


@kernel
def search_labels(
    time_s: FloatArray, first: int, n: int, begin: int, until: int, before: int, knee_turned: ByteArray,
    knee_margin: FloatArray, knee_hold: FloatArray, ankle_turned: ByteArray, ankle_margin: FloatArray,
    ankle_hold: FloatArray, apart: FloatArray, come_from: WordArray, out_swapped: BoolArray,
) -> tuple[int, int]:  # fmt: skip
    """Viterbi search from row ``begin`` of a track of ``n`` rows on, to where the labels are kept again.

    ``before`` is the state of the row before, -1 where it may be any. It goes on beyond row ``until`` to a row from
    whose cheapest state that keeps its labels all states of the next row come; returns that next row and the state.

    Notes
    -----
    The sixteen costs stay in local variables: an array of them, written and read four times a row, took four times as
    long.
    """
    far = 0.0 if before < 0 else math.inf
    c0 = 0.0 if before == 0 else far
    c4 = 0.0 if before == 4 else far
    c8 = 0.0 if before == 8 else far
    c12 = 0.0 if before == 12 else far
    c1 = c2 = c3 = c5 = c6 = c7 = c9 = c10 = c11 = c13 = c14 = c15 = far
    for k in range(begin, n):
        h = time_s[first + k] - time_s[first + k - 1] if k > 0 else 0.0
        change = CHANGE * observation_weight(h)
        knee_break = BREAK + knee_hold[k]
        ankle_break = BREAK + ankle_hold[k]
        c0, c8, from_0 = _may_change(c0, c8, knee_break)
        c1, c9, from_1 = _may_change(c1, c9, knee_break)
        c2, c10, from_2 = _may_change(c2, c10, knee_break)
        c3, c11, from_3 = _may_change(c3, c11, knee_break)
        c4, c12, from_4 = _may_change(c4, c12, knee_break)
        c5, c13, from_5 = _may_change(c5, c13, knee_break)
        c6, c14, from_6 = _may_change(c6, c14, knee_break)
        c7, c15, from_7 = _may_change(c7, c15, knee_break)
        paths = from_0 | from_1 << 2 | from_2 << 4 | from_3 << 6
        paths |= from_4 << 8 | from_5 << 10 | from_6 << 12 | from_7 << 14
        c0, c4, from_0 = _may_change(c0, c4, ankle_break)
        c1, c5, from_1 = _may_change(c1, c5, ankle_break)
        c2, c6, from_2 = _may_change(c2, c6, ankle_break)
        c3, c7, from_3 = _may_change(c3, c7, ankle_break)
        c8, c12, from_4 = _may_change(c8, c12, ankle_break)
        c9, c13, from_5 = _may_change(c9, c13, ankle_break)
        c10, c14, from_6 = _may_change(c10, c14, ankle_break)
        c11, c15, from_7 = _may_change(c11, c15, ankle_break)
        paths |= from_0 << 16 | from_1 << 18 | from_2 << 20 | from_3 << 22
        paths |= from_4 << 24 | from_5 << 26 | from_6 << 28 | from_7 << 30
        c0, c2, from_0 = _may_change(c0, c2, change)
        c1, c3, from_1 = _may_change(c1, c3, change)
        c4, c6, from_2 = _may_change(c4, c6, change)
        c5, c7, from_3 = _may_change(c5, c7, change)
        c8, c10, from_4 = _may_change(c8, c10, change)
        c9, c11, from_5 = _may_change(c9, c11, change)
        c12, c14, from_6 = _may_change(c12, c14, change)
        c13, c15, from_7 = _may_change(c13, c15, change)
        labels = from_0 | from_1 << 2 | from_2 << 4 | from_3 << 6
        labels |= from_4 << 8 | from_5 << 10 | from_6 << 12 | from_7 << 14
        c0, c1, from_0 = _may_change(c0, c1, change)
        c2, c3, from_1 = _may_change(c2, c3, change)
        c4, c5, from_2 = _may_change(c4, c5, change)
        c6, c7, from_3 = _may_change(c6, c7, change)
        c8, c9, from_4 = _may_change(c8, c9, change)
        c10, c11, from_5 = _may_change(c10, c11, change)
        c12, c13, from_6 = _may_change(c12, c13, change)
        c14, c15, from_7 = _may_change(c14, c15, change)
        labels |= from_0 << 16 | from_1 << 18 | from_2 << 20 | from_3 << 22
        labels |= from_4 << 24 | from_5 << 26 | from_6 << 28 | from_7 << 30
        come_from[k, 0] = paths
        come_from[k, 1] = labels
        # by (path wrong, exchanged): the margin where the label departs from the path
        prior = SWAPPED_PER_S * h
        with_path = knee_margin[k] if knee_turned[k] == 1 else 0.0
        against = 0.0 if knee_turned[k] == 1 else knee_margin[k]
        k00 = with_path
        k10 = against
        k01 = prior + against
        k11 = prior + with_path
        with_path = ankle_margin[k] if ankle_turned[k] == 1 else 0.0
        against = 0.0 if ankle_turned[k] == 1 else ankle_margin[k]
        a00 = with_path
        a10 = against
        a01 = prior + against
        a11 = prior + with_path
        c0 += k00 + a00
        c1 += k00 + a01 + apart[k]
        c2 += k01 + a00 + apart[k]
        c3 += k01 + a01
        c4 += k00 + a10
        c5 += k00 + a11 + apart[k]
        c6 += k01 + a10 + apart[k]
        c7 += k01 + a11
        c8 += k10 + a00
        c9 += k10 + a01 + apart[k]
        c10 += k11 + a00 + apart[k]
        c11 += k11 + a01
        c12 += k10 + a10
        c13 += k10 + a11 + apart[k]
        c14 += k11 + a10 + apart[k]
        c15 += k11 + a11
        if k < until and k + 1 < n:
            continue
        cost = (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15)
        end = k + 1
        state = 0
        if end < n:
            # of the states that keep their labels the cheapest, if all others come from it at the next row
            for other in range(4, 16, 4):
                state = other if cost[other] < cost[state] else state
            change = CHANGE * observation_weight(time_s[first + end] - time_s[first + k])
            if not _is_source(cost, state, BREAK + knee_hold[end], BREAK + ankle_hold[end], change):
                continue
        else:
            for other in range(1, 16):
                state = other if cost[other] < cost[state] else state
        decided = state
        for row in range(k, begin - 1, -1):
            out_swapped[first + row, 0] = (state >> 1) & 1 == 1
            out_swapped[first + row, 1] = state & 1 == 1
            paths = int(come_from[row, 0])
            labels = int(come_from[row, 1])
            state = _came_from(_came_from(state, 1, 16, labels), 2, 0, labels)
            state = _came_from(_came_from(state, 4, 16, paths), 8, 0, paths)
        return end, decided
    return n, 0


@kernel
def settle_labels(
    time_s: FloatArray, first: int, stop: int, knee_turned: ByteArray, knee_margin: FloatArray, knee_hold: FloatArray,
    ankle_turned: ByteArray, ankle_margin: FloatArray, ankle_hold: FloatArray, apart: FloatArray,
    come_from: WordArray, out_swapped: BoolArray,
) -> None:  # fmt: skip
    """Viterbi search over the rows ``first..stop - 1`` of a track; see `runlean_kernels.repair.leg_swap`.

    Parameters
    ----------
    time_s : float64 (row,), s
    first, stop : int
    knee_turned, ankle_turned : int8 (row of the track,)
    knee_margin, knee_hold, ankle_margin, ankle_hold : float64 (row of the track,)
        As `runlean_kernels.repair.pair_path.follow_pair` leaves them.
    apart : float64 (row of the track,)
        Cost of knees and ankles of different labels over that of the same.
    come_from : uint32 (row of the track, 2)
        Scratch.
    out_swapped : bool (row, 2)

    Notes
    -----
    Nearly all rows keep their labels, and a bound tells so for a third of the work (`kept_until`); the search itself
    is made where it does not.
    """
    n = stop - first
    row = 0
    state = -1
    while row < n:
        begin, state, until = kept_until(
            time_s, first, n, row, state, knee_turned, knee_margin, knee_hold, ankle_turned, ankle_margin, ankle_hold,
            apart,
        )  # fmt: skip
        for k in range(row, begin):
            out_swapped[first + k, 0] = False
            out_swapped[first + k, 1] = False
        row = begin
        if row < n:
            row, state = search_labels(
                time_s, first, n, begin, until, state, knee_turned, knee_margin, knee_hold, ankle_turned, ankle_margin,
                ankle_hold, apart, come_from, out_swapped,
            )  # fmt: skip
