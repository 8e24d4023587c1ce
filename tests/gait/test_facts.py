"""Direction, view, scale, mode and roll of runners whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runlean.errors import KeypointError
from runlean.gait.checks import (
    check_feet_visible,
    check_impossible,
    check_repeated,
    check_roll,
    check_slow_motion,
    gravity_ratio,
)
from runlean.gait.direction import forwardness, leg_length
from runlean.gait.landmarks import canonical_landmarks, rotate
from runlean.gait.mode import running_mode
from runlean.gait.roll import camera_roll, pan_tilt_deg
from runlean.gait.scale import body_scale
from runlean.gait.view import View, estimate_view
from runlean.pose.tracks import CameraTrack, LineTilt, SceneLines
from runlean_kernels import landmarks as lm

SIDE = View("side", 0.0, 3.0, 0.9)
FRONT = View("front", 90.0, 3.0, 0.9)


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("feet", [True, False])
def test_direction_is_where_knee_toe_and_nose_point(paper_runner, direction, feet):
    tracks = paper_runner(direction=direction, feet=feet).tracks()
    xy, _ = canonical_landmarks(tracks, 0.0)
    assert np.sign(forwardness(xy, tracks.offsets)[0]) == direction


def test_direction_needs_legs_only(paper_runner):
    tracks = paper_runner(direction=-1).tracks()
    xy, _ = canonical_landmarks(tracks, 0.0)
    xy[:, : lm.LEFT_HIP] = np.nan
    xy[:, lm.LEFT_HEEL :] = np.nan
    assert forwardness(xy, tracks.offsets)[0] < -0.05


def test_a_track_without_legs_has_no_direction():
    xy = np.full((5, lm.N_LANDMARKS, 2), np.nan)
    assert np.isnan(forwardness(xy, np.array([0, 5]))[0])
    assert forwardness(xy[:0], np.array([0]))[:0].size == 0


def test_leg_length_is_thigh_and_shank(paper_runner):
    runner = paper_runner()
    xy, _ = canonical_landmarks(runner.tracks(), 0.0)
    assert leg_length(xy) == pytest.approx((runner.thigh + runner.shank) * runner.scale, rel=0.01)


@pytest.mark.parametrize("yaw", [0.0, 20.0, 35.0, -35.0, 80.0])
def test_yaw_from_the_widths_of_shoulders_and_hips(paper_runner, yaw):
    tracks = paper_runner().tracks()
    xy, _ = canonical_landmarks(tracks, 0.0)
    trunk = 150.0
    for left, right, ratio in (
        (lm.LEFT_SHOULDER, lm.RIGHT_SHOULDER, 0.64),
        (lm.LEFT_HIP, lm.RIGHT_HIP, 0.39),
    ):
        half = 0.5 * ratio * trunk * np.sin(np.radians(yaw))
        xy[:, left, 0] += half
        xy[:, right, 0] -= half
    view = estimate_view(xy, tracks.offsets, forwardness(xy, tracks.offsets))[0]
    assert view.yaw_deg == pytest.approx(yaw, abs=1.0)
    assert view.kind == ("side" if abs(yaw) < 12 else "oblique" if abs(yaw) < 50 else "front")


def test_nothing_points_to_a_side_from_the_front(paper_runner):
    tracks = paper_runner(knee_forward=False).tracks()
    xy, _ = canonical_landmarks(tracks, 0.0)
    xy[..., 0] = 600 + 0.02 * (xy[..., 0] - 600)
    view = estimate_view(xy, tracks.offsets, forwardness(xy, tracks.offsets))[0]
    assert view.kind == "front"


def test_scale_comes_from_the_height_else_from_the_belt(paper_runner):
    runner = paper_runner()
    xy, _ = canonical_landmarks(runner.tracks(), 0.0)
    height = (runner.thigh + runner.shank + runner.trunk) / 0.81
    by_height = body_scale(xy, height, None, float("nan"))
    assert by_height.metres_per_px == pytest.approx(1 / runner.scale, rel=0.01)
    by_belt = body_scale(xy, None, runner.speed, runner.speed * runner.scale)
    assert by_belt.metres_per_px == pytest.approx(1 / runner.scale, rel=1e-9)
    assert body_scale(xy, None, None, 900.0).metres_per_px is None


def test_mode_is_who_moves(paper_runner):
    for overground, camera_speed in ((False, 0.0), (True, 0.0), (True, -900.0), (False, 0.001)):
        runner = paper_runner(overground=overground, camera_speed_px=camera_speed)
        tracks = runner.tracks()
        xy, _ = canonical_landmarks(tracks, 0.0)
        mode = running_mode(xy, tracks.time_s, tracks.frame, tracks.camera, runner.speed * runner.scale)
        assert mode == ("overground" if overground else "treadmill")
    assert running_mode(xy, tracks.time_s, tracks.frame, None, float("nan")) is None


@pytest.mark.parametrize("overground", [False, True])
@pytest.mark.parametrize("seen", [0.0, 0.4, 0.6, 1.0])
def test_a_treadmill_needs_a_background_that_is_seen_to_stand(paper_runner, overground, seen):
    """A pan of which nothing is seen looks like a treadmill; half of it seen, it does not."""
    runner = paper_runner(overground=overground, camera_speed_px=-900.0 if overground else 0.001)
    tracks = runner.tracks()
    xy, _ = canonical_landmarks(tracks, 0.0)
    n = len(tracks.camera.dx_px)
    followed = np.arange(n) % 10 < 10 * seen
    # what is lost is taken to stand
    dx = np.cumsum(np.where(followed, np.diff(tracks.camera.dx_px, prepend=0.0), 0.0))
    camera = replace(tracks.camera, dx_px=dx, followed=followed)
    mode = running_mode(xy, tracks.time_s, tracks.frame, camera, runner.speed * runner.scale)
    assert mode == (("overground" if overground else "treadmill") if seen > 0.5 else None)
    belt = running_mode(xy, tracks.time_s, tracks.frame, camera, runner.speed * runner.scale, belt=True)
    assert belt == (mode or "treadmill")


def test_a_camera_that_may_move_is_said_and_nothing_rests_on_it(paper_runner, analyzed):
    runner = paper_runner(overground=False)
    tracks = runner.tracks()
    n = int(tracks.frame.max()) + 1
    still = np.zeros(n)
    blind = CameraTrack(still, still, still > 0, still.astype(np.int64), False, still > 0)
    result = analyzed(replace(tracks, camera=blind), runner_height_m=1.75)
    (found,) = result.runners
    assert found.mode is None
    assert "camera_not_followed" in [w.code for w in found.warnings]
    for name in ("speed_mps", "step_length_m", "vertical_oscillation_frac", "vertical_oscillation_m"):
        assert "background" in found.withheld[name]
        assert np.isnan(result.strides[name]).all()
    assert np.isfinite(result.strides["trunk_lean_deg"]).any()
    belt = analyzed(replace(tracks, camera=blind), runner_height_m=1.75, treadmill_speed_mps=3.0)
    assert belt.runners[0].mode == "treadmill"
    assert {"speed_mps", "step_length_m"}.isdisjoint(belt.runners[0].withheld)


def test_roll_prefers_what_was_given_then_what_agrees():
    def lines(upright: tuple[float, float] | None, level: tuple[float, float] | None) -> SceneLines:
        return SceneLines(*(None if v is None else LineTilt(v[0], 0.25, v[1]) for v in (upright, level)))

    given = camera_roll(1.5, lines((-3.0, 3.0), (-3.0, 3.0)), SIDE, False)
    assert (given.roll_deg, given.source) == (1.5, "given")
    agreed = camera_roll(None, lines((-2.8, 1.7), (-3.2, 1.7)), SIDE, False)
    assert agreed.roll_deg == pytest.approx(3.0)
    assert agreed.source == "estimated"
    # a level line is level only at right angles to the camera
    assert camera_roll(None, lines(None, (2.3, 4.0)), SIDE, False).roll_deg == pytest.approx(-2.3)
    assert camera_roll(None, lines(None, (2.3, 4.0)), FRONT, False).source == "assumed"
    assert camera_roll(None, lines(None, (2.3, 4.0)), SIDE, True).source == "assumed"
    # disagreeing families: uprights win where they are clear, nothing wins where they are not
    assert camera_roll(None, lines((0.1, 3.5), (-6.7, 4.0)), SIDE, True).roll_deg == pytest.approx(-0.1)
    assert camera_roll(None, lines((-9.1, 1.7), (2.3, 4.2)), FRONT, False).source == "assumed"
    assert camera_roll(None, None, None, False).roll_deg == 0.0
    assert check_roll(camera_roll(5.0, None, SIDE, True, 4.0)) is None
    assert check_roll(camera_roll(None, lines((3.0, 3.5), None), SIDE, True, 4.0)) is None


def panned(tilt_deg, reach=2000.0, scatter=4.0, moving=True):
    rng, x = np.random.default_rng(1), np.linspace(0.0, -reach, 90)
    y = np.tan(np.radians(tilt_deg)) * x + rng.normal(0.0, scatter, 90)
    return CameraTrack(x, y, np.zeros(90, bool), np.zeros(90, np.int64), moving)


@pytest.mark.parametrize("tilt_deg", [-4.0, 0.0, 2.5])
def test_a_pan_shows_where_level_is(tilt_deg):
    camera = panned(tilt_deg)
    assert pan_tilt_deg(camera, 1280) == pytest.approx(tilt_deg, abs=0.15)
    roll = camera_roll(None, SceneLines(None, None), SIDE, True, pan_tilt_deg(camera, 1280))
    assert roll.roll_deg == pytest.approx(-tilt_deg, abs=0.15)
    assert (roll.source, roll.from_pan) == ("estimated", True)
    # a level camera along a slope shows the same: the interval holds both
    assert roll.sd_deg == pytest.approx(np.hypot(1.0, 0.5 * tilt_deg), abs=0.05)
    for true_deg in (-tilt_deg, 0.0):
        assert abs(roll.roll_deg - true_deg) < 1.96 * roll.sd_deg
    finding = check_roll(roll)
    if abs(tilt_deg) < 1.5:
        assert finding is None
    else:
        assert finding.notice.code == "roll_from_pan"
        assert f"{roll.roll_deg:.1f} degrees" in finding.notice.message
        assert not finding.withhold
    # uprights are better witnesses, and from the front nothing is known of the runner's way
    assert camera_roll(
        None, SceneLines(LineTilt(0.1, 0.25, 3.5), None), SIDE, True, tilt_deg
    ).roll_deg == pytest.approx(-0.1)
    assert camera_roll(None, SceneLines(None, None), FRONT, True, tilt_deg).source == "assumed"


def test_what_is_no_pan_shows_nothing():
    assert pan_tilt_deg(None, 1280) is None
    assert pan_tilt_deg(panned(3.0, moving=False), 1280) is None
    assert pan_tilt_deg(panned(3.0, reach=900.0), 1280) is None
    assert pan_tilt_deg(panned(3.0, scatter=60.0), 1280) is None


def test_rotation_turns_clockwise_and_back():
    xy = np.array([[[10.0, 0.0], [0.0, 10.0]]])
    turned = rotate(xy, np.pi / 2, (0.0, 0.0))
    np.testing.assert_allclose(turned, [[[0.0, 10.0], [-10.0, 0.0]]], atol=1e-12)
    np.testing.assert_allclose(rotate(turned, -np.pi / 2, (0.0, 0.0)), xy, atol=1e-12)


def test_gait_needs_both_legs(paper_runner):
    tracks = paper_runner().tracks()
    names = tuple(n for n in tracks.keypoint_names if n != "left_knee")
    import dataclasses

    with pytest.raises(KeypointError, match="left_knee"):
        canonical_landmarks(
            dataclasses.replace(tracks, keypoint_names=names, xy=tracks.xy[:, 1:], score=tracks.score[:, 1:]), 0.0
        )


def test_low_scores_are_not_measured(paper_runner):
    tracks = paper_runner().tracks()
    tracks.score[3, 0] = 0.1
    xy, weight = canonical_landmarks(tracks, 0.15)
    assert np.isnan(xy[3, 0]).all()
    assert weight[3, 0] == 0
    assert np.isfinite(xy[4, 0]).all()


def test_gravity_tells_slow_motion_from_slow_running():
    real = gravity_ratio(0.09, 0.35)
    assert 0.05 < real < 0.09
    assert gravity_ratio(0.09, 0.70) == pytest.approx(real / 4)
    assert check_slow_motion(170.0, 0.09, 1.0, 1.0) is None
    # a slow jog that bounces as gravity makes it
    assert check_slow_motion(120.0, 0.15, 1.0, 1.0) is None
    slowed = check_slow_motion(85.0, 0.09, 1.0, 1.0)
    assert slowed is not None
    assert slowed.notice.code == "slow_motion"
    assert "cadence_spm" in slowed.withhold
    assert "2." in slowed.notice.message


def test_repeated_pictures_lower_the_real_frame_rate():
    none = np.zeros(90, dtype=bool)
    assert check_repeated(none, 30.0) is None
    some = np.arange(90) % 5 == 0
    few = check_repeated(some, 30.0)
    assert few is not None
    assert not few.withhold
    most = check_repeated(np.arange(90) % 3 != 0, 30.0)
    assert most is not None
    assert "contact_time_s" in most.withhold
    assert "10 of 30" in most.notice.message


def test_feet_outside_the_picture_are_named():
    y, seen = np.full((100, 2), 700.0), np.ones((100, 2), dtype=bool)
    assert check_feet_visible(y, seen, 1080, 500.0, True) is None
    cut = check_feet_visible(y + 379.0, seen, 1080, 500.0, True)
    assert cut is not None
    assert "contact_time_s" in cut.withhold
    assert "cadence_spm" not in cut.withhold
    unseen = check_feet_visible(y * np.nan, ~seen, 0, 500.0, False)
    assert unseen is not None
    assert "cadence_spm" in unseen.withhold


@pytest.mark.parametrize(("share", "named"), [(0.0, True), (0.2, True), (0.3, False), (1.0, False)])
def test_one_foot_hardly_seen_is_named(share, named):
    seen = np.ones((100, 2), dtype=bool)
    seen[:, 1] = np.arange(100) < 100 * share
    found = check_feet_visible(np.where(seen, 700.0, np.nan), seen, 1080, 500.0, True)
    assert (found is not None) == named
    assert found is None or "right foot" in found.notice.message


def test_a_cadence_no_runner_has_gives_no_numbers():
    assert check_impossible(290.0) is None
    assert check_impossible(float("nan")) is None
    poor = check_impossible(387.0)
    assert poor is not None
    assert {"trunk_lean_deg", "cadence_spm", "duty_factor", "overstride_frac"} <= set(poor.withhold)


def test_running_that_shows_on_a_faster_clock_only_is_slow_motion():
    slowed = check_slow_motion(130.0, 0.15, 1.0, 2.0)
    assert slowed is not None
    assert slowed.notice.code == "slow_motion"
    assert "cadence_spm" in slowed.withhold
