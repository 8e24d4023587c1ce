"""Pose of other tools: any of their names and shapes gives the same numbers, and what does not fit is named at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import runlean
from runlean.errors import ConfigError, KeypointError
from runlean.skeleton import ALIASES, BONES, CANONICAL, COCO_17, EXTRA, HALPE_26, MEDIAPIPE_33, canonical_name

LEG_PX = 250.0
TRUNK_PX = 150.0
LEAN_DEG = 7.0
STEP_S = 0.35
LEGS = ("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")
UP_60, HAND, HEEL, TOE = np.array([[0.0, 60.0], [50.0, -50.0], [-10.0, 18.0], [34.0, 15.0]])


def runner(time_s, direction=1):
    """Points by name of a runner of sines on a belt: two legs half a stride apart, a straight trunk that leans."""
    phase = np.pi * time_s / STEP_S
    hip = np.stack([400 + 0 * time_s, 300 - 10 * np.cos(2 * phase + 1.4)], axis=1)
    up = np.array([np.sin(np.radians(LEAN_DEG)), -np.cos(np.radians(LEAN_DEG))])
    out = {"neck": hip + TRUNK_PX * up, "head": hip + 1.5 * TRUNK_PX * up, "nose": hip + 1.4 * TRUNK_PX * up + [25, 0]}
    for name in ("eye", "eye_inner", "eye_outer"):
        out[f"left_{name}"] = out[f"right_{name}"] = hip + 1.42 * TRUNK_PX * up + [20, 0]
    out["mouth_left"] = out["mouth_right"] = hip + 1.3 * TRUNK_PX * up + [20, 0]
    for k, side in enumerate(("left", "right")):
        turn = phase + np.pi * k
        thigh = np.radians(25) * np.sin(turn) + np.radians(8)
        shank = thigh - np.radians(55) + np.radians(40) * np.cos(turn - 0.9)
        knee = hip + 0.5 * LEG_PX * np.stack([np.sin(thigh), np.cos(thigh)], axis=1)
        ankle = knee + 0.5 * LEG_PX * np.stack([np.sin(shank), np.cos(shank)], axis=1)
        out |= {f"{side}_hip": hip, f"{side}_knee": knee, f"{side}_ankle": ankle}
        out |= {f"{side}_shoulder": hip + TRUNK_PX * up, f"{side}_ear": hip + 1.4 * TRUNK_PX * up}
        out |= {f"{side}_elbow": hip - UP_60, f"{side}_wrist": hip + HAND, f"{side}_heel": ankle + HEEL}
        out |= {f"{side}_{finger}": hip + HAND for finger in ("pinky", "index", "thumb")}
        out |= {f"{side}_{toe}": ankle + TOE for toe in ("big_toe", "small_toe", "foot_index")}
    out["hip"] = hip
    return {name: (p - [400, 0]) * [direction, 1] + [400, 0] for name, p in out.items()}


@pytest.fixture(scope="module")
def time_s():
    return np.arange(180) / 50.0


def points(names, time_s, direction=1):
    by_name = runner(time_s, direction)
    return np.stack([by_name[n] for n in names], axis=1)


@pytest.fixture(scope="module")
def coco(time_s):
    return runlean.analyze_keypoints(points(COCO_17, time_s), time_s, COCO_17)


def column(analysis, name):
    return analysis.strides[name].to_numpy(zero_copy_only=False).astype(float)


def test_a_runner_on_paper(coco):
    s, found = coco.strides, coco.summary.runners[0]
    assert 8 <= s.num_rows <= 10
    sides = s["side"].to_pylist()
    assert all(a != b for a, b in pairwise(sides))
    np.testing.assert_allclose(column(coco, "trunk_lean_deg"), LEAN_DEG, atol=0.01)
    assert found.metrics["cadence_spm"].mean == pytest.approx(60 / STEP_S, rel=0.003)
    assert (found.direction, found.mode, found.view.kind) == ("right", "treadmill", "side")
    assert coco.frames.num_rows == 180
    assert coco.summary.models == ()
    assert coco.summary.source.fps_from_timestamps == pytest.approx(50.0)
    assert coco.summary.source.duration_s == pytest.approx(3.6)


@pytest.mark.parametrize("names", [HALPE_26, MEDIAPIPE_33], ids=["halpe", "mediapipe"])
def test_sets_with_feet_give_the_same_and_the_feet(names, time_s, coco):
    analysis = runlean.analyze_keypoints(points(names, time_s), time_s, names)
    np.testing.assert_allclose(column(analysis, "trunk_lean_deg"), LEAN_DEG, atol=0.01)
    assert analysis.strides["side"].to_pylist() == coco.strides["side"].to_pylist()
    # heel and toe join the ankles: the same contacts, told a little differently
    np.testing.assert_allclose(column(analysis, "contact_s"), column(coco, "contact_s"), atol=0.02)
    assert np.isfinite(column(analysis, "foot_strike_angle_deg")).any()
    assert not np.isfinite(column(coco, "foot_strike_angle_deg")).any()
    assert {"left_heel_x_px", "left_big_toe_x_px"} <= set(analysis.frames.column_names)


def test_order_prefixes_case_and_spelling_do_not_count(time_s, coco):
    xy = points(COCO_17, time_s)
    order = np.random.default_rng(2).permutation(len(COCO_17))
    spelt = [n.replace("left_", "L_").replace("right_", "r-") for n in COCO_17]
    spelt[COCO_17.index("left_ear")] = " Left Ear "
    spelt[COCO_17.index("left_knee")] = "LKnee"
    other = runlean.analyze_keypoints(xy[:, order], time_s, [spelt[i] for i in order])
    assert other.strides.equals(coco.strides)
    assert set(other.frames.column_names) == set(coco.frames.column_names)


def test_legs_alone_have_contacts_and_no_trunk(time_s, coco):
    analysis = runlean.analyze_keypoints(points(LEGS, time_s), time_s, LEGS)
    np.testing.assert_allclose(column(analysis, "contact_s"), column(coco, "contact_s"), atol=1e-6)
    assert not np.isfinite(column(analysis, "trunk_lean_deg")).any()
    assert analysis.summary.runners[0].metrics["trunk_lean_deg"].mean is None


def test_persons_are_told_apart(time_s, coco):
    one, other = points(COCO_17, time_s), points(COCO_17, time_s, -1) + np.array([900.0, 40.0])
    nobody = np.full_like(one, np.nan)
    late = other.copy()
    late[:40] = np.nan
    analysis = runlean.analyze_keypoints(np.stack([one, nobody, late], axis=1), time_s, COCO_17)
    assert [(r.runner_id, r.direction) for r in analysis.summary.runners] == [(0, "right"), (2, "left")]
    ids = np.array(analysis.strides["runner_id"])
    np.testing.assert_allclose(column(analysis, "contact_s")[ids == 0], column(coco, "contact_s"), atol=1e-9)
    rows = np.array(analysis.frames["runner_id"])
    assert (rows == 0).sum() == 180
    assert (rows == 2).sum() == 140
    assert np.array(analysis.frames["frame"])[rows == 2].min() == 40
    np.testing.assert_allclose(column(analysis, "trunk_lean_deg"), LEAN_DEG, atol=0.01)


def test_one_person_axis_is_no_axis(time_s, coco):
    same = runlean.analyze_keypoints(points(COCO_17, time_s)[:, None], time_s, list(COCO_17))
    assert same.strides.equals(coco.strides)


@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
def test_missing_points_are_missing_there_only(missing, time_s):
    xy = points(COCO_17, time_s)
    xy[60:100, [5, 6]] = missing  # shoulders, longer than what is filled
    analysis = runlean.analyze_keypoints(xy, time_s, COCO_17)
    lean = np.array(analysis.frames["trunk_lean_deg"].to_pylist(), dtype=float)
    assert np.isnan(lean[60:100]).all()
    np.testing.assert_allclose(lean[np.r_[0:58, 102:180]], LEAN_DEG, atol=0.05)
    assert analysis.frames["left_shoulder_x_px"].null_count == 40
    assert analysis.strides.num_rows >= 8


def test_low_scores_are_not_believed_and_without_scores_all_are(time_s, coco):
    xy, scores = points(COCO_17, time_s), np.full((180, 17), 0.9)
    scores[80:130, 5] = 0.02
    xy[80:130, 5] += 200.0  # a shoulder that is nowhere near, and says so
    believed = runlean.analyze_keypoints(xy, time_s, COCO_17, scores)
    np.testing.assert_allclose(
        np.nanmax(np.abs(np.array(believed.frames["trunk_lean_deg"].to_pylist(), float) - LEAN_DEG)), 0.0, atol=0.1
    )
    wrong = runlean.analyze_keypoints(xy, time_s, COCO_17)
    assert np.nanmax(np.abs(np.array(wrong.frames["trunk_lean_deg"].to_pylist(), float) - LEAN_DEG)) > 5.0
    told = np.array(believed.frames["left_shoulder_score"].to_pylist(), float)
    np.testing.assert_allclose(told, scores[:, 5], atol=1e-6)
    persons = runlean.analyze_keypoints(xy[:, None], time_s, COCO_17, scores[:, None])
    assert persons.strides.equals(believed.strides)


def test_the_runners_height_gives_metres(time_s, coco):
    tall = runlean.analyze_keypoints(points(COCO_17, time_s), time_s, COCO_17, runner_height_m=1.78)
    # (leg + trunk) / 0.81 is the height in pixels, as drawn by networks
    metres_per_px = 1.78 / ((LEG_PX + TRUNK_PX) / 0.81)
    frac = column(tall, "vertical_oscillation_frac")
    np.testing.assert_allclose(column(tall, "vertical_oscillation_m"), frac * LEG_PX * metres_per_px, rtol=0.01)
    assert np.isfinite(column(tall, "step_length_m")).sum() >= 7
    assert not np.isfinite(column(coco, "vertical_oscillation_m")).any()
    half = runlean.analyze_keypoints(0.5 * points(COCO_17, time_s), time_s, COCO_17, runner_height_m=1.78)
    for name in ("speed_mps", "step_length_m", "vertical_oscillation_m", "overstride_frac"):
        np.testing.assert_allclose(column(half, name), column(tall, name), rtol=1e-6)


def test_slow_motion_and_roll_are_taken_away(time_s, coco):
    slow = runlean.analyze_keypoints(points(COCO_17, time_s), 4.0 * time_s, COCO_17, slow_motion=4.0)
    np.testing.assert_allclose(column(slow, "contact_s"), column(coco, "contact_s"), atol=1e-9)
    turn = np.radians(-3.0)
    turned = points(COCO_17, time_s) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    rolled = runlean.analyze_keypoints(turned, time_s, COCO_17, roll=3.0)
    np.testing.assert_allclose(column(rolled, "trunk_lean_deg"), LEAN_DEG, atol=0.01)


FAULTS = [
    ({"xy": [["a", "b"]]}, "xy: expected an array of numbers"),
    ({"xy": [[[0.0, 1.0]], [[0.0]]]}, "xy: expected an array of numbers, all rows of one length"),
    ({"time_s": ["now"] * 180}, "time_s: expected an array of numbers"),
    ({"scores": [["sure"]]}, "scores: expected an array of numbers"),
    ({"xy": None}, "xy: expected"),
    ({"xy": np.zeros((180, 34))}, r"xy: expected \(frame, keypoint, 2\).*came \(180, 34\)"),
    ({"xy": np.zeros((180, 17, 3))}, "xy: expected"),
    ({"names": COCO_17[:-1]}, "keypoint_names: expected 17 names.*came 16"),
    ({"names": (*COCO_17[:-1], "tail")}, "unknown keypoint names: tail"),
    ({"names": (*COCO_17[:-1], "left_ankle")}, "named twice: left_ankle"),
    ({"time_s": np.arange(90) / 50}, r"time_s: expected shape \(180,\).*came \(90,\)"),
    ({"time_s": np.zeros(180)}, "times that increase"),
    ({"time_s": np.arange(180)[::-1] / 50}, "times that increase"),
    ({"time_s": np.full(180, np.nan)}, "finite times"),
    ({"scores": np.ones((180, 3))}, r"scores: expected shape \(180, 1, 17\).*came \(180, 3\)"),
]


@pytest.mark.parametrize(("change", "message"), FAULTS)
def test_what_does_not_fit_is_said(change, message, time_s):
    given = {"xy": points(COCO_17, time_s), "time_s": time_s, "names": COCO_17, "scores": None} | change
    with pytest.raises(KeypointError, match=message) as caught:
        runlean.analyze_keypoints(given["xy"], given["time_s"], given["names"], given["scores"])
    assert "\n" not in str(caught.value)


def test_all_faults_are_said_at_once(time_s):
    with pytest.raises(KeypointError) as caught:
        runlean.analyze_keypoints(points(COCO_17, time_s), time_s[:5], (*COCO_17[:-1], "tail"), np.ones((2, 2)))
    for part in ("tail", "time_s", "scores"):
        assert part in str(caught.value)


def test_without_legs_there_is_no_gait(time_s):
    upper = COCO_17[:13]
    with pytest.raises(KeypointError, match="left_knee"):
        runlean.analyze_keypoints(points(upper, time_s), time_s, upper)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"runner_height_m": 178.0}, "1.78, not 178"),
        ({"slow_motion": 0.0}, "slow_motion"),
        ({"roll": 90.0}, "-45 to 45"),
    ],
)
def test_options_out_of_range_are_said(option, message, time_s):
    with pytest.raises(ConfigError, match=message):
        runlean.analyze_keypoints(points(LEGS, time_s), time_s, LEGS, **option)


@pytest.mark.parametrize("n", [1, 2])
def test_a_frame_or_two_are_no_run(n, time_s):
    analysis = runlean.analyze_keypoints(points(LEGS, time_s[:n]), time_s[:n], LEGS)
    assert analysis.frames.num_rows == n
    assert analysis.strides.num_rows == 0
    assert analysis.summary.runners[0].metrics["cadence_spm"].mean is None


def test_every_name_of_every_set_is_known():
    for name in (*COCO_17, *HALPE_26, *MEDIAPIPE_33):
        known = canonical_name(name)
        assert known in CANONICAL or known in EXTRA, name
        for spelt in (name.upper(), name.replace("_", " "), name.replace("_", "-"), f" {name}"):
            assert canonical_name(spelt) == known
    for name in CANONICAL:
        assert canonical_name(name) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("l_ankle", "left_ankle"), ("R_Big_Toe", "right_big_toe"), ("LHip", "left_hip"), ("ankle", None), ("l_", None),
        ("rsmall_toe", "right_small_toe"), ("l-foot-index", "left_big_toe"), ("left_foot_index", "left_big_toe"),
        ("", None), ("lankles", None), ("left_left_hip", None), ("centre_hip", None),
    ],
)  # fmt: skip
def test_names_on_paper(name, expected):
    assert canonical_name(name) == expected


def test_sets_are_whole_and_bones_have_ends():
    assert [len(s) for s in (COCO_17, CANONICAL, HALPE_26, MEDIAPIPE_33)] == [17, 23, 26, 33]
    for names in (COCO_17, CANONICAL, HALPE_26, MEDIAPIPE_33):
        assert len(set(names)) == len(names)
    assert {end for bone in BONES for end in bone} <= set(CANONICAL)
    assert set(ALIASES.values()) <= set(CANONICAL) | EXTRA
    assert not set(ALIASES) & set(CANONICAL)
    assert not EXTRA & set(CANONICAL)
