"""Gaps in a camera's way."""

from __future__ import annotations

import numpy as np

from runlean.camera.way import bridged


def test_a_gap_goes_on_evenly_and_ends_stand():
    at = np.array([0.0, 2.0, 4.0, 4.0, 4.0, 4.0, 10.0, 13.0, 16.0, 16.0])
    lost = np.array([0, 0, 0, 1, 1, 1, 0, 0, 1, 1], bool)
    got = bridged(at, lost, np.zeros(10, np.int64))
    # between a step of 2 and one of 6
    assert np.diff(got).tolist() == [2.0, 2.0, 3.0, 4.0, 5.0, 6.0, 3.0, 0.0, 0.0]


def test_nothing_lost_and_all_lost_stay_and_shots_are_apart():
    at, shot = np.array([0.0, 1.0, 3.0, 0.0, 5.0, 5.0, 5.0]), np.array([0, 0, 0, 1, 1, 1, 1])
    assert bridged(at, np.zeros(7, bool), shot).tolist() == at.tolist()
    lost = np.array([0, 0, 0, 0, 1, 1, 1], bool)
    assert bridged(at, lost, shot).tolist() == [0.0, 1.0, 3.0, 0.0, 0.0, 0.0, 0.0]
    assert bridged(np.zeros(0), np.zeros(0, bool), np.zeros(0, np.int64)).tolist() == []
