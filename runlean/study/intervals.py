"""Intervals of a mean over people, who unlike strides owe nothing to their neighbours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from runlean_kernels.statistics import student_quantile

FloatArray = npt.NDArray[np.float64]
Method = Literal["t", "bootstrap"]

RESAMPLES: Final = 4000
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class PeopleMean:
    """Mean over people and its 95 % interval; the ends are NaN for fewer than two."""

    mean: float
    sd: float
    n: int
    low: float
    high: float


def people_mean(values: FloatArray, method: Method = "t") -> PeopleMean:
    """Mean over people with its interval.

    Parameters
    ----------
    values : float64 (person,)
        Finite.
    method : {'t', 'bootstrap'}
        Student's interval, or quantiles of means of people drawn anew, widened by sqrt(n / (n - 1)) and by Student's
        quantile over the normal's (Hesterberg 2015: without that, 10 people's bootstrap is a tenth too narrow).
    """
    n = len(values)
    mean = float(values.mean()) if n else math.nan
    if n < 2:
        return PeopleMean(mean, math.nan, n, math.nan, math.nan)
    sd = float(values.std(ddof=1))
    t = student_quantile(0.95, n - 1.0)
    if method == "t":
        half = t * sd / math.sqrt(n)
        return PeopleMean(mean, sd, n, mean - half, mean + half)
    drawn = np.random.default_rng(_SEED).integers(0, n, (RESAMPLES, n))
    widen = math.sqrt(n / (n - 1.0)) * t / student_quantile(0.95, 1e6)
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return PeopleMean(mean, sd, n, mean - widen * (mean - float(low)), mean + widen * (float(high) - mean))
