"""The mean of per-stride values with its interval."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.statistics.student import student_quantile

FloatArray = NDArray[np.float64]

#: Columns of `mean_interval`'s result.
MEAN_COLUMNS = ("mean", "sd", "n", "low", "high", "n_effective")
#: Lag-1 autocorrelation of strides that is believed before any is seen, and for how many strides that belief counts.
#: Force plates under 18 trials, sides apart: contact times 0.23 (-0.10 to 0.48), flight times 0.05, steps -0.15.
PRIOR_CORRELATION = 0.2
PRIOR_STRIDES = 10.0
#: The same for values that overlap: a stride shares a step with the next one. Force plates under 18 trials: 0.44 as
#: seen over 30 s, 0.03 at lag 2.
OVERLAPPING_CORRELATION = 0.6
MOST_CORRELATION = 0.9


@kernel
def effective_number(n: float, r: float) -> float:
    """Independent values that tell a mean as well as ``n`` of a first-order autoregression with coefficient ``r``."""
    if r == 0.0:
        return n
    sum_of_lags = r / (1.0 - r) - r * (1.0 - r**n) / (n * (1.0 - r) ** 2)
    return float(n / (1.0 + 2.0 * sum_of_lags))


@kernel
def mean_interval(values: FloatArray, level: float, prior: float, out: FloatArray) -> None:
    """Mean, standard deviation and two-sided interval of the mean over strides in their order of time.

    Parameters
    ----------
    values : float64 (stride,)
        NaN = missing, left out.
    level : float
        Coverage, such as 0.95.
    prior : float
        Lag-1 autocorrelation that is believed before any is seen: `PRIOR_CORRELATION`, or `OVERLAPPING_CORRELATION`
        for values that share a part with their neighbours.
    out : float64 (6,)
        Mean, standard deviation (n - 1), number of values, lower and upper end of the mean's interval, effective
        number of values. The ends are NaN below two values, mean and n NaN and 0 for none.

    Notes
    -----
    Strides resemble their neighbours, so n values say less than n independent ones. The lag-1 autocorrelation r of
    the values (its bias of -(1 + 3 r) / n put back) is drawn toward ``prior`` as if `PRIOR_STRIDES` more
    strides had shown that, and is not below 0: a few strides do not tell it, and believing them made intervals up to
    ten times as wide as needed. The mean then has the variance of a first-order autoregression,
    :math:`\\frac{\\sigma^2}{n} \\left(1 + 2 \\sum_{k=1}^{n-1} (1 - k/n) r^k\\right)`, its inverse share of n being the
    effective number m; sigma squared is the sum of squares over n - n / m, with :math:`n (1 - r^2) / (1 + r^2) - 1`
    degrees of freedom (Bayley & Hammersley 1946). Simulated series of 7 to 80 strides hold their mean in 97-95 % for
    r = 0, 93-94 % for 0.2 and 89-94 % for 0.4.
    """
    n = 0
    total = 0.0
    for i in range(values.shape[0]):
        if not math.isnan(values[i]):
            n += 1
            total += values[i]
    for k in range(6):
        out[k] = math.nan
    out[2] = float(n)
    out[5] = float(n)
    if n == 0:
        return
    mean = total / n
    out[0] = mean
    if n < 2:
        return
    square = 0.0
    lagged = 0.0
    before = math.nan
    for i in range(values.shape[0]):
        if math.isnan(values[i]):
            continue
        deviation = values[i] - mean
        square += deviation * deviation
        if not math.isnan(before):
            lagged += deviation * before
        before = deviation
    sd = math.sqrt(square / (n - 1))
    effective = float(n)
    spread = sd
    freedom = n - 1.0
    if n >= 4 and square > 0.0:
        r = lagged / square
        r += (1.0 + 3.0 * r) / n
        r = (n * r + PRIOR_STRIDES * prior) / (n + PRIOR_STRIDES)
        r = min(MOST_CORRELATION, max(0.0, r))
        effective = effective_number(float(n), r)
        spread = math.sqrt(square / (n - n / effective))
        freedom = max(1.0, n * (1.0 - r * r) / (1.0 + r * r) - 1.0)
    half = student_quantile(level, freedom) * spread / math.sqrt(effective)
    out[1] = sd
    out[3] = mean - half
    out[4] = mean + half
    out[5] = effective
