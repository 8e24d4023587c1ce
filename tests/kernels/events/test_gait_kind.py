"""Running, walking or neither: by its votes written out, and for cases whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.events.cycle_signals import HIP_Y, N_SIGNALS
from runlean_kernels.events.cycle_sums import N_TERMS
from runlean_kernels.events.gait_kind import (
    LONGEST_STEP_S,
    MID_STANCE,
    NONE,
    RUNNING,
    SHORTEST_STEP_S,
    SMALLEST_SWING,
    WALK_RUN_SPEED,
    WALKING,
    block_kind,
)

Array = np.ndarray


def kinds(cycle: Array, coefficients: Array) -> list[int]:
    out = np.full(len(cycle), 7, np.int8)
    block_kind(cycle, coefficients, out)
    return out.tolist()


def block(step_s: float, speed: float, swing: float = 0.9, bounce: float = np.nan) -> tuple[Array, Array]:
    """One block; ``bounce``: height of the hips at mid-stance over their mean, leg lengths (runners: negative)."""
    coefficients = np.full((1, N_SIGNALS, N_TERMS), np.nan)
    coefficients[0, HIP_Y] = 0.0
    coefficients[0, HIP_Y, 3:5] = bounce * np.array([np.cos(2 * MID_STANCE), np.sin(2 * MID_STANCE)])
    return np.array([[0.0, np.pi / step_s, speed, swing]]), coefficients


def naive_kind(rate: float, speed: float, swing: float, height: float) -> int:
    if not (np.isfinite(rate) and np.isfinite(speed) and swing > SMALLEST_SWING and speed > 0.3):
        return NONE
    step = np.pi / rate
    vote = 2 * (speed / WALK_RUN_SPEED - 1) + 2 * (0.43 / step - 1)
    vote -= 0.0 if np.isnan(height) else np.clip(height / 0.03, -1, 1)
    if vote > 0:
        return RUNNING if SHORTEST_STEP_S < step < LONGEST_STEP_S else NONE
    return WALKING if step > 0.35 else NONE


def test_equals_its_naive_twin(rng: np.random.Generator) -> None:
    n = 400
    cycle = np.zeros((n, 4))
    cycle[:, 1] = np.pi / rng.uniform(0.15, 0.8, n)
    cycle[:, 2], cycle[:, 3] = rng.uniform(0, 5, n), rng.uniform(0, 1.2, n)
    cycle[rng.random(n) < 0.05, 1] = np.nan
    cycle[rng.random(n) < 0.05, 2] = np.nan
    coefficients = rng.normal(0, 0.03, (n, N_SIGNALS, N_TERMS))
    coefficients[rng.random(n) < 0.1, HIP_Y] = np.nan
    twice = coefficients[:, HIP_Y, 3] + 1j * coefficients[:, HIP_Y, 4]
    height = (twice * np.exp(-2j * MID_STANCE)).real
    twin = [naive_kind(*cycle[i, 1:], height[i]) for i in range(n)]
    assert {NONE, RUNNING, WALKING} == set(twin)
    assert kinds(cycle, coefficients) == twin


@pytest.mark.parametrize(
    ("step_s", "speed", "swing", "bounce", "kind"),
    [
        (0.35, 3.5, 0.9, -0.04, RUNNING),  # a run of 3.2 m/s
        (0.26, 8.0, 1.1, -0.03, RUNNING),  # a sprint
        (0.40, 2.3, 0.6, -0.04, RUNNING),  # a jog at walking speed: it bounces
        (0.53, 1.6, 0.6, 0.03, WALKING),  # a walk of 1.4 m/s
        (0.40, 2.3, 0.7, 0.04, WALKING),  # race walking: it vaults
        (0.35, 3.5, 0.1, -0.04, NONE),  # the legs hardly swing
        (0.35, 0.1, 0.9, -0.04, NONE),  # the foot does not go back: pedalling, marking time
        (0.16, 3.5, 0.9, -0.04, NONE),  # 375 steps a minute
        (0.60, 6.0, 0.9, -0.04, NONE),  # 100 steps a minute at sprinting speed
        (0.35, np.nan, 0.9, -0.04, NONE),
        (0.35, 3.5, 0.9, np.nan, RUNNING),  # without hips speed and cadence decide
    ],
)
def test_known_gaits(step_s: float, speed: float, swing: float, bounce: float, kind: int) -> None:
    assert kinds(*block(step_s, speed, swing, bounce)) == [kind]


def test_no_blocks_no_kinds() -> None:
    assert kinds(np.empty((0, 4)), np.empty((0, N_SIGNALS, N_TERMS))) == []
