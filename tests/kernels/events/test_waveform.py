"""Values, crossings and peaks of a series: against its definition, a dense look at it, and finite differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels.events.cycle_sums import N_HARMONICS, N_TERMS
from runlean_kernels.events.linear_solve import cholesky
from runlean_kernels.events.waveform import (
    GRID_STEP,
    N_COLUMNS,
    N_GRID,
    N_SCRATCH,
    derivative,
    derivative_sd,
    derivative_terms,
    find_level,
    find_peak,
    on_grid,
    root_between,
)

Array = np.ndarray


#: What the dense look is exact to, rad.
ROOT_RAD = 1e-6


def work() -> tuple[Array]:
    return (np.empty(N_SCRATCH),)


def crossings(series: Callable, c: Array, order: int, level: float, rising: bool, low: float, high: float) -> Array:
    """All passages of the level, by a look every 0.0002 rad."""
    at = np.linspace(low, high, int((high - low) / 2e-4) + 2)
    over = series(c, at, order) - level
    over = over if rising else -over
    i = np.flatnonzero((over[:-1] < 0) & (over[1:] >= 0))
    return at[i] + (at[i + 1] - at[i]) * over[i] / (over[i] - over[i + 1])


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("first", [-100, -1, 0, 17, 71, 72, 200])
def test_grid_holds_the_series_at_its_phases(order: int, first: int, random_series: Callable, series: Callable) -> None:
    c = random_series()
    for n in (0, 1, 2, N_GRID + 1):
        out = np.full(N_SCRATCH, 7.0)
        on_grid(c, order, first, n, out)
        np.testing.assert_allclose(out[:n], series(c, (first + np.arange(n)) * GRID_STEP, order), atol=1e-9)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
def test_derivative_equals_its_definition(
    order: int, random_series: Callable, series: Callable, rng: np.random.Generator
) -> None:
    c = random_series()
    for phase in [0.0, -2.0, *rng.uniform(-9, 9, 5)]:
        assert derivative(c, order, phase) == pytest.approx(float(series(c, phase, order)), abs=1e-9)
        if order > 0:
            h = 1e-5
            below, above = derivative(c, order - 1, phase - h), derivative(c, order - 1, phase + h)
            assert derivative(c, order, phase) == pytest.approx((above - below) / (2 * h), abs=1e-5)
    assert np.isnan(derivative(np.full(N_TERMS, np.nan), order, 1.0))


def test_a_constant_has_no_slope() -> None:
    c = np.zeros(N_TERMS)
    c[0] = 4.0
    assert derivative(c, 0, 1.0) == 4.0
    for order in (1, 2, 3, 4):
        assert derivative(c, order, 1.0) == 0.0
    assert np.isnan(find_level(c, 0, 3.0, True, -1.0, 1.0, *work()))
    assert np.isnan(find_peak(c, 0, True, -1.0, 1.0, *work()))


def test_sd_is_that_of_the_normal_matrix(rng: np.random.Generator) -> None:
    phase = rng.uniform(0, 2 * np.pi, 60)
    k = np.arange(1, N_HARMONICS + 1)
    d = np.ones((60, N_TERMS))
    d[:, 1::2], d[:, 2::2] = np.cos(k * phase[:, None]), np.sin(k * phase[:, None])
    normal = d.T @ d + 0.1 * np.eye(N_TERMS)
    factor = normal.copy()
    assert cholesky(factor)
    terms, noise, out = np.zeros((N_TERMS, N_COLUMNS)), np.full(N_COLUMNS, 0.03), np.full(N_COLUMNS, 7.0)
    noise[1] = 0.09
    for column, (order, at) in enumerate(((0, 0.3), (1, 2.0), (2, -1.0), (3, 0.7))):
        derivative_terms(order, at, terms[:, column])
    expected = noise * np.sqrt((terms * np.linalg.solve(normal, terms)).sum(axis=0))
    derivative_sd(factor, terms, noise, out)
    np.testing.assert_allclose(out, expected, rtol=1e-8)
    assert (out[:4] > 0).all()
    assert (out[4:] == 0).all()


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("rising", [True, False])
def test_level_is_the_first_passage(order: int, rising: bool, random_series: Callable, series: Callable) -> None:
    found = 0
    for _ in range(6):
        c = random_series()
        for low, high in ((-1.3, 0.8), (0.8, 4.0), (-0.05, 0.12), (2.0, 2.0 + 2 * np.pi)):
            level = float(np.median(series(c, np.linspace(low, high, 50), order)))
            got = find_level(c, order, level, rising, low, high, *work())
            expected = crossings(series, c, order, level, rising, low, high)
            back = crossings(series, c, order, level, not rising, low, high)
            if len(expected) and (np.abs(back - expected[0]) < GRID_STEP).any():
                continue  # two passages within one step of the grid may both be missed
            if len(expected):
                assert got == pytest.approx(expected[0], abs=ROOT_RAD)
                found += 1
            else:
                assert np.isnan(got)
    assert found > 12


@pytest.mark.parametrize("highest", [True, False])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_peak_is_the_highest_place_inside(order: int, highest: bool, random_series: Callable, series: Callable) -> None:
    found = 0
    for _ in range(6):
        c = random_series()
        for low, high in ((-1.3, 0.8), (1.3, 4.0), (-np.pi, np.pi)):
            got = find_peak(c, order, highest, low, high, *work())
            at = np.linspace(low, high, 20001)
            values = series(c, at, order) * (1 if highest else -1)
            best = int(np.argmax(values))
            if low + 2 * GRID_STEP < at[best] < high - 2 * GRID_STEP:
                assert got == pytest.approx(at[best], abs=(high - low) / 20000)
                found += 1
            elif not np.isnan(got):
                # near an end the grid decides which; a peak that is told is one
                slope = [float(series(c, got + d, order + 1)) * (1 if highest else -1) for d in (-0.01, 0.01)]
                assert slope[0] > 0 > slope[1]
    assert found > 6


def test_peak_at_an_end_is_none() -> None:
    c = np.zeros(N_TERMS)
    c[1] = 1.0  # the cosine: highest at 0, lowest at pi
    assert find_peak(c, 0, True, -1.0, 1.0, *work()) == pytest.approx(0.0, abs=1e-9)
    assert find_peak(c, 0, False, 2.0, 4.0, *work()) == pytest.approx(np.pi, abs=1e-6)
    assert np.isnan(find_peak(c, 0, True, 0.5, 2.0, *work()))
    assert np.isnan(find_peak(c, 0, True, 0.0, 0.01, *work()))
    # highest at 3.1: the grid's last place in the range is 3.054, its first 3.142
    c[1], c[2] = np.cos(3.1), np.sin(3.1)
    assert np.isnan(find_peak(c, 0, True, 1.0, 3.06, *work()))
    assert np.isnan(find_peak(c, 0, True, 3.14, 5.0, *work()))
    assert find_peak(c, 0, True, 1.0, 5.0, *work()) == pytest.approx(3.1, abs=1e-4)


def test_level_on_paper() -> None:
    c = np.zeros(N_TERMS)
    c[0], c[2] = 1.0, 2.0  # 1 + 2 sin
    assert find_level(c, 0, 2.0, True, -1.0, 3.0, *work()) == pytest.approx(np.pi / 6, abs=1e-6)
    assert find_level(c, 0, 2.0, False, -1.0, 3.0, *work()) == pytest.approx(5 * np.pi / 6, abs=1e-6)
    assert find_level(c, 1, 0.0, False, 0.0, 3.0, *work()) == pytest.approx(np.pi / 2, abs=1e-6)
    # passed at 0.55, within the grid's step from 0.524 to 0.611: just before the range, just after it, inside
    level = 1.0 + 2.0 * np.sin(0.55)
    assert np.isnan(find_level(c, 0, level, True, 0.57, 2.0, *work()))
    assert np.isnan(find_level(c, 0, level, True, -1.0, 0.53, *work()))
    assert find_level(c, 0, level, True, 0.54, 0.56, *work()) == pytest.approx(0.55, abs=1e-4)
    # outside the range, in the wrong sense, never reached
    assert np.isnan(find_level(c, 0, 2.0, True, 0.6, 3.0, *work()))
    assert np.isnan(find_level(c, 0, 2.0, False, -1.0, 2.0, *work()))
    assert np.isnan(find_level(c, 0, 3.5, True, -1.0, 3.0, *work()))


def test_turning_size_and_time_reversal(random_series: Callable) -> None:
    c = random_series()
    base = find_level(c, 0, c[0], True, -2.5, 3.5, *work())
    peak = find_peak(c, 0, True, -2.5, 3.5, *work())
    assert find_level(3 * c, 0, 3 * c[0], True, -2.5, 3.5, *work()) == pytest.approx(base, abs=1e-9)
    # one whole turn on
    assert find_level(c, 0, c[0], True, -2.5 + 2 * np.pi, 3.5 + 2 * np.pi, *work()) == pytest.approx(
        base + 2 * np.pi, abs=1e-5
    )
    back = c.copy()
    back[2::2] *= -1  # phase runs backwards
    assert find_peak(back, 0, True, -3.5, 2.5, *work()) == pytest.approx(-peak, abs=1e-5, nan_ok=True)
    assert find_peak(-c, 0, False, -2.5, 3.5, *work()) == pytest.approx(peak, abs=1e-9, nan_ok=True)


def test_nothing_is_found_in_a_missing_series() -> None:
    c = np.full(N_TERMS, np.nan)
    assert np.isnan(find_level(c, 0, 0.0, True, -1.0, 1.0, *work()))
    assert np.isnan(find_peak(c, 0, True, -1.0, 1.0, *work()))


def test_a_short_step_out_of_the_interval_does_not_end_the_search(series: Callable) -> None:
    """Three passages; the straight line leads beside the middle one, where the slope has the wrong sign."""
    c = np.zeros(N_TERMS)
    c[4] = -1.0  # minus the sine of twice the phase: up through -pi/2, down through 0, up through pi/2
    for beside in (1e-6, -1e-6):
        left, right = -2.2, 2.2
        below = float(series(c, left))
        at = root_between(c, 0, 0.0, left, right, below, -below * (1.0 + 2.0 * beside / right))
        assert at == pytest.approx(-np.copysign(np.pi / 2, beside), abs=1e-9)


def test_root_is_exact_on_one_step_of_the_grid(random_series: Callable, series: Callable) -> None:
    n = 0
    for _ in range(5):
        c = random_series()
        for left in np.arange(-1.0, 5.0, GRID_STEP):
            right = left + GRID_STEP
            below, above = float(series(c, left)) - c[0], float(series(c, right)) - c[0]
            if below * above < 0:
                at = root_between(c, 0, c[0], left, right, below, above)
                assert left <= at <= right
                assert at == pytest.approx(crossings(series, c, 0, c[0], below < 0, left, right)[0], abs=1e-4)
                n += 1
    assert n >= 5
