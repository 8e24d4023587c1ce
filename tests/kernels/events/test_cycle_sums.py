"""Signals of a row and their sums over blocks of strides, each written out once more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.events.cycle_signals import (
    ANKLE_X,
    ANKLE_Y,
    HEEL_LEG,
    HEEL_X,
    HIP_Y,
    KNEE,
    LEG,
    N_PLANES,
    N_SIDE_SIGNALS,
    N_SIGNALS,
    SHIFT_SIGNALS,
    TOE_LEG,
    TOE_Y,
    finish_signals,
    gather_signals,
)
from runlean_kernels.events.cycle_sums import (
    BLOCK_STRIDES,
    GROUP_OF,
    GROUP_START,
    N_GROUPS,
    N_MOMENTS,
    N_TERMS,
    all_terms,
    fourier_terms,
)

Array = np.ndarray

TWO_PI = 2 * np.pi


def signals_of(
    row: Array, hip: tuple[float, float] = (390.0, 310.0), direction: float = 1.0, length: float = 200.0
) -> Array:
    planes = np.full((N_PLANES, 3), 7.0)
    middle = np.nanmean(row[[lm.LEFT_HIP, lm.RIGHT_HIP]], axis=0)
    gather_signals(row[None], middle[None], np.array([[hip[0]], [hip[1]]]), direction, length, planes)
    finish_signals(planes, 1, length)
    assert (planes[:, 1:] == 7.0).all()
    return planes[:N_SIGNALS, 0]


def naive_signals(row: Array, hip: tuple[float, float], direction: float, length: float) -> Array:
    """The definitions in a frame of the mean hip: x forward, y up, leg lengths."""
    p = (row - np.array(hip)) * np.array([direction, -1.0]) / length
    centre = 0.5 * (p[lm.LEFT_HIP] + p[lm.RIGHT_HIP])
    out = np.empty(N_SIGNALS)
    for side in (0, 1):
        knee, ankle, heel = p[lm.LEFT_KNEE + side], p[lm.LEFT_ANKLE + side], p[lm.LEFT_HEEL + side]
        toes = p[[lm.LEFT_BIG_TOE + side, lm.LEFT_SMALL_TOE + side]]
        toe = toes[~np.isnan(toes).any(axis=1)].mean(axis=0)
        thigh, shank = knee - centre, ankle - knee
        base = side * N_SIDE_SIGNALS
        out[base + ANKLE_X], out[base + ANKLE_Y] = ankle
        # how far the shank is turned back against the thigh
        out[base + KNEE] = np.arctan2(thigh[1] * shank[0] - thigh[0] * shank[1], thigh @ shank)
        out[base + LEG], out[base + HEEL_LEG] = np.linalg.norm(ankle - centre), np.linalg.norm(heel - centre)
        out[base + HEEL_X], out[base + TOE_Y], out[base + TOE_LEG] = heel[0], toe[1], np.linalg.norm(toe - centre)
    out[HIP_Y] = centre[1]
    return out


@pytest.mark.parametrize("n", [3, N_TERMS, N_MOMENTS])
def test_terms_are_cosines_and_sines(n: int, rng: np.random.Generator) -> None:
    for phase in [0.0, np.pi, -3.0, *rng.uniform(-50, 50, 5)]:
        out = np.full(n, 7.0)
        fourier_terms(phase, out)
        k = np.arange(1, (n - 1) // 2 + 1)
        assert out[0] == 1.0
        np.testing.assert_allclose(out[1::2], np.cos(k * phase), atol=1e-11)
        np.testing.assert_allclose(out[2::2], np.sin(k * phase), atol=1e-11)


def test_terms_of_nothing() -> None:
    out = np.full(3, 7.0)
    fourier_terms(np.nan, out)
    assert np.isnan(out).tolist() == [False, True, True]


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_signals_equal_their_definitions(direction: float, make_runner: Callable, rng: np.random.Generator) -> None:
    xy, _, _ = make_runner(12, scatter_px=5.0, direction=direction)
    xy[::2, lm.LEFT_SMALL_TOE] = xy[::2, lm.LEFT_BIG_TOE] + [3.0, 5.0]
    for row in xy:
        got = signals_of(row, (395.0, 290.0), direction, 180.0)
        np.testing.assert_allclose(got, naive_signals(row, (395.0, 290.0), direction, 180.0), rtol=1e-6, atol=1e-7)


def test_signals_on_paper() -> None:
    row = np.full((lm.N_LANDMARKS, 2), np.nan)
    row[[lm.LEFT_HIP, lm.RIGHT_HIP]] = [[399.0, 300.0], [401.0, 300.0]]
    row[lm.LEFT_KNEE], row[lm.LEFT_ANKLE] = [400.0, 400.0], [300.0, 400.0]  # thigh down, shank straight back
    row[lm.LEFT_HEEL], row[lm.LEFT_BIG_TOE] = [280.0, 400.0], [300.0, 440.0]
    out = signals_of(row, (400.0, 280.0))
    expected = {
        ANKLE_X: -0.5, ANKLE_Y: -0.6, KNEE: np.pi / 2, LEG: np.sqrt(0.5), HEEL_X: -0.6,
        HEEL_LEG: np.hypot(0.6, 0.5), TOE_Y: -0.8, TOE_LEG: np.hypot(0.5, 0.7), HIP_Y: -0.1,
    }  # fmt: skip
    for signal, value in expected.items():
        assert out[signal] == pytest.approx(value, abs=1e-6), signal
    assert np.isnan(out[N_SIDE_SIGNALS:HIP_Y]).all()


def test_signals_do_not_know_side_place_size_or_direction(make_runner: Callable, mirrored: Callable) -> None:
    xy, _, _ = make_runner(3, scatter_px=5.0)
    one = signals_of(xy[1])
    np.testing.assert_allclose(signals_of(3 * xy[1] + 10, (1180.0, 940.0), length=600.0), one, rtol=1e-9)
    # in a mirror left is right and forward is the other way
    seen = signals_of(mirrored(xy)[1], (1000.0 - 390.0, 310.0), -1.0)
    swapped = np.concatenate([seen[N_SIDE_SIGNALS:HIP_Y], seen[:N_SIDE_SIGNALS], seen[HIP_Y:]])
    np.testing.assert_allclose(swapped, one, rtol=1e-9)


def test_a_missing_point_takes_its_own_signals_only(make_runner: Callable) -> None:
    row = make_runner(1)[0][0]
    takes = {
        lm.LEFT_ANKLE: [ANKLE_X, ANKLE_Y, KNEE, LEG],
        lm.LEFT_KNEE: [KNEE],
        lm.RIGHT_HEEL: [N_SIDE_SIGNALS + HEEL_X, N_SIDE_SIGNALS + HEEL_LEG],
        lm.LEFT_BIG_TOE: [TOE_Y, TOE_LEG],
        lm.LEFT_ELBOW: [],
    }
    for point, missing in takes.items():
        one = row.copy()
        one[point] = np.nan
        assert np.flatnonzero(np.isnan(signals_of(one))).tolist() == missing


def test_groups_cover_every_signal_once() -> None:
    assert GROUP_START[0] == 0
    assert GROUP_START[-1] == N_SIGNALS
    starts = np.searchsorted(GROUP_START, np.arange(N_SIGNALS), side="right") - 1
    assert starts.tolist() == GROUP_OF.tolist()


def test_sums_equal_their_naive_twin_with_holes(
    make_runner: Callable, run_chain: Callable, rng: np.random.Generator
) -> None:
    xy, _, time_s = make_runner(260, 30.0, scatter_px=2.0)
    xy[rng.random(xy.shape[:2]) < 0.05] = np.nan
    xy[100:150, [lm.LEFT_ANKLE, lm.RIGHT_ANKLE]] = np.nan  # no phase here
    at = run_chain(xy, time_s)
    moments, rhs = np.zeros_like(at.moments), np.zeros_like(at.rhs)
    square, rows, signals = np.zeros_like(at.square), np.zeros_like(at.rows), np.full((260, N_SIGNALS), np.nan)
    k = np.arange(1, (N_MOMENTS - 1) // 2 + 1)
    for i, (t, phase) in enumerate(zip(time_s, at.phase, strict=True)):
        if np.isnan(phase):
            continue
        node = min(int(np.searchsorted(at.node_s, t, side="right")) - 1, len(at.node_s) - 2)
        hip = np.array([np.interp(t, at.node_s[node : node + 2], at.hip[node : node + 2, j]) for j in (0, 1)])
        if np.isnan(hip).any():
            continue
        block = (int(np.floor(phase / TWO_PI)) - at.first_stride[0]) // BLOCK_STRIDES
        planes = np.empty((N_PLANES, 1))
        gather_signals(at.xy[i : i + 1], at.hips[i : i + 1], hip[:, None].copy(), 1.0, at.length[0], planes)
        finish_signals(planes, 1, at.length[0])
        signals[i] = planes[:N_SIGNALS, 0]
        rate = (at.nodes[node + 1, 0] - at.nodes[node, 0]) / (at.node_s[node + 1] - at.node_s[node])
        rows[block] += [1, phase, rate, at.nodes[node, 2]]
        terms = np.ones(N_MOMENTS)
        terms[1::2], terms[2::2] = np.cos(k * phase), np.sin(k * phase)
        for group in range(N_GROUPS):
            own = np.arange(GROUP_START[group], GROUP_START[group + 1])
            if not np.isnan(signals[i, own]).any():
                moments[block, group] += terms
                square[block, own] += signals[i, own] ** 2
                rhs[block, own] += signals[i, own, None] * terms[:N_TERMS]
    assert len(moments) >= 2
    assert 20 < np.isnan(at.signals[:, 0]).sum() < 100
    kept = np.concatenate([SHIFT_SIGNALS, N_SIDE_SIGNALS + SHIFT_SIGNALS])
    np.testing.assert_allclose(at.signals, signals[:, kept], rtol=1e-9)
    np.testing.assert_allclose(at.rows, rows, rtol=1e-9)
    np.testing.assert_allclose(at.moments, moments, atol=1e-7)
    np.testing.assert_allclose(at.rhs, rhs, atol=1e-7)
    np.testing.assert_allclose(at.square, square, rtol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_few_rows_sum_to_nothing(n: int, make_runner: Callable, run_chain: Callable) -> None:
    xy, _, time_s = make_runner(90)
    at = run_chain(xy[:n], time_s[:n])
    assert at.moments.shape[0] == at.rows.shape[0] == 0
    assert np.isnan(at.signals).all()


@pytest.mark.parametrize("n", [0, 1, 5, 64])
def test_terms_of_many_rows_are_those_of_each(n: int, rng: np.random.Generator) -> None:
    phase = rng.uniform(-30.0, 3000.0, n)
    many, one = np.full((N_MOMENTS, 64), 7.0), np.empty(N_MOMENTS)
    all_terms(phase, many)
    for r in range(n):
        fourier_terms(phase[r], one)
        np.testing.assert_allclose(many[:, r], one, atol=1e-10)
    assert (many[:, n:] == 7.0).all()
