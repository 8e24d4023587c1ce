"""Features of the cycle: each found once more by a dense look at the series, as the table of features says."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from runlean_kernels.events import event_features as ef
from runlean_kernels.events.cycle import half_turn
from runlean_kernels.events.cycle_signals import ANKLE_X, HIP_Y, N_SIDE_SIGNALS, N_SIGNALS
from runlean_kernels.events.cycle_sums import GROUP_OF, N_GROUPS, N_TERMS
from runlean_kernels.events.linear_solve import cholesky
from runlean_kernels.events.waveform import GRID_STEP, N_COLUMNS, N_GRID, N_SCRATCH, derivative_terms

Array = np.ndarray

#: Exactness of roots and peaks on the grid (see test_waveform), rad.
AT_RAD = 2e-3


def sides(coefficients: Array, factor: Array, noise: Array, rate: float, speed: float) -> Array:
    out = np.full((2, ef.N_FEATURES, 2), 7.0)
    for side in (0, 1):
        hip = coefficients[HIP_Y].copy()
        if side:
            half_turn(hip, hip)
        ef.side_features(
            side,
            coefficients,
            factor,
            noise,
            rate,
            speed,
            hip,
            np.empty((N_TERMS, N_COLUMNS)),
            np.empty((3, N_COLUMNS)),
            np.empty(N_SCRATCH),
            out[side],
        )
    return out


def naive_feature(
    series: Callable, c: Array, row: Array, found: Array, rate: float, speed: float, lowest: Array
) -> float:
    """One line of the table, looked for every 0.0005 rad."""
    _, order, what, level, unit, low, high, anchor = row
    order, anchor = int(order), int(anchor)
    if what == ef.PHASE:
        return 0.0
    if anchor >= 0 and np.isfinite(found[anchor]):
        if what == ef.FALLING and unit == ef.ABOVE_LOWEST:
            high = found[anchor]
        else:
            low = found[anchor]
    if unit == ef.PER_SPEED:
        level = level * speed / rate  # leg lengths per radian
    elif unit == ef.PER_SECOND:
        level = level / rate
    elif unit == ef.ABOVE_LOWEST:
        at_lowest = found[ef.ANKLE_LOWEST] if np.isfinite(found[ef.ANKLE_LOWEST]) else 0.8
        level = level + float(series(lowest, at_lowest))
    if what in (ef.LOW, ef.HIGH):
        first, last = np.ceil(low / GRID_STEP), np.floor(high / GRID_STEP)
        at = np.arange(first, min(last, first + N_GRID) + 1) * GRID_STEP
        values = series(c, at, order) * (1 if what == ef.HIGH else -1)
        best = int(np.argmax(values)) if len(at) else 0
        if not 0 < best < len(at) - 1:
            return np.nan
        fine = np.linspace(at[best - 1], at[best + 1], 400)
        return float(fine[np.argmax(series(c, fine, order) * (1 if what == ef.HIGH else -1))])
    at = np.linspace(low, high, max(2, int((high - low) / 5e-4)))
    over = (series(c, at, order) - level) * (1 if what == ef.RISING else -1)
    i = np.flatnonzero((over[:-1] < 0) & (over[1:] >= 0))
    return float(at[i[0]]) if len(i) else np.nan


@pytest.fixture
def running(make_runner: Callable, run_chain: Callable) -> SimpleNamespace:
    """The chain up to the features, on a runner with a little noise."""
    xy, _, time_s = make_runner(150, 30.0, scatter_px=1.0)
    # hips whose acceleration turns upward about contact, and that bounce higher from one foot than from the other
    bounce = 2 * np.pi * 1.4 * time_s
    xy[..., 1] += (15.0 * np.cos(2 * bounce + 0.4) + 5.0 * np.sin(bounce))[:, None]
    return run_chain(xy, time_s)


@pytest.mark.parametrize("side", [0, 1])
def test_every_feature_is_where_its_line_says(side: int, running: SimpleNamespace, series: Callable) -> None:
    c, rate, speed = running.coefficients[0], running.cycle[0, 1], running.cycle[0, 2]
    hip = c[HIP_Y].copy()
    if side:
        half_turn(hip, hip)
    found = np.full(ef.N_FEATURES, np.nan)
    lowest = c[side * N_SIDE_SIGNALS + int(ef.FEATURES[ef.ANKLE_LOWEST, 0])]
    for f in range(ef.N_FEATURES):
        signal = int(ef.FEATURES[f, 0])
        own = hip if signal == HIP_Y else c[side * N_SIDE_SIGNALS + signal]
        found[f] = naive_feature(series, own, ef.FEATURES[f], found, rate, speed, lowest)
    assert np.isfinite(found).sum() >= 14
    assert np.isfinite(found[ef.HIP_UPWARD])
    np.testing.assert_allclose(running.features[0, side, :, 0], found, atol=AT_RAD)
    assert (running.features[0, side, :, 1][np.isfinite(found)] >= 0).all()


def test_sd_is_the_noise_over_the_slope(random_series: Callable, series: Callable, rng: np.random.Generator) -> None:
    coefficients = np.array([random_series() for _ in range(N_SIGNALS)])
    noise = rng.uniform(0.01, 0.03, N_SIGNALS)
    normals, factor = np.empty((N_GROUPS, N_TERMS, N_TERMS)), np.empty((N_GROUPS, N_TERMS, N_TERMS))
    for group in range(N_GROUPS):
        a = rng.normal(size=(40, N_TERMS))
        normals[group] = a.T @ a
        factor[group] = normals[group]
        assert cholesky(factor[group])
    out = sides(coefficients, factor, noise, 9.0, 3.5)
    seen = 0
    for side in (0, 1):
        for f in range(ef.N_FEATURES):
            at, sd = out[side, f]
            signal, order, what = (int(v) for v in ef.FEATURES[f, :3])
            if not np.isfinite(at) or what == ef.PHASE:
                continue
            order += what in (ef.LOW, ef.HIGH)  # a peak is where the slope is zero
            c = coefficients[HIP_Y].copy() if signal == HIP_Y else coefficients[side * N_SIDE_SIGNALS + signal]
            if signal == HIP_Y and side:
                half_turn(c, c)
            signal += 0 if signal == HIP_Y else side * N_SIDE_SIGNALS
            terms = np.empty(N_TERMS)
            derivative_terms(order, at - side * np.pi, terms)  # the factor is in the left foot's phase
            expected = noise[signal] * np.sqrt(terms @ np.linalg.solve(normals[GROUP_OF[signal]], terms))
            expected /= abs(float(series(c, at, order + 1)))
            assert sd == pytest.approx(expected, rel=1e-4), f
            seen += 1
    assert seen > 12
    for always in (ef.SWING_TURN, ef.SWING_TURN_OFF):
        assert (out[:, always] == 0.0).all()


def test_both_sides_are_measured_alike(random_series: Callable, rng: np.random.Generator) -> None:
    coefficients = np.array([random_series() for _ in range(N_SIGNALS)])
    coefficients[N_SIDE_SIGNALS:HIP_Y] = coefficients[:N_SIDE_SIGNALS]
    coefficients[HIP_Y, 1::4] = coefficients[HIP_Y, 2::4] = 0.0  # hips bounce alike on both sides: even harmonics only
    out = sides(coefficients, np.tile(np.eye(N_TERMS), (N_GROUPS, 1, 1)), np.full(N_SIGNALS, 0.01), 9.0, 3.5)
    np.testing.assert_allclose(out[1], out[0], rtol=1e-9)


def test_missing_signals_take_their_features_only(random_series: Callable) -> None:
    coefficients = np.array([random_series() for _ in range(N_SIGNALS)])
    factor, noise = np.tile(np.eye(N_TERMS), (N_GROUPS, 1, 1)), np.full(N_SIGNALS, 0.01)
    whole = sides(coefficients, factor, noise, 9.0, 3.5)[0]
    ankles = set(np.flatnonzero(ef.FEATURES[:, 7] >= 0))
    for signal in range(N_SIDE_SIGNALS):
        holed = coefficients.copy()
        holed[signal] = np.nan
        out = sides(holed, factor, noise, 9.0, 3.5)[0]
        own = set(np.flatnonzero(ef.FEATURES[:, 0] == signal))
        assert all(np.isnan(out[list(own), 0])) or not own
        others = sorted(set(range(ef.N_FEATURES)) - own - ankles)
        np.testing.assert_array_equal(out[others], whole[others])


def test_stance_speed_is_the_slope_of_the_flat_foot(random_series: Callable, series: Callable) -> None:
    c = np.array([random_series() for _ in range(N_SIGNALS)])
    rate = 8.8
    both = [
        (series(c[s * N_SIDE_SIGNALS + ANKLE_X], ef.FLAT_FROM) - series(c[s * N_SIDE_SIGNALS + ANKLE_X], ef.FLAT_TO))
        / (ef.FLAT_TO - ef.FLAT_FROM) * rate
        for s in (0, 1)
    ]  # fmt: skip
    assert ef.stance_speed(c, rate) == pytest.approx(np.mean(both), rel=1e-9)
    # twice as fast a film, twice the speed
    assert ef.stance_speed(c, 2 * rate) == pytest.approx(2 * np.mean(both), rel=1e-9)
    c[ANKLE_X] = np.nan
    assert ef.stance_speed(c, rate) == pytest.approx(both[1], rel=1e-9)
    c[N_SIDE_SIGNALS + ANKLE_X] = np.nan
    assert np.isnan(ef.stance_speed(c, rate))


def test_a_cosine_turns_as_fast_as_on_paper() -> None:
    c = np.zeros((N_SIGNALS, N_TERMS))
    for side in (0, 1):
        c[side * N_SIDE_SIGNALS + ANKLE_X, 1] = 0.5
    way = 0.5 * (np.cos(ef.FLAT_FROM) - np.cos(ef.FLAT_TO))
    assert ef.stance_speed(c, 9.0) == pytest.approx(9.0 * way / (ef.FLAT_TO - ef.FLAT_FROM))
    out = sides(c, np.tile(np.eye(N_TERMS), (N_GROUPS, 1, 1)), np.full(N_SIGNALS, 0.01), 9.0, 4.5)
    # the ankle at 0.5 cos is foremost at 0, rearmost at pi, and goes back at half of 4.5 / 9 where sin is a half
    assert out[0, ef.ANKLE_FOREMOST, 0] == pytest.approx(0.0, abs=1e-6)
    assert out[0, ef.ANKLE_REARMOST, 0] == pytest.approx(np.pi, abs=1e-6)
    assert out[0, ef.ANKLE_BACKWARD, 0] == pytest.approx(np.pi / 6, abs=1e-6)


def test_blocks_say_where_and_how_fast(running: SimpleNamespace) -> None:
    np.testing.assert_allclose(running.cycle[:, 0], running.rows[:, 1] / running.rows[:, 0])
    np.testing.assert_allclose(running.cycle[:, 1], 2 * np.pi * 1.4, rtol=0.01)
    np.testing.assert_allclose(running.cycle[:, 3], running.rows[:, 3] / running.rows[:, 0])
    assert (running.cycle[:, 2] > 1.0).all()


def test_empty_blocks_have_nothing(running: SimpleNamespace) -> None:
    rows = running.rows.copy()
    rows[:] = 0.0
    features, cycle = np.full_like(running.features, 7.0), np.full_like(running.cycle, 7.0)
    coefficients = np.full_like(running.coefficients, 7.0)
    ef.cycle_features(
        running.block_offsets, running.moments, running.rhs, running.square, rows, features, cycle, coefficients
    )
    assert np.isnan(features).all()
    assert np.isnan(cycle).all()
    assert np.isnan(coefficients).all()


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_a_mirror_exchanges_the_sides_and_changes_nothing(
    direction: float, make_runner: Callable, run_chain: Callable, mirrored: Callable
) -> None:
    xy, _, time_s = make_runner(100, 30.0, scatter_px=1.0, direction=direction)
    at, seen = run_chain(xy, time_s, direction), run_chain(mirrored(xy), time_s, -direction)
    np.testing.assert_allclose(seen.cycle[0, 1:], at.cycle[0, 1:], rtol=1e-4)
    np.testing.assert_allclose(seen.features[0, ::-1], at.features[0], atol=AT_RAD)


def test_scale_place_and_time_do_not_count(make_runner: Callable, run_chain: Callable) -> None:
    xy, _, _ = make_runner(100, 32.0, scatter_px=1.0)
    time_s = np.arange(100) / 32.0  # exact: adding 8 s moves no row over a window's edge
    at = run_chain(xy, time_s)
    for other in (run_chain(3 * xy, time_s), run_chain(xy, time_s + 8.0)):
        np.testing.assert_allclose(other.cycle[0, 1:], at.cycle[0, 1:], rtol=1e-6)
        np.testing.assert_allclose(other.features[0], at.features[0], atol=1e-5)


def test_features_stay_at_other_frame_rates(make_runner: Callable, run_chain: Callable) -> None:
    at = [run_chain(*[make_runner(int(4 * fps), fps)[i] for i in (0, 2)]) for fps in (25.0, 50.0, 100.0)]
    for other in at[1:]:
        both = other.features[0, :, :, 0] - at[0].features[0, :, :, 0]
        # 0.05 rad are 6 ms; a runner of sines has flat places where a level is found with less certainty
        assert np.nanmedian(np.abs(both)) < 0.01
        assert np.nanmax(np.abs(both)) < 0.12
