"""Who crosses the ground as a runner, on legs from which no contact can be read."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.gait.travel import travels_as_runner
from runlean_kernels import landmarks as lm

LEG = 100.0


def crossing(speed, foot, fps=30.0, seconds=2.0, rate=1.4):
    """A person with hips at ``speed`` leg lengths/s; the feet's speed in the picture: ``foot(phase)`` leg lengths/s."""
    time_s = np.arange(round(seconds * fps)) / fps
    xy = np.full((len(time_s), 23, 2), np.nan)
    for hip in (lm.LEFT_HIP, lm.RIGHT_HIP):
        xy[:, hip] = np.stack([LEG * speed * time_s, np.full_like(time_s, 200.0)], axis=1)
    fine = np.linspace(0.0, seconds, 20001)
    for side, ankle in enumerate((lm.LEFT_ANKLE, lm.RIGHT_ANKLE)):
        course = np.concatenate([[0.0], np.cumsum(foot(rate * fine[:-1] + 0.5 * side) * np.diff(fine))])
        xy[:, ankle] = np.stack([LEG * np.interp(time_s, fine, course), np.full_like(time_s, 300.0)], axis=1)
    return xy, time_s


def runner(speed, duty=0.35):
    """A foot stands, then catches up: on average it is as fast as the hips."""
    return lambda phase: np.where(phase % 1.0 < duty, 0.0, speed / (1.0 - duty))


def rider(speed):
    """A foot on a pedal: 1.7 leg lengths per second forth and back."""
    return lambda phase: speed + 1.7 * np.cos(2 * np.pi * phase)


def verdict(xy, time_s, leg=LEG):
    return bool(travels_as_runner(xy, time_s, np.array([0, len(time_s)]), np.array([leg]))[0])


@pytest.mark.parametrize("fps", [25.0, 60.0, 240.0])
@pytest.mark.parametrize("speed", [2.8, 4.0, 6.0, -4.0])
def test_a_runner_does(speed, fps):
    assert verdict(*crossing(speed, runner(speed), fps))


@pytest.mark.parametrize(
    ("speed", "foot"),
    [(1.5, runner(1.5)), (0.0, runner(3.0)), (4.0, rider(4.0)), (7.0, rider(7.0)), (16.0, runner(16.0))],
    ids=["walks", "treadmill", "rides slowly", "rides", "faster than anybody"],
)
def test_others_do_not(speed, foot):
    assert not verdict(*crossing(speed, foot))


def test_a_track_that_stood_before_it_ran_is_no_course():
    xy, time_s = crossing(6.0, runner(6.0))
    xy[:30] = xy[30]
    assert not verdict(xy, time_s)


def test_too_little_says_nothing():
    xy, time_s = crossing(4.0, runner(4.0))
    assert not verdict(xy[:10], time_s[:10])
    assert not verdict(xy, time_s, leg=np.nan)
    xy[6:] = np.nan
    assert not verdict(xy, time_s)
    assert travels_as_runner(xy[:0], time_s[:0], np.zeros(1, np.int64), np.zeros(0)).shape == (0,)


def test_a_track_may_be_mostly_missing():
    xy, time_s = crossing(4.0, runner(4.0))
    xy[20:45] = np.nan
    assert verdict(xy, time_s)


@pytest.mark.parametrize("fps", [25.0, 60.0])
def test_less_than_a_stride_says_nothing(fps):
    assert verdict(*crossing(4.0, runner(4.0), fps, seconds=0.84))
    assert not verdict(*crossing(4.0, runner(4.0), fps, seconds=0.64))
