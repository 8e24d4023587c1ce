"""Names of points: what other tools call them."""

from __future__ import annotations

import numpy as np
import pytest

import runlean
from runlean.skeleton import CANONICAL, COCO_17, HALPE_26, MEDIAPIPE_33, canonical_name


@pytest.mark.parametrize("name", [*COCO_17, *HALPE_26, *MEDIAPIPE_33])
def test_every_name_of_the_three_sets_is_known(name):
    assert canonical_name(name) is not None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("l_ankle", "left_ankle"),
        ("R_Big_Toe", "right_big_toe"),
        ("RKnee", "right_knee"),
        ("Left Hip", "left_hip"),
        ("left-heel", "left_heel"),
        ("right_foot_index", "right_big_toe"),
        ("mid_hip", "hip"),
        ("MidHip", "hip"),
        ("pelvis", "hip"),
    ],
)
def test_other_spellings(name, meant):
    assert canonical_name(name) == meant


@pytest.mark.parametrize("name", ["", "left", "l_", "ankle", "lear_left", "left_tail"])
def test_what_is_no_point_has_no_name(name):
    assert canonical_name(name) is None


def test_a_file_of_halpe_points_under_other_names_is_taken_as_it_is():
    """Middle points play no part in gait but are no fault; scores above 1 (SimCC's peaks) count as 1."""
    names = ["nose", "head", "neck", "mid_hip"]
    names += [f"{s}_{p}" for p in ("hip", "knee", "ankle", "heel", "big_toe", "small_toe") for s in "lr"]
    rng = np.random.default_rng(0)
    time_s = np.arange(60) / 30
    analysis = runlean.analyze_keypoints(
        rng.uniform(100, 400, (60, len(names), 2)), time_s, names, np.full((60, len(names)), 1.2)
    )
    columns = set(analysis.frames.column_names)
    assert {"left_small_toe_x_px", "right_hip_x_px", "nose_x_px"} <= columns
    assert not {"mid_hip_x_px", "hip_x_px", "neck_x_px"} & columns
    assert set(CANONICAL) >= {c.removesuffix("_x_px") for c in columns if c.endswith("_x_px") and c != "com_x_px"}
    scores = np.array(analysis.frames["left_knee_score"], dtype=float)
    assert np.nanmax(scores) <= 1.0
