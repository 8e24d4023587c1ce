"""The own arc tangent against the C library's."""

import math

import numpy as np
import pytest

from runlean_kernels.posture.arctan2 import arctan2


def test_equals_the_c_library_in_every_octant(rng: np.random.Generator) -> None:
    angles = np.concatenate([np.linspace(-np.pi, np.pi, 65)[1:], rng.uniform(-np.pi, np.pi, 300)])
    for angle, radius in zip(angles, rng.lognormal(0.0, 5.0, len(angles)), strict=True):
        y, x = radius * math.sin(angle), radius * math.cos(angle)
        assert arctan2(y, x) == pytest.approx(math.atan2(y, x), rel=1e-15, abs=1e-300)


@pytest.mark.parametrize(
    ("y", "x", "angle"), [(0, 1, 0), (1, 0, 90), (0, -1, 180), (-1, 0, -90), (1, 1, 45), (-1, -1, -135)]
)
def test_axes_and_diagonals(y: float, x: float, angle: float) -> None:
    assert math.degrees(arctan2(float(y), float(x))) == pytest.approx(angle, abs=1e-13)


def test_turning_the_signs_turns_the_angle(rng: np.random.Generator) -> None:
    for y, x in rng.normal(size=(50, 2)):
        assert arctan2(-y, x) == -arctan2(y, x)
        assert abs(arctan2(y, -x)) == pytest.approx(math.pi - abs(arctan2(y, x)), rel=1e-15)


def test_small_angles_keep_all_their_digits() -> None:
    for y in (1e-300, 1e-20, 1e-9):
        assert arctan2(y, 1.0) == pytest.approx(y, rel=1e-15)


def test_no_direction_is_nan() -> None:
    assert math.isnan(arctan2(0.0, 0.0))
    assert math.isnan(arctan2(math.nan, 1.0))
    assert math.isnan(arctan2(1.0, math.nan))
