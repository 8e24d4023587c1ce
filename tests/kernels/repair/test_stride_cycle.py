"""The cycle fitted to a window of legs: least squares written out, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.repair.stride_cycle import TERMS, best_frequency, fit_cycle, predict, turn_signs

Array = np.ndarray


def window(t: Array, frequency: float, coefficient: Array) -> Array:
    """The cycle's four signals at the times ``t`` since the window's first row."""
    a = 2 * np.pi * frequency * t[:, None]
    design = np.concatenate([np.cos(a), np.sin(a), np.cos(3 * a), np.sin(3 * a)], axis=1)
    return design @ coefficient.T


def planes(value: Array, weight: Array) -> tuple[Array, Array]:
    """As the kernels want them: the rows of a signal beside each other."""
    return np.ascontiguousarray(value.T), np.ascontiguousarray(weight.T)


def scratch(rows: int) -> tuple[Array, Array]:
    return np.empty((2, rows)), np.empty((TERMS, TERMS))


def fitted(value: Array, weight: Array, t: Array, frequency: float, sign: Array | None = None) -> tuple[float, Array]:
    coefficient = np.full((4, TERMS), 7.0)
    sign = np.ones(len(t)) if sign is None else sign
    part = fit_cycle(*planes(value, weight), sign, t, 0, len(t), 0, frequency, *scratch(len(t)), coefficient)
    return part, coefficient


def naive_fit(value: Array, weight: Array, t: Array, frequency: float, sign: Array) -> tuple[float, Array]:
    a = 2 * np.pi * frequency * (t - t[0])[:, None]
    design = np.concatenate([np.cos(a), np.sin(a), np.cos(3 * a), np.sin(3 * a)], axis=1)
    out, explained, total = np.empty((4, TERMS)), 0.0, 0.0
    for signal in range(4):
        w, y = weight[:, signal // 2], sign * value[:, signal]
        normal = design.T @ (w[:, None] * design)
        normal += np.diag(1e-6 + 1e-3 * np.diag(normal))
        out[signal] = np.linalg.solve(normal, design.T @ (w * y))
        explained += out[signal] @ (design.T @ (w * y))
        total += (w * y * y).sum()
    return explained / total, out


@pytest.fixture
def legs(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    t = np.arange(60) / 30.0 + 3.0
    coefficient = rng.normal(0.0, 1.0, (4, TERMS)) * [1.0, 1.0, 0.2, 0.2]
    return t, coefficient, window(t - t[0], 1.4, coefficient)


def test_equals_its_naive_twin(legs: tuple[Array, Array, Array], rng: np.random.Generator) -> None:
    t, _, value = legs
    value = value + rng.normal(0.0, 0.3, value.shape)
    weight, sign = rng.uniform(0.0, 1.0, (len(t), 2)), rng.choice([-1.0, 1.0], len(t))
    weight[rng.random((len(t), 2)) < 0.2] = 0.0
    uneven = t + rng.uniform(0.0, 0.01, len(t))
    for times in (t, uneven):
        for frequency in (1.1, 1.4, 2.3):
            part, coefficient = fitted(value, weight, times, frequency, sign)
            expected = naive_fit(value, weight, times, frequency, sign)
            assert part == pytest.approx(expected[0], rel=1e-9)
            np.testing.assert_allclose(coefficient, expected[1], rtol=1e-7, atol=1e-9)


def test_a_clean_cycle_is_explained_predicted_and_found(legs: tuple[Array, Array, Array]) -> None:
    t, true, value = legs
    weight = np.ones((len(t), 2))
    part, coefficient = fitted(value, weight, t, 1.4)
    assert part > 0.998
    np.testing.assert_allclose(coefficient, true, atol=0.01)
    angle, out = 2 * np.pi * 1.4 * (t - t[0]), np.empty(len(t))
    for signal in range(4):
        predict(true[signal], np.cos(angle), np.sin(angle), out)
        np.testing.assert_allclose(out, value[:, signal], atol=1e-12)
    work = *scratch(len(t)), np.empty((4, TERMS))
    found = best_frequency(*planes(value, weight), np.ones(len(t)), t, 0, len(t), 0, 1.0, 2.6, 65, *work)
    assert found == pytest.approx(1.4, abs=0.026)


def test_size_mirror_direction_of_time_and_frame_rate_do_not_matter(legs: tuple[Array, Array, Array]) -> None:
    t, true, value = legs
    weight = np.ones((len(t), 2))
    part, _ = fitted(value, weight, t, 1.4)
    off, _ = fitted(value, weight, t, 1.9)
    for other in (3.0 * value, value * [-1.0, 1.0, -1.0, 1.0], -value, value[::-1]):
        assert fitted(np.ascontiguousarray(other), weight, t, 1.4)[0] == pytest.approx(part, abs=1e-3)
        assert fitted(np.ascontiguousarray(other), weight, t, 1.9)[0] == pytest.approx(off, abs=0.02)
    fine = np.arange(240) / 120.0
    assert fitted(window(fine, 1.4, true), np.ones((240, 2)), fine, 1.4)[0] == pytest.approx(part, abs=1e-3)


def test_nothing_known_explains_nothing(legs: tuple[Array, Array, Array]) -> None:
    t, _, value = legs
    assert fitted(value, np.zeros((len(t), 2)), t, 1.4)[0] == 0.0


def test_rows_turn_to_the_cycle_with_their_neighbours(legs: tuple[Array, Array, Array]) -> None:
    t, true, value = legs
    angle = 2 * np.pi * 1.4 * (t - t[0])
    wave = np.stack([np.cos(angle), np.sin(angle)])
    crossed = np.ones(len(t))
    crossed[20:26] = -1.0
    sign = np.ones(len(t))
    given = planes(value * crossed[:, None], np.ones((len(t), 2)))
    work = np.empty(len(t) + 2), np.empty((4, len(t)))
    assert turn_signs(*given, 0, len(t), wave, true, sign, *work)
    around = (value**2).sum(axis=1) * crossed
    expected = np.convolve(around, np.ones(3), mode="same")
    np.testing.assert_array_equal(sign, np.where(expected >= 0.0, 1.0, -1.0))
    assert not turn_signs(*given, 0, len(t), wave, true, sign, *work)
    assert sign[21] == -1.0
    assert sign[10] == 1.0
