"""The centre of mass: on paper, against a naive twin, and under the plane's symmetries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.posture import DE_LEVA_SEGMENTS, LEAST_MASS, center_of_mass
from runlean_kernels.posture.center_of_mass import MID_EAR, MID_HIP, MID_SHOULDER

MIDDLES = {MID_HIP: lm.LEFT_HIP, MID_SHOULDER: lm.LEFT_SHOULDER, MID_EAR: lm.LEFT_EAR}


def center(xy: np.ndarray) -> np.ndarray:
    out = np.full((len(xy), 2), 7.0)
    center_of_mass(np.ascontiguousarray(xy), DE_LEVA_SEGMENTS, out)
    return out


def naive_point(points: np.ndarray, which: int) -> np.ndarray:
    if which not in MIDDLES:
        return points[which]
    pair = points[MIDDLES[which] : MIDDLES[which] + 2]
    known = pair[~np.isnan(pair).any(axis=1)]
    return known.mean(axis=0) if len(known) else np.full(2, np.nan)


def naive_center(points: np.ndarray) -> np.ndarray:
    seen = []
    for proximal, distal, mass, fraction, stand_in in DE_LEVA_SEGMENTS:
        place = (1 - fraction) * naive_point(points, int(proximal)) + fraction * naive_point(points, int(distal))
        if np.isnan(place).any() and stand_in >= 0:
            place = points[int(stand_in)]
        if not np.isnan(place).any():
            seen.append((mass, *place))
    table = np.array(seen).reshape(-1, 3)
    if table[:, 0].sum() < LEAST_MASS * DE_LEVA_SEGMENTS[:, 2].sum():
        return np.full(2, np.nan)
    return np.average(table[:, 1:], axis=0, weights=table[:, 0])


def test_the_table_is_a_whole_body() -> None:
    assert DE_LEVA_SEGMENTS[:, 2].sum() == pytest.approx(1.0, abs=2e-3)
    assert ((DE_LEVA_SEGMENTS[:, 3] >= 0) & (DE_LEVA_SEGMENTS[:, 3] <= 1)).all()
    trunk = DE_LEVA_SEGMENTS[1]
    assert trunk[2:4] == pytest.approx([(0.4346 + 0.4257) / 2, (0.4310 + 0.3782) / 2])


def test_all_points_in_one_place() -> None:
    assert center(np.full((1, 23, 2), 5.0))[0] == pytest.approx([5.0, 5.0])


def test_naive_twin_with_holes(rng: np.random.Generator) -> None:
    xy = rng.normal(size=(60, 23, 2))
    xy[rng.random((60, 23)) < 0.2] = np.nan
    twin = np.array([naive_center(p) for p in xy])
    assert 0 < np.isnan(twin[:, 0]).sum() < 60
    np.testing.assert_allclose(center(xy), twin, rtol=1e-12)


def test_moves_turns_and_grows_with_the_body(make_runner: Callable) -> None:
    xy = make_runner(5)[0]
    here = center(xy)
    c, s = np.cos(0.3), np.sin(0.3)
    turn = np.array([[c, s], [-s, c]])
    np.testing.assert_allclose(center(xy @ turn), here @ turn, rtol=1e-12)
    np.testing.assert_allclose(center(2.5 * xy + [10.0, -4.0]), 2.5 * here + [10.0, -4.0], rtol=1e-12)
    np.testing.assert_allclose(center(xy * [-1.0, 1.0]), here * [-1.0, 1.0], rtol=1e-12)


def test_lies_in_the_lower_trunk(make_runner: Callable) -> None:
    xy = make_runner(20)[0]
    height = center(xy)[:, 1]
    assert (height < xy[:, lm.LEFT_KNEE, 1]).all()
    assert (height > xy[:, lm.LEFT_SHOULDER, 1]).all()


def test_feet_and_hands_move_it_little(make_runner: Callable) -> None:
    xy = make_runner(20)[0]
    whole = center(xy)
    footless = xy.copy()
    footless[:, lm.LEFT_HEEL :] = np.nan
    assert np.abs(center(footless) - whole).max() < 0.003 * 380
    handless = xy.copy()
    handless[:, lm.LEFT_WRIST : lm.LEFT_WRIST + 2] = np.nan
    assert np.abs(center(handless) - whole).max() < 0.02 * 380


def test_legs_alone_are_too_little(make_runner: Callable) -> None:
    xy = make_runner(3)[0]
    xy[:, : lm.LEFT_HIP] = np.nan
    assert np.isnan(center(xy)).all()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_arrays(n: int) -> None:
    assert np.isnan(center(np.full((n, 23, 2), np.nan))).all()
