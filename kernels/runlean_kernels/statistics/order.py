"""Order statistics in place: no copy, no allocation, the same code in every kernel that needs a median.

Quickselect takes branches that no processor foresees, 18 ns a value. A threshold that has just so many values below it
is found in some six rounds of counting, which is vector code: a quarter of that for a hundred values. Where ties leave
no such threshold, and for few values, quickselect does it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]

#: Standard deviation of a normal distribution over its median absolute deviation.
MAD_TO_SD = 1.482602218505602
#: Fewer values than this are ordered by quickselect; so are those among which so many rounds find no threshold, or so
#: many of them pass no value.
FEW = 16
MOST_ROUNDS = 24
MOST_IDLE = 3


@kernel
def select_in_place(values: FloatArray, n: int, k: int) -> float:
    """k-th smallest (from 0) of the first n values, which are partly sorted on the way (Hoare's quickselect).

    The first k values end up not larger, those behind not smaller than the result. No value may be NaN.
    """
    low = 0
    high = n - 1
    while low < high:
        middle = low + (high - low) // 2
        a = values[low]
        b = values[middle]
        c = values[high]
        # median of three: sorted and constant inputs stay linear
        pivot = max(min(a, b), min(max(a, b), c))
        i = low
        j = high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                swapped = values[i]
                values[i] = values[j]
                values[j] = swapped
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return float(values[k])


@kernel
def _threshold(values: FloatArray, n: int, k: int) -> float:
    """A number that exactly k of the first n values are below; NaN where none is found."""
    low = values[0]
    high = values[0]
    for i in range(1, n):
        v = values[i]
        low = v if v < low else low
        high = v if v > high else high
    below_low = 0
    below_high = n
    idle = 0
    for attempt in range(MOST_ROUNDS):
        # where the values lie evenly between the two; halves now and then, because they may not
        share = (k - below_low) / (below_high - below_low) if attempt % 4 < 3 else 0.5
        t = low + share * (high - low)
        count = 0
        for i in range(n):
            count += 1 if values[i] < t else 0
        if count == k:
            return float(t)
        if count in (below_low, below_high):
            idle += 1
            if idle > MOST_IDLE:
                break
        if count < k:
            low = t
            below_low = count
        else:
            high = t
            below_high = count
    return math.nan


@kernel
def two_around(values: FloatArray, n: int, k: int) -> tuple[float, float]:
    """The k-th and the (k + 1)-th smallest, counted from 1, of the first n values (reordered); 0 < k < n, none NaN."""
    t = _threshold(values, n, k) if n >= FEW else math.nan
    if math.isnan(t):
        upper = select_in_place(values, n, k)
        lower = values[0]
        for i in range(1, k):
            lower = max(lower, values[i])
        return float(lower), upper
    # four at a time: each comparison waits for the one before
    lower = lower_1 = lower_2 = lower_3 = -math.inf
    upper = upper_1 = upper_2 = upper_3 = math.inf
    even = n - n % 4
    for i in range(0, even, 4):
        a = values[i]
        b = values[i + 1]
        c = values[i + 2]
        d = values[i + 3]
        lower = a if (a < t) & (a > lower) else lower
        upper = a if (a >= t) & (a < upper) else upper
        lower_1 = b if (b < t) & (b > lower_1) else lower_1
        upper_1 = b if (b >= t) & (b < upper_1) else upper_1
        lower_2 = c if (c < t) & (c > lower_2) else lower_2
        upper_2 = c if (c >= t) & (c < upper_2) else upper_2
        lower_3 = d if (d < t) & (d > lower_3) else lower_3
        upper_3 = d if (d >= t) & (d < upper_3) else upper_3
    for i in range(even, n):
        a = values[i]
        lower = a if (a < t) & (a > lower) else lower
        upper = a if (a >= t) & (a < upper) else upper
    return max(max(lower, lower_1), max(lower_2, lower_3)), min(min(upper, upper_1), min(upper_2, upper_3))


@kernel
def median_in_place(values: FloatArray, n: int) -> float:
    """Median of the first n values (reordered); NaN for n = 0. No value may be NaN."""
    if n < 2:
        return float(values[0]) if n == 1 else math.nan
    lower, upper = two_around(values, n, n // 2)
    return upper if n % 2 == 1 else 0.5 * (lower + upper)


@kernel
def quantile_in_place(values: FloatArray, n: int, fraction: float) -> float:
    """Quantile of the first n values (reordered), linear between order statistics; NaN for n = 0."""
    if n < 2:
        return float(values[0]) if n == 1 else math.nan
    position = fraction * (n - 1)
    k = min(int(math.floor(position)), n - 2)
    lower, upper = two_around(values, n, k + 1)
    return lower + (position - k) * (upper - lower)
