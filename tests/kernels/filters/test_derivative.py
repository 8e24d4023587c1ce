"""Derivatives over uneven time."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.filters import derivative

Array = np.ndarray


def slope(x: Array, time_s: Array, offsets: Array | None = None) -> Array:
    x = np.asarray(x, dtype=float)
    x = np.ascontiguousarray(x[:, None] if x.ndim == 1 else x.reshape(len(x), x[0].size) if len(x) else x)
    out = np.full_like(x, 7.0)
    derivative(x, time_s, np.array([0, len(x)]) if offsets is None else offsets, out)
    return out


def naive_slope(x: Array, t: Array) -> Array:
    """Through the row and its known neighbours: np.gradient's formula, row by row."""
    out = np.full(len(x), np.nan)
    for i in range(len(x)):
        near = [k for k in (i - 1, i, i + 1) if 0 <= k < len(x) and not np.isnan(x[k])]
        if np.isnan(x[i]) or len(near) < 2:
            continue
        out[i] = np.polyder(np.poly1d(np.polyfit(t[near] - t[i], x[near], len(near) - 1)))(0.0)
    return out


def test_naive_twin_with_holes_and_uneven_time(rng: np.random.Generator) -> None:
    t = np.cumsum(rng.uniform(0.02, 0.05, 60))
    x = rng.normal(size=(60, 3))
    x[rng.random((60, 3)) < 0.2] = np.nan
    got = slope(x, t)
    for c in range(3):
        np.testing.assert_allclose(got[:, c], naive_slope(x[:, c], t), rtol=1e-9, atol=1e-9)


def test_exact_for_parabolas_between_the_ends(rng: np.random.Generator) -> None:
    t = np.cumsum(rng.uniform(0.02, 0.05, 30))
    got = slope(3 * t**2 - 2 * t + 1, t)[:, 0]
    np.testing.assert_allclose(got[1:-1], (6 * t - 2)[1:-1], rtol=1e-10)


def test_equals_numpy_on_an_even_grid(rng: np.random.Generator) -> None:
    t = np.arange(40) / 30.0
    x = rng.normal(size=40)
    np.testing.assert_allclose(slope(x, t)[:, 0], np.gradient(x, t), rtol=1e-9)


def test_reversed_in_time_it_changes_its_sign(rng: np.random.Generator) -> None:
    t = np.cumsum(rng.uniform(0.02, 0.05, 30))
    x = rng.normal(size=30)
    np.testing.assert_allclose(slope(x[::-1], (t[-1] - t)[::-1].copy())[::-1], -slope(x, t), rtol=1e-9)


def test_twice_the_frame_rate_gives_the_same_speed() -> None:
    for fps in (30.0, 60.0):
        t = np.arange(int(2 * fps)) / fps
        speed = 2 * np.pi * 1.4 * np.cos(2 * np.pi * 1.4 * t)
        error = np.abs(slope(np.sin(2 * np.pi * 1.4 * t), t)[1:-1, 0] - speed[1:-1]).max()
        assert error < 0.13 * (30.0 / fps) ** 2


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_tracks(n: int) -> None:
    got = slope(np.arange(n, dtype=float), np.arange(n) / 2.0)[:, 0]
    np.testing.assert_array_equal(got, {0: [], 1: [np.nan], 2: [2.0, 2.0]}[n])


def test_tracks_do_not_see_each_other(rng: np.random.Generator) -> None:
    x = rng.normal(size=(20, 1))
    t = np.concatenate([np.arange(8) / 30.0, np.arange(12) / 30.0])
    got = slope(x, t, np.array([0, 8, 20]))
    np.testing.assert_array_equal(got[:8], slope(x[:8], t[:8]))
    np.testing.assert_array_equal(got[8:], slope(x[8:], t[8:]))
