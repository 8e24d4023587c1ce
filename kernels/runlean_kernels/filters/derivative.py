"""Rate of change of signals over uneven time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@kernel
def derivative(x: FloatArray, time_s: FloatArray, offsets: IntArray, out: FloatArray) -> None:
    """First derivative of every channel of every track by central differences.

    Parameters
    ----------
    x : float64 (row, channel)
        NaN = missing.
    time_s : float64 (row,), s
        Strictly increasing within each track, evenly or not.
    offsets : int64 (track + 1,)
    out : float64 (row, channel), units of ``x`` per second
        NaN where ``x`` is NaN or stands alone.

    Notes
    -----
    The slope of the parabola through a row and its two neighbours: exact for quadratics at any spacing, and the
    usual central difference at an even one. Next to an end or a missing value, the one-sided difference.
    """
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        if stop - first < 2:
            for i in range(first, stop):
                for c in range(x.shape[1]):
                    out[i, c] = math.nan
            continue
        for i in range(first, stop):
            # at an end the missing neighbour is the row itself: 0 / NaN = NaN, and the other side counts
            back = i - 1 if i > first else i
            ahead = i + 1 if i + 1 < stop else i
            h0 = time_s[i] - time_s[back] if i > first else math.nan
            h1 = time_s[ahead] - time_s[i] if i + 1 < stop else math.nan
            for c in range(x.shape[1]):
                before = (x[i, c] - x[back, c]) / h0
                after = (x[ahead, c] - x[i, c]) / h1
                both = (after * h0 + before * h1) / (h0 + h1)
                one = after if before != before else before
                out[i, c] = one if both != both else both
