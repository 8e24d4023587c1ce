"""Exchanged legs: found where they are, never where they are not."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.repair import leg_swap, undo_leg_swap
from runlean_kernels.repair.label_bound import BREAK, CHANGE, SWAPPED_PER_S, kept_until
from runlean_kernels.repair.leg_labels import settle_labels
from runlean_kernels.repair.pair_path import (
    ANKLE_WANDER,
    CAP,
    FIRST_SPEED,
    KNEE_WANDER,
    LOST,
    MEMORY_S,
    SCATTER,
    STRIDE,
    USUAL_RATE,
    follow_pair,
)

#: The module: the package gives its name to the function in it.
rules = sys.modules["runlean_kernels.repair.leg_swap"]

Array = np.ndarray
LEG_PX = 200.0
LEG_BONES = ((lm.LEFT_HIP, lm.LEFT_KNEE), (lm.LEFT_KNEE, lm.LEFT_ANKLE))
FPS = [25.0, 30.0, 60.0, 240.0]


def found(xy: Array, time_s: Array, score: Array | None = None, offsets: Array | None = None) -> Array:
    out = np.ones((len(xy), 2), dtype=bool)
    score = np.full(xy.shape[:2], 0.8) if score is None else score
    leg_swap(np.ascontiguousarray(xy), score, time_s, np.array([0, len(xy)]) if offsets is None else offsets, out)
    return out


def exchanged(xy: Array, swapped: Array) -> Array:
    out, score = xy.copy(), np.zeros(xy.shape[:2])
    undo_leg_swap(out, score, swapped, True)
    return out


def truth(n: int, rows: slice, knees: bool = True, ankles: bool = True) -> Array:
    out = np.zeros((n, 2), dtype=bool)
    out[rows] = [knees, ankles]
    return out


def far_apart(xy: Array) -> Array:
    """Rows where a knee or an ankle lies clearly apart from its partner; elsewhere an exchange is nothing."""
    return np.stack(
        [np.linalg.norm(xy[:, p] - xy[:, p + 1], axis=1) > 0.12 * LEG_PX for p in (lm.LEFT_KNEE, lm.LEFT_ANKLE)], axis=1
    )


def wrong_share(got: Array, want: Array, xy: Array) -> float:
    return float((got != want)[far_apart(xy)].mean())


@pytest.mark.parametrize("fps", FPS)
@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_a_good_track_is_left_alone(fps: float, direction: float, make_runner: Callable) -> None:
    xy, _, t = make_runner(int(2.5 * fps), fps, scatter_px=4.0, direction=direction)
    assert wrong_share(found(xy, t), np.zeros((len(t), 2), dtype=bool), xy) < 0.002


@pytest.mark.parametrize("fps", FPS)
@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3, 1.0])
def test_whole_legs_exchanged_for_a_while(fps: float, seconds: float, make_runner: Callable) -> None:
    xy, _, t = make_runner(int(3.5 * fps), fps, scatter_px=3.0)
    for begin_s in (0.9, 1.2, 1.45):
        rows = slice(int(begin_s * fps), int((begin_s + seconds) * fps) + 1)
        want = truth(len(t), rows)
        assert wrong_share(found(exchanged(xy, want), t), want, xy) < 0.01


@pytest.mark.parametrize("fps", FPS)
@pytest.mark.parametrize(("knees", "ankles"), [(True, False), (False, True)])
def test_one_joint_exchanged(fps: float, knees: bool, ankles: bool, make_runner: Callable) -> None:
    xy, _, t = make_runner(int(2.5 * fps), fps, scatter_px=3.0)
    want = truth(len(t), slice(int(1.0 * fps), int(1.2 * fps)), knees, ankles)
    got = found(exchanged(xy, want), t)
    assert wrong_share(got, want, xy) < 0.03
    assert wrong_share(got, want, xy) < wrong_share(np.zeros_like(want), want, xy)


def test_the_majority_says_which_leg_is_the_left_one(make_runner: Callable) -> None:
    xy, _, t = make_runner(90, scatter_px=3.0)
    whole = truth(90, slice(0, 90))
    assert wrong_share(found(exchanged(xy, whole), t), np.zeros_like(whole), xy) < 0.01
    most = truth(90, slice(25, 90))
    assert wrong_share(found(exchanged(xy, most), t), ~most, xy) < 0.01


def test_an_exchange_at_either_end(make_runner: Callable) -> None:
    xy, _, t = make_runner(75, scatter_px=2.0)
    for rows in (slice(0, 6), slice(69, 75)):
        want = truth(75, rows)
        assert wrong_share(found(exchanged(xy, want), t), want, xy) < 0.02


def test_one_leg_labelled_twice_does_not_turn_what_follows(make_runner: Callable) -> None:
    xy, _, t = make_runner(90, scatter_px=2.0)
    for begin in range(20, 60, 5):
        spoilt = xy.copy()
        for point in (lm.LEFT_KNEE, lm.LEFT_ANKLE):
            spoilt[begin : begin + 3, point] = spoilt[begin : begin + 3, point + 1] + 1.0
        got = found(spoilt, t)
        got[begin : begin + 3] = False
        assert wrong_share(got, np.zeros_like(got), xy) < 0.01


def test_missing_rows_and_points(make_runner: Callable, rng: np.random.Generator) -> None:
    xy, _, t = make_runner(90, scatter_px=2.0)
    want = truth(90, slice(40, 50))
    holed = exchanged(xy, want)
    holed[rng.random((90, 23)) < 0.1] = np.nan
    assert wrong_share(found(holed, t), want, xy) < 0.06
    keep = np.arange(90) % 17 != 3
    assert wrong_share(found(exchanged(xy, want)[keep], t[keep]), want[keep], xy[keep]) < 0.02
    assert not found(np.full((30, 23, 2), np.nan), np.arange(30) / 30.0).any()


def test_a_cover_with_low_scores_does_not_turn_what_follows(make_runner: Callable, rng: np.random.Generator) -> None:
    xy, score, t = make_runner(120, scatter_px=2.0)
    covered = slice(40, 55)
    xy[covered] += rng.normal(0.0, 0.5 * LEG_PX, xy[covered].shape)
    score[covered] = 0.15
    got = found(xy, t, score)
    got[covered] = False
    assert wrong_share(got, np.zeros_like(got), make_runner(120)[0]) < 0.01


def test_scores_that_say_nothing(make_runner: Callable) -> None:
    xy, score, t = make_runner(60, scatter_px=2.0)
    want = found(xy, t, score)
    for nothing in (np.zeros_like(score), np.full_like(score, np.nan), np.ones_like(score)):
        np.testing.assert_array_equal(found(xy, t, nothing), want)


def test_size_place_mirror_and_camera_do_not_matter(make_runner: Callable) -> None:
    xy, _, t = make_runner(75, scatter_px=3.0)
    spoilt = exchanged(xy, truth(75, slice(30, 38)))
    here = found(spoilt, t)
    shake = np.cumsum(np.random.default_rng(1).normal(0, 30.0, (75, 1, 2)), axis=0)
    for changed in (0.3 * spoilt + 500.0, 4.0 * spoilt, spoilt * [-1.0, 1.0], spoilt + shake):
        np.testing.assert_array_equal(found(changed, t), here)


def test_tracks_do_not_see_each_other(make_runner: Callable) -> None:
    xy, _, t = make_runner(60, scatter_px=2.0)
    spoilt = exchanged(xy, truth(60, slice(20, 30)))
    both = found(np.concatenate([spoilt, xy]), np.concatenate([t, t]), offsets=np.array([0, 60, 60, 120]))
    np.testing.assert_array_equal(both[:60], found(spoilt, t))
    np.testing.assert_array_equal(both[60:], found(xy, t))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_tracks_come_back_as_they_are(n: int, make_runner: Callable) -> None:
    assert not found(make_runner(5)[0][:n], np.arange(n) / 30.0).any()


def naive_follow(d: Array, t: Array, wander: float) -> tuple[Array, Array, Array]:
    """The pendulum's Kalman filter with matrices; see `follow_pair`."""
    state, cov = np.zeros((2, 2)), np.diag([1.0, FIRST_SPEED**2])  # rows: place, speed; columns: x, y
    turned, fits, rivals, known = [], [], [], []
    for i in range(len(t)):
        h = t[i] - t[i - 1] if i else 0.0
        w = max(1e-3, min(1.0, h * USUAL_RATE))
        u = min(h * STRIDE, 1.0)
        c, s = 1 - u**2 / 2 + u**4 / 24, h * (1 - u**2 / 6)
        move = np.array([[c, s], [-(STRIDE**2) * s, c]])
        state = move @ state
        cov = move @ cov @ move.T + wander * np.array([[h**3 / 3, h**2 / 2], [h**2 / 2, h]])
        known.append(1 / (1 + w * cov[0, 0] / LOST))
        spread = cov[0, 0] + SCATTER**2 / w
        misfit = [np.sum((sign * d[i] - state[0]) ** 2) / spread for sign in (1.0, -1.0)]
        turned.append(int(misfit[1] < misfit[0]))
        fits.append(min(misfit))
        rivals.append(max(misfit))
        if min(misfit) < CAP:
            gain = cov[:, 0] / spread
            state = state + np.outer(gain, (1 - 2 * turned[-1]) * d[i] - state[0])
            cov = cov - np.outer(gain, cov[0])
    usual = np.clip(np.median(fits[3:]) / (2 * np.log(2)), 0.1, 1.5)
    weights = np.maximum(1e-3, np.minimum(1.0, np.diff(t, prepend=t[0]) * USUAL_RATE))
    margin = weights * (np.minimum(np.array(rivals) / usual, CAP) - np.minimum(np.array(fits) / usual, CAP))
    hold = np.zeros(len(t))
    later = 0.0
    for i in reversed(range(len(t))):
        hold[i] = later = margin[i] + known[i] * later
        later /= 1 + (t[i] - t[i - 1] if i else 0.0) / MEMORY_S
    return np.array(turned), margin, hold


def test_follow_pair_naive_twin(make_runner: Callable, rng: np.random.Generator) -> None:
    xy, score, _ = make_runner(41, scatter_px=6.0)
    t = np.cumsum(rng.uniform(0.02, 0.05, 41))
    xy = exchanged(xy, truth(41, slice(11, 19)))
    turned, margin, hold = np.empty(41, dtype=np.int8), np.empty(41), np.empty(41)
    follow_pair(
        xy, score, t, 0, 41, lm.LEFT_ANKLE, LEG_PX, ANKLE_WANDER, np.empty(64), turned, np.empty(41), margin, hold
    )
    d = (xy[:, lm.LEFT_ANKLE + 1] - xy[:, lm.LEFT_ANKLE]) / LEG_PX
    want_turned, want_margin, want_hold = naive_follow(d, t, ANKLE_WANDER)
    np.testing.assert_array_equal(turned, want_turned)
    np.testing.assert_allclose(margin, want_margin, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(hold, want_hold, rtol=1e-8, atol=1e-8)


def naive_labels(t: Array, turned: Array, margin: Array, hold: Array, apart: Array) -> tuple[float, Array]:
    """Least cost over every sequence of the sixteen states, all transitions written out, and its labels."""
    states = list(itertools.product((0, 1), repeat=4))
    cost = dict.fromkeys(states, 0.0)
    way: dict[tuple[int, ...], list[tuple[int, ...]]] = {s: [] for s in states}
    for i in range(len(t)):
        h = t[i] - t[i - 1] if i else 0.0
        w = max(1e-3, min(1.0, h * USUAL_RATE))
        new, longer = {}, {}
        for s in states:
            reach = []
            for e in states:
                price = sum((BREAK + hold[i, g]) * (s[g] != e[g]) + CHANGE * w * (s[2 + g] != e[2 + g]) for g in (0, 1))
                reach.append(cost[e] + price)
            row = sum(SWAPPED_PER_S * h * s[2 + g] + margin[i, g] * (s[2 + g] != s[g] ^ turned[i, g]) for g in (0, 1))
            new[s] = min(reach) + row + apart[i] * (s[2] ^ s[3])
            longer[s] = [*way[states[int(np.argmin(reach))]], s]
        cost, way = new, longer
    best = min(states, key=lambda s: cost[s])
    return cost[best], np.array(way[best])[:, 2:] == 1


def cross(a: Array, b: Array) -> Array:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def naive_pairing(xy: Array, t: Array) -> Array:
    """How much better knees and ankles go together under the same labels, row by row; see `leg_swap`."""
    hip, knee, ankle = (xy[:, [p, p + 1]] for p in (lm.LEFT_HIP, lm.LEFT_KNEE, lm.LEFT_ANKLE))
    thigh, shank = knee - hip, np.median(np.linalg.norm(ankle - knee, axis=2))
    bend = cross(thigh, ankle - knee)
    forward = np.sign(bend.sum()) if abs(bend.sum()) > 0.5 * np.abs(bend).sum() else 0.0
    costs = []
    for feet in (ankle, ankle[:, ::-1]):
        length = np.linalg.norm(feet - knee, axis=2)
        sine = -forward * cross(thigh, feet - knee) / (np.linalg.norm(thigh, axis=2) * length)
        off = ((length / shank - 1) / rules.SHANK_SPREAD) ** 2
        back = np.maximum(0.0, (sine - rules.BACKWARD) / rules.BACKWARD_SPREAD) ** 2
        costs.append(np.minimum(CAP, (np.minimum(CAP, off) + np.minimum(CAP, back)).sum(axis=1)))
    weight = np.maximum(1e-3, np.minimum(1.0, np.diff(t, prepend=t[0]) * USUAL_RATE))
    return weight * (costs[1] - costs[0])


def test_equals_its_naive_twin(make_runner: Callable, rng: np.random.Generator) -> None:
    """The pendulums, the pairings and the cheapest labels, one after the other and all written out."""
    changed = 0
    for knees, ankles in ((True, True), (False, True), (True, False)):
        xy, _, _ = make_runner(24, scatter_px=9.0, seed=changed)
        xy = exchanged(xy, truth(24, slice(9, 15), knees, ankles))
        t = np.cumsum(rng.uniform(0.03, 0.05, 24))
        leg = sum(np.median(np.linalg.norm(xy[:, [a, a + 1]] - xy[:, [b, b + 1]], axis=2)) for a, b in LEG_BONES)
        pairs = ((lm.LEFT_KNEE, KNEE_WANDER), (lm.LEFT_ANKLE, ANKLE_WANDER))
        followed = [naive_follow((xy[:, p + 1] - xy[:, p]) / leg, t, wander) for p, wander in pairs]
        turned, margin, hold = (np.stack(values, axis=1) for values in zip(*followed, strict=True))
        want = naive_labels(t, turned, margin, hold, naive_pairing(xy, t))[1]
        np.testing.assert_array_equal(found(xy, t), want)
        changed += int(want.sum())
    assert changed > 10


def cost_of(labels: Array, t: Array, turned: Array, margin: Array, hold: Array, apart: Array) -> float:
    """Cost of given labels with the best paths behind them."""
    total = 0.0
    for g in (0, 1):
        cost = np.zeros(2)
        for i in range(len(t)):
            h = t[i] - t[i - 1] if i else 0.0
            cost = np.minimum(cost, cost[::-1] + BREAK + hold[i, g])
            cost = cost + [margin[i, g] * (labels[i, g] != p ^ turned[i, g]) for p in (0, 1)]
            cost += SWAPPED_PER_S * h * labels[i, g]
            if i and labels[i, g] != labels[i - 1, g]:
                cost += CHANGE * max(1e-3, min(1.0, h * USUAL_RATE))
        total += cost.min()
    return total + float((apart * (labels[:, 0] ^ labels[:, 1])).sum())


def test_labels_are_the_cheapest_of_all(rng: np.random.Generator) -> None:
    for _ in range(6):
        n = 14
        t = np.cumsum(rng.uniform(0.02, 0.05, n))
        turned = (rng.random((n, 2)) < 0.4).astype(np.int8)
        margin, hold, apart = rng.uniform(0, 9, (n, 2)), rng.uniform(0, 12, (n, 2)), rng.normal(0, 5, n)
        out = np.zeros((n, 2), dtype=bool)
        settle_labels(
            t, 0, n, *(np.ascontiguousarray(a) for a in (turned[:, 0], margin[:, 0], hold[:, 0])),
            *(np.ascontiguousarray(a) for a in (turned[:, 1], margin[:, 1], hold[:, 1])), apart,
            np.empty((n, 2), dtype=np.uint32), out,
        )  # fmt: skip
        best, labels = naive_labels(t, turned, margin, hold, apart)
        assert cost_of(labels.astype(int), t, turned, margin, hold, apart) == pytest.approx(best, rel=1e-9)
        assert cost_of(out.astype(int), t, turned, margin, hold, apart) == pytest.approx(best, rel=1e-9)


def test_a_bound_leaves_the_cheapest_labels_what_they_are(rng: np.random.Generator) -> None:
    """Calm stretches, for which the bound is; a row whose path is lost; rows late in the track that are exchanged."""
    n = 120
    passed = 0
    for exchanged_rows in (slice(0, 0), slice(90, 100), slice(104, 108)):
        t = np.arange(n) / 30.0
        turned = np.zeros((n, 2), dtype=np.int8)
        turned[exchanged_rows] = 1
        turned[30, 0] ^= 1
        margin, apart = rng.uniform(0, 5, (n, 2)), rng.normal(0.3, 0.4, n)
        margin[30, 0] = 1.0
        hold = np.lib.stride_tricks.sliding_window_view(np.pad(margin, ((0, 4), (0, 0))), 5, axis=0).sum(axis=-1)
        arrays = [np.ascontiguousarray(a[:, g]) for g in (0, 1) for a in (turned, margin, hold)]
        out = np.ones((n, 2), dtype=bool)
        settle_labels(t, 0, n, *arrays, apart, np.empty((n, 2), dtype=np.uint32), out)
        np.testing.assert_array_equal(out, naive_labels(t, turned, margin, hold, apart)[1])
        passed += kept_until(t, 0, n, 0, -1, *arrays, apart)[0]
    assert passed > 150  # all rows of the first, some of the others
