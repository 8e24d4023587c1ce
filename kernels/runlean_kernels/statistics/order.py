"""Order statistics in place: no copy, no allocation, the same code in every kernel that needs a median.

Quickselect takes branches that no processor foresees, 18 ns a value. A threshold that has just so many values below it
is found in some four rounds of counting, which is vector code: a quarter of that for a hundred values. Where ties leave
no such threshold, and for few values, quickselect does it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel, sum_kernel

FloatArray = NDArray[np.float64]

#: Standard deviation of a normal distribution over its median absolute deviation.
MAD_TO_SD = 1.482602218505602
#: Where a quantile is looked for first, in standard deviations from the mean at the ends: between a normal's values and
#: evenly spread ones.
GUESSED_REACH = 1.5
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


@sum_kernel
def _centre_and_spread(values: FloatArray, n: int) -> tuple[float, float]:
    """Mean and standard deviation of the first n values, by which a quantile is first guessed."""
    origin = values[0]
    total = 0.0
    square = 0.0
    for i in range(n):
        v = values[i] - origin
        total += v
        square += v * v
    mean = total / n
    return origin + mean, math.sqrt(max(square / n - mean * mean, 0.0))


@kernel
def _threshold(values: FloatArray, n: int, k: int) -> float:
    """A number that exactly k of the first n values are below; NaN where none is found."""
    centre, spread = _centre_and_spread(values, n)
    if not 0.0 < spread < math.inf:
        return math.nan
    # a normal's quantile, roughly, and how far apart two of its values lie there
    t = centre + GUESSED_REACH * spread * (2.0 * k / n - 1.0)
    per_value = GUESSED_REACH * 2.0 * spread / n
    low = -math.inf
    high = math.inf
    below_low = 0
    below_high = n
    idle = 0
    for attempt in range(MOST_ROUNDS):
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
        if low == -math.inf:
            t -= (count - k + 0.5) * per_value
            per_value *= 1.5
        elif high == math.inf:
            t += (k - count + 0.5) * per_value
            per_value *= 1.5
        else:
            # where the values lie evenly between the two; halves now and then, because they may not
            share = (k - below_low) / (below_high - below_low) if attempt % 4 < 3 else 0.5
            t = low + share * (high - low)
    return math.nan


@kernel
def _smallest_from(values: FloatArray, n: int, t: float) -> float:
    """The smallest of the first n values that is not below ``t``."""
    # four at a time: each comparison waits for the one before
    a = b = c = d = math.inf
    even = n - n % 4
    for i in range(0, even, 4):
        v = values[i]
        a = v if (v >= t) & (v < a) else a
        v = values[i + 1]
        b = v if (v >= t) & (v < b) else b
        v = values[i + 2]
        c = v if (v >= t) & (v < c) else c
        v = values[i + 3]
        d = v if (v >= t) & (v < d) else d
    for i in range(even, n):
        v = values[i]
        a = v if (v >= t) & (v < a) else a
    return min(min(a, b), min(c, d))


@kernel
def _largest_below(values: FloatArray, n: int, t: float) -> float:
    """The largest of the first n values that is below ``t``."""
    a = b = c = d = -math.inf
    even = n - n % 4
    for i in range(0, even, 4):
        v = values[i]
        a = v if (v < t) & (v > a) else a
        v = values[i + 1]
        b = v if (v < t) & (v > b) else b
        v = values[i + 2]
        c = v if (v < t) & (v > c) else c
        v = values[i + 3]
        d = v if (v < t) & (v > d) else d
    for i in range(even, n):
        v = values[i]
        a = v if (v < t) & (v > a) else a
    return max(max(a, b), max(c, d))


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
    return _largest_below(values, n, t), _smallest_from(values, n, t)


@kernel
def median_in_place(values: FloatArray, n: int) -> float:
    """Median of the first n values (reordered); NaN for n = 0. No value may be NaN."""
    if n < 2:
        return float(values[0]) if n == 1 else math.nan
    if n % 2 == 1 and n >= FEW:
        t = _threshold(values, n, n // 2)
        if not math.isnan(t):
            return _smallest_from(values, n, t)
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
