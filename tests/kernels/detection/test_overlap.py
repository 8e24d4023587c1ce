"""Same person or not: IoU, OKS, and which detection stays."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.detection.overlap import box_iou, object_keypoint_similarity, suppress_duplicates

SIGMA = np.array([0.026, 0.079, 0.107, 0.087, 0.089])


def box(*corners):
    return np.array(corners, np.float64)


@pytest.mark.parametrize(
    ("a", "b", "iou"),
    [
        ((0, 0, 2, 2), (0, 0, 2, 2), 1.0),
        ((0, 0, 2, 2), (1, 0, 3, 2), 1 / 3),
        ((0, 0, 2, 2), (2, 0, 4, 2), 0.0),
        ((0, 0, 4, 4), (1, 1, 2, 2), 1 / 16),
        ((0, 0, 0, 0), (0, 0, 0, 0), 0.0),
        ((0, 0, np.nan, 2), (0, 0, 2, 2), 0.0),
    ],
)
def test_iou_on_paper(a, b, iou):
    assert box_iou(box(*a), box(*b)) == pytest.approx(iou)
    assert box_iou(box(*b), box(*a)) == pytest.approx(iou)


def naive_oks(a, b, weight, sigma, area):
    """As in pycocotools: e = d^2 / vars / area / 2 with vars = (2 sigma)^2."""
    use = (weight > 0) & ~np.isnan(a).any(1) & ~np.isnan(b).any(1)
    if not use.any():
        return 0.0
    e = ((a - b) ** 2).sum(1) / (2 * sigma) ** 2 / area / 2
    return float((weight[use] * np.exp(-e[use])).sum() / weight[use].sum())


@pytest.mark.parametrize("seed", range(5))
def test_oks_equals_the_naive_twin(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(0, 30, (2, 5, 2))
    weight = rng.random(5) * (rng.random(5) > 0.3)
    if seed == 3:
        a[1] = np.nan
    assert object_keypoint_similarity(a, b, weight, SIGMA, 4000.0) == pytest.approx(
        naive_oks(a, b, weight, SIGMA, 4000.0)
    )


def test_oks_does_not_depend_on_scale_or_place():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 30, (2, 5, 2))
    one = object_keypoint_similarity(a, b, np.ones(5), SIGMA, 4000.0)
    other = object_keypoint_similarity(3 * a + 100, 3 * b + 100, np.ones(5), SIGMA, 9 * 4000.0)
    assert 0 < one < 1
    assert other == pytest.approx(one)


def test_oks_where_nothing_can_be_compared():
    a = np.full((5, 2), np.nan)
    assert object_keypoint_similarity(a, a, np.ones(5), SIGMA, 100.0) == 0.0
    assert object_keypoint_similarity(np.zeros((5, 2)), np.zeros((5, 2)), np.zeros(5), SIGMA, 100.0) == 0.0
    assert object_keypoint_similarity(np.zeros((5, 2)), np.zeros((5, 2)), np.ones(5), SIGMA, 0.0) == 0.0


def kept(boxes, poses, max_oks=0.5, max_iou=0.85):
    keep = np.zeros(len(boxes), np.bool_)
    score = np.ones((len(boxes), 5))
    boxes = np.array(boxes, np.float64).reshape(-1, 4)
    suppress_duplicates(boxes, np.array(poses).reshape(-1, 5, 2), score, SIGMA, max_oks, max_iou, keep)
    return keep.tolist()


def naive_kept(boxes, poses, scores, max_oks, max_iou):
    """Each in turn, kept where no better one that was kept is like it; the overlap by counting a grid's cells."""
    x, y = np.meshgrid(np.arange(0.25, 60.0, 0.5), np.arange(0.25, 60.0, 0.5))
    inside = [(x > b[0]) & (x < b[2]) & (y > b[1]) & (y < b[3]) for b in boxes]
    stays = []
    for j in range(len(boxes)):
        like = False
        for i in stays:
            area = 0.5 * (boxes[i, 2] - boxes[i, 0]) * (boxes[i, 3] - boxes[i, 1])
            like |= (inside[i] & inside[j]).sum() > max_iou * (inside[i] | inside[j]).sum()
            like |= naive_oks(poses[i], poses[j], scores[i], SIGMA, area) > max_oks
        stays += [] if like else [j]
    return [j in stays for j in range(len(boxes))]


def test_what_stays_equals_the_naive_twin():
    rng = np.random.default_rng(3)
    both = set()
    for _ in range(12):
        low = rng.integers(0, 12, (7, 2)) / 2
        boxes = np.concatenate([low, low + 20 + rng.integers(1, 9, (7, 2)) / 2], axis=1)
        poses = boxes[:, None, :2] + rng.uniform(0.0, 9.0, (7, 5, 2)) + np.arange(5)[:, None]
        scores = rng.random((7, 5)) * (rng.random((7, 5)) > 0.2)
        keep = np.zeros(7, np.bool_)
        suppress_duplicates(boxes, poses, scores, SIGMA, 0.5, 0.7, keep)
        assert keep.tolist() == naive_kept(boxes, poses, scores, 0.5, 0.7)
        both |= set(keep.tolist())
    assert both == {True, False}


def test_the_better_of_two_detections_of_one_person_stays():
    pose = np.random.default_rng(0).uniform(0, 100, (5, 2))
    assert kept([(0, 0, 60, 100), (2, 1, 63, 99)], [pose, pose + 1]) == [True, False]


def test_two_runners_who_overlap_but_stand_differently_both_stay():
    rng = np.random.default_rng(0)
    assert kept([(0, 0, 60, 100), (20, 0, 80, 100)], rng.uniform(0, 100, (2, 5, 2))) == [True, True]


def test_what_was_removed_removes_nothing():
    pose = np.random.default_rng(0).uniform(0, 100, (5, 2))
    shift = 12.0
    poses = [pose + i * shift for i in range(3)]
    boxes = [(i * shift, i * shift, 60 + i * shift, 100 + i * shift) for i in range(3)]
    pair = object_keypoint_similarity(poses[0], poses[1], np.ones(5), SIGMA, 3000.0)
    far = object_keypoint_similarity(poses[0], poses[2], np.ones(5), SIGMA, 3000.0)
    assert far < pair
    assert kept(boxes, poses, max_oks=(pair + far) / 2) == [True, False, True]


@pytest.mark.parametrize("n", [0, 1])
def test_nobody_or_one(n):
    assert kept(np.zeros((n, 4)), np.zeros((n, 5, 2))) == [True] * n
