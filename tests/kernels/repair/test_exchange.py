"""Left and right exchanged back, feet with the ankle that they belong to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.repair import undo_leg_swap

Array = np.ndarray


def undone(xy: Array, score: Array, swapped: Array) -> tuple[Array, Array]:
    xy, score = xy.copy(), score.copy()
    undo_leg_swap(xy, score, swapped, True)
    return xy, score


def all_of(n: int, knees: bool, ankles: bool) -> Array:
    return np.tile([knees, ankles], (n, 1))


def test_knees_and_ankles_with_their_feet(make_runner: Callable, rng: np.random.Generator) -> None:
    xy = make_runner(20)[0]
    score = rng.random(xy.shape[:2])
    got, got_score = undone(xy, score, all_of(20, True, False))
    np.testing.assert_array_equal(got[:, lm.LEFT_KNEE], xy[:, lm.RIGHT_KNEE])
    np.testing.assert_array_equal(got_score[:, lm.RIGHT_KNEE], score[:, lm.LEFT_KNEE])
    np.testing.assert_array_equal(got[:, lm.LEFT_ANKLE :], xy[:, lm.LEFT_ANKLE :])
    got, got_score = undone(xy, score, all_of(20, False, True))
    for left in (lm.LEFT_ANKLE, lm.LEFT_HEEL, lm.LEFT_BIG_TOE):
        np.testing.assert_array_equal(got[:, left], xy[:, left + 1])
        np.testing.assert_array_equal(got_score[:, left + 1], score[:, left])
    np.testing.assert_array_equal(got[:, : lm.LEFT_ANKLE], xy[:, : lm.LEFT_ANKLE])


@pytest.mark.parametrize(("knees", "ankles"), [(True, True), (True, False), (False, True), (False, False)])
def test_twice_is_nothing(knees: bool, ankles: bool, make_runner: Callable, rng: np.random.Generator) -> None:
    xy = make_runner(12)[0]
    score = rng.random(xy.shape[:2])
    swapped = all_of(12, knees, ankles)
    again, again_score = undone(*undone(xy, score, swapped), swapped)
    np.testing.assert_array_equal(again, xy)
    np.testing.assert_array_equal(again_score, score)


def test_feet_of_another_network_go_to_their_ankle(make_runner: Callable) -> None:
    xy, score, _ = make_runner(20)
    crossed = xy.copy()
    for left in (lm.LEFT_HEEL, lm.LEFT_BIG_TOE):
        crossed[:, [left, left + 1]] = xy[:, [left + 1, left]]
    np.testing.assert_array_equal(undone(crossed, score, all_of(20, False, False))[0], xy)
    np.testing.assert_array_equal(
        undone(crossed, score, all_of(20, False, True))[0][:, lm.LEFT_HEEL], crossed[:, lm.LEFT_HEEL]
    )


def test_feet_that_lie_together_follow_their_own_ankle(make_runner: Callable) -> None:
    xy, score, _ = make_runner(6)
    xy[:, lm.RIGHT_HEEL] = xy[:, lm.LEFT_HEEL] + 1.0
    xy[:, lm.RIGHT_BIG_TOE] = xy[:, lm.LEFT_BIG_TOE] + 1.0
    np.testing.assert_array_equal(undone(xy, score, all_of(6, False, False))[0], xy)


def test_feet_without_ankles_follow_the_mark(make_runner: Callable) -> None:
    xy, score, _ = make_runner(6)
    xy[:, lm.LEFT_ANKLE] = np.nan
    got = undone(xy, score, all_of(6, False, True))[0]
    np.testing.assert_array_equal(got[:, lm.LEFT_HEEL], xy[:, lm.RIGHT_HEEL])


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_arrays(n: int) -> None:
    xy = np.full((n, 23, 2), np.nan)
    assert undone(xy, np.zeros((n, 23)), all_of(n, True, True))[0].shape == (n, 23, 2)
