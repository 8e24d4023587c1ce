from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from runlean_kernels.image.crop import crop_to_rgb
from runlean_kernels.image.turned import turned_crop_to_rgb, turned_crops_to_rgb

MakePicture = Callable[..., Any]


def turned(angle_deg: float, scale: float, centre: tuple[float, float], size: int) -> np.ndarray:
    c, s = scale * np.cos(np.radians(angle_deg)), scale * np.sin(np.radians(angle_deg))
    linear = np.array([[c, -s], [s, c]])
    shift = np.array(centre) - linear @ [size / 2, size / 2]
    return np.column_stack([linear, shift])


@pytest.mark.parametrize("chroma", [0, 1, 2])
def test_enlarging_straight_equals_the_straight_path(make_picture: MakePicture, chroma: int) -> None:
    picture = make_picture(chroma=chroma, sub=(0, 0))
    affine = np.array([[1.0, 0, 5.0], [0, 1.0, 4.0]])
    a, b = np.empty((8, 8, 3), np.uint8), np.empty((8, 8, 3), np.uint8)
    crop_to_rgb(*picture.arguments, affine, a)
    turned_crop_to_rgb(*picture.arguments, affine, b)
    np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("chroma", [1, 2])
@pytest.mark.parametrize("angle", [0.0, 13.0, 90.0, 200.0])
def test_a_ramp_keeps_its_values_at_any_angle(make_picture: MakePicture, angle: float, chroma: int) -> None:
    picture = make_picture(width=60, height=60, chroma=chroma)
    x, y = np.meshgrid(np.arange(65) + 0.5, np.arange(60) + 0.5)
    picture.y = np.rint(60 + 1.0 * x + 1.5 * y).astype(np.uint8)
    flat = np.full_like(picture.u, 128)
    picture.u = picture.v = flat
    affine = turned(angle, 3.0, (30.0, 31.0), 8)
    out = np.empty((8, 8, 3), np.uint8)
    turned_crop_to_rgb(*picture.arguments, affine, out)
    i, j = np.meshgrid(np.arange(8) + 0.5, np.arange(8) + 0.5)
    px = affine[0, 0] * i + affine[0, 1] * j + affine[0, 2]
    py = affine[1, 0] * i + affine[1, 1] * j + affine[1, 2]
    assert np.abs(out - (60 + px + 1.5 * py)[..., None]).max() <= 1.5


def test_outside_is_black_and_a_batch_is_its_crops(make_picture: MakePicture) -> None:
    picture = make_picture()
    affines = np.stack([turned(20.0, 2.0, (200.0, 5.0), 4), turned(20.0, 2.0, (0.0, 0.0), 4)])
    out, alone = np.empty((2, 4, 4, 3), np.uint8), np.empty((4, 4, 3), np.uint8)
    turned_crops_to_rgb(*picture.arguments, affines, out)
    assert not out[0].any()
    assert not out[1, 0, 0].any()
    assert out[1, 3, 3].all()
    turned_crop_to_rgb(*picture.arguments, affines[1], alone)
    np.testing.assert_array_equal(out[1], alone)
