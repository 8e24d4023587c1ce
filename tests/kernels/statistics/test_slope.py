"""Theil-Sen slopes and their intervals."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from runlean_kernels.statistics import bootstrap_slope_interval, theil_sen
from runlean_kernels.statistics.slope import draw_below, seed_generator

Array = np.ndarray


def line(x: Array, y: Array) -> Array:
    out = np.full(2, 7.0)
    theil_sen(np.asarray(x, float), np.asarray(y, float), out)
    return out


def interval(x: Array, y: Array, resamples: int = 60, seed: int = 1, level: float = 0.95) -> Array:
    out = np.full(2, 7.0)
    bootstrap_slope_interval(np.asarray(x, float), np.asarray(y, float), level, resamples, seed, out)
    return out


def naive_line(x: Array, y: Array) -> tuple[float, float]:
    pairs = [
        (b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.combinations(zip(x, y, strict=True), 2) if a[0] != b[0]
    ]
    slope = float(np.median(pairs))
    return slope, float(np.median(y - slope * x))


@pytest.mark.parametrize("n", [2, 3, 10, 41])
def test_naive_twin_and_scipy(n: int, rng: np.random.Generator) -> None:
    x, y = np.sort(rng.uniform(0, 60, n)), rng.normal(size=n)
    x[n // 2] = x[n // 2 - 1]  # two strides at one time
    if n > 2:
        np.testing.assert_allclose(line(x, y), naive_line(x, y), rtol=1e-12)
        assert line(x, y)[0] == pytest.approx(stats.theilslopes(y, x).slope)


def test_missing_pairs_are_left_out(rng: np.random.Generator) -> None:
    x, y = np.arange(30.0), rng.normal(size=30)
    x[3] = y[7] = y[8] = np.nan
    known = ~np.isnan(x + y)
    np.testing.assert_array_equal(line(x, y), line(x[known], y[known]))


def test_a_quarter_of_outliers_does_not_turn_it() -> None:
    x = np.arange(40.0)
    y = 5.0 - 0.3 * x
    y[::4] += 100.0
    assert line(x, y)[0] == pytest.approx(-0.3, abs=0.15)


def test_moves_scales_and_turns_with_the_data(rng: np.random.Generator) -> None:
    x, y = np.arange(25.0), rng.normal(size=25)
    slope = line(x, y)[0]
    assert line(3 * x + 8, 2 * y - 5 + 0.5 * (3 * x + 8))[0] == pytest.approx(2 * slope / 3 + 0.5)
    assert line(-x[::-1], y[::-1])[0] == pytest.approx(-slope)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_points_have_no_slope(n: int) -> None:
    assert np.isnan(line(np.arange(n), np.arange(n))).all()
    assert np.isnan(interval(np.arange(n), np.arange(n))).all()
    assert np.isnan(line(np.ones(5), np.arange(5))).all()
    assert np.isnan(interval(np.ones(5), np.arange(5))).all()


def test_many_points_take_a_part_of_the_pairs(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(2500.0) if _compiled() else np.arange(60.0)
    y = 0.01 * x + rng.normal(size=len(x))
    if not _compiled():
        monkeypatch.setattr("runlean_kernels.statistics.slope.EXACT_POINTS", 30)
    assert line(x, y)[0] == pytest.approx(stats.theilslopes(y, x).slope, abs=3 * 1.0 / len(x) ** 1.5)


def _compiled() -> bool:
    return hasattr(theil_sen, "py_func")


def naive_interval(x: Array, y: Array, resamples: int, seed: int, level: float) -> Array:
    """The bootstrap with NumPy's quantiles and SciPy's Student, over the same draws."""
    n, (slope, intercept) = len(x), naive_line(x, y)
    residual = y - slope * x - intercept
    residual -= residual.mean()
    r = (residual[1:] @ residual[:-1]) / (residual @ residual)
    r = min(0.9, max(0.0, r + (2 + 4 * r) / n))
    freedom = max(3.0, n * (1 - r) / (1 + r)) - 2
    widen = (
        np.sqrt(n / (n - 2) * (1 + r) / (1 - r))
        * stats.t.ppf(0.5 + level / 2, freedom)
        / stats.norm.ppf(0.5 + level / 2)
    )
    state = np.empty(2, np.int64)
    seed_generator(seed, state)
    drawn = [naive_line(x, residual[[draw_below(n, state) for _ in range(n)]])[0] for _ in range(resamples)]
    return slope + widen * np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2])


def test_interval_equals_its_naive_twin(rng: np.random.Generator) -> None:
    x = np.sort(rng.uniform(0.0, 20.0, 15))
    y = 0.3 * x + np.cumsum(rng.normal(size=15))
    want = naive_interval(x, y, 25, 3, 0.9)
    np.testing.assert_allclose(interval(x, y, 25, 3, 0.9), want, rtol=1e-5)
    y[4] = np.nan
    known = np.arange(15) != 4
    np.testing.assert_allclose(interval(x, y, 25, 3, 0.9), naive_interval(x[known], y[known], 25, 3, 0.9), rtol=1e-5)


def test_interval_is_the_same_for_the_same_seed_and_holds_the_slope(rng: np.random.Generator) -> None:
    x = np.arange(30.0)
    y = 0.2 * x + rng.normal(size=30)
    low, high = interval(x, y)
    assert low < line(x, y)[0] < high
    np.testing.assert_array_equal(interval(x, y), [low, high])
    assert interval(x, y, seed=2)[0] != low
    assert interval(x, y, level=0.5)[0] > low


def test_interval_of_a_perfect_line_is_the_line() -> None:
    x = np.arange(20.0)
    np.testing.assert_allclose(interval(x, 3.0 - 0.5 * x), -0.5, rtol=1e-9)


def test_intervals_hold_the_truth_about_as_often_as_they_say(rng: np.random.Generator) -> None:
    n, runs, resamples = (30, 120, 200) if _compiled() else (12, 12, 30)
    for likeness in (0.0, 0.4):
        held = 0
        for run in range(runs):
            noise = rng.normal(size=n)
            for i in range(1, n):
                noise[i] = likeness * noise[i - 1] + np.sqrt(1 - likeness**2) * noise[i]
            low, high = interval(np.arange(n), noise, resamples, seed=run)
            held += low <= 0.0 <= high
        assert held / runs >= (0.85 if _compiled() else 0.6)
        assert held / runs <= 1.0


def test_draws_are_even_and_the_same_in_compiled_and_plain_code() -> None:
    state = np.empty(2, dtype=np.int64)
    seed_generator(42, state)
    draws = np.array([draw_below(10, state) for _ in range(2000)])
    assert draws.min() == 0
    assert draws.max() == 9
    assert stats.chisquare(np.bincount(draws)).pvalue > 0.001
    assert draws[:8].tolist() == [7, 7, 8, 6, 5, 9, 4, 5]
