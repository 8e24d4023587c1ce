"""Zero-phase Butterworth low-pass over many tracks and channels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.filters.biquad import N_COEFFICIENTS, PADDING, design_low_pass, settle
from runlean_kernels.filters.resample import filter_uneven_track
from runlean_kernels.filters.uniform import is_even, median_interval, next_border
from runlean_kernels.jit import kernel, sum_kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_INTERVALS = 1024
#: Rows between which borders are looked for at a time: 23 kB of 46 channels.
_AHEAD = 64
#: Channels that are filtered at once.
_LANES = 16


@kernel
def _extend(x: FloatArray, first: int, stop: int, i: int, c: int, step: int, pad: FloatArray) -> int:
    """Odd extension of channel c beyond row i, nearest first, from the samples on its other side; returns how many."""
    n = 0
    k = i - step
    while n < PADDING and first <= k < stop and x[k, c] == x[k, c]:
        pad[n] = 2.0 * x[i, c] - x[k, c]
        n += 1
        k -= step
    return n


@kernel
def _run_pad(pad: FloatArray, n: int, value: float, filters: FloatArray, c: int, state: FloatArray) -> None:
    """State of channel c after the n extension samples, furthest first; settled at ``value`` for n = 0."""
    settle(filters, c, pad[n - 1] if n > 0 else value, state)
    z1 = state[0, c]
    z2 = state[1, c]
    for k in range(n - 1, -1, -1):
        y = filters[0, c] * pad[k] + z1
        z1 = filters[1, c] * pad[k] - filters[3, c] * y + z2
        z2 = filters[2, c] * pad[k] - filters[4, c] * y
        pad[k] = y
    state[0, c] = z1
    state[1, c] = z2


@kernel
def _turn_round(
    x: FloatArray, first: int, stop: int, i: int, c: int, filters: FloatArray, state: FloatArray, pad: FloatArray,
    out: FloatArray,
) -> None:  # fmt: skip
    """State of channel c for the way back from its run's last row i, after the extension behind it.

    The way forward left its results in ``out``; its state after row i follows from the last two samples.
    """
    n = _extend(x, first, stop, i, c, 1, pad)
    if n > 0:
        z2 = filters[2, c] * x[i, c] - filters[4, c] * out[i, c]
        z1 = filters[1, c] * x[i, c] - filters[3, c] * out[i, c]
        z1 += filters[2, c] * x[i - 1, c] - filters[4, c] * out[i - 1, c]
        for k in range(n):
            y = filters[0, c] * pad[k] + z1
            z1 = filters[1, c] * pad[k] - filters[3, c] * y + z2
            z2 = filters[2, c] * pad[k] - filters[4, c] * y
            pad[k] = y
    _run_pad(pad, n, out[i, c], filters, c, state)


@sum_kernel
def _pass(
    source: FloatArray, begin: int, end: int, step: int, filters: FloatArray, state: FloatArray, row: FloatArray,
    out: FloatArray,
) -> None:  # fmt: skip
    """All channels of the rows from ``begin`` up to ``end``; ``source`` may be ``out``.

    A row is copied out and back, and the coefficients lie in separate vectors: so the compiler sees that nothing
    overlaps and makes vector code (27 instead of 78 ns per row of 46 channels). ``row``, filters and state are as wide
    as whole vectors: what is left over would be done one by one.
    """
    b0 = filters[0]
    b1 = filters[1]
    b2 = filters[2]
    a1 = filters[3]
    a2 = filters[4]
    z1 = state[0]
    z2 = state[1]
    i = begin
    while i != end:
        for c in range(source.shape[1]):
            row[c] = source[i, c]
        for c in range(row.shape[0]):
            x = row[c]
            y = b0[c] * x + z1[c]
            z1[c] = b1[c] * x - a1[c] * y + z2[c]
            z2[c] = b2[c] * x - a2[c] * y
            row[c] = y
        for c in range(source.shape[1]):
            out[i, c] = row[c]
        i += step


@kernel
def _filter_even_track(
    x: FloatArray, first: int, stop: int, filters: FloatArray, state: FloatArray, pad: FloatArray, row: FloatArray,
    borders: IntArray, out: FloatArray,
) -> None:  # fmt: skip
    """All channels row by row, forwards and back, from border to border of missing values.

    ``borders`` (row of the track,) is scratch: where the way forward found them, the way back need not look.
    """
    n_runs = 0
    i = first
    while i < stop:
        for c in range(x.shape[1]):
            if x[i, c] == x[i, c] and (i == first or x[i - 1, c] != x[i - 1, c]):
                n = _extend(x, first, stop, i, c, -1, pad)
                _run_pad(pad, n, x[i, c], filters, c, state)
        borders[n_runs] = i
        n_runs += 1
        # looked for a few rows ahead, and these passed while the cache holds them
        seen = i
        while True:
            end = min(seen + _AHEAD, stop)
            border = next_border(x, seen, end, 1)
            _pass(x, i, border, 1, filters, state, row, out)
            i = border
            if border < end or border == stop:
                break
            seen = border - 1
    end = stop
    for run in range(n_runs - 1, -1, -1):
        i = end - 1
        for c in range(x.shape[1]):
            if x[i, c] == x[i, c] and (end == stop or x[end, c] != x[end, c]):
                _turn_round(x, first, stop, i, c, filters, state, pad, out)
        _pass(out, i, borders[run] - 1, -1, filters, state, row, out)
        end = borders[run]


@kernel
def butterworth_low_pass(
    x: FloatArray, time_s: FloatArray, offsets: IntArray, cutoff_hz: FloatArray, out: FloatArray
) -> None:
    """Zero-phase fourth-order Butterworth low-pass of every channel of every track.

    Parameters
    ----------
    x : float64 (row, channel)
        NaN = missing; it splits the channel into runs that are filtered each by itself.
    time_s : float64 (row,), s
        Strictly increasing within each track.
    offsets : int64 (track + 1,)
    cutoff_hz : float64 (channel,)
        The -3 dB point of the whole (both passes together). Not positive, NaN, or from 0.45 of the track's own
        sampling rate on: the channel passes unchanged.
    out : float64 (row, channel)
        NaN where ``x`` is. Not the same array as ``x``.

    Notes
    -----
    A second-order filter forwards and backwards with its corner raised so that the double pass has -3 dB at the
    cut-off (Winter 2009), with scipy.signal.filtfilt's odd extension of 9 samples and initial state. Runs of
    fewer than 10 samples are extended by as many samples as they allow, one less than they have; a single sample
    stays as it is. Where a track's intervals depart by more than 1 % from their median, each run goes by
    cubic interpolation onto an even grid of about that interval, through the filter, and back; there a step longer
    than 3.5 median intervals also ends a run.

    Rows are the outer loop: all channels of a row go through one vector loop. Channel by channel, with the columns
    strided through memory, took 27 times as long.
    """
    n_channels = x.shape[1]
    width = (n_channels + _LANES - 1) // _LANES * _LANES
    filters = np.zeros((N_COEFFICIENTS, width))
    state = np.zeros((2, width))
    scratch = np.empty(_INTERVALS)
    pad = np.empty(PADDING)
    row = np.zeros(width)
    longest = 0
    for track in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[track + 1] - offsets[track])
    borders = np.empty(longest, dtype=np.int64)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        interval_s = median_interval(time_s, first, stop, scratch)
        if math.isnan(interval_s):
            for i in range(first, stop):
                for c in range(n_channels):
                    out[i, c] = x[i, c]
            continue
        design_low_pass(cutoff_hz, interval_s, filters)
        if is_even(time_s, first, stop, interval_s):
            _filter_even_track(x, first, stop, filters, state, pad, row, borders, out)
        else:
            filter_uneven_track(x, time_s, first, stop, interval_s, filters, state, out)
