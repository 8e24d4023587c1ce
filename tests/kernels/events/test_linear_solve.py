"""Cholesky's factor and its two solutions: NumPy's, and on paper."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.events.linear_solve import (
    cholesky,
    solve_back,
    solve_back_four,
    solve_forward,
    solve_forward_four,
)

Array = np.ndarray


def positive(rng: np.random.Generator, n: int) -> Array:
    a = rng.normal(size=(n + 3, n))
    return a.T @ a + 1e-3 * np.eye(n)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 21])
def test_equals_numpy(n: int, rng: np.random.Generator) -> None:
    a, b = positive(rng, n), rng.normal(size=n)
    u, forward = a.copy(), b.copy()
    assert cholesky(u)
    np.testing.assert_allclose(np.triu(u), np.linalg.cholesky(a).T, rtol=1e-9, atol=1e-12)
    solve_forward(u, forward)
    np.testing.assert_allclose(forward, np.linalg.solve(np.triu(u).T, b), rtol=1e-8, atol=1e-12)
    both = forward.copy()
    solve_back(u, both)
    np.testing.assert_allclose(both, np.linalg.solve(a, b), rtol=1e-6, atol=1e-9)
    four = rng.normal(size=(n, 4))
    x = four.copy()
    solve_forward_four(u, x)
    np.testing.assert_allclose(x, np.linalg.solve(np.triu(u).T, four), rtol=1e-8, atol=1e-12)
    solve_back_four(u, x)
    np.testing.assert_allclose(x, np.linalg.solve(a, four), rtol=1e-6, atol=1e-9)


def test_on_paper() -> None:
    a = np.array([[4.0, 2.0], [99.0, 10.0]])
    assert cholesky(a)
    np.testing.assert_allclose(a[0], [2.0, 1.0])
    # what stands below the diagonal is neither read nor written
    np.testing.assert_allclose(a[1], [99.0, 3.0])
    b = np.array([2.0, 4.0])
    solve_forward(a, b)
    np.testing.assert_allclose(b, [1.0, 1.0])
    solve_back(a, b)
    np.testing.assert_allclose(b, [1.0 / 3.0, 1.0 / 3.0])


def test_nothing_to_solve() -> None:
    assert cholesky(np.empty((0, 0)))
    b = np.empty(0)
    solve_forward(np.empty((0, 0)), b)
    solve_back(np.empty((0, 0)), b)


@pytest.mark.parametrize(
    "a",
    [
        [[0.0, 0.0], [0.0, 1.0]],
        [[1.0, 2.0], [2.0, 1.0]],
        [[-1.0, 0.0], [0.0, 1.0]],
        [[np.nan, 0.0], [0.0, 1.0]],
        [[1.0, 0.0], [0.0, np.nan]],
        [[1.0, np.nan], [np.nan, 1.0]],
    ],
)
def test_what_is_not_positive_definite_is_refused(a: list[list[float]]) -> None:
    assert not cholesky(np.array(a))


def test_missing_values_stay_missing(rng: np.random.Generator) -> None:
    u, b = positive(rng, 3), np.array([1.0, np.nan, 2.0])
    assert cholesky(u)
    solve_forward(u, b)
    assert np.isfinite(b[0])
    assert np.isnan(b[1:]).all()
