"""Other people painted over, and the person's own column left as it was."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.tracking.cover import cover_others

BOX = np.array([100.0, 50.0, 140.0, 90.0])
PERSON = np.array([110.0, 50.0, 130.0, 90.0])


def naive_cover(crop, box, person, others, core):
    mean = crop.reshape(-1, 3).mean(axis=0).astype(np.uint8)
    rows, columns = crop.shape[:2]
    x = box[0] + (np.arange(columns) + 0.5) * (box[2] - box[0]) / columns
    y = box[1] + (np.arange(rows) + 0.5) * (box[3] - box[1]) / rows
    keep = np.abs(x - 0.5 * (person[0] + person[2])) <= core * (person[3] - person[1])
    out = crop.copy()
    for other in others:
        inside = ((y > other[1]) & (y < other[3]))[:, None] & ((x > other[0]) & (x < other[2]) & ~keep)[None]
        out[inside] = mean
    return out


def crop_of(seed=0, size=20):
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "others",
    [
        np.zeros((0, 4)),
        np.array([[120.0, 60.0, 160.0, 80.0]]),
        np.array([[90.0, 40.0, 104.0, 200.0], [126.0, 50.0, 150.0, 70.0]]),
        np.array([[0.0, 0.0, 50.0, 50.0]]),
        np.array([[np.nan, 60.0, 160.0, 80.0]]),
    ],
)
def test_equals_the_naive_twin(others):
    crop = crop_of()
    expected = naive_cover(crop, BOX, PERSON, others, 0.2)
    filled = cover_others(crop, BOX, PERSON, others, 0.2)
    assert np.array_equal(crop, expected)
    assert (filled > 0) == (not np.array_equal(expected, crop_of()))


def test_of_somebody_whose_box_is_not_known_nothing_stays():
    others, crop = np.array([[90.0, 40.0, 134.0, 74.0]]), crop_of()
    nowhere = np.array([np.nan, 50.0, 130.0, np.nan])
    expected = naive_cover(crop, BOX, nowhere, others, 0.2)
    cover_others(crop, BOX, nowhere, others, 0.2)
    assert np.array_equal(crop, expected)


def test_mirrored_input_gives_mirrored_output():
    others = np.array([[90.0, 40.0, 104.0, 75.0]])
    crop, mirror = crop_of(), np.ascontiguousarray(crop_of()[:, ::-1])
    turned = others[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [240, 0, 240, 0]
    cover_others(crop, BOX, PERSON, others, 0.2)
    cover_others(mirror, BOX, PERSON, turned, 0.2)
    assert np.array_equal(mirror[:, ::-1], crop)
