"""What the kernels' tests share: a runner made of sines, whose every point is known at any time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels import landmarks as lm

Runner = tuple[np.ndarray, np.ndarray, np.ndarray]

STRIDE_HZ = 1.4
LEG_PX = 200.0


def runner_at(time_s: np.ndarray, direction: float = 1.0, height: float = 0.05) -> np.ndarray:
    """Landmarks (row, 23, 2) in pixels of a runner on a treadmill: two legs half a stride apart, leg length 200."""
    phase = 2 * np.pi * STRIDE_HZ * time_s
    xy = np.full((len(time_s), lm.N_LANDMARKS, 2), np.nan)
    hip = np.stack([400 + 4 * np.sin(2 * phase), 300 - height * LEG_PX * np.cos(2 * phase)], axis=1)
    lean = np.radians(8.0)
    up = np.array([np.sin(lean) * direction, -np.cos(lean)])
    for side in (0, 1):
        p = phase + np.pi * side
        far = np.array([3.0 * (1 - 2 * side), 0.0])
        thigh = np.radians(25.0) * np.sin(p) + np.radians(8.0)
        knee_bend = np.radians(55.0) - np.radians(40.0) * np.cos(p - 0.9)
        shank = thigh - knee_bend
        xy[:, lm.LEFT_HIP + side] = hip + far
        knee = hip + far + 0.5 * LEG_PX * np.stack([direction * np.sin(thigh), np.cos(thigh)], axis=1)
        ankle = knee + 0.5 * LEG_PX * np.stack([direction * np.sin(shank), np.cos(shank)], axis=1)
        xy[:, lm.LEFT_KNEE + side] = knee
        xy[:, lm.LEFT_ANKLE + side] = ankle
        xy[:, lm.LEFT_HEEL + side] = ankle + np.array([-8.0 * direction, 14.0])
        xy[:, lm.LEFT_BIG_TOE + side] = ankle + np.array([28.0 * direction, 12.0])
        shoulder = hip + far + 0.6 * LEG_PX * up
        arm = -np.radians(35.0) * np.sin(p)
        elbow = shoulder + 0.33 * LEG_PX * np.stack([direction * np.sin(arm), np.cos(arm)], axis=1)
        forearm = arm + np.radians(85.0)
        xy[:, lm.LEFT_SHOULDER + side] = shoulder
        xy[:, lm.LEFT_ELBOW + side] = elbow
        xy[:, lm.LEFT_WRIST + side] = elbow + 0.3 * LEG_PX * np.stack(
            [direction * np.sin(forearm), np.cos(forearm)], axis=1
        )
        xy[:, lm.LEFT_EAR + side] = shoulder + np.array([12.0 * direction, -0.3 * LEG_PX])
        xy[:, lm.LEFT_EYE + side] = shoulder + np.array([24.0 * direction, -0.32 * LEG_PX])
    xy[:, lm.NOSE] = hip + 0.6 * LEG_PX * up + [30.0 * direction, -0.3 * LEG_PX]
    return xy


@pytest.fixture(scope="session")
def make_runner() -> Callable[..., Runner]:
    """Factory of (xy, score, time_s): rows, frames per second, scatter in pixels, direction, seed."""

    def make(
        rows: int = 90, fps: float = 30.0, scatter_px: float = 0.0, direction: float = 1.0, seed: int = 0
    ) -> Runner:
        time_s = np.arange(rows) / fps
        xy = runner_at(time_s, direction)
        xy += np.random.default_rng(seed).normal(0.0, scatter_px, xy.shape) if scatter_px else 0.0
        return xy, np.full(xy.shape[:2], 0.8), time_s

    return make


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20170505)
