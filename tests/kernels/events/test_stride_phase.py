"""The stride phase: a turn a stride, whatever the frame rate, the direction and the holes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from runlean_kernels.events.stride_phase import (
    LEAST_COVERED,
    PHASE_HALF_WINDOW,
    oscillation_at,
    stride_frequency,
    stride_phase,
)

Array = np.ndarray

TWO_PI = 2 * np.pi

#: A frequency that is off by 0.025 Hz at a track's end (window on one side) is off by 0.025 * 2 pi * 0.4 s there.
END_PHASE_RAD = 0.07


@pytest.fixture
def phase_of(spaced: Callable[..., tuple[Array, Array]]) -> Callable[..., tuple[Array, Array]]:
    """Node times and (phase, angular frequency, amplitude, explained) of a separation over time."""

    def find(time_s: Array, y: Array, offsets: Array | None = None, step: float = 0.25) -> tuple[Array, Array]:
        offsets = np.array([0, len(y)]) if offsets is None else offsets
        window_s, window_offsets = spaced(time_s, offsets, 1.5)
        windows = np.empty((len(window_s), 2))
        stride_frequency(time_s, y, offsets, window_offsets, window_s, windows)
        node_s, node_offsets = spaced(time_s, offsets, step)
        out = np.full((len(node_s), 4), 7.0)
        parts = [time_s[a:b] for a, b in pairwise(offsets)]
        interval = np.array([np.median(np.diff(t)) if len(t) > 1 else np.nan for t in parts])
        stride_phase(
            time_s, y, offsets, interval, window_offsets, window_s, windows, node_offsets, node_s, out
        )  # fmt: skip
        return node_s, out

    return find


def naive_oscillation(time_s: Array, y: Array, centre: float, omega: float) -> tuple[float, ...]:
    u = time_s - centre
    share = u / (PHASE_HALF_WINDOW * TWO_PI / omega)
    use = (np.abs(share) < 1) & ~np.isnan(y)
    w = (1 - share[use] ** 2) ** 2
    if not w.sum() > 2:
        return np.nan, np.nan, w.sum(), 0.0
    design = np.stack([np.ones(use.sum()), np.cos(omega * u[use]), np.sin(omega * u[use])], axis=1)
    root = np.sqrt(w)
    solution = np.linalg.lstsq(design * root[:, None], y[use] * root, rcond=None)[0]
    mean = (w * y[use]).sum() / w.sum()
    left = (w * (y[use] - design @ solution) ** 2).sum()
    total = (w * (y[use] - mean) ** 2).sum()
    return solution[1], solution[2], w.sum(), 1 - left / total if total > 0 else 0.0


@pytest.mark.parametrize("centre", [0.0, 0.9, 2.0])
def test_one_fit_equals_least_squares(centre: float, rng: np.random.Generator) -> None:
    time_s = np.cumsum(rng.uniform(0.02, 0.05, 60))
    y = rng.normal(size=60) + np.sin(9 * time_s)
    y[rng.random(60) < 0.2] = np.nan
    for omega in (6.0, 8.8, 14.0):
        got = oscillation_at(time_s, y, 0, 60, centre, omega, np.empty((2, 60)))
        np.testing.assert_allclose(got, naive_oscillation(time_s, y, centre, omega), rtol=1e-7, atol=1e-9)


def test_one_fit_of_too_few_or_unchanging_rows() -> None:
    time_s = np.arange(30) / 30.0
    assert np.isnan(oscillation_at(time_s, np.full(30, np.nan), 0, 30, 0.5, 9.0, np.empty((2, 60)))[0])
    for n in (0, 1, 2):
        assert np.isnan(oscillation_at(time_s, np.ones(30), 0, n, 0.0, 9.0, np.empty((2, 60)))[0])
    c, s, _, explained = oscillation_at(time_s, np.full(30, 0.3), 0, 30, 0.5, 9.0, np.empty((2, 60)))
    assert (c, s) == pytest.approx((0.0, 0.0), abs=1e-12)
    assert 0.0 <= explained <= 1.0 or explained == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0, 150.0])
@pytest.mark.parametrize("hz", [1.25, 1.4, 1.7])
def test_phase_is_zero_where_the_left_foot_is_foremost(fps: float, hz: float, phase_of: Callable) -> None:
    time_s = np.arange(int(4 * fps)) / fps
    node_s, out = phase_of(time_s, 0.9 * np.cos(TWO_PI * hz * (time_s - 0.3)) + 0.05)
    off = out[:, 0] - TWO_PI * hz * (node_s - 0.3)
    # one whole number of turns away from the paper's, all along
    turns = np.round(off[0] / TWO_PI)
    np.testing.assert_allclose(off[2:-2], TWO_PI * turns, atol=1e-3)
    # at the ends the window sees one side only, and what is left of the frequency's error turns the phase
    np.testing.assert_allclose(off, TWO_PI * turns, atol=END_PHASE_RAD)
    np.testing.assert_allclose(out[2:-2, 1], TWO_PI * hz, rtol=0.006)
    np.testing.assert_allclose(out[:, 1], TWO_PI * hz, rtol=0.04)
    np.testing.assert_allclose(out[:, 2], 0.9, rtol=0.04)
    assert (out[:, 3] > 0.99).all()


def test_harmonics_and_noise_do_not_turn_it(phase_of: Callable, rng: np.random.Generator) -> None:
    time_s = np.arange(180) / 30.0
    clean = 0.9 * np.cos(TWO_PI * 1.4 * time_s)
    with_more = clean + 0.15 * np.cos(3 * TWO_PI * 1.4 * time_s + 1.0) + rng.normal(0, 0.05, 180)
    _, a = phase_of(time_s, clean)
    _, b = phase_of(time_s, with_more)
    # 0.05 of noise on an amplitude of 0.9, some 20 rows of weight in a window (10 at the ends): 0.02 rad, thrice
    np.testing.assert_allclose(a[2:-2, 0], b[2:-2, 0], atol=0.06)


def test_the_other_foot_is_half_a_turn_on(phase_of: Callable, rng: np.random.Generator) -> None:
    time_s = np.arange(120) / 30.0
    y = np.cos(TWO_PI * 1.45 * time_s) + rng.normal(0, 0.1, 120)
    _, one = phase_of(time_s, y)
    _, other = phase_of(time_s, -y)
    np.testing.assert_allclose(np.cos(other[:, 0] - one[:, 0]), -1.0, atol=1e-9)
    np.testing.assert_allclose(other[:, 1:], one[:, 1:], rtol=1e-9)


def test_time_shift_and_size_change_nothing_else(phase_of: Callable, rng: np.random.Generator) -> None:
    # 32 per second: times that stay exact when 8 s are added, so that no row changes sides at a window's edge
    time_s = np.arange(129) / 32.0
    y = np.cos(TWO_PI * 1.45 * time_s) + rng.normal(0, 0.1, 129)
    _, one = phase_of(time_s, y)
    _, later = phase_of(time_s + 8.0, 3.0 * y - 0.4)
    np.testing.assert_allclose(later[:, [0, 1, 3]], one[:, [0, 1, 3]], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(later[:, 2], 3.0 * one[:, 2], rtol=1e-7)


def test_time_reversed_the_phase_runs_back(phase_of: Callable) -> None:
    time_s = np.arange(121) / 30.0
    y = np.cos(TWO_PI * 1.45 * time_s - 0.8)
    _, one = phase_of(time_s, y)
    _, back = phase_of(time_s, y[::-1].copy())
    np.testing.assert_allclose(np.angle(np.exp(1j * (back[::-1, 0] + one[:, 0]))), 0.0, atol=0.01)
    np.testing.assert_allclose(back[::-1, 1:3], one[:, 1:3], rtol=0.01)


def test_a_hole_keeps_whole_turns(phase_of: Callable) -> None:
    time_s = np.arange(240) / 30.0
    y = np.cos(TWO_PI * 1.4 * time_s)
    y[100:145] = np.nan  # one second and a half
    node_s, out = phase_of(time_s, y)
    known = ~np.isnan(out[:, 0])
    # a node needs LEAST_COVERED of its window's weight, which is 16/15 of half its length
    half = PHASE_HALF_WINDOW / 1.4
    share = (time_s[~np.isnan(y), None] - node_s) / half
    weight = (np.maximum(1 - share**2, 0.0) ** 2).sum(axis=0) / (16 / 15 * half * 30)
    clear = np.abs(weight - LEAST_COVERED) > 0.02
    assert (known == (weight > LEAST_COVERED))[clear].all()
    assert ((weight > 0.05) & (weight < LEAST_COVERED)).sum() >= 1
    off = (out[known, 0] - TWO_PI * 1.4 * node_s[known]) / TWO_PI
    np.testing.assert_allclose(off, np.round(off[0]), atol=0.01)


def test_a_runner_who_speeds_up_is_followed(phase_of: Callable) -> None:
    time_s = np.arange(240) / 30.0
    truth = TWO_PI * (1.3 * time_s + 0.5 * 0.02 * time_s**2)  # 1.30 to 1.46 strides per second over 8 s
    node_s, out = phase_of(time_s, np.cos(truth))
    expected = TWO_PI * (1.3 * node_s + 0.5 * 0.02 * node_s**2)
    off = out[:, 0] - expected
    off -= TWO_PI * np.round(off[5] / TWO_PI)
    # of a chirp the fit reads half its rate times the window's mean square of u: 0.5 * 2 pi 0.02 (0.55 s)^2 / 7 = 0.003
    assert np.abs(off[2:-2]).max() < 0.006
    assert np.abs(off).max() < END_PHASE_RAD
    np.testing.assert_allclose(out[2:-2, 1], TWO_PI * (1.3 + 0.02 * node_s[2:-2]), rtol=0.01)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_a_few_rows_have_no_phase(n: int, phase_of: Callable) -> None:
    _, out = phase_of(0.03 * np.arange(n), np.arange(float(n)))
    assert np.isnan(out[:, :2]).all()
    assert (out[:, 2:] == 0.0).all()


def test_legs_that_do_not_swing_have_none(phase_of: Callable) -> None:
    time_s = np.arange(90) / 30.0
    for y in (np.zeros(90), np.full(90, np.nan)):
        assert np.isnan(phase_of(time_s, y)[1][:, 0]).all()


def test_tracks_do_not_touch_each_other(phase_of: Callable, rng: np.random.Generator) -> None:
    time_s = np.arange(90) / 30.0
    y = [np.cos(TWO_PI * f * time_s) + rng.normal(0, 0.1, 90) for f in (1.3, 1.7)]
    _, both = phase_of(np.tile(time_s, 2), np.concatenate(y), np.array([0, 90, 180]))
    np.testing.assert_array_equal(both, np.concatenate([phase_of(time_s, y[0])[1], phase_of(time_s, y[1])[1]]))
