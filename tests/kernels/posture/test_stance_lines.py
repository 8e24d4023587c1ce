"""Lines from the standing foot: the columns of the whole posture where they are asked for, missing elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.posture import POSTURE_COLUMNS, STANCE_LINES, posture_angles, stance_lines

Array = np.ndarray


def lines(xy: Array, stance: Array, direction: float = 1.0, weight: Array | None = None) -> Array:
    n = len(xy)
    out = np.full((2, len(STANCE_LINES), n), 7.0)
    w = np.ones((n, 23)) if weight is None else weight
    points, forward, down = np.ascontiguousarray(xy), np.full(n, direction), np.asarray(stance, dtype=np.int8)
    angles = np.empty((n, len(POSTURE_COLUMNS)))
    posture_angles(points, w, forward, down, angles)
    # in two parts: a stance beyond the border between them counts
    for part in ((0, n // 2), (n // 2, n)):
        stance_lines(points, w, forward, down, angles, *part, out)
    return out


def naive_lines(xy: Array, stance: Array, direction: float, weight: Array) -> Array:
    """The whole posture with each foot down all the time, kept where the foot or a neighbouring row has it down."""
    n = len(xy)
    out = np.full((2, len(STANCE_LINES), n), np.nan)
    for side in range(2):
        whole = np.empty((n, len(POSTURE_COLUMNS)))
        posture_angles(np.ascontiguousarray(xy), weight, np.full(n, direction), np.full(n, side, dtype=np.int8), whole)
        for i in range(n):
            if any(0 <= j < n and stance[j] == side for j in (i - 1, i, i + 1)):
                out[side, :, i] = [whole[i, POSTURE_COLUMNS.index(name)] for name in STANCE_LINES]
    return out


@pytest.mark.parametrize("direction", [1.0, -1.0, np.nan])
def test_naive_twin_with_holes(direction: float, make_runner: Callable, rng: np.random.Generator) -> None:
    xy = make_runner(60, scatter_px=5.0)[0]
    xy[rng.random((60, 23)) < 0.1] = np.nan
    weight = rng.random((60, 23))
    stance = np.repeat(rng.integers(-1, 2, 20), 3)
    expected = naive_lines(xy, stance, direction, weight)
    np.testing.assert_allclose(lines(xy, stance, direction, weight), expected, rtol=1e-12, atol=1e-14)


def test_a_row_of_flight_between_two_feet_serves_both(make_runner: Callable) -> None:
    stance = np.array([0, 0, -1, 1, 1, -1, -1, -1, 0])
    known = np.isfinite(lines(make_runner(9)[0], stance)).all(axis=1)
    assert known[0].tolist() == [True, True, True, False, False, False, False, True, True]
    assert known[1].tolist() == [False, False, True, True, True, True, False, False, False]


def test_the_mirrored_runner_has_left_and_right_exchanged(make_runner: Callable) -> None:
    xy = make_runner(20, scatter_px=4.0)[0]
    stance = np.repeat([0, -1, 1, -1], 5)
    swapped = xy.copy()
    swapped[:, 1::2], swapped[:, 2::2] = xy[:, 2::2], xy[:, 1::2]
    back = lines(swapped * [-1.0, 1.0], np.where(stance < 0, -1, 1 - stance), -1.0)
    np.testing.assert_allclose(back[::-1], lines(xy, stance), rtol=1e-12, atol=1e-14)


def test_size_place_and_order_do_not_matter_and_a_roll_turns_the_lean_alone(make_runner: Callable) -> None:
    xy = make_runner(20, scatter_px=4.0)[0]
    stance = np.repeat([0, -1, 1, -1], 5)
    there = lines(xy, stance)
    np.testing.assert_allclose(lines(3.1 * xy - [70.0, 900.0], stance), there, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(lines(xy[::-1], stance[::-1])[..., ::-1], there, rtol=1e-12, atol=1e-14)
    c, s = np.cos(0.1), np.sin(0.1)
    rolled = lines(xy @ np.array([[c, s], [-s, c]]), stance) - there
    np.testing.assert_allclose(rolled[:, 0][np.isfinite(rolled[:, 0])], 0.1, atol=1e-9)
    np.testing.assert_allclose(np.nan_to_num(rolled[:, 1:]), 0.0, atol=1e-9)


def test_missing_points_are_missing_lines(make_runner: Callable) -> None:
    xy = make_runner(6)[0]
    xy[2, lm.LEFT_ANKLE] = np.nan
    got = lines(xy, np.zeros(6, dtype=np.int8))
    assert np.isnan(got[0, :, 2]).all()
    assert np.isfinite(np.delete(got[0], 2, axis=1)).all()
    assert np.isnan(got[1]).all()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_tracks(n: int, make_runner: Callable) -> None:
    assert np.isfinite(lines(make_runner(3)[0][:n], np.zeros(n))[0]).all()
