"""Leg length, ankle separation and middle of the hips, against medians and means written out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.events.leg_signals import LENGTH_ROWS, ankle_separation, leg_length, middle, middle_of_hips

Array = np.ndarray


def lengths(xy: Array, offsets: Array | None = None) -> Array:
    offsets = np.array([0, len(xy)]) if offsets is None else offsets
    out = np.full(len(offsets) - 1, 7.0)
    leg_length(xy, offsets, out)
    return out


def separation(xy: Array, direction: float, length: float) -> Array:
    out = np.full(len(xy), 7.0)
    ankle_separation(xy, np.array([0, len(xy)]), np.array([direction]), np.array([length]), out)
    return out


def naive_length(xy: Array) -> float:
    jointed, direct = [], []
    for row in xy[:: max(1, len(xy) // LENGTH_ROWS)]:
        for hip, knee, ankle in (
            (lm.LEFT_HIP, lm.LEFT_KNEE, lm.LEFT_ANKLE),
            (lm.RIGHT_HIP, lm.RIGHT_KNEE, lm.RIGHT_ANKLE),
        ):
            jointed.append(np.linalg.norm(row[hip] - row[knee]) + np.linalg.norm(row[knee] - row[ankle]))
            direct.append(np.linalg.norm(row[hip] - row[ankle]))
    if np.isfinite(jointed).any():
        return float(np.nanmedian(jointed))
    return float(np.nanpercentile(direct, 95)) if np.isfinite(direct).any() else np.nan


def test_middle_on_paper() -> None:
    assert middle(1.0, 4.0) == 2.5
    assert middle(np.nan, 4.0) == 4.0
    assert middle(1.0, np.nan) == 1.0
    assert np.isnan(middle(np.nan, np.nan))
    assert middle(1.0, np.inf) == np.inf


@pytest.mark.parametrize("rows", [1, 2, 30, 401, 850])
def test_length_equals_its_naive_twin_with_holes(rows: int, rng: np.random.Generator) -> None:
    xy = rng.normal(300, 60, (rows, lm.N_LANDMARKS, 2))
    xy[rng.random(xy.shape[:2]) < 0.2] = np.nan
    if np.isnan(naive_length(xy)):
        xy = np.nan_to_num(xy, nan=250.0)
    assert lengths(xy)[0] == pytest.approx(naive_length(xy), rel=1e-12)


def test_length_without_knees_is_the_outstretched_leg(rng: np.random.Generator) -> None:
    xy = rng.normal(300, 60, (50, lm.N_LANDMARKS, 2))
    xy[:, [lm.LEFT_KNEE, lm.RIGHT_KNEE]] = np.nan
    assert lengths(xy)[0] == pytest.approx(naive_length(xy), rel=1e-12)
    xy[:, [lm.LEFT_ANKLE, lm.RIGHT_ANKLE]] = np.nan
    assert np.isnan(lengths(xy)[0])


def test_length_on_paper_and_turned_shifted_scaled(make_runner: Callable) -> None:
    xy, _, _ = make_runner(40)
    assert lengths(xy)[0] == pytest.approx(200.0, rel=1e-12)
    angle = 0.4
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    assert lengths(xy @ turn + 50.0)[0] == pytest.approx(200.0, rel=1e-12)
    assert lengths(xy[::-1].copy() * [-2.5, 2.5])[0] == pytest.approx(500.0, rel=1e-12)


def test_one_leg_will_do(make_runner: Callable) -> None:
    xy, _, _ = make_runner(10)
    xy[:, [lm.RIGHT_HIP, lm.RIGHT_KNEE]] = np.nan
    assert lengths(xy)[0] == pytest.approx(200.0, rel=1e-12)


def test_tracks_have_their_own_and_an_empty_one_has_none(make_runner: Callable) -> None:
    xy, _, _ = make_runner(20)
    both = lengths(np.concatenate([xy[:8], 2 * xy[8:]]), np.array([0, 8, 8, 20]))
    np.testing.assert_allclose(both, [200.0, np.nan, 400.0])


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_separation_is_the_left_ankle_ahead_of_the_right(direction: float, make_runner: Callable) -> None:
    xy, _, _ = make_runner(30, direction=direction)
    expected = [direction * (p[lm.LEFT_ANKLE, 0] - p[lm.RIGHT_ANKLE, 0]) / 200.0 for p in xy]
    np.testing.assert_allclose(separation(xy, direction, 200.0), expected, rtol=1e-12)
    # a runner seen in a mirror: the same movement
    np.testing.assert_allclose(separation(xy * [-1.0, 1.0], -direction, 200.0), expected, rtol=1e-12)
    np.testing.assert_allclose(separation(3 * xy + 40, direction, 600.0), expected, rtol=1e-9)


def test_separation_is_missing_where_an_ankle_is(make_runner: Callable) -> None:
    xy, _, _ = make_runner(10)
    xy[3, lm.LEFT_ANKLE] = np.nan
    xy[5, lm.RIGHT_ANKLE, 0] = np.nan
    assert np.flatnonzero(np.isnan(separation(xy, 1.0, 200.0))).tolist() == [3, 5]
    assert np.isnan(separation(xy, 1.0, np.nan)).all()
    assert separation(xy[:0], 1.0, 200.0).shape == (0,)


def test_the_middle_of_the_hips_or_the_one_that_is_there(make_runner: Callable) -> None:
    xy, _, _ = make_runner(6)
    xy[1, lm.LEFT_HIP] = np.nan
    xy[2, lm.RIGHT_HIP] = np.nan
    xy[3, [lm.LEFT_HIP, lm.RIGHT_HIP]] = np.nan
    out = np.full((6, 2), 7.0)
    middle_of_hips(xy, out)
    expected = 0.5 * (xy[:, lm.LEFT_HIP] + xy[:, lm.RIGHT_HIP])
    expected[1], expected[2] = xy[1, lm.RIGHT_HIP], xy[2, lm.LEFT_HIP]
    np.testing.assert_array_equal(out, expected)
    middle_of_hips(xy[:0], out[:0])
