"""Leans of a runner whose leans are known, and what the camera must not do to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runlean.gait.convention import PointConvention
from runlean.pose.tracks import LineTilt, SceneLines


def stance_means(runner, result, of):
    """Mean of a lean over each told stance, degrees: ``of(points, side)`` gives the line from its lower point."""
    out = []
    s = result.strides
    for contact, toe_off, side in zip(s["contact_s"], s["toe_off_s"], s["side"], strict=True):
        line = of(runner._points(np.linspace(contact, toe_off, 400)), side)
        out.append(np.degrees(np.arctan2(line[:, 0], line[:, 1])).mean())
    return np.array(out)


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("lean", [-4.0, 0.0, 7.0, 15.0, 30.0])
def test_trunk_lean_is_the_papers(lean, direction, paper_runner, analyzed):
    result = analyzed(paper_runner(lean_deg=lean, direction=direction))
    # a straight trunk that bounces: nothing to smooth away
    for column in ("trunk_lean_deg", "trunk_lean_contact_deg"):
        np.testing.assert_allclose(result.strides[column], lean, atol=1e-6)
    np.testing.assert_allclose(result.frames["trunk_lean_deg"], lean, atol=1e-6)
    np.testing.assert_allclose(result.frames["head_lean_deg"], lean, atol=1e-6)


@pytest.mark.parametrize(
    "pace", [{}, {"direction": -1}, {"overground": True, "camera_speed_px": -500.0}, {"fps": 30.0}]
)
def test_body_lean_and_hinge_are_means_over_stance(pace, paper_runner, analyzed):
    runner = paper_runner(**pace)
    result = analyzed(runner)
    body = stance_means(runner, result, lambda p, side: p["left_shoulder"] - p[f"{side}_ankle"])
    leg = stance_means(runner, result, lambda p, side: p["left_hip"] - p[f"{side}_ankle"])
    # the line exists in stance only, so that a mean ends at frames: up to half a frame at one end of a sweep of 35
    # degrees in 0.28 s (to the hip: 53) leaves a quarter of a frame's sweep; 0.5 for the low-pass at the corners
    frame_s = 1.0 / runner.fps
    np.testing.assert_allclose(result.strides["body_lean_deg"], body, atol=0.5 + 0.25 * 35 / 0.28 * frame_s)
    np.testing.assert_allclose(result.strides["hip_hinge_deg"], 7.0 - leg, atol=0.7 + 0.25 * 53 / 0.28 * frame_s)
    assert np.mean(result.strides["body_lean_deg"] - body) == pytest.approx(0.0, abs=0.5)


def test_a_straight_runner_is_straight(paper_runner, analyzed):
    runner = paper_runner()
    straight, bent = (analyzed(r).strides["straightness_frac"] for r in (runner, paper_runner(lean_deg=25.0)))
    assert np.nanmean(straight) < np.nanmean(bent)
    assert (straight >= 0).all()


@pytest.mark.parametrize("roll", [-6.0, 4.0])
@pytest.mark.parametrize("direction", [1, -1])
def test_roll_that_is_given_is_taken_away(roll, direction, paper_runner, analyzed):
    level, rolled = paper_runner(direction=direction), paper_runner(direction=direction, roll_deg=roll)
    here, there = analyzed(level), analyzed(rolled, roll_deg=roll)
    assert (there.runners[0].roll_deg, there.runners[0].roll_source) == (roll, "given")
    for column in ("trunk_lean_deg", "body_lean_deg", "overstride_frac", "shin_lean_contact_deg", "contact_s"):
        np.testing.assert_allclose(there.strides[column], here.strides[column], atol=2e-3)
    # points are shown where they are in the picture, not where they would be in a level one
    shown = there.frames["left_hip_y_px"]
    np.testing.assert_allclose(shown[20:-20], rolled.tracks().xy[20:-20, 11, 1], atol=1.5)


@pytest.mark.parametrize("direction", [1, -1])
def test_roll_that_is_not_known_is_in_the_lean_and_in_its_uncertainty(direction, paper_runner, analyzed):
    result = analyzed(paper_runner(roll_deg=2.0, direction=direction))
    runner = result.runners[0]
    assert (runner.roll_deg, runner.roll_source) == (0.0, "assumed")
    # a camera turned clockwise tips everybody to the left
    np.testing.assert_allclose(result.strides["trunk_lean_deg"], 7.0 - 2.0 * direction, atol=1e-6)
    known = analyzed(paper_runner(roll_deg=2.0, direction=direction), roll_deg=2.0).runners[0]
    assert runner.systematic_sd["trunk_lean_deg"] > known.systematic_sd["trunk_lean_deg"]


def test_roll_is_read_off_the_scene(paper_runner, analyzed):
    scene = SceneLines(upright=LineTilt(-3.0, 0.25, 4.0), level=LineTilt(-3.2, 0.25, 4.0))
    result = analyzed(paper_runner(roll_deg=3.1), scene=scene)
    assert result.runners[0].roll_source == "estimated"
    np.testing.assert_allclose(result.strides["trunk_lean_deg"], 7.0, atol=0.01)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_networks_offset_is_added_forward(direction, paper_runner, analyzed):
    runner = paper_runner(direction=direction)
    convention = PointConvention(trunk_offset_deg=2.7, trunk_sd_deg=0.8)
    there, here = analyzed(runner, convention=convention), analyzed(runner)
    np.testing.assert_allclose(there.strides["trunk_lean_deg"], 9.7, atol=1e-6)
    # shoulders are turned for the leans only: the picture's points and the legs stay
    for column in ("contact_s", "overstride_hip_frac", "knee_flexion_contact_deg"):
        np.testing.assert_allclose(there.strides[column], here.strides[column], atol=1e-9)
    np.testing.assert_allclose(there.frames["left_shoulder_x_px"], here.frames["left_shoulder_x_px"], atol=1e-9)


@pytest.mark.parametrize("fps", [25.0, 50.0, 120.0])
def test_noise_leaves_the_mean_lean(fps, paper_runner, analyzed):
    runner = paper_runner(noise_px=4.0, fps=fps)
    lean = np.concatenate([analyzed(runner, seed).strides["trunk_lean_deg"] for seed in range(3)])
    # per frame 4 px on four points and a trunk of 150 px: 4 / 150 = 1.5 degrees; a stance's mean over some two of its
    # independent values 1.1 and less; 45 of them: 0.16 of standard deviation
    assert np.mean(lean) == pytest.approx(7.0, abs=0.45)
    assert np.std(lean) < 1.5


def test_lean_is_missing_where_the_trunk_is(paper_runner, analyzed):
    tracks = paper_runner().tracks()
    xy = tracks.xy.copy()
    xy[100:160, [5, 6]] = np.nan
    result = analyzed(replace(tracks, xy=xy))
    lean = result.frames["trunk_lean_deg"]
    assert np.isnan(lean[105:155]).all()
    np.testing.assert_allclose(lean[np.isfinite(lean)], 7.0, atol=0.05)
    hidden = (result.strides["contact_s"] > 105 / 60) & (result.strides["toe_off_s"] < 155 / 60)
    assert hidden.any()
    assert np.isnan(result.strides["trunk_lean_deg"][hidden]).all()
    assert np.isfinite(result.strides["trunk_lean_deg"][~hidden]).sum() >= 10


def test_a_short_gap_is_filled_and_says_so(paper_runner, analyzed):
    tracks = paper_runner().tracks()
    xy = tracks.xy.copy()
    xy[100:106, [5, 6]] = np.nan  # a tenth of a second
    result = analyzed(replace(tracks, xy=xy))
    np.testing.assert_allclose(result.frames["trunk_lean_deg"], 7.0, atol=0.5)
    assert np.flatnonzero(result.frames["filled"]).tolist() == list(range(100, 106))
