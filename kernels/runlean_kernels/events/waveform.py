"""Reading a Fourier series of the stride: values, derivatives, level crossings and peaks, each with its error."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle_sums import N_HARMONICS, N_TERMS, TWO_PI
from runlean_kernels.events.linear_solve import solve_forward
from runlean_kernels.events.rotor import phasor
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]

#: Phases at which a waveform is first looked at: steps of 5 degrees, 10 ms of a stride.
N_GRID = 72
GRID_STEP = 2.0 * math.pi / N_GRID


def _grid() -> FloatArray:
    """Value and first two derivatives of every Fourier term on two turns of the grid, (3, N_TERMS, 2 N_GRID)."""
    phase = np.arange(2 * N_GRID) * GRID_STEP
    k = np.arange(1, N_HARMONICS + 1)[:, None]
    table = np.zeros((3, N_TERMS, 2 * N_GRID))
    table[0, 0] = 1.0
    for order in range(3):
        table[order, 1::2] = k**order * np.cos(k * phase + order * math.pi / 2)
        table[order, 2::2] = k**order * np.sin(k * phase + order * math.pi / 2)
    return table


GRID = _grid()


@kernel
def on_grid(c: FloatArray, order: int, first: int, n: int, out: FloatArray) -> None:
    """Derivative of order 0 to 2 at ``n`` <= N_GRID + 1 phases of the grid from index ``first`` (any integer) on.

    Term by term over all phases, which is vector code; phase by phase was ten times slower.
    """
    start = first % N_GRID
    for i in range(n):
        out[i] = 0.0
    for j in range(N_TERMS):
        terms = GRID[order, j]
        weight = c[j]
        for i in range(n):
            out[i] += weight * terms[start + i]


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


@kernel
def derivative(c: FloatArray, order: int, phase: float) -> float:
    """Value (order 0) or derivative by the phase (1..4) of the Fourier series ``c`` (N_TERMS,).

    Odd and even harmonics are turned on each by itself: two chains that do not wait for each other.
    """
    c_odd, s_odd = phasor(phase * (1.0 / TWO_PI))
    step_c = c_odd * c_odd - s_odd * s_odd
    step_s = 2.0 * s_odd * c_odd
    c_even = step_c
    s_even = step_s
    along = 0.0
    across = 0.0
    for k in range(0, N_HARMONICS, 2):
        n = k + 1.0
        m = k + 2.0
        odd = 1.0
        even = 1.0
        for _ in range(order):
            odd *= n
            even *= m
        a = odd * c[1 + 2 * k]
        b = odd * c[2 + 2 * k]
        along += a * c_odd + b * s_odd
        across += b * c_odd - a * s_odd
        a = even * c[3 + 2 * k]
        b = even * c[4 + 2 * k]
        along += a * c_even + b * s_even
        across += b * c_even - a * s_even
        c_odd, s_odd = c_odd * step_c - s_odd * step_s, s_odd * step_c + c_odd * step_s
        c_even, s_even = c_even * step_c - s_even * step_s, s_even * step_c + c_even * step_s
    # of cosine and sine: themselves, each other, and both again with the other sign
    if order == 0:
        return float(c[0] + along)
    if order == 1:
        return across
    if order == 2:
        return -along
    if order == 3:
        return -across
    return along


@kernel
def derivative_sd(factor: FloatArray, noise: float, order: int, phase: float, work: FloatArray) -> float:
    """Standard deviation of a derivative that comes from the noise of the rows (``phase`` as the factor's)."""
    derivative_terms(order, phase, work)
    solve_forward(factor, work)
    total = 0.0
    for j in range(N_TERMS):
        total += work[j] * work[j]
    return noise * math.sqrt(total)


@kernel
def root_between(
    c: FloatArray, order: int, level: float, left: float, right: float, below: float, above: float
) -> float:
    """Phase at which a derivative is at a level, between two phases where it is ``below`` and ``above`` it.

    ``below`` and ``above`` are the differences to the level at ``left`` and ``right``; their signs differ. Six false
    positions, the weight of an end that stays twice running halved (Illinois): exact to about 1e-6 rad on a step of
    the grid.
    """
    at = left
    stayed = 0
    for _ in range(5):
        at = left + (right - left) * below / (below - above)
        value = derivative(c, order, at) - level
        if value == 0.0:
            return at
        if (value < 0.0) == (below < 0.0):
            left = at
            below = value
            if stayed > 0:
                above *= 0.5
            stayed = 1
        else:
            right = at
            above = value
            if stayed < 0:
                below *= 0.5
            stayed = -1
    return left + (right - left) * below / (below - above)


@kernel
def find_level(
    c: FloatArray, order: int, level: float, rising: bool, low: float, high: float, grid: FloatArray
) -> float:
    """First phase in ``low..high`` at which a derivative (order 0..2) passes a level; NaN where it does not.

    ``grid`` (N_GRID + 1,) is scratch; ``rising`` says in which sense it must pass.
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

    ``grid`` (N_GRID + 1,) is scratch.
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
