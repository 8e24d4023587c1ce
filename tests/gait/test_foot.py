"""The class of a foot strike, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.gait.foot import classify_strikes


def classes(angle, fps, sd=2.0, side=None):
    n = len(angle)
    side = np.arange(n, dtype=np.int8) % 2 if side is None else side
    return classify_strikes(
        np.asarray(angle, dtype=float), np.full(n, sd), np.zeros(n, np.int64), side, np.array([1.0 / fps])
    ).tolist()


@pytest.mark.parametrize("fps", [240.0, 120.0, 60.0, 59.94])
def test_the_angle_decides_where_the_landing_is_seen(fps):
    assert classes([15.0] * 4, fps) == ["rearfoot"] * 4
    assert classes([3.0] * 4, fps) == ["midfoot"] * 4
    assert classes([-4.0] * 4, fps) == ["forefoot"] * 4
    assert classes([3.0, np.nan], fps) == ["midfoot", None]
    assert classes([15.0] * 4, fps, sd=6.5) == [None] * 4


@pytest.mark.parametrize("fps", [50.0, 30.0, 25.0, np.nan])
def test_where_pictures_come_rarely_only_a_likely_class_is_told(fps):
    """Half-way between, nothing is likely; far on one side it is, whatever the landing looked like in between."""
    assert classes([3.0] * 4, fps) == [None] * 4
    assert classes([9.0] * 4, fps) == [None] * 4
    assert classes([-4.0] * 4, fps) == [None] * 4
    assert classes([15.0] * 4, fps) == ["rearfoot"] * 4
    assert classes([-9.0] * 4, fps) == ["forefoot"] * 4


def test_the_likelihood_is_the_normal_distributions():
    # 0.6745 standard deviations beyond the edge are 75 %: 6 and 2 degrees together make 6.32
    edge = 8.0 + 0.6745 * np.hypot(6.0, 2.0)
    assert classes([edge + 0.02] * 2, 30.0) == ["rearfoot"] * 2
    assert classes([edge - 0.02] * 2, 30.0) == [None] * 2
