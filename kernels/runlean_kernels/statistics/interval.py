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


@kernel
def mean_interval(values: FloatArray, level: float, out: FloatArray) -> None:
    """Mean, standard deviation and two-sided interval of the mean over strides in their order of time.

    Parameters
    ----------
    values : float64 (stride,)
        NaN = missing, left out.
    level : float
        Coverage, such as 0.95.
    out : float64 (6,)
        Mean, standard deviation (n - 1), number of values, lower and upper end of the mean's interval, effective
        number of values. The ends are NaN below two values, mean and n NaN and 0 for none.

    Notes
    -----
    Strides resemble their neighbours, so n values say less than n independent ones. With the lag-1
    autocorrelation r of the values (its bias of -(1 + 3 r) / n put back, not below 0) the effective number is
    :math:`n\\,(1 - r) / (1 + r)`, at least 2, as for a first-order autoregression (Bayley & Hammersley 1946). The
    interval is Student's with one degree of freedom less than that. Left and right that alternate make r
    negative; it is then taken as 0, so that the interval never becomes narrower than for independent values.
    Simulated series of 30 strides hold their mean in 95 (r = 0) to 92 % (r = 0.4).
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
    if n >= 4 and square > 0.0:
        r = lagged / square
        r = min(0.9, max(0.0, r + (1.0 + 3.0 * r) / n))
        effective = max(2.0, n * (1.0 - r) / (1.0 + r))
    half = student_quantile(level, effective - 1.0) * sd / math.sqrt(effective)
    out[1] = sd
    out[3] = mean - half
    out[4] = mean + half
    out[5] = effective
