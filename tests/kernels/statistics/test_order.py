"""Medians and quantiles in place, against NumPy's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from runlean_kernels.statistics.order import median_in_place, quantile_in_place, select_in_place, two_around


@pytest.mark.parametrize("n", [1, 2, 3, 4, 10, 16, 31, 64])
def test_equal_numpys_on_any_order_of_values(n: int, rng: np.random.Generator) -> None:
    sets = (rng.normal(size=n), np.arange(n, dtype=float), -np.arange(n, dtype=float), np.ones(n))
    sets += (rng.standard_cauchy(n) ** 3, np.where(rng.random(n) < 0.5, 1 / 30, np.nextafter(1 / 30, 1)))
    for values in (*sets, rng.integers(0, 3, n).astype(float)):
        assert median_in_place(values.copy(), n) == pytest.approx(np.median(values))
        for fraction in (0.0, 0.025, 0.5, 0.9, 1.0):
            got = quantile_in_place(values.copy(), n, fraction)
            assert got == pytest.approx(np.quantile(values, fraction), rel=1e-12, abs=1e-12)
        for k in range(n):
            assert select_in_place(values.copy(), n, k) == np.sort(values)[k]
            if k > 0:
                assert two_around(values.copy(), n, k) == tuple(np.sort(values)[k - 1 : k + 1])


@pytest.mark.filterwarnings("ignore:invalid value")
def test_the_infinite_is_ordered_too() -> None:
    values = np.concatenate([np.arange(20.0), np.full(5, np.inf), np.full(5, -np.inf)])
    ordered = np.sort(values)
    for k in range(1, 30):
        assert two_around(values.copy(), 30, k) == tuple(ordered[k - 1 : k + 1])


def test_what_lies_beyond_n_is_not_touched() -> None:
    values = np.array([3.0, 1.0, 2.0, -9.0, -9.0])
    assert median_in_place(values, 3) == 2.0
    assert (values[3:] == -9.0).all()
    assert sorted(values[:3]) == [1.0, 2.0, 3.0]


def test_of_nothing_there_is_none() -> None:
    assert math.isnan(median_in_place(np.empty(0), 0))
    assert math.isnan(quantile_in_place(np.empty(0), 0, 0.5))
