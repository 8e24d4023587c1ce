"""Crops against FFmpeg's own RGB, shrunk by plain area averaging."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import Interpolation

from runlean.pose.crop import crop_affine_batch, crop_batch, luma_thumbnail, picture_to_rgb
from runlean.video import Frame, VideoInfo
from runlean.video.layout import layout_of, planes_of
from runlean.video.orientation import Orientation, square_pixel_size

_SWS = {"bt601": 5, "bt709": 1, "bt2020": 9}
_AVCOL = {"bt601": 6, "bt709": 1, "bt2020": 9}


def smooth_card(width: int, height: int) -> np.ndarray:
    """Colours well inside the gamut, changing slowly enough that chroma subsampling costs nothing."""
    x, y = np.meshgrid(np.arange(width) / 40.0, np.arange(height) / 40.0)
    waves = [np.sin(x + 0.4 * y), np.cos(0.8 * y - 0.5 * x), np.sin(0.6 * x * y / 3 + 1)]
    return np.stack([128 + 60 * w for w in waves], axis=-1).astype(np.uint8)


def make_frame(
    pix_fmt: str = "yuv420p",
    matrix: str = "bt709",
    full: bool = False,
    size: tuple[int, int] = (160, 120),
    orientation: Orientation | None = None,
    aspect: Fraction | None = None,
) -> tuple[Frame, np.ndarray]:
    """A frame, and the upright picture as FFmpeg converts it (pixel aspect left as stored)."""
    orientation = orientation or Orientation()
    rgb = av.VideoFrame.from_ndarray(smooth_card(*size), format="rgb24")
    picture = rgb.reformat(
        format=pix_fmt, dst_colorspace=_SWS[matrix], src_color_range=2, dst_color_range=2 if full else 1
    )
    picture.colorspace, picture.color_range = _AVCOL[matrix], 2 if full else 1
    # without these flags FFmpeg takes a shortcut for even widths that is off by up to 4 levels, 1 to 1.4 on average
    careful = Interpolation.POINT | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    back = picture.reformat(
        format="rgb24",
        src_colorspace=_SWS[matrix],
        src_color_range=2 if full else 1,
        dst_color_range=2,
        interpolation=int(careful),
    )
    width, height = square_pixel_size(*size, aspect, orientation)
    info = VideoInfo(
        path=Path("card"), file_name="card", width=width, height=height, coded_width=size[0], coded_height=size[1],
        rotation_deg=orientation.rotation_deg, mirrored=orientation.mirrored, sample_aspect_ratio=float(aspect or 1),
        codec="", pix_fmt=pix_fmt, container="", fps_from_header=30.0, n_frames_from_header=1,
        duration_s_from_header=1.0, interlaced=False,
    )  # fmt: skip
    layout = layout_of(picture)
    assert (layout.matrix, layout.full_range) == (matrix, full)
    return Frame(0, 0.0, planes_of(picture, layout), layout, info), orientation.upright(back.to_ndarray())


def area_crop(picture: np.ndarray, box: np.ndarray, width: int, height: int) -> np.ndarray:
    """Mean colour of each output pixel's area, 0 outside the picture."""

    def shares(low: float, high: float, n_out: int, n_in: int) -> np.ndarray:
        edges = np.linspace(low, high, n_out + 1)
        pixel = np.arange(n_in)
        overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
        return np.clip(overlap, 0, None) / (high - low) * n_out

    down = shares(box[1], box[3], height, picture.shape[0])
    across = shares(box[0], box[2], width, picture.shape[1])
    return np.einsum("yj,xk,jkc->yxc", down, across, picture.astype(float), optimize=True)


BOXES = np.array([[20.3, 10.7, 120.1, 100.2], [-15.5, -20.2, 60.4, 70.3], [100.0, 60.0, 200.0, 160.0]])


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "nv12", "yuv422p", "yuv444p", "yuv420p10le", "p010le"])
@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
@pytest.mark.parametrize("full", [False, True])
def test_crops_equal_ffmpegs_rgb_averaged(pix_fmt: str, matrix: str, full: bool) -> None:
    frame, picture = make_frame(pix_fmt, matrix, full)
    out = np.empty((3, 30, 36, 3), np.uint8)
    crop_batch(frame, BOXES, out)
    for box, crop in zip(BOXES, out, strict=True):
        error = np.abs(crop - area_crop(picture, box, 36, 30))
        # FFmpeg scales 10 bits of full range by 1/4, not by 255/1023
        assert error.max() <= (1.6 if full and frame.layout.bit_depth > 8 else 1.05)
        assert error.mean() <= 0.7


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("size", [(160, 120), (161, 121)])
def test_crops_of_turned_pictures_are_upright(rotation: int, mirrored: bool, size: tuple[int, int]) -> None:
    frame, picture = make_frame(size=size, orientation=Orientation(rotation, mirrored))
    out = np.empty((3, 30, 36, 3), np.uint8)
    crop_batch(frame, BOXES, out)
    for box, crop in zip(BOXES, out, strict=True):
        # FFmpeg stretches 81 chroma samples over 161 pixels instead of leaving half of the last one over
        tolerance = 3.5 if size[0] % 2 else 1.05
        assert np.abs(crop - area_crop(picture, box, 36, 30)).max() <= tolerance
        assert np.abs(crop - area_crop(frame.rgb(), box, 36, 30)).max() <= 1.05


def test_gray_has_no_colour() -> None:
    frame, picture = make_frame("gray", full=True)
    out = np.empty((3, 30, 36, 3), np.uint8)
    crop_batch(frame, BOXES, out)
    assert (out[..., :1] == out).all()
    assert np.abs(out[0] - area_crop(picture, BOXES[0], 36, 30)).max() <= 1.0


def test_enlarging_stays_between_the_pixels() -> None:
    frame, picture = make_frame("yuv444p")
    box = np.array([[50.0, 40.0, 58.0, 46.0]])
    out = np.empty((1, 24, 32, 3), np.uint8)
    crop_batch(frame, box, out)
    patch = picture[39:47, 49:59].astype(int)
    assert (out.min(axis=(0, 1, 2)) >= patch.min(axis=(0, 1)) - 2).all()
    assert (out.max(axis=(0, 1, 2)) <= patch.max(axis=(0, 1)) + 2).all()
    # centres of 4 x 4 output pixels meet the source pixel's own
    np.testing.assert_allclose(out[0, 1::4, 1::4].astype(float), out[0, 2::4, 2::4], atol=6)
    blocks = out[0].reshape(6, 4, 8, 4, 3).mean(axis=(1, 3))
    assert np.abs(blocks - picture[40:46, 50:58]).max() <= 3


@pytest.mark.parametrize("rotation", [0, 90])
def test_points_of_a_crop_lie_where_the_contract_says(rotation: int) -> None:
    """A bright dot found in the crop maps back to its place in the upright picture."""
    frame, _ = make_frame("gray", full=True, orientation=Orientation(rotation))
    luma = np.zeros((120, 160), np.uint8)
    luma[70:72, 90:92] = 255  # centre at (91, 71) in stored pixel-edge coordinates
    luma.flags.writeable = False
    frame = dataclasses.replace(frame, planes=(luma,))
    x, y = (91.0, 71.0) if rotation == 0 else (120 - 71.0, 91.0)
    box = np.array([[x - 20, y - 15, x + 30, y + 35]])
    out = np.empty((1, 40, 40, 3), np.uint8)
    crop_batch(frame, box, out)
    weight = out[0, :, :, 0].astype(float)
    j, i = np.meshgrid(np.arange(40) + 0.5, np.arange(40) + 0.5, indexing="ij")
    cx, cy = (weight * i).sum() / weight.sum(), (weight * j).sum() / weight.sum()
    assert box[0, 0] + cx / 40 * 50 == pytest.approx(x, abs=0.05)
    assert box[0, 1] + cy / 40 * 50 == pytest.approx(y, abs=0.05)


def test_pixels_that_are_not_square_are_stretched_in_the_crop() -> None:
    frame, picture = make_frame(aspect=Fraction(3, 2), size=(160, 120))
    out = np.empty((1, 30, 60, 3), np.uint8)
    crop_batch(frame, np.array([[30.0, 20.0, 150.0, 80.0]]), out)
    assert np.abs(out[0] - area_crop(picture, np.array([20.0, 20.0, 100.0, 80.0]), 60, 30)).max() <= 1.05


def test_the_whole_picture_fills_its_corner_and_the_rest_is_black() -> None:
    frame, picture = make_frame(orientation=Orientation(270))
    out = np.full((96, 96, 3), 9, np.uint8)
    picture_to_rgb(frame, 60, 80, out)
    expected = area_crop(picture, np.array([0.0, 0.0, 120.0, 160.0]), 60, 80)
    assert np.abs(out[:80, :60] - expected).max() <= 1.05
    assert not out[80:].any()
    assert not out[:, 60:].any()


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le", "p010le", "gray"])
@pytest.mark.parametrize(("rotation", "mirrored"), [(0, False), (0, True), (90, False), (180, False), (270, True)])
def test_the_thumbnail_is_upright_mean_luma(pix_fmt: str, rotation: int, mirrored: bool) -> None:
    turned = Orientation(rotation, mirrored)
    frame, _ = make_frame(pix_fmt, full=pix_fmt == "gray", orientation=turned, size=(160, 120))
    upright = frame.info.orientation.upright(frame.planes[0]).astype(float) / (1 << (frame.layout.bit_depth - 8))
    out = np.empty((upright.shape[0] // 8, upright.shape[1] // 8), np.float32)
    luma_thumbnail(frame, out)
    expected = upright.reshape(out.shape[0], 8, out.shape[1], 8).mean(axis=(1, 3))
    np.testing.assert_allclose(out, expected, atol=1e-3)


def test_a_thumbnail_of_parts_of_samples_lies_between_those_of_whole_cells() -> None:
    frame, _ = make_frame("yuv420p", size=(160, 120))
    out = np.empty((16, 32), np.float32)  # cells of 5 x 7.5 samples
    luma_thumbnail(frame, out)
    halves = frame.planes[0].astype(float).repeat(2, axis=0).reshape(16, 15, 32, 5).mean(axis=(1, 3))
    np.testing.assert_allclose(out, halves, atol=1e-3)


def test_a_turned_crop_comes_near_the_area_average() -> None:
    frame, picture = make_frame("yuv444p")
    turned = np.empty((1, 20, 20, 3), np.uint8)
    angle = 1e-7  # takes the path for any angle
    crop_affine_batch(frame, np.array([[[3.0, angle, 40.0], [-angle, 3.0, 30.0]]]), turned)
    assert np.abs(turned[0] - area_crop(picture, np.array([40.0, 30.0, 100.0, 90.0]), 20, 20)).max() <= 3.0


def test_no_boxes_is_no_work() -> None:
    frame, _ = make_frame()
    crop_batch(frame, np.empty((0, 4)), np.empty((0, 8, 8, 3), np.uint8))
