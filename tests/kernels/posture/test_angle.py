"""Leans and joint angles: on paper, against naive twins, and under the plane's symmetries."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels.posture import foot_angle, hip_flexion, joint_angle, segment_lean, straightness

Array = np.ndarray


def turned(points: Array, degrees: float) -> Array:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.ascontiguousarray(points @ np.array([[c, s], [-s, c]]))


def mirrored(points: Array) -> Array:
    return np.ascontiguousarray(points * [-1.0, 1.0])


def rows(*points: tuple[float, float]) -> list[Array]:
    return [np.array([p], dtype=float) for p in points]


def result(kernel: Callable[..., None], *arrays: Array) -> Array:
    out = np.full(len(arrays[0]), 7.0)
    kernel(*arrays, out)
    return out


def naive_lean(lower: Array, upper: Array, direction: Array) -> Array:
    return np.array(
        [math.atan2(d * (q[0] - p[0]), p[1] - q[1]) for p, q, d in zip(lower, upper, direction, strict=True)]
    )


def naive_flexion(a: Array, b: Array, c: Array) -> Array:
    u, v = a - b, c - b
    cosine = (u * v).sum(axis=1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
    return np.pi - np.arccos(np.clip(cosine, -1.0, 1.0))


def test_lean_on_paper() -> None:
    hip, shoulder = rows((100, 200), (110, 200 - 10 * math.sqrt(3)))
    assert np.degrees(result(segment_lean, hip, shoulder, np.ones(1))) == pytest.approx(30.0)
    assert np.degrees(result(segment_lean, hip, shoulder, -np.ones(1))) == pytest.approx(-30.0)


def test_knee_on_paper() -> None:
    hip, knee, ankle = rows((0, 0), (0, 10), (-10, 10))
    assert np.degrees(result(joint_angle, hip, knee, ankle)) == pytest.approx(90.0)
    assert result(joint_angle, hip, knee, rows((0, 20))[0]) == pytest.approx(0.0, abs=1e-15)
    assert result(joint_angle, hip, knee, rows((0, 5))[0]) == pytest.approx(np.pi)


def test_hip_on_paper() -> None:
    shoulder, hip, ahead, behind = rows((0, -10), (0, 0), (5, 5), (-5, 5))
    assert np.degrees(result(hip_flexion, shoulder, hip, ahead, np.ones(1))) == pytest.approx(45.0)
    assert np.degrees(result(hip_flexion, shoulder, hip, behind, np.ones(1))) == pytest.approx(-45.0)
    assert np.degrees(result(hip_flexion, shoulder, hip, ahead, -np.ones(1))) == pytest.approx(-45.0)


def test_straightness_on_paper() -> None:
    ankle, hip, shoulder, ear = rows((0, 0), (3, -50), (0, -80), (0, -100))
    assert result(straightness, ankle, hip, shoulder, ear) == pytest.approx(0.03)
    assert result(straightness, ankle, rows((0, -50))[0], shoulder, ear) == pytest.approx(0.0, abs=1e-15)
    assert result(straightness, ankle, hip, rows((-9, -80))[0], ear) == pytest.approx(0.09)


def test_foot_on_paper() -> None:
    heel, toe = rows((0, 100), (10, 90))
    assert np.degrees(result(foot_angle, heel, toe, np.ones(1))) == pytest.approx(45.0)
    assert np.degrees(result(foot_angle, heel, rows((-10, 110))[0], -np.ones(1))) == pytest.approx(-45.0)


def test_naive_twins(rng: np.random.Generator) -> None:
    a, b, c, e = (rng.normal(size=(40, 2)) for _ in range(4))
    d = rng.choice([-1.0, 1.0], 40)
    np.testing.assert_allclose(result(segment_lean, a, b, d), naive_lean(a, b, d), rtol=1e-13)
    np.testing.assert_allclose(result(joint_angle, a, b, c), naive_flexion(a, b, c), atol=1e-7)
    np.testing.assert_allclose(np.abs(result(hip_flexion, a, b, c, d)), naive_flexion(a, b, c), atol=1e-7)
    u = e - a
    off = [np.abs(u[:, 0] * (k - a)[:, 1] - u[:, 1] * (k - a)[:, 0]) for k in (b, c)]
    np.testing.assert_allclose(result(straightness, a, b, c, e), np.maximum(*off) / (u**2).sum(axis=1), rtol=1e-12)
    level = np.array([math.atan2(p[1] - q[1], s * (q[0] - p[0])) for p, q, s in zip(a, b, d, strict=True)])
    np.testing.assert_allclose(result(foot_angle, a, b, d), level, rtol=1e-13)


def test_a_joint_does_not_change_as_the_picture_is_turned_mirrored_moved_or_scaled(rng: np.random.Generator) -> None:
    a, b, c, e = (rng.normal(size=(20, 2)) for _ in range(4))
    before = result(joint_angle, a, b, c)
    bent = result(straightness, a, b, c, e)
    for change in (lambda p: turned(p, 73.0), mirrored, lambda p: p + np.array([400.0, -30.0]), lambda p: 3.7 * p):
        np.testing.assert_allclose(result(joint_angle, *map(change, (a, b, c))), before, atol=1e-12)
        np.testing.assert_allclose(result(straightness, *map(change, (a, b, c, e))), bent, rtol=1e-10)


def test_a_mirrored_runner_the_other_way_leans_the_same(rng: np.random.Generator) -> None:
    a, b, c = (rng.normal(size=(20, 2)) for _ in range(3))
    d = np.ones(20)
    for kernel, points in ((segment_lean, (a, b)), (hip_flexion, (a, b, c)), (foot_angle, (a, b))):
        there = result(kernel, *points, d)
        back = result(kernel, *map(mirrored, points), -d)
        np.testing.assert_allclose(back, there, rtol=1e-14)


def test_turning_the_picture_turns_the_lean_and_not_the_hip() -> None:
    hip, shoulder, knee = rows((0, 0), (1, -9), (3, 5))
    d = np.ones(1)
    for degrees in (-20.0, 5.0, 20.0):
        # y points down: a positive angle turns x towards y, clockwise on the screen, forward for a runner to the right
        h, s, k = (turned(p, degrees) for p in (hip, shoulder, knee))
        more = result(segment_lean, h, s, d) - result(segment_lean, hip, shoulder, d)
        assert np.degrees(more) == pytest.approx(degrees)
        assert result(hip_flexion, s, h, k, d) == pytest.approx(result(hip_flexion, shoulder, hip, knee, d))


def test_missing_stays_missing_and_alone() -> None:
    a, b, c, e = (np.arange(8.0).reshape(4, 2) ** p + p for p in (1, 2, 0.5, 1.5))
    d = np.ones(4)
    a[1, 0] = b[2, 1] = np.nan
    for kernel, arrays in (
        (segment_lean, (a, b, d)),
        (joint_angle, (a, b, c)),
        (hip_flexion, (a, b, c, d)),
        (straightness, (a, b, c, e)),
        (foot_angle, (a, b, d)),
    ):
        np.testing.assert_array_equal(np.isnan(result(kernel, *arrays)), [False, True, True, False])
    d[3] = np.nan
    assert np.isnan(result(segment_lean, a, b, d)[3])


def test_a_segment_of_no_length_has_no_angle() -> None:
    p, q = rows((3, 4), (5, 6))
    assert np.isnan(result(segment_lean, p, p, np.ones(1)))
    assert np.isnan(result(joint_angle, p, p, q))
    assert np.isnan(result(straightness, p, q, q, p))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_arrays(n: int) -> None:
    p, q, r = np.zeros((n, 2)), np.ones((n, 2)), np.full((n, 2), 2.0)
    assert result(joint_angle, p, q, r) == pytest.approx(np.zeros(n), abs=1e-12)
    assert len(result(segment_lean, p, q, np.ones(n))) == n
