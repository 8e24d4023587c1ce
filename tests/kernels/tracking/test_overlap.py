"""Overlap and cover of boxes, and poses that coincide."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from runlean_kernels.tracking.coincidence import coincident_poses, pose_distance
from runlean_kernels.tracking.overlap import box_cover, box_overlap


def naive_overlap(a, b, cover):
    """By counting the cells of a fine grid."""
    grid = (np.arange(200) + 0.5) / 20
    x, y = np.meshgrid(grid, grid)
    in_a = (x > a[0]) & (x < a[2]) & (y > a[1]) & (y < a[3])
    in_b = (x > b[0]) & (x < b[2]) & (y > b[1]) & (y < b[3])
    below = in_a.sum() if cover else (in_a | in_b).sum()
    return (in_a & in_b).sum() / below


@pytest.mark.parametrize(("kernel", "cover"), [(box_overlap, False), (box_cover, True)])
def test_equals_counted_cells(kernel, cover):
    rng = np.random.default_rng(0)
    low = rng.integers(0, 12, (7, 2)) / 2
    boxes = np.concatenate([low, low + rng.integers(1, 8, (7, 2)) / 2], axis=1)
    first, second = boxes[:3], boxes[3:]
    out = np.empty((3, 4))
    kernel(first, second, out)
    for i in range(3):
        for j in range(4):
            assert out[i, j] == pytest.approx(naive_overlap(first[i], second[j], cover))


@pytest.mark.parametrize("kernel", [box_overlap, box_cover])
@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 2), (2, 0), (1, 1)])
def test_few_boxes(kernel, n, m):
    out = np.full((n, m), -1.0)
    kernel(np.tile([0.0, 0, 1, 1], (n, 1)), np.tile([0.0, 0, 1, 1], (m, 1)), out)
    assert (out == 1.0).all()


@pytest.mark.parametrize("kernel", [box_overlap, box_cover])
def test_nan_and_empty_cover_nothing(kernel):
    first = np.array([[np.nan, 0, 1, 1], [1, 1, 1, 1], [0, 0, 1, 1.0]])
    out = np.empty((3, 1))
    kernel(first, np.array([[0.0, 0, 1, 1]]), out)
    assert out.ravel().tolist() == [0.0, 0.0, 1.0]


def pose(x, y, seed=0):
    return np.random.default_rng(seed).uniform(0, 100, (17, 2)) + np.array([x, y])


def test_distance_counts_what_both_are_sure_of():
    a, b = pose(0, 0), pose(3, 4)
    score = np.ones(17)
    assert pose_distance(a, score, b, score, 0.2) == pytest.approx(5.0)
    b[0] += 1000.0
    unsure = score.copy()
    unsure[0] = 0.1
    assert pose_distance(a, score, b, unsure, 0.2) == pytest.approx(5.0)
    assert np.isnan(pose_distance(a, score, b, np.where(np.arange(17) < 3, 1.0, 0.0), 0.2))


def test_the_same_pose_is_found_twice_and_another_not():
    xy = np.stack([pose(0, 0), pose(2, 0), pose(50, 0), pose(0, 0), np.full((17, 2), np.nan)])
    other = np.empty(5, np.int64)
    # the fourth is the first again, but in the next frame
    coincident_poses(np.array([0, 3, 5]), xy, np.ones((5, 17)), np.full(5, 100.0), 0.2, 0.05, other)
    assert other.tolist() == [1, 0, -1, -1, -1]


def naive_coincident(offsets, xy, score, height, least, limit):
    out = np.full(len(xy), -1)
    for first, stop in itertools.pairwise(offsets):
        for i in range(first, stop):
            found = []
            for j in set(range(first, stop)) - {i}:
                both = (score[i] >= least) & (score[j] >= least) & np.isfinite(xy[i] - xy[j]).all(axis=1)
                if both.sum() >= 4:
                    found.append((np.linalg.norm(xy[i] - xy[j], axis=1)[both].mean(), j))
            near = [(d, j) for d, j in found if d <= limit * min(height[i], height[j])]
            out[i] = min(near)[1] if near else -1
    return out


def test_coincident_poses_equal_their_naive_twin():
    rng = np.random.default_rng(5)
    offsets = np.array([0, 4, 4, 9, 10])
    xy = np.tile(pose(0, 0), (10, 1, 1)) + rng.normal(0.0, 5.0, (10, 1, 2)) + rng.normal(0.0, 1.0, (10, 17, 2))
    xy[rng.random((10, 17)) < 0.1] = np.nan
    score, height = rng.random((10, 17)), rng.uniform(80.0, 120.0, 10)
    score[6, 3:] = 0.0
    other = np.empty(10, np.int64)
    coincident_poses(offsets, xy, score, height, 0.2, 0.06, other)
    assert other.tolist() == naive_coincident(offsets, xy, score, height, 0.2, 0.06).tolist()
    assert (other >= 0).any()
    assert (other < 0).any()
    coincident_poses(offsets, 3.0 * xy * [-1.0, 1.0] + 40.0, score, 3.0 * height, 0.2, 0.06, mirrored := other.copy())
    assert mirrored.tolist() == other.tolist()


def test_nothing_to_compare():
    other = np.empty(0, np.int64)
    coincident_poses(np.zeros(1, np.int64), np.zeros((0, 17, 2)), np.zeros((0, 17)), np.zeros(0), 0.2, 0.05, other)
    assert len(other) == 0
