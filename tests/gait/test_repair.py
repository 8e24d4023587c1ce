"""Legs that are hidden or misplaced, and hips that are: each is put right without spoiling the other."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.gait.landmarks import canonical_landmarks
from runlean.gait.repair import repair
from runlean_kernels import landmarks as lm

LEGS = [lm.LEFT_KNEE, lm.RIGHT_KNEE, lm.LEFT_ANKLE, lm.RIGHT_ANKLE]
HIPS = [lm.LEFT_HIP, lm.RIGHT_HIP]


@pytest.fixture
def paper(paper_runner):
    tracks = paper_runner(fps=30.0, duration_s=4.0, noise_px=2.0).tracks()
    return *canonical_landmarks(tracks, 0.0), tracks.time_s, tracks.offsets


def test_a_hip_that_jumps_takes_no_leg_with_it(paper) -> None:
    xy, weight, time_s, offsets = paper
    jumped = xy.copy()
    jumped[40, HIPS] += [120.0, -40.0]
    repaired = repair(jumped.copy(), weight.copy(), time_s, offsets, 0.2)
    assert repaired.filled[40, HIPS].all()
    assert not repaired.filled[40, LEGS].any()
    np.testing.assert_array_equal(repaired.xy[40, LEGS], xy[40, LEGS])


def test_legs_hidden_while_a_hip_jumps_go_on_from_where_the_hips_are_in_the_end(paper) -> None:
    xy, weight, time_s, offsets = paper
    hidden = slice(36, 46)
    seen, score = xy.copy(), weight.copy()
    seen[hidden, lm.LEFT_KNEE :: 2] = np.nan
    score[hidden, lm.LEFT_KNEE :: 2] = 0.0
    seen[40, HIPS] += [120.0, -40.0]
    repaired = repair(seen.copy(), score.copy(), time_s, offsets, 0.2)
    for point in (lm.LEFT_KNEE, lm.LEFT_ANKLE):
        assert repaired.filled[hidden, point].all()
        away = np.linalg.norm(repaired.xy[hidden, point] - xy[hidden, point], axis=1)
        assert away.max() < 30.0  # of 255 px from hip to ankle


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_tracks_of_hardly_a_row_stay_as_they_are(rows: int, paper) -> None:
    xy, weight, time_s, _ = paper
    repaired = repair(xy[:rows].copy(), weight[:rows].copy(), time_s[:rows], np.array([0, rows]), 0.2)
    np.testing.assert_array_equal(repaired.xy, xy[:rows])
    assert not repaired.filled.any()


def test_without_hips_nothing_is_told_by_the_stride(paper) -> None:
    xy, weight, time_s, offsets = paper
    xy[:, HIPS] = np.nan
    weight[:, HIPS] = 0.0
    repaired = repair(xy.copy(), weight.copy(), time_s, offsets, 0.2)
    assert np.isnan(repaired.xy[:, HIPS]).all()
    assert not repaired.filled[:, LEGS].any()
