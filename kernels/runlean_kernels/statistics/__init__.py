"""Statistics over strides and windows: robust slopes, intervals, means within stance. NaN is left out."""

from runlean_kernels.statistics.interval import (
    MEAN_COLUMNS,
    OVERLAPPING_CORRELATION,
    PRIOR_CORRELATION,
    mean_interval,
)
from runlean_kernels.statistics.slope import bootstrap_slope_interval, theil_sen
from runlean_kernels.statistics.student import student_quantile
from runlean_kernels.statistics.window import value_at, window_mean, window_range

__all__ = [
    "MEAN_COLUMNS",
    "OVERLAPPING_CORRELATION",
    "PRIOR_CORRELATION",
    "bootstrap_slope_interval",
    "mean_interval",
    "student_quantile",
    "theil_sen",
    "value_at",
    "window_mean",
    "window_range",
]
