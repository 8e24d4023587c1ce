"""Hidden legs go on with the stride: between known rows, a little beyond the ends, and nowhere else."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.repair import fill_legs, leg_cycle

Array = np.ndarray
POINTS = [lm.LEFT_KNEE, lm.RIGHT_KNEE, lm.LEFT_ANKLE, lm.RIGHT_ANKLE]


def filled(
    xy: Array, cycle: Array, t: Array, gap_s: float = 1.0, end_s: float = 0.1, offsets: Array | None = None
) -> tuple[Array, Array]:
    out, mark = xy.copy(), np.zeros(xy.shape[:2], dtype=bool)
    fill_legs(out, cycle, t, np.array([0, len(xy)]) if offsets is None else offsets, gap_s, end_s, mark)
    return out, mark


def naive_filled(xy: Array, cycle: Array, t: Array, gap_s: float, end_s: float) -> tuple[Array, Array]:
    """Point by point: the cycle, and NumPy's interpolation of what the known rows are off it."""
    out, mark = xy.copy(), np.zeros(xy.shape[:2], dtype=bool)
    for j, point in enumerate(POINTS):
        off = xy[:, point] - cycle[:, j]
        known = np.flatnonzero(np.isfinite(off).all(axis=1))
        if not len(known):
            continue
        near = np.zeros(len(t), dtype=bool)
        for a, b in pairwise(known):
            near[a:b] |= t[b] - t[a] <= gap_s
        near[: known[0]] = t[known[0]] - t[: known[0]] <= end_s
        near[known[-1] :] = t[known[-1] :] - t[known[-1]] <= end_s
        rows = near & np.isnan(xy[:, point]).any(axis=1) & np.isfinite(cycle[:, j]).all(axis=1)
        for axis in (0, 1):
            out[rows, point, axis] = cycle[rows, j, axis] + np.interp(t[rows], t[known], off[known, axis])
        mark[rows, point] = True
    return out, mark


def test_naive_twin(rng: np.random.Generator) -> None:
    t = np.cumsum(rng.uniform(0.02, 0.05, 80))
    xy, cycle = rng.normal(size=(80, lm.N_LANDMARKS, 2)), rng.normal(size=(80, 4, 2))
    xy[rng.random(xy.shape[:2]) < 0.5] = np.nan
    xy[:6, lm.LEFT_KNEE] = xy[-7:, lm.RIGHT_ANKLE] = xy[:, lm.LEFT_ANKLE] = np.nan
    xy[20, lm.LEFT_KNEE, 1] = np.nan  # half a point is none
    cycle[rng.random((80, 4)) < 0.2] = np.nan
    for gap_s, end_s in ((0.0, 0.0), (0.12, 0.1), (2.0, 0.3)):
        got, mark = filled(xy, cycle, t, gap_s, end_s)
        want, want_mark = naive_filled(xy, cycle, t, gap_s, end_s)
        np.testing.assert_array_equal(mark, want_mark)
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


def test_mirror_turn_scale_place_and_time_reversal(rng: np.random.Generator) -> None:
    t = np.cumsum(rng.uniform(0.02, 0.05, 40))
    xy, cycle = rng.normal(size=(40, lm.N_LANDMARKS, 2)), rng.normal(size=(40, 4, 2))
    xy[rng.random(xy.shape[:2]) < 0.5] = np.nan
    want, mark = filled(xy, cycle, t, 0.3, 0.1)
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    for change in (lambda p: p * [-1.0, 1.0], lambda p: 3.0 * p + [7.0, -2.0], lambda p: p @ turn):
        got, marked = filled(change(xy), change(cycle), t + 90.0, 0.3, 0.1)
        np.testing.assert_array_equal(marked, mark)
        np.testing.assert_allclose(got, change(want), atol=1e-9)
    got, marked = filled(xy[::-1].copy(), cycle[::-1].copy(), -t[::-1], 0.3, 0.1)
    np.testing.assert_array_equal(marked, mark[::-1])
    np.testing.assert_allclose(got, want[::-1], atol=1e-9)


def test_what_was_bridged_without_the_stride_is_bridged_by_it(rng: np.random.Generator) -> None:
    t = np.arange(40) / 30.0
    xy, cycle = rng.normal(size=(40, lm.N_LANDMARKS, 2)), rng.normal(size=(40, 4, 2))
    gap = xy.copy()
    gap[10:15] = np.nan
    want, _ = filled(gap, cycle, t)
    bridged, mark = gap.copy(), np.zeros(xy.shape[:2], dtype=bool)
    bridged[10:15], mark[10:15] = 5.0, True
    fill_legs(bridged, cycle, t, np.array([0, 40]), 1.0, 0.1, mark)
    np.testing.assert_array_equal(bridged[:, POINTS], want[:, POINTS])


def test_only_missing_knees_and_ankles_are_touched(rng: np.random.Generator) -> None:
    t = np.arange(40) / 30.0
    xy, cycle = rng.normal(size=(40, lm.N_LANDMARKS, 2)), rng.normal(size=(40, 4, 2))
    xy[10:15] = np.nan
    got, mark = filled(xy, cycle, t)
    others = np.setdiff1d(np.arange(lm.N_LANDMARKS), POINTS)
    assert np.isnan(got[10:15, others]).all()
    assert not mark[:, others].any()
    kept = np.delete(np.arange(40), np.arange(10, 15))
    np.testing.assert_array_equal(got[kept], xy[kept])
    assert mark[10:15][:, POINTS].all()


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_short_tracks_come_back(rows: int) -> None:
    xy, cycle = np.full((rows, lm.N_LANDMARKS, 2), np.nan), np.zeros((rows, 4, 2))
    got, mark = filled(xy, cycle, np.arange(rows) / 30.0)
    assert np.isnan(got).all()
    assert not mark.any()


def test_a_hidden_leg_comes_back_where_it_was(make_runner) -> None:
    """Half a second behind another runner: the cycle brings the leg back where a straight line loses it."""
    clean, score, t = make_runner(100, 30.0)
    xy, _, _ = make_runner(100, 30.0, scatter_px=3.0)
    hidden = slice(45, 61)
    xy[hidden, POINTS[1]] = xy[hidden, POINTS[3]] = np.nan
    cycle, off = np.empty((100, 4, 2)), np.zeros((100, 4), dtype=bool)
    leg_cycle(xy, score, t, np.array([0, 100]), cycle, off)
    got, mark = filled(xy, cycle, t)
    error = np.linalg.norm(got - clean, axis=2)[hidden][:, [POINTS[1], POINTS[3]]]
    assert mark[hidden][:, [POINTS[1], POINTS[3]]].all()
    assert error.max() < 15.0  # of a leg of 200 px; the ankle moves by 170
