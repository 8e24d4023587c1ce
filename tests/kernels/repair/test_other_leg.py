"""Points that lie on the other leg's place are told, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.repair import leg_cycle, other_leg
from runlean_kernels.repair.other_leg import APART

Array = np.ndarray
POINTS = [lm.LEFT_KNEE, lm.RIGHT_KNEE, lm.LEFT_ANKLE, lm.RIGHT_ANKLE]
OTHER = [1, 0, 3, 2]


def found(xy: Array, cycle: Array, offsets: Array | None = None, off: Array | None = None) -> Array:
    out = np.zeros((len(xy), 4), dtype=bool) if off is None else off.copy()
    other_leg(np.ascontiguousarray(xy), cycle, np.array([0, len(xy)]) if offsets is None else offsets, out)
    return out


def naive_found(xy: Array, cycle: Array) -> Array:
    leg = sum(
        np.nanmedian(np.linalg.norm(xy[:, [a, a + 1]] - xy[:, [b, b + 1]], axis=2)) for a, b in ((11, 13), (13, 15))
    )
    own = np.linalg.norm(xy[:, POINTS] - cycle, axis=2)
    other = np.linalg.norm(xy[:, POINTS] - cycle[:, OTHER], axis=2)
    return (other < own) & (np.linalg.norm(cycle - cycle[:, OTHER], axis=2) > APART * leg)


def spoilt(make_runner, rng: np.random.Generator) -> tuple[Array, Array]:
    """Places of a stride, and points of which some were drawn to the other leg, some are missing."""
    clean, _, _ = make_runner(70, 30.0)
    xy, cycle = clean + rng.normal(0.0, 4.0, clean.shape), clean[:, POINTS].copy()
    drawn = rng.random((70, 4)) < 0.2
    share = rng.uniform(0.3, 1.0, (70, 4, 1))
    xy[:, POINTS] = np.where(drawn[:, :, None], (1 - share) * cycle + share * cycle[:, OTHER], xy[:, POINTS])
    xy[rng.random(xy.shape[:2]) < 0.1] = np.nan
    cycle[rng.random((70, 4)) < 0.1] = np.nan
    return xy, cycle


def test_naive_twin(make_runner, rng: np.random.Generator) -> None:
    xy, cycle = spoilt(make_runner, rng)
    got = found(xy, cycle)
    np.testing.assert_array_equal(got, naive_found(xy, cycle))
    assert 0.03 < got.mean() < 0.2
    marked = rng.random(got.shape) < 0.5
    np.testing.assert_array_equal(found(xy, cycle, off=marked), got | marked)


def test_mirror_turn_scale_order_and_sides_do_not_matter(make_runner, rng: np.random.Generator) -> None:
    xy, cycle = spoilt(make_runner, rng)
    want = found(xy, cycle)
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    for change in (lambda p: p * [-1.0, 1.0], lambda p: 3.0 * p + [7.0, -2.0], lambda p: p @ turn):
        np.testing.assert_array_equal(found(change(xy), change(cycle)), want)
    np.testing.assert_array_equal(found(xy[::-1], cycle[::-1].copy())[::-1], want)
    sides = xy.copy()
    sides[:, POINTS] = xy[:, [POINTS[k] for k in OTHER]]
    np.testing.assert_array_equal(found(sides, cycle[:, OTHER].copy()), want[:, OTHER])


def test_a_runner_whose_legs_are_right_keeps_them(make_runner) -> None:
    xy, score, t = make_runner(90, 30.0, scatter_px=3.0)
    cycle, off = np.empty((90, 4, 2)), np.zeros((90, 4), dtype=bool)
    leg_cycle(xy, score, t, np.array([0, 90]), cycle, off)
    other_leg(xy, cycle, np.array([0, 90]), off)
    apart = np.linalg.norm(cycle - cycle[:, OTHER], axis=2) > 0.1 * 200.0
    assert not off[apart].any()


def test_right_points_that_scatter_by_003_leg_lengths_are_hardly_ever_taken(make_runner) -> None:
    """Where both places are just apart enough the line is 1.5 standard deviations away: 6.7 % lie beyond it."""
    clean, _, _ = make_runner(3000, 30.0)
    cycle = np.ascontiguousarray(clean[:, POINTS])
    leg = np.linalg.norm(clean[:, [11, 13]] - clean[:, [13, 15]], axis=2).mean(axis=0).sum()
    xy = clean + np.random.default_rng(3).normal(0.0, 0.03 * leg, clean.shape)
    marked = found(xy, cycle)
    apart = np.linalg.norm(cycle - cycle[:, OTHER], axis=2) / leg
    close = (apart > APART) & (apart < APART + 0.03)
    assert close.sum() > 100
    assert marked[close].mean() < 0.06
    assert marked.mean() < 0.01
    assert not marked[apart <= 0.9 * APART].any()


def test_tracks_stand_for_themselves_and_without_a_leg_nothing_is_told(make_runner, rng: np.random.Generator) -> None:
    xy, cycle = spoilt(make_runner, rng)
    both = found(np.concatenate([xy, 2.0 * xy]), np.concatenate([cycle, 2.0 * cycle]), np.array([0, 70, 70, 140]))
    np.testing.assert_array_equal(both[:70], both[70:])
    assert not found(np.full_like(xy, np.nan), cycle).any()
    assert not found(xy, np.full_like(cycle, np.nan)).any()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_tracks(n: int, make_runner) -> None:
    xy, _, _ = make_runner(3)
    assert not found(xy[:n], np.ascontiguousarray(xy[:n, POINTS])).any()
