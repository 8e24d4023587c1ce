"""One pose in two tracks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from runlean.pose.conflict import settle_conflicts
from runlean.skeleton import COCO_17


def always(_):
    return True


def lost(rows, track):
    mine = rows.track_id == track
    return rows.frame[mine][np.isnan(rows.xy[mine]).all(axis=(1, 2))].tolist()


def test_two_bodies_side_by_side_keep_their_poses(made_rows):
    rows = made_rows(
        {
            1: (range(20), lambda f: 100 + 5 * f, 200, 100, always),
            2: (range(20), lambda f: 115 + 5 * f, 205, 95, always),
        }
    )
    settled = settle_conflicts(rows, COCO_17, np.zeros((20, 2)))
    assert np.array_equal(settled.xy, rows.xy)
    assert np.array_equal(settled.score, rows.score)


def test_the_pose_stays_with_the_track_whose_course_it_fits(made_rows):
    # track 2 crosses behind track 1; in frames 8-12 its crop shows track 1's body
    rows = made_rows(
        {
            1: (range(20), lambda f: 100 + 5 * f, 200, 100, always),
            2: (range(20), lambda f: 230 - 8 * f, 200, 90, lambda f: not 8 <= f <= 12),
        }
    )
    xy = rows.xy.copy()
    for f in range(8, 13):
        xy[(rows.track_id == 2) & (rows.frame == f)] = xy[(rows.track_id == 1) & (rows.frame == f)] + 0.5
    settled = settle_conflicts(replace(rows, xy=xy), COCO_17, np.zeros((20, 2)))
    assert lost(settled, 1) == []
    assert lost(settled, 2) == [8, 9, 10, 11, 12]
    gone = np.isnan(settled.xy).all(axis=(1, 2))
    assert (settled.score[gone] == 0).all()


def test_who_is_right_does_not_depend_on_the_order_of_tracks(made_rows):
    rows = made_rows(
        {
            1: (range(20), lambda f: 230 - 8 * f, 200, 90, lambda f: not 8 <= f <= 12),
            2: (range(20), lambda f: 100 + 5 * f, 200, 100, always),
        }
    )
    xy = rows.xy.copy()
    for f in range(8, 13):
        xy[(rows.track_id == 1) & (rows.frame == f)] = xy[(rows.track_id == 2) & (rows.frame == f)] + 0.5
    settled = settle_conflicts(replace(rows, xy=xy), COCO_17, np.zeros((20, 2)))
    assert lost(settled, 1) == [8, 9, 10, 11, 12]
    assert lost(settled, 2) == []


def test_a_pose_where_nobody_was_detected_must_fit_and_be_sure(made_rows):
    rows = made_rows({1: (range(20), lambda f: 100 + 5 * f, 200, 100, lambda f: not 8 <= f <= 12)})
    xy, score = rows.xy.copy(), rows.score.copy()
    xy[9, :, 0] += 60  # somebody else's
    score[10] = 0.1  # nobody's
    settled = settle_conflicts(replace(rows, xy=xy, score=score), COCO_17, np.zeros((20, 2)))
    assert lost(settled, 1) == [9, 10]


def test_a_panning_camera_changes_nothing(made_rows):
    shift = np.stack([np.linspace(0, -300, 20), np.zeros(20)], axis=1)
    rows = made_rows({1: (range(20), lambda f: 400 + 5 * f + shift[f, 0], 200, 100, lambda f: not 8 <= f <= 12)})
    assert lost(settle_conflicts(rows, COCO_17, shift), 1) == []


def test_no_rows(made_rows):
    assert len(settle_conflicts(made_rows({}), COCO_17, np.zeros((0, 2)))) == 0
