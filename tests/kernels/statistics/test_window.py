"""Means, ranges and values within windows of time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels.statistics import value_at, window_mean, window_range
from runlean_kernels.statistics.window import LEAST_COVERAGE

Array = np.ndarray


def over(
    kernel: Callable[..., None], values: Array, time_s: Array, start: Array, stop: Array, offsets: Array | None = None,
    track: Array | None = None,
) -> Array:  # fmt: skip
    start, stop = np.atleast_1d(np.asarray(start, float)), np.atleast_1d(np.asarray(stop, float))
    out = np.full(len(start), 7.0)
    offsets = np.array([0, len(values)]) if offsets is None else offsets
    track = np.zeros(len(start), dtype=np.int64) if track is None else track
    kernel(np.asarray(values, float), np.asarray(time_s, float), offsets, track, start, stop, out)
    return out


def at(values: Array, time_s: Array, instants: Array) -> Array:
    instants = np.atleast_1d(np.asarray(instants, float))
    out = np.full(len(instants), 7.0)
    track = np.zeros(len(instants), dtype=np.int64)
    value_at(np.asarray(values, float), np.asarray(time_s, float), np.array([0, len(values)]), track, instants, out)
    return out


def naive_mean(values: Array, time_s: Array, start: float, stop: float) -> float:
    """Ten thousand samples of the line through the rows; missing where either row beside a sample is."""
    t = start + (stop - start) * (np.arange(10000) + 0.5) / 10000
    i = np.searchsorted(time_s, t, side="right") - 1
    inside = (i >= 0) & (i < len(time_s) - 1)
    i = np.clip(i, 0, len(time_s) - 2)
    u = (t - time_s[i]) / (time_s[i + 1] - time_s[i])
    line = np.where(inside, (1 - u) * values[i] + u * values[i + 1], np.nan)
    known = ~np.isnan(line)
    return float(line[known].mean()) if known.mean() >= LEAST_COVERAGE else np.nan


def test_mean_naive_twin_with_holes(rng: np.random.Generator) -> None:
    time_s = np.cumsum(rng.uniform(0.02, 0.05, 80))
    values = rng.normal(size=80)
    values[rng.random(80) < 0.15] = np.nan
    start = rng.uniform(-0.2, 3.0, 40)
    stop = start + rng.uniform(0.05, 0.4, 40)
    twin = np.array([naive_mean(values, time_s, a, b) for a, b in zip(start, stop, strict=True)])
    got = over(window_mean, values, time_s, start, stop)
    assert 0 < np.isnan(twin).sum() < 40
    np.testing.assert_allclose(got, twin, atol=2e-3)


def test_mean_on_paper() -> None:
    time_s = np.arange(5.0)
    assert over(window_mean, 10 * time_s, time_s, 1.0, 3.0) == pytest.approx(20.0)
    assert over(window_mean, 10 * time_s, time_s, 1.2, 1.4) == pytest.approx(13.0)
    assert over(window_mean, 10 * time_s, time_s, 2.5, 2.5) == pytest.approx(25.0)


def test_mean_does_not_jump_as_an_end_passes_a_row() -> None:
    time_s = np.arange(10.0)
    values = np.where(time_s % 2 == 0, 1.0, 0.0)
    ends = np.linspace(4.9, 5.1, 21)
    assert np.abs(np.diff(over(window_mean, values, time_s, np.full(21, 2.0), ends))).max() < 0.01


def test_mean_does_not_change_with_the_frame_rate() -> None:
    means = []
    for fps in (30.0, 60.0, 240.0):
        t = np.arange(int(2 * fps) + 1) / fps
        means.append(over(window_mean, np.sin(2 * np.pi * 1.4 * t), t, 0.31, 0.57)[0])
    assert means[0] == pytest.approx(means[2], abs=6e-3)
    assert means[1] == pytest.approx(means[2], abs=1.5e-3)


def test_reversed_in_time_mean_and_range_are_the_same(rng: np.random.Generator) -> None:
    t = np.cumsum(rng.uniform(0.02, 0.05, 50))
    x = rng.normal(size=50)
    for kernel in (window_mean, window_range):
        there = over(kernel, x, t, 0.3, 0.9)
        np.testing.assert_allclose(over(kernel, x[::-1], -t[::-1], -0.9, -0.3), there, rtol=1e-12)


def test_too_little_of_a_window_gives_none() -> None:
    t = np.arange(11) / 10.0
    x = np.ones(11)
    x[6:] = np.nan
    for kernel, whole in ((window_mean, 1.0), (window_range, 0.0)):
        assert over(kernel, x, t, 0.0, 0.83)[0] == pytest.approx(whole)  # 0.5 of 0.83 s
        assert np.isnan(over(kernel, x, t, 0.0, 0.9))[0]
        assert np.isnan(over(kernel, x, t, 0.7, 0.9))[0]
        assert np.isnan(over(kernel, x, t, -2.0, 0.5))[0]


@pytest.mark.parametrize("kernel", [window_mean, window_range])
def test_ends_that_make_no_window_give_none(kernel: Callable[..., None]) -> None:
    t = np.arange(5.0)
    assert np.isnan(over(kernel, t, t, [np.nan, 1.0, 3.0, 9.0], [2.0, np.nan, 2.0, 10.0])).all()


def test_range_of_a_wave_is_found_between_the_rows() -> None:
    for fps, atol in ((25.0, 0.004), (30.0, 0.002), (120.0, 1e-4)):
        t = np.arange(int(3 * fps)) / fps
        wave = 4.0 * np.cos(2 * np.pi * 2.8 * t + 1.0)
        start = np.linspace(0.5, 1.0, 30)
        got = over(window_range, wave, t, start, start + 1 / 2.8)
        np.testing.assert_allclose(got, 8.0, atol=8 * atol)
        assert (got <= 8.0 + 8 * atol).all()


def test_range_on_paper() -> None:
    t = np.arange(6.0)
    assert over(window_range, 10 * t, t, 1.0, 3.5) == pytest.approx(25.0)
    assert over(window_range, np.array([0.0, 0.0, 5.0, 0.0, 0.0, 0.0]), t, 1.0, 3.0) == pytest.approx(5.0)


def test_value_on_paper_and_at_the_ends() -> None:
    t = np.array([1.0, 2.0, 4.0])
    x = np.array([10.0, 20.0, np.nan])
    np.testing.assert_allclose(
        at(x, t, [1.0, 1.25, 2.0, 3.0, 4.0, 0.9, 4.1, np.nan]), [10, 12.5, 20, np.nan, np.nan, np.nan, np.nan, np.nan]
    )


def naive_value(x: Array, t: Array, instant: float) -> float:
    before = max(i for i in range(len(t) - 1) if t[i] <= instant)
    share = (instant - t[before]) / (t[before + 1] - t[before])
    return float((1.0 - share) * x[before] + share * x[before + 1])


def test_value_naive_twin(rng: np.random.Generator) -> None:
    t = np.cumsum(rng.uniform(0.02, 0.05, 50))
    x = rng.normal(size=50)
    instants = rng.uniform(t[0], t[-1], 100)
    np.testing.assert_allclose(at(x, t, instants), [naive_value(x, t, i) for i in instants], rtol=1e-10)
    np.testing.assert_allclose(at(x[::-1].copy(), -t[::-1], -instants), at(x, t, instants), rtol=1e-9)
    np.testing.assert_allclose(at(3.0 * x + 1.0, t + 5.0, instants + 5.0), 3.0 * at(x, t, instants) + 1.0, rtol=1e-9)


def test_a_window_sees_its_own_track_only(rng: np.random.Generator) -> None:
    t = np.concatenate([np.arange(10.0), np.arange(10.0)])
    x = np.concatenate([np.zeros(10), np.full(10, 5.0)])
    got = over(
        window_mean, x, t, [2.0, 2.0, 8.5], [4.0, 4.0, 9.5], offsets=np.array([0, 10, 10, 20]),
        track=np.array([0, 2, 0], dtype=np.int64),
    )  # fmt: skip
    np.testing.assert_allclose(got, [0.0, 5.0, np.nan])
    empty = over(window_mean, x, t, 2.0, 4.0, np.array([0, 10, 10, 20]), np.array([1], dtype=np.int64))
    assert np.isnan(empty).all()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_tracks(n: int) -> None:
    t = np.arange(n, dtype=float)
    for kernel in (window_mean, window_range):
        got = over(kernel, np.ones(n), t, 0.0, 1.0)[0]
        assert np.isnan(got) if n < 2 else got == (1.0 if kernel is window_mean else 0.0)
