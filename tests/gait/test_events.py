"""Contacts and toe-offs of runners whose every contact is known, however they are filmed.

The paper's foot meets the belt at the belt's own speed without an impact; a runner's reaches it some 20 ms after the
force plate feels it. The event model knows runners, so on paper it is early at contact and late at toe-off by what its
features read off that foot: the bounds are made of those, looked for in the paper's own movement, not of what is told.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runlean_kernels.events import event_features as ef
from runlean_kernels.events.cycle_sums import N_HARMONICS
from runlean_kernels.events.event_fusion import OFFSET_S, REFERENCE_SPEED, SLOPE

#: Contacts of a steady runner differ only by where the frames fell: within this of their mean, s.
STEADY_S = 0.002
#: What ten harmonics make of the paper's corners.
CORNER_S = 0.004


def paper_estimates(runner, feet):
    """Errors of contact and of toe-off that single features of the paper's left foot tell, from 5000 looks a second."""
    t = np.arange(-0.25, 0.75 * runner.stride_s, 2e-4)
    p = runner._points(runner.first_contact_s + 4 * runner.stride_s + t)
    ankle, heel, hip = p["left_ankle"], p["left_heel"], p["left_hip"]
    leg, landing = runner.thigh + runner.shank, t < 0.05

    def longest(of):
        return t[np.argmax(np.where(landing, np.hypot(*(of - hip).T), -1))]

    def backward(of, share):
        after = t > t[np.argmax(np.where(landing, of[:, 0], -9))]
        return t[np.argmax(after & (np.gradient(of[:, 0], t) <= -share * runner.speed))]

    def lifted(by):
        return t[np.argmax((t > 0.05) & (ankle[:, 1] >= ankle[:, 1].min() + by * leg))]

    def stopped():
        # ten harmonics round the corner off, and the greatest acceleration comes before it
        u = np.linspace(-0.5, 0.5, 4000, endpoint=False) * runner.stride_s
        height = runner._points(runner.first_contact_s + 4 * runner.stride_s + u)["left_ankle"][:, 1]
        spectrum = np.fft.rfft(height)
        k = np.arange(len(spectrum))
        push = np.fft.irfft(np.where(k <= N_HARMONICS, -(k**2) * spectrum, 0), len(u))
        return u[np.argmax(np.where(np.abs(u) < 0.1, push, -np.inf))]

    down = landing & (ankle[:, 1] <= ankle[:, 1].min() + 0.02 * leg)
    contact = {
        ef.ANKLE_BACKWARD: backward(ankle, 0.5),
        ef.LEG_LONGEST: longest(ankle),
        ef.ANKLE_DOWN: t[np.argmax(down & (t > -0.2))],
        ef.ANKLE_STOPPED: stopped(),
    }
    if feet:
        contact |= {ef.HEEL_BACKWARD: backward(heel, 0.8), ef.HEEL_LONGEST: longest(heel)}
    toe_off = {
        ef.ANKLE_REARMOST: t[np.argmin(ankle[:, 0])],
        ef.ANKLE_LIFTED: lifted(0.03),
        ef.ANKLE_RISEN: lifted(0.10),
    }
    faster = runner.speed / leg - REFERENCE_SPEED
    told = [np.array([at + OFFSET_S[f] + SLOPE[f] * faster for f, at in of.items()]) for of in (contact, toe_off)]
    return told[0], told[1] - runner.contact_time_s


PACES = [
    {},
    {"speed": 2.2, "contact_time_s": 0.30, "reach": 0.23},
    {"speed": 4.5, "contact_time_s": 0.167, "reach": 0.26},
    {"cadence_spm": 150.0, "contact_time_s": 0.28},
    {"cadence_spm": 160.0, "contact_time_s": 0.2625},
    {"cadence_spm": 180.0, "contact_time_s": 0.233},
    {"cadence_spm": 200.0, "contact_time_s": 0.21, "speed": 3.5},
]


@pytest.mark.parametrize("feet", [True, False])
@pytest.mark.parametrize("pace", PACES, ids=str)
def test_contacts_lie_among_what_the_features_say(pace, feet, paper_runner, analyzed, matched):
    runner = paper_runner(feet=feet, **pace)
    contact, toe_off = matched(runner, analyzed(runner))
    for errors, features in zip((contact, toe_off), paper_estimates(runner, feet), strict=True):
        assert features.min() - CORNER_S < np.nanmin(errors)
        assert np.nanmax(errors) < features.max() + CORNER_S
        assert np.nanmax(np.abs(errors - np.nanmean(errors))) < STEADY_S


@pytest.mark.parametrize("fps", [25.0, 30.0, 50.0, 60.0, 120.0, 240.0])
def test_the_frame_rate_changes_no_contact(fps, paper_runner, analyzed, matched):
    runner = paper_runner(fps=fps)
    contact, toe_off = matched(runner, analyzed(runner))
    fine = paper_runner(fps=480.0)
    fine_contact, fine_toe_off = matched(fine, analyzed(fine))
    # 0.1 of a frame, and no more than the step from one frame to the next ever shows
    assert abs(contact.mean() - fine_contact.mean()) < 0.1 / fps
    assert abs(np.nanmean(toe_off) - np.nanmean(fine_toe_off)) < 0.1 / fps
    assert np.ptp(contact) < 0.1 / fps + 1e-3


@pytest.mark.parametrize("fps", [30.0, 60.0])
@pytest.mark.parametrize("noise_px", [1.0, 3.0, 5.0])
def test_noise_scatters_contacts_no_more_than_they_say(fps, noise_px, paper_runner, analyzed, matched):
    runner = paper_runner(fps=fps, noise_px=noise_px)
    clean = matched(runner, analyzed(replace(runner, noise_px=0.0)))
    own, claimed = [], []
    for seed in range(4):
        result = analyzed(runner, seed)
        contact, _ = matched(runner, result)
        own.append(contact - clean[0].mean())
        claimed.append(result.strides["contact_s_sd"])
    errors, sd = np.concatenate(own), np.concatenate(claimed)
    # some 64 contacts: 95 % intervals hold 95 %, 86 % at least; none is off by more than three and a half
    assert np.mean(np.abs(errors) < 1.96 * sd) > 0.86
    assert np.abs(errors / sd).max() < 3.5


def test_uncertainty_grows_with_noise_and_frame_interval(paper_runner, analyzed):
    def sd(column: str, **k: float) -> float:
        return float(np.median(analyzed(paper_runner(**k)).strides[column]))

    for column in ("contact_s_sd", "toe_off_s_sd"):
        assert sd(column) < sd(column, noise_px=3.0) < sd(column, noise_px=3.0, fps=30.0)
        assert sd(column, noise_px=1.0) < sd(column, noise_px=5.0)
        # heel and toe make it surer
        assert sd(column) < sd(column, feet=False)


@pytest.mark.parametrize("overground", [False, True])
@pytest.mark.parametrize("direction", [1, -1])
def test_direction_and_ground_change_nothing(direction, overground, paper_runner, analyzed, matched):
    base, runner = paper_runner(), paper_runner(direction=direction, overground=overground)
    result = analyzed(runner)
    contact, toe_off = matched(runner, result)
    expected = matched(base, analyzed(base))
    np.testing.assert_allclose(contact, expected[0], atol=5e-4)
    np.testing.assert_allclose(toe_off, expected[1], atol=5e-4)
    assert result.runners[0].direction == ("right" if direction == 1 else "left")
    assert result.runners[0].mode == ("overground" if overground else "treadmill")


@pytest.mark.parametrize(("overground", "camera_speed_px"), [(True, -900.0), (True, -400.0), (False, 120.0)])
def test_a_moving_camera_changes_nothing(overground, camera_speed_px, paper_runner, analyzed, matched):
    still = paper_runner(overground=overground)
    runner = paper_runner(overground=overground, camera_speed_px=camera_speed_px)
    result = analyzed(runner)
    expected = analyzed(still)
    np.testing.assert_allclose(matched(runner, result)[0], matched(still, expected)[0], atol=5e-4)
    for column in ("overstride_frac", "overstride_hip_frac", "vertical_oscillation_frac"):
        np.testing.assert_allclose(result.strides[column], expected.strides[column], atol=2e-3)
    assert result.runners[0].mode == ("overground" if overground else "treadmill")


@pytest.mark.parametrize("scale", [60.0, 150.0, 900.0])
def test_size_in_the_picture_changes_nothing(scale, paper_runner, analyzed, matched):
    base = paper_runner()
    expected = matched(base, analyzed(base))
    tracks = replace(base, scale=scale).tracks()
    got = matched(base, analyzed(replace(tracks, width=0, height=0)))
    np.testing.assert_allclose(got, expected, atol=5e-4)


def test_in_a_mirror_left_is_right(paper_runner, analyzed, matched):
    runner = paper_runner(noise_px=1.0)
    tracks = runner.tracks()
    names = list(tracks.keypoint_names)
    other = [
        names.index(n.replace("left_", "right_") if n.startswith("left_") else n.replace("right_", "left_"))
        for n in names
    ]
    xy = tracks.xy[:, other] * [-1.0, 1.0] + [1280.0, 0.0]
    here, there = analyzed(tracks), analyzed(replace(tracks, xy=np.ascontiguousarray(xy)))
    assert there.strides["side"].tolist() == [{"left": "right", "right": "left"}[s] for s in here.strides["side"]]
    for column in ("contact_s", "toe_off_s"):
        np.testing.assert_allclose(there.strides[column], here.strides[column], atol=1e-3)
    for column in ("trunk_lean_deg", "overstride_hip_frac", "knee_flexion_contact_deg", "vertical_oscillation_frac"):
        np.testing.assert_allclose(there.strides[column], here.strides[column], atol=0.5)
    assert there.runners[0].direction == "left"


def test_later_film_has_later_contacts(paper_runner, analyzed):
    tracks = paper_runner(noise_px=1.0, fps=64.0).tracks()
    here, later = analyzed(tracks), analyzed(replace(tracks, time_s=tracks.time_s + 32.0))
    np.testing.assert_allclose(later.strides["contact_s"] - 32.0, here.strides["contact_s"], atol=1e-6)
    np.testing.assert_allclose(later.strides["trunk_lean_deg"], here.strides["trunk_lean_deg"], atol=1e-9)


def test_lost_frames_lose_no_contact(paper_runner, analyzed, matched):
    runner = paper_runner(fps=30.0)
    tracks = runner.tracks()
    keep = np.random.default_rng(3).random(len(tracks.frame)) > 0.25
    keep[[0, -1]] = True
    fewer = replace(
        tracks, offsets=np.array([0, keep.sum()]), frame=tracks.frame[keep], time_s=tracks.time_s[keep],
        xy=np.ascontiguousarray(tracks.xy[keep]), score=tracks.score[keep], box=tracks.box[keep],
    )  # fmt: skip
    contact, _ = matched(runner, analyzed(fewer))
    assert np.abs(contact - matched(runner, analyzed(runner))[0].mean()).max() < 0.006


def test_exchanged_legs_are_put_right(paper_runner, analyzed, matched):
    runner = paper_runner()
    tracks = runner.tracks()
    names, xy = list(tracks.keypoint_names), tracks.xy.copy()
    for rows in (slice(40, 43), slice(130, 137), slice(220, 222)):
        for part in ("knee", "ankle", "heel", "big_toe"):
            left, right = names.index(f"left_{part}"), names.index(f"right_{part}")
            xy[rows, left], xy[rows, right] = tracks.xy[rows, right], tracks.xy[rows, left]
    contact, _ = matched(runner, analyzed(replace(tracks, xy=xy)))
    assert np.abs(contact - matched(runner, analyzed(runner))[0].mean()).max() < 0.003


def test_two_runners_do_not_touch_each_other(paper_runner, analyzed):
    one, other = paper_runner(fps=60.0).tracks(), paper_runner(cadence_spm=186.0, direction=-1, lean_deg=4.0).tracks()
    both = replace(
        one, track_id=np.array([4, 9], np.int32), offsets=np.cumsum([0, len(one.frame), len(other.frame)]),
        **{n: np.concatenate([getattr(one, n), getattr(other, n)]) for n in ("frame", "time_s", "xy", "score", "box")},
    )  # fmt: skip
    result = analyzed(both)
    assert [r.runner_id for r in result.runners] == [4, 9]
    for runner_id, alone in ((4, analyzed(one)), (9, analyzed(other))):
        mine = result.strides["runner_id"] == runner_id
        for column in ("contact_s", "toe_off_s", "trunk_lean_deg", "overstride_frac"):
            np.testing.assert_array_equal(result.strides[column][mine], alone.strides[column])


@pytest.mark.parametrize("first_contact_s", [0.0, 0.03, 0.045])
def test_a_foot_that_is_down_as_the_film_begins_is_no_contact(first_contact_s, paper_runner, analyzed):
    result = analyzed(paper_runner(first_contact_s=first_contact_s, fps=25.0, duration_s=3.0))
    assert result.strides["contact_s"].min() > 1 / 25
    assert np.isfinite(result.strides["toe_off_s"]).all()
    assert len(result.strides["contact_s"]) >= 6
