"""The polynomial phasors against the library's cosine and sine."""

from __future__ import annotations

import math

import numpy as np
import pytest

from runlean_kernels.events.rotor import phasor, turn_through


@pytest.mark.parametrize("whole", [0.0, 3.0, -7.0, 5e5])
def test_equals_cosine_and_sine_over_a_whole_turn(whole: float) -> None:
    for turns in np.linspace(-1.0, 1.0, 401):
        cosine, sine = phasor(whole + turns)
        # Taylor's remainder at a quarter turn: (pi / 2)^20 / 20! = 3e-15, doubled; whole turns round the angle
        rounded = 2e-15 * abs(whole)
        assert cosine == pytest.approx(math.cos(2.0 * math.pi * turns), abs=1e-14 + rounded)
        assert sine == pytest.approx(math.sin(2.0 * math.pi * turns), abs=1e-14 + rounded)


def test_on_paper() -> None:
    assert phasor(0.0) == (1.0, 0.0)
    assert phasor(2.0) == (1.0, 0.0)
    assert phasor(0.25) == pytest.approx((0.0, 1.0), abs=1e-15)
    assert phasor(0.5) == pytest.approx((-1.0, 0.0), abs=1e-14)


def test_the_other_way_round_is_the_mirror_image() -> None:
    for turns in (0.05, 0.3, 0.49, 7.2):
        c, s = phasor(turns)
        assert phasor(-turns) == (c, -s)
        assert c * c + s * s == pytest.approx(1.0, abs=1e-14)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("turns", [math.nan, math.inf, -math.inf])
def test_no_angle_no_phasor(turns: float) -> None:
    assert all(math.isnan(v) for v in phasor(turns))


@pytest.mark.parametrize("n", [0, 1, 2, 7, 64])
def test_rows_are_turned_by_their_time(n: int, rng: np.random.Generator) -> None:
    time_s = 100.0 + np.cumsum(rng.uniform(0.01, 0.05, 80))
    wave = np.full((2, 70), 7.0)
    turn_through(time_s, 5, n, 100.3, 1.37, wave)
    angle = 2.0 * np.pi * 1.37 * (time_s[5 : 5 + n] - 100.3)
    np.testing.assert_allclose(wave[:, :n], [np.cos(angle), np.sin(angle)], atol=1e-12)
    assert (wave[:, n:] == 7.0).all()
