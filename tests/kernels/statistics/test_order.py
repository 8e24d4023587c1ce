"""Medians and quantiles in place, against NumPy's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from runlean_kernels.statistics.order import median_in_place, quantile_in_place, select_in_place


@pytest.mark.parametrize("n", [1, 2, 3, 4, 10, 31, 64])
def test_equal_numpys_on_any_order_of_values(n: int, rng: np.random.Generator) -> None:
    sets = (rng.normal(size=n), np.arange(n, dtype=float), -np.arange(n, dtype=float), np.ones(n))
    for values in (*sets, rng.integers(0, 3, n).astype(float)):
        assert median_in_place(values.copy(), n) == pytest.approx(np.median(values))
        for fraction in (0.0, 0.025, 0.5, 0.9, 1.0):
            got = quantile_in_place(values.copy(), n, fraction)
            assert got == pytest.approx(np.quantile(values, fraction), abs=1e-12)
        for k in range(n):
            assert select_in_place(values.copy(), n, k) == np.sort(values)[k]


def test_what_lies_beyond_n_is_not_touched() -> None:
    values = np.array([3.0, 1.0, 2.0, -9.0, -9.0])
    assert median_in_place(values, 3) == 2.0
    assert (values[3:] == -9.0).all()
    assert sorted(values[:3]) == [1.0, 2.0, 3.0]


def test_of_nothing_there_is_none() -> None:
    assert math.isnan(median_in_place(np.empty(0), 0))
    assert math.isnan(quantile_in_place(np.empty(0), 0, 0.5))
