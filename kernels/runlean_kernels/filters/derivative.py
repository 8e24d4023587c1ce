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
        for i in range(first, stop):
            for c in range(x.shape[1]):
                before = math.nan
                after = math.nan
                if i > first:
                    before = (x[i, c] - x[i - 1, c]) / (time_s[i] - time_s[i - 1])
                if i + 1 < stop:
                    after = (x[i + 1, c] - x[i, c]) / (time_s[i + 1] - time_s[i])
                if math.isnan(before):
                    out[i, c] = after
                elif math.isnan(after):
                    out[i, c] = before
                else:
                    h0 = time_s[i] - time_s[i - 1]
                    h1 = time_s[i + 1] - time_s[i]
                    out[i, c] = (after * h0 + before * h1) / (h0 + h1)
