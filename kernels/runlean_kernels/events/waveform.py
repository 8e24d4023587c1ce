"""Reading a Fourier series of the stride: values, derivatives, level crossings and peaks, each with its error."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle_sums import N_HARMONICS, N_TERMS
from runlean_kernels.events.linear_solve import solve_lower
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]

#: Phases at which a waveform is first looked at: steps of 3.75 degrees, 7 ms of a stride.
N_GRID = 96
GRID_STEP = 2.0 * math.pi / N_GRID


def _grid() -> FloatArray:
    """Value and first two derivatives of every Fourier term on the grid, (3, N_GRID, N_TERMS)."""
    phase = np.arange(N_GRID)[:, None] * GRID_STEP
    k = np.arange(1, N_HARMONICS + 1)
    table = np.zeros((3, N_GRID, N_TERMS))
    table[0, :, 0] = 1.0
    for order in range(3):
        table[order, :, 1::2] = k**order * np.cos(k * phase + order * math.pi / 2)
        table[order, :, 2::2] = k**order * np.sin(k * phase + order * math.pi / 2)
    return table


GRID = _grid()


@kernel
def on_grid(c: FloatArray, order: int, index: int) -> float:
    """Derivative of order 0 to 2 at the grid's phase ``index`` (any integer)."""
    terms = GRID[order, index % N_GRID]
    total = 0.0
    for j in range(N_TERMS):
        total += terms[j] * c[j]
    return total


@kernel
def derivative_terms(order: int, phase: float, out: FloatArray) -> None:
    """Derivatives (order 0..3) of the Fourier terms by the phase, into ``out`` (N_TERMS,)."""
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
        else:
            out[1 + 2 * k] = n * n * n * s
            out[2 + 2 * k] = -n * n * n * c
        c, s = c * c1 - s * s1, s * c1 + c * s1


@kernel
def derivative(c: FloatArray, order: int, phase: float, work: FloatArray) -> float:
    """Value (order 0) or derivative by the phase (1..3) of the Fourier series ``c`` (N_TERMS,)."""
    derivative_terms(order, phase, work)
    total = 0.0
    for j in range(N_TERMS):
        total += work[j] * c[j]
    return total


@kernel
def derivative_sd(factor: FloatArray, noise: float, order: int, phase: float, work: FloatArray) -> float:
    """Standard deviation of a derivative that comes from the noise of the rows (``phase`` as the factor's)."""
    derivative_terms(order, phase, work)
    solve_lower(factor, work)
    total = 0.0
    for j in range(N_TERMS):
        total += work[j] * work[j]
    return noise * math.sqrt(total)


@kernel
def root_between(
    c: FloatArray, order: int, level: float, left: float, right: float, below: float, above: float, work: FloatArray
) -> float:
    """Phase at which a derivative is at a level, between two phases where it is ``below`` and ``above`` it.

    ``below`` and ``above`` are the differences to the level at ``left`` and ``right``; their signs differ. Four false
    positions, the stale end's weight halved each time (Illinois): exact to about 1e-6 rad on a step of the grid.
    """
    at = left
    for _ in range(5):
        at = left + (right - left) * below / (below - above)
        value = derivative(c, order, at, work) - level
        if (value < 0.0) == (below < 0.0):
            left = at
            below = value
            above *= 0.5
        else:
            right = at
            above = value
            below *= 0.5
    return left + (right - left) * below / (below - above)


@kernel
def find_level(
    c: FloatArray, order: int, level: float, rising: bool, low: float, high: float, work: FloatArray
) -> float:
    """First phase in ``low..high`` at which a derivative (order 0..2) passes a level in the given sense; NaN if none."""
    sign = 1.0 if rising else -1.0
    index = math.floor(low / GRID_STEP)
    last = math.ceil(high / GRID_STEP)
    before = sign * (on_grid(c, order, index) - level)
    while index < last:
        after = sign * (on_grid(c, order, index + 1) - level)
        if before < 0.0 <= after:
            at = root_between(
                c, order, level, index * GRID_STEP, (index + 1) * GRID_STEP, sign * before, sign * after, work
            )
            if at >= low:
                return at if at <= high else np.nan
        before = after
        index += 1
    return np.nan


@kernel
def find_peak(c: FloatArray, order: int, highest: bool, low: float, high: float, work: FloatArray) -> float:
    """Phase in ``low..high`` at which a derivative (order 0..1) is highest or lowest; NaN where that is at an end."""
    sign = 1.0 if highest else -1.0
    first = math.ceil(low / GRID_STEP)
    last = math.floor(high / GRID_STEP)
    best = first
    top = -np.inf
    for index in range(first, last + 1):
        value = sign * on_grid(c, order, index)
        if value > top:
            top = value
            best = index
    if best == first or best >= last:
        return np.nan
    below = on_grid(c, order + 1, best - 1)
    above = on_grid(c, order + 1, best + 1)
    if (below < 0.0) == (above < 0.0):
        return np.nan
    return root_between(c, order + 1, 0.0, (best - 1) * GRID_STEP, (best + 1) * GRID_STEP, below, above, work)
