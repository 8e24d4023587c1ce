"""Reading a Fourier series of the stride: values, derivatives, level crossings and peaks, each with its error."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle_sums import LANES, N_HARMONICS, N_TERMS, TWO_PI, series
from runlean_kernels.events.linear_solve import solve_forward_columns
from runlean_kernels.events.rotor import phasor
from runlean_kernels.jit import kernel, sum_kernel

FloatArray = npt.NDArray[np.float64]

#: Phases at which a waveform is first looked at: steps of 5 degrees, 10 ms of a stride.
N_GRID = 72
GRID_STEP = 2.0 * math.pi / N_GRID
#: Room for a turn's values, in whole vectors.
N_SCRATCH = (N_GRID + 1 + LANES - 1) // LANES * LANES
#: Waveforms of one factor whose errors are told at once.
N_COLUMNS = 16
#: Newton's steps to a root, at most; none follows one shorter than this, rad (the next would be its square).
MOST_STEPS = 8
CLOSE = 1e-5


def _grid() -> FloatArray:
    """Value and first two derivatives of every Fourier term on a little over two turns, (3, N_TERMS, any)."""
    phase = np.arange(2 * N_GRID + LANES) * GRID_STEP
    k = np.arange(1, N_HARMONICS + 1)[:, None]
    table = np.zeros((3, N_TERMS, len(phase)))
    table[0, 0] = 1.0
    for order in range(3):
        table[order, 1::2] = k**order * np.cos(k * phase + order * math.pi / 2)
        table[order, 2::2] = k**order * np.sin(k * phase + order * math.pi / 2)
    return table


GRID = _grid()
#: k to the power of the order of a derivative, (order, harmonic).
POWER = np.arange(1.0, N_HARMONICS + 1.0) ** np.arange(6.0)[:, None]


@kernel
def on_grid(c: FloatArray, order: int, first: int, n: int, out: FloatArray) -> None:
    """Derivative of order 0 to 2 at ``n`` <= N_GRID + 1 phases of the grid from index ``first`` (any integer) on.

    ``out`` (N_SCRATCH,) is written a little further.
    """
    series(c, GRID[order], first % N_GRID, n, out)


@kernel
def derivative_terms(order: int, phase: float, out: FloatArray) -> None:
    """Derivatives (order 0..4) of the Fourier terms by the phase, into ``out`` (N_TERMS,)."""
    c1 = math.cos(phase)
    s1 = math.sin(phase)
    c = c1
    s = s1
    out[0] = 1.0 if order == 0 else 0.0
    for k in range(N_HARMONICS):
        n = k + 1.0
        if order == 0:
            out[1 + 2 * k] = c
            out[2 + 2 * k] = s
        elif order == 1:
            out[1 + 2 * k] = -n * s
            out[2 + 2 * k] = n * c
        elif order == 2:
            out[1 + 2 * k] = -n * n * c
            out[2 + 2 * k] = -n * n * s
        elif order == 3:
            out[1 + 2 * k] = n * n * n * s
            out[2 + 2 * k] = -n * n * n * c
        else:
            out[1 + 2 * k] = n * n * n * n * c
            out[2 + 2 * k] = n * n * n * n * s
        c, s = c * c1 - s * s1, s * c1 + c * s1


@sum_kernel
def value_and_slope(c: FloatArray, order: int, phase: float) -> tuple[float, float]:
    """Derivative of order 0 to 4 by the phase (0: the value) of the Fourier series ``c`` (N_TERMS,), and the next.

    Odd and even harmonics are turned on each by itself: two chains that do not wait for each other.
    """
    c_odd, s_odd = phasor(phase * (1.0 / TWO_PI))
    step_c = c_odd * c_odd - s_odd * s_odd
    step_s = 2.0 * s_odd * c_odd
    c_even = step_c
    s_even = step_s
    own = POWER[order]
    next_one = POWER[order + 1]
    # sums with cosine and sine in phase and a quarter turn on; the next order's are the same with one more power
    along = along_next = across = across_next = 0.0
    for k in range(0, N_HARMONICS, 2):
        in_phase = c[1 + 2 * k] * c_odd + c[2 + 2 * k] * s_odd
        quarter_on = c[2 + 2 * k] * c_odd - c[1 + 2 * k] * s_odd
        along += own[k] * in_phase
        along_next += next_one[k] * in_phase
        across += own[k] * quarter_on
        across_next += next_one[k] * quarter_on
        in_phase = c[3 + 2 * k] * c_even + c[4 + 2 * k] * s_even
        quarter_on = c[4 + 2 * k] * c_even - c[3 + 2 * k] * s_even
        along += own[k + 1] * in_phase
        along_next += next_one[k + 1] * in_phase
        across += own[k + 1] * quarter_on
        across_next += next_one[k + 1] * quarter_on
        c_odd, s_odd = c_odd * step_c - s_odd * step_s, s_odd * step_c + c_odd * step_s
        c_even, s_even = c_even * step_c - s_even * step_s, s_even * step_c + c_even * step_s
    # of cosine and sine: themselves, each other, and both again with the other sign
    if order == 0:
        return c[0] + along, across_next
    if order == 1:
        return across, -along_next
    if order == 2:
        return -along, -across_next
    if order == 3:
        return -across, along_next
    return along, across_next


@kernel
def derivative(c: FloatArray, order: int, phase: float) -> float:
    """Value (order 0) or derivative by the phase (1..4) of the Fourier series ``c`` (N_TERMS,)."""
    return value_and_slope(c, order, phase)[0]


@kernel
def derivative_sd(factor: FloatArray, terms: FloatArray, noise: FloatArray, out: FloatArray) -> None:
    """Standard deviations of derivatives that come from the noise of the rows.

    Parameters
    ----------
    factor : float64 (N_TERMS, N_TERMS)
    terms : float64 (N_TERMS, N_COLUMNS)
        In each column the terms of one derivative (`derivative_terms`), at a phase as the factor's; overwritten.
    noise, out : float64 (N_COLUMNS,)
    """
    solve_forward_columns(factor, terms)
    out[:] = 0.0
    for j in range(N_TERMS):
        row = terms[j]
        for column in range(out.shape[0]):
            out[column] += row[column] * row[column]
    for column in range(out.shape[0]):
        out[column] = noise[column] * math.sqrt(out[column])


@kernel
def root_between(
    c: FloatArray, order: int, level: float, left: float, right: float, below: float, above: float
) -> float:
    """Phase at which a derivative is at a level, between two phases where it is ``below`` and ``above`` it.

    ``below`` and ``above`` are the differences to the level at ``left`` and ``right``; their signs differ. Newton's
    steps from where a straight line would be there; one that leaves what is left of the interval halves it instead.
    Three steps of Newton's are exact to about 1e-9 rad on a step of the grid; halvings alone, to a
    256th of the interval (3e-4 rad there).
    """
    at = left + (right - left) * below / (below - above)
    for _ in range(MOST_STEPS):
        value, slope = value_and_slope(c, order, at)
        value -= level
        if (value < 0.0) == (below < 0.0):
            left = at
        else:
            right = at
        step = -value / slope if slope != 0.0 else math.inf
        if left <= at + step <= right:
            at += step
            if abs(step) < CLOSE:
                break
        else:
            at = 0.5 * (left + right)
    return at


@kernel
def find_level(
    c: FloatArray, order: int, level: float, rising: bool, low: float, high: float, grid: FloatArray
) -> float:
    """First phase in ``low..high`` at which a derivative (order 0..2) passes a level; NaN where it does not.

    ``grid`` (N_SCRATCH,) is scratch; ``rising`` says in which sense it must pass.
    """
    sign = 1.0 if rising else -1.0
    first = math.floor(low / GRID_STEP)
    n = min(math.ceil(high / GRID_STEP) - first + 1, N_GRID + 1)
    on_grid(c, order, first, n, grid)
    for i in range(n - 1):
        below = grid[i] - level
        above = grid[i + 1] - level
        if sign * below < 0.0 <= sign * above:
            left = (first + i) * GRID_STEP
            at = root_between(c, order, level, left, left + GRID_STEP, below, above)
            if at >= low:
                return at if at <= high else math.nan
    return math.nan


@kernel
def find_peak(c: FloatArray, order: int, highest: bool, low: float, high: float, grid: FloatArray) -> float:
    """Phase in ``low..high`` at which a derivative (order 0..2) is highest or lowest; NaN where that is at an end.

    ``grid`` (N_SCRATCH,) is scratch.
    """
    sign = 1.0 if highest else -1.0
    first = math.ceil(low / GRID_STEP)
    n = min(math.floor(high / GRID_STEP) - first + 1, N_GRID + 1)
    on_grid(c, order, first, n, grid)
    best = 0
    for i in range(1, n):
        if sign * grid[i] > sign * grid[best]:
            best = i
    if best == 0 or best >= n - 1:
        return math.nan
    left = (first + best - 1) * GRID_STEP
    right = left + 2.0 * GRID_STEP
    below = derivative(c, order + 1, left)
    above = derivative(c, order + 1, right)
    if (below < 0.0) == (above < 0.0):
        return math.nan
    return root_between(c, order + 1, 0.0, left, right, below, above)
