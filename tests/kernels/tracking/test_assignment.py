"""The cheapest matching, against trying every matching."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from runlean_kernels.tracking.assignment import assignment


def matched(cost, limit):
    cost = np.asarray(cost, np.float64)
    out = np.full(cost.shape[0], -9, np.int64)
    assignment(np.ascontiguousarray(cost), limit, out)
    return out


def price(cost, limit, columns):
    return sum(cost[i, j] if j >= 0 else limit for i, j in enumerate(columns))


def naive_price(cost, limit):
    """Every way to give each row a column of its own or none."""
    n, m = cost.shape
    places = [*range(m), *[-1] * n]
    best = np.inf
    for columns in set(permutations(places, n)):
        if all(j < 0 or cost[i, j] <= limit for i, j in enumerate(columns)):
            best = min(best, price(cost, limit, columns))
    return best


@pytest.mark.parametrize("seed", range(30))
def test_is_as_cheap_as_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(0, 4, 2)
    cost = rng.random((n, m)) * 2
    cost[rng.random((n, m)) < 0.2] = np.nan
    if seed % 3 == 0:
        cost = np.round(cost * 3) / 3  # ties
    limit = [0.3, 1.0, 5.0][seed % 3]
    found = matched(cost, limit)
    real = found[found >= 0]
    assert len(set(real.tolist())) == len(real)
    assert all(j < 0 or cost[i, j] <= limit for i, j in enumerate(found))
    assert price(cost, limit, found) == pytest.approx(naive_price(cost, limit))


def test_rows_can_be_put_in_another_order():
    rng = np.random.default_rng(7)
    cost = rng.random((6, 5))
    order = rng.permutation(6)
    assert np.array_equal(matched(cost, 0.7)[order], matched(cost[order], 0.7))


def test_greed_would_be_dearer():
    assert matched([[1.0, 2.0], [1.1, 9.0]], 20.0).tolist() == [1, 0]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (1, 1), (2, 1), (1, 2)])
def test_small_and_empty(shape):
    found = matched(np.zeros(shape), 1.0)
    assert len(found) == shape[0]
    assert (found >= 0).sum() == min(shape)


def test_impossible_stays_apart():
    assert matched([[np.nan, np.inf], [np.nan, 0.5]], 1.0).tolist() == [-1, 1]
