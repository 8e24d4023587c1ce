"""How many strides a second the legs make in a window, their labels as they are."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.events.rotor import turn_on, turn_through
from runlean_kernels.jit import kernel, sum_kernel

FloatArray = NDArray[np.float64]

#: Strides per second that are tried; from one to the next, a quarter of the width of a window's peak; finer about the
#: best; and how far, relatively, the rate may be off that of the window before.
SLOWEST = 1.0
FASTEST = 2.6
COARSE = 0.05
FINE = 0.01
WANDER = 0.06
#: Known rows that a coarse step looks at are at most so far apart, s: five in a stride of the fastest.
THIN_S = 0.07
#: Part of the whole from which a rate near that of the window before needs no other beside it.
SURE = 0.8


@sum_kernel
def harmonic_sums(vector: FloatArray, weight: FloatArray, wave: FloatArray, n: int, out: FloatArray) -> None:
    """Per pair the weighted sums of cos cos, cos sin, and of x cos, x sin, y cos, y sin: ``out`` (12,).

    Of the first n rows; ``wave`` (2 at least, row): cosine and sine of every row's phase.
    """
    ankle_x = vector[2]
    ankle_y = vector[3]
    knee_x = vector[0]
    knee_y = vector[1]
    knee_weight = weight[0]
    ankle_weight = weight[1]
    cosine = wave[0]
    sine = wave[1]
    knee_cc = knee_cs = knee_xc = knee_xs = knee_yc = knee_ys = 0.0
    ankle_cc = ankle_cs = ankle_xc = ankle_xs = ankle_yc = ankle_ys = 0.0
    for k in range(n):
        c = cosine[k]
        s = sine[k]
        a = knee_weight[k] * c
        b = knee_weight[k] * s
        knee_cc += a * c
        knee_cs += a * s
        knee_xc += knee_x[k] * a
        knee_xs += knee_x[k] * b
        knee_yc += knee_y[k] * a
        knee_ys += knee_y[k] * b
        a = ankle_weight[k] * c
        b = ankle_weight[k] * s
        ankle_cc += a * c
        ankle_cs += a * s
        ankle_xc += ankle_x[k] * a
        ankle_xs += ankle_x[k] * b
        ankle_yc += ankle_y[k] * a
        ankle_ys += ankle_y[k] * b
    out[0] = knee_cc
    out[1] = knee_cs
    out[2] = knee_xc
    out[3] = knee_xs
    out[4] = knee_yc
    out[5] = knee_ys
    out[6] = ankle_cc
    out[7] = ankle_cs
    out[8] = ankle_xc
    out[9] = ankle_xs
    out[10] = ankle_yc
    out[11] = ankle_ys


@kernel
def explained(n: float, sums: FloatArray) -> float:
    """Square of the vectors that a harmonic explains, from `harmonic_sums` (6,) of a pair whose weights add up to n.

    The legs are half a stride apart: what they differ by holds odd harmonics only, nearly all of it the first.
    """
    cc = sums[0]
    cs = sums[1]
    ss = n - cc
    determinant = cc * ss - cs * cs
    if not determinant > 1e-9 * n * n:
        return 0.0
    along = ss * (sums[2] * sums[2] + sums[4] * sums[4]) + cc * (sums[3] * sums[3] + sums[5] * sums[5])
    return float((along - 2.0 * cs * (sums[2] * sums[3] + sums[4] * sums[5])) / determinant)


@sum_kernel
def _square(x: FloatArray, y: FloatArray, weight: FloatArray, n: int) -> tuple[float, float]:
    """Sum of a pair's weights and the weighted one of its vectors' squares, over n rows."""
    count = 0.0
    total = 0.0
    for k in range(n):
        count += weight[k]
        total += weight[k] * (x[k] * x[k] + y[k] * y[k])
    return count, total


@kernel
def _part(
    vector: FloatArray, weight: FloatArray, n: int, knees: float, ankles: float, wave: FloatArray, sums: FloatArray
) -> float:
    """Square of both pairs' vectors that the harmonic in ``wave`` explains."""
    harmonic_sums(vector, weight, wave, n, sums)
    return explained(knees, sums[:6]) + explained(ankles, sums[6:])


@kernel
def _climb(
    vector: FloatArray, weight: FloatArray, time_s: FloatArray, knees: float, ankles: float, slow: float, apart: float,
    count: int, wave: FloatArray, sums: FloatArray, answer: FloatArray,
) -> None:  # fmt: skip
    """From the middle one of rates evenly ``apart``, up or down as long as more is explained."""
    rows = time_s.shape[0]
    begun = count // 2
    at = begun
    turn_through(time_s, 0, rows, time_s[0], slow + apart * at, wave)
    answer[0] = slow + apart * at
    answer[1] = _part(vector, weight, rows, knees, ankles, wave, sums)
    for way in (1, -1):
        while (at == begun or (at > begun) == (way > 0)) and 0 <= at + way < count:
            turn_through(time_s, 0, rows, time_s[0], slow + apart * (at + way), wave)
            part = _part(vector, weight, rows, knees, ankles, wave, sums)
            if not part > answer[1]:
                break
            at += way
            answer[0] = slow + apart * at
            answer[1] = part


@kernel
def _sweep(
    vector: FloatArray, weight: FloatArray, time_s: FloatArray, knees: float, ankles: float, slow: float, apart: float,
    count: int, wave: FloatArray, sums: FloatArray, answer: FloatArray,
) -> None:  # fmt: skip
    """Which of all rates evenly ``apart`` explains most."""
    rows = time_s.shape[0]
    turn_through(time_s, 0, rows, time_s[0], slow, wave)
    turn_through(time_s, 0, rows, time_s[0], apart, wave[2:])
    answer[1] = -1.0
    for k in range(count):
        part = _part(vector, weight, rows, knees, ankles, wave, sums)
        turn_on(wave, rows)
        if part > answer[1]:
            answer[0] = slow + apart * k
            answer[1] = part


@kernel
def _taken(vector: FloatArray, weight: FloatArray, time_s: FloatArray, row: int, thin: FloatArray, at: int) -> None:
    """One row into ``thin``."""
    thin[:4, at] = vector[:4, row]
    thin[4:6, at] = weight[:2, row]
    thin[6, at] = time_s[row]


@kernel
def _thinned(vector: FloatArray, weight: FloatArray, time_s: FloatArray, thin: FloatArray) -> int:
    """Known rows, no denser than needed, into ``thin`` (7, at least as many); returns how many, 1 at least."""
    few, last, waiting = 0, -1, -1
    for k in range(time_s.shape[0]):
        if not weight[0, k] + weight[1, k] > 0.0:
            continue
        if last < 0:
            last = k
            _taken(vector, weight, time_s, k, thin, 0)
            few = 1
            continue
        if waiting >= 0 and time_s[k] - time_s[last] > THIN_S + 1e-9:
            last = waiting
            _taken(vector, weight, time_s, waiting, thin, few)
            few += 1
        waiting = k
    row = waiting if few > 0 else 0
    if row >= 0:
        _taken(vector, weight, time_s, row, thin, few)
        few += 1
    return few


@kernel
def stride_rate(
    vector: FloatArray, weight: FloatArray, time_s: FloatArray, wave: FloatArray, thin: FloatArray, sums: FloatArray,
    answer: FloatArray,
) -> None:  # fmt: skip
    """The rate that explains most, and how much of the whole.

    Parameters
    ----------
    vector : float64 (4, at least as many)
        From left to right knee x, y and ankle x, y; 0 where missing.
    weight : float64 (2, at least as many)
        Of both pairs; 0 where missing.
    time_s : float64 (row,), s
    wave : float64 (4, at least as many)
    thin : float64 (7, at least as many)
    sums : float64 (12,)
        Scratch, all three.
    answer : float64 (2,)
        Strides per second, part explained. On entry the rate of the window before; 0 where there is none.

    Notes
    -----
    Where there is no window before, coarse steps through all rates come first, on known rows only. From a rate
    that is known so nearly it goes up or down as long as more is explained: what is left over by one that explains
    nearly all holds no better one. Only where it does not, every rate in reach is tried.
    """
    rows = time_s.shape[0]
    expected = answer[0]
    slow = expected * (1.0 - WANDER)
    fast = expected * (1.0 + WANDER)
    if expected == 0.0:
        few = _thinned(vector, weight, time_s, thin)
        knees = _square(thin[0], thin[1], thin[4], few)[0]
        ankles = _square(thin[2], thin[3], thin[5], few)[0]
        count = math.ceil((FASTEST - SLOWEST) / COARSE - 1e-9) + 1
        apart = (FASTEST - SLOWEST) / (count - 1)
        _sweep(thin[:4], thin[4:6], thin[6, :few], knees, ankles, SLOWEST, apart, count, wave, sums, answer)
        slow = answer[0] - COARSE
        fast = answer[0] + COARSE
    knees, knee_square = _square(vector[0], vector[1], weight[0], rows)
    ankles, ankle_square = _square(vector[2], vector[3], weight[1], rows)
    total = knee_square + ankle_square
    count = math.ceil((fast - slow) / FINE - 1e-9) + 1
    apart = (fast - slow) / (count - 1)
    _climb(vector, weight, time_s, knees, ankles, slow, apart, count, wave, sums, answer)
    if not answer[1] >= SURE * total:
        _sweep(vector, weight, time_s, knees, ankles, slow, apart, count, wave, sums, answer)
    answer[1] = answer[1] / total if total > 0.0 else 0.0
