"""Small pictures compared with each other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from runlean_kernels.camera.picture import (
    cell_spread,
    count_still_cells,
    histogram_distance,
    picture_difference,
    shrink_by_four,
)


def picture(rows, columns, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (rows, columns)).astype(np.float32)


def naive_shrunk(whole):
    rows, columns = (n // 4 for n in whole.shape)
    return whole[: 4 * rows, : 4 * columns].reshape(rows, 4, columns, 4).mean(axis=(1, 3), dtype=float)


@pytest.mark.parametrize("shape", [(8, 12), (9, 15), (4, 4), (3, 3)])
def test_shrinking_is_the_mean_of_cells(shape):
    whole = picture(*shape)
    out = np.empty((shape[0] // 4, shape[1] // 4), np.float32)
    shrink_by_four(whole, out)
    np.testing.assert_allclose(out, naive_shrunk(whole), rtol=1e-5)


def naive_difference(a, b):
    gap = np.abs(a.astype(float) - b)
    rows, columns = gap.shape
    cells = [gap[y : y + 4, x : x + 4].mean() for y in range(0, rows - 3, 4) for x in range(0, columns - 3, 4)]
    return [gap.mean(), max([*cells, gap.mean()])]


@pytest.mark.parametrize("shape", [(8, 16), (10, 19), (5, 5), (1, 1)])
def test_difference_equals_the_naive_twin(shape):
    a, b = picture(*shape), picture(*shape, seed=1)
    out = np.empty(2)
    picture_difference(a, b, 4, out)
    np.testing.assert_allclose(out, naive_difference(a, b), rtol=1e-5)
    picture_difference(np.ascontiguousarray(b[:, ::-1]), np.ascontiguousarray(a[:, ::-1]), shape[1], out)
    assert out[0] == pytest.approx(naive_difference(a, b)[0], rel=1e-5)


def test_one_limb_shows_in_one_cell():
    a = picture(32, 32)
    b = a.copy()
    b[8:12, 8:12] += 40
    out = np.empty(2)
    picture_difference(a, b, 4, out)
    assert out[1] == pytest.approx(40, rel=1e-4)
    assert out[0] == pytest.approx(40 / 64, rel=1e-4)


def test_a_picture_repeats_itself():
    out = np.empty(2)
    picture_difference(picture(9, 9), picture(9, 9), 4, out)
    assert out.tolist() == [0.0, 0.0]


def test_histogram_distance_ends():
    bins = np.zeros(16)
    dark, light = np.zeros((4, 4), np.float32), np.full((4, 4), 255, np.float32)
    assert histogram_distance(dark, dark, bins) == 0.0
    assert histogram_distance(dark, light, bins) == pytest.approx(1.0)
    assert histogram_distance(light, dark, bins) == pytest.approx(1.0)


def naive_histogram(grey, bins):
    """Every pixel's share of each bin is a triangle about the bin's own grey level."""
    place = np.clip(grey.ravel().astype(float) / 255.0, 0.0, 1.0) * (bins - 1)
    return np.maximum(0.0, 1.0 - np.abs(place[:, None] - np.arange(bins))).mean(axis=0)


def test_histogram_distance_equals_its_naive_twin():
    a, b = picture(5, 7), np.sqrt(picture(9, 4, seed=1)) * 20.0
    a[0, :2] = [-3.0, 300.0]
    want = 0.5 * np.abs(naive_histogram(a, 16) - naive_histogram(b, 16)).sum()
    assert histogram_distance(a, b.astype(np.float32), np.zeros(16)) == pytest.approx(want, rel=1e-4)


def test_histogram_ignores_places_and_shares_between_bins():
    bins = np.zeros(16)
    a = picture(12, 12)
    shuffled = np.random.default_rng(5).permutation(a.ravel()).reshape(12, 12)
    assert histogram_distance(a, shuffled, bins) == pytest.approx(0.0, abs=1e-9)
    # half a bin brighter moves half of every pixel's share, and no more
    grey = 5.1 * 255 / 15
    brighter = np.full((3, 3), grey + 0.5 * 255 / 15, np.float32)
    assert histogram_distance(np.full((3, 3), grey, np.float32), brighter, bins) == pytest.approx(0.5, rel=1e-4)


def naive_still(pictures, cell, dx, dy, limit, still):
    rows, columns = still.shape

    def mean_of_cells(values):
        cells = values[: rows * cell, : columns * cell].reshape(rows, cell, columns, cell)
        return np.nanmean(np.where(np.isnan(cells), np.nan, cells), axis=(1, 3))

    for a, b in itertools.pairwise(pictures):
        moved = np.full(a.shape, np.nan)
        y, x = np.mgrid[: a.shape[0], : a.shape[1]]
        inside = (y - dy >= 0) & (y - dy < a.shape[0]) & (x - dx >= 0) & (x - dx < a.shape[1])
        moved[inside] = a[(y - dy)[inside], (x - dx)[inside]]
        stands = mean_of_cells(np.abs(a.astype(float) - b)) <= limit
        tells = mean_of_cells(np.abs(a - moved)) >= 2 * limit
        still = np.where(~stands, np.maximum(still - 2, 0), np.where(tells, np.minimum(still + 1, 20), still))
    return still


def test_still_cells_equal_their_naive_twin():
    still = np.array([[0, 19, 1], [5, 0, 20]])
    pictures = [picture(9, 12, k) for k in range(6)]
    for before, after in itertools.pairwise(pictures):
        after[:4, 4:] = before[:4, 4:] + 0.9
        after[4:8, :4] = before[4:8, :4] + np.random.default_rng(7).uniform(0.0, 2.1, (4, 4)).astype(np.float32)
        before[:4, 8:] = after[:4, 8:] = 77.0
    want = naive_still(pictures, 4, 1, -2, 1.0, still.copy())
    for before, after in itertools.pairwise(pictures):
        count_still_cells(before, after, 4, 1, -2, 1.0, still)
    np.testing.assert_array_equal(still, want)


def test_a_logo_stands_still_while_the_picture_moves():
    still = np.zeros((2, 3), np.int64)
    for k in range(4):
        a, b = picture(8, 12, k), picture(8, 12, k + 1)
        b[:4, :4] = a[:4, :4] + 0.5
        # plain sky looks the same wherever it moves to
        a[4:, 8:] = b[4:, 8:] = 200.0 + 0.1 * k
        a[2:4, 8:] = b[2:4, 8:] = 200.0 + 0.1 * k
        count_still_cells(a, b, 4, 0, 1, 1.0, still)
    assert still.tolist() == [[4, 0, 0], [0, 0, 0]]
    count_still_cells(a, picture(8, 12, 9), 4, 0, 1, 1.0, still)
    assert still[0, 0] == 2


def naive_spread(whole, cell):
    rows, columns = (n // cell for n in whole.shape)
    cells = whole[: rows * cell, : columns * cell].reshape(rows, cell, columns, cell)
    return cells.std(axis=(1, 3), dtype=float).ravel()


@pytest.mark.parametrize(("shape", "cell"), [((9, 15), 4), ((8, 8), 8), ((3, 9), 4)])
def test_the_spread_of_a_cell_is_its_standard_deviation(shape, cell):
    whole = picture(*shape)
    whole[:4, :4] = 200.1
    out = np.empty((shape[0] // cell) * (shape[1] // cell))
    cell_spread(whole, cell, out)
    np.testing.assert_allclose(out, naive_spread(whole, cell), rtol=1e-6)
    assert cell == 8 or not len(out) or out[0] == 0
