"""Knees and ankles that lie on the wrong leg, told by the runner's own stride."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.repair import leg_cycle
from runlean_kernels.repair.leg_cycle import ROUNDS
from runlean_kernels.repair.leg_fit import (
    ALIKE,
    ALIKE_PLACE,
    LEAST_SCATTER,
    MEDIAN_TO_SD,
    MOST_GAIN,
    MULTIPLE,
    NEVER_OFF,
    STEADY,
    UNSEEN,
)
from runlean_kernels.repair.pair_path import observation_weight
from runlean_kernels.repair.stride_rate import stride_rate

Array = np.ndarray
LEG_PX = 200.0
POINTS = [lm.LEFT_KNEE, lm.RIGHT_KNEE, lm.LEFT_ANKLE, lm.RIGHT_ANKLE]


def found(xy: Array, time_s: Array, score: Array | None = None, offsets: Array | None = None) -> tuple[Array, Array]:
    cycle, off = np.full((len(xy), 4, 2), 7.0), np.ones((len(xy), 4), dtype=bool)
    score = np.full(xy.shape[:2], 0.8) if score is None else score
    ends = np.array([0, len(xy)]) if offsets is None else offsets
    leg_cycle(np.ascontiguousarray(xy), score, time_s, ends, cycle, off)
    return cycle, off


def collapsed(xy: Array, rows: Array | slice) -> Array:
    """The right leg's points on the left leg, as a network puts them that sees one leg."""
    out = xy.copy()
    for point in (lm.LEFT_KNEE, lm.LEFT_ANKLE):
        out[rows, point + 1] = xy[rows, point] + 3.0
    return out


def naive_gain(y: Array, w: Array, model: Array, t: Array) -> Array:
    """A parabola over time, axis by axis, by which the model comes nearest to the places; ``STEADY`` rows for none."""
    u = np.tile(2 * (t - t[0]) / (t[-1] - t[0]) - 1, 2)
    gain = np.ones_like(y)
    for axis in (0, 1):
        bent = model[:, axis, None] * np.stack([np.ones_like(u), u, u * u], axis=1)
        normal = bent.T @ (w[:, None] * bent)
        normal += np.eye(3) * (STEADY * normal[0, 0] / w.sum() + 1e-9)
        more = np.linalg.solve(normal, bent.T @ (w * np.nan_to_num(y[:, axis] - model[:, axis])))
        gain[:, axis] = np.clip(1 + more[0] + u * (more[1] + u * more[2]), 1 / MOST_GAIN, MOST_GAIN)
    return gain


def naive_cycle(xy: Array, score: Array, t: Array) -> tuple[Array, Array]:
    """One window, both legs at once, by NumPy: terms stacked, likeness as further rows of the equations."""
    hips = xy[:, [lm.LEFT_HIP, lm.RIGHT_HIP]].mean(axis=1)
    bones = [np.linalg.norm(xy[:, b] - xy[:, a], axis=-1) for a, b in zip((11, 12, 13, 14), POINTS, strict=True)]
    take = [np.nanmedian(np.concatenate(bones[:2])), np.nanmedian(np.concatenate(bones[2:]))]
    scale = sum(take)
    place = (xy[:, POINTS] - hips[:, None]) / scale
    per_row = np.array([observation_weight(h) for h in np.diff(t, prepend=t[0] - 1.0)])
    trust = np.where(np.isfinite(place).all(axis=2), per_row[:, None] * score[:, POINTS], 0.0)
    weight = np.stack([trust[:, :2].min(axis=1), trust[:, 2:].min(axis=1)])
    vector = np.concatenate([(place[:, 1] - place[:, 0]).T, (place[:, 3] - place[:, 2]).T])
    vector[np.repeat(weight == 0.0, 2, axis=0)] = 0.0
    answer = np.zeros(2)
    stride_rate(
        np.ascontiguousarray(vector), weight, t, np.empty((4, len(t))), np.empty((7, len(t))), np.empty(12), answer
    )
    angle = 2 * np.pi * answer[0] * (t - t[0])
    wave = [np.ones_like(t)] + [f(h * angle) for h in (1, 2, 3) for f in (np.cos, np.sin)]
    left = np.stack(wave, axis=1)
    right = left * np.array([1, -1, -1, 1, 1, -1, -1])
    nothing = np.zeros_like(left)
    terms = np.concatenate([np.hstack([left, nothing]), np.hstack([nothing, right])])
    alike = np.diag([ALIKE_PLACE] + [ALIKE] * 6)
    bound = np.block([[alike, -alike], [-alike, alike]]) + 1e-6 * np.eye(14)
    cycle, off = np.full((len(t), 4, 2), np.nan), np.zeros((len(t), 4), dtype=bool)
    for pair in (0, 2):
        y = np.concatenate([place[:, pair], place[:, pair + 1]])
        w = np.concatenate([trust[:, pair], trust[:, pair + 1]])
        kept, gain = np.ones_like(w), np.ones_like(y)
        for n in range(ROUNDS):
            weighted = terms * (w * kept)[:, None]
            normal = terms.T @ weighted + bound
            model = terms @ np.linalg.solve(normal, weighted.T @ np.nan_to_num(y / gain))
            far = np.linalg.norm(y - gain * model, axis=1)
            scatter = max(LEAST_SCATTER, np.median(far[w > 0]) / MEDIAN_TO_SD)
            limit = max(NEVER_OFF, MULTIPLE * scatter)
            if far[w > 0].max() <= limit or n == ROUNDS - 1:
                break
            kept = np.where(w > 0, (1 + (far / (2 * scatter)) ** 2) ** -2.0, kept)
            gain = naive_gain(y, w * kept, model, t)
        unseen = np.einsum("ij,jk,ik->i", terms, np.linalg.inv(normal), terms) > UNSEEN
        known = (w > 0) & ~(far > limit)
        for side in (0, 1):
            rows = slice(side * len(t), (side + 1) * len(t))
            told = known[rows] | ~unseen[rows]
            cycle[told, pair + side] = hips[told] + scale * (gain * model)[rows][told]
            off[:, pair + side] = (w[rows] > 0) & ~known[rows] & ~unseen[rows]
    return cycle, off


def test_naive_twin(make_runner, rng: np.random.Generator) -> None:
    xy, _, t = make_runner(60, 25.0, scatter_px=6.0)
    xy = collapsed(xy, slice(20, 26))
    xy[40:46, lm.LEFT_ANKLE] = np.nan
    score = rng.uniform(0.3, 1.0, xy.shape[:2])
    cycle, off = found(xy, t, score)
    want, want_off = naive_cycle(xy, score, t)
    np.testing.assert_array_equal(off, want_off)
    np.testing.assert_allclose(cycle, want, rtol=1e-7, atol=1e-6)
    assert off.any()


def test_two_labels_on_one_leg_are_told_and_which_of_them(make_runner) -> None:
    clean, _, t = make_runner(110, 30.0)
    xy, _, _ = make_runner(110, 30.0, scatter_px=5.0)
    rows = np.arange(48, 60)
    cycle, off = found(collapsed(xy, rows), t)
    apart = np.linalg.norm(clean[:, POINTS] - clean[:, [14, 13, 16, 15]], axis=2) > 0.25 * LEG_PX
    wrong = np.zeros_like(off)
    wrong[rows[:, None], [1, 3]] = True
    np.testing.assert_array_equal(off[apart], wrong[apart])
    assert np.nanmax(np.linalg.norm(cycle - clean[:, POINTS], axis=2)) < 0.1 * LEG_PX


@pytest.mark.parametrize("fps", [25.0, 60.0])
def test_strides_that_differ_are_left_alone(fps: float, make_runner) -> None:
    xy, _, t = make_runner(int(2.5 * fps), fps, scatter_px=6.0)
    cycle, off = found(xy, t)
    assert not off.any()
    assert np.isfinite(cycle).all()


def test_mirrored_turned_larger_and_later_it_is_the_same(make_runner) -> None:
    xy, _, t = make_runner(75, 30.0, scatter_px=5.0)
    xy = collapsed(xy, slice(30, 36))
    cycle, off = found(xy, t)
    c, s = np.cos(0.2), np.sin(0.2)
    for name, change in {
        "mirrored": lambda p: p * [-1.0, 1.0],
        "larger": lambda p: 2.5 * p + [30.0, -9.0],
        "turned": lambda p: p @ np.array([[c, -s], [s, c]]),
    }.items():
        told, marked = found(change(xy), t + 50.0)
        np.testing.assert_array_equal(marked, off, err_msg=name)
        # a runner who is drawn larger or narrower is so across and upward, not along turned axes
        np.testing.assert_allclose(told, change(cycle), atol=2.0 if name == "turned" else 1e-6, err_msg=name)


def test_film_run_backwards_or_at_twice_the_rate_shows_the_same_legs(make_runner) -> None:
    xy, _, t = make_runner(75, 30.0, scatter_px=3.0)
    xy = collapsed(xy, slice(30, 36))
    cycle, off = found(xy, t)
    back, marked = found(xy[::-1].copy(), t[-1] - t[::-1])
    np.testing.assert_array_equal(marked[::-1], off)
    np.testing.assert_allclose(back[::-1], cycle, atol=0.01 * LEG_PX)
    fine, _, at = make_runner(150, 60.0, scatter_px=3.0)
    fine = collapsed(fine, slice(60, 72))
    dense, marked = found(fine, at)
    assert (marked[::2] == off).mean() > 0.99
    np.testing.assert_allclose(dense[::2], cycle, atol=0.06 * LEG_PX)


def test_who_nears_the_camera_and_turns_is_followed(make_runner) -> None:
    xy, _, t = make_runner(100, 30.0, scatter_px=3.0)
    hips = xy[:, [lm.LEFT_HIP, lm.RIGHT_HIP]].mean(axis=1, keepdims=True)
    share = (t / t[-1])[:, None, None]
    turning = hips + (xy - hips) * (1.0 + share * np.array([-0.4, 0.3]))
    assert not found(turning, t)[1].any()
    cycle, off = found(collapsed(turning, slice(48, 60)), t)
    assert off[48:60, [1, 3]].sum() >= 12
    assert off.sum() <= off[48:60, [1, 3]].sum() + 2
    assert np.nanmax(np.linalg.norm(cycle - turning[:, POINTS], axis=2)) < 0.2 * LEG_PX


def test_where_no_steady_stride_is_nothing_is_told(make_runner, rng: np.random.Generator) -> None:
    xy, _, t = make_runner(60, 30.0, scatter_px=5.0)
    standing = np.repeat(xy[:1], 60, axis=0) + rng.normal(0, 3.0, xy.shape)
    nowhere = np.full_like(xy, np.nan)
    short = xy[:15]
    for points in (standing, nowhere, short, xy[:0], xy[:1], xy[:2]):
        cycle, off = found(points, t[: len(points)])
        assert np.isnan(cycle).all()
        assert not off.any()


def test_a_phase_at_which_a_leg_is_never_seen_stays_unknown(make_runner) -> None:
    """Feet that are below the picture's edge in every stance: where they are then, nothing tells."""
    xy, _, t = make_runner(90, 30.0, scatter_px=3.0)
    for point in (lm.LEFT_ANKLE, lm.RIGHT_ANKLE):
        hip = xy[:, [lm.LEFT_HIP, lm.RIGHT_HIP], 1].mean(axis=1)
        xy[xy[:, point, 1] - hip > 0.65 * LEG_PX, point] = np.nan
    cycle, off = found(xy, t)
    hidden = np.isnan(xy[:, lm.LEFT_ANKLE, 0])
    assert hidden.mean() > 0.3
    assert np.isnan(cycle[hidden, 2, 0]).mean() > 0.5
    assert not off.any()


def test_tracks_do_not_know_of_each_other(make_runner) -> None:
    xy, _, t = make_runner(150, 30.0, scatter_px=5.0)
    xy = collapsed(xy, slice(30, 40))
    cycle, off = found(xy, t, offsets=np.array([0, 75, 150]))
    for rows in (slice(0, 75), slice(75, 150)):
        alone, alone_off = found(xy[rows], t[rows])
        np.testing.assert_array_equal(off[rows], alone_off)
        np.testing.assert_allclose(cycle[rows], alone, rtol=1e-9)


@pytest.mark.parametrize(("rows", "fps", "start_s"), [(483, 50.0, 0.0), (315, 25.0, 0.0), (320, 29.97, 36000.0)])
def test_a_row_half_way_between_two_windows_is_judged_once(rows: int, fps: float, start_s: float, make_runner) -> None:
    """Reckoned from the one and from the other window, the border differs by a rounding; row 147, 157 lies on it."""
    xy, _, t = make_runner(rows, fps, scatter_px=3.0)
    cycle, off = found(xy, t + start_s)
    assert np.isfinite(cycle).all()
    assert not off.any()
