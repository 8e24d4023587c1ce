"""Stride frequency and phase from the separation of the ankles.

One full turn of the phase is one stride; 0 is where the left ankle is furthest ahead of the right one (in the
fundamental of the oscillation), pi where the right one is. A phase can not miss, double or swap a step: contacts are
read from it, one per foot and turn.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.rotor import phasor, turn_through
from runlean_kernels.jit import kernel, sum_kernel
from runlean_kernels.statistics.window import row_before

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

TWO_PI = 2.0 * math.pi
#: Strides per second: slow walking to sprinting (0.55 to 2.65 Hz).
SLOWEST_HZ = 0.55
FREQUENCY_STEP_HZ = 0.1
N_FREQUENCIES = 22
#: Half the Hann window in which a frequency is looked for: some five strides in all, less where a track is shorter.
FREQUENCY_HALF_WINDOW_S = 2.0
#: Rows closer than this are skipped when looking for a frequency; 14 Hz carries 2.65 Hz five times over.
FREQUENCY_SAMPLING_S = 0.07
#: Half the window of a phase, strides.
PHASE_HALF_WINDOW = 0.75
#: A node counts where at least this share of its window's frames is there; one end of a track leaves a half.
LEAST_COVERED = 0.35


@kernel
def first_row_at(time_s: FloatArray, first: int, last: int, when: float) -> int:
    """First row in ``first:last`` whose time is not before ``when``; ``last`` where there is none."""
    row = row_before(time_s, first, last, when)
    return row if row >= first and time_s[row] == when else row + 1


@sum_kernel
def _begin_spectrum(samples: FloatArray, u: FloatArray, value: FloatArray) -> None:
    """Weighted samples times the phasor of the lowest frequency, and those of one step: rows of ``samples``."""
    real = samples[0]
    imag = samples[1]
    step_real = samples[2]
    step_imag = samples[3]
    for j in range(u.shape[0]):
        c, s = phasor(SLOWEST_HZ * u[j])
        real[j] = value[j] * c
        imag[j] = value[j] * s
        step_real[j], step_imag[j] = phasor(FREQUENCY_STEP_HZ * u[j])


@sum_kernel
def _next_power(real: FloatArray, imag: FloatArray, step_real: FloatArray, step_imag: FloatArray) -> float:
    """Power at the samples' frequency; they are turned on to the next."""
    total_real = 0.0
    total_imag = 0.0
    for j in range(real.shape[0]):
        a = real[j]
        b = imag[j]
        total_real += a
        total_imag += b
        real[j] = a * step_real[j] - b * step_imag[j]
        imag[j] = b * step_real[j] + a * step_imag[j]
    return total_real * total_real + total_imag * total_imag


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
    offsets, window_offsets : int64 (track + 1,)
    window_s : float64 (window,)
        Centre of each window, ascending in a track.
    out : float64 (window, 2)
        Frequency (Hz, NaN where there is no oscillation) and the share of the variance that it explains, 0..1.
    """
    power = np.empty(N_FREQUENCIES)
    samples = np.empty((6, 128))
    for track in range(offsets.shape[0] - 1):
        begin, last = offsets[track], offsets[track + 1]
        for window in range(window_offsets[track], window_offsets[track + 1]):
            centre = window_s[window]
            out[window, 0] = np.nan
            out[window, 1] = 0.0
            while begin < last and time_s[begin] < centre - FREQUENCY_HALF_WINDOW_S:
                begin += 1
            weights = 0.0
            mean = 0.0
            end = begin
            while end < last and time_s[end] < centre + FREQUENCY_HALF_WINDOW_S:
                value = separation[end]
                if not math.isnan(value):
                    share = (time_s[end] - centre) / FREQUENCY_HALF_WINDOW_S
                    w = (1.0 - share * share) ** 2
                    weights += w
                    mean += w * value
                end += 1
            if not weights > 3.0:
                continue
            mean /= weights
            n = 0
            weights = 0.0
            variance = 0.0
            taken = -np.inf
            if samples.shape[1] < end - begin:
                samples = np.empty((6, 2 * (end - begin)))
            for row in range(begin, end):
                value = separation[row] - mean
                if math.isnan(value) or time_s[row] - taken < FREQUENCY_SAMPLING_S - 1e-6:
                    continue
                taken = time_s[row]
                share = (time_s[row] - centre) / FREQUENCY_HALF_WINDOW_S
                w = (1.0 - share * share) ** 2
                weights += w
                variance += w * value * value
                samples[4, n] = time_s[row] - centre
                samples[5, n] = w * value
                n += 1
            # all samples are turned on by a step of frequency at a time, side by side: one sample through all steps
            # waits for itself
            _begin_spectrum(samples, samples[4, :n], samples[5, :n])
            for k in range(N_FREQUENCIES):
                power[k] = _next_power(samples[0, :n], samples[1, :n], samples[2, :n], samples[3, :n])
            best = 0
            for k in range(N_FREQUENCIES):
                if power[k] > power[best]:
                    best = k
            if not (variance > 0.0 and weights > 2.0):
                continue
            shift = 0.0
            if 0 < best < N_FREQUENCIES - 1:
                below = math.log(power[best - 1] + 1e-300)
                above = math.log(power[best + 1] + 1e-300)
                bend = below - 2.0 * math.log(power[best] + 1e-300) + above
                if bend < 0.0:
                    shift = 0.5 * (below - above) / bend
            out[window, 0] = SLOWEST_HZ + FREQUENCY_STEP_HZ * (best + shift)
            out[window, 1] = min(1.0, 2.0 * power[best] / (weights * variance))


@sum_kernel
def _oscillation_sums(
    separation: FloatArray, time_s: FloatArray, cosine: FloatArray, sine: FloatArray, centre: float, half: float
) -> tuple[float, float, float, float, float, float, float, float, float]:
    """Weighted sums of 1, cos, sin, cos cos, cos sin, y, y cos, y sin and y y."""
    s1 = sc = ss = scc = scs = sy = syc = sys = syy = 0.0
    for k in range(time_s.shape[0]):
        u = (time_s[k] - centre) / half
        w = max(0.0, 1.0 - u * u)
        value = separation[k]
        known = value == value
        w = w * w if known else 0.0
        y = value if known else 0.0
        c = cosine[k]
        s = sine[k]
        wc = w * c
        ws = w * s
        s1 += w
        sc += wc
        ss += ws
        scc += wc * c
        scs += wc * s
        sy += w * y
        syc += wc * y
        sys += ws * y
        syy += w * y * y
    return s1, sc, ss, scc, scs, sy, syc, sys, syy


@kernel
def oscillation_at(
    time_s: FloatArray, separation: FloatArray, first: int, last: int, centre: float, omega: float, wave: FloatArray
) -> tuple[float, float, float, float]:
    """Weighted fit of mean + oscillation of known frequency to the rows ``first:last`` within reach of ``centre``.

    Returns the cosine and the sine part (the oscillation is ``c cos(omega u) + s sin(omega u)``), the sum of the
    weights, and the share of the variance that the oscillation explains. ``wave`` (2, at least as many) is scratch.
    """
    half = PHASE_HALF_WINDOW * TWO_PI / omega
    n = last - first
    turn_through(time_s, first, n, centre, omega / TWO_PI, wave)
    s1, sc, ss, scc, scs, sy, syc, sys, syy = _oscillation_sums(
        separation[first:last], time_s[first:last], wave[0, :n], wave[1, :n], centre, half
    )
    if not s1 > 2.0:
        return np.nan, np.nan, s1, 0.0
    # the mean is eliminated first, then two unknowns are left
    a = scc - sc * sc / s1
    b = scs - sc * ss / s1
    d = (s1 - scc) - ss * ss / s1
    p = syc - sc * sy / s1
    q = sys - ss * sy / s1
    determinant = a * d - b * b
    if not determinant > 1e-6 * s1 * s1:
        return np.nan, np.nan, s1, 0.0
    cosine = (p * d - q * b) / determinant
    sine = (q * a - p * b) / determinant
    variance = syy - sy * sy / s1
    return cosine, sine, s1, (cosine * p + sine * q) / variance if variance > 0.0 else 0.0


@kernel
def frequency_near(windows: FloatArray, window_s: FloatArray, first: int, last: int, when: float) -> float:
    """Frequency (Hz) of the best explained window within 2.5 s of a time, the nearer ones preferred; NaN without."""
    best = np.nan
    score = 0.0
    for window in range(first, last):
        distance = abs(window_s[window] - when)
        if distance > 2.5 or math.isnan(windows[window, 0]):
            continue
        value = windows[window, 1] / (1.0 + distance)
        if value > score:
            score = value
            best = windows[window, 0]
    return best


@kernel
def refine_frequency(node_s: FloatArray, begin: int, end: int, out: FloatArray) -> None:
    """Replace the frequency of each node by the slope of the phase over 1.2 strides around it."""
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
        Phase (rad; NaN where the legs do not swing), angular frequency (rad/s), amplitude (leg lengths), share of the
        variance explained.

    Notes
    -----
    The frequency of each node is refined from the slope of the phase, and the phase found once more with it. Where the
    oscillation is lost and found again the phase goes on at the last frequency, so that whole turns stay whole.
    """
    wave = np.empty((2, 256))
    for track in range(offsets.shape[0] - 1):
        begin, end = node_offsets[track], node_offsets[track + 1]
        first_window = window_offsets[track]
        last_window = window_offsets[track + 1]
        for node in range(begin, end):
            while first_window + 1 < last_window and window_s[first_window + 1] < node_s[node] - 2.5:
                first_window += 1
            stop = first_window
            while stop < last_window and window_s[stop] <= node_s[node] + 2.5:
                stop += 1
            out[node, 0] = np.nan
            out[node, 1] = TWO_PI * frequency_near(windows, window_s, first_window, stop, node_s[node])
            out[node, 2] = 0.0
            out[node, 3] = 0.0
        for sweep in range(2):
            previous = -1
            first = offsets[track]
            last = offsets[track]
            for node in range(begin, end):
                omega = out[node, 1]
                out[node, 0] = np.nan
                if math.isnan(omega):
                    continue
                half = PHASE_HALF_WINDOW * TWO_PI / omega
                # windows differ in length where the frequency does: both ends may move either way
                while first > offsets[track] and time_s[first - 1] > node_s[node] - half:
                    first -= 1
                while first < offsets[track + 1] and time_s[first] <= node_s[node] - half:
                    first += 1
                last = max(last, first)
                while last > first and time_s[last - 1] >= node_s[node] + half:
                    last -= 1
                while last < offsets[track + 1] and time_s[last] < node_s[node] + half:
                    last += 1
                if wave.shape[1] < last - first:
                    wave = np.empty((2, 2 * (last - first)))
                c, s, weights, explained = oscillation_at(time_s, separation, first, last, node_s[node], omega, wave)
                out[node, 2] = math.sqrt(c * c + s * s)
                out[node, 3] = explained
                # the weights of a full window add up to 16/15 of its half length
                if math.isnan(c) or weights < LEAST_COVERED * 16.0 / 15.0 * half / frame_interval_s[track]:
                    continue
                phase = math.atan2(-s, c)
                if previous >= 0:
                    rate = 0.5 * (omega + out[previous, 1])
                    expected = out[previous, 0] + rate * (node_s[node] - node_s[previous])
                    phase += TWO_PI * round((expected - phase) / TWO_PI)
                out[node, 0] = phase
                previous = node
            if sweep == 0:
                refine_frequency(node_s, begin, end, out)
