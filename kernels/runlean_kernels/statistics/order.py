"""Order statistics in place: no copy, no allocation, the same code in every kernel that needs a median."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]

#: Standard deviation of a normal distribution over its median absolute deviation.
MAD_TO_SD = 1.482602218505602


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
def median_in_place(values: FloatArray, n: int) -> float:
    """Median of the first n values (reordered); NaN for n = 0. No value may be NaN."""
    if n == 0:
        return math.nan
    upper = select_in_place(values, n, n // 2)
    if n % 2 == 1:
        return upper
    lower = values[0]
    for i in range(1, n // 2):
        lower = max(lower, values[i])
    return 0.5 * (float(lower) + upper)


@kernel
def quantile_in_place(values: FloatArray, n: int, fraction: float) -> float:
    """Quantile of the first n values (reordered), linear between order statistics; NaN for n = 0."""
    if n == 0:
        return math.nan
    position = fraction * (n - 1)
    k = int(math.floor(position))
    lower = select_in_place(values, n, k)
    if k + 1 >= n:
        return lower
    upper = values[k + 1]
    for i in range(k + 2, n):
        upper = min(upper, values[i])
    return lower + (position - k) * (float(upper) - lower)
