"""White noise of keypoints, told from a runner's motion by its place at the top of the spectrum."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.filters.uniform import LONGEST_STEP, median_interval
from runlean_kernels.jit import kernel, sum_kernel
from runlean_kernels.statistics.order import MAD_TO_SD, median_in_place

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Orders of difference by the longest interval (s) that each serves. What a runner's ankle leaves in them at 25, 30,
#: 50 and 100 frames per second: at most 0.006, 0.004, 0.001 and 0.0004 leg lengths.
_FAST_S = 1.0 / 90.0
_MIDDLE_S = 1.0 / 45.0
_LONGEST = 6

#: At most this many differences per channel are looked at, evenly spread over the track.
_SAMPLES = 256

#: Fewer differences than this give no estimate.
_FEWEST = 8


@kernel
def _binomials(order: int, weight: FloatArray) -> None:
    """Weights of the difference of an order, scaled so that white noise keeps its variance; 0 beyond."""
    w = 1.0
    square = 0.0
    for k in range(order + 1):
        weight[k] = w
        square += w * w
        w = -w * (order - k) / (k + 1)
    norm = 1.0 / math.sqrt(square)
    for k in range(weight.shape[0]):
        weight[k] = weight[k] * norm if k <= order else 0.0


@sum_kernel
def _difference(x: FloatArray, i: int, order: int, weight: FloatArray, out: FloatArray) -> None:
    """Size of the difference of an order over the rows from ``i`` on, per channel; ``weight`` is 0 beyond it."""
    last = i + order
    row_0 = x[i]
    row_1 = x[i + 1]
    row_2 = x[i + 2]
    row_3 = x[i + 3]
    row_4 = x[min(i + 4, last)]
    row_5 = x[min(i + 5, last)]
    row_6 = x[min(i + 6, last)]
    w_0 = weight[0]
    w_1 = weight[1]
    w_2 = weight[2]
    w_3 = weight[3]
    w_4 = weight[4]
    w_5 = weight[5]
    w_6 = weight[6]
    for c in range(out.shape[0]):
        low = w_0 * row_0[c] + w_1 * row_1[c] + w_2 * row_2[c] + w_3 * row_3[c]
        out[c] = abs(low + (w_4 * row_4[c] + w_5 * row_5[c] + w_6 * row_6[c]))


@kernel
def _count_known(row: FloatArray, known: FloatArray) -> None:
    for c in range(known.shape[0]):
        known[c] += 1.0 if row[c] == row[c] else 0.0


@kernel
def _collect(sample: FloatArray, taken: int, c: int, count: int, out: FloatArray) -> None:
    """The ``count`` known values of a channel among the first ``taken`` rows; nearly always all of them."""
    if count == taken:
        for k in range(taken):
            out[k] = sample[k, c]
        return
    n = 0
    for k in range(taken):
        value = sample[k, c]
        out[n] = value
        n += 1 if value == value else 0


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
        NaN where fewer than 8 stretches of complete rows exist.

    Notes
    -----
    The difference of order p passes white noise unchanged in variance (after scaling) and motion of frequency f
    by :math:`(2 \\sin(\\pi f / f_s))^p / \\sqrt{\\binom{2p}{p}}`: at 30 frames per second and p = 6 the fourth
    harmonic of a stride (5.6 Hz) is left with 5 %. The order is 6 at up to 45 rows per second, 4 up to 90, 3 above.
    The median absolute difference is robust to outliers; its own error is some 7 %. Errors that last over
    several frames (a network drawn to the wrong limb) are not white and do not show here.
    """
    n_channels = x.shape[1]
    sample = np.empty((_SAMPLES, n_channels))
    scratch = np.empty(_SAMPLES + 1)
    weight = np.empty(_LONGEST + 1)
    known = np.empty(n_channels)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        for c in range(n_channels):
            out[track, c] = math.nan
        interval_s = median_interval(time_s, first, stop, scratch)
        order = 3 if interval_s < _FAST_S else 4 if interval_s < _MIDDLE_S else _LONGEST
        n = stop - first - order
        if n < _FEWEST:
            continue
        _binomials(order, weight)
        m = min(n, _SAMPLES)
        known[:] = 0.0
        taken = 0
        for k in range(m):
            i = first + (k * n) // m
            if time_s[i + order] - time_s[i] <= (order + 0.5 * LONGEST_STEP) * interval_s:
                _difference(x, i, order, weight, sample[taken])
                _count_known(sample[taken], known)
                taken += 1
        for c in range(n_channels):
            count = int(known[c])
            if count >= _FEWEST:
                _collect(sample, taken, c, count, scratch)
                out[track, c] = MAD_TO_SD * median_in_place(scratch, count)
