"""All posture angles in one pass: against the single kernels, and under the plane's symmetries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.posture import (
    POSTURE_COLUMNS,
    foot_angle,
    hip_flexion,
    joint_angle,
    posture_angles,
    segment_lean,
    straightness,
)
from runlean_kernels.posture.posture_angles import left_share

Array = np.ndarray


def posture(
    xy: Array, direction: float = 1.0, stance: Array | int = 0, weight: Array | None = None
) -> dict[str, Array]:
    n = len(xy)
    out = np.full((n, len(POSTURE_COLUMNS)), 7.0)
    side = np.broadcast_to(np.asarray(stance, dtype=np.int8), n).copy()
    posture_angles(
        np.ascontiguousarray(xy), np.ones((n, 23)) if weight is None else weight, np.full(n, direction), side, out
    )
    return dict(zip(POSTURE_COLUMNS, out.T, strict=True))


def naive_middle(xy: Array, left: int) -> Array:
    pair = xy[:, left : left + 2]
    known = ~np.isnan(pair).any(axis=2)
    count = known.sum(axis=1)
    total = np.where(known[:, :, None], pair, 0.0).sum(axis=1)
    return np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], np.nan)


def naive_posture(xy: Array, direction: float, stance: Array) -> dict[str, Array]:
    """Every column from the single kernels, the middles of pairs as plain means."""
    n = len(xy)
    d = np.full(n, direction)
    hip, shoulder, ear = (naive_middle(xy, p) for p in (lm.LEFT_HIP, lm.LEFT_SHOULDER, lm.LEFT_EAR))
    ankle = np.where(
        stance[:, None] < 0,
        np.nan,
        np.take_along_axis(xy[:, 15:17], np.maximum(stance, 0)[:, None, None], axis=1)[:, 0],
    )

    def call(kernel: Callable[..., None], *arrays: Array) -> Array:
        out = np.empty(n)
        kernel(*(np.ascontiguousarray(a) for a in arrays), out)
        return out

    columns = {
        "trunk_lean": call(segment_lean, hip, shoulder, d),
        "body_lean": call(segment_lean, ankle, shoulder, d),
        "head_lean": call(segment_lean, shoulder, ear, d),
        "straightness": call(straightness, ankle, hip, shoulder, ear),
    }
    columns["hip_hinge"] = columns["trunk_lean"] - call(segment_lean, ankle, hip, d)
    for side, name in enumerate(("left", "right")):
        p = {q: xy[:, getattr(lm, f"LEFT_{q}") + side] for q in ("HIP", "KNEE", "ANKLE", "SHOULDER", "ELBOW", "WRIST")}
        columns[f"shin_lean_{name}"] = call(segment_lean, p["ANKLE"], p["KNEE"], d)
        columns[f"knee_flexion_{name}"] = call(joint_angle, p["HIP"], p["KNEE"], p["ANKLE"])
        own_trunk = p["HIP"] - hip + shoulder  # the trunk's line, moved to this hip
        columns[f"hip_flexion_{name}"] = call(hip_flexion, own_trunk, p["HIP"], p["KNEE"], d)
        columns[f"elbow_flexion_{name}"] = call(joint_angle, p["SHOULDER"], p["ELBOW"], p["WRIST"])
        columns[f"foot_angle_{name}"] = call(foot_angle, xy[:, lm.LEFT_HEEL + side], xy[:, lm.LEFT_BIG_TOE + side], d)
    return columns


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_naive_twin_with_holes(direction: float, make_runner: Callable, rng: np.random.Generator) -> None:
    xy = make_runner(50, scatter_px=5.0, direction=direction)[0]
    xy[rng.random((50, 23)) < 0.1] = np.nan
    stance = rng.integers(-1, 2, 50)
    got = posture(xy, direction, stance)
    for name, twin in naive_posture(xy, direction, stance).items():
        np.testing.assert_allclose(got[name], twin, rtol=1e-10, atol=1e-12, err_msg=name)


def test_on_paper(make_runner: Callable) -> None:
    got = posture(make_runner(30)[0])
    np.testing.assert_allclose(np.degrees(got["trunk_lean"]), 8.0)
    np.testing.assert_allclose(np.degrees(got["elbow_flexion_left"]), 85.0)
    assert np.degrees(got["knee_flexion_right"]).min() == pytest.approx(15.0, abs=0.5)
    assert np.degrees(got["knee_flexion_right"]).max() == pytest.approx(95.0, abs=0.5)


def test_the_mirrored_runner_has_left_and_right_exchanged(make_runner: Callable) -> None:
    xy = make_runner(20, scatter_px=4.0)[0]
    swapped = xy.copy()
    swapped[:, 1::2], swapped[:, 2::2] = xy[:, 2::2], xy[:, 1::2]
    there, back = posture(xy, 1.0, 0), posture(swapped * [-1.0, 1.0], -1.0, 1)
    for name in POSTURE_COLUMNS:
        other = name.replace("left", "#").replace("right", "left").replace("#", "right")
        np.testing.assert_allclose(back[other], there[name], rtol=1e-12, atol=1e-14, err_msg=name)


def test_size_and_place_do_not_matter_and_a_roll_turns_the_leans(make_runner: Callable) -> None:
    xy = make_runner(20, scatter_px=4.0)[0]
    before, after = posture(xy), posture(3.1 * xy - [70.0, 900.0])
    c, s = np.cos(0.1), np.sin(0.1)
    rolled = posture(xy @ np.array([[c, s], [-s, c]]))
    for name in POSTURE_COLUMNS:
        np.testing.assert_allclose(after[name], before[name], rtol=1e-9, atol=1e-12, err_msg=name)
        shift = 0.1 if "lean" in name else -0.1 if "foot" in name else 0.0
        np.testing.assert_allclose(rolled[name], before[name] + shift, rtol=1e-9, atol=1e-10, err_msg=name)


def test_without_a_foot_on_the_ground_the_lines_to_it_are_missing(make_runner: Callable) -> None:
    got = posture(make_runner(3)[0], stance=-1)
    missing = {name for name, values in got.items() if np.isnan(values).all()}
    assert missing == {"body_lean", "hip_hinge", "straightness"}


def test_unknown_direction_leaves_what_needs_none(make_runner: Callable) -> None:
    got = posture(make_runner(3)[0], direction=np.nan)
    known = {name for name, values in got.items() if not np.isnan(values).any()}
    assert known == {"straightness", *(f"{j}_flexion_{s}" for j in ("knee", "elbow") for s in ("left", "right"))}


def test_a_missing_side_leaves_its_partner_in_its_place(make_runner: Callable) -> None:
    xy = make_runner(3)[0]
    xy[:, lm.LEFT_HIP] = np.nan
    alone = posture(xy)["trunk_lean"]
    both = xy.copy()
    both[:, lm.LEFT_HIP] = both[:, lm.LEFT_HIP + 1]
    np.testing.assert_allclose(alone, posture(both)["trunk_lean"])


def test_share_of_a_side_follows_its_weight_without_a_jump() -> None:
    shares = [left_share(0.0, 1.0, w, 1.0) for w in np.linspace(0.0, 2.0, 201)]
    assert shares[0] == 0.0
    assert shares[50] == shares[100] == shares[200] == 0.5
    assert np.diff(shares).max() < 0.011
    assert left_share(0.0, 1.0, 1.0, 0.25) == pytest.approx(0.75)
    assert left_share(np.nan, 1.0, 1.0, 0.0) == 0.0
    assert left_share(0.0, np.nan, 0.0, 1.0) == 1.0
    assert left_share(0.0, 1.0, 0.0, 0.0) == left_share(0.0, 1.0, np.nan, np.nan) == 0.5


@pytest.mark.parametrize("n", [0, 1, 2, 17])
def test_rows_stand_for_themselves(n: int, make_runner: Callable) -> None:
    xy = make_runner(40, scatter_px=3.0)[0]
    whole, part = posture(xy), posture(xy[:n])
    for name in POSTURE_COLUMNS:
        np.testing.assert_array_equal(part[name], whole[name][:n])
