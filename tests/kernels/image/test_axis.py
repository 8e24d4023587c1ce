from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runlean_kernels.image.axis import axis_taps, axis_weights, fold_weights, shift_starts


def dense(origin: float, step: float, n_in: int, n_out: int) -> tuple[np.ndarray, np.ndarray]:
    """The kernel's weights as a matrix (n_out, n_in), and the covers."""
    start, count = np.empty(n_out, np.int32), np.empty(n_out, np.int32)
    weight, cover = np.empty((n_out, axis_taps(step)), np.float32), np.empty(n_out, np.float32)
    axis_weights(origin, step, n_in, start, count, weight, cover)
    matrix = np.zeros((n_out, n_in))
    for i in range(n_out):
        if cover[i] > 0:
            matrix[i, start[i] : start[i] + count[i]] = weight[i, : count[i]]
            assert not weight[i, count[i] :].any()
    return matrix, cover


def naive(origin: float, step: float, n_in: int, n_out: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares of every source pixel in every output pixel, one by one."""
    matrix, cover = np.zeros((n_out, n_in)), np.zeros(n_out)
    for i in range(n_out):
        low, high = sorted((origin + i * step, origin + (i + 1) * step))
        shares = [max(0.0, min(high, k + 1) - max(low, k)) for k in range(n_in)]
        cover[i] = sum(shares) / (high - low)
        if cover[i] < 1e-3:
            cover[i] = 0.0
        elif high - low >= 1:
            matrix[i] = np.array(shares) / sum(shares)
        else:
            centres = np.arange(n_in) + 0.5
            matrix[i] = np.clip(1 - np.abs(np.clip((low + high) / 2, 0.5, n_in - 0.5) - centres), 0, None)
    return matrix, cover


@given(
    origin=st.floats(-20, 40),
    step=st.floats(0.05, 9).flatmap(lambda s: st.sampled_from([s, -s])),
    n_in=st.integers(1, 25),
    n_out=st.integers(0, 12),
)
@settings(max_examples=60, deadline=None)
def test_weights_are_the_shares_of_each_pixel(origin: float, step: float, n_in: int, n_out: int) -> None:
    matrix, cover = dense(origin, step, n_in, n_out)
    expected, expected_cover = naive(origin, step, n_in, n_out)
    clear = (expected_cover == 0) | (expected_cover > 2e-3)  # the threshold itself may fall either way
    np.testing.assert_allclose(matrix[clear], expected[clear], atol=2e-5)
    np.testing.assert_allclose(cover[clear], expected_cover[clear], atol=2e-5)
    np.testing.assert_allclose(matrix[cover > 0].sum(axis=1), 1.0, atol=1e-5)


def test_whole_numbers_average_whole_pixels() -> None:
    matrix, cover = dense(0.0, 3.0, 9, 3)
    np.testing.assert_allclose(matrix, np.kron(np.eye(3), np.full(3, 1 / 3)), atol=1e-7)
    assert (cover == 1).all()


def test_a_mirrored_axis_has_the_rows_in_reverse() -> None:
    forward, _ = dense(2.5, 1.7, 20, 8)
    backward, _ = dense(2.5 + 8 * 1.7, -1.7, 20, 8)
    np.testing.assert_allclose(backward, forward[::-1], atol=1e-6)


def test_nothing_inside_needs_nothing() -> None:
    start, count, cover = np.empty(3, np.int32), np.empty(3, np.int32), np.empty(3, np.float32)
    axis_weights(50.0, 2.0, 10, start, count, np.empty((3, 4), np.float32), cover)
    assert not cover.any()
    assert shift_starts(start, count, cover) == (0, 0)


@pytest.mark.parametrize("shift", [0, 1, 2])
@pytest.mark.parametrize("step", [0.4, 1.0, 2.7, -3.1])
def test_folding_equals_repeating_samples_first(shift: int, step: float) -> None:
    n_in, n_out = 23, 6
    origin = 20.0 if step < 0 else 1.3
    start, count, cover = np.empty(n_out, np.int32), np.empty(n_out, np.int32), np.empty(n_out, np.float32)
    weight = np.empty((n_out, axis_taps(step)), np.float32)
    axis_weights(origin, step, n_in, start, count, weight, cover)
    folded = np.empty((n_out, axis_taps(step)), np.float32)
    f_start, f_count = np.empty(n_out, np.int32), np.empty(n_out, np.int32)
    fold_weights(start, count, weight, shift, f_start, f_count, folded)
    samples = np.random.default_rng(1).normal(size=-(-n_in >> shift))
    repeated = np.repeat(samples, 1 << shift)
    for i in range(n_out):
        expected = sum(weight[i, t] * repeated[start[i] + t] for t in range(count[i]))
        got = sum(folded[i, t] * samples[f_start[i] + t] for t in range(f_count[i]))
        assert got == pytest.approx(expected, abs=1e-5)
