"""The bilinear warp against a naive twin in float64."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.image.bilinear import warp_bilinear


def naive_warp(picture, matrix, width, height):
    h, w = picture.shape[:2]
    padded = np.zeros((h + 4, w + 4, 3))
    padded[2:-2, 2:-2] = picture
    out = np.zeros((height, width, 3))
    for v in range(height):
        for u in range(width):
            x, y = matrix @ (u, v, 1)
            if not (-1 < x < w and -1 < y < h):
                continue
            i, j = int(np.floor(x)), int(np.floor(y))
            f, g = x - i, y - j
            block = padded[j + 2 : j + 4, i + 2 : i + 4]
            out[v, u] = (1 - g) * ((1 - f) * block[0, 0] + f * block[0, 1]) + g * (
                (1 - f) * block[1, 0] + f * block[1, 1]
            )
    return out


def warp(picture, matrix, width, height):
    out = np.full((height, width, 3), 77, np.uint8)
    warp_bilinear(picture, np.asarray(matrix, np.float64), out)
    return out


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (11, 13, 3), np.uint8)


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 0, 0], [0, 1, 0]],
        [[0.37, 0, -1.5], [0, 0.37, -0.3]],
        [[2.6, 0, -4.1], [0, 2.2, 1.7]],
        [[0.8, -0.6, 3.0], [0.6, 0.8, -2.0]],
        [[1, 0, 100], [0, 1, 100]],
    ],
)
def test_it_equals_the_naive_twin_to_half_a_grey_level(picture, matrix):
    out = warp(picture, matrix, 9, 8)
    np.testing.assert_allclose(out, naive_warp(picture, np.array(matrix, float), 9, 8), atol=0.5 + 1e-3)


def test_the_identity_copies(picture):
    np.testing.assert_array_equal(warp(picture, [[1, 0, 0], [0, 1, 0]], 13, 11), picture)


def test_beyond_the_picture_is_black(picture):
    out = warp(picture, [[1, 0, -3], [0, 1, -2]], 13, 11)
    assert not out[:2].any()
    assert not out[:, :3].any()
    np.testing.assert_array_equal(out[2:, 3:], picture[:-2, :-3])


def test_a_mirrored_map_gives_the_mirrored_picture(picture):
    straight = warp(picture, [[0.5, 0, 1.25], [0, 0.5, 0.5]], 10, 8)
    mirrored = warp(np.ascontiguousarray(picture[:, ::-1]), [[-0.5, 0, 12 - 1.25], [0, 0.5, 0.5]], 10, 8)
    np.testing.assert_array_equal(mirrored, straight)


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 2)])
def test_tiny_pictures(shape):
    picture = np.full((*shape, 3), 200, np.uint8)
    out = warp(picture, [[1, 0, 0], [0, 1, 0]], 2, 2)
    assert out[: shape[0], : shape[1]].min(initial=200) == 200
    assert out.sum() == 200 * 3 * shape[0] * shape[1]
