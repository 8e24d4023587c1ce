"""The polynomial rotation against the library's cosine and sine."""

from __future__ import annotations

import math

import numpy as np
import pytest

from runlean_kernels.events.rotor import rotation


def test_equals_cosine_and_sine_on_both_sides_of_its_limit() -> None:
    for angle in np.linspace(-1.2, 1.2, 481):
        cosine, sine = rotation(angle)
        # Taylor's remainder after the 11th power: 0.8^12 / 12! = 1.4e-10 and 0.8^13 / 13! = 9e-12
        assert cosine == pytest.approx(math.cos(angle), abs=1.5e-10)
        assert sine == pytest.approx(math.sin(angle), abs=1e-11)


def test_on_paper() -> None:
    assert rotation(0.0) == (1.0, 0.0)
    assert rotation(math.pi) == pytest.approx((-1.0, 0.0), abs=1e-15)


@pytest.mark.parametrize("angle", [0.05, 0.3, 0.79])
def test_turning_to_and_fro_is_no_turn(angle: float) -> None:
    c, s = rotation(angle)
    assert rotation(-angle) == (c, -s)
    assert c * c + s * s == pytest.approx(1.0, abs=3e-10)


def test_no_angle_no_rotation() -> None:
    assert all(math.isnan(v) for v in rotation(math.nan))
