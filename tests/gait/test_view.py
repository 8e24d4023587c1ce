"""The camera's place: oblique views are told, estimated, and widen what they make uncertain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest


def seen_from(runner, yaw_deg):
    """The paper runner turned by a yaw about the vertical, with shoulders and hips of a body's width."""
    tracks = runner.tracks()
    yaw = np.radians(yaw_deg)
    xy = tracks.xy.copy()
    middle = xy[:, tracks.keypoint_names.index("left_hip"), None, 0]
    xy[..., 0] = middle + np.cos(yaw) * (xy[..., 0] - middle)
    for name, ratio in (("shoulder", 0.64), ("hip", 0.39)):
        for side, sign in (("left", 1.0), ("right", -1.0)):
            half = 0.5 * ratio * runner.trunk * runner.scale * np.sin(yaw)
            xy[:, tracks.keypoint_names.index(f"{side}_{name}"), 0] += sign * half
    return replace(tracks, xy=xy)


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("yaw", [0.0, 5.0, -8.0, 20.0, -35.0])
def test_the_view_is_estimated_and_named(yaw, direction, paper_runner, analyzed):
    result = analyzed(seen_from(paper_runner(direction=direction), yaw))
    runner = result.runners[0]
    assert runner.view_yaw_deg == pytest.approx(yaw, abs=1.5)
    assert runner.view_kind == ("side" if abs(yaw) < 12 else "oblique")
    assert ("oblique_view" in {w.code for w in runner.warnings}) == (abs(yaw) > 12)
    assert runner.direction == ("right" if direction == 1 else "left")


def test_times_do_not_depend_on_the_view(paper_runner, analyzed, matched):
    runner = paper_runner()
    side, oblique = (matched(runner, analyzed(seen_from(runner, yaw)))[0].mean() for yaw in (0.0, 20.0))
    # lengths along the run shrink with the yaw's cosine, 6 % at 20 degrees
    assert oblique == pytest.approx(side, abs=0.004)


def test_oblique_leans_are_less_sure(paper_runner, analyzed):
    sds = [analyzed(seen_from(paper_runner(lean_deg=12.0), yaw)).runners[0].systematic_sd for yaw in (0.0, 20.0, 40.0)]
    lean = [sd["trunk_lean_deg"] for sd in sds]
    assert lean[0] < lean[1] < lean[2]


@pytest.mark.parametrize("yaw", [15.0, 30.0])
def test_intervals_hold_the_lean_of_an_oblique_view(yaw, paper_runner, analyzed):
    result = analyzed(seen_from(paper_runner(lean_deg=10.0), yaw))
    off = np.nanmean(result.strides["trunk_lean_deg"]) - 10.0
    assert abs(off) < 1.96 * result.runners[0].systematic_sd["trunk_lean_deg"]
