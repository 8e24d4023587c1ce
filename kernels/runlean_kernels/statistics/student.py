"""Quantiles of Student's distribution for any (also fractional) number of degrees of freedom."""

from __future__ import annotations

import math

from runlean_kernels.jit import kernel


@kernel
def _continued_fraction(a: float, b: float, x: float) -> float:
    """Continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22)."""
    tiny = 1e-300
    c = 1.0
    d = 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    h = d
    for m in range(1, 200):
        even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        change = 1.0
        for step in (even, odd):
            d = 1.0 + step * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + step / c
            c = c if abs(c) > tiny else tiny
            change = c * d
            h *= change
        if abs(change - 1.0) < 1e-15:
            break
    return h


@kernel
def student_tail(t: float, freedom: float) -> float:
    """Probability that a Student variable with ``freedom`` degrees of freedom exceeds ``t`` >= 0."""
    x = freedom / (freedom + t * t)
    a = 0.5 * freedom
    b = 0.5
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 0.5
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(1.0 - x))
    if x < (a + 1.0) / (a + b + 2.0):
        whole = front * _continued_fraction(a, b, x) / a
    else:
        whole = 1.0 - front * _continued_fraction(b, a, 1.0 - x) / b
    return 0.5 * whole


@kernel
def student_quantile(level: float, freedom: float) -> float:
    """Half-width factor of a two-sided interval: t with P(-t < T < t) = ``level``; NaN for no freedom."""
    if not freedom > 0.0 or not 0.0 < level < 1.0:
        return math.nan
    tail = 0.5 * (1.0 - level)
    low = 0.0
    high = 2.0
    while student_tail(high, freedom) > tail and high < 1e12:
        high *= 2.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        if student_tail(middle, freedom) > tail:
            low = middle
        else:
            high = middle
        if high - low <= 1e-13 * high:
            break
    return 0.5 * (low + high)
