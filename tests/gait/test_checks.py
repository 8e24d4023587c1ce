"""Film that gives wrong numbers, from the points on: it is named, and what would be wrong is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runlean.gait.checks import GAIT_COLUMNS, SAGITTAL_COLUMNS, TIMING_COLUMNS
from runlean.pose.tracks import CameraTrack

PER_ROW = ("frame", "time_s", "xy", "score", "box")
FEET = ("ankle", "heel", "big_toe")


def codes(result):
    return {w.code for r in result.runners for w in r.warnings}


def told(result, columns):
    """Those of the columns in which any value stands."""
    found = set()
    for name in columns:
        values = result.strides[name]
        there = [v is not None for v in values] if values.dtype == object else np.isfinite(values)
        if np.any(there):
            found.add(name)
    return found


def without(tracks, *parts):
    """The tracks with points missing whose names contain one of the parts."""
    xy = tracks.xy.copy()
    xy[:, [i for i, n in enumerate(tracks.keypoint_names) if any(p in n for p in parts)]] = np.nan
    return replace(tracks, xy=xy)


def slowed(tracks, factor):
    return replace(tracks, time_s=tracks.time_s * factor, fps=tracks.fps / factor)


@pytest.mark.parametrize("k", [{}, {"direction": -1}, {"overground": True}, {"fps": 25.0, "noise_px": 3.0}])
def test_a_good_film_is_not_warned_of(k, paper_runner, analyzed):
    result = analyzed(paper_runner(**k))
    assert codes(result) == set()
    assert result.runners[0].gait == "running"
    assert set(result.runners[0].withheld) == {"vertical_oscillation_m", "step_length_m", "speed_mps"}


@pytest.mark.parametrize(("seconds", "few"), [(1.2, True), (2.0, True), (2.4, True), (3.2, False)])
def test_fewer_than_seven_steps_are_named(seconds, few, paper_runner, analyzed):
    result = analyzed(paper_runner(duration_s=seconds))
    assert ("few_steps" in codes(result)) == few == (len(result.strides["contact_s"]) < 7)
    # what was seen is told all the same
    np.testing.assert_allclose(result.strides["trunk_lean_deg"], 7.0, atol=0.01)


@pytest.mark.parametrize(
    "walk",
    [
        {"contact_time_s": 0.65, "cadence_spm": 105.0, "speed": 1.2, "bounce_m": -0.04, "reach": 0.35},
        {"contact_time_s": 0.70, "cadence_spm": 100.0, "speed": 1.1, "bounce_m": -0.03, "reach": 0.35, "direction": -1},
        {"contact_time_s": 0.60, "cadence_spm": 115.0, "speed": 1.4, "bounce_m": -0.04, "reach": 0.38, "fps": 30.0},
    ],
    ids=str,
)
def test_walking_is_not_running(walk, paper_runner, analyzed):
    runner = paper_runner(**walk)
    assert runner.contact_time_s / runner.stride_s > 0.5
    result = analyzed(runner)
    assert codes(result) == {"walking"}
    assert result.runners[0].gait == "walking"
    assert len(result.strides["contact_s"]) == 0
    assert set(GAIT_COLUMNS) <= set(result.runners[0].withheld)
    assert "walks" in result.runners[0].withheld["trunk_lean_deg"]


@pytest.mark.parametrize("jitter_px", [0.0, 1.0, 4.0])
def test_standing_still_is_not_running(jitter_px, paper_runner, analyzed):
    tracks = paper_runner().tracks()
    xy = np.repeat(tracks.xy[:1], len(tracks.frame), axis=0)
    xy = xy + np.random.default_rng(1).normal(0, 1, xy.shape) * jitter_px
    result = analyzed(replace(tracks, xy=xy))
    assert codes(result) == {"no_running"}
    assert len(result.strides["contact_s"]) == 0
    assert set(GAIT_COLUMNS) <= set(result.runners[0].withheld)
    # no steps, so no means; the posture of each frame is known all the same
    assert np.nanmean(result.frames["trunk_lean_deg"]) == pytest.approx(7.0, abs=0.2)
    assert np.isnan(result.frames["body_lean_deg"]).all()


def test_who_gets_up_from_a_crouch_does_not_run(paper_runner, analyzed):
    tracks = paper_runner(duration_s=1.2).tracks()
    assert analyzed(tracks).runners[0].gait == "running"
    hips = tracks.xy[:, [tracks.keypoint_names.index(f"{s}_hip") for s in ("left", "right")]].mean(axis=1)
    above = [i for i, n in enumerate(tracks.keypoint_names) if not any(w in n for w in ("hip", "knee", *FEET))]
    xy = tracks.xy.copy()
    # the trunk comes up from horizontal within a second
    turn = np.radians(np.linspace(80.0, 0.0, len(xy)))[:, None]
    from_hip = xy[:, above] - hips[:, None]
    x, y = from_hip[..., 0], from_hip[..., 1]
    xy[:, above] = hips[:, None] + np.stack(
        [np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], axis=-1
    )
    result = analyzed(replace(tracks, xy=xy))
    assert codes(result) == {"no_running"}
    assert told(result, GAIT_COLUMNS) == set()


def test_a_runner_beats_those_who_stand(paper_runner, analyzed):
    runner = paper_runner().tracks()
    n = len(runner.frame)
    still = replace(runner, xy=np.repeat(runner.xy[:1], n, axis=0))
    both = replace(
        runner, track_id=np.array([1, 2], np.int32), offsets=np.array([0, n, 2 * n]),
        **{k: np.concatenate([getattr(still, k), getattr(runner, k)]) for k in PER_ROW},
    )  # fmt: skip
    result = analyzed(both)
    assert [r.runner_id for r in result.runners] == [2]
    assert set(result.frames["runner_id"]) == {2}


@pytest.mark.parametrize("factor", [2.0, 4.0, 8.0])
def test_slow_motion_without_its_factor_gives_no_times(factor, paper_runner, analyzed):
    runner = paper_runner(fps=240.0)
    result, real = analyzed(slowed(runner.tracks(), factor)), analyzed(runner)
    assert codes(result) == {"slow_motion"}
    assert told(result, TIMING_COLUMNS) == set()
    assert "slow-motion" in result.runners[0].warnings[0].message
    # postures do not depend on the clock
    assert len(result.strides["contact_s"]) == len(real.strides["contact_s"])
    np.testing.assert_allclose(result.strides["trunk_lean_deg"], 7.0, atol=0.01)
    np.testing.assert_allclose(result.strides["duty_factor"], real.strides["duty_factor"], atol=0.02)


def test_a_factor_that_is_too_small_is_seen(paper_runner, analyzed):
    runner = paper_runner(fps=240.0)
    result = analyzed(slowed(runner.tracks(), 4.0), slow_motion=2.0)
    assert "slow_motion" in codes(result)
    assert "2 was given" in result.runners[0].warnings[0].message


def with_camera(tracks, repeated):
    n = int(tracks.frame[-1]) + 1
    zeros = np.zeros(n)
    return replace(tracks, camera=CameraTrack(zeros, zeros, repeated, np.zeros(n, np.int64), False))


def test_repeated_pictures_are_named_and_not_measured(paper_runner, analyzed):
    runner = paper_runner(fps=30.0)
    tracks = runner.tracks()
    repeated = np.arange(len(tracks.frame)) % 3 != 0
    xy = tracks.xy.copy()
    for i in np.flatnonzero(repeated):
        xy[i] = xy[i - 1]
    result = analyzed(with_camera(replace(tracks, xy=xy), repeated))
    assert "repeated_frames" in codes(result)
    assert told(result, ("contact_time_s", "flight_time_s", "duty_factor", "toe_off_s")) == set()


def held(tracks, times):
    """Every picture so many times, at the same rate."""
    shown = np.repeat(np.arange(len(tracks.frame)), times)
    n = len(shown)
    slow = replace(
        tracks, offsets=np.array([0, n]), frame=np.arange(n), time_s=np.arange(n) / tracks.fps,
        **{k: getattr(tracks, k)[shown] for k in ("xy", "score", "box")},
    )  # fmt: skip
    return with_camera(slow, np.arange(n) % times != 0)


@pytest.mark.parametrize("first", [60, 100])
def test_legs_exchanged_in_slowed_film_are_told_by_the_runners_own_clock(first, paper_runner, analyzed):
    runner = paper_runner(fps=30.0, noise_px=1.0)
    tracks = runner.tracks()
    xy, names = tracks.xy.copy(), tracks.keypoint_names
    for part in ("knee", "ankle", "heel", "big_toe"):
        pair = [names.index(f"{side}_{part}") for side in ("left", "right")]
        xy[first : first + 40, pair] = xy[first : first + 40, pair[::-1]]
    clean, mixed = (analyzed(held(replace(tracks, xy=points), 3)).strides for points in (tracks.xy, xy))
    assert len(clean["contact_s"]) >= len(runner.contacts()) - 2
    np.testing.assert_allclose(mixed["contact_s"], clean["contact_s"], atol=0.05)
    assert (mixed["side"] == clean["side"]).all()


@pytest.mark.parametrize("times", [2, 3, 4])
def test_film_slowed_by_repeats_is_no_walk(times, paper_runner, analyzed):
    result = analyzed(held(paper_runner(fps=30.0).tracks(), times))
    assert {"slow_motion", "repeated_frames"} <= codes(result)
    assert result.runners[0].gait == "running"
    assert told(result, TIMING_COLUMNS) == set()
    np.testing.assert_allclose(result.frames["trunk_lean_deg"][times : 1 - 2 * times], 7.0, atol=0.05)


def test_a_few_repeated_pictures_cost_nothing(paper_runner, analyzed, matched):
    runner = paper_runner(fps=60.0)
    tracks = runner.tracks()
    repeated = np.arange(len(tracks.frame)) % 6 == 5
    xy = tracks.xy.copy()
    xy[repeated] = xy[np.flatnonzero(repeated) - 1]
    result = analyzed(with_camera(replace(tracks, xy=xy), repeated))
    assert codes(result) == {"repeated_frames"}
    clean = matched(runner, analyzed(runner))
    np.testing.assert_allclose(matched(runner, result)[0].mean(), clean[0].mean(), atol=0.002)


def test_a_repeated_picture_shows_no_new_place(paper_runner, analyzed):
    tracks = paper_runner(overground=True, fps=30.0, duration_s=3.0).tracks()
    repeated = np.arange(len(tracks.frame)) % 8 == 5
    xy = tracks.xy.copy()
    xy[repeated] = xy[np.flatnonzero(repeated) - 1]
    result = analyzed(with_camera(replace(tracks, xy=xy), repeated))
    # its points are filled between the pictures before and after, and say so
    assert result.frames["filled"][repeated].all()
    assert result.frames["filled"][~repeated].mean() < 0.05
    shown = result.frames["left_hip_x_px"][8:-8]
    np.testing.assert_allclose(shown, tracks.xy[8:-8, tracks.keypoint_names.index("left_hip"), 0], atol=2.0)


def test_feet_below_the_picture_are_named(paper_runner, analyzed):
    runner = paper_runner()
    tracks = runner.tracks()
    # the picture ends at the ankles, where a network puts what it does not see
    height = int(tracks.xy[:, 15, 1].min()) + 4
    xy = tracks.xy.copy()
    xy[..., 1] = np.minimum(xy[..., 1], height - 1)
    result = analyzed(replace(tracks, xy=xy, height=height))
    assert "feet_cut_off" in codes(result)
    assert told(result, ("contact_time_s", "duty_factor", "overstride_frac", "foot_strike", "body_lean_deg")) == set()


@pytest.mark.parametrize("direction", [1, -1])
def test_feet_that_were_never_seen_are_named_and_no_front_view(direction, paper_runner, analyzed):
    result = analyzed(without(paper_runner(direction=direction).tracks(), *FEET))
    assert codes(result) == {"feet_cut_off"}
    assert len(result.strides["contact_s"]) == 0
    assert set(GAIT_COLUMNS) <= set(result.runners[0].withheld)
    np.testing.assert_allclose(result.frames["trunk_lean_deg"], 7.0, atol=0.01)
    assert result.runners[0].direction == ("right" if direction == 1 else "left")
    assert result.runners[0].view_kind == "side"


@pytest.mark.parametrize("side", ["left_", "right_"])
def test_one_foot_cut_off_gives_no_steps_and_is_named(side, paper_runner, analyzed):
    result = analyzed(without(paper_runner().tracks(), *(side + part for part in FEET)))
    assert codes(result) == {"feet_cut_off"}
    assert f"{side[:-1]} foot" in result.runners[0].withheld["cadence_spm"]
    np.testing.assert_allclose(result.frames["trunk_lean_deg"], 7.0, atol=0.01)
    assert len(result.strides["contact_s"]) == 0
    assert result.runners[0].view_kind == "side"


def test_one_foot_lost_for_a_while_costs_its_steps_only(paper_runner, analyzed):
    runner = paper_runner(duration_s=8.0)
    tracks = runner.tracks()
    hole = slice(200, 290)
    xy = tracks.xy.copy()
    xy[hole] = without(tracks, *("left_" + part for part in FEET)).xy[hole]
    result = analyzed(replace(tracks, xy=xy))
    whole = analyzed(runner)
    inside = (whole.strides["contact_s"] > 3.4) & (whole.strides["contact_s"] < 4.7)
    assert inside.sum() >= 3
    kept = whole.strides["contact_s"][(whole.strides["contact_s"] < 2.9) | (whole.strides["contact_s"] > 5.2)]
    nearest = np.abs(result.strides["contact_s"][:, None] - kept).min(axis=0)
    assert nearest.max() < 0.006
    # no step is measured across the hole: none is longer than a step
    assert np.nanmax(result.strides["step_time_s"]) < 1.1 * 60 / runner.cadence_spm


def test_front_views_give_no_lean(paper_runner, analyzed):
    tracks = paper_runner(knee_forward=False).tracks()
    xy = tracks.xy.copy()
    xy[..., 0] = 600 + 0.03 * (xy[..., 0] - 600)
    for name, off in (("shoulder", 48.0), ("hip", 29.0)):
        for side, sign in (("left", 1.0), ("right", -1.0)):
            xy[:, tracks.keypoint_names.index(f"{side}_{name}"), 0] += sign * off
    result = analyzed(replace(tracks, xy=xy))
    assert "front_view" in codes(result)
    assert told(result, SAGITTAL_COLUMNS) == set()
    assert np.isnan(result.frames["trunk_lean_deg"]).all()


def test_low_frame_rates_are_named(paper_runner, analyzed):
    assert codes(analyzed(paper_runner(fps=20.0))) == {"low_frame_rate"}


def test_nobody_is_nobody(paper_runner, analyzed):
    tracks = paper_runner().tracks()
    none = replace(
        tracks, track_id=np.zeros(0, np.int32), offsets=np.zeros(1, np.int64), frame=tracks.frame[:0],
        time_s=tracks.time_s[:0], xy=tracks.xy[:0], score=tracks.score[:0], box=tracks.box[:0],
    )  # fmt: skip
    result = analyzed(none)
    assert result.runners == ()
    assert all(len(v) == 0 for v in (*result.frames.values(), *result.strides.values()))


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_a_glimpse_of_a_runner_gives_no_steps(n, paper_runner, analyzed):
    tracks = paper_runner().tracks()
    short = replace(
        tracks, offsets=np.array([0, n]), frame=tracks.frame[:n], time_s=tracks.time_s[:n], xy=tracks.xy[:n],
        score=tracks.score[:n], box=tracks.box[:n],
    )  # fmt: skip
    result = analyzed(short)
    assert len(result.strides["contact_s"]) == 0
    assert codes(result) == {"no_running"}
    assert len(result.frames["time_s"]) == n
