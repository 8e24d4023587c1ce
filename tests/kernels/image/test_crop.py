from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from runlean_kernels.image.crop import crop_to_rgb, crops_to_rgb
from runlean_kernels.image.luma import average_cells, average_luma

MakePicture = Callable[..., Any]


def axis_matrix(origin: float, step: float, n_in: int, n_out: int) -> tuple[np.ndarray, np.ndarray]:
    """Obvious weights of one axis, and how much of each output pixel lies inside."""
    matrix, cover = np.zeros((n_out, n_in)), np.zeros(n_out)
    for i in range(n_out):
        low, high = sorted((origin + i * step, origin + (i + 1) * step))
        shares = np.array([max(0.0, min(high, k + 1) - max(low, k)) for k in range(n_in)])
        cover[i] = shares.sum() / (high - low)
        if high - low >= 1:
            matrix[i] = shares / max(shares.sum(), 1e-9)
        else:
            centre = np.clip((low + high) / 2, 0.5, n_in - 0.5)
            matrix[i] = np.clip(1 - np.abs(centre - np.arange(n_in) - 0.5), 0, None)
    return matrix, cover


def naive_crop(picture: Any, affine: np.ndarray, height: int, width: int) -> np.ndarray:
    """RGB of every pixel first, then a matrix product down each axis; not rounded."""
    swapped = affine[0, 1] != 0
    n_x, n_y = (height, width) if swapped else (width, height)
    mx, cx = axis_matrix(affine[0, 2], affine[0].sum() - affine[0, 2], picture.width, n_x)
    my, cy = axis_matrix(affine[1, 2], affine[1].sum() - affine[1, 2], picture.height, n_y)
    full = np.einsum("yj,xk,jkc->yxc", my, mx, picture.rgb()) * (cy[:, None] * cx[None])[..., None]
    return full.transpose(1, 0, 2) if swapped else full


BOXES = {
    "shrinks": [[3.3, 0, 1.2], [0, 2.7, 0.9]],
    "shrinks to whole pixels": [[3.0, 0, 2.0], [0, 2.0, 1.0]],
    "enlarges": [[0.4, 0, 10.3], [0, 0.3, 7.1]],
    "shrinks one way only": [[2.5, 0, 3.0], [0, 0.6, 4.0]],
    "keeps every pixel": [[1.0, 0, 4.0], [0, 1.0, 3.0]],
    "sticks out top left": [[3.1, 0, -11.3], [0, 2.2, -8.7]],
    "sticks out bottom right": [[3.1, 0, 20.6], [0, 2.2, 18.1]],
    "holds the whole picture": [[7.0, 0, -9.0], [0, 6.0, -5.0]],
    "lies outside": [[2.0, 0, 60.0], [0, 2.0, 5.0]],
    "mirrored": [[-2.6, 0, 30.0], [0, 2.1, 2.0]],
    "quarter turn": [[0, 2.4, 3.3], [-2.9, 0, 28.0]],
    "half turn": [[-2.4, 0, 33.3], [0, -1.9, 28.0]],
    "three quarter turn": [[0, -2.4, 31.3], [2.9, 0, -2.0]],
}


@pytest.mark.parametrize("name", BOXES)
def test_a_crop_is_the_mean_of_the_rgb_pixels(make_picture: MakePicture, name: str) -> None:
    picture, affine = make_picture(), np.array(BOXES[name], dtype=float)
    out = np.full((8, 9, 3), 77, np.uint8)
    crop_to_rgb(*picture.arguments, affine, out)
    expected = naive_crop(picture, affine, 8, 9)
    assert np.abs(out - expected).max() <= 0.51
    if name == "lies outside":
        assert not out.any()


@pytest.mark.parametrize("chroma", [0, 1, 2])
@pytest.mark.parametrize("sub", [(0, 0), (1, 0), (1, 1), (2, 2)])
@pytest.mark.parametrize(("depth", "full"), [(8, True), (8, False), (10, False), (16, True)])
def test_every_layout_gives_the_same_mean(
    make_picture: MakePicture, chroma: int, sub: tuple[int, int], depth: int, full: bool
) -> None:
    picture = make_picture(chroma=chroma, sub=sub, depth=depth, full=full)
    for name in ("shrinks", "enlarges", "sticks out bottom right", "quarter turn"):
        affine = np.array(BOXES[name], dtype=float)
        out = np.empty((5, 6, 3), np.uint8)
        crop_to_rgb(*picture.arguments, affine, out)
        assert np.abs(out - naive_crop(picture, affine, 5, 6)).max() <= 0.51


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (1, 2), (3, 2), (5, 7)])
def test_the_smallest_and_odd_pictures_work(make_picture: MakePicture, width: int, height: int) -> None:
    picture = make_picture(width=width, height=height)
    for scale in (0.25, 1.0, 3.0):
        affine = np.array([[scale, 0, -0.5], [0, scale, -0.5]])
        out = np.empty((4, 4, 3), np.uint8)
        crop_to_rgb(*picture.arguments, affine, out)
        assert np.abs(out - naive_crop(picture, affine, 4, 4)).max() <= 0.51


def test_clipping_comes_after_averaging(make_picture: MakePicture) -> None:
    picture = make_picture(chroma=0, full=False)
    picture.y = np.tile(np.array([0, 255], np.uint8), (29, 21))
    picture.y.flags.writeable = False
    out = np.empty((4, 4, 3), np.uint8)
    crop_to_rgb(*picture.arguments, np.array([[2.0, 0, 0], [0, 2.0, 0]]), out)
    assert (out == round((127.5 - 16) * 255 / 219)).all()
    crop_to_rgb(*picture.arguments, np.array([[1.0, 0, 0], [0, 1.0, 0]]), out)
    assert set(np.unique(out)) == {0, 255}


def test_a_batch_is_its_crops_one_by_one(make_picture: MakePicture) -> None:
    picture = make_picture()
    affines = np.array([BOXES[name] for name in ("shrinks", "mirrored", "quarter turn")], dtype=float)
    together, alone = np.empty((3, 6, 6, 3), np.uint8), np.empty((3, 6, 6, 3), np.uint8)
    crops_to_rgb(*picture.arguments, affines, together)
    for k in range(3):
        crop_to_rgb(*picture.arguments, affines[k], alone[k])
        assert np.abs(together[k] - naive_crop(picture, affines[k], 6, 6)).max() <= 0.51
    np.testing.assert_array_equal(together, alone)
    crops_to_rgb(*picture.arguments, affines[:0], together[:0])


def test_padding_behind_the_rows_is_never_seen(make_picture: MakePicture) -> None:
    one, two = make_picture(), make_picture()
    spoilt = np.array(two.y)
    spoilt[:, two.width :] = 255
    spoilt.flags.writeable = False
    two.y = spoilt
    affine = np.array([[4.3, 0, -2.0], [0, 3.4, 0]])
    a, b = np.empty((9, 9, 3), np.uint8), np.empty((9, 9, 3), np.uint8)
    crop_to_rgb(*one.arguments, affine, a)
    crop_to_rgb(*two.arguments, affine, b)
    np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "affine", [[[4.0, 0, 0], [0, 4.0, 0]], [[0, 4.5, 0], [-3.7, 0, 29.0]], [[-6, 0, 37], [0, 5, 2]]]
)
def test_a_thumbnail_is_mean_luma(make_picture: MakePicture, affine: list[list[float]]) -> None:
    picture, matrix = make_picture(depth=10), np.array(affine, dtype=float)
    out = np.empty((5, 6), np.float32)
    average_luma(picture.y, picture.width, picture.height, 0.25, matrix, out)
    swapped = matrix[0, 1] != 0
    n_x, n_y = (5, 6) if swapped else (6, 5)
    mx, _ = axis_matrix(matrix[0, 2], matrix[0, 0] + matrix[0, 1], picture.width, n_x)
    my, _ = axis_matrix(matrix[1, 2], matrix[1, 0] + matrix[1, 1], picture.height, n_y)
    expected = my @ picture.y[:, : picture.width].astype(float) @ mx.T * 0.25
    np.testing.assert_allclose(out, expected.T if swapped else expected, atol=1e-3)


def naive_cells(y: np.ndarray, across: int, down: int, rows: int, columns: int) -> np.ndarray:
    whole = y[: down * rows, : across * columns].astype(float)
    return whole.reshape(rows, down, columns, across).mean(axis=(1, 3))


@pytest.mark.parametrize(("across", "down"), [(8, 8), (3, 2), (1, 1)])
def test_whole_cells_are_their_means(make_picture: MakePicture, across: int, down: int) -> None:
    picture = make_picture()
    rows, columns = picture.height // down, picture.width // across
    cells, average = np.empty((rows, columns), np.float32), np.empty((rows, columns), np.float32)
    average_cells(picture.y, across, down, cells)
    np.testing.assert_allclose(cells, naive_cells(picture.y, across, down, rows, columns), rtol=1e-6)
    matrix = np.array([[across, 0, 0], [0, down, 0]], dtype=float)
    average_luma(picture.y, picture.width, picture.height, 1.0, matrix, average)
    np.testing.assert_allclose(cells, average, rtol=1e-5)
