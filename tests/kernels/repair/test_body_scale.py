"""A runner's size from median bones: on paper, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.repair.body_scale import LEG_PER_TRUNK, MOST_ROWS, body_scale, median_length

Array = np.ndarray


def scale(xy: Array) -> float:
    return body_scale(np.ascontiguousarray(xy), 0, len(xy), np.empty(2 * MOST_ROWS))


def person(rng: np.random.Generator, rows: int = 40) -> Array:
    """Trunk 100, thigh 90, shank 80 px; every bone turned its own way."""
    xy = np.full((rows, lm.N_LANDMARKS, 2), np.nan)
    for side in range(2):
        hip = rng.uniform(0, 500, (rows, 2))
        bones = ((lm.LEFT_SHOULDER, -100.0), (lm.LEFT_KNEE, 90.0), (lm.LEFT_ANKLE, 80.0))
        at = {lm.LEFT_HIP: hip}
        for point, length in bones:
            angle = rng.uniform(-1, 1, rows)
            start = at[lm.LEFT_KNEE] if point == lm.LEFT_ANKLE else hip
            at[point] = start + length * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        for point, where in at.items():
            xy[:, point + side] = where
    return xy


def test_on_paper_and_with_what_is_missing(rng: np.random.Generator) -> None:
    xy = person(rng)
    assert scale(xy) == pytest.approx(170.0)
    for hidden, left in ((lm.LEFT_ANKLE, 180.0), (lm.LEFT_HIP, 160.0)):
        some = xy.copy()
        some[:, hidden : hidden + 2] = np.nan
        assert scale(some) == pytest.approx(left)
    some[:, lm.LEFT_ANKLE :] = np.nan
    assert np.isnan(scale(some))
    legless = xy.copy()
    legless[:, lm.LEFT_KNEE :] = np.nan
    assert scale(legless) == pytest.approx(LEG_PER_TRUNK * 100.0)


def test_equals_the_median_and_outliers_do_not_count(rng: np.random.Generator) -> None:
    xy = person(rng) + rng.normal(0, 5, (40, lm.N_LANDMARKS, 2))
    d = np.linalg.norm(xy[:, [lm.LEFT_HIP, lm.RIGHT_HIP]] - xy[:, [lm.LEFT_KNEE, lm.RIGHT_KNEE]], axis=-1)
    told = median_length(xy, 0, 40, lm.LEFT_HIP, lm.LEFT_KNEE, np.empty(2 * MOST_ROWS))
    assert told == pytest.approx(np.median(d), rel=1e-12)
    before = scale(xy)
    xy[::7, lm.LEFT_ANKLE] += 4000.0
    assert scale(xy) == pytest.approx(before, rel=0.03)


def test_place_mirror_turn_and_order_do_not_matter_and_size_does(rng: np.random.Generator) -> None:
    xy = person(rng)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    for other in (xy + 77.0, xy * [-1.0, 1.0], xy @ turn, xy[::-1]):
        assert scale(other) == pytest.approx(scale(xy))
    assert scale(2.5 * xy) == pytest.approx(2.5 * scale(xy))


@pytest.mark.parametrize("rows", [0, 1])
def test_short_tracks(rows: int, rng: np.random.Generator) -> None:
    told = scale(person(rng, rows))
    assert np.isnan(told) if rows == 0 else told == pytest.approx(170.0)
