"""The slope of per-stride values against time: Theil-Sen, and its interval by resampled residuals."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.statistics.order import median_in_place, quantile_in_place
from runlean_kernels.statistics.student import student_quantile

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Above this number of points not all pairs are taken, but as many as this number has.
EXACT_POINTS = 2000

#: Pairs per resample of the bootstrap: its spread is that of the slope, not of the choice of pairs.
BOOTSTRAP_PAIRS = 4000

#: Parameters of L'Ecuyer's combined generator (Comm. ACM 31, 1988): products stay below 2^53, so that compiled
#: and plain Python code draw the same numbers.
_M1 = 2147483563
_M2 = 2147483399
_A1 = 40014
_A2 = 40692


@kernel
def seed_generator(seed: int, state: IntArray) -> None:
    """Set the generator's two numbers (int64 (2,)) from any non-negative seed."""
    state[0] = 1 + (seed % (_M1 - 1))
    state[1] = 1 + ((seed // 7 + 12345) % (_M2 - 1))
    for _ in range(10):
        draw_below(1000, state)


@kernel
def draw_below(n: int, state: IntArray) -> int:
    """Next whole number from 0 to n - 1; period 2.3e18."""
    state[0] = (_A1 * state[0]) % _M1
    state[1] = (_A2 * state[1]) % _M2
    mixed = (state[0] - state[1]) % (_M1 - 1)
    return int((mixed * n) // (_M1 - 1))


@kernel
def _lag_step(n: int, pairs: int) -> int:
    """Take every how many-th lag so that about ``pairs`` of the n (n - 1) / 2 pairs are left."""
    return max(1, int(math.ceil(0.5 * n * (n - 1) / pairs)))


@kernel
def _slopes(x: FloatArray, y: FloatArray, n: int, step: int, buffer: FloatArray) -> int:
    """Slopes of the pairs whose lag is n - 1, n - 1 - step, ...: the longest levers first. Returns how many."""
    count = 0
    lag = n - 1
    while lag >= 1:
        for i in range(n - lag):
            dx = x[i + lag] - x[i]
            if dx != 0.0:
                buffer[count] = (y[i + lag] - y[i]) / dx
                count += 1
        lag -= step
    return count


@kernel
def _count_pairs(n: int, step: int) -> int:
    count = 0
    lag = n - 1
    while lag >= 1:
        count += n - lag
        lag -= step
    return count


@kernel
def _keep_known(x: FloatArray, y: FloatArray, kept_x: FloatArray, kept_y: FloatArray) -> int:
    n = 0
    for i in range(x.shape[0]):
        if not math.isnan(x[i] + y[i]):
            kept_x[n] = x[i]
            kept_y[n] = y[i]
            n += 1
    return n


@kernel
def theil_sen(x: FloatArray, y: FloatArray, out: FloatArray) -> None:
    """Median of the slopes of all pairs of points, and the median intercept.

    Parameters
    ----------
    x, y : float64 (point,)
        Pairs with a NaN are left out.
    out : float64 (2,)
        Slope and intercept (median of ``y - slope x``); NaN where no two points differ in x.

    Notes
    -----
    Theil 1950, Sen 1968. Exact up to `EXACT_POINTS` points; above, pairs at every s-th lag (longest first, s so
    that about as many pairs are left as 2,000 points have), which needs x in rising order to take long levers.
    """
    kept_x = np.empty(x.shape[0])
    kept_y = np.empty(x.shape[0])
    n = _keep_known(x, y, kept_x, kept_y)
    out[0] = math.nan
    out[1] = math.nan
    if n < 2:
        return
    step = _lag_step(n, EXACT_POINTS * (EXACT_POINTS - 1) // 2)
    buffer = np.empty(_count_pairs(n, step))
    count = _slopes(kept_x, kept_y, n, step, buffer)
    if count == 0:
        return
    slope = median_in_place(buffer, count)
    for i in range(n):
        kept_y[i] -= slope * kept_x[i]
    out[0] = slope
    out[1] = median_in_place(kept_y, n)


@kernel
def bootstrap_slope_interval(
    x: FloatArray, y: FloatArray, level: float, n_resamples: int, seed: int, out: FloatArray
) -> None:
    """Interval of the Theil-Sen slope by resampling its residuals.

    Parameters
    ----------
    x, y : float64 (point,)
        In rising order of x (time); pairs with a NaN are left out.
    level : float
        Coverage, such as 0.95.
    n_resamples : int
        Such as 1000.
    seed : int
        The same seed gives the same interval.
    out : float64 (2,)
        Lower and upper end; NaN below four points.

    Notes
    -----
    Residuals from the fitted line are drawn anew with replacement, put back onto the line, and the slope is fitted
    again from some `BOOTSTRAP_PAIRS` pairs. The quantiles of what comes are the interval, after three corrections
    (without them it held the truth in 83 instead of 92-95 % of simulated series of 30 strides): residuals of n points
    fitted by two numbers are too small by sqrt((n - 2) / n); a normal's quantile stands where Student's belongs;
    and neighbouring strides resemble each other, which with lag-1 autocorrelation r widens the slope's spread by
    sqrt((1 + r) / (1 - r)). r is that of the residuals, freed of the bias that fitting a line gives it, and not
    taken below 0.
    """
    out[0] = math.nan
    out[1] = math.nan
    kept_x = np.empty(x.shape[0])
    kept_y = np.empty(x.shape[0])
    n = _keep_known(x, y, kept_x, kept_y)
    if n < 4 or n_resamples < 1:
        return
    line = np.empty(2)
    theil_sen(kept_x[:n], kept_y[:n], line)
    if math.isnan(line[0]):
        return
    residual = np.empty(n)
    mean = 0.0
    for i in range(n):
        residual[i] = kept_y[i] - line[0] * kept_x[i] - line[1]
        mean += residual[i] / n
    for i in range(n):
        residual[i] -= mean
    likeness = _lag_one(residual, n)
    n_effective = max(3.0, n * (1.0 - likeness) / (1.0 + likeness))
    widen = math.sqrt(n / (n - 2.0) * (1.0 + likeness) / (1.0 - likeness))
    widen *= student_quantile(level, n_effective - 2.0) / student_quantile(level, 1e6)
    step = _lag_step(n, BOOTSTRAP_PAIRS)
    buffer = np.empty(_count_pairs(n, step))
    slopes = np.empty(n_resamples)
    state = np.empty(2, dtype=np.int64)
    seed_generator(seed, state)
    for r in range(n_resamples):
        for i in range(n):
            kept_y[i] = residual[draw_below(n, state)]
        count = _slopes(kept_x, kept_y, n, step, buffer)
        slopes[r] = median_in_place(buffer, count)
    out[0] = line[0] + widen * quantile_in_place(slopes, n_resamples, 0.5 * (1.0 - level))
    out[1] = line[0] + widen * quantile_in_place(slopes, n_resamples, 0.5 * (1.0 + level))


@kernel
def _lag_one(residual: FloatArray, n: int) -> float:
    """Lag-1 autocorrelation of residuals about a line, its bias of -(2 + 4 r) / n put back, 0 to 0.9."""
    square = 0.0
    lagged = 0.0
    for i in range(n):
        square += residual[i] * residual[i]
        if i > 0:
            lagged += residual[i] * residual[i - 1]
    if not square > 0.0:
        return 0.0
    r = lagged / square
    return min(0.9, max(0.0, r + (2.0 + 4.0 * r) / n))
