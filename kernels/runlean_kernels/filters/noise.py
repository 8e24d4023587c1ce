"""White noise of keypoints, told from a runner's motion by its place at the top of the spectrum."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.filters.uniform import LONGEST_STEP, median_interval
from runlean_kernels.jit import kernel
from runlean_kernels.statistics.order import MAD_TO_SD, median_in_place

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Orders of difference that are tried; the smallest estimate is taken (motion only ever adds).
_ORDERS = (3, 5, 8)
_LONGEST = 9

#: At most this many differences per channel are looked at, evenly spread over the track.
_SAMPLES = 2048

#: Fewer differences than this give no estimate.
_FEWEST = 8


@kernel
def _binomials(order: int, weight: FloatArray) -> float:
    """Weights of the difference of an order, scaled so that white noise keeps its variance."""
    w = 1.0
    square = 0.0
    for k in range(order + 1):
        weight[k] = w
        square += w * w
        w = -w * (order - k) / (k + 1)
    norm = 1.0 / math.sqrt(square)
    for k in range(order + 1):
        weight[k] *= norm
    return norm


@kernel
def noise_sd(x: FloatArray, time_s: FloatArray, offsets: IntArray, out: FloatArray) -> None:
    """Standard deviation of the white noise on every channel of every track.

    Parameters
    ----------
    x : float64 (row, channel)
        As measured, not filtered; NaN = missing.
    time_s : float64 (row,), s
    offsets : int64 (track + 1,)
    out : float64 (track, channel), units of ``x``
        NaN where fewer than 8 runs of complete rows exist.

    Notes
    -----
    The difference of order p passes white noise unchanged in variance (after scaling) and motion of frequency f
    by :math:`(2 \\sin(\\pi f / f_s))^p / \\sqrt{\\binom{2p}{p}}`: at 30 frames per second and p = 8 the fourth
    harmonic of a stride (6 Hz) is left with 0.6 %, and the noise is read from between 12 and 15 Hz. The median
    absolute difference is robust to outliers. Several orders are read and the smallest is kept, since motion can
    only add. Errors that last over several frames (a network drawn to the wrong limb) are not white and do
    not show here.
    """
    buffer = np.empty(_SAMPLES)
    scratch = np.empty(_SAMPLES)
    weight = np.empty(_LONGEST)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        for c in range(x.shape[1]):
            out[track, c] = math.nan
        interval_s = median_interval(time_s, first, stop, scratch)
        for order in _ORDERS:
            n = stop - first - order
            if n < _FEWEST:
                continue
            _binomials(order, weight)
            m = min(n, _SAMPLES)
            for c in range(x.shape[1]):
                count = 0
                for k in range(m):
                    i = first + (k * n) // m
                    if time_s[i + order] - time_s[i] > (order + 0.5 * LONGEST_STEP) * interval_s:
                        continue
                    value = 0.0
                    for j in range(order + 1):
                        value += weight[j] * x[i + j, c]
                    if not math.isnan(value):
                        buffer[count] = abs(value)
                        count += 1
                if count >= _FEWEST:
                    sd = MAD_TO_SD * median_in_place(buffer, count)
                    if not sd >= out[track, c]:
                        out[track, c] = sd
