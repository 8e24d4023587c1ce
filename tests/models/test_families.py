"""The shipped networks on a rendered runner with exact truth, and what each family makes of its graph's answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import runlean
from runlean.models import load_detector, load_pose_model
from runlean.models.family import CropSpec
from runlean.models.multipose import picture_box
from runlean.pose.crop import crop_batch
from runlean.video.reader import VideoReader

CLIPS = Path(runlean.__file__).parent / "clips"
FRAMES = (40, 47, 54, 61)
LEGS = ("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")
FEET = ("left_heel", "right_heel", "left_big_toe", "right_big_toe")


@pytest.fixture(scope="module")
def runner():
    """Four frames of the clip, the true boxes and points in each."""
    truth = np.load(CLIPS / "ship_tm_right_60.gt.npz")
    names = [str(name) for name in truth["names"]]
    frames = []
    with VideoReader(CLIPS / "ship_tm_right_60.mp4") as reader:
        for frame in reader:
            if frame.index in FRAMES:
                frames.append(frame)
            if frame.index == FRAMES[-1]:
                break
    box = truth["bbox_xyxy"][list(FRAMES), 0].astype(float)
    points = truth["kp2d"][list(FRAMES), 0].astype(float)
    return frames, box, points, names


def crops_of(runner, model):
    frames, box, _, _ = runner
    size = (model.info.input_height, model.info.input_width)
    batch = np.empty((len(frames), *size, 3), np.uint8)
    regions = model.crop.boxes(box)
    for frame, region, out in zip(frames, regions, batch, strict=True):
        crop_batch(frame, region[None], out[None])
    return batch, regions


def place(xy, regions, size):
    return regions[:, None, :2] + xy / size * (regions[:, None, 2:] - regions[:, None, :2])


@pytest.mark.parametrize(
    ("name", "points", "within"),
    [
        ("movenet-thunder", LEGS, 0.025),
        ("movenet-lightning", LEGS, 0.04),
        ("blazepose-full", LEGS, 0.04),
        ("blazepose-full", FEET, 0.05),
    ],
)
def test_keypoints_lie_on_the_runner(name, points, within, runner):
    model = load_pose_model(name, device="cpu")
    _, box, truth, names = runner
    batch, regions = crops_of(runner, model)
    xy, score = model.predict(batch)
    assert xy.dtype == score.dtype == np.float32
    found = place(xy, regions, [model.info.input_width, model.info.input_height])
    columns = [model.info.keypoint_names.index(p) for p in points]
    wanted = truth[:, [names.index(p) for p in points]]
    away = np.hypot(*np.moveaxis(found[:, columns] - wanted, -1, 0)) / (box[:, 3] - box[:, 1])[:, None]
    assert np.median(away) < within
    assert np.median(score[:, columns]) > 0.3
    assert ((score >= 0) & (score <= 1)).all()


@pytest.mark.parametrize("name", ["movenet-thunder", "movenet-lightning", "blazepose-full"])
def test_a_batch_is_each_crop_on_its_own(name, runner):
    model = load_pose_model(name, device="cpu")
    batch, _ = crops_of(runner, model)
    xy, score = model.predict(batch[:3])
    for i in range(3):
        alone_xy, alone_score = model.predict(batch[i : i + 1])
        np.testing.assert_allclose(alone_xy[0], xy[i], atol=2e-3)
        np.testing.assert_allclose(alone_score[0], score[i], atol=1e-4)


@pytest.mark.parametrize("name", ["movenet-thunder", "movenet-lightning", "blazepose-full"])
def test_the_mirrored_crop_gives_the_mirrored_runner(name, runner):
    """Left and right change places, and so do x and W - x: the answers count from the edge, not from the centre."""
    model = load_pose_model(name, device="cpu")
    batch, _ = crops_of(runner, model)
    names = model.info.keypoint_names
    columns = [names.index(p) for p in ("nose", *LEGS)]
    swapped = [names.index(p) for p in ("nose", *(LEGS[i ^ 1] for i in range(6)))]
    xy, _ = model.predict(batch)
    mirrored, _ = model.predict(np.ascontiguousarray(batch[:, :, ::-1]))
    width = model.info.input_width
    assert np.median(np.abs(xy[:, columns, 0] - (width - mirrored[:, swapped, 0]))) < 0.012 * width
    assert np.median(np.abs(xy[:, columns, 1] - mirrored[:, swapped, 1])) < 0.012 * width


@pytest.mark.parametrize("name", ["movenet-lightning", "blazepose-full"])
def test_an_empty_batch_gives_empty_arrays(name):
    model = load_pose_model(name, device="cpu")
    k = len(model.info.keypoint_names)
    xy, score = model.predict(np.zeros((0, model.info.input_height, model.info.input_width, 3), np.uint8))
    assert xy.shape == (0, k, 2)
    assert score.shape == (0, k)
    model.warmup()


def test_the_detector_finds_the_runner_once(runner):
    detector = load_detector(device="cpu")
    detector.warmup()
    frames, box, points, names = runner
    info = frames[0].info
    w, h = detector.input_size(info.width, info.height)
    region = picture_box(info.width, info.height, w, h)
    batch = np.empty((len(frames), h, w, 3), np.uint8)
    for frame, out in zip(frames, batch, strict=True):
        crop_batch(frame, region[None], out[None])
    scale = (region[2] - region[0]) / w
    for i, found in enumerate(detector.detect(batch)):
        assert len(found) == 1
        x0, y0, x1, y1 = found.box[0] * scale + np.tile(region[:2], 2)
        tall = box[i, 3] - box[i, 1]
        assert abs((x0 + x1) - (box[i, 0] + box[i, 2])) / 2 < 0.1 * tall
        assert abs((y0 + y1) - (box[i, 1] + box[i, 3])) / 2 < 0.1 * tall
        assert 0.75 < (y1 - y0) / tall < 1.3
        hips = found.xy[0, 11:13].mean(axis=0) * scale + region[:2]
        true_hips = points[i, [names.index("left_hip"), names.index("right_hip")]].mean(axis=0)
        assert np.hypot(*(hips - true_hips)) < 0.06 * tall


def test_the_detector_finds_everyone_more_than_six_too(runner):
    """Nine copies of the runner beside each other: the graph's own decoding would stop at six."""
    detector = load_detector(device="cpu")
    frames, box, _, _ = runner
    around = CropSpec(1.15, 0.75).boxes(box[:1])
    tile = np.empty((1, 128, 96, 3), np.uint8)
    crop_batch(frames[0], around, tile)
    crowd = np.tile(tile[0], (1, 9, 1))[None]
    (found,) = detector.detect(crowd)
    assert len(found) == 9
    centres = np.sort(found.box[:, [0, 2]].mean(axis=1))
    np.testing.assert_allclose(np.diff(centres), 96, atol=6)
    assert (np.diff(found.score) <= 0).all()
    assert len(detector.detect(crowd, max_people=4)[0]) == 4
    assert len(detector.detect(crowd, min_score=0.99)[0]) == 0


def test_an_empty_picture_has_nobody():
    detector = load_detector(device="cpu")
    assert [len(found) for found in detector.detect(np.full((2, 64, 96, 3), 90, np.uint8))] == [0, 0]
    assert detector.detect(np.zeros((0, 64, 64, 3), np.uint8)) == []


@pytest.mark.parametrize(
    ("size", "long_side", "expected"),
    [
        ((1920, 1080), 256, (256, 160)),
        ((1080, 1920), 256, (160, 256)),
        ((640, 480), 448, (448, 352)),
        ((100, 100), 256, (256, 256)),
        ((4000, 10), 256, (256, 32)),
        ((640, 480), 10, (32, 32)),
    ],
)
def test_the_detectors_input_holds_the_picture(size, long_side, expected):
    detector = load_detector(device="cpu")
    w, h = detector.input_size(*size, long_side)
    assert (w, h) == expected
    x0, y0, x1, y1 = picture_box(*size, w, h)
    assert (x1 - x0) / (y1 - y0) == pytest.approx(w / h)
    assert x0 <= 0 < size[0] <= x1
    assert y0 <= 0 < size[1] <= y1
    assert x0 == 0 or y0 == 0


def test_crop_boxes_on_paper():
    spec = CropSpec(padding=1.25, aspect=0.75)
    np.testing.assert_allclose(spec.boxes([[0, 0, 10, 40]]), [[5 - 18.75, 20 - 25, 5 + 18.75, 20 + 25]])
    np.testing.assert_allclose(spec.boxes([10, 10, 40, 20]), [[25 - 18.75, 15 - 25, 25 + 18.75, 15 + 25]])
    assert spec.boxes(np.zeros((0, 4))).shape == (0, 4)
    assert np.isnan(spec.boxes([[np.nan] * 4])).all()


def test_rtmo_takes_the_person_in_the_middle(build_rtmo, tmp_path, cache_folder):
    model = load_pose_model(build_rtmo(tmp_path / "net.onnx", persons=4, side=64), device="cpu")
    crops = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    xy, score = model.predict(crops)
    for i, found in enumerate(load_detector(tmp_path / "net.onnx", device="cpu").detect(crops, min_score=0.0)):
        middle = 0.5 * (found.box[:, :2] + found.box[:, 2:])
        worth = found.score * np.exp(-8 * (((middle - 32) / 64) ** 2).sum(1))
        np.testing.assert_allclose(xy[i], found.xy[np.argmax(worth)], atol=1e-4)
    assert (score > 0).all()
    assert model.predict(crops[:0])[0].shape == (0, 17, 2)
