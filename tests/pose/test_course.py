"""Where a track's own body must be."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.pose.conflict import settle_conflicts
from runlean.pose.course import going_on
from runlean.skeleton import COCO_17

IN_FRONT = (range(60), lambda f: 108 + 5 * f, 204, 104, lambda f: True)


def behind(last_seen, seen_again=60):
    """A runner 8 px behind another, whom the detector does not see in between."""
    return range(60), lambda f: 100 + 5 * f, 200, 100, lambda f: f <= last_seen or f >= seen_again


def lost(rows, track):
    mine = rows.track_id == track
    return rows.frame[mine][np.isnan(rows.xy[mine]).all(axis=(1, 2))].tolist()


def settled(rows):
    return settle_conflicts(rows, COCO_17, np.zeros((60, 2)))


def test_poses_of_somebody_hidden_for_good_go_on_where_he_ran(made_rows):
    assert lost(settled(made_rows({1: IN_FRONT, 2: behind(20)})), 2) == []


def test_nobody_is_carried_on_with_nothing_in_the_way(made_rows):
    # at the picture's edge the detector is right
    assert lost(settled(made_rows({2: behind(20)})), 2) == list(range(21, 60))


def test_a_pose_elsewhere_is_not_his_and_leads_nowhere(made_rows):
    rows = made_rows({1: IN_FRONT, 2: behind(20)})
    for f in (30, 31, 32):
        rows.xy[(rows.track_id == 2) & (rows.frame == f), :, 0] -= 40
    assert lost(settled(rows), 2) == [30, 31, 32]


@pytest.mark.parametrize(("blind", "taken"), [(20, True), (33, False)])
def test_he_is_carried_on_for_a_second_without_a_pose(made_rows, blind, taken):
    rows = made_rows({1: IN_FRONT, 2: behind(20)})
    rows.score[(rows.track_id == 2) & (rows.frame > 20) & (rows.frame <= 20 + blind)] = 0.1
    assert (59 not in lost(settled(rows), 2)) == taken


def test_it_reads_backwards_as_well(made_rows):
    rows = made_rows({2: behind(-1, seen_again=30)})
    trunk = rows.xy[:, [5, 6, 11, 12]].mean(axis=1)
    back = going_on(rows, trunk, rows.seen, ~rows.seen, np.full(60, 15.0))
    assert back.tolist() == [True] * 30 + [False] * 30
    assert not going_on(rows, trunk, np.zeros(60, bool), ~rows.seen, np.full(60, 15.0)).any()
