"""Gaps: bridged up to a length, never beyond, never at the ends, and always marked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from runlean_kernels.repair import fill_gap

Array = np.ndarray


def filled(xy: Array, time_s: Array, max_gap_s: float = 0.25, offsets: Array | None = None) -> tuple[Array, Array]:
    out, mark = xy.copy(), np.ones(xy.shape[:2], dtype=bool)
    fill_gap(out, time_s, np.array([0, len(xy)]) if offsets is None else offsets, max_gap_s, mark)
    return out, mark


def naive_filled(xy: Array, t: Array, max_gap_s: float) -> tuple[Array, Array]:
    """Point by point, gap by gap: a cubic from NumPy's polynomial solver through two ends with two slopes."""
    out, mark = xy.copy(), np.zeros(xy.shape[:2], dtype=bool)
    for point in range(xy.shape[1]):
        known = np.flatnonzero(~np.isnan(xy[:, point]).any(axis=1))
        out[np.setdiff1d(np.arange(len(xy)), known), point] = np.nan
        for left, right in pairwise(known):
            if right - left < 2 or t[right] - t[left] > max_gap_s:
                continue
            mark[left + 1 : right, point] = True
            for axis in (0, 1):
                v = xy[:, point, axis]
                slopes = []
                for end, outer, other in ((left, left - 1, right), (right, right + 1, left)):
                    rows = [end, other] + ([outer] if outer in known else [])
                    parabola = np.polyfit(t[rows] - t[end], v[rows], len(rows) - 1)
                    slopes.append(np.polyval(np.polyder(parabola), 0.0))
                h = t[right] - t[left]
                rules = np.array([[0, 0, 0, 1], [h**3, h**2, h, 1], [0, 0, 1, 0], [3 * h**2, 2 * h, 1, 0]], float)
                cubic = np.linalg.solve(rules, [v[left], v[right], *slopes])
                out[left + 1 : right, point, axis] = np.polyval(cubic, t[left + 1 : right] - t[left])
    return out, mark


def test_naive_twin(rng: np.random.Generator) -> None:
    t = np.cumsum(rng.uniform(0.02, 0.05, 60))
    xy = rng.normal(size=(60, 4, 2))
    xy[rng.random((60, 4)) < 0.35] = np.nan
    xy[5, 0, 1] = np.nan  # half a point is none
    for limit in (0.1, 0.25):
        got, mark = filled(xy, t, limit)
        want, want_mark = naive_filled(xy, t, limit)
        np.testing.assert_array_equal(mark, want_mark)
        np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-8)


def test_known_points_come_through_untouched(rng: np.random.Generator) -> None:
    xy = rng.normal(size=(30, 3, 2))
    got, mark = filled(xy, np.arange(30) / 30.0)
    np.testing.assert_array_equal(got, xy)
    assert not mark.any()


def test_lines_and_parabolas_are_continued_exactly() -> None:
    t = np.array([0.0, 0.03, 0.07, 0.1, 0.14, 0.16, 0.2, 0.23])
    xy = np.stack([3 - 20 * t, 5 * t**2 + t], axis=1)[:, None, :].copy()
    holed = xy.copy()
    holed[2:5] = np.nan
    np.testing.assert_allclose(filled(holed, t)[0], xy, atol=1e-12)


def test_an_extreme_within_a_gap_is_not_cut_off() -> None:
    t = np.arange(30) / 30.0
    wave = 100 * np.cos(2 * np.pi * 1.4 * (t - 0.5))
    xy = np.stack([wave, wave], axis=1)[:, None, :].copy()
    holed = xy.copy()
    holed[14:17] = np.nan
    got = filled(holed, t)[0]
    assert got[15, 0, 0] == pytest.approx(100.0, abs=1.5)


def test_a_runners_ankle_over_a_tenth_of_a_second(make_runner: Callable) -> None:
    xy, _, t = make_runner(60)
    for begin in range(5, 50, 7):
        holed = xy.copy()
        holed[begin : begin + 3] = np.nan
        off = np.abs(filled(holed, t)[0] - xy)[begin : begin + 3]
        assert np.nanmax(off) < 0.05 * 200


def test_the_length_of_a_gap_is_the_time_between_its_ends() -> None:
    t = np.array([0.0, 0.1, 0.2, 0.3, 0.55, 0.6])
    xy = np.arange(12.0).reshape(6, 1, 2)
    xy[2] = np.nan
    assert filled(xy, t, 0.2001)[1][2, 0]
    assert not filled(xy, t, 0.1999)[1][2, 0]
    xy = np.arange(12.0).reshape(6, 1, 2)
    xy[4] = np.nan
    assert np.isnan(filled(xy, t, 0.25)[0][4]).all()


def test_ends_are_never_filled() -> None:
    xy = np.ones((10, 1, 2))
    xy[:2] = xy[8:] = np.nan
    got, mark = filled(xy, np.arange(10) / 30.0, 5.0)
    assert np.isnan(got[:2]).all()
    assert np.isnan(got[8:]).all()
    assert not mark.any()


def test_gaps_do_not_reach_from_track_to_track() -> None:
    xy = np.ones((12, 1, 2))
    xy[5:7] = np.nan
    t = np.concatenate([np.arange(6), np.arange(6)]) / 30.0
    got, mark = filled(xy, t, 1.0, np.array([0, 6, 12]))
    assert np.isnan(got[5:7]).all()
    assert not mark.any()


def test_mirror_scale_place_and_time_reversal(rng: np.random.Generator) -> None:
    t = np.cumsum(rng.uniform(0.02, 0.05, 40))
    xy = rng.normal(size=(40, 2, 2))
    xy[rng.random((40, 2)) < 0.3] = np.nan
    got = filled(xy, t)[0]
    np.testing.assert_allclose(filled(xy * [-2.0, 2.0] + 5.0, t)[0], got * [-2.0, 2.0] + 5.0, rtol=1e-9, atol=1e-9)
    back = filled(xy[::-1].copy(), (t[-1] - t)[::-1].copy())[0][::-1]
    np.testing.assert_allclose(back, got, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_tracks(n: int) -> None:
    xy = np.ones((n, 2, 2))
    got, mark = filled(xy, np.arange(n) / 30.0)
    np.testing.assert_array_equal(got, xy)
    assert not mark.any()
