"""Standard deviations against errors that are known: of noisy points, of lengths, of what the camera hides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runlean.gait.events import ContactEvents
from runlean.gait.uncertainty import PointNoise, stride_sd

CONTACTS = 2


def markers(runner, seed=0):
    """The runner's points as no network made them: without boxes."""
    tracks = runner.tracks(seed)
    return replace(tracks, box=np.full_like(tracks.box, np.nan))


def sd_of_noise(noise_px, leg=250.0, trunk=150.0):
    """``stride_sd`` of two contacts whose instants are certain, of a body with equal thigh and shank."""
    zeros, ones = np.zeros(CONTACTS), np.ones(1)
    events = ContactEvents(
        track=np.zeros(CONTACTS, np.int64), side=np.array([0, 1], np.int8), contact_s=np.array([0.0, 0.35]),
        toe_off_s=np.array([0.25, 0.6]), contact_sd_s=zeros, toe_off_sd_s=zeros, quality=zeros,
        contact_bias_sd_s=0 * ones, toe_off_bias_sd_s=0 * ones, gait_kind=np.ones(1, np.int8),
        step_period_s=0.35 * ones, foot_speed_px=900 * ones, foot_picture_speed_px=-900 * ones,
        leg_length_px=leg * ones,
    )  # fmt: skip
    noise = PointNoise(np.full((1, 23), noise_px), leg * ones, trunk * ones, 0.5 * leg * ones, 60 * ones, False)
    names = (
        "contact_time_s", "step_time_s", "stride_time_s", "duty_factor", "cadence_spm", "trunk_lean_contact_deg",
        "shin_lean_contact_deg", "knee_flexion_contact_deg", "overstride_hip_frac", "vertical_oscillation_frac",
        "vertical_oscillation_m", "speed_mps", "step_length_m", "foot_strike_angle_deg",
    )  # fmt: skip
    return stride_sd({name: np.full(CONTACTS, 0.25) for name in names}, events, noise, np.full(1, 0.02))


@pytest.mark.parametrize("noise_px", [3.0, 6.0])
def test_noise_of_points_makes_the_sd_of_angles(noise_px):
    rng = np.random.default_rng(8)
    leg, trunk, n = 250.0, 150.0, 20000
    bend = np.radians(25.0)
    at = {
        "hips": np.zeros((2, 2)), "shoulders": np.array([[15.0, -trunk], [15.0, -trunk]]),
        "knee": np.array([0.5 * leg * np.sin(bend), 0.5 * leg * np.cos(bend)]),
    }  # fmt: skip
    at["ankle"], at["heel"], at["toe"] = at["knee"] + [0.0, 0.5 * leg], np.zeros(2), np.array([60.0, 0.0])
    seen = {name: p + rng.normal(0, noise_px, (n, *p.shape)) for name, p in at.items()}
    hip, shoulder = seen["hips"].mean(axis=1), seen["shoulders"].mean(axis=1)

    def lean(line):
        return np.degrees(np.arctan2(line[:, 0], -line[:, 1]))

    thigh, shank = seen["knee"] - seen["hips"][:, 0], seen["ankle"] - seen["knee"]
    foot = seen["toe"] - seen["heel"]
    told = sd_of_noise(noise_px, leg, trunk)
    cloud = {
        "trunk_lean_contact_deg": lean(shoulder - hip),
        "shin_lean_contact_deg": lean(seen["knee"] - seen["ankle"]),
        "knee_flexion_contact_deg": lean(-thigh) - lean(-shank),
        "overstride_hip_frac": (seen["ankle"] - hip)[:, 0] / leg,
        "foot_strike_angle_deg": lean(np.stack([-foot[:, 1], -foot[:, 0]], axis=1)),
    }
    for name, values in cloud.items():
        # 20000 draws: to 0.5 %; small angles, and instants that are never wholly certain: within a tenth
        assert told[name][0] == pytest.approx(np.std(values), rel=0.1), name


@pytest.mark.parametrize(
    "column",
    [
        "trunk_lean_deg", "trunk_lean_contact_deg", "overstride_hip_frac", "shin_lean_contact_deg",
        "knee_flexion_contact_deg", "vertical_oscillation_frac", "contact_time_s", "step_time_s",
    ],
)  # fmt: skip
@pytest.mark.parametrize("fps", [30.0, 100.0])
def test_errors_are_no_larger_than_they_say(column, fps, paper_runner, analyzed):
    runner = paper_runner(fps=fps)
    clean = np.nanmean(analyzed(markers(runner)).strides[column])
    results = [analyzed(markers(replace(runner, noise_px=4.0), seed)) for seed in range(3)]
    errors = np.concatenate([r.strides[column] - clean for r in results])
    sd = np.concatenate([r.strides[f"{column}_sd"] for r in results])
    known = np.isfinite(errors)
    assert (np.isfinite(sd) == known).all()
    # some 46 errors of which 95 % should be held: 86 % is three of their standard deviations below
    assert np.mean(np.abs(errors[known]) < 1.96 * sd[known]) > 0.86


def test_sd_is_there_where_the_value_is(paper_runner, analyzed):
    s = analyzed(paper_runner(noise_px=2.0), runner_height_m=1.7).strides
    columns = [name for name in s if f"{name}_sd" in s]
    assert len(columns) >= 20
    for name in columns:
        assert (np.isfinite(s[name]) == np.isfinite(s[f"{name}_sd"])).all(), name
        assert (s[f"{name}_sd"][np.isfinite(s[name])] > 0).all(), name


def test_sd_grows_with_noise_and_shrinks_with_size(paper_runner, analyzed):
    def sd(column, **k):
        return np.nanmedian(analyzed(markers(paper_runner(**k))).strides[f"{column}_sd"])

    for column in ("trunk_lean_deg", "overstride_frac", "vertical_oscillation_frac", "body_lean_deg"):
        assert sd(column, noise_px=1.0) < sd(column, noise_px=5.0)
        # the same noise on a runner twice as large
        assert sd(column, noise_px=5.0, scale=600.0) < sd(column, noise_px=5.0)
        # more frames, less noise left by the same low-pass
        assert sd(column, noise_px=5.0, fps=120.0) < sd(column, noise_px=5.0, fps=30.0)


def test_a_networks_points_are_less_sure_than_markers(paper_runner, analyzed):
    runner = paper_runner(noise_px=1.0)
    network, marker = analyzed(runner), analyzed(markers(runner))
    for column in ("trunk_lean_deg", "overstride_frac"):
        assert (network.strides[f"{column}_sd"] > marker.strides[f"{column}_sd"]).all()
    assert network.runners[0].systematic_sd["trunk_lean_deg"] > marker.runners[0].systematic_sd["trunk_lean_deg"]


def test_what_is_shared_adds_in_squares(paper_runner, analyzed):
    level = analyzed(paper_runner()).runners[0].systematic_sd
    given = analyzed(paper_runner(), roll_deg=0.0).runners[0].systematic_sd
    # a roll that is taken to be none: within a degree; one that was given: within 0.3
    for column in ("trunk_lean_deg", "body_lean_deg", "shin_lean_contact_deg", "head_lean_deg"):
        assert level[column] ** 2 - given[column] ** 2 == pytest.approx(1.0**2 - 0.3**2, rel=1e-6)
    assert level["overstride_frac"] == given["overstride_frac"]
    assert "vertical_oscillation_m" not in level
    scaled = analyzed(paper_runner(), runner_height_m=1.7).runners[0].systematic_sd
    assert scaled["vertical_oscillation_m"] > 0.0
