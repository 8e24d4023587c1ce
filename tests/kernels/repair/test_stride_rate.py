"""The stride's rate in a window, beside a least squares fit at every rate that is tried."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.repair.stride_rate import COARSE, FASTEST, FINE, SLOWEST, explained, harmonic_sums, stride_rate

Array = np.ndarray


def legs(time_s: Array, rate: float, rng: np.random.Generator, scatter: float = 0.05) -> tuple[Array, Array]:
    """Vectors (4, row) of legs that swing, with gaps, and their weights (2, row)."""
    p = 2 * np.pi * rate * time_s
    vector = np.stack([0.4 * np.cos(p - 0.5), 0.1 * np.cos(p), np.cos(p), 0.3 * np.sin(p) + 0.05 * np.sin(3 * p)])
    vector += rng.normal(0, scatter, vector.shape)
    weight = rng.uniform(0.2, 1.0, (2, len(time_s)))
    weight[rng.random(weight.shape) < 0.2] = 0.0
    vector[np.repeat(weight == 0.0, 2, axis=0)] = 0.0
    return np.ascontiguousarray(vector), weight


def naive_part(vector: Array, weight: Array, time_s: Array, rate: float) -> float:
    """Part of the weighted square that NumPy's least squares on cosine and sine leaves not over."""
    p = 2 * np.pi * rate * (time_s - time_s[0])
    wave, whole, left = np.stack([np.cos(p), np.sin(p)], axis=1), 0.0, 0.0
    for signal in range(4):
        root = np.sqrt(weight[signal // 2])
        answer = np.linalg.lstsq(wave * root[:, None], vector[signal] * root, rcond=None)[0]
        whole += ((vector[signal] * root) ** 2).sum()
        left += (((vector[signal] - wave @ answer) * root) ** 2).sum()
    return 1.0 - left / whole


def naive_rate(vector: Array, weight: Array, time_s: Array) -> tuple[float, float]:
    """The best of coarse rates, then of fine ones about it."""
    tried = np.linspace(SLOWEST, FASTEST, round((FASTEST - SLOWEST) / COARSE) + 1)
    best = max(tried, key=lambda rate: naive_part(vector, weight, time_s, rate))
    tried = np.linspace(best - COARSE, best + COARSE, round(2 * COARSE / FINE) + 1)
    best = max(tried, key=lambda rate: naive_part(vector, weight, time_s, rate))
    return float(best), naive_part(vector, weight, time_s, best)


def told(vector: Array, weight: Array, time_s: Array, expected: float = 0.0) -> Array:
    answer = np.array([expected, 7.0])
    stride_rate(vector, weight, time_s, np.empty((4, len(time_s))), np.empty((7, len(time_s))), np.empty(12), answer)
    return answer


@pytest.mark.parametrize("rate", [1.07, 1.43, 1.9])
def test_naive_twin(rate: float, rng: np.random.Generator) -> None:
    t = np.cumsum(rng.uniform(0.02, 0.05, 70))
    vector, weight = legs(t, rate, rng)
    whole = sum((weight[s // 2] * vector[s] ** 2).sum() for s in range(4))
    angle = 2 * np.pi * rate * (t - t[0])
    wave = np.stack([np.cos(angle), np.sin(angle)])
    sums = np.empty(12)
    harmonic_sums(vector, weight, wave, len(t), sums)
    part = sum(explained(weight[p].sum(), sums[6 * p : 6 * p + 6]) for p in (0, 1)) / whole
    assert part == pytest.approx(naive_part(vector, weight, t, rate), rel=1e-9)
    got = told(vector, weight, t)
    assert got == pytest.approx(naive_rate(vector, weight, t), rel=1e-8)
    assert got[0] == pytest.approx(rate, abs=0.03)
    assert got[1] > 0.9


def test_it_follows_the_window_before_and_film_faster_or_larger_changes_nothing(rng: np.random.Generator) -> None:
    t = np.arange(100) / 30.0
    vector, weight = legs(t, 1.4, rng)
    found = told(vector, weight, t)
    assert told(vector, weight, t, 1.44)[0] == pytest.approx(found[0], abs=FINE)
    assert told(vector, weight, t, 2.0)[0] != pytest.approx(found[0], abs=0.1)  # it looks no further
    np.testing.assert_allclose(told(-3.0 * vector, weight, t + 100.0), found, rtol=1e-8)
    mirrored = vector * np.array([-1.0, 1.0, -1.0, 1.0])[:, None]
    np.testing.assert_allclose(told(mirrored, weight, t), found, rtol=1e-8)
    np.testing.assert_allclose(told(vector[:, ::-1].copy(), weight[:, ::-1].copy(), t), found, rtol=1e-8)


@pytest.mark.parametrize("first", [0, 1, 2])
@pytest.mark.parametrize(("fps", "every"), [(30.0, 2), (60.0, 3), (120.0, 2), (50.0, 3)])
def test_rows_that_are_missing_at_a_beat_hide_nothing(
    fps: float, every: int, first: int, rng: np.random.Generator
) -> None:
    t = np.arange(round(4 * fps)) / fps
    vector, weight = legs(t, 1.43, rng)
    missing = np.arange(len(t)) % every == first % every
    vector[:, missing] = weight[:, missing] = 0.0
    got = told(vector, weight, t)
    assert got == pytest.approx(naive_rate(vector, weight, t), rel=1e-8)
    assert got[0] == pytest.approx(1.43, abs=0.02)


def test_no_legs_explain_nothing() -> None:
    t = np.arange(30) / 30.0
    assert told(np.zeros((4, 30)), np.zeros((2, 30)), t)[1] == 0.0
    assert told(np.ones((4, 1)), np.ones((2, 1)), t[:1])[1] == 0.0
