"""Outliers: what leaps is found, what runs fast is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.repair import outlier
from runlean_kernels.repair.neighbours import cubic_weights, departure

Array = np.ndarray
LEG_PX = 200.0


def found(xy: Array, time_s: Array, offsets: Array | None = None) -> Array:
    out = np.ones(xy.shape[:2], dtype=bool)
    outlier(
        np.ascontiguousarray(xy),
        np.ones(xy.shape[:2]),
        time_s,
        np.array([0, len(xy)]) if offsets is None else offsets,
        out,
    )
    return out


def naive_departure(xy: Array, t: Array, point: int, i: int, skip: range, bad: Array) -> float:
    """Through the two nearest trusted rows on either side within 0.2 s, by NumPy's least squares."""
    trusted = ~np.isnan(xy[:, point]).any(axis=1) & ~bad[:, point] & (np.abs(t - t[i]) <= 0.2)
    good = [k for k in np.flatnonzero(trusted) if k != i and k not in skip]
    before, after = [k for k in good if k < i][-2:], [k for k in good if k > i][:2]
    if not before or not after or np.isnan(xy[i, point]).any():
        return np.nan
    rows = before + after
    fit = [np.polyval(np.polyfit(t[rows] - t[i], xy[rows, point, a], len(rows) - 1), 0.0) for a in (0, 1)]
    return float(np.hypot(*(xy[i, point] - fit)))


def test_departure_naive_twin(rng: np.random.Generator) -> None:
    t = np.cumsum(rng.uniform(0.02, 0.05, 40))
    xy = rng.normal(size=(40, 2, 2))
    xy[rng.random((40, 2)) < 0.2] = np.nan
    bad = rng.random((40, 2)) < 0.1
    for i in range(40):
        for point in (0, 1):
            skip = range(i, i + int(rng.integers(0, 3)))
            got = departure(xy, t, 0, 40, point, i, skip.start, skip.stop, bad)
            want = naive_departure(xy, t, point, i, skip, bad)
            np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-9)


def test_cubic_weights_on_an_even_grid() -> None:
    weight = np.empty(4)
    cubic_weights(np.arange(5.0), 2, weight)
    np.testing.assert_allclose(weight, [-1 / 6, 2 / 3, 2 / 3, -1 / 6])


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0, 120.0])
@pytest.mark.parametrize("scatter_px", [0.0, 4.0])
def test_a_runner_has_no_outliers(fps: float, scatter_px: float, make_runner: Callable) -> None:
    xy, _, t = make_runner(int(3 * fps), fps, scatter_px)
    assert found(xy, t).mean() < 2e-4


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("point", [lm.NOSE, lm.LEFT_HIP, lm.RIGHT_KNEE, lm.LEFT_ANKLE])
def test_a_leap_is_found_and_nothing_else(rows: int, point: int, make_runner: Callable) -> None:
    xy, _, t = make_runner(60, scatter_px=2.0)
    for begin in (8, 30, 47):
        spoilt = xy.copy()
        spoilt[begin : begin + rows, point] += [0.35 * LEG_PX, -0.25 * LEG_PX]
        want = np.zeros(xy.shape[:2], dtype=bool)
        want[begin : begin + rows, point] = True
        np.testing.assert_array_equal(found(spoilt, t), want)


def test_a_leap_next_to_missing_rows(make_runner: Callable) -> None:
    xy, _, t = make_runner(60, scatter_px=1.0)
    xy[21:23, lm.LEFT_ANKLE] = np.nan
    assert not found(xy, t).any()
    xy[20, lm.LEFT_ANKLE] += [80.0, 0.0]
    bad = found(xy, t)
    assert bad[20, lm.LEFT_ANKLE]
    assert bad.sum() == 1


def test_a_leap_at_either_end(make_runner: Callable) -> None:
    xy, _, t = make_runner(40, scatter_px=1.0)
    xy[0, lm.NOSE] += 150.0
    xy[-1, lm.LEFT_HIP] -= 150.0
    bad = found(xy, t)
    assert bad[0, lm.NOSE]
    assert bad[-1, lm.LEFT_HIP]
    assert bad.sum() == 2


def test_a_point_that_stays_away_has_moved(make_runner: Callable) -> None:
    xy, _, t = make_runner(60)
    xy[30:, lm.LEFT_EAR] += 60.0
    assert not found(xy, t).any()


def test_a_limb_far_too_long_is_found_however_long_it_lasts(make_runner: Callable) -> None:
    xy, _, t = make_runner(60)
    xy[20:25, lm.LEFT_ANKLE] += [0.0, 120.0]
    assert found(xy, t)[20:25, lm.LEFT_ANKLE].all()


def test_missing_points_are_no_outliers(make_runner: Callable) -> None:
    xy, _, t = make_runner(40)
    xy[10:20, lm.LEFT_ANKLE] = np.nan
    xy[:, lm.LEFT_WRIST] = np.nan
    assert not found(xy, t).any()
    assert not found(np.full((30, 23, 2), np.nan), np.arange(30) / 30.0).any()


def test_size_place_mirror_and_time_reversal_do_not_matter(make_runner: Callable, rng: np.random.Generator) -> None:
    xy, _, t = make_runner(60, scatter_px=3.0)
    leaps = rng.random((60, 23)) < 0.01
    leaps[:3] = leaps[-3:] = False
    xy[leaps] += [70.0, 40.0]
    here = found(xy, t)
    assert here[leaps].mean() > 0.7
    for changed in (0.2 * xy + 900.0, 6.0 * xy, xy * [-1.0, 1.0], xy[:, :, ::-1]):
        np.testing.assert_array_equal(found(changed, t), here)
    back = found(xy[::-1], (t[-1] - t)[::-1].copy())[::-1]
    assert (back == here).mean() > 0.999


def test_tracks_do_not_see_each_other(make_runner: Callable) -> None:
    xy, _, t = make_runner(40)
    two = np.concatenate([xy, xy + 500.0])
    assert not found(two, np.concatenate([t, t]), np.array([0, 40, 80])).any()


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_short_tracks_have_none(n: int, make_runner: Callable) -> None:
    assert not found(make_runner(10)[0][:n], np.arange(n) / 30.0).any()
