"""Means over strides with their intervals, and Student's quantiles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from runlean_kernels import jit
from runlean_kernels.statistics import MEAN_COLUMNS, mean_interval, student_quantile
from runlean_kernels.statistics.interval import (
    OVERLAPPING_CORRELATION,
    PRIOR_CORRELATION,
    PRIOR_STRIDES,
    effective_number,
)
from runlean_kernels.statistics.student import student_tail

Array = np.ndarray
COMPILED = not jit.is_disabled()


def mean(values: Array, level: float = 0.95, prior: float = PRIOR_CORRELATION) -> dict[str, float]:
    out = np.full(len(MEAN_COLUMNS), 7.0)
    mean_interval(np.asarray(values, dtype=float), level, prior, out)
    return dict(zip(MEAN_COLUMNS, out.tolist(), strict=True))


@pytest.mark.parametrize("freedom", [0.5, 1.0, 2.0, 3.5, 10.0, 29.0, 200.0, 1e5])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_student_equals_scipy(freedom: float, level: float) -> None:
    assert student_quantile(level, freedom) == pytest.approx(stats.t.ppf(0.5 + level / 2, freedom), rel=1e-8)
    assert student_tail(1.3, freedom) == pytest.approx(stats.t.sf(1.3, freedom), rel=1e-8)


def test_student_without_freedom_or_level_is_unknown() -> None:
    assert math.isnan(student_quantile(0.95, 0.0))
    assert math.isnan(student_quantile(1.0, 5.0))
    assert student_tail(0.0, 5.0) == 0.5
    assert student_tail(1e200, 5.0) == 0.0


def naive(values: Array, level: float, prior: float) -> tuple[float, float, float]:
    """Effective number and the interval by the definition: every lag of a first-order autoregression summed."""
    x = np.asarray(values, dtype=float)
    x = x[np.isfinite(x)]
    n, d = len(x), x - x.mean()
    r = (d[1:] * d[:-1]).sum() / (d**2).sum()
    r = r + (1 + 3 * r) / n
    r = min(0.9, max(0.0, (n * r + PRIOR_STRIDES * prior) / (n + PRIOR_STRIDES)))
    effective = n / (1 + 2 * sum((1 - k / n) * r**k for k in range(1, n)))
    variance = (d**2).sum() / (n - n / effective)
    half = stats.t.ppf(0.5 + level / 2, max(1.0, n * (1 - r**2) / (1 + r**2) - 1)) * math.sqrt(variance / effective)
    return effective, x.mean() - half, x.mean() + half


@pytest.mark.parametrize("n", [4, 5, 9, 40])
def test_equals_the_sum_over_all_lags(rng: np.random.Generator, n: int) -> None:
    for walk, prior in ((False, 0.2), (True, 0.2), (False, 0.6)):
        values = np.cumsum(rng.normal(size=n)) if walk else rng.normal(size=n)
        values = np.insert(values, n // 2, np.nan)
        got = mean(values, 0.9, prior)
        assert (got["n_effective"], got["low"], got["high"]) == pytest.approx(naive(values, 0.9, prior), rel=1e-9)


@pytest.mark.parametrize("likeness", [0.0, 0.3])
def test_values_that_overlap_hold_their_mean(rng: np.random.Generator, likeness: float) -> None:
    # as plain Python, which takes 5 ms a try, only that it is no other kernel
    n, tries, least = (14, 1500, 0.93) if COMPILED else (14, 80, 0.9)
    held = dict.fromkeys((PRIOR_CORRELATION, OVERLAPPING_CORRELATION), 0)
    for _ in range(tries):
        steps = rng.normal(size=n + 21)
        for i in range(1, len(steps)):
            steps[i] += likeness * steps[i - 1]
        strides = 0.5 * (steps[21:] + steps[20:-1])
        for prior in held:
            got = mean(strides, 0.95, prior)
            held[prior] += got["low"] <= 0.0 <= got["high"]
    assert least < held[OVERLAPPING_CORRELATION] / tries < 0.995
    assert held[PRIOR_CORRELATION] < held[OVERLAPPING_CORRELATION]


def test_few_strides_in_a_row_do_not_make_an_absurd_interval() -> None:
    # a rise over eight strides: their likeness was believed once, and the interval was 51 standard errors wide
    values = np.linspace(1.0, 2.0, 8)
    got = mean(values)
    assert got["high"] - got["low"] < 13 * np.std(values, ddof=1) / math.sqrt(8)
    assert got["high"] - got["low"] > 2 * 2.36 * np.std(values, ddof=1) / math.sqrt(8)


def test_independent_values_get_students_interval(rng: np.random.Generator) -> None:
    for n in (2, 3, 12, 40):
        values = rng.normal(5.0, 2.0, n)
        if n > 3:
            values = 5.0 + np.tile([1.0, -1.0], n // 2) + 0.1 * values  # neighbours on opposite sides: no likeness
        got = mean(values)
        low, high = stats.t.interval(0.95, n - 1, np.mean(values), stats.sem(values)) if n > 2 else (None, None)
        assert got["mean"] == pytest.approx(np.mean(values))
        assert got["sd"] == pytest.approx(np.std(values, ddof=1))
        assert got["n"] == got["n_effective"] == n
        if n > 2:
            assert (got["low"], got["high"]) == pytest.approx((low, high), rel=1e-9)


def test_missing_values_are_left_out(rng: np.random.Generator) -> None:
    values = rng.normal(size=20)
    holed = np.insert(values, [0, 4, 4, 20], np.nan)
    assert mean(holed) == pytest.approx(mean(values))


def test_values_that_resemble_their_neighbours_count_for_fewer(rng: np.random.Generator) -> None:
    values = np.cumsum(rng.normal(size=60))
    got, mixed = mean(values), mean(rng.permutation(values))
    assert got["n_effective"] < 15
    assert got["high"] - got["low"] > 1.5 * (mixed["high"] - mixed["low"])


def test_intervals_hold_the_truth_about_as_often_as_they_say(rng: np.random.Generator) -> None:
    runs, n = 150 if COMPILED else 60, 30
    for likeness, least in ((0.0, 0.9), (0.3, 0.86)):
        held = 0
        for _ in range(runs):
            values = rng.normal(size=n)
            for i in range(1, n):
                values[i] = likeness * values[i - 1] + np.sqrt(1 - likeness**2) * values[i]
            got = mean(values)
            held += got["low"] <= 0.0 <= got["high"]
        assert held / runs >= least


def test_moves_and_scales_with_the_values(rng: np.random.Generator) -> None:
    values = np.cumsum(rng.normal(size=30))
    here, there = mean(values), mean(100.0 - 3.0 * values)
    assert there["low"] == pytest.approx(100.0 - 3.0 * here["high"])
    assert there["n_effective"] == pytest.approx(here["n_effective"])
    assert mean(values[::-1]) == pytest.approx(here)


def test_none_one_and_two_values() -> None:
    assert mean([])["n"] == 0
    assert math.isnan(mean([])["mean"])
    one = mean([4.0])
    assert (one["mean"], one["n"]) == (4.0, 1)
    assert math.isnan(one["sd"])
    assert math.isnan(one["low"])
    two = mean([4.0, 6.0])
    assert two["mean"] == 5.0
    assert two["high"] == pytest.approx(5.0 + stats.t.ppf(0.975, 1) * 1.0)


def test_values_all_alike_have_an_interval_of_no_width() -> None:
    got = mean(np.full(10, 3.0))
    assert (got["low"], got["high"], got["sd"]) == (3.0, 3.0, 0.0)


def test_effective_number_is_at_most_n_and_1_for_copies() -> None:
    assert effective_number(12.0, 0.0) == 12.0
    assert effective_number(1.0, 0.5) == pytest.approx(1.0)
    assert effective_number(6.0, 1.0 - 1e-6) == pytest.approx(1.0, rel=1e-3)
    assert effective_number(1e6, 0.5) == pytest.approx(1e6 / 3.0, rel=1e-4)
