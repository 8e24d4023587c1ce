"""The mean waveform: a penalised least-squares fit written out, and series that come back as they went in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels.events.cycle import (
    FEWEST_ROWS,
    FREQUENCY_TOLERANCE,
    PRIOR_AMPLITUDE,
    PRIOR_DECAY,
    PRIOR_NOISE,
    REACH_STRIDES,
    block_weight,
    half_turn,
    normal_matrix,
    solve_cycle,
)
from runlean_kernels.events.cycle_signals import HIP_Y, N_SIDE_SIGNALS, N_SIGNALS
from runlean_kernels.events.cycle_sums import (
    BLOCK_STRIDES,
    GROUP_START,
    N_GROUPS,
    N_HARMONICS,
    N_MOMENTS,
    N_TERMS,
)

Array = np.ndarray

TWO_PI = 2 * np.pi
PENALTY = np.concatenate([[0.0], np.repeat(np.arange(1, N_HARMONICS + 1.0) ** (2 * PRIOR_DECAY), 2)])


def terms_of(phase: Array, n: int) -> Array:
    k = np.arange(1, (n - 1) // 2 + 1)
    out = np.ones((len(phase), n))
    out[:, 1::2], out[:, 2::2] = np.cos(k * phase[:, None]), np.sin(k * phase[:, None])
    return out


def sums_of(phase: Array, block: Array, signals: Array, rate: float | Array = 9.0) -> tuple[Array, ...]:
    """What ``sum_blocks`` leaves, from the rows themselves."""
    n = int(block.max()) + 1 if len(block) else 0
    moments, rhs = np.zeros((n, N_GROUPS, N_MOMENTS)), np.zeros((n, N_SIGNALS, N_TERMS))
    square, rows = np.zeros((n, N_SIGNALS)), np.zeros((n, 4))
    for b in range(n):
        mine = block == b
        rows[b] = [mine.sum(), phase[mine].sum(), (np.broadcast_to(rate, phase.shape)[mine]).sum(), mine.sum()]
        for group in range(N_GROUPS):
            own = np.arange(GROUP_START[group], GROUP_START[group + 1])
            there = mine & ~np.isnan(signals[:, own]).any(axis=1)
            moments[b, group] = terms_of(phase[there], N_MOMENTS).sum(axis=0)
            rhs[b, own] = signals[there][:, own].T @ terms_of(phase[there], N_TERMS)
            square[b, own] = (signals[there][:, own] ** 2).sum(axis=0)
    return moments, rhs, square, rows


def solved(block: int, sums: tuple[Array, ...], ratio: Array | None = None) -> tuple[Array, Array, Array, Array]:
    factor = np.zeros((N_GROUPS, N_TERMS, N_TERMS))
    coefficients, noise = np.full((N_SIGNALS, N_TERMS), 7.0), np.full(N_SIGNALS, 7.0)
    ratio = np.full(N_GROUPS, np.nan) if ratio is None else ratio
    solve_cycle(
        block, 0, len(sums[0]), *sums, np.empty((N_GROUPS, N_MOMENTS)), np.empty((N_SIGNALS, N_TERMS)),
        np.empty(N_SIGNALS), np.empty((N_TERMS, 4)), factor, coefficients, noise, ratio,
    )  # fmt: skip
    return coefficients, noise, factor, ratio


def naive_cycle(phase: Array, weight: Array, signals: Array, group: int) -> tuple[Array, Array, float]:
    """Ridge regression of one group in the left foot's phase, twice: with the noise assumed, then with the one left."""
    own = np.arange(GROUP_START[group], GROUP_START[group + 1])
    there = ~np.isnan(signals[:, own]).any(axis=1) & (weight > 0)
    d, w, y = terms_of(phase[there], N_TERMS), weight[there], signals[there][:, own]
    ratio = (PRIOR_NOISE / PRIOR_AMPLITUDE) ** 2
    for _ in range(2):
        c = np.linalg.solve(d.T @ (w[:, None] * d) + ratio * np.diag(PENALTY), d.T @ (w[:, None] * y))
        left = (w[:, None] * (y - d @ c) ** 2).sum(axis=0)
        noise = np.sqrt(left / max(0.3 * w.sum(), w.sum() - N_TERMS))
        ratio = max((noise**2).mean(), 1e-6) / PRIOR_AMPLITUDE**2
    return c.T, noise, ratio


def rows_of_strides(strides: int, per_stride: float, rng: np.random.Generator) -> tuple[Array, Array]:
    phase = TWO_PI * np.arange(int(strides * per_stride)) / per_stride
    return phase, (np.floor(phase / TWO_PI).astype(int)) // BLOCK_STRIDES


def test_weight_falls_with_distance_and_change_of_pace() -> None:
    assert block_weight(0.0, 9.0, 9.0) == 1.0
    assert block_weight(REACH_STRIDES, 9.0, 9.0) == 0.0
    assert block_weight(0.5 * REACH_STRIDES, 9.0, 9.0) == pytest.approx((7 / 8) ** 3)
    assert block_weight(-0.5 * REACH_STRIDES, 9.0, 9.0) == block_weight(0.5 * REACH_STRIDES, 9.0, 9.0)
    # the share named in the source counts 0.6
    assert block_weight(0.0, 9.0, 9.0 * (1 + FREQUENCY_TOLERANCE)) == pytest.approx(np.exp(-0.5))
    assert np.isnan(block_weight(0.0, np.nan, 9.0))


def test_matrix_of_moments_is_that_of_the_terms(rng: np.random.Generator) -> None:
    phase = rng.uniform(-30, 30, 40)
    out = np.zeros((N_TERMS, N_TERMS))
    normal_matrix(terms_of(phase, N_MOMENTS).sum(axis=0), out)
    d = terms_of(phase, N_TERMS)
    np.testing.assert_allclose(out, np.triu(d.T @ d), atol=1e-10)


def test_half_a_turn_on(random_series: Callable, series: Callable) -> None:
    c, at = random_series(), np.linspace(-3, 9, 13)
    out = np.empty(N_TERMS)
    half_turn(c, out)
    np.testing.assert_allclose(series(out, at), series(c, at + np.pi), atol=1e-9)
    half_turn(out, out)
    np.testing.assert_array_equal(out, c)


def test_equals_its_naive_twin_with_holes(random_series: Callable, rng: np.random.Generator) -> None:
    phase, block = rows_of_strides(34, 21.3, rng)
    truth = np.array([random_series() for _ in range(N_SIGNALS)])
    signals = terms_of(phase, N_TERMS) @ truth.T + rng.normal(0, 0.03, (len(phase), N_SIGNALS))
    signals[rng.random(signals.shape) < 0.05] = np.nan
    rate = np.array([9.0, 9.2, 9.9, 9.1])[block]
    sums = sums_of(phase, block, signals, rate)
    coefficients, noise, _, ratio = solved(1, sums)
    phases, rates = sums[3][:, 1] / sums[3][:, 0], sums[3][:, 2] / sums[3][:, 0]
    share = np.array([block_weight((p - phases[1]) / TWO_PI, rates[1], r) for p, r in zip(phases, rates, strict=True)])
    share[share < 1e-3] = 0.0
    assert ((share > 0.05) & (share < 0.7)).sum() == 3
    for group in range(N_GROUPS):
        c, sd, expected_ratio = naive_cycle(phase, share[block], signals, group)
        for k, i in enumerate(range(GROUP_START[group], GROUP_START[group + 1])):
            if N_SIDE_SIGNALS <= i < HIP_Y:
                half_turn(c[k], c[k])
            np.testing.assert_allclose(coefficients[i], c[k], atol=1e-7)
            assert noise[i] == pytest.approx(sd[k], rel=1e-5)
        assert ratio[group] == pytest.approx(expected_ratio, rel=1e-5)


@pytest.mark.parametrize("per_stride", [17.9, 21.3, 86.1])
def test_a_runners_waveform_comes_back_at_any_frame_rate(
    per_stride: float, random_series: Callable, series: Callable, rng: np.random.Generator
) -> None:
    phase, block = rows_of_strides(12, per_stride, rng)
    truth = np.array([random_series() for _ in range(N_SIGNALS)])
    signals = terms_of(phase, N_TERMS) @ truth.T
    coefficients, noise, _, _ = solved(0, sums_of(phase, block, signals))
    at = np.linspace(0, TWO_PI, 50)
    for i in range(N_SIGNALS):
        own = at + np.pi if N_SIDE_SIGNALS <= i < HIP_Y else at  # the right foot's series is in its own phase
        np.testing.assert_allclose(series(coefficients[i], at), series(truth[i], own), atol=0.01)
    assert noise.max() < 0.005


def test_noise_is_what_was_added(random_series: Callable, rng: np.random.Generator) -> None:
    phase, block = rows_of_strides(10, 25.3, rng)
    truth = np.array([random_series() for _ in range(N_SIGNALS)])
    signals = terms_of(phase, N_TERMS) @ truth.T + rng.normal(0, 0.02, (len(phase), N_SIGNALS))
    _, noise, _, _ = solved(0, sums_of(phase, block, signals))
    # 17 estimates, each from some 230 degrees of freedom: 1 / sqrt(460) = 0.047
    np.testing.assert_allclose(noise, 0.02, rtol=4 * 0.047)


def test_the_ratio_of_the_block_before_is_taken_over(random_series: Callable, rng: np.random.Generator) -> None:
    phase, block = rows_of_strides(10, 20.3, rng)
    signals = terms_of(phase, N_TERMS) @ np.array([random_series() for _ in range(N_SIGNALS)]).T
    signals += rng.normal(0, 0.02, signals.shape)
    sums = sums_of(phase, block, signals)
    _, _, _, settled = solved(0, sums)
    stiff = solved(0, sums, np.full(N_GROUPS, 10.0))[0]
    free = solved(0, sums, settled.copy())[0]
    # much noise believed in: the high harmonics are drawn to nothing
    assert np.abs(stiff[:, 11:]).max() < 0.01 * np.abs(free[:, 11:]).max() + 1e-3


def test_missing_groups_and_too_few_rows_have_no_waveform(random_series: Callable, rng: np.random.Generator) -> None:
    phase, block = rows_of_strides(3, 20.3, rng)
    signals = terms_of(phase, N_TERMS) @ np.array([random_series() for _ in range(N_SIGNALS)]).T
    heel = np.arange(GROUP_START[1], GROUP_START[2])
    signals[:, heel] = np.nan
    signals[int(FEWEST_ROWS) - 1 :, GROUP_START[2]] = np.nan
    coefficients, noise, _, _ = solved(0, sums_of(phase, block, signals))
    missing = np.isnan(coefficients).any(axis=1)
    assert np.flatnonzero(missing).tolist() == list(range(GROUP_START[1], GROUP_START[3]))
    np.testing.assert_array_equal(missing, np.isnan(noise))


def test_a_constant_signal_is_its_own_mean(rng: np.random.Generator) -> None:
    phase, block = rows_of_strides(10, 20.3, rng)
    coefficients, noise, _, _ = solved(0, sums_of(phase, block, np.full((len(phase), N_SIGNALS), 0.75)))
    np.testing.assert_allclose(coefficients[:, 0], 0.75, rtol=1e-6)
    np.testing.assert_allclose(coefficients[:, 1:], 0.0, atol=1e-6)
    assert noise.max() < 1e-5
