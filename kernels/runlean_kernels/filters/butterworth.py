"""Zero-phase Butterworth low-pass over many tracks and channels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.filters.uniform import LONGEST_STEP, is_even, median_interval
from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Samples of the odd extension at either end, as scipy.signal.filtfilt takes them for a second-order filter.
PADDING = 9

#: From this part of the sampling rate on, a cut-off leaves nothing to remove and the data pass unchanged.
HIGHEST_CUTOFF = 0.45

#: A filter run forwards and backwards has its -3 dB point where the single filter has -1.5 dB: the single one's
#: corner lies higher by 1 / (sqrt(2) - 1)^(1/4).
_DOUBLE_PASS = (math.sqrt(2.0) - 1.0) ** -0.25

_INTERVALS = 4096


@kernel
def _design(cutoff_hz: FloatArray, interval_s: float, coefficient: FloatArray) -> None:
    """Per channel: b0, a1, a2, and the two states of a constant 1; b0 = -1 where nothing is to be filtered."""
    for c in range(cutoff_hz.shape[0]):
        coefficient[0, c] = -1.0
        if not 0.0 < cutoff_hz[c] * interval_s < HIGHEST_CUTOFF:
            continue
        w = math.tan(math.pi * cutoff_hz[c] * interval_s) * _DOUBLE_PASS
        scale = 1.0 / (1.0 + math.sqrt(2.0) * w + w * w)
        b0 = w * w * scale
        a1 = 2.0 * (w * w - 1.0) * scale
        a2 = (1.0 - math.sqrt(2.0) * w + w * w) * scale
        coefficient[0, c] = b0
        coefficient[1, c] = a1
        coefficient[2, c] = a2
        coefficient[3, c] = 1.0 - b0
        coefficient[4, c] = b0 - a2


@kernel
def _filter_segment(buffer: FloatArray, n: int, b0: float, a1: float, a2: float) -> None:
    """Filter the n values at ``buffer[PADDING:PADDING + n]`` in place; the rest of ``buffer`` is scratch."""
    pad = min(PADDING, n - 1)
    first = PADDING - pad
    last = PADDING + n - 1
    for k in range(1, pad + 1):
        buffer[PADDING - k] = 2.0 * buffer[PADDING] - buffer[PADDING + k]
        buffer[last + k] = 2.0 * buffer[last] - buffer[last - k]
    z1 = (1.0 - b0) * buffer[first]
    z2 = (b0 - a2) * buffer[first]
    for i in range(first, last + pad + 1):
        x = buffer[i]
        y = b0 * x + z1
        z1 = 2.0 * b0 * x - a1 * y + z2
        z2 = b0 * x - a2 * y
        buffer[i] = y
    z1 = (1.0 - b0) * buffer[last + pad]
    z2 = (b0 - a2) * buffer[last + pad]
    for i in range(last + pad, PADDING - 1, -1):
        x = buffer[i]
        y = b0 * x + z1
        z1 = 2.0 * b0 * x - a1 * y + z2
        z2 = b0 * x - a2 * y
        buffer[i] = y


@kernel
def _cubic(t0: float, t1: float, p0: float, p1: float, m0: float, m1: float, t: float) -> float:
    """Cubic Hermite polynomial through (t0, p0) and (t1, p1) with slopes m0 and m1."""
    h = t1 - t0
    u = (t - t0) / h
    v = 1.0 - u
    return (1.0 + 2.0 * u) * v * v * p0 + u * v * v * h * m0 + u * u * (3.0 - 2.0 * u) * p1 - u * u * v * h * m1


@kernel
def _slope(times: FloatArray, values: FloatArray, i: int, n: int) -> float:
    """Slope at point i of n: that of the parabola through it and its neighbours, one-sided at the ends."""
    if n < 2:
        return 0.0
    if i == 0 or i == n - 1:
        j = 1 if i == 0 else n - 1
        return float((values[j] - values[j - 1]) / (times[j] - times[j - 1]))
    h0 = times[i] - times[i - 1]
    h1 = times[i + 1] - times[i]
    return float(((values[i + 1] - values[i]) / h1 * h0 + (values[i] - values[i - 1]) / h0 * h1) / (h0 + h1))


@kernel
def _resample(from_t: FloatArray, values: FloatArray, n: int, to_t: FloatArray, m: int, out: FloatArray) -> None:
    """Cubic (Catmull-Rom) interpolation of n points at m rising times within their span."""
    i = 0
    for k in range(m):
        while i < n - 2 and to_t[k] > from_t[i + 1]:
            i += 1
        out[k] = _cubic(
            from_t[i],
            from_t[i + 1],
            values[i],
            values[i + 1],
            _slope(from_t, values, i, n),
            _slope(from_t, values, i + 1, n),
            to_t[k],
        )


@kernel
def _filter_uneven_channel(
    x: FloatArray,
    time_s: FloatArray,
    first: int,
    stop: int,
    channel: int,
    interval_s: float,
    coefficient: FloatArray,
    out: FloatArray,
) -> None:
    """One channel of one track whose rows are not even in time: to an even grid, through the filter, and back."""
    b0 = coefficient[0, channel]
    a1 = coefficient[1, channel]
    a2 = coefficient[2, channel]
    start = first
    while start < stop:
        if math.isnan(x[start, channel]):
            out[start, channel] = math.nan
            start += 1
            continue
        end = start + 1
        while (
            end < stop
            and not math.isnan(x[end, channel])
            and time_s[end] - time_s[end - 1] <= LONGEST_STEP * interval_s
        ):
            end += 1
        n = end - start
        if n == 1:
            out[start, channel] = x[start, channel]
        else:
            m = max(2, int(round((time_s[end - 1] - time_s[start]) / interval_s)) + 1)
            grid = np.linspace(time_s[start], time_s[end - 1], m)
            own = np.empty(n)
            for k in range(n):
                own[k] = x[start + k, channel]
            buffer = np.empty(m + 2 * PADDING)
            _resample(time_s[start:end], own, n, grid, m, buffer[PADDING:])
            _filter_segment(buffer, m, b0, a1, a2)
            _resample(grid, buffer[PADDING:], m, time_s[start:end], n, own)
            for k in range(n):
                out[start + k, channel] = own[k]
        start = end


@kernel
def _filter_even_channel(
    x: FloatArray, first: int, stop: int, channel: int, coefficient: FloatArray, out: FloatArray
) -> None:
    """One channel of one track, its segments between missing values one by one."""
    buffer = np.empty(stop - first + 2 * PADDING)
    start = first
    while start < stop:
        if math.isnan(x[start, channel]):
            out[start, channel] = math.nan
            start += 1
            continue
        end = start
        while end < stop and not math.isnan(x[end, channel]):
            buffer[PADDING + end - start] = x[end, channel]
            end += 1
        _filter_segment(buffer, end - start, coefficient[0, channel], coefficient[1, channel], coefficient[2, channel])
        for i in range(start, end):
            out[i, channel] = buffer[PADDING + i - start]
        start = end


@kernel
def butterworth_low_pass(
    x: FloatArray, time_s: FloatArray, offsets: IntArray, cutoff_hz: FloatArray, out: FloatArray
) -> None:
    """Zero-phase fourth-order Butterworth low-pass of every channel of every track.

    Parameters
    ----------
    x : float64 (row, channel)
        NaN = missing; it splits the channel into segments that are filtered each by itself.
    time_s : float64 (row,), s
        Strictly increasing within each track.
    offsets : int64 (track + 1,)
    cutoff_hz : float64 (channel,)
        The -3 dB point of the whole (both passes together). Not positive, NaN, or from 0.45 of the track's own
        sampling rate on: the channel passes unchanged.
    out : float64 (row, channel)
        NaN where ``x`` is.

    Notes
    -----
    A second-order filter forwards and backwards with its corner raised so that the double pass has -3 dB at the
    cut-off (Winter 2009), with scipy.signal.filtfilt's odd extension of 9 samples and initial state. Segments of
    fewer than 10 samples are extended by as many samples as they allow, one less than they have; a single sample
    stays as it is. Where a track's intervals depart by more than 1 % from their median, each segment
    goes by cubic interpolation onto an even grid of about that interval, through the filter, and back; there a
    step longer than 3.5 median intervals also ends a segment.
    """
    n_channels = x.shape[1]
    coefficient = np.empty((5, n_channels))
    scratch = np.empty(_INTERVALS)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        interval_s = median_interval(time_s, first, stop, scratch)
        if math.isnan(interval_s):
            for i in range(first, stop):
                out[i] = x[i]
            continue
        _design(cutoff_hz, interval_s, coefficient)
        even = is_even(time_s, first, stop, interval_s)
        for c in range(n_channels):
            if coefficient[0, c] < 0.0:
                for i in range(first, stop):
                    out[i, c] = x[i, c]
            elif even:
                _filter_even_channel(x, first, stop, c, coefficient, out)
            else:
                _filter_uneven_channel(x, time_s, first, stop, c, interval_s, coefficient, out)
