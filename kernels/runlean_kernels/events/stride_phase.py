"""Stride frequency and phase from the separation of the ankles.

One full turn of the phase is one stride; 0 is where the left ankle is furthest ahead of the right one (in the
fundamental of the oscillation), pi where the right one is. A phase can not miss, double or swap a step: contacts
are read from it, one per foot and turn.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.linear_solve import cholesky, solve_lower, solve_upper
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

TWO_PI = 2.0 * math.pi
#: Strides per second: slow walking to sprinting (288 steps a minute).
SLOWEST_HZ = 0.55
FASTEST_HZ = 2.7
FREQUENCY_STEP_HZ = 0.1
N_FREQUENCIES = 22
#: Half the Hann window in which a frequency is looked for: about five strides in all, less where a track is shorter.
FREQUENCY_HALF_WINDOW_S = 2.0


@kernel
def first_row_at(time_s: FloatArray, first: int, last: int, when: float) -> int:
    """First row in ``first:last`` whose time is not before ``when`` (bisection)."""
    low = first
    high = last
    while low < high:
        half = (low + high) // 2
        if time_s[half] < when:
            low = half + 1
        else:
            high = half
    return low


@kernel
def stride_frequency(
    time_s: FloatArray,
    separation: FloatArray,
    offsets: IntArray,
    window_offsets: IntArray,
    window_s: FloatArray,
    out: FloatArray,
) -> None:
    """Strongest stride frequency in Hann windows along each track.

    Parameters
    ----------
    time_s, separation : float64 (row,)
    offsets : int64 (track + 1,)
    window_offsets : int64 (track + 1,)
    window_s : float64 (window,)
        Centre of each window.
    out : float64 (window, 2)
        Frequency (Hz, NaN where there is no oscillation) and the share of the variance that it explains, 0..1.
    """
    real = np.empty(N_FREQUENCIES)
    imag = np.empty(N_FREQUENCIES)
    power = np.empty(N_FREQUENCIES)
    for track in range(offsets.shape[0] - 1):
        first, last = offsets[track], offsets[track + 1]
        for window in range(window_offsets[track], window_offsets[track + 1]):
            centre = window_s[window]
            out[window, 0] = np.nan
            out[window, 1] = 0.0
            begin = first_row_at(time_s, first, last, centre - FREQUENCY_HALF_WINDOW_S)
            weights = 0.0
            mean = 0.0
            end = begin
            while end < last and time_s[end] < centre + FREQUENCY_HALF_WINDOW_S:
                value = separation[end]
                if not math.isnan(value):
                    w = 0.5 + 0.5 * math.cos(math.pi * (time_s[end] - centre) / FREQUENCY_HALF_WINDOW_S)
                    weights += w
                    mean += w * value
                end += 1
            if not weights > 3.0:
                continue
            mean /= weights
            real[:] = 0.0
            imag[:] = 0.0
            variance = 0.0
            for row in range(begin, end):
                value = separation[row] - mean
                if math.isnan(value):
                    continue
                u = time_s[row] - centre
                w = 0.5 + 0.5 * math.cos(math.pi * u / FREQUENCY_HALF_WINDOW_S)
                variance += w * value * value
                c = w * value * math.cos(TWO_PI * SLOWEST_HZ * u)
                s = w * value * math.sin(TWO_PI * SLOWEST_HZ * u)
                dc = math.cos(TWO_PI * FREQUENCY_STEP_HZ * u)
                ds = math.sin(TWO_PI * FREQUENCY_STEP_HZ * u)
                for k in range(N_FREQUENCIES):
                    real[k] += c
                    imag[k] += s
                    c, s = c * dc - s * ds, s * dc + c * ds
            best = 0
            for k in range(N_FREQUENCIES):
                power[k] = real[k] * real[k] + imag[k] * imag[k]
                if power[k] > power[best]:
                    best = k
            if not variance > 0.0:
                continue
            shift = 0.0
            if 0 < best < N_FREQUENCIES - 1:
                below = math.log(power[best - 1] + 1e-300)
                here = math.log(power[best] + 1e-300)
                above = math.log(power[best + 1] + 1e-300)
                bend = below - 2.0 * here + above
                if bend < 0.0:
                    shift = 0.5 * (below - above) / bend
            out[window, 0] = SLOWEST_HZ + FREQUENCY_STEP_HZ * (best + shift)
            out[window, 1] = min(1.0, 2.0 * power[best] / (weights * variance))


@kernel
def _oscillation_at(
    time_s: FloatArray,
    separation: FloatArray,
    first: int,
    last: int,
    centre: float,
    omega: float,
    normal: FloatArray,
    rhs: FloatArray,
) -> tuple[float, float, float, float]:
    """Weighted fit of mean + oscillation of known frequency around ``centre``.

    Returns cosine part, sine part (so that the oscillation is a cos(omega u) + b sin(omega u)), sum of weights, and the
    share of the variance explained. The Hann window is 1.5 strides long.
    """
    half = 0.75 * TWO_PI / omega
    normal[:] = 0.0
    rhs[:] = 0.0
    total = 0.0
    row = first_row_at(time_s, first, last, centre - half)
    # two rotors (oscillation, window) are turned on from row to row; their step is found anew only where the frame
    # interval changes, which is five times faster than three sines per row
    c = 1.0
    s = 0.0
    wc = 1.0
    ws = 0.0
    step = np.nan
    sc = 1.0
    ss = 0.0
    vc = 1.0
    vs = 0.0
    before = np.nan
    while row < last and time_s[row] < centre + half:
        gap = time_s[row] - before
        if math.isnan(gap):
            u = time_s[row] - centre
            c = math.cos(omega * u)
            s = math.sin(omega * u)
            wc = math.cos(math.pi * u / half)
            ws = math.sin(math.pi * u / half)
        else:
            if not abs(gap - step) < 1e-9:
                step = gap
                sc = math.cos(omega * gap)
                ss = math.sin(omega * gap)
                vc = math.cos(math.pi * gap / half)
                vs = math.sin(math.pi * gap / half)
            c, s = c * sc - s * ss, s * sc + c * ss
            wc, ws = wc * vc - ws * vs, ws * vc + wc * vs
        before = time_s[row]
        value = separation[row]
        if not math.isnan(value):
            w = 0.5 + 0.5 * wc
            normal[0, 0] += w
            normal[1, 0] += w * c
            normal[2, 0] += w * s
            normal[1, 1] += w * c * c
            normal[2, 1] += w * c * s
            normal[2, 2] += w * s * s
            rhs[0] += w * value
            rhs[1] += w * value * c
            rhs[2] += w * value * s
            total += w * value * value
        row += 1
    weights = normal[0, 0]
    mean_part = rhs[0]
    cosine_part = rhs[1]
    sine_part = rhs[2]
    if not weights > 2.0 or not cholesky(normal):
        return np.nan, np.nan, weights, 0.0
    solve_lower(normal, rhs)
    solve_upper(normal, rhs)
    explained = rhs[0] * mean_part + rhs[1] * cosine_part + rhs[2] * sine_part - mean_part * mean_part / weights
    variance = total - mean_part * mean_part / weights
    return rhs[1], rhs[2], weights, explained / variance if variance > 0.0 else 0.0


@kernel
def _frequency_near(out_windows: FloatArray, window_s: FloatArray, first: int, last: int, when: float) -> float:
    """Frequency at a time: of the best explained window within reach, the nearer ones preferred."""
    best = np.nan
    score = 0.0
    for window in range(first, last):
        distance = abs(window_s[window] - when)
        if distance > 2.5 or math.isnan(out_windows[window, 0]):
            continue
        value = out_windows[window, 1] / (1.0 + distance)
        if value > score:
            score = value
            best = out_windows[window, 0]
    return best


@kernel
def stride_phase(
    time_s: FloatArray,
    separation: FloatArray,
    offsets: IntArray,
    frame_interval_s: FloatArray,
    window_offsets: IntArray,
    window_s: FloatArray,
    windows: FloatArray,
    node_offsets: IntArray,
    node_s: FloatArray,
    out: FloatArray,
) -> None:
    """Unwrapped stride phase, angular frequency and amplitude at the nodes of each track.

    Parameters
    ----------
    time_s, separation : float64 (row,)
    offsets : int64 (track + 1,)
    frame_interval_s : float64 (track,)
    window_offsets, window_s, windows
        As ``stride_frequency`` takes and leaves them.
    node_offsets : int64 (track + 1,)
    node_s : float64 (node,)
        Evenly spaced in each track, about 0.2 s apart.
    out : float64 (node, 4)
        Phase (rad; NaN where the legs do not swing), angular frequency (rad/s), amplitude (leg lengths), share of
        the variance explained.

    Notes
    -----
    The frequency of each node is refined once from the slope of the phase. Where the oscillation is lost and found
    again the phase goes on at the last frequency, so that whole turns stay whole.
    """
    normal = np.empty((3, 3))
    rhs = np.empty(3)
    for track in range(offsets.shape[0] - 1):
        first, last = offsets[track], offsets[track + 1]
        begin, end = node_offsets[track], node_offsets[track + 1]
        for node in range(begin, end):
            hertz = _frequency_near(windows, window_s, window_offsets[track], window_offsets[track + 1], node_s[node])
            out[node, 0] = np.nan
            out[node, 1] = TWO_PI * hertz
            out[node, 2] = 0.0
            out[node, 3] = 0.0
        for sweep in range(3):
            previous = -1
            for node in range(begin, end):
                omega = out[node, 1]
                out[node, 0] = np.nan
                if math.isnan(omega):
                    continue
                c, s, weights, explained = _oscillation_at(
                    time_s, separation, first, last, node_s[node], omega, normal, rhs
                )
                full = 0.75 * TWO_PI / omega / frame_interval_s[track]
                out[node, 2] = math.hypot(c, s)
                out[node, 3] = explained
                if math.isnan(c) or weights < 0.35 * full:
                    continue
                phase = math.atan2(-s, c)
                if previous >= 0:
                    rate = 0.5 * (omega + out[previous, 1])
                    expected = out[previous, 0] + rate * (node_s[node] - node_s[previous])
                    phase += TWO_PI * round((expected - phase) / TWO_PI)
                out[node, 0] = phase
                previous = node
            if sweep == 2:
                break
            _refine_frequency(node_s, begin, end, out)


@kernel
def _refine_frequency(node_s: FloatArray, begin: int, end: int, out: FloatArray) -> None:
    """Replace each node's frequency by the slope of the phase over about a stride around it (a line through 3-7 nodes)."""
    for node in range(begin, end):
        omega = out[node, 1]
        if math.isnan(omega) or math.isnan(out[node, 0]):
            continue
        reach = 0.6 * TWO_PI / omega
        n = 0
        su = 0.0
        sp = 0.0
        suu = 0.0
        sup = 0.0
        for other in range(max(begin, node - 8), min(end, node + 9)):
            u = node_s[other] - node_s[node]
            if abs(u) > reach or math.isnan(out[other, 0]):
                continue
            p = out[other, 0] - out[node, 0]
            n += 1
            su += u
            sp += p
            suu += u * u
            sup += u * p
        spread = n * suu - su * su
        if n >= 3 and spread > 0.0:
            slope = (n * sup - su * sp) / spread
            if 0.6 * omega < slope < 1.6 * omega:
                out[node, 1] = slope
