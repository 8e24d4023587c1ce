"""Filtering where rows are not evenly spaced: onto an even grid, through the filter, and back."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.filters.biquad import PADDING, filter_run
from runlean_kernels.filters.uniform import LONGEST_STEP
from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]


@kernel
def _slope(t: FloatArray, x: FloatArray, begin: int, end: int, i: int) -> float:
    """Slope at point i of ``begin..end - 1``: of the parabola through it and its neighbours; one-sided at the ends."""
    if end - begin < 2:
        return 0.0
    if i == begin or i == end - 1:
        j = max(i, begin + 1)
        return float((x[j] - x[j - 1]) / (t[j] - t[j - 1]))
    h0 = t[i] - t[i - 1]
    h1 = t[i + 1] - t[i]
    return float(((x[i + 1] - x[i]) / h1 * h0 + (x[i] - x[i - 1]) / h0 * h1) / (h0 + h1))


@kernel
def interpolate(
    t: FloatArray, x: FloatArray, begin: int, end: int, to_t: FloatArray, to_begin: int, n: int, out: FloatArray
) -> None:
    """Cubic interpolation of the points ``begin..end - 1`` at n rising times within their span.

    Writes ``out[to_begin:to_begin + n]`` for the times ``to_t[to_begin:to_begin + n]``.
    """
    i = begin
    for k in range(to_begin, to_begin + n):
        while i < end - 2 and to_t[k] > t[i + 1]:
            i += 1
        h = t[i + 1] - t[i]
        u = (to_t[k] - t[i]) / h
        v = 1.0 - u
        m0 = h * _slope(t, x, begin, end, i)
        m1 = h * _slope(t, x, begin, end, i + 1)
        out[k] = (1.0 + 2.0 * u) * v * v * x[i] + u * v * v * m0 + u * u * (3.0 - 2.0 * u) * x[i + 1] - u * u * v * m1


@kernel
def filter_uneven_track(
    x: FloatArray, time_s: FloatArray, first: int, stop: int, interval_s: float, filters: FloatArray,
    state: FloatArray, out: FloatArray,
) -> None:  # fmt: skip
    """Every channel of one track, run of known samples by run; see `butterworth_low_pass`.

    A channel that is not to be filtered passes unchanged, not resampled.
    """
    longest = 2 + int((time_s[stop - 1] - time_s[first]) / interval_s + 0.5)
    size = max(longest, stop - first) + 2 * PADDING
    grid_t = np.empty(size)
    grid = np.empty(size)
    own_t = np.empty(size)
    own = np.empty(size)
    for c in range(x.shape[1]):
        start = first
        while start < stop:
            if math.isnan(x[start, c]) or filters[1, c] == 0.0:
                out[start, c] = x[start, c]
                start += 1
                continue
            end = start
            while end < stop and not math.isnan(x[end, c]):
                if end > start and time_s[end] - time_s[end - 1] > LONGEST_STEP * interval_s:
                    break
                own_t[end - start] = time_s[end]
                own[end - start] = x[end, c]
                end += 1
            n = end - start
            if n > 1:
                m = 1 + max(1, int((own_t[n - 1] - own_t[0]) / interval_s + 0.5))
                for k in range(m):
                    grid_t[PADDING + k] = own_t[0] + (own_t[n - 1] - own_t[0]) * k / (m - 1)
                interpolate(own_t, own, 0, n, grid_t, PADDING, m, grid)
                filter_run(grid, m, filters, c, state)
                interpolate(grid_t, grid, PADDING, PADDING + m, own_t, 0, n, own)
            for k in range(n):
                out[start + k, c] = own[k]
            start = end
