"""A signal's mean and range within windows of time, and its value at an instant, over many tracks in one call."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Part of a window's time that must carry values for a mean or a range to be given.
LEAST_COVERAGE = 0.6


@kernel
def row_before(time_s: FloatArray, first: int, stop: int, at_s: float) -> int:
    """Last row of ``first..stop - 1`` whose time is not after ``at_s``; ``first - 1`` where all are.

    The search begins where the row would be if they were evenly spaced, which they nearly are: halving an hour's rows
    touches seventeen places of memory, of which most are in no cache.
    """
    if stop <= first or not time_s[first] <= at_s:
        return first - 1
    if time_s[stop - 1] <= at_s:
        return stop - 1
    low = first
    high = stop - 1
    share = (at_s - time_s[low]) / (time_s[high] - time_s[low])
    guess = min(low + int(share * (high - low)), high - 1)
    step = 1
    if time_s[guess] <= at_s:
        low = guess
        while low + step < high and time_s[low + step] <= at_s:
            low += step
            step *= 2
        high = min(high, low + step)
    else:
        high = guess
        while high - step > low and time_s[high - step] > at_s:
            high -= step
            step *= 2
        low = max(low, high - step)
    while high - low > 1:
        middle = (low + high) // 2
        if time_s[middle] <= at_s:
            low = middle
        else:
            high = middle
    return low


@kernel
def _value(values: FloatArray, time_s: FloatArray, first: int, stop: int, at_s: float) -> float:
    if stop <= first or not (time_s[first] <= at_s <= time_s[stop - 1]):
        return math.nan
    i = row_before(time_s, first, stop, at_s)
    if time_s[i] == at_s:
        return float(values[i])
    u = (at_s - time_s[i]) / (time_s[i + 1] - time_s[i])
    return float((1.0 - u) * values[i] + u * values[i + 1])


@kernel
def value_at(
    values: FloatArray,
    time_s: FloatArray,
    offsets: IntArray,
    track: IntArray,
    at_s: FloatArray,
    out: FloatArray,
) -> None:
    """Value of a signal at instants, linear between the two rows around each.

    Parameters
    ----------
    values : float64 (row,)
    time_s : float64 (row,), s
        Increasing within each track.
    offsets : int64 (track + 1,)
    track : int64 (instant,)
        Which track each instant belongs to.
    at_s : float64 (instant,), s
    out : float64 (instant,)
        NaN outside the track, where ``at_s`` is NaN, and where one of the two rows is NaN.
    """
    for k in range(out.shape[0]):
        out[k] = _value(values, time_s, offsets[track[k]], offsets[track[k] + 1], at_s[k])


@kernel
def window_mean(
    values: FloatArray,
    time_s: FloatArray,
    offsets: IntArray,
    track: IntArray,
    start_s: FloatArray,
    stop_s: FloatArray,
    out: FloatArray,
) -> None:
    """Time-weighted mean of a signal within windows: its integral over the window by its length.

    Parameters
    ----------
    values : float64 (row,)
        NaN = missing.
    time_s : float64 (row,), s
        Increasing within each track.
    offsets : int64 (track + 1,)
    track : int64 (window,)
    start_s, stop_s : float64 (window,), s
    out : float64 (window,)
        NaN where an end is NaN, ``stop_s < start_s``, or values cover less than `LEAST_COVERAGE` of the window.

    Notes
    -----
    Trapezoids between the rows, cut where the window begins and ends, so that a window's mean does not jump as its
    ends pass a frame. An interval counts where both its rows carry a value. A window of no length gives the
    value at that instant.
    """
    for k in range(out.shape[0]):
        first = offsets[track[k]]
        stop = offsets[track[k] + 1]
        start = start_s[k]
        end = stop_s[k]
        out[k] = math.nan
        if stop <= first or not end >= start:
            continue
        if end == start:
            out[k] = _value(values, time_s, first, stop, start)
            continue
        area = 0.0
        covered = 0.0
        i = max(first, row_before(time_s, first, stop, start))
        while i + 1 < stop and time_s[i] < end:
            t0 = max(start, time_s[i])
            t1 = min(end, time_s[i + 1])
            if t1 > t0:
                slope = (values[i + 1] - values[i]) / (time_s[i + 1] - time_s[i])
                middle = values[i] + slope * (0.5 * (t0 + t1) - time_s[i])
                if not math.isnan(middle):
                    area += middle * (t1 - t0)
                    covered += t1 - t0
            i += 1
        if covered >= LEAST_COVERAGE * (end - start):
            out[k] = area / covered


@kernel
def _parabola(values: FloatArray, time_s: FloatArray, first: int, stop: int, at_s: float) -> float:
    """Value at an instant: of the parabola through the nearest row and its neighbours, else linear."""
    if stop <= first or not time_s[first] <= at_s <= time_s[stop - 1]:
        return math.nan
    i = row_before(time_s, first, stop, at_s)
    if i + 1 < stop and time_s[i + 1] - at_s < at_s - time_s[i]:
        i += 1
    if i > first and i + 1 < stop:
        slope, curvature = _shape(values, time_s, i)
        value = values[i] + (at_s - time_s[i]) * (slope + curvature * (at_s - time_s[i]))
        if not math.isnan(value):
            return float(value)
    return _value(values, time_s, first, stop, at_s)


@kernel
def _shape(values: FloatArray, time_s: FloatArray, i: int) -> tuple[float, float]:
    """Slope and half the second derivative at row i of the parabola through it and its two neighbours."""
    h0 = time_s[i] - time_s[i - 1]
    h1 = time_s[i + 1] - time_s[i]
    before = (values[i] - values[i - 1]) / h0
    after = (values[i + 1] - values[i]) / h1
    return (after * h0 + before * h1) / (h0 + h1), (after - before) / (h0 + h1)


@kernel
def window_range(
    values: FloatArray,
    time_s: FloatArray,
    offsets: IntArray,
    track: IntArray,
    start_s: FloatArray,
    stop_s: FloatArray,
    out: FloatArray,
) -> None:
    """Largest minus smallest value of a signal within windows.

    Parameters
    ----------
    values, time_s, offsets, track, start_s, stop_s
        As for `window_mean`.
    out : float64 (window,)
        NaN as for `window_mean`.

    Notes
    -----
    Extremes lie between rows: parabolas through three neighbouring rows give them, and the values at the window's ends.
    At 25 frames per second a runner's rise and fall at 2.8 steps per second would else be read up to 3 % too small.
    """
    for k in range(out.shape[0]):
        first = offsets[track[k]]
        stop = offsets[track[k] + 1]
        start = start_s[k]
        end = stop_s[k]
        out[k] = math.nan
        if stop <= first or not end > start:
            continue
        low = math.inf
        high = -math.inf
        covered = 0.0
        for edge in (start, end):
            value = _parabola(values, time_s, first, stop, edge)
            if not math.isnan(value):
                low = min(low, value)
                high = max(high, value)
        i = max(first, row_before(time_s, first, stop, start))
        while i < stop and (time_s[i] <= end or time_s[i - 1] < end):
            value = values[i]
            if not math.isnan(value):
                if start <= time_s[i] <= end:
                    low = min(low, value)
                    high = max(high, value)
                if i > first and i + 1 < stop and (value - values[i - 1]) * (values[i + 1] - value) <= 0.0:
                    slope, curvature = _shape(values, time_s, i)
                    if curvature != 0.0:
                        peak_s = time_s[i] - 0.5 * slope / curvature
                        if start <= peak_s <= end:
                            peak = value - 0.25 * slope * slope / curvature
                            low = min(low, peak)
                            high = max(high, peak)
                if i + 1 < stop and not math.isnan(values[i + 1]):
                    covered += max(0.0, min(end, time_s[i + 1]) - max(start, time_s[i]))
            i += 1
        if covered >= LEAST_COVERAGE * (end - start):
            out[k] = high - low
