"""How many strides a second the legs make in a window, their labels as they are."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.events.rotor import turn_through
from runlean_kernels.jit import kernel, sum_kernel

FloatArray = NDArray[np.float64]

#: Strides per second that are tried; from one to the next, a quarter of the width of a window's peak; finer about the
#: best; and how far, relatively, the rate may be off that of the window before.
SLOWEST = 1.0
FASTEST = 2.6
COARSE = 0.05
FINE = 0.01
WANDER = 0.06


@sum_kernel
def explained(x: FloatArray, y: FloatArray, weight: FloatArray, cosine: FloatArray, sine: FloatArray) -> float:
    """Square of the vectors (row,) that a harmonic explains, given by its cosine and sine; missing vectors are 0.

    The legs are half a stride apart: what they differ by holds odd harmonics only, nearly all of it the first.
    """
    n = cc = cs = x_c = x_s = y_c = y_s = 0.0
    for k in range(x.shape[0]):
        c = cosine[k]
        s = sine[k]
        w = weight[k]
        n += w
        cc += w * c * c
        cs += w * c * s
        x_c += w * x[k] * c
        x_s += w * x[k] * s
        y_c += w * y[k] * c
        y_s += w * y[k] * s
    ss = n - cc
    determinant = cc * ss - cs * cs
    if not determinant > 1e-9 * n * n:
        return 0.0
    along = ss * (x_c * x_c + y_c * y_c) + cc * (x_s * x_s + y_s * y_s)
    return (along - 2.0 * cs * (x_c * x_s + y_c * y_s)) / determinant


@kernel
def stride_rate(
    vector: FloatArray, weight: FloatArray, time_s: FloatArray, wave: FloatArray, answer: FloatArray
) -> None:
    """The rate that explains most, and how much of the whole.

    Parameters
    ----------
    vector : float64 (4, row)
        From left to right knee x, y and ankle x, y; 0 where missing.
    weight : float64 (2, row)
        Of both pairs; 0 where missing.
    time_s : float64 (row,), s
    wave : float64 (2, at least as many)
        Scratch.
    answer : float64 (2,)
        Strides per second, part explained. On entry the rate of the window before; 0 where there is none.
    """
    rows = time_s.shape[0]
    total = 0.0
    for pair in range(2):
        for k in range(rows):
            x = vector[2 * pair, k]
            y = vector[2 * pair + 1, k]
            total += weight[pair, k] * (x * x + y * y)
    expected = answer[0]
    slow = SLOWEST if expected == 0.0 else expected * (1.0 - WANDER)
    fast = FASTEST if expected == 0.0 else expected * (1.0 + WANDER)
    step = COARSE if expected == 0.0 else FINE
    for _sweep in range(2):
        answer[1] = -1.0
        count = math.ceil((fast - slow) / step - 1e-9) + 1
        for k in range(count):
            rate = slow + (fast - slow) * k / max(1, count - 1)
            turn_through(time_s, 0, rows, time_s[0], rate, wave)
            part = explained(vector[0], vector[1], weight[0], wave[0, :rows], wave[1, :rows])
            part += explained(vector[2], vector[3], weight[1], wave[0, :rows], wave[1, :rows])
            if part > answer[1]:
                answer[0] = rate
                answer[1] = part
        if step == FINE:
            break
        slow = answer[0] - step
        fast = answer[0] + step
        step = FINE
    answer[1] = answer[1] / total if total > 0.0 else 0.0
