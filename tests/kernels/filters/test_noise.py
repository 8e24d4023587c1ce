"""The noise estimate: on known noise, on known motion, on both."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels.filters import noise_sd

Array = np.ndarray


def noise(x: Array, time_s: Array, offsets: Array | None = None) -> Array:
    x = np.asarray(x, dtype=float)
    x = np.ascontiguousarray(x[:, None] if x.ndim == 1 else x.reshape(len(x), x[0].size) if len(x) else x)
    offsets = np.array([0, len(x)]) if offsets is None else offsets
    out = np.full((len(offsets) - 1, x.shape[1]), 7.0)
    noise_sd(x, time_s, offsets, out)
    return out


def naive_noise(x: Array, order: int) -> float:
    weight = np.array([(-1) ** k * math.comb(order, k) for k in range(order + 1)], dtype=float)
    values = np.convolve(x, weight / np.linalg.norm(weight), "valid")
    return float(np.median(np.abs(values[~np.isnan(values)])) / 0.6744897501960817)


@pytest.mark.parametrize(("fps", "order"), [(25.0, 6), (30.0, 6), (60.0, 4), (120.0, 3)])
def test_naive_twin_with_holes(fps: float, order: int, rng: np.random.Generator) -> None:
    x = rng.normal(size=(120, 3))
    x[rng.random((120, 3)) < 0.02] = np.nan
    got = noise(x, np.arange(120) / fps)[0]
    np.testing.assert_allclose(got, [naive_noise(x[:, c], order) for c in range(3)], rtol=1e-12)


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0, 120.0])
def test_a_runner_without_noise_has_none(fps: float, make_runner: Callable) -> None:
    xy, _, time_s = make_runner(int(8 * fps), fps)
    assert np.nanmax(noise(xy, time_s)) < 0.006 * 200  # of the leg's length


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0, 120.0])
def test_known_noise_on_a_runner_is_found(fps: float, make_runner: Callable) -> None:
    xy, _, time_s = make_runner(int(8 * fps), fps, scatter_px=4.0)
    got = noise(xy, time_s)
    got = got[~np.isnan(got)]
    assert np.median(got) == pytest.approx(4.0, rel=0.06)
    assert (np.abs(got / 4.0 - 1.0) < 0.4).all()


def test_outliers_do_not_count(rng: np.random.Generator) -> None:
    x = rng.normal(size=240)
    x[::40] += 300.0
    assert noise(x, np.arange(240) / 120.0)[0, 0] == pytest.approx(1.0, rel=0.25)


def test_scales_with_its_input_and_knows_no_place(rng: np.random.Generator) -> None:
    x = rng.normal(size=100)
    time_s = np.arange(100) / 30.0
    np.testing.assert_allclose(noise(3 * x + 40 + 9 * time_s, time_s), 3 * noise(x, time_s), rtol=1e-9)
    np.testing.assert_allclose(noise(x[::-1], time_s), noise(x, time_s), rtol=1e-9)


def test_differences_across_a_hole_in_time_are_left_out(rng: np.random.Generator) -> None:
    x = np.concatenate([rng.normal(size=60), 500 + rng.normal(size=60)])
    time_s = np.concatenate([np.arange(60) / 30.0, 5 + np.arange(60) / 30.0])
    with_jump = noise(x, time_s)[0, 0]
    x[60:] -= 500
    assert with_jump == pytest.approx(noise(x, time_s)[0, 0], rel=1e-9)


@pytest.mark.parametrize("n", [0, 1, 2, 13])
def test_too_few_rows_give_no_estimate(n: int) -> None:
    assert np.isnan(noise(np.ones(n), np.arange(n) / 30.0)).all()


def test_a_missing_channel_gives_no_estimate(rng: np.random.Generator) -> None:
    x = rng.normal(size=(60, 2))
    x[:, 1] = np.nan
    got = noise(x, np.arange(60) / 30.0)[0]
    assert got[0] > 0
    assert np.isnan(got[1])


def test_tracks_stand_for_themselves(rng: np.random.Generator) -> None:
    x = np.concatenate([rng.normal(size=50), 5 * rng.normal(size=70)])
    time_s = np.concatenate([np.arange(50), np.arange(70)]) / 30.0
    got = noise(x, time_s, np.array([0, 50, 120]))
    assert got[0, 0] == noise(x[:50], time_s[:50])[0, 0]
    assert got[1, 0] == noise(x[50:], time_s[50:])[0, 0]
