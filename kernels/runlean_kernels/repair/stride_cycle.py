"""The cycle of one window of a stride: what the legs' vectors do in it, the sign of every row free.

All functions take the same arrays: ``value`` float64 (row, 4), left to right ankle x, y and knee x, y in leg lengths;
``weight`` (row, 2), trust in ankles and knees, 0 where missing; ``sign`` (row,); the window's rows from ``low`` to
``high`` of a track that begins at row ``base`` of ``time_s`` (s). ``coefficient`` (4, TERMS) and ``normal`` (TERMS,
TERMS) are written.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.events.linear_solve import cholesky, solve_back, solve_forward
from runlean_kernels.jit import kernel

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


@kernel
def fit_cycle(
    value: FloatArray, weight: FloatArray, sign: FloatArray, time_s: FloatArray, low: int, high: int, base: int,
    frequency: float, normal: FloatArray, coefficient: FloatArray,
) -> float:  # fmt: skip
    """Least squares of the signed vectors on first and third harmonic; part of their square that is explained.

    Products of two terms are sums of the phasor's even powers: cos a cos 3a = (cos 2a + cos 4a) / 2, and so on.
    """
    total = 0.0
    explained = 0.0
    omega = 2.0 * math.pi * frequency
    origin = time_s[base + low]
    for pair in range(2):
        w_0 = c_2 = s_2 = c_4 = s_4 = c_6 = s_6 = 0.0
        x_c = x_s = x_c3 = x_s3 = y_c = y_s = y_c3 = y_s3 = 0.0
        c = 1.0
        s = 0.0
        turn_c = 1.0
        turn_s = 0.0
        before = 0.0
        interval = 0.0
        for k in range(low, high):
            h = time_s[base + k] - origin - before
            if abs(h - interval) > 1e-6 or (k - low) % 64 == 0:
                # from one row to the next the phasor turns by the same angle, until the interval changes
                interval = h
                turn_c = math.cos(omega * h)
                turn_s = math.sin(omega * h)
                c = math.cos(omega * (before + h))
                s = math.sin(omega * (before + h))
            else:
                turned = c * turn_c - s * turn_s
                s = s * turn_c + c * turn_s
                c = turned
            before += h
            w = weight[k, pair]
            if w > 0.0:
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
                x = sign[k] * value[k, 2 * pair]
                y = sign[k] * value[k, 2 * pair + 1]
                total += w * (x * x + y * y)
                x *= w
                y *= w
                x_c += x * c
                x_s += x * s
                x_c3 += x * c3
                x_s3 += x * s3
                y_c += y * c
                y_s += y * s
                y_c3 += y * c3
                y_s3 += y * s3
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
        coefficient[2 * pair : 2 * pair + 2] = 0.0
        for i in range(TERMS):
            normal[i, i] += 1e-6 + 1e-3 * normal[i, i]
        if not cholesky(normal):
            continue
        for axis in range(2):
            out = coefficient[2 * pair + axis]
            out[0] = r_0 = x_c if axis == 0 else y_c
            out[1] = r_1 = x_s if axis == 0 else y_s
            out[2] = r_2 = x_c3 if axis == 0 else y_c3
            out[3] = r_3 = x_s3 if axis == 0 else y_s3
            solve_forward(normal, out)
            solve_back(normal, out)
            explained += out[0] * r_0 + out[1] * r_1 + out[2] * r_2 + out[3] * r_3
    return explained / total if total > 0.0 else 0.0


@kernel
def predict(coefficient: FloatArray, frequency: float, elapsed_s: float, out: FloatArray) -> None:
    """The cycle's four values (4,) so many seconds after the window's first row."""
    angle = 2.0 * math.pi * frequency * elapsed_s
    c = math.cos(angle)
    s = math.sin(angle)
    c3 = c * (4.0 * c * c - 3.0)
    s3 = s * (3.0 - 4.0 * s * s)
    for signal in range(4):
        f = coefficient[signal]
        out[signal] = f[0] * c + f[1] * s + f[2] * c3 + f[3] * s3


@kernel
def best_frequency(
    value: FloatArray, weight: FloatArray, sign: FloatArray, time_s: FloatArray, low: int, high: int, base: int,
    slowest: float, fastest: float, steps: int, normal: FloatArray, coefficient: FloatArray,
) -> float:  # fmt: skip
    """Which of evenly spaced frequencies (strides per second) explains most."""
    best = -1.0
    found = slowest
    for step in range(steps):
        frequency = slowest + (fastest - slowest) * step / max(1, steps - 1)
        part = fit_cycle(value, weight, sign, time_s, low, high, base, frequency, normal, coefficient)
        if part > best:
            best = part
            found = frequency
    return found


@kernel
def square_signs(
    value: FloatArray, weight: FloatArray, time_s: FloatArray, low: int, high: int, base: int, sign: FloatArray
) -> None:
    """Signs from the ankles' squared horizontal distance, which no exchange changes: its cycle is half a stride's."""
    best = -1.0
    omega_best = 0.0
    real_best = 1.0
    imaginary_best = 0.0
    mean = 0.0
    n = 0.0
    for k in range(low, high):
        mean += weight[k, 0] * value[k, 0] * value[k, 0]
        n += weight[k, 0]
    mean /= max(n, 1e-9)
    origin = time_s[base + low]
    for step in range(STEPS):
        omega = 2.0 * math.pi * (SLOWEST + (FASTEST - SLOWEST) * step / (STEPS - 1))
        real = 0.0
        imaginary = 0.0
        for k in range(low, high):
            q = weight[k, 0] * (value[k, 0] * value[k, 0] - mean)
            angle = 2.0 * omega * (time_s[base + k] - origin)
            real += q * math.cos(angle)
            imaginary += q * math.sin(angle)
        power = real * real + imaginary * imaginary
        if power > best:
            best = power
            omega_best = omega
            real_best = real
            imaginary_best = imaginary
    half = 0.5 * math.atan2(imaginary_best, real_best)
    for k in range(low, high):
        carrier = math.cos(omega_best * (time_s[base + k] - origin) - half)
        sign[k] = 1.0 if carrier * value[k, 0] >= 0.0 else -1.0


@kernel
def turn_signs(
    value: FloatArray, weight: FloatArray, time_s: FloatArray, low: int, high: int, base: int, frequency: float,
    coefficient: FloatArray, sign: FloatArray, agreement: FloatArray, modelled: FloatArray,
) -> bool:  # fmt: skip
    """Give every row the sign under which it and its neighbours agree with the cycle; whether any changed."""
    for k in range(low, high):
        predict(coefficient, frequency, time_s[base + k] - time_s[base + low], modelled)
        agreement[k] = 0.0
        for signal in range(4):
            agreement[k] += weight[k, signal // 2] * value[k, signal] * modelled[signal]
    changed = False
    for k in range(low, high):
        around = agreement[k]
        around += agreement[k - 1] if k > low else 0.0
        around += agreement[k + 1] if k + 1 < high else 0.0
        turned = 1.0 if around >= 0.0 else -1.0
        changed = changed or turned != sign[k]
        sign[k] = turned
    return changed


@kernel
def follow_cycle(
    value: FloatArray, weight: FloatArray, time_s: FloatArray, low: int, high: int, base: int, expected: float,
    sign: FloatArray, agreement: FloatArray, normal: FloatArray, coefficient: FloatArray, modelled: FloatArray,
    answer: FloatArray,
) -> bool:  # fmt: skip
    """Fit the cycle near a frequency with the labels as they are; False where it or a label is in doubt."""
    step = (FASTEST - SLOWEST) / STEPS
    for k in range(low, high):
        sign[k] = 1.0
    at = fit_cycle(value, weight, sign, time_s, low, high, base, expected, normal, coefficient)
    above = fit_cycle(value, weight, sign, time_s, low, high, base, expected + step, normal, coefficient)
    below = fit_cycle(value, weight, sign, time_s, low, high, base, expected - step, normal, coefficient)
    for _ in range(NEAR):
        if at >= above and at >= below:
            break
        if above > at:
            expected += step
            below, at = at, above
            above = fit_cycle(value, weight, sign, time_s, low, high, base, expected + step, normal, coefficient)
        else:
            expected -= step
            above, at = at, below
            below = fit_cycle(value, weight, sign, time_s, low, high, base, expected - step, normal, coefficient)
    bend = above - 2.0 * at + below
    if at < above or at < below or not bend < 0.0:
        return False
    # the top of a parabola through the three
    answer[0] = expected - 0.5 * step * (above - below) / bend
    answer[1] = fit_cycle(value, weight, sign, time_s, low, high, base, answer[0], normal, coefficient)
    if answer[1] < SURE:
        return False
    return not turn_signs(
        value, weight, time_s, low, high, base, answer[0], coefficient, sign, agreement, modelled
    )  # fmt: skip


@kernel
def fit_window(
    value: FloatArray, weight: FloatArray, time_s: FloatArray, low: int, high: int, base: int, sign: FloatArray,
    agreement: FloatArray, normal: FloatArray, coefficient: FloatArray, modelled: FloatArray, answer: FloatArray,
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
            square_signs(value, weight, time_s, low, high, base, sign)
        frequency = best_frequency(
            value, weight, sign, time_s, low, high, base, SLOWEST, FASTEST, STEPS, normal, coefficient
        )
        part = 0.0
        for _ in range(ROUNDS):
            reach = 1.5 * (FASTEST - SLOWEST) / STEPS
            frequency = best_frequency(
                value, weight, sign, time_s, low, high, base, frequency - reach, frequency + reach, 13, normal,
                coefficient,
            )  # fmt: skip
            part = fit_cycle(value, weight, sign, time_s, low, high, base, frequency, normal, coefficient)
            if not turn_signs(
                value, weight, time_s, low, high, base, frequency, coefficient, sign, agreement, modelled
            ):
                break
        if part > answer[1]:
            answer[0] = frequency
            answer[1] = part
            kept[:] = coefficient
    coefficient[:] = kept
