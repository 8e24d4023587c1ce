"""The own timing of single strides: sums and shifts written out, and a stride that is late by a known time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels.events.cycle_signals import N_SHIFT_SIGNALS, N_SIDE_SIGNALS, N_SIGNALS, SHIFT_SIGNALS
from runlean_kernels.events.cycle_sums import N_TERMS
from runlean_kernels.events.stride_shift import (
    EDGE_SD,
    LEAST_NOISE,
    REACH_S,
    SHIFT_SD_S,
    shift_events,
    shift_sums,
)

Array = np.ndarray

RATE = 9.0


def sums_of(signals: Array, time_s: Array, phase: Array, coefficients: Array, side: Array, instants: Array) -> Array:
    n = len(side)
    out = np.full((n, 2, N_SHIFT_SIGNALS, 4), 7.0)
    kept = np.concatenate([SHIFT_SIGNALS, N_SIDE_SIGNALS + SHIFT_SIGNALS])
    shift_sums(
        np.ascontiguousarray(signals[:, kept]), time_s, phase, np.array([0, len(time_s)]),
        np.array([[0.0, RATE, 3.6, 0.9]]), coefficients,
        np.zeros(n, np.int64), np.asarray(side, np.int8), np.zeros(n, np.int64), instants, out,
    )  # fmt: skip
    return out


def shifted(
    time_s: Array, sums: Array, instants: Array, track: Array | None = None, offsets: Array | None = None
) -> Array:
    track = np.zeros(len(sums), np.int64) if track is None else track
    offsets = np.array([0, len(time_s)]) if offsets is None else offsets
    out = instants.copy()
    shift_events(time_s, offsets, track, sums, np.full(N_SHIFT_SIGNALS, 7.0), out)
    return out


@pytest.fixture
def strides(random_series: Callable, series: Callable, rng: np.random.Generator) -> Callable[..., tuple[Array, ...]]:
    """Rows of ten steps whose waveform is known; ``late`` seconds after the mean cycle from ``since`` to ``until``."""
    coefficients = np.array([[random_series() for _ in range(N_SIGNALS)]])

    def make(
        fps: float = 120.0, noise: float = 0.0, late: float = 0.0, since: float = 9.0, until: float = 9.0
    ) -> tuple:
        time_s = np.arange(int(3.8 * fps)) / fps
        phase = RATE * time_s
        own = time_s - np.where((time_s >= since) & (time_s < until), late, 0.0)
        signals = np.empty((len(time_s), N_SIGNALS))
        for i in range(N_SIGNALS):
            turned = np.pi if N_SIDE_SIGNALS <= i < 2 * N_SIDE_SIGNALS else 0.0
            signals[:, i] = series(coefficients[0, i], RATE * own + turned)
        signals += rng.normal(0, noise, signals.shape) if noise else 0.0
        side = np.arange(10) % 2
        contact = 0.15 + np.pi / RATE * np.arange(10)
        instants = np.stack([contact, contact + 0.2, np.full(10, 0.002), np.full(10, 0.003), np.ones(10)], axis=1)
        return signals, time_s, phase, coefficients, side, instants

    return make


def test_sums_equal_their_naive_twin_with_holes(strides: Callable, series: Callable, rng: np.random.Generator) -> None:
    signals, time_s, phase, coefficients, side, instants = strides(60.0, 0.02)
    signals[rng.random(signals.shape) < 0.2] = np.nan
    phase[40:48] = np.nan
    instants[3, 1] = np.nan
    got = sums_of(signals, time_s, phase, coefficients, side, instants)
    for i in range(10):
        for event in (0, 1):
            when = instants[i, event]
            near = (time_s >= when - REACH_S[event]) & (time_s <= when + REACH_S[event])
            own = phase[near] + side[i] * np.pi
            for k, which in enumerate(SHIFT_SIGNALS):
                signal = side[i] * N_SIDE_SIGNALS + which
                r = signals[near, signal] - series(coefficients[0, signal], own)
                s = RATE * series(coefficients[0, signal], own, 1)
                s, r = s[~np.isnan(r)], r[~np.isnan(r)]
                expected = np.zeros(4)
                if len(r):
                    r, s = r - r.mean(), s - s.mean()
                    expected = np.array([len(r), r @ r, r @ s, s @ s])
                np.testing.assert_allclose(got[i, event, k], expected, atol=1e-9)
    assert got[3, 1].max() == 0.0


def naive_shift(time_s: Array, sums: Array, instants: Array) -> Array:
    out = instants.copy()
    for event in (0, 1):
        n, rr, rs, ss = np.moveaxis(sums[:, event], -1, 0)
        variance = np.empty(N_SHIFT_SIGNALS)
        for k in range(N_SHIFT_SIGNALS):
            fits = (n[:, k] > 2) & (ss[:, k] > 0)
            left = (rr[fits, k] - rs[fits, k] ** 2 / ss[fits, k]).sum()
            variance[k] = max(left / (n[fits, k] - 2).sum(), LEAST_NOISE**2) if fits.any() else np.inf
        precision = (ss / variance).sum(axis=1) + 1 / SHIFT_SD_S**2
        when = instants[:, event] - (rs / variance).sum(axis=1) / precision
        sd = np.sqrt(instants[:, 2 + event] ** 2 + 1 / precision)
        told = (when >= time_s[0] + EDGE_SD * sd) & (when <= time_s[-1] - EDGE_SD * sd)
        out[:, event], out[:, 2 + event] = np.where(told, when, np.nan), np.where(told, sd, np.nan)
    return out


def test_shift_equals_its_naive_twin(strides: Callable, rng: np.random.Generator) -> None:
    signals, time_s, phase, coefficients, side, instants = strides(60.0, 0.02)
    signals[:, SHIFT_SIGNALS[2]] = np.nan
    signals[:, N_SIDE_SIGNALS + SHIFT_SIGNALS[2]] = np.nan
    instants[-1, 1], instants[0, 0] = time_s[-1] - 0.004, 0.002  # nearer to the ends than can be told
    instants[4, 1] = np.nan
    sums = sums_of(signals, time_s, phase, coefficients, side, instants)
    got = shifted(time_s, sums, instants)
    np.testing.assert_allclose(got, naive_shift(time_s, sums, instants), rtol=1e-9)
    assert np.isnan(got[0, 0])
    assert np.isnan(got[-1, 1])
    assert np.isnan(got[0, 2])
    assert np.isnan(got).sum() == 6


@pytest.mark.parametrize("late", [0.004, -0.006])
def test_a_late_stride_is_late(late: float, strides: Callable) -> None:
    signals, time_s, phase, coefficients, side, instants = strides(240.0, 1e-3, late, 1.0, 1.65)
    sums = sums_of(signals, time_s, phase, coefficients, side, instants)
    got = shifted(time_s, sums, instants)
    moved = got[:, :2] - instants[:, :2]
    whole = (instants[:, 0] - REACH_S[0] > 1.0) & (instants[:, 1] + REACH_S[1] < 1.65)
    outside = (instants[:, 1] + REACH_S[1] < 1.0) | (instants[:, 0] - REACH_S[0] > 1.65)
    assert whole.sum() == 1
    np.testing.assert_allclose(moved[whole], late, atol=0.0006)
    np.testing.assert_allclose(moved[outside], 0.0, atol=0.0006)


def test_noise_keeps_a_stride_in_the_mean_cycle(strides: Callable) -> None:
    noisy = strides(30.0, 0.3)
    got = shifted(noisy[1], sums_of(*noisy), noisy[5])
    moved = (got - noisy[5])[:, :2]
    assert np.nanmax(np.abs(moved)) < 0.5 * SHIFT_SD_S
    # nothing was learnt of the stride: its own variation stays in its uncertainty
    expected = np.hypot([0.002, 0.003], SHIFT_SD_S)
    np.testing.assert_allclose(got[2:-2, 2:4], np.tile(expected, (6, 1)), rtol=0.05)


def test_clean_rows_leave_the_shared_part_alone(strides: Callable) -> None:
    clean = strides(240.0, 0.0)
    got = shifted(clean[1], sums_of(*clean), clean[5])
    np.testing.assert_allclose(got[1:-1, :2], clean[5][1:-1, :2], atol=1e-6)
    np.testing.assert_allclose(got[1:-1, 2:4], np.tile([0.002, 0.003], (8, 1)), rtol=0.02)


def test_without_signals_nothing_moves(strides: Callable) -> None:
    signals, time_s, phase, coefficients, side, instants = strides(30.0)
    sums = sums_of(np.full_like(signals, np.nan), time_s, phase, coefficients, side, instants)
    assert sums.max() == 0.0
    got = shifted(time_s, sums, instants)
    np.testing.assert_array_equal(got[1:-1, :2], instants[1:-1, :2])
    np.testing.assert_allclose(got[1:-1, 2], np.hypot(0.002, SHIFT_SD_S))


def test_tracks_have_their_own_noise_and_ends(strides: Callable) -> None:
    one, other = strides(60.0, 0.01), strides(60.0, 0.1)
    time_s = np.concatenate([one[1], other[1]])
    sums = np.concatenate([sums_of(*one), sums_of(*other)])
    both = shifted(
        time_s, sums, np.concatenate([one[5], other[5]]), np.repeat([0, 1], 10), np.array([0, len(one[1]), len(time_s)])
    )
    for i, part in enumerate((one, other)):
        np.testing.assert_allclose(both[10 * i : 10 * i + 10], shifted(part[1], sums_of(*part), part[5]), rtol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_few_contacts(n: int, strides: Callable) -> None:
    signals, time_s, phase, coefficients, side, instants = strides(60.0, 0.01)
    sums = sums_of(signals, time_s, phase, coefficients, side[:n], instants[:n])
    got = shifted(time_s, sums, instants[:n])
    np.testing.assert_allclose(got, naive_shift(time_s, sums, instants[:n]) if n else instants[:0], rtol=1e-9)


def test_place_in_time_does_not_count(strides: Callable) -> None:
    signals, time_s, phase, coefficients, side, instants = strides(64.0, 0.02)
    base = shifted(time_s, sums_of(signals, time_s, phase, coefficients, side, instants), instants)
    later = instants + np.array([8.0, 8.0, 0.0, 0.0, 0.0])
    moved = shifted(time_s + 8.0, sums_of(signals, time_s + 8.0, phase, coefficients, side, later), later)
    np.testing.assert_allclose(moved - (later - instants), base, atol=1e-9)
    assert coefficients.shape[-1] == N_TERMS
