"""Which source pixels make up an output pixel, and their weights: ``image/axis.py`` for one thread of a GPU."""

from __future__ import annotations

import math
from typing import Any

from numba import cuda

device_function: Any = cuda.jit(device=True)


@device_function
def span_of(origin: float, step: float, n_in: int, i: int) -> tuple[float, float, float, float]:
    """Stretch of the source under output pixel ``i``: low, high, length inside the picture, share inside.

    Below one source pixel ``low`` is the place between the two nearest pixel centres and ``high`` is -1; a share of 0
    means that the pixel lies outside. The numbers are those of ``axis_weights``.
    """
    low = origin + i * step
    high = low + step
    if high < low:
        low, high = high, low
    width = high - low
    inside = max(0.0, min(high, float(n_in)) - max(low, 0.0))
    share = inside / width if width > 0.0 else 0.0
    if share < 1e-3:
        return 0.0, 0.0, 1.0, 0.0
    if width >= 1.0:
        return max(low, 0.0), min(high, float(n_in)), inside, share
    return min(max(0.5 * (low + high) - 0.5, 0.0), n_in - 1.0), -1.0, 1.0, share


@device_function
def span_ends(low: float, high: float, n_in: int) -> tuple[int, int]:
    """First and last + 1 source pixel of a stretch."""
    first = int(math.floor(low))
    if high >= 0.0:
        return first, min(int(math.ceil(high)), n_in)
    return first, first + (2 if low > first else 1)


@device_function
def weight_of(low: float, high: float, inside: float, begin: int, end: int) -> float:
    """Weight of source pixels ``begin`` to ``end`` (not included) in a stretch; a chroma sample is a block of them."""
    if high >= 0.0:
        return max(0.0, min(high, float(end)) - max(low, float(begin))) / inside
    first = int(math.floor(low))
    share = low - first
    weight = 0.0
    if begin <= first < end:
        weight += 1.0 - share
    if begin <= first + 1 < end:
        weight += share
    return weight
