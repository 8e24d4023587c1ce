"""Who runs before whom, and bodies painted out."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.pose.depth import BodyPainter, in_front, waves
from runlean.skeleton import COCO_17


def box(x, foot, height, width=0.5):
    return [x - 0.5 * width * height, foot - height, x + 0.5 * width * height, foot]


def test_who_stands_lower_runs_before_the_others():
    front = in_front(np.array([box(100, 300, 200), box(120, 330, 200), box(130, 310, 200)]))
    assert front.tolist() == [[False, True, True], [False, False, False], [False, True, False]]
    assert waves(front).tolist() == [2, 0, 1]


def test_on_one_foot_line_the_larger_is_nearer():
    assert in_front(np.array([box(100, 300, 200), box(120, 300, 230)])).tolist() == [[False, True], [False, False]]


def test_nobody_is_before_somebody_elsewhere():
    front = in_front(np.array([box(100, 300, 200), box(300, 330, 200), box(100, 600, 200)]))
    assert not front.any()
    assert waves(front).tolist() == [0, 0, 0]


def test_two_the_same_are_in_some_order():
    front = in_front(np.array([box(100, 300, 200), box(100, 300, 200)]))
    assert front.sum() == 1


def test_there_are_no_circles_in_any_crowd():
    rng = np.random.default_rng(7)
    for n in (0, 1, 5, 12):
        for _ in range(20):
            crowd = np.array([box(rng.uniform(0, 300), rng.uniform(300, 340), rng.uniform(150, 220)) for _ in range(n)])
            front = in_front(crowd.reshape(-1, 4))
            wave = waves(front)
            # everybody comes after all who are before them
            assert (wave[:, None] > wave[None, :])[front].all()
            assert not (front & front.T).any()


@pytest.mark.parametrize("names", [COCO_17, tuple(reversed(COCO_17))])
def test_a_body_is_painted_and_its_surroundings_are_not(figure, names):
    body = figure(100.0, 100.0, 100.0, phase=1.2, names=names)
    crop = np.zeros((200, 200, 3), np.uint8)
    crop[:, :100] = 200
    BodyPainter.of(names).paint(crop, np.array([0.0, 0.0, 200.0, 200.0]), [(body, np.full(17, 0.8), 100.0)])
    at = crop[body[:, 1].astype(int), body[:, 0].astype(int)]
    assert (at == 100).all()
    assert (crop[:40] == np.where(np.arange(200) < 100, 200, 0)[None, :, None]).all()
    assert (crop[:, 180:] == 0).all()


def test_unsure_limbs_are_left_as_they_are(figure):
    body, score = figure(100.0, 100.0, 100.0, phase=1.2), np.full(17, 0.8)
    score[COCO_17.index("left_ankle")] = 0.1
    crop = np.full((200, 200, 3), 200, np.uint8)
    crop[0] = 0
    BodyPainter.of(COCO_17).paint(crop, np.array([0.0, 0.0, 200.0, 200.0]), [(body, score, 100.0)])
    x, y = body[COCO_17.index("left_ankle")].astype(int)
    assert (crop[y, x] == 200).all()
    x, y = body[COCO_17.index("right_ankle")].astype(int)
    assert (crop[y, x] == 199).all()


def test_a_network_without_these_points_paints_nobody():
    painter = BodyPainter.of(("tail", "left_hip"))
    assert not painter.is_known(np.ones(2))


def test_a_body_that_is_not_known_is_not_painted():
    painter = BodyPainter.of(COCO_17)
    assert painter.is_known(np.full(17, 0.5))
    assert not painter.is_known(np.full(17, 0.2))
    assert not painter.is_known(np.full(17, np.nan))
