"""The mean waveform of the stride around a block of strides.

Strides sample the cycle at different phases: over some ten of them a 30 Hz camera has seen it at some two hundred. The
waveform is a Fourier series in the stride phase, fitted by least squares with a prior on its amplitudes that falls off
as those of running do, so that it smooths as much as the noise asks for and no more.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle_signals import N_SIDE_SIGNALS, N_SIGNALS
from runlean_kernels.events.cycle_sums import (
    BLOCK_STRIDES,
    GROUP_START,
    N_GROUPS,
    N_HARMONICS,
    N_MOMENTS,
    N_TERMS,
)
from runlean_kernels.events.linear_solve import cholesky, solve_back_four, solve_forward_four
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Strides to each side that still count in a block's waveform (tricube weights): half of a 30 s trial.
REACH_STRIDES = 20.0
#: Blocks whose stride frequency differs by this share count 0.6: another pace is another waveform.
FREQUENCY_TOLERANCE = 0.06
#: Amplitude of harmonic k a priori: 0.3 k^-2.5 leg lengths (ankle forward in 18 trials: 0.39, 0.04, 0.023 ... 0.0004).
PRIOR_AMPLITUDE = 0.3
PRIOR_DECAY = 2.5
#: What an amplitude of each harmonic costs, before the noise is known: a power takes as long as twenty products.
PENALTY = np.arange(1.0, N_HARMONICS + 1.0) ** (2.0 * PRIOR_DECAY)
#: Noise a priori, leg lengths, until the residual tells it.
PRIOR_NOISE = 0.01
#: Rows of a group below which there is no waveform.
FEWEST_ROWS = 7.0


@kernel
def block_weight(stride_distance: float, rate: float, other_rate: float) -> float:
    """Weight of another block's strides in the waveform of a block."""
    d = abs(stride_distance) / REACH_STRIDES
    if d >= 1.0:
        return 0.0
    tricube = (1.0 - d * d * d) ** 3
    e = (other_rate - rate) / (FREQUENCY_TOLERANCE * rate)
    return tricube * math.exp(-0.5 * e * e)


@kernel
def normal_matrix(moments: FloatArray, out: FloatArray) -> None:
    """Upper triangle of the normal matrix (N_TERMS, N_TERMS) of a Fourier fit, from its moments (N_MOMENTS,).

    Notes
    -----
    :math:`2\\cos j \\cos k = \\cos(k - j) + \\cos(k + j)` and its two kin: 41 sums say what 231 would.
    """
    out[0, 0] = moments[0]
    for k in range(1, N_HARMONICS + 1):
        out[0, 2 * k - 1] = moments[2 * k - 1]
        out[0, 2 * k] = moments[2 * k]
        for j in range(1, k + 1):
            m = k - j
            cos_less = moments[2 * m - 1] if m > 0 else moments[0]
            sin_less = moments[2 * m] if m > 0 else 0.0
            cos_more = moments[2 * (k + j) - 1]
            sin_more = moments[2 * (k + j)]
            out[2 * j - 1, 2 * k - 1] = 0.5 * (cos_less + cos_more)
            out[2 * j, 2 * k] = 0.5 * (cos_less - cos_more)
            out[2 * j - 1, 2 * k] = 0.5 * (sin_more + sin_less)
            if j < k:
                out[2 * j, 2 * k - 1] = 0.5 * (sin_more - sin_less)


@kernel
def solve_cycle(
    block: int,
    begin: int,
    end: int,
    moments: FloatArray,
    rhs: FloatArray,
    square: FloatArray,
    rows: FloatArray,
    work_moments: FloatArray,
    work_rhs: FloatArray,
    work_square: FloatArray,
    columns: FloatArray,
    factor: FloatArray,
    coefficients: FloatArray,
    noise: FloatArray,
    ratio: FloatArray,
) -> None:
    """Mean waveform of every signal around one block.

    Parameters
    ----------
    block : int
    begin, end : int
        Blocks of the same track.
    moments, rhs, square, rows
        As ``sum_blocks`` leaves them.
    work_moments : float64 (N_GROUPS, N_MOMENTS)
    work_rhs : float64 (N_SIGNALS, N_TERMS)
    work_square : float64 (N_SIGNALS,)
    columns : float64 (N_TERMS, 4)
        Scratch, all four.
    factor : float64 (N_GROUPS, N_TERMS, N_TERMS), out
        Cholesky factors of the regularised normal matrices, in the left foot's phase.
    coefficients : float64 (N_SIGNALS, N_TERMS), out
        Each side's series in its own phase; NaN where the signal is missing.
    noise : float64 (N_SIGNALS,), out
        Standard deviation of the residuals.
    ratio : float64 (N_GROUPS,), in and out
        Variance of the noise over that of the first harmonic a priori, as the last block of the track left it; NaN
        before the first, which is solved twice.
    """
    work_moments[:] = 0.0
    work_rhs[:] = 0.0
    work_square[:] = 0.0
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
        for group in range(N_GROUPS):
            for j in range(N_MOMENTS):
                work_moments[group, j] += w * moments[other, group, j]
        for i in range(N_SIGNALS):
            work_square[i] += w * square[other, i]
            for j in range(N_TERMS):
                work_rhs[i, j] += w * rhs[other, i, j]
    for group in range(N_GROUPS):
        first, last = GROUP_START[group], GROUP_START[group + 1]
        n_rows = work_moments[group, 0]
        coefficients[first:last] = np.nan
        noise[first:last] = np.nan
        if n_rows < FEWEST_ROWS:
            continue
        n_sweeps = 1
        if math.isnan(ratio[group]):
            ratio[group] = (PRIOR_NOISE / PRIOR_AMPLITUDE) ** 2
            n_sweeps = 2
        f = factor[group]
        for _sweep in range(n_sweeps):
            normal_matrix(work_moments[group], f)
            for k in range(N_HARMONICS):
                penalty = ratio[group] * PENALTY[k]
                f[1 + 2 * k, 1 + 2 * k] += penalty
                f[2 + 2 * k, 2 + 2 * k] += penalty
            if not cholesky(f):
                break
            # no group has more than four signals
            columns[:] = 0.0
            for i in range(first, last):
                columns[:, i - first] = work_rhs[i]
            solve_forward_four(f, columns)
            for i in range(first, last):
                noise[i] = work_square[i]
                for j in range(N_TERMS):
                    noise[i] -= columns[j, i - first] ** 2
            solve_back_four(f, columns)
            residual = 0.0
            for i in range(first, last):
                c = coefficients[i]
                c[:] = columns[:, i - first]
                # with A = N + R: y'y - 2 c'b + c'N c = y'y - |U'^-1 b|^2 - c'R c, all of it at hand
                rss = noise[i]
                for k in range(N_HARMONICS):
                    rss -= ratio[group] * PENALTY[k] * (c[1 + 2 * k] ** 2 + c[2 + 2 * k] ** 2)
                noise[i] = math.sqrt(max(rss, 0.0) / max(0.3 * n_rows, n_rows - N_TERMS))
                residual += noise[i] * noise[i]
            ratio[group] = max(residual / (last - first), 1e-6) / PRIOR_AMPLITUDE**2
    for i in range(N_SIDE_SIGNALS, 2 * N_SIDE_SIGNALS):
        half_turn(coefficients[i], coefficients[i])


@kernel
def half_turn(c: FloatArray, out: FloatArray) -> None:
    """The Fourier series ``c`` (N_TERMS,) with its argument turned on by pi: odd harmonics change sign."""
    out[0] = c[0]
    for k in range(1, N_HARMONICS + 1):
        sign = -1.0 if k % 2 else 1.0
        out[2 * k - 1] = sign * c[2 * k - 1]
        out[2 * k] = sign * c[2 * k]
