"""RTMPose to the letter: the same ONNX, picture and boxes through rtmlib and through runlean."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.models import PictureModel, load_pose_model

rtmlib = pytest.importorskip("rtmlib", reason="the reference implementation is not installed")
cv2 = pytest.importorskip("cv2")


def boxes_around(rng, n, width, height):
    """Boxes of all shapes, some partly outside, some on whole pixels."""
    corner = rng.uniform((-40, -40), (width - 40, height - 40), (n, 2))
    box = np.concatenate((corner, corner + rng.uniform(8, 500, (n, 2))), axis=1)
    box[::3] = np.round(box[::3])
    return box


@pytest.fixture(scope="module")
def picture():
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 256, (480, 640, 3), np.uint8)
    return np.where(np.arange(640)[None, :, None] < 320, cv2.GaussianBlur(noise, (0, 0), 3), noise)


@pytest.mark.parametrize(("points", "width", "height"), [(17, 192, 256), (26, 192, 256), (133, 288, 384)])
def test_keypoints_equal_the_reference(points, width, height, build_rtmpose, tmp_path, picture, cache_folder):
    path = build_rtmpose(tmp_path / "net.onnx", points, width, height)
    model = load_pose_model(path, device="cpu")
    assert isinstance(model, PictureModel)
    boxes = boxes_around(np.random.default_rng(points), 12, 640, 480)
    reference = rtmlib.RTMPose(str(path), (width, height))
    expected_xy, expected_score = reference(picture, boxes)
    xy, score = model.predict_in(picture, boxes)
    assert xy.shape == (12, points, 2)
    # rtmlib counts from the centre of the first pixel, runlean from its edge
    np.testing.assert_allclose(xy - 0.5, expected_xy, atol=1e-3)
    np.testing.assert_allclose(score, expected_score, atol=2e-3)
    assert np.ptp(expected_xy[..., 0]) > 100, "the reference's answers do not depend on the boxes"


def test_the_crop_equals_opencv_to_the_grey_level(picture):
    from rtmlib.tools.pose_estimation.pre_processings import bbox_xyxy2cs, top_down_affine

    from runlean.models.family import CropSpec
    from runlean.models.simcc import reference_frame, reference_matrix
    from runlean_kernels.image.bilinear import warp_bilinear

    differing = total = 0
    for box in boxes_around(np.random.default_rng(0), 20, 640, 480):
        centre, scale = bbox_xyxy2cs(box, padding=1.25)
        expected, expected_scale = top_down_affine((192, 256), scale, centre, picture)
        own_centre, own_scale = reference_frame(box, CropSpec(1.25, 0.75))
        np.testing.assert_array_equal(own_centre[0], centre)
        np.testing.assert_array_equal(own_scale[0], expected_scale)
        out = np.empty((256, 192, 3), np.uint8)
        warp_bilinear(picture, reference_matrix(own_centre[0], own_scale[0], np.array([192, 256])), out)
        away = np.abs(out.astype(int) - expected)
        assert away.max() <= 1
        differing += np.count_nonzero(away)
        total += away.size
    assert differing <= 1e-5 * total


def test_runleans_own_crop_of_the_same_region_agrees_where_nothing_is_shrunk(build_rtmpose, tmp_path, cache_folder):
    """`predict` on a crop gives what `predict_in` gives when both see the same pixels."""
    model = load_pose_model(build_rtmpose(tmp_path / "net.onnx"), device="cpu")
    picture = np.random.default_rng(0).integers(0, 256, (256, 192, 3), np.uint8)
    # the reference maps the box's centre to index (W / 2, H / 2): a box about (96, 128) is the picture itself
    box = np.array([[96 - 192 / 2.5, 128 - 256 / 2.5, 96 + 192 / 2.5, 128 + 256 / 2.5]])
    whole, score = model.predict(picture[None])
    placed, placed_score = model.predict_in(picture, box)
    np.testing.assert_allclose(placed, whole, atol=1e-3)
    np.testing.assert_allclose(placed_score, score, atol=1e-5)


def test_rtmo_equals_the_reference(build_rtmo, tmp_path, cache_folder):
    path = build_rtmo(tmp_path / "net.onnx", persons=1, side=64)
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    reference = rtmlib.RTMO(str(path), (64, 64))
    # rtmlib's pictures are in OpenCV's order, blue first
    expected_xy, expected_score = reference(np.ascontiguousarray(picture[..., ::-1]))
    xy, score = load_pose_model(path, device="cpu").predict(picture[None])
    np.testing.assert_allclose(xy - 0.5, expected_xy, atol=1e-3)
    np.testing.assert_allclose(score, expected_score, atol=1e-5)
