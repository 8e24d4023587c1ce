"""The stride frequency: against the sums written out, on sines, and under everything that must not change it."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.events.stride_phase import (
    FREQUENCY_HALF_WINDOW_S,
    FREQUENCY_SAMPLING_S,
    FREQUENCY_STEP_HZ,
    N_FREQUENCIES,
    SLOWEST_HZ,
    first_row_at,
    frequency_near,
    refine_frequency,
    stride_frequency,
)

Array = np.ndarray

#: A fifth of the step between the frequencies tried: what the parabola through three of them is taken for.
FREQUENCY_TOLERANCE_HZ = 0.2 * FREQUENCY_STEP_HZ


def frequency(time_s: Array, y: Array, centres: Array, offsets: Array | None = None) -> Array:
    centres = np.atleast_1d(np.asarray(centres, float))
    offsets = np.array([0, len(y)]) if offsets is None else offsets
    share = len(centres) // (len(offsets) - 1)
    windows = share * np.arange(len(offsets))
    out = np.full((len(centres), 2), 7.0)
    stride_frequency(np.asarray(time_s, float), np.asarray(y, float), offsets, windows, centres, out)
    return out


def naive_frequency(time_s: Array, y: Array, centre: float) -> tuple[float, float]:
    u = (time_s - centre) / FREQUENCY_HALF_WINDOW_S
    near = (u >= -1) & (u < 1) & ~np.isnan(y)
    t, v, w = time_s[near], y[near], (1 - u[near] ** 2) ** 2
    if not w.sum() > 3:
        return np.nan, 0.0
    mean = (w * v).sum() / w.sum()
    taken: list[int] = []
    for i in range(len(t)):
        if not taken or t[i] - t[taken[-1]] >= FREQUENCY_SAMPLING_S - 1e-6:
            taken.append(i)
    t, v, w = t[taken], v[taken] - mean, w[taken]
    tried = SLOWEST_HZ + FREQUENCY_STEP_HZ * np.arange(N_FREQUENCIES)
    power = np.array([abs((w * v * np.exp(2j * np.pi * f * (t - centre))).sum()) ** 2 for f in tried])
    variance = (w * v * v).sum()
    if not (variance > 0 and w.sum() > 2):
        return np.nan, 0.0
    best = int(np.argmax(power))
    found = tried[best]
    if 0 < best < N_FREQUENCIES - 1:
        a, b, _ = np.polyfit([-1, 0, 1], np.log(power[best - 1 : best + 2]), 2)
        found += FREQUENCY_STEP_HZ * (-b / (2 * a) if a < 0 else 0.0)
    return found, min(1.0, 2 * power[best] / (w.sum() * variance))


@pytest.mark.parametrize("fps", [12.0, 30.0, 60.0])
def test_equals_its_naive_twin_with_holes(fps: float, rng: np.random.Generator) -> None:
    time_s = np.arange(int(5 * fps)) / fps + rng.uniform(0, 0.2 / fps, int(5 * fps))
    y = np.sin(2 * np.pi * 1.37 * time_s) + rng.normal(0, 0.3, len(time_s)) + 0.4
    y[rng.random(len(y)) < 0.2] = np.nan
    centres = np.array([0.0, 1.5, 3.0, 5.0, 6.9])
    twin = np.array([naive_frequency(time_s, y, c) for c in centres])
    # the last window has but one row of weight: there is no frequency, and the twin says so too
    assert np.isnan(twin[-1, 0])
    np.testing.assert_allclose(frequency(time_s, y, centres), twin, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0, 120.0, 240.0])
def test_a_sine_has_its_own_frequency_at_any_frame_rate(fps: float) -> None:
    time_s = np.arange(int(4 * fps)) / fps
    for hz in (0.7, 1.25, 1.67, 2.4):
        out = frequency(time_s, 0.8 * np.cos(2 * np.pi * hz * time_s + 1.0) + 0.1, [2.0])
        assert out[0, 0] == pytest.approx(hz, abs=FREQUENCY_TOLERANCE_HZ)
        # 0.05 Hz beside the frequency tried, the window's transform is down to 1 - (2 pi 0.05 2 s)^2 / 7 = 0.944
        assert 0.94 < out[0, 1] <= 1.0


def test_place_size_and_sign_do_not_count(rng: np.random.Generator) -> None:
    time_s = np.arange(100) / 25.0
    y = np.sin(2 * np.pi * 1.4 * time_s) + rng.normal(0, 0.2, 100)
    out = frequency(time_s, y, [2.0])
    for changed in (frequency(time_s + 5.0, y, [7.0]), frequency(time_s, -3.0 * y + 2.0, [2.0])):
        np.testing.assert_allclose(changed, out, rtol=1e-9)


def test_backwards_is_as_fast_as_forwards(rng: np.random.Generator) -> None:
    # 10 per second: every row is taken, from whichever end one begins
    time_s = np.arange(-19, 20) / 10.0
    y = np.sin(2 * np.pi * 1.4 * time_s) + rng.normal(0, 0.2, 39)
    np.testing.assert_allclose(frequency(time_s, y[::-1], [0.0]), frequency(time_s, y, [0.0]), rtol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_few_rows_have_no_frequency(n: int) -> None:
    out = frequency(0.03 * np.arange(n), np.ones(n), [0.0])
    assert np.isnan(out[0, 0])
    assert out[0, 1] == 0.0


def test_what_does_not_swing_has_no_frequency() -> None:
    time_s = np.arange(60) / 30.0
    for y in (np.full(60, 0.25), np.full(60, np.nan)):
        out = frequency(time_s, y, [1.0])
        assert np.isnan(out[0, 0])
        assert out[0, 1] == 0.0


def test_tracks_do_not_touch_each_other(rng: np.random.Generator) -> None:
    time_s = np.arange(60) / 15.0
    y = np.sin(2 * np.pi * 1.2 * time_s), np.sin(2 * np.pi * 1.9 * time_s) + rng.normal(0, 0.1, 60)
    centres = np.array([1.0, 3.0])
    both = frequency(np.tile(time_s, 2), np.concatenate(y), np.tile(centres, 2), 60 * np.arange(3))
    for i in (0, 1):
        np.testing.assert_array_equal(both[2 * i : 2 * i + 2], frequency(time_s, y[i], centres))


def test_first_row_is_where_bisection_of_all_would_put_it(rng: np.random.Generator) -> None:
    time_s = np.sort(rng.uniform(0, 3, 40))
    for when in [*rng.uniform(-0.5, 3.5, 30), time_s[7], -np.inf, np.inf]:
        assert first_row_at(time_s, 5, 31, when) == 5 + np.searchsorted(time_s[5:31], when)
    assert first_row_at(time_s, 4, 4, 1.0) == 4


def test_the_nearest_and_clearest_window_is_asked(rng: np.random.Generator) -> None:
    for _ in range(20):
        window_s = np.arange(6) * 1.5
        windows = np.stack([rng.uniform(1, 2, 6), rng.random(6)], axis=1)
        windows[rng.random(6) < 0.3, 0] = np.nan
        when = rng.uniform(-1, 9)
        distance = np.abs(window_s - when)
        score = np.where((distance > 2.5) | np.isnan(windows[:, 0]), 0.0, windows[:, 1] / (1 + distance))
        expected = windows[np.argmax(score), 0] if score.max() > 0 else np.nan
        assert frequency_near(windows, window_s, 0, 6, when) == pytest.approx(expected, nan_ok=True)
    assert np.isnan(frequency_near(windows, window_s, 0, 0, 1.0))


def naive_slope(node_s: Array, phase: Array, omega: float, node: int) -> float:
    near = (np.abs(node_s - node_s[node]) <= 0.6 * 2 * np.pi / omega) & ~np.isnan(phase)
    near &= np.abs(np.arange(len(phase)) - node) <= 8
    if near.sum() < 3:
        return omega
    slope = float(np.polyfit(node_s[near], phase[near], 1)[0])
    return slope if 0.6 * omega < slope < 1.6 * omega else omega


def test_refined_frequency_is_the_slope_of_the_phase(rng: np.random.Generator) -> None:
    node_s = 0.25 * np.arange(20)
    nodes = np.zeros((20, 4))
    nodes[:, 0] = 8.6 * node_s + rng.normal(0, 0.15, 20)
    nodes[:, 1] = 8.0
    nodes[[4, 5, 6, 12], 0] = np.nan
    nodes[15, 1] = np.nan
    nodes[17, 1] = 40.0  # the slope is far from it: a frequency of another kind is not overruled
    expected = [
        nodes[i, 1] if np.isnan(nodes[i, :2]).any() else naive_slope(node_s, nodes[:, 0], nodes[i, 1], i)
        for i in range(20)
    ]
    before = nodes.copy()
    refine_frequency(node_s, 0, 20, nodes)
    np.testing.assert_allclose(nodes[:, 1], expected, rtol=1e-9)
    np.testing.assert_array_equal(np.delete(nodes, 1, axis=1), np.delete(before, 1, axis=1))
    assert expected[17] == 40.0
    # a phase that turns twice as fast as the frequency says is another oscillation's
    nodes[:, 0], nodes[:, 1] = 16.0 * node_s, 8.0
    refine_frequency(node_s, 0, 20, nodes)
    assert (nodes[:, 1] == 8.0).all()
