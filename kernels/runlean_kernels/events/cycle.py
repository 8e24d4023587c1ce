"""The mean waveform of the stride around a block of strides, and what can be read off it.

Strides sample the cycle at different phases: over some ten of them a 30 Hz camera has seen it at some two hundred.
The waveform is a Fourier series in the stride phase, fitted by least squares with a prior on its amplitudes that falls off
as running's do, so that it smooths as much as the noise asks for and no more.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle_sums import (
    BLOCK_STRIDES,
    GROUP_OF,
    N_GROUPS,
    N_HARMONICS,
    N_SIDE_SIGNALS,
    N_SIGNALS,
    N_TERMS,
)
from runlean_kernels.events.linear_solve import cholesky, solve_lower, solve_upper
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Strides to each side that still count in a block's waveform (tricube weights): half of a 30 s trial.
REACH_STRIDES = 20.0
#: Blocks whose stride frequency differs by this share count 0.6: another pace is another waveform.
FREQUENCY_TOLERANCE = 0.06
#: Amplitude of harmonic k a priori: 0.3 k^-2.5 leg lengths (ankle forward in 18 trials: 0.39, 0.04, 0.023, ... 0.0004).
PRIOR_AMPLITUDE = 0.3
PRIOR_DECAY = 2.5
#: Noise a priori, leg lengths, until the residual tells it.
PRIOR_NOISE = 0.01


@kernel
def block_weight(stride_distance: float, frequency: float, other_frequency: float) -> float:
    """Weight of another block's strides in the waveform of a block."""
    d = abs(stride_distance) / REACH_STRIDES
    if d >= 1.0:
        return 0.0
    tricube = (1.0 - d * d * d) ** 3
    e = (other_frequency - frequency) / (FREQUENCY_TOLERANCE * frequency)
    return tricube * math.exp(-0.5 * e * e)


@kernel
def solve_cycle(
    block: int,
    begin: int,
    end: int,
    normal: FloatArray,
    rhs: FloatArray,
    square: FloatArray,
    rows: FloatArray,
    work: FloatArray,
    work_rhs: FloatArray,
    factor: FloatArray,
    coefficients: FloatArray,
    noise: FloatArray,
) -> None:
    """Mean waveform of every signal around one block.

    Parameters
    ----------
    block : int
    begin, end : int
        Blocks of the same track.
    normal, rhs, square, rows
        As ``sum_blocks`` leaves them.
    work : float64 (N_GROUPS + 1, N_TERMS, N_TERMS)
    work_rhs : float64 (N_SIGNALS, N_TERMS + 2)
    factor : float64 (N_GROUPS, N_TERMS, N_TERMS), out
        Cholesky factors of the regularised normal matrices.
    coefficients : float64 (N_SIGNALS, N_TERMS), out
        NaN where the signal is missing.
    noise : float64 (N_SIGNALS,), out
        Standard deviation of the residuals.
    """
    work[:] = 0.0
    work_rhs[:] = 0.0
    phase = rows[block, 1] / rows[block, 0]
    rate = rows[block, 2] / rows[block, 0]
    reach = int(REACH_STRIDES) // BLOCK_STRIDES + 1
    for other in range(max(begin, block - reach), min(end, block + reach + 1)):
        if not rows[other, 0] > 0.0:
            continue
        distance = (rows[other, 1] / rows[other, 0] - phase) / (2.0 * math.pi)
        w = block_weight(distance, rate, rows[other, 2] / rows[other, 0])
        if w < 1e-3:
            continue
        for group in range(N_GROUPS + 1):
            for i in range(N_TERMS):
                for j in range(i + 1):
                    work[group, i, j] += w * normal[other, group, i, j]
        for i in range(N_SIGNALS):
            for j in range(N_TERMS):
                work_rhs[i, j] += w * rhs[other, i, j]
            work_rhs[i, N_TERMS] += w * square[other, i, 0]
            work_rhs[i, N_TERMS + 1] += w * square[other, i, 1]
    for group in range(N_GROUPS):
        for i in range(N_TERMS):
            for j in range(i + 1):
                work[group, i, j] += work[N_GROUPS, i, j]
        ratio = (PRIOR_NOISE / PRIOR_AMPLITUDE) ** 2
        for sweep in range(2):
            for i in range(N_TERMS):
                for j in range(i + 1):
                    factor[group, i, j] = work[group, i, j]
            factor[group, 0, 0] += 1e-9
            for k in range(N_HARMONICS):
                penalty = ratio * (k + 1.0) ** (2.0 * PRIOR_DECAY)
                factor[group, 1 + 2 * k, 1 + 2 * k] += penalty
                factor[group, 2 + 2 * k, 2 + 2 * k] += penalty
            fine = work[group, 0, 0] > 6.0 and cholesky(factor[group])
            residual = 0.0
            n_signals = 0
            for i in range(N_SIGNALS):
                if GROUP_OF[i] != group:
                    continue
                c = coefficients[i]
                # a signal that never was has sums of zero, or fewer rows than its group's matrix
                if not fine or work_rhs[i, N_TERMS + 1] < 6.0:
                    c[:] = np.nan
                    noise[i] = np.nan
                    continue
                c[:] = work_rhs[i, :N_TERMS]
                solve_lower(factor[group], c)
                solve_upper(factor[group], c)
                rss = work_rhs[i, N_TERMS]
                for j in range(N_TERMS):
                    product = 0.0
                    for k in range(N_TERMS):
                        product += (work[group, j, k] if k <= j else work[group, k, j]) * c[k]
                    rss += c[j] * (product - 2.0 * work_rhs[i, j])
                freedom = max(0.3 * work_rhs[i, N_TERMS + 1], work_rhs[i, N_TERMS + 1] - N_TERMS)
                noise[i] = math.sqrt(max(rss, 0.0) / freedom)
                residual += noise[i] * noise[i]
                n_signals += 1
            if n_signals > 0:
                ratio = max(residual / n_signals, 1e-6) / PRIOR_AMPLITUDE**2
    # the right foot's own phase is half a turn on: odd harmonics change sign
    for i in range(N_SIDE_SIGNALS, 2 * N_SIDE_SIGNALS):
        for k in range(0, N_HARMONICS, 2):
            coefficients[i, 1 + 2 * k] = -coefficients[i, 1 + 2 * k]
            coefficients[i, 2 + 2 * k] = -coefficients[i, 2 + 2 * k]


@kernel
def derivative(c: FloatArray, order: int, phase: float) -> float:
    """Value (order 0) or derivative by phase (1..3) of the Fourier series ``c`` (N_TERMS,)."""
    c1 = math.cos(phase)
    s1 = math.sin(phase)
    co = c1
    si = s1
    total = c[0] if order == 0 else 0.0
    for k in range(N_HARMONICS):
        n = k + 1.0
        a = c[1 + 2 * k]
        b = c[2 + 2 * k]
        if order == 0:
            total += a * co + b * si
        elif order == 1:
            total += n * (b * co - a * si)
        elif order == 2:
            total -= n * n * (a * co + b * si)
        else:
            total -= n * n * n * (b * co - a * si)
        co, si = co * c1 - si * s1, si * c1 + co * s1
    return total


@kernel
def derivative_sd(factor: FloatArray, noise: float, order: int, phase: float, work: FloatArray) -> float:
    """Standard deviation of ``derivative`` that comes from the noise of the rows."""
    c1 = math.cos(phase)
    s1 = math.sin(phase)
    co = c1
    si = s1
    work[0] = 1.0 if order == 0 else 0.0
    for k in range(N_HARMONICS):
        n = k + 1.0
        if order == 0:
            work[1 + 2 * k] = co
            work[2 + 2 * k] = si
        elif order == 1:
            work[1 + 2 * k] = -n * si
            work[2 + 2 * k] = n * co
        elif order == 2:
            work[1 + 2 * k] = -n * n * co
            work[2 + 2 * k] = -n * n * si
        else:
            work[1 + 2 * k] = n * n * n * si
            work[2 + 2 * k] = -n * n * n * co
        co, si = co * c1 - si * s1, si * c1 + co * s1
    solve_lower(factor, work)
    total = 0.0
    for i in range(N_TERMS):
        total += work[i] * work[i]
    return noise * math.sqrt(total)


@kernel
def find_level(
    c: FloatArray, factor: FloatArray, noise: float, order: int, level: float, low: float, high: float,
    rising: bool, shift: float, work: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """First phase in ``low..high`` at which a derivative passes a level, and its standard deviation.

    ``shift`` turns the side's own phase into the phase of the normal matrix (-pi for the right foot). NaN where the level
    is not passed.
    """
    sign = 1.0 if rising else -1.0
    n = max(2, int(math.ceil((high - low) / 0.08)))
    before = sign * (derivative(c, order, low) - level)
    for i in range(1, n + 1):
        right = low + (high - low) * i / n
        after = sign * (derivative(c, order, right) - level)
        if before < 0.0 <= after:
            left = low + (high - low) * (i - 1) / n
            below = before
            above = after
            at = left + (right - left) * below / (below - above)
            for _ in range(4):
                value = sign * (derivative(c, order, at) - level)
                if value < 0.0:
                    left = at
                    below = value
                else:
                    right = at
                    above = value
                at = left + (right - left) * below / (below - above)
            slope = derivative(c, order + 1, at)
            return at, derivative_sd(factor, noise, order, at + shift, work) / max(abs(slope), 1e-9)
        before = after
    return np.nan, np.nan


@kernel
def find_peak(
    c: FloatArray, factor: FloatArray, noise: float, order: int, sign: float, low: float, high: float,
    shift: float, work: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """Phase in ``low..high`` at which ``sign`` times a derivative is largest, and its standard deviation.

    NaN where it is largest at an end.
    """
    n = max(4, int(math.ceil((high - low) / 0.08)))
    best = -1
    highest = -np.inf
    for i in range(n + 1):
        value = sign * derivative(c, order, low + (high - low) * i / n)
        if value > highest:
            highest = value
            best = i
    if best <= 0 or best >= n:
        return np.nan, np.nan
    left = low + (high - low) * (best - 1) / n
    right = low + (high - low) * (best + 1) / n
    return find_level(c, factor, noise, order + 1, 0.0, left, right, sign < 0.0, shift, work)
