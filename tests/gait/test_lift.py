"""Running told from walking without a clock: where is the rear foot when the legs are furthest apart?"""

from __future__ import annotations

import numpy as np
import pytest

from runlean.gait.lift import LEAST_ROWS, RUNNING_LIFT, WALKING_LIFT, rear_foot_lift
from runlean_kernels import landmarks as lm

#: Winter's normal walk: hip flexion at every tenth and knee flexion at every twentieth of the stride, degrees.
HIP = [22, 20, 12, 2, -7, -11, -5, 10, 22, 25, 22]
KNEE = [4, 12, 18, 19, 17, 13, 9, 7, 8, 12, 20, 33, 48, 60, 64, 60, 48, 32, 15, 4, 4]


def legs(hip, knee, strides=6.0, rows=300, leg=200.0):
    """Points of two legs of equal thigh and shank that follow hip and knee angles over the stride."""
    xy = np.full((rows, 23, 2), np.nan)
    for side in range(2):
        at = (np.arange(rows) * strides / rows + 0.5 * side) % 1
        thigh = np.radians(np.interp(at, np.linspace(0, 1, len(hip)), hip))
        shank = thigh - np.radians(np.interp(at, np.linspace(0, 1, len(knee)), knee))
        xy[:, lm.LEFT_HIP + side] = 0.0
        xy[:, lm.LEFT_KNEE + side] = 0.5 * leg * np.stack([np.sin(thigh), np.cos(thigh)], axis=1)
        xy[:, lm.LEFT_ANKLE + side] = xy[:, lm.LEFT_KNEE + side] + 0.5 * leg * np.stack(
            [np.sin(shank), np.cos(shank)], axis=1
        )
    return xy


def lift(xy, direction=1.0, leg=200.0):
    return rear_foot_lift(xy, np.array([0, len(xy)]), np.array([direction]), np.array([leg]))[0]


def runner():
    """Thigh and knee of the rendered runner that ships (ship_tm_right_60)."""
    return legs(
        [22, 29, 12, -11, -18, -8, 11, 27, 42, 33, 22],
        [13, 41, 53, 55, 50, 41, 27, 21, 36, 57, 76, 91, 98, 96, 89, 84, 66, 41, 22, 11, 13],
    )


@pytest.mark.parametrize("stride", [0.8, 1.0, 1.2, 1.4])
def test_a_walker_has_both_feet_down(stride):
    assert abs(lift(legs(np.array(HIP) * stride, KNEE))) < 0.07 < RUNNING_LIFT


def test_a_runner_has_not_whatever_the_clock_size_and_direction():
    xy = runner()
    want = lift(xy)
    assert want > RUNNING_LIFT
    assert lift(2.5 * xy + 40.0, leg=500.0) == pytest.approx(want)
    assert lift(xy * [-1.0, 1.0], direction=-1.0) == pytest.approx(want)
    assert lift(xy[::-1]) == pytest.approx(want)
    # few pictures, each shown three times, most of them missing
    held = np.repeat(xy[::5], 3, axis=0)
    assert lift(held) > RUNNING_LIFT
    held[1::3] = held[2::3] = np.nan
    assert lift(held) > RUNNING_LIFT


def test_feet_that_do_not_part_or_are_not_seen_tell_nothing():
    xy = runner()
    assert np.isnan(lift(xy * [0.2, 1.0]))
    hidden = xy.copy()
    hidden[:, lm.LEFT_ANKLE] = np.nan
    assert np.isnan(lift(hidden))
    assert np.isnan(lift(xy[: LEAST_ROWS - 1]))
    assert np.isnan(lift(xy[:0]))


def test_tracks_are_told_apart():
    both = np.concatenate([runner(), legs(HIP, KNEE)])
    told = rear_foot_lift(both, np.array([0, 300, 300, 600]), np.ones(3), np.full(3, 200.0))
    assert told[0] > RUNNING_LIFT
    assert np.isnan(told[1])
    assert told[2] < RUNNING_LIFT
    assert WALKING_LIFT < RUNNING_LIFT
