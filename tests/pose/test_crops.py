"""Jobs on worker threads: answers in order, in the picture's pixels, errors where they belong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from runlean.pose.crops import CropJob, CropWorkers, crop_spec
from runlean.video import Frame, VideoInfo
from runlean.video.layout import Layout

SIZE = 64
INFO = VideoInfo(Path("x"), "x", SIZE, SIZE, SIZE, SIZE, 0, False, 1.0, "raw", "gray", "raw", 30.0, 1, 1.0, False)


def grey_frame(index, level):
    plane = np.full((SIZE, SIZE), level, np.uint8)
    return Frame(index, index / 30, (plane,), Layout("gray", 0, 0, 8, "bt601", True), INFO)


def job(*levels, box=(16.0, 8.0, 40.0, 56.0), others=()):
    boxes = np.array([box])
    rest = np.array(others, float).reshape(-1, 4)
    return CropJob(
        tuple(grey_frame(i, level) for i, level in enumerate(levels)),
        tuple(boxes for _ in levels),
        tuple((rest,) for _ in levels),
    )


@pytest.mark.parametrize("threads", [1, 3])
def test_answers_come_in_the_order_of_the_jobs(made_model, threads):
    levels = [10, 60, 110, 160, 210, 250]
    with CropWorkers(made_model, None, threads, waiting=2) as crops:
        for level in levels:
            crops.submit(job(level))
        answers = list(crops.answers(crops.submitted))
    assert [round(255 * a.score[0, 0]) for a in answers] == pytest.approx(levels, abs=3)
    assert crops.timing.crops == 6


def test_points_are_put_back_into_the_picture(made_model):
    with CropWorkers(made_model, None, 1, waiting=1) as crops:
        crops.submit(job(100))
        (answer,) = crops.answers(1)
    # the middle of the crop is the middle of the box
    assert answer.xy[0] == pytest.approx(np.tile([28.0, 32.0], (17, 1)))
    assert answer.feet_xy.shape == (1, 0, 2)


def test_the_crop_holds_the_whole_cycle_and_little_more(made_model):
    (crop,) = crop_spec(made_model).boxes(np.array([[16.0, 8.0, 40.0, 56.0]]))
    assert crop[2] - crop[0] == crop[3] - crop[1]
    assert 1.1 * 48 <= crop[3] - crop[1] <= 1.2 * 48


def test_others_are_painted_over(made_model):
    class Spread(type(made_model)):
        def predict(self, batch):
            xy, _ = super().predict(batch)
            return xy, np.tile(batch.std(axis=(1, 2, 3), dtype=float)[:, None] / 255, (1, 17)).astype(np.float32)

    plane = np.full((SIZE, SIZE), 90, np.uint8)
    plane[:, 45:] = 230  # somebody else
    frame = Frame(0, 0.0, (plane,), Layout("gray", 0, 0, 8, "bt601", True), INFO)
    box = np.array([[10.0, 8.0, 50.0, 56.0]])
    other = np.array([[44.0, 0.0, 64.0, 64.0]])
    with CropWorkers(Spread(), None, 1, waiting=1) as crops:
        crops.submit(CropJob((frame, frame), (box, box), ((np.zeros((0, 4)),), (other,))))
        (answer,) = crops.answers(1)
    assert answer.score[1, 0] < 0.5 * answer.score[0, 0]


def test_a_second_network_sees_the_same_people(made_model):
    with CropWorkers(made_model, made_model, 2, waiting=1) as crops:
        crops.submit(job(100, 200))
        (answer,) = crops.answers(1)
    assert np.array_equal(answer.feet_xy, answer.xy)
    assert np.array_equal(answer.feet_score, answer.score)


def test_an_error_in_a_worker_is_raised(made_model):
    class Broken(type(made_model)):
        def predict(self, batch):
            raise RuntimeError("no")

    with CropWorkers(Broken(), None, 1, waiting=1) as crops:
        crops.submit(job(100))
        with pytest.raises(RuntimeError, match="no"):
            list(crops.answers(1))


def test_who_is_in_front_is_painted_out_of_the_picture_of_who_is_behind(made_model, figure):
    """The network tells the one in front by its bright body; the one behind must no longer see it."""

    class Seeing(type(made_model)):
        seen: list

        def predict(self, batch):
            self.seen.append(batch.copy())
            xy = np.stack([figure(16.0, 13.0, 24.0) for _ in batch]).astype(np.float32)
            return xy, np.full((len(batch), 17), 0.8, np.float32)

    model = Seeing()
    model.seen = []
    plane = np.full((SIZE, SIZE), 60, np.uint8)
    plane[10:58, 26:38] = 250  # stands lowest: in front
    frame = Frame(0, 0.0, (plane,), Layout("gray", 0, 0, 8, "bt601", True), INFO)
    boxes = np.array([[22.0, 4.0, 52.0, 52.0], [16.0, 10.0, 48.0, 60.0]])
    others = (boxes[1:], boxes[:1])
    with CropWorkers(model, None, 1, waiting=1) as crops:
        crops.submit(CropJob((frame,), (boxes,), (others,)))
        (answer,) = crops.answers(1)
    front, behind = model.seen
    assert (front > 200).mean() > 0.15
    assert (behind > 200).mean() < 0.4 * (front > 200).mean()
    assert np.isfinite(answer.xy).all()
