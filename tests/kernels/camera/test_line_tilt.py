"""Edges that stand or lie, and the tilt at which they line up: NumPy's twin, and pictures with a known tilt."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels import jit
from runlean_kernels.camera.line_tilt import MOST_GRADIENT, line_edges, line_tilt

Array = np.ndarray

TILTS = np.radians(np.arange(-6.0, 6.01, 0.25))


def edges_of(picture: Array, upright: bool, least: float = 2.0) -> Array:
    out = np.full((picture.size, 3), 7.0)
    return out[: line_edges(np.ascontiguousarray(picture, dtype=np.float32), upright, least, out)]


def naive_edges(picture: Array, upright: bool, least: float) -> Array:
    p = picture.astype(float)
    h, w = p.shape
    gx, gy = 0.5 * (p[1:-1, 2:] - p[1:-1, :-2]), 0.5 * (p[2:, 1:-1] - p[:-2, 1:-1])
    steep, flat = (gx, gy) if upright else (gy, gx)
    i, j = np.nonzero((np.abs(steep) >= least) & (np.abs(steep) >= 2 * np.abs(flat)))
    x, y = j + 1 - (w - 1) / 2, i + 1 - (h - 1) / 2
    across, along = (x, y) if upright else (y, -x)
    return np.stack([across, along, np.clip(steep[i, j], -MOST_GRADIENT, MOST_GRADIENT)], axis=1)


def sharpness(edges: Array, tilts: Array = TILTS, bins: int = 160) -> Array:
    out = np.full(len(tilts), 7.0)
    line_tilt(np.ascontiguousarray(edges), tilts, np.full(bins, 7.0), out)
    return out


def naive_sharpness(edges: Array, tilts: Array, bins: int) -> Array:
    out = []
    for tilt in tilts:
        u = np.cos(tilt) * edges[:, 0] + np.sin(tilt) * edges[:, 1] + bins / 2
        centre = np.arange(bins)[:, None]
        d = np.abs(u - centre)
        spline = np.where(d <= 0.5, 0.75 - d**2, np.where(d < 1.5, 0.5 * (1.5 - d) ** 2, 0.0))
        out.append(((spline * edges[:, 2]).sum(axis=1) ** 2).sum())
    return np.array(out)


#: Pixels a side: plain Python would take 5 seconds for each tilt of the larger one.
SIZE = 50 if jit.is_disabled() else 90


def stripes(tilt_deg: float, size: int = SIZE) -> Array:
    """Soft dark and bright stripes that stand, their tops turned to the right by a tilt."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    t = np.radians(tilt_deg)
    return 128 + 60 * np.tanh(4 * np.sin(2 * np.pi * (np.cos(t) * x + np.sin(t) * y) / 17))


@pytest.mark.parametrize("upright", [True, False])
def test_equals_its_naive_twins(upright: bool, rng: np.random.Generator) -> None:
    picture = (rng.random((23, 31)) * 255).astype(np.float32)
    edges = edges_of(picture, upright, 12.0)
    np.testing.assert_allclose(edges, naive_edges(picture, upright, 12.0), rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(sharpness(edges, bins=60), naive_sharpness(edges, TILTS, 60), rtol=1e-9)


@pytest.mark.parametrize("tilt_deg", [-4.0, 0.0, 2.5])
def test_a_known_tilt_is_where_edges_line_up_best(tilt_deg: float) -> None:
    picture = stripes(tilt_deg)
    told = sharpness(edges_of(picture, True))
    assert np.degrees(TILTS[np.argmax(told)]) == pytest.approx(tilt_deg, abs=0.26)
    # a mirrored picture leans the other way; another exposure leans as it did
    np.testing.assert_allclose(sharpness(edges_of(picture[:, ::-1], True)), told[::-1], rtol=1e-4)
    brighter = sharpness(edges_of(0.5 * picture + 20, True, 1.0))
    assert np.argmax(brighter) == np.argmax(told)
    # a quarter turn makes lines that lie of those that stand
    lying = sharpness(edges_of(np.rot90(picture, -1), False))
    np.testing.assert_allclose(lying, told, rtol=1e-4)


@pytest.mark.parametrize("shape", [(0, 0), (1, 5), (2, 2), (3, 3)])
def test_small_and_even_pictures_have_no_edges(shape: tuple[int, int]) -> None:
    edges = edges_of(np.full(shape, 50.0), True)
    assert len(edges) == 0
    assert (sharpness(edges) == 0.0).all()
