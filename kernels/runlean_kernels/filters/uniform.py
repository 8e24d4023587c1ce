"""Where a track's rows can be taken as evenly spaced in time, and over which of them the same channels are known."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.statistics.order import median_in_place

FloatArray = NDArray[np.float64]

#: Largest departure of an interval from the track's median, as a part of it, up to which rows count as even.
EVEN_JITTER = 0.01

#: Rows further apart than this many median intervals belong to different segments: nothing is known in between.
LONGEST_STEP = 3.5


@kernel
def median_interval(time_s: FloatArray, first: int, stop: int, buffer: FloatArray) -> float:
    """Median time between the rows ``first..stop - 1``; NaN for fewer than two rows. ``buffer`` is scratch."""
    n = stop - first - 1
    if n < 1:
        return math.nan
    m = min(n, buffer.shape[0])
    # an even choice of intervals where there are more than the scratch holds
    for k in range(m):
        i = first + (k * n) // m
        buffer[k] = time_s[i + 1] - time_s[i]
    return median_in_place(buffer, m)


@kernel
def is_even(time_s: FloatArray, first: int, stop: int, interval_s: float) -> bool:
    """Whether every interval of the rows is within `EVEN_JITTER` of ``interval_s``."""
    worst = 0.0
    for i in range(first + 1, stop):
        off = abs(time_s[i] - time_s[i - 1] - interval_s)
        worst = off if off > worst else worst
    return worst <= EVEN_JITTER * interval_s


@kernel
def next_border(x: FloatArray, i: int, end: int, step: int) -> int:
    """First row after i in the sense of ``step`` where some channel becomes known or missing; else ``end``.

    Parameters
    ----------
    x : float64 (row, channel)
    i, end : int
        Rows looked at, ``end`` excluded.
    step : int
        1 or -1.
    """
    k = i + step
    while k != end:
        here = x[k]
        before = x[k - step]
        borders = 0
        for c in range(x.shape[1]):
            borders += (here[c] == here[c]) ^ (before[c] == before[c])
        if borders > 0:
            break
        k += step
    return k
