"""Boxes from keypoints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runlean.pose.body_box import MARGIN, body_boxes


def still(n):
    return np.zeros((n, 2))


def rows_of(made_rows, n=20):
    return made_rows({1: (range(n), lambda f: 100 + 6 * f, 200, 100, lambda f: True)})


def test_the_box_holds_all_keypoints_and_its_margin(made_rows):
    rows = rows_of(made_rows)
    box = body_boxes(rows, still(20))
    height = rows.box[:, 3] - rows.box[:, 1]
    assert box[:, :2] == pytest.approx(rows.xy.min(axis=1) - MARGIN[:2] * height[:, None])
    assert box[:, 2:] == pytest.approx(rows.xy.max(axis=1) + MARGIN[2:] * height[:, None])


def test_a_keypoint_nobody_is_sure_of_does_not_stretch_it(made_rows):
    rows = rows_of(made_rows)
    xy, score = rows.xy.copy(), rows.score.copy()
    xy[5, 9], score[5, 9] = (900.0, 900.0), 0.05
    assert body_boxes(replace(rows, xy=xy, score=score), still(20))[5, 2] < 300


@pytest.mark.parametrize("pan", [0.0, -11.0])
def test_between_poses_the_box_goes_on(made_rows, pan):
    shift = np.stack([pan * np.arange(20.0), np.zeros(20)], axis=1)
    rows = made_rows({1: (range(20), lambda f: 300 + 6 * f + shift[f, 0], 200, 100, lambda f: True)})
    xy = rows.xy.copy()
    xy[8:13] = np.nan
    box = body_boxes(replace(rows, xy=xy), shift)
    middle = 0.5 * (box[8:13, 0] + box[8:13, 2])
    assert middle == pytest.approx(300 + (6 + pan) * np.arange(8, 13), abs=12)
    assert np.isfinite(box).all()


def test_a_track_without_a_pose_keeps_its_planned_boxes(made_rows):
    rows = rows_of(made_rows, 4)
    assert np.array_equal(body_boxes(replace(rows, xy=rows.xy * np.nan), still(4)), rows.box)


def test_no_rows(made_rows):
    assert body_boxes(made_rows({}), still(0)).shape == (0, 4)
