"""Stride columns against the paper runner's own kinematics, read at the instants that were told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runlean.gait.analyze import analyze_gait
from runlean.gait.options import GaitOptions
from runlean.skeleton import CANONICAL
from runlean_kernels.posture import DE_LEVA_SEGMENTS, center_of_mass

PACES = [
    {},
    {"direction": -1, "fps": 120.0},
    {"overground": True},
    {"speed": 4.0, "contact_time_s": 0.19, "fps": 120.0},
]


def at(runner, result, point):
    """The stance foot's (or any) point of the paper at each told contact, metres, forward and up."""
    left, right = (
        runner._points(result.strides["contact_s"])[point if "{}" not in point else point.format(side)]
        for side in ("left", "right")
    )
    return np.where((result.strides["side"] == "left")[:, None], left, right)


def height_of(runner):
    return (runner.thigh + runner.shank + runner.trunk) / 0.81


@pytest.mark.parametrize("cadence", [150.0, 165.0, 180.0, 200.0])
@pytest.mark.parametrize("fps", [25.0, 60.0])
def test_cadence_and_step_time_are_the_papers(cadence, fps, paper_runner, analyzed):
    s = analyzed(paper_runner(cadence_spm=cadence, contact_time_s=0.7 * 60 / cadence, fps=fps)).strides
    known = np.isfinite(s["cadence_spm"])
    assert known.sum() >= len(known) - 1
    # a steady runner's contacts are within 2 ms of each other: the mean over twelve strides to 0.2 %
    assert np.nanmean(s["cadence_spm"]) == pytest.approx(cadence, rel=0.002)
    np.testing.assert_allclose(s["cadence_spm"][known], cadence, rtol=0.02)
    np.testing.assert_allclose(s["step_time_s"][:-1], 60 / cadence, atol=0.008)
    np.testing.assert_allclose(s["stride_time_s"][:-2], 120 / cadence, atol=0.005)


def test_times_add_up(paper_runner, analyzed):
    s = analyzed(paper_runner(noise_px=2.0, fps=50.0)).strides
    np.testing.assert_allclose(s["toe_off_s"] - s["contact_s"], s["contact_time_s"], atol=1e-12)
    np.testing.assert_allclose((s["contact_time_s"] + s["flight_time_s"])[:-1], s["step_time_s"][:-1], atol=1e-12)
    np.testing.assert_allclose((s["step_time_s"][:-1] + s["step_time_s"][1:])[:-1], s["stride_time_s"][:-2], atol=1e-12)
    known = np.isfinite(s["duty_factor"])
    np.testing.assert_allclose(s["duty_factor"][known], (s["contact_time_s"] / s["stride_time_s"])[known], atol=1e-12)
    np.testing.assert_allclose(s["cadence_spm"][known], 120 / s["stride_time_s"][known], atol=1e-9)
    assert s["stride"].tolist() == list(range(len(s["stride"])))


@pytest.mark.parametrize("pace", PACES, ids=str)
def test_reach_of_the_foot_at_contact(pace, paper_runner, analyzed):
    runner = paper_runner(**pace)
    result = analyzed(runner)
    leg = runner.thigh + runner.shank
    reach = (at(runner, result, "{}_ankle")[:, 0] - at(runner, result, "left_hip")[:, 0]) / leg
    # the low-pass at 10 Hz rounds the corner at the paper's contact by a few millimetres
    np.testing.assert_allclose(result.strides["overstride_hip_frac"], reach, atol=0.012)
    # leaning forward the centre of mass lies ahead of the hips
    ahead = result.strides["overstride_hip_frac"] - result.strides["overstride_frac"]
    assert (ahead > 0.02).all()


@pytest.mark.parametrize("pace", PACES, ids=str)
def test_shank_and_knee_at_contact(pace, paper_runner, analyzed):
    runner = paper_runner(**pace)
    result = analyzed(runner)
    hip, knee, ankle = (at(runner, result, p) for p in ("left_hip", "{}_knee", "{}_ankle"))
    shin, thigh = knee - ankle, hip - knee
    lean = np.degrees(np.arctan2(shin[:, 0], shin[:, 1]))
    bend = np.degrees(np.arctan2(thigh[:, 0], thigh[:, 1])) - lean
    np.testing.assert_allclose(result.strides["shin_lean_contact_deg"], lean, atol=1.5)
    # the paper's knee is all but straight just before it lands, where two links make a sharp corner
    np.testing.assert_allclose(result.strides["knee_flexion_contact_deg"], np.abs(bend), atol=5.0)


@pytest.mark.parametrize("pace", PACES, ids=str)
def test_bounce_is_that_of_the_centre_of_mass(pace, paper_runner, analyzed):
    runner = paper_runner(**pace)
    t = runner.first_contact_s + runner.stride_s + np.arange(0, runner.stride_s / 2, 0.002)
    points = runner._points(t)
    xy = np.full((len(t), len(CANONICAL), 2), np.nan)
    for i, name in enumerate(CANONICAL[:21]):
        xy[:, i] = points[name] * [runner.direction, -1.0]
    com = np.empty((len(t), 2))
    center_of_mass(xy, DE_LEVA_SEGMENTS, com)
    bounce = np.ptp(com[:, 1])
    result = analyzed(runner, runner_height_m=height_of(runner))
    # trunk and hips pass 6 Hz, and the bounce is at 2.8: 0.4 % and the corners of the swinging feet
    np.testing.assert_allclose(result.strides["vertical_oscillation_m"][:-1], bounce, atol=0.006)
    frac = bounce / (runner.thigh + runner.shank)
    np.testing.assert_allclose(result.strides["vertical_oscillation_frac"][:-1], frac, atol=0.008)


@pytest.mark.parametrize("pace", PACES, ids=str)
def test_speed_and_step_length_with_the_runners_height(pace, paper_runner, analyzed):
    runner = paper_runner(**pace)
    s = analyzed(runner, runner_height_m=height_of(runner)).strides
    # the standing foot's slope over its flat phase; over ground the hips' own travel
    np.testing.assert_allclose(s["speed_mps"][:-1], runner.speed, rtol=0.03)
    np.testing.assert_allclose(s["step_length_m"][:-1], runner.speed * runner.stride_s / 2, rtol=0.04)


def test_without_a_scale_there_are_no_metres(paper_runner, analyzed):
    result = analyzed(paper_runner())
    for column in ("speed_mps", "step_length_m", "vertical_oscillation_m"):
        assert np.isnan(result.strides[column]).all()
        assert "runner-height" in result.runners[0].withheld[column]
    assert np.isfinite(result.strides["vertical_oscillation_frac"][:-1]).all()


def test_the_belts_speed_is_a_scale(paper_runner, analyzed):
    runner = paper_runner()
    result = analyzed(runner, treadmill_speed_mps=runner.speed)
    assert result.runners[0].metres_per_px == pytest.approx(1 / runner.scale, rel=0.03)
    np.testing.assert_allclose(result.strides["speed_mps"], runner.speed)


def test_foot_strike_is_read_against_the_flat_foot(paper_runner, analyzed):
    s = analyzed(paper_runner(fps=120.0)).strides
    # the paper lands with its toes 12 degrees up and is flat 15 % of stance later: 12 to 7 within the 15 ms read
    assert 8.0 < np.nanmedian(s["foot_strike_angle_deg"]) < 13.0
    assert set(s["foot_strike"]) <= {"rearfoot", None}
    assert (s["foot_strike"] == "rearfoot").mean() > 0.8


def test_without_feet_there_is_no_strike(paper_runner, analyzed):
    result = analyzed(paper_runner(feet=False))
    assert all(v is None for v in result.strides["foot_strike"])
    assert np.isnan(result.strides["foot_strike_angle_deg"]).all()
    assert np.isnan(result.frames["foot_angle_left_deg"]).all()
    assert "heel and toe" in result.runners[0].withheld["foot_strike"]


def test_phases_of_frames_are_those_of_the_contacts(paper_runner, analyzed):
    result = analyzed(paper_runner())
    time_s, phase = result.frames["time_s"], result.frames["phase"]
    s = result.strides
    for contact, toe_off, side in zip(s["contact_s"], s["toe_off_s"], s["side"], strict=True):
        inside = (time_s >= contact) & (time_s <= toe_off)
        assert set(phase[inside]) == {f"{side}_stance"}
    between = (time_s > s["toe_off_s"][0]) & (time_s < s["contact_s"][1])
    assert set(phase[between]) == {"flight"}


@pytest.mark.parametrize("factor", [2.0, 8.0])
def test_slowed_film_with_its_factor_is_real_time(factor, paper_runner, analyzed):
    # what analyze does with --slow-motion: every time divided by the factor
    runner = paper_runner(fps=240.0)
    film = runner.tracks().time_s * factor
    result = analyzed(replace(runner.tracks(), time_s=film / factor), slow_motion=factor)
    expected = analyzed(runner)
    assert result.runners[0].warnings == ()
    for column in ("contact_s", "cadence_spm", "contact_time_s", "overstride_frac"):
        np.testing.assert_allclose(result.strides[column], expected.strides[column], atol=1e-6)


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0])
def test_stance_means_go_from_contact_to_toe_off_not_from_frame_to_frame(fps, paper_runner, analyzed):
    # lines to the standing foot sweep by 200 degrees a second: a frame more or less at an end would be seen in them
    strides = analyzed(paper_runner(fps=fps, duration_s=10.0)).strides
    fine = analyzed(paper_runner(fps=480.0, duration_s=10.0)).strides
    for name, same in (("body_lean_deg", 0.1), ("hip_hinge_deg", 0.15), ("straightness_frac", 0.001)):
        values, true = strides[name][2:-2], np.mean(fine[name][2:-2])
        # at 30 frames a second the strides of one foot fall on the same phases, the other foot's on others
        assert max(np.std(values[::2]), np.std(values[1::2])) < same
        # what is left comes from the low-pass at the ends and from the events
        assert abs(np.mean(values) - true) < 5 * same


def test_feet_that_nobody_looked_for_are_feet_that_are_missing(paper_runner):
    """Without them the kernels take arrays of seventeen points: the answers are those of twenty-three, six NaN."""
    without = paper_runner(fps=30.0, duration_s=5.0, noise_px=2.0, feet=False).tracks()
    n = len(without.frame)
    missing = replace(
        without,
        keypoint_names=CANONICAL,
        xy=np.concatenate([without.xy, np.full((n, 6, 2), np.nan)], axis=1),
        score=np.concatenate([without.score, np.zeros((n, 6))], axis=1),
    )
    a, b = (analyze_gait(tracks, GaitOptions()) for tracks in (without, missing))
    assert len(a.strides["contact_s"]) > 8
    for one, other in ((a.frames, b.frames), (a.strides, b.strides)):
        for name in one:
            if one[name].dtype == object:
                np.testing.assert_array_equal(one[name], other[name], err_msg=name)
            else:
                np.testing.assert_allclose(one[name], other[name], rtol=1e-9, atol=1e-9, err_msg=name)
