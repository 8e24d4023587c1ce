"""The cycle of one window of a stride: what the legs' vectors do in it, the sign of every row free.

All functions take the same arrays: ``value`` float64 (4, row), left to right ankle x, y and knee x, y in leg lengths;
``weight`` (2, row), trust in ankles and knees, 0 where missing; ``sign`` (row,); the window's rows from ``low`` to
``high`` of a track that begins at row ``base`` of ``time_s`` (s). ``wave`` (2, row), cosine and sine of the cycle's
phase from the window's first row on, ``coefficient`` (4, TERMS) and ``normal`` (TERMS, TERMS) are written. The rows of
a signal lie beside each other so that four are summed at once; a missing value is 0, as its weight is.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.events.rotor import turn_through
from runlean_kernels.jit import kernel, sum_kernel

FloatArray = NDArray[np.float64]

#: Strides per second that are tried.
SLOWEST = 1.0
FASTEST = 2.6
STEPS = 64
#: A cycle near the frequency of the window before that explains so much, with every row's label as it is, needs no
#: search: no other explains more of runners' legs. Steps to each side in which it is looked for.
SURE = 0.9
NEAR = 2
#: Where there is no window before, the frequency is looked for in this many steps first: a tenth of a stride per second
#: apart, a fifth of the width of a window's peak.
COARSE = 17
#: Rounds of fitting and turning signs; terms of the cycle: cosine and sine of the first and the third harmonic.
ROUNDS = 4
TERMS = 4


@sum_kernel
def cycle_sums(
    x: FloatArray, y: FloatArray, weight: FloatArray, sign: FloatArray, cosine: FloatArray, sine: FloatArray,
    normal: FloatArray, out_x: FloatArray, out_y: FloatArray,
) -> float:  # fmt: skip
    """Normal matrix and right sides of one pair of points, all (row,); returns the weighted sum of squares.

    Products of two terms are sums of the phasor's even powers: cos a cos 3a = (cos 2a + cos 4a) / 2, and so on.
    """
    total = 0.0
    w_0 = c_2 = s_2 = c_4 = s_4 = c_6 = s_6 = 0.0
    x_c = x_s = x_c3 = x_s3 = y_c = y_s = y_c3 = y_s3 = 0.0
    for k in range(x.shape[0]):
        c = cosine[k]
        s = sine[k]
        w = weight[k]
        d = c * c - s * s
        e = 2.0 * c * s
        c3 = c * d - s * e
        s3 = s * d + c * e
        w_0 += w
        c_2 += w * d
        s_2 += w * e
        c_4 += w * (d * d - e * e)
        s_4 += w * 2.0 * d * e
        c_6 += w * (c3 * c3 - s3 * s3)
        s_6 += w * 2.0 * c3 * s3
        u = sign[k] * x[k]
        v = sign[k] * y[k]
        total += w * (u * u + v * v)
        u *= w
        v *= w
        x_c += u * c
        x_s += u * s
        x_c3 += u * c3
        x_s3 += u * s3
        y_c += v * c
        y_s += v * s
        y_c3 += v * c3
        y_s3 += v * s3
    normal[0, 0] = 0.5 * (w_0 + c_2)
    normal[1, 1] = 0.5 * (w_0 - c_2)
    normal[2, 2] = 0.5 * (w_0 + c_6)
    normal[3, 3] = 0.5 * (w_0 - c_6)
    normal[0, 1] = 0.5 * s_2
    normal[0, 2] = 0.5 * (c_2 + c_4)
    normal[0, 3] = 0.5 * (s_4 + s_2)
    normal[1, 2] = 0.5 * (s_4 - s_2)
    normal[1, 3] = 0.5 * (c_2 - c_4)
    normal[2, 3] = 0.5 * s_6
    out_x[0] = x_c
    out_x[1] = x_s
    out_x[2] = x_c3
    out_x[3] = x_s3
    out_y[0] = y_c
    out_y[1] = y_s
    out_y[2] = y_c3
    out_y[3] = y_s3
    return total


@kernel
def _solve_pair(normal: FloatArray, x: FloatArray, y: FloatArray) -> float:
    """Replace both right sides (TERMS,) by their solutions; returns the sum of their products with them.

    Written out, because loops over four took three times as long: A = LDL' with four divisions and no root.
    """
    d_0 = 1.0 / normal[0, 0]
    l_1 = normal[0, 1] * d_0
    l_2 = normal[0, 2] * d_0
    l_3 = normal[0, 3] * d_0
    d_1 = 1.0 / (normal[1, 1] - l_1 * normal[0, 1])
    a_2 = normal[1, 2] - l_1 * normal[0, 2]
    a_3 = normal[1, 3] - l_1 * normal[0, 3]
    m_2 = a_2 * d_1
    m_3 = a_3 * d_1
    d_2 = 1.0 / (normal[2, 2] - l_2 * normal[0, 2] - m_2 * a_2)
    b_3 = normal[2, 3] - l_2 * normal[0, 3] - m_2 * a_3
    n_3 = b_3 * d_2
    d_3 = 1.0 / (normal[3, 3] - l_3 * normal[0, 3] - m_3 * a_3 - n_3 * b_3)
    if not (d_0 > 0.0 and d_1 > 0.0 and d_2 > 0.0 and d_3 > 0.0):
        x[:] = 0.0
        y[:] = 0.0
        return 0.0
    product = 0.0
    for out in (x, y):
        z_1 = out[1] - l_1 * out[0]
        z_2 = out[2] - l_2 * out[0] - m_2 * z_1
        z_3 = out[3] - l_3 * out[0] - m_3 * z_1 - n_3 * z_2
        product += d_0 * out[0] * out[0] + d_1 * z_1 * z_1 + d_2 * z_2 * z_2 + d_3 * z_3 * z_3
        z_3 *= d_3
        z_2 = d_2 * z_2 - n_3 * z_3
        z_1 = d_1 * z_1 - m_2 * z_2 - m_3 * z_3
        out[0] = d_0 * out[0] - l_1 * z_1 - l_2 * z_2 - l_3 * z_3
        out[1] = z_1
        out[2] = z_2
        out[3] = z_3
    return product


@kernel
def fit_cycle(
    value: FloatArray, weight: FloatArray, sign: FloatArray, time_s: FloatArray, low: int, high: int, base: int,
    frequency: float, wave: FloatArray, normal: FloatArray, coefficient: FloatArray,
) -> float:  # fmt: skip
    """Least squares of the signed vectors on first and third harmonic; part of their square that is explained."""
    n = high - low
    turn_through(time_s, base + low, n, time_s[base + low], frequency, wave)
    total = 0.0
    explained = 0.0
    for pair in range(2):
        x = coefficient[2 * pair]
        y = coefficient[2 * pair + 1]
        total += cycle_sums(
            value[2 * pair, low:high], value[2 * pair + 1, low:high], weight[pair, low:high], sign[low:high],
            wave[0, :n], wave[1, :n], normal, x, y,
        )  # fmt: skip
        for i in range(TERMS):
            normal[i, i] += 1e-6 + 1e-3 * normal[i, i]
        explained += _solve_pair(normal, x, y)
    return explained / total if total > 0.0 else 0.0


@sum_kernel
def predict(coefficient: FloatArray, cosine: FloatArray, sine: FloatArray, out: FloatArray) -> None:
    """One signal's cycle (row,) at phases given by their cosines and sines; ``coefficient`` (TERMS,)."""
    for k in range(out.shape[0]):
        c = cosine[k]
        s = sine[k]
        c3 = c * (4.0 * c * c - 3.0)
        s3 = s * (3.0 - 4.0 * s * s)
        out[k] = coefficient[0] * c + coefficient[1] * s + coefficient[2] * c3 + coefficient[3] * s3


@kernel
def best_frequency(
    value: FloatArray, weight: FloatArray, sign: FloatArray, time_s: FloatArray, low: int, high: int, base: int,
    slowest: float, fastest: float, steps: int, wave: FloatArray, normal: FloatArray, coefficient: FloatArray,
) -> float:  # fmt: skip
    """Which of evenly spaced frequencies (strides per second) explains most."""
    best = -1.0
    found = slowest
    for step in range(steps):
        frequency = slowest + (fastest - slowest) * step / max(1, steps - 1)
        part = fit_cycle(value, weight, sign, time_s, low, high, base, frequency, wave, normal, coefficient)
        if part > best:
            best = part
            found = frequency
    return found


@sum_kernel
def _carrier(
    x: FloatArray, weight: FloatArray, mean: float, cosine: FloatArray, sine: FloatArray
) -> tuple[float, float]:
    """Weighted sums of ``x`` squared less its mean times cosine and sine of twice the phase."""
    real = 0.0
    imaginary = 0.0
    for k in range(x.shape[0]):
        q = weight[k] * (x[k] * x[k] - mean)
        real += q * (cosine[k] * cosine[k] - sine[k] * sine[k])
        imaginary += q * 2.0 * cosine[k] * sine[k]
    return real, imaginary


@kernel
def square_signs(
    value: FloatArray, weight: FloatArray, time_s: FloatArray, low: int, high: int, base: int, wave: FloatArray,
    sign: FloatArray,
) -> None:  # fmt: skip
    """Signs from the ankles' squared horizontal distance, which no exchange changes: its cycle is half a stride's."""
    count = high - low
    x = value[0, low:high]
    trust = weight[0, low:high]
    mean = 0.0
    n = 0.0
    for k in range(count):
        mean += trust[k] * x[k] * x[k]
        n += trust[k]
    mean /= max(n, 1e-9)
    origin = time_s[base + low]
    best = -1.0
    found = SLOWEST
    half = 0.0
    for step in range(STEPS):
        frequency = SLOWEST + (FASTEST - SLOWEST) * step / (STEPS - 1)
        turn_through(time_s, base + low, count, origin, frequency, wave)
        real, imaginary = _carrier(x, trust, mean, wave[0, :count], wave[1, :count])
        power = real * real + imaginary * imaginary
        if power > best:
            best = power
            found = frequency
            half = 0.5 * math.atan2(imaginary, real)
    turn_through(time_s, base + low, count, origin, found, wave)
    for k in range(count):
        carrier = wave[0, k] * math.cos(half) + wave[1, k] * math.sin(half)
        sign[low + k] = 1.0 if carrier * x[k] >= 0.0 else -1.0


@sum_kernel
def _agree(value: FloatArray, weight: FloatArray, modelled: FloatArray, out: FloatArray) -> None:
    for k in range(out.shape[0]):
        out[k] += weight[k] * value[k] * modelled[k]


@sum_kernel
def _turn(before: FloatArray, here: FloatArray, after: FloatArray, sign: FloatArray) -> bool:
    changed = 0.0
    for k in range(sign.shape[0]):
        turned = 1.0 if here[k] + before[k] + after[k] >= 0.0 else -1.0
        changed += abs(turned - sign[k])
        sign[k] = turned
    return changed > 0.0


@kernel
def turn_signs(
    value: FloatArray, weight: FloatArray, low: int, high: int, wave: FloatArray, coefficient: FloatArray,
    sign: FloatArray, agreement: FloatArray, modelled: FloatArray,
) -> bool:  # fmt: skip
    """Give every row the sign under which it and its neighbours agree with the cycle; whether any changed.

    ``wave`` is that of the cycle, as `fit_cycle` leaves it; ``agreement`` (row + 2,) is scratch, ``modelled`` (4, row)
    the cycle's signals.
    """
    n = high - low
    agreement[: n + 2] = 0.0
    for signal in range(4):
        predict(coefficient[signal], wave[0, :n], wave[1, :n], modelled[signal, :n])
        _agree(value[signal, low:high], weight[signal // 2, low:high], modelled[signal], agreement[1 : n + 1])
    return _turn(agreement[:n], agreement[1 : n + 1], agreement[2 : n + 2], sign[low:high])


@kernel
def follow_cycle(
    value: FloatArray, weight: FloatArray, time_s: FloatArray, low: int, high: int, base: int, expected: float,
    sign: FloatArray, agreement: FloatArray, modelled: FloatArray, wave: FloatArray, normal: FloatArray,
    coefficient: FloatArray, answer: FloatArray,
) -> bool:  # fmt: skip
    """Fit the cycle near a frequency with the labels as they are; False where it or a label is in doubt.

    ``modelled`` (4, row) is then the cycle's signals.
    """
    step = (FASTEST - SLOWEST) / STEPS
    for k in range(low, high):
        sign[k] = 1.0
    at = fit_cycle(value, weight, sign, time_s, low, high, base, expected, wave, normal, coefficient)
    above = fit_cycle(value, weight, sign, time_s, low, high, base, expected + step, wave, normal, coefficient)
    below = fit_cycle(value, weight, sign, time_s, low, high, base, expected - step, wave, normal, coefficient)
    for _ in range(NEAR):
        if at >= above and at >= below:
            break
        if above > at:
            expected += step
            below, at = at, above
            above = fit_cycle(value, weight, sign, time_s, low, high, base, expected + step, wave, normal, coefficient)
        else:
            expected -= step
            above, at = at, below
            below = fit_cycle(value, weight, sign, time_s, low, high, base, expected - step, wave, normal, coefficient)
    bend = above - 2.0 * at + below
    if at < above or at < below or not bend < 0.0:
        return False
    # the top of a parabola through the three
    answer[0] = expected - 0.5 * step * (above - below) / bend
    answer[1] = fit_cycle(value, weight, sign, time_s, low, high, base, answer[0], wave, normal, coefficient)
    if answer[1] < SURE:
        return False
    return not turn_signs(value, weight, low, high, wave, coefficient, sign, agreement, modelled)


@kernel
def fit_window(
    value: FloatArray, weight: FloatArray, time_s: FloatArray, low: int, high: int, base: int, sign: FloatArray,
    agreement: FloatArray, modelled: FloatArray, wave: FloatArray, normal: FloatArray, coefficient: FloatArray,
    answer: FloatArray,
) -> None:  # fmt: skip
    """Fit the cycle of a window, its rows' signs free; ``answer``: frequency, part explained."""
    kept = np.empty_like(coefficient)
    answer[0] = 0.0
    answer[1] = 0.0
    for start in range(2):
        if start == 0:
            for k in range(low, high):
                sign[k] = 1.0
        else:
            square_signs(value, weight, time_s, low, high, base, wave, sign)
        frequency = best_frequency(
            value, weight, sign, time_s, low, high, base, SLOWEST, FASTEST, STEPS, wave, normal, coefficient
        )
        part = 0.0
        for _ in range(ROUNDS):
            reach = 1.5 * (FASTEST - SLOWEST) / STEPS
            frequency = best_frequency(
                value, weight, sign, time_s, low, high, base, frequency - reach, frequency + reach, 13, wave, normal,
                coefficient,
            )  # fmt: skip
            part = fit_cycle(value, weight, sign, time_s, low, high, base, frequency, wave, normal, coefficient)
            if not turn_signs(value, weight, low, high, wave, coefficient, sign, agreement, modelled):
                break
        if part > answer[1]:
            answer[0] = frequency
            answer[1] = part
            kept[:] = coefficient
    coefficient[:] = kept
