"""Rows that surely keep their labels, told by a bound for less than the search among sixteen states takes.

Knees and ankles are tied to each other by one cost only, of rows at which one of them is exchanged and the other is
not. Where that is below nothing it is given to either alone; then they can be looked at apart, and what is found is no
dearer than any way of both. If even so the cheapest way of each is one that never exchanges its labels, it is that of
both together.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.repair.pair_path import observation_weight

FloatArray = NDArray[np.float64]
ByteArray = NDArray[np.int8]

#: Cost of taking the followed path for the other leg's from a row on, besides what holds it there.
BREAK = 8.0
#: Cost of rows whose label departs from the path, once where it begins and once where it ends.
CHANGE = 2.0
#: Cost of being exchanged, per second and pair: the network is right more often than not.
SWAPPED_PER_S = 12.0

#: Rows from a track's first one on in which nothing is given up: exchanged all along costs as little as kept there.
UNDECIDED = 60

#: Costs of one pair: labels kept so far, by whether the path is its own leg's or the other's; and, where they have been
#: exchanged since, kept again (own, other), exchanged now (own, other).
PairCosts = tuple[float, float, float, float, float, float]


@kernel
def _least(a: float, b: float) -> float:
    return b if b < a else a


@kernel
def _begin(path: int) -> PairCosts:
    """Costs before the first row; ``path``: 0 its own leg's, 1 the other's, -1 any, exchanged or not."""
    kept_own = math.inf if path == 1 else 0.0
    kept_other = math.inf if path == 0 else 0.0
    exchanged = 0.0 if path < 0 else math.inf
    return kept_own, kept_other, math.inf, math.inf, exchanged, exchanged


@kernel
def _next(costs: PairCosts, turned: int, margin: float, price: float, change: float, exchanged: float) -> PairCosts:
    """Costs after a row more: first the path may change, then the label, then the row itself is paid for."""
    n_own = _least(costs[0], costs[1] + price)
    n_other = _least(costs[1], costs[0] + price)
    b_own = _least(costs[2], costs[3] + price)
    b_other = _least(costs[3], costs[2] + price)
    x_own = _least(costs[4], costs[5] + price)
    x_other = _least(costs[5], costs[4] + price)
    with_own = margin if turned == 1 else 0.0
    with_other = 0.0 if turned == 1 else margin
    return (
        n_own + with_own,
        n_other + with_other,
        _least(b_own, x_own + change) + with_own,
        _least(b_other, x_other + change) + with_other,
        _least(x_own, _least(n_own, b_own) + change) + (exchanged + with_other),
        _least(x_other, _least(n_other, b_other) + change) + (exchanged + with_own),
    )


@kernel
def _is_kept(costs: PairCosts) -> bool:
    """Whether the cheapest way is one that never exchanges."""
    return _least(costs[0], costs[1]) < _least(_least(costs[2], costs[3]), _least(costs[4], costs[5]))


@kernel
def _is_source(costs: PairCosts, price: float, change: float) -> bool:
    """Whether all states are reached most cheaply from the cheapest one that never exchanged, at the next prices."""
    other = costs[1] < costs[0]
    least = costs[1] if other else costs[0]
    return (
        ((costs[0] if other else costs[1]) > least + price)
        & ((costs[3] if other else costs[2]) > least)
        & ((costs[2] if other else costs[3]) > least + price)
        & ((costs[5] if other else costs[4]) > least + change)
        & ((costs[4] if other else costs[5]) > least + (price + change))
    )


@kernel
def kept_until(
    time_s: FloatArray, first: int, n: int, begin: int, before: int, knee_turned: ByteArray, knee_margin: FloatArray,
    knee_hold: FloatArray, ankle_turned: ByteArray, ankle_margin: FloatArray, ankle_hold: FloatArray, apart: FloatArray,
) -> tuple[int, int, int]:  # fmt: skip
    """From row ``begin`` of a track of ``n`` rows on, the first row whose labels may be exchanged or not.

    Parameters
    ----------
    before : int
        State of the row before, as in `runlean_kernels.repair.leg_labels`, labels kept; -1 where it may be any.
    time_s, first, knee_turned, knee_margin, knee_hold, ankle_turned, ankle_margin, ankle_hold, apart
        As for `runlean_kernels.repair.leg_labels.settle_labels`.

    Returns
    -------
    row, state, until : int
        All rows before ``row`` keep their labels, the last of them in ``state`` whatever comes after it; at ``until``
        an exchange looks cheaper. ``row`` is n where none does.
    """
    knee = _begin(-1 if before < 0 else (before >> 3) & 1)
    ankle = _begin(-1 if before < 0 else (before >> 2) & 1)
    row = begin
    state = before
    h = time_s[first + begin] - time_s[first + begin - 1] if begin > 0 else 0.0
    change = CHANGE * observation_weight(h)
    knee_price = BREAK + knee_hold[begin]
    ankle_price = BREAK + ankle_hold[begin]
    for k in range(begin, n):
        exchanged = SWAPPED_PER_S * h + (apart[k] if apart[k] < 0.0 else 0.0)
        knee = _next(knee, knee_turned[k], knee_margin[k], knee_price, change, exchanged)
        ankle = _next(ankle, ankle_turned[k], ankle_margin[k], ankle_price, change, exchanged)
        kept = _is_kept(knee) & _is_kept(ankle)
        if k + 1 == n:
            return (n, 0, n) if kept else (row, state, k)
        if not kept and (before >= 0 or k >= begin + UNDECIDED):
            return row, state, k
        h = time_s[first + k + 1] - time_s[first + k]
        change = CHANGE * observation_weight(h)
        knee_price = BREAK + knee_hold[k + 1]
        ankle_price = BREAK + ankle_hold[k + 1]
        if _is_source(knee, knee_price, change) & _is_source(ankle, ankle_price, change):
            row = k + 1
            state = (8 if knee[1] < knee[0] else 0) + (4 if ankle[1] < ankle[0] else 0)
    return n, 0, n
