"""Bodies painted out of crops."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.tracking.paint import mean_colour, paint_body

LIMBS = np.array([[0, 0, 1, 1], [0, 1, 2, 2]])
RADIUS = np.array([0.1, 0.05])
COLOUR = np.array([10.0, 20.0, 30.0])


def naive(crop, box, xy, score, height, least):
    """Every pixel against every limb."""
    out = crop.copy()
    for y in range(crop.shape[0]):
        for x in range(crop.shape[1]):
            p = np.array([
                box[0] + (x + 0.5) * (box[2] - box[0]) / crop.shape[1],
                box[1] + (y + 0.5) * (box[3] - box[1]) / crop.shape[0],
            ])  # fmt: skip
            for limb, radius in zip(LIMBS, RADIUS, strict=True):
                a, b = xy[limb[:2]].mean(axis=0), xy[limb[2:]].mean(axis=0)
                if not (score[limb] >= least).all() or not np.isfinite([a, b]).all():
                    continue
                along = np.clip((p - a) @ (b - a) / max((b - a) @ (b - a), 1e-9), 0, 1)
                if np.hypot(*(p - a - along * (b - a))) <= radius * height:
                    out[y, x] = COLOUR
    return out


@pytest.mark.parametrize("seed", range(4))
def test_every_pixel_is_as_the_naive_twin_says(seed):
    rng = np.random.default_rng(seed)
    crop = rng.integers(100, 255, (18, 14, 3)).astype(np.uint8)
    box = np.array([5.0, 7.0, 47.0, 61.0])
    xy, score = rng.uniform(0, 60, (3, 2)), rng.uniform(0.1, 1.0, 3)
    xy[seed % 3] = [xy[seed % 3], [np.nan, 3.0], [-40.0, 200.0], xy[seed % 3]][seed]
    want = naive(crop, box, xy, score, 60.0, 0.2)
    filled = paint_body(crop, box, xy, score, 60.0, LIMBS, RADIUS, 0.2, COLOUR)
    assert np.array_equal(crop, want)
    assert filled >= (want == COLOUR).all(axis=2).sum()


def test_a_point_is_a_disc_and_nothing_outside_is_touched():
    crop = np.full((20, 20, 3), 200, np.uint8)
    xy = np.array([[10.0, 10.0]] * 3)
    paint_body(crop, np.array([0.0, 0.0, 20.0, 20.0]), xy, np.ones(3), 40.0, LIMBS[:1], RADIUS[:1], 0.2, COLOUR)
    area = (crop[:, :, 0] == 10).sum()
    assert area == pytest.approx(np.pi * 16, rel=0.1)


def test_the_mean_colour_is_the_mean():
    crop = np.random.default_rng(1).integers(0, 255, (7, 9, 3)).astype(np.uint8)
    out = np.empty(3)
    mean_colour(crop, out)
    assert out == pytest.approx(crop.reshape(-1, 3).mean(axis=0))
