from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.detection.heatmap_peak import heatmap_peak


def peaks(heatmap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    xy = np.empty((*heatmap.shape[:2], 2), np.float32)
    score = np.empty(heatmap.shape[:2], np.float32)
    heatmap_peak(np.ascontiguousarray(heatmap, dtype=np.float32), xy, score)
    return xy, score


def blob(x: float, y: float, h: int = 16, w: int = 20, height: float = 0.8) -> np.ndarray:
    i, j = np.mgrid[:h, :w] + 0.5
    return height * np.exp(-((j - x) ** 2 + (i - y) ** 2) / 2)


def naive(heatmap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, k, h, w = heatmap.shape
    xy, score = np.full((n, k, 2), np.nan), np.zeros((n, k))
    for i in range(n):
        for p in range(k):
            m = heatmap[i, p].astype(np.float64)
            if not np.nanmax(m) > 0:
                continue
            r, c = np.unravel_index(np.argmax(m), m.shape)
            ys, xs = np.mgrid[:h, :w]
            near = (abs(ys - r) <= 2) & (abs(xs - c) <= 2)
            weight = np.where(near, m, 0)
            xy[i, p] = (weight * xs).sum() / weight.sum() + 0.5, (weight * ys).sum() / weight.sum() + 0.5
            score[i, p] = m.max()
    return xy, score


def test_a_blob_is_found_within_a_twentieth_of_a_cell():
    heatmap = np.stack([[blob(7.3, 5.8), blob(12.1, 9.5)], [blob(10.0, 8.0), blob(5.5, 5.5)]])
    xy, score = peaks(heatmap)
    np.testing.assert_allclose(xy, [[[7.3, 5.8], [12.1, 9.5]], [[10.0, 8.0], [5.5, 5.5]]], atol=0.06)
    assert (score > 0.6).all()


def test_equals_its_naive_twin():
    rng = np.random.default_rng(1)
    heatmap = rng.random((2, 3, 7, 5)).astype(np.float32)
    for got, expected in zip(peaks(heatmap), naive(heatmap), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_mirrored_map_gives_mirrored_peak():
    heatmap = blob(7.3, 5.8)[None, None]
    xy, _ = peaks(heatmap)
    mirrored, _ = peaks(heatmap[..., ::-1])
    assert mirrored[0, 0, 0] == pytest.approx(20 - xy[0, 0, 0], abs=1e-4)
    assert mirrored[0, 0, 1] == pytest.approx(xy[0, 0, 1], abs=1e-4)


def test_nothing_in_the_map_is_no_point():
    xy, score = peaks(np.zeros((1, 2, 4, 4)))
    assert np.isnan(xy).all()
    assert (score == 0).all()
    assert peaks(np.zeros((0, 2, 4, 4)))[0].shape == (0, 2, 2)


def test_a_peak_at_the_corner_stays_inside():
    heatmap = np.zeros((1, 1, 4, 4))
    heatmap[0, 0, 0, 0] = 0.9
    xy, _ = peaks(heatmap)
    np.testing.assert_allclose(xy[0, 0], [0.5, 0.5])
