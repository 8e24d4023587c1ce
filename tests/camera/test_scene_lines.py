"""The roll is read off lines that were drawn at a known tilt."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.camera.scene_lines import tilt_of


def scene(tilt_deg: float, upright: bool, seed: int = 0, lines: int = 6, size: tuple[int, int] = (120, 160)):
    """Grey picture with smooth stripes' edges at a tilt, clockwise positive, and noise."""
    h, w = size
    y, x = np.mgrid[:h, :w].astype(float)
    angle = np.radians(tilt_deg)
    u = np.cos(angle) * x + np.sin(angle) * y if upright else np.cos(angle) * y - np.sin(angle) * x
    rng = np.random.default_rng(seed)
    picture = np.full(size, 100.0)
    for k, at in enumerate(rng.uniform(u.min() + 15, u.max() - 15, lines)):
        picture += (30 if k % 2 else -30) / (1 + np.exp(-(u - at) * 2))
    return np.clip(picture + rng.normal(0, 1.0, size), 0, 255).astype(np.float32)


@pytest.mark.parametrize("upright", [True, False])
@pytest.mark.parametrize("tilt", [-5.3, -1.0, 0.0, 2.6])
def test_tilt_is_found_within_a_third_of_a_degree(upright, tilt):
    found = tilt_of(scene(tilt, upright), upright)
    assert found is not None
    assert found[0] == pytest.approx(tilt, abs=0.33)
    assert found[1] > 1.6


def test_mirrored_scene_has_the_opposite_tilt():
    picture = scene(3.2, True)
    left = tilt_of(picture, True)
    right = tilt_of(np.ascontiguousarray(picture[:, ::-1]), True)
    assert left is not None
    assert right is not None
    assert left[0] == pytest.approx(-right[0], abs=0.05)


def test_texture_has_no_tilt():
    rng = np.random.default_rng(2)
    noise = rng.uniform(0, 255, (120, 160)).astype(np.float32)
    found = tilt_of(noise, True)
    assert found is None or found[1] < 1.6
    assert tilt_of(np.full((120, 160), 80, np.float32), True) is None
