"""Decoding of centre and keypoint heads against a naive twin in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.detection.heads import centre_peaks, decode_persons, person_box, person_keypoints

K = 3


def naive_peaks(centre, threshold, radius):
    """(score, y, x) of every cell that is its neighbourhood's first maximum, best first."""
    found = []
    for (y, x), value in np.ndenumerate(centre):
        top, left = max(0, y - radius), max(0, x - radius)
        around = centre[top : y + radius + 1, left : x + radius + 1]
        at = np.argwhere(around == around.max())[0] + (top, left)
        if value >= threshold and tuple(at) == (y, x):
            found.append((float(value), y, x))
    return sorted(found, key=lambda f: -f[0])


def naive_keypoint(heatmap, ry, rx, offset_y, offset_x, box, spread, stride):
    yy, xx = np.mgrid[0 : heatmap.shape[0], 0 : heatmap.shape[1]].astype(float)
    weight = heatmap * np.exp(-((yy - ry) ** 2 + (xx - rx) ** 2) / spread)
    inside = (xx * stride >= box[0]) & (xx * stride <= box[2]) & (yy * stride >= box[1]) & (yy * stride <= box[3])
    if not inside.any():
        return np.nan, np.nan, 0.0
    y, x = np.unravel_index(np.where(inside, weight, -1).argmax(), weight.shape)
    return (x + offset_x[y, x]) * stride, (y + offset_y[y, x]) * stride, weight[y, x]


def peaks(centre, threshold=0.2, radius=2, room=20):
    cell, score = np.full((room, 2), -1, np.int64), np.full(room, np.nan)
    n = centre_peaks(np.asarray(centre, np.float32), threshold, radius, cell, score)
    return [(float(s), int(y), int(x)) for s, (y, x) in zip(score[:n], cell[:n], strict=True)]


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (6, 5), (12, 9)])
@pytest.mark.parametrize("radius", [0, 1, 2])
def test_peaks_equal_the_naive_twin(shape, radius):
    centre = np.random.default_rng(0).random(shape).astype(np.float32)
    assert peaks(centre, 0.3, radius, room=200) == naive_peaks(centre, 0.3, radius)


def test_only_the_best_are_kept_when_there_is_no_room():
    centre = np.random.default_rng(1).random((20, 20)).astype(np.float32)
    everyone = peaks(centre, room=400)
    assert len(everyone) > 5
    for room in (0, 1, 3):
        assert peaks(centre, room=room) == everyone[:room]


def test_a_plateau_is_one_peak():
    centre = np.zeros((9, 9))
    centre[4, 4:6] = 0.9
    assert peaks(centre) == [(pytest.approx(0.9), 4, 4)]


def test_nothing_to_find():
    assert peaks(np.zeros((5, 5))) == []
    assert peaks(np.full((5, 5), np.nan)) == []
    assert peaks(np.zeros((0, 0))) == []


def test_peaks_move_with_the_picture():
    centre = np.zeros((20, 20))
    centre[5, 6], centre[12, 3] = 0.5, 0.7
    shifted = np.roll(centre, (3, 4), (0, 1))
    assert peaks(shifted) == [(s, y + 3, x + 4) for s, y, x in peaks(centre)]
    mirrored = peaks(centre[:, ::-1])
    assert mirrored == [(s, y, 19 - x) for s, y, x in peaks(centre)]


def test_a_box_lies_about_the_centre_that_the_offset_points_to():
    scale = np.array([10.0, 0.2], np.float32).reshape(2, 1, 1)
    offset = np.array([0.5, -0.25], np.float32).reshape(2, 1, 1)
    out = np.empty(4)
    assert person_box(scale, offset, 0, 0, 4.0, out) == 1.0
    np.testing.assert_allclose(out, [(-0.25 - 0.5) * 4, (0.5 - 5) * 4, (-0.25 + 0.5) * 4, (0.5 + 5) * 4])


@pytest.mark.parametrize("seed", range(4))
def test_keypoints_equal_the_naive_twin(seed):
    rng = np.random.default_rng(seed)
    h, w, y, x = 9, 11, 4, 5
    heatmap = rng.random((K, h, w)).astype(np.float32)
    regress = rng.normal(0, 3, (2 * K, h, w)).astype(np.float32)
    offset = rng.normal(0, 1, (2 * K, h, w)).astype(np.float32)
    box = np.array([6.0, 3.0, 33.0, 30.5])
    xy, score = np.empty((K, 2)), np.empty(K)
    person_keypoints(heatmap, regress, offset, y, x, box, 2.5, 4.0, xy, score)
    for k in range(K):
        ry, rx = y + regress[2 * k, y, x], x + regress[2 * k + 1, y, x]
        expected = naive_keypoint(heatmap[k].astype(float), ry, rx, offset[2 * k], offset[2 * k + 1], box, 2.5, 4.0)
        np.testing.assert_allclose([*xy[k], score[k]], expected, rtol=1e-6)


def test_a_box_outside_the_picture_holds_no_keypoint():
    zeros = np.zeros((2 * K, 4, 4), np.float32)
    xy, score = np.empty((K, 2)), np.empty(K)
    person_keypoints(zeros[:K], zeros, zeros, 0, 0, np.array([100.0, 100.0, 120.0, 120.0]), 1.0, 4.0, xy, score)
    assert np.isnan(xy).all()
    assert (score == 0).all()


def test_a_keypoint_far_from_where_it_is_expected_yields_to_a_weaker_one_nearby():
    heatmap = np.zeros((1, 9, 9), np.float32)
    heatmap[0, 1, 1], heatmap[0, 7, 7] = 0.9, 0.3
    regress = np.full((2, 9, 9), 3.0, np.float32)
    zeros = np.zeros((2, 9, 9), np.float32)
    xy, score = np.empty((1, 2)), np.empty(1)
    person_keypoints(heatmap, regress, zeros, 4, 4, np.array([0.0, 0.0, 36.0, 36.0]), 4.0, 4.0, xy, score)
    np.testing.assert_allclose(xy[0], [28, 28])
    assert score[0] == pytest.approx(0.3)


def test_a_batch_is_each_picture_on_its_own():
    rng = np.random.default_rng(5)
    n, h, w, room = 3, 8, 10, 6
    heads = [rng.random((n, c, h, w)).astype(np.float32) for c in (1, 2, 2, K, 2 * K, 2 * K)]
    heads[0][1] = 0  # nobody in the second picture
    heads[1] *= 20

    def decode(some):
        m = len(some[0])
        count = np.full(m, -1, np.int64)
        box, score = np.full((m, room, 4), np.nan), np.full((m, room), np.nan)
        xy, keypoint_score = np.full((m, room, K, 2), np.nan), np.full((m, room, K), np.nan)
        decode_persons(*some, 0.3, 4.0, count, box, score, xy, keypoint_score)
        return count, box, score, xy, keypoint_score

    whole = decode(heads)
    assert whole[0][1] == 0
    assert whole[0][0] > 1
    for i in range(n):
        alone = decode([np.ascontiguousarray(head[i : i + 1]) for head in heads])
        for a, b in zip(alone, whole, strict=True):
            np.testing.assert_array_equal(a[0], b[i])
    empty = decode([np.ascontiguousarray(head[:0]) for head in heads])
    assert len(empty[0]) == 0
