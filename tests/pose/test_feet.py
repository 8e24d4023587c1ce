"""Heels and toes of a second network."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.pose.feet import FEET, join_feet
from runlean.skeleton import CANONICAL, COCO_17

FEET_NAMES = CANONICAL[:21]
SWAP = [CANONICAL.index(n.replace("left", "#").replace("right", "left").replace("#", "right")) for n in FEET_NAMES]


def joined(xy, feet_xy, height=100.0):
    n = len(xy)
    return join_feet(xy, np.full((n, 17), 0.8), COCO_17, feet_xy, np.full((n, 21), 0.9), FEET_NAMES, np.full(n, height))


def bodies(figure, n=4):
    phases = np.linspace(0.4, 2.6, n)
    first = np.stack([figure(100, 100, phase=p) for p in phases])
    second = np.stack([figure(101, 100.5, phase=p, names=FEET_NAMES) for p in phases])
    return first, second


def test_feet_are_put_behind_the_body(figure):
    first, second = bodies(figure)
    xy, score = joined(first, second)
    assert xy.shape == (4, 21, 2)
    assert np.array_equal(xy[:, :17], first)
    assert np.array_equal(xy[:, 17:], second[:, [FEET_NAMES.index(name) for name in FEET]])
    assert (score[:, 17:] == 0.9).all()


def test_the_second_network_follows_the_first_in_what_is_left(figure):
    first, second = bodies(figure)
    straight, _ = joined(first, second)
    crossed, _ = joined(first, second[:, SWAP])
    assert np.array_equal(crossed, straight)


def test_legs_together_are_not_swapped(figure):
    first = np.stack([figure(100, 100, phase=0.02)])
    second = np.stack([figure(100, 100, phase=-0.02, names=FEET_NAMES)])
    xy, _ = joined(first, second)
    assert np.array_equal(xy[0, 17:], second[0, 17:])


def test_a_foot_of_another_leg_or_person_is_nothing(figure):
    first, second = bodies(figure)
    second[1, FEET_NAMES.index("left_ankle")] += [25.0, 0.0]
    xy, score = joined(first, second)
    lost = np.isnan(xy).all(axis=2)
    assert np.argwhere(lost).tolist() == [[1, 17], [1, 19]]
    assert (score[lost] == 0).all()


@pytest.mark.parametrize("which", [0, 1])
def test_nan_in_either_network_gives_nan_feet(figure, which):
    pair = bodies(figure)
    pair[which][2] = np.nan
    xy, score = joined(*pair)
    assert np.isnan(xy[2, 17:]).all()
    assert (score[2, 17:] == 0).all()
    assert np.isfinite(xy[[0, 1, 3], 17:]).all()


def test_no_rows():
    xy, score = joined(np.zeros((0, 17, 2)), np.zeros((0, 21, 2)))
    assert xy.shape == (0, 21, 2)
    assert score.shape == (0, 21)
