"""Who runs and who stands, from legs made of sines."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.people.watch import GaitWatch
from runlean.skeleton import COCO_17

LEGS = {13: 0.1, 14: -0.1, 15: 0.3, 16: -0.3}


def watch_legs(stride_s, score=0.7, swing=1.0, until=3.0, fps=30.0, height=200.0, watch=None, start=0.0):
    watch = watch or GaitWatch(COCO_17)
    for t in np.arange(start, until, 1 / fps):
        xy = np.zeros((17, 2))
        for k, amplitude in LEGS.items():
            xy[k, 0] = swing * amplitude * height * np.sin(2 * np.pi * t / stride_s)
        watch.add(1, t, height, xy, np.full(17, score))
    return watch


@pytest.mark.parametrize("stride_s", [0.6, 0.8, 2.0, 6.0])
def test_a_runner_is_never_still_not_even_in_slow_motion(stride_s):
    for until in np.arange(0.5, 7.0, 0.5):
        assert not watch_legs(stride_s, until=until).is_still(1)


def test_who_stands_is_still_after_a_second_and_a_half():
    assert not watch_legs(0.7, swing=0.02, until=1.0).is_still(1)
    assert watch_legs(0.7, swing=0.02, until=1.5).is_still(1)


def test_a_thing_that_looks_like_a_person_is_still_sooner():
    assert watch_legs(0.7, score=0.15, until=0.8).is_still(1)


def test_who_starts_to_run_is_seen_to():
    watch = watch_legs(0.7, swing=0.02, until=2.0)
    assert watch.is_still(1)
    watch_legs(0.7, until=4.0, start=2.0, fps=2.0, watch=watch)
    assert not watch.is_still(1)


def test_nobody_is_known_at_first_nor_after_the_end():
    watch = watch_legs(0.7, swing=0.02)
    assert not watch.is_still(2)
    watch.forget_all_but({2})
    assert not watch.is_still(1)


def test_without_knees_and_ankles_nobody_is_still():
    watch = GaitWatch(("nose", "left_hip"))
    for t in np.arange(0, 3, 0.1):
        watch.add(1, t, 100.0, np.zeros((2, 2)), np.ones(2))
    assert not watch.is_still(1)
