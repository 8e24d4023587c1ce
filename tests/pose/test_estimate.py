"""A rendered runner crosses the frame: the whole pass on a clip that ships, against its truth."""

from __future__ import annotations

import json

import numpy as np
import pytest

from runlean.clips import clip_path
from runlean.models import load_detector, load_pose_model
from runlean.pose.estimate import PoseTiming, estimate_poses
from runlean.video import VideoReader

CLIP = "ship_og_waist_30"


class FirstFrames:
    """A reader that ends early."""

    def __init__(self, reader, n):
        self.info, self._reader, self._n = reader.info, reader, n

    def __iter__(self):
        for _, frame in zip(range(self._n), self._reader, strict=False):
            yield frame


@pytest.fixture(scope="module")
def networks():
    return load_detector(device="cpu"), load_pose_model(device="cpu"), load_pose_model("blazepose-full", device="cpu")


@pytest.fixture(scope="module")
def truth():
    path = clip_path(CLIP)
    with open(str(path).replace(".mp4", ".gt.json"), encoding="utf-8") as file:
        return json.load(file), dict(np.load(str(path).replace(".mp4", ".gt.npz")))


@pytest.fixture(scope="module")
def whole(networks):
    detector, model, feet = networks
    timing = PoseTiming()
    seen = []
    with VideoReader(clip_path(CLIP)) as reader:
        tracks = estimate_poses(
            reader, detector, model, feet, progress=lambda done, expected: seen.append((done, expected)), timing=timing
        )
    return tracks, timing, seen


def test_one_runner_in_every_frame_that_shows_all_of_him(whole, truth):
    tracks, _, _ = whole
    first, last = truth[0]["runners"][0]["fully_in_frame"]
    assert tracks.n_tracks == 1
    assert tracks.track_id.tolist() == [1]
    assert tracks.offsets.tolist() == [0, len(tracks.frame)]
    assert set(range(first, last + 1)) <= set(tracks.frame.tolist())
    assert (np.diff(tracks.frame) == 1).all()
    assert tracks.time_s == pytest.approx(tracks.frame / 30.0, abs=1e-3)
    assert tracks.fps == pytest.approx(30.0, rel=1e-3)


def test_keypoints_lie_where_they_are(whole, truth):
    tracks, _, _ = whole
    gt, arrays = truth
    height = gt["runners"][0]["body_height_px"]
    first, last = gt["runners"][0]["fully_in_frame"]
    inside = (tracks.frame >= first) & (tracks.frame <= last)
    columns = [gt["keypoint_names"].index(name) for name in tracks.keypoint_names]
    error = np.linalg.norm(tracks.xy[inside] - arrays["kp2d"][tracks.frame[inside], 0][:, columns], axis=2) / height
    # as on true boxes: 2.1 % for the body, 2.6 % for heels and toes
    assert np.nanmean(error[:, 5:17]) < 0.025
    assert np.nanmean(error[:, 17:]) < 0.035
    assert np.isfinite(error[:, :17]).all()
    assert np.isfinite(error).mean() > 0.97


def test_boxes_are_the_body(whole, truth):
    tracks, _, _ = whole
    first, last = truth[0]["runners"][0]["fully_in_frame"]
    inside = (tracks.frame >= first) & (tracks.frame <= last)
    true = truth[1]["bbox_xyxy"][tracks.frame[inside], 0].astype(float)
    height = (true[:, 3] - true[:, 1])[:, None]
    assert np.quantile(np.abs(tracks.box[inside] - true) / height, 0.9) < 0.08


def test_the_camera_stands_still(whole):
    camera = whole[0].camera
    assert not camera.moving
    assert not camera.dx_px.any()
    assert len(camera.shot) == 120


def test_the_cost_is_told(whole):
    tracks, timing, seen = whole
    assert timing.frames == 120
    assert len(tracks.frame) <= timing.crops <= len(tracks.frame) + 30
    assert 3 <= timing.detector_frames <= 40
    assert min(timing.camera_s, timing.detect_s, timing.crop_s, timing.pose_s, timing.feet_s, timing.wall_s) > 0
    assert seen[-1] == (120, 120)


def test_threads_and_slow_motion_change_no_pixel(networks):
    detector, model, _ = networks
    runs = []
    for threads, slow in ((1, 1.0), (3, 4.0)):
        with VideoReader(clip_path(CLIP)) as reader:
            runs.append(
                estimate_poses(FirstFrames(reader, 45), detector, model, None, slow_motion=slow, threads=threads)
            )
    one, three = runs
    assert np.array_equal(one.frame, three.frame)
    assert np.array_equal(one.xy, three.xy)
    assert np.array_equal(one.box, three.box)
    assert three.time_s == pytest.approx(one.time_s / 4)
    assert three.fps == pytest.approx(4 * one.fps)
    assert len(one.keypoint_names) == 17


@pytest.mark.parametrize(("region", "n"), [((0, 0, 300, 540), 1), ((900, 0, 960, 60), 0)])
def test_a_region_keeps_who_passes_through(networks, region, n):
    detector, model, _ = networks
    with VideoReader(clip_path(CLIP)) as reader:
        assert estimate_poses(FirstFrames(reader, 34), detector, model, None, region=region).n_tracks == n
