"""Film that is not what it seems: repeats, slow motion, walking, feet cut off, too few steps, broken steps."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from runlean.gait.analyze import analyze_gait
from runlean.gait.checks import check_even_steps, check_repeated
from runlean.gait.options import GaitOptions
from runlean.pose.tracks import CameraTrack

TIMES = ("contact_time_s", "flight_time_s", "cadence_spm", "step_time_s", "stride_time_s")


def gait(tracks):
    result = analyze_gait(tracks, GaitOptions())
    return result, [w.code for w in result.runners[0].warnings]


def given(result, *names):
    return [n for n in names if np.isfinite(result.strides[n]).any()]


def showing(tracks, source):
    """The same film with picture ``source[i]`` shown at frame i, at the film's own rate."""
    source = np.asarray(source)
    n = len(source)
    still = np.zeros(n)
    repeated = np.concatenate([[False], np.diff(source) == 0])
    return dataclasses.replace(
        tracks, offsets=np.array([0, n]), frame=np.arange(n), time_s=np.arange(n) / tracks.fps, xy=tracks.xy[source],
        score=tracks.score[source], box=tracks.box[source],
        camera=CameraTrack(still, still, repeated, still.astype(np.int64), False),
    )  # fmt: skip


def slowed(tracks, factor):
    """Film taken ``factor`` times faster than it is played."""
    return dataclasses.replace(tracks, time_s=tracks.time_s * factor)


def patterns(n):
    i = np.arange(n)
    lost = np.random.default_rng(2).random(n) < 0.22
    return {"every 2nd": i // 2 * 2, "irregular": np.maximum.accumulate(np.where(lost, 0, i)), "thrice": i // 3 * 3}


@pytest.mark.parametrize("pattern", ["every 2nd", "irregular"])
def test_repeats_in_real_time_are_named_and_the_cadence_stays_right(paper_runner, pattern):
    tracks = paper_runner(fps=30.0, noise_px=0.5).tracks()
    result, codes = gait(showing(tracks, patterns(len(tracks.time_s))[pattern]))
    assert codes == ["repeated_frames"]
    assert np.nanmedian(result.strides["cadence_spm"]) == pytest.approx(170.0, rel=0.01)
    if pattern == "every 2nd":  # half the pictures: contacts are no finer than two frames
        assert not given(result, "contact_time_s", "flight_time_s", "duty_factor")
    else:
        plain, _ = gait(tracks)
        expected = np.nanmedian(plain.strides["contact_time_s"])
        assert np.nanmedian(result.strides["contact_time_s"]) == pytest.approx(expected, abs=0.02)


def test_ten_real_pictures_a_second_have_no_times(paper_runner):
    tracks = paper_runner(fps=30.0, noise_px=0.5).tracks()
    result, codes = gait(showing(tracks, patterns(len(tracks.time_s))["thrice"]))
    assert "repeated_frames" in codes
    assert not given(result, *TIMES, "duty_factor")


@pytest.mark.parametrize("times", [2, 3])
def test_repeats_that_slow_the_film_are_both(paper_runner, times):
    tracks = paper_runner(fps=30.0, duration_s=8.0).tracks()
    n = len(tracks.time_s)
    result, codes = gait(showing(tracks, np.repeat(np.arange(n), times)))
    assert {"repeated_frames", "slow_motion"} <= set(codes)
    assert not given(result, *TIMES)


@pytest.mark.parametrize("factor", [2.0, 4.0, 8.0])
def test_slow_motion_without_its_factor_has_no_times_and_with_it_all(paper_runner, factor):
    tracks = slowed(paper_runner(fps=240.0, duration_s=5.0, noise_px=0.5).tracks(), factor)
    result, codes = gait(tracks)
    assert "slow_motion" in codes
    assert not given(result, *TIMES)
    assert given(result, "trunk_lean_deg", "duty_factor") == ["trunk_lean_deg", "duty_factor"]
    told, codes = gait(slowed(tracks, 1 / factor))  # what --slow-motion does
    assert codes == []
    assert np.nanmedian(told.strides["cadence_spm"]) == pytest.approx(170.0, rel=0.005)


def test_a_runner_cut_off_at_the_feet(paper_runner):
    tracks = paper_runner(duration_s=3.0).tracks()
    xy = tracks.xy.copy()
    edge = np.nanmedian(xy[:, tracks.keypoint_names.index("left_knee"), 1]) + 5
    ankles = [i for i, n in enumerate(tracks.keypoint_names) if n.endswith(("ankle", "heel", "toe"))]
    xy[:, ankles, 1] = np.minimum(xy[:, ankles, 1], edge)
    result, codes = gait(dataclasses.replace(tracks, xy=xy, height=int(edge) + 1))
    assert "feet_cut_off" in codes
    assert not given(result, "contact_time_s", "overstride_frac", "foot_strike_angle_deg", "body_lean_deg")


def test_fewer_than_seven_steps_are_named(paper_runner):
    _, codes = gait(paper_runner(duration_s=2.0).tracks())
    assert codes == ["few_steps"]


def test_walking_has_no_gait_numbers(paper_runner):
    # slow, in double support, hips highest in mid-stance
    walker = paper_runner(
        cadence_spm=110.0, contact_time_s=0.68, speed=1.3, bounce_m=-0.04, reach=0.36, fps=60.0, duration_s=8.0
    )
    result, codes = gait(walker.tracks())
    assert set(codes) & {"walking", "no_running"}
    assert len(result.strides["contact_s"]) == 0


def test_steps_that_jump_are_broken_and_a_limp_or_a_sprint_start_is_not():
    step = np.full(14, 0.36)
    contact = np.cumsum(step)
    assert check_even_steps(contact) is None
    missed = check_even_steps(np.delete(contact, [4, 9]))
    assert missed is not None
    assert missed.notice.code == "broken_steps"
    assert {"cadence_spm", "overstride_frac", "hip_hinge_deg"} <= set(missed.withhold)
    assert "trunk_lean_deg" not in missed.withhold
    limp = np.cumsum(np.where(np.arange(14) % 2, 0.39, 0.34))
    assert check_even_steps(limp) is None
    start = np.cumsum(np.geomspace(0.30, 0.21, 14))
    assert check_even_steps(start) is None
    slipped = step.copy()
    slipped[6] = 0.26  # a leg was hidden just then
    assert check_even_steps(np.cumsum(slipped)) is None
    assert check_even_steps(np.cumsum(slipped[3:9])) is not None
    assert check_even_steps(np.delete(contact, 6)) is not None
    slipped[10] = 0.27
    assert check_even_steps(np.cumsum(slipped)) is not None
    long = np.cumsum(np.full(60, 0.36))
    assert check_even_steps(np.delete(long, 30)) is None  # one in sixty is left out, the others stand
    assert check_even_steps(contact[:3]) is None


def test_the_rate_of_real_pictures_decides_what_is_withheld():
    half = np.arange(90) % 2 == 1
    assert "cadence_spm" not in check_repeated(half, 30.0).withhold
    assert "cadence_spm" in check_repeated(half, 20.0).withhold
