"""What the tests of the events share: series by their sums, and the chain of kernels up to any of its links."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.events.cycle_signals import N_SHIFT_SIGNALS, N_SIGNALS
from runlean_kernels.events.cycle_sums import N_GROUPS, N_HARMONICS, N_MOMENTS, N_TERMS, sum_blocks
from runlean_kernels.events.event_features import N_FEATURES, cycle_features
from runlean_kernels.events.hip_path import hip_path, row_phase
from runlean_kernels.events.leg_signals import ankle_separation, leg_length, middle_of_hips
from runlean_kernels.events.stride_phase import stride_frequency, stride_phase
from runlean_kernels.events.track_values import block_ranges

Array = np.ndarray


def _series(c: Array, phase: Array | float, order: int = 0) -> Array:
    """Derivative of a Fourier series (constant, cos, sin, cos 2, sin 2 ...) as its definition has it, term by term."""
    total = np.full(np.shape(phase), c[0] if order == 0 else 0.0)
    for k in range(1, (len(c) - 1) // 2 + 1):
        turned = k * np.asarray(phase) + order * np.pi / 2
        total = total + k**order * (c[2 * k - 1] * np.cos(turned) + c[2 * k] * np.sin(turned))
    return total


@pytest.fixture(scope="session")
def series() -> Callable[..., Array]:
    """Value or derivative of a Fourier series: ``series(c, phase, order=0)``."""
    return _series


@pytest.fixture
def random_series(rng: np.random.Generator) -> Callable[[], Array]:
    """A Fourier series whose amplitudes fall off as those of a runner do."""

    def make() -> Array:
        k = np.arange(1, N_HARMONICS + 1)
        c = np.zeros(N_TERMS)
        c[0] = rng.normal()
        c[1::2], c[2::2] = 0.3 * rng.normal(size=(2, N_HARMONICS)) / k**2.5
        return c

    return make


def even_nodes(time_s: Array, offsets: Array, step: float) -> tuple[Array, Array]:
    """Times about ``step`` apart over each track, ends included, and their offsets; none for a track of one row."""
    nodes = [np.zeros(0)]
    for a, b in pairwise(offsets):
        n = max(1, int(np.ceil((time_s[b - 1] - time_s[a]) / step))) + 1 if b - a > 1 else 0
        nodes.append(np.linspace(time_s[a], time_s[b - 1], n) if n else np.zeros(0))
    return np.concatenate(nodes), np.cumsum([len(x) for x in nodes]).astype(np.int64)


@pytest.fixture(scope="session")
def spaced() -> Callable[..., tuple[Array, Array]]:
    """Node times and offsets: ``spaced(time_s, offsets, step)``."""
    return even_nodes


@pytest.fixture(scope="session")
def run_chain() -> Callable[..., SimpleNamespace]:
    """All links of the chain from points to the features of the mean cycle, each under its own name."""

    def run(xy: Array, time_s: Array, direction: float | Array = 1.0, offsets: Array | None = None) -> SimpleNamespace:
        at = SimpleNamespace(xy=np.ascontiguousarray(xy, dtype=float), time_s=np.asarray(time_s, float))
        at.offsets = np.array([0, len(xy)], dtype=np.int64) if offsets is None else offsets
        n, n_rows = len(at.offsets) - 1, len(xy)
        at.direction = np.full(n, direction, dtype=float)
        at.length, at.separation, at.phase = np.empty(n), np.empty(n_rows), np.empty(n_rows)
        leg_length(at.xy, at.offsets, at.length)
        ankle_separation(at.xy, at.offsets, at.direction, at.length, at.separation)
        at.window_s, at.window_offsets = even_nodes(at.time_s, at.offsets, 1.5)
        at.windows = np.empty((len(at.window_s), 2))
        stride_frequency(at.time_s, at.separation, at.offsets, at.window_offsets, at.window_s, at.windows)
        at.node_s, at.node_offsets = even_nodes(at.time_s, at.offsets, 0.25)
        at.nodes = np.empty((len(at.node_s), 4))
        spans = pairwise(at.offsets)
        at.interval = np.array([np.median(np.diff(at.time_s[a:b])) if b - a > 1 else np.nan for a, b in spans])
        stride_phase(
            at.time_s, at.separation, at.offsets, at.interval, at.window_offsets, at.window_s, at.windows,
            at.node_offsets, at.node_s, at.nodes,
        )  # fmt: skip
        row_phase(at.time_s, at.offsets, at.node_offsets, at.node_s, at.nodes, at.phase)
        at.hips, at.hip = np.empty((n_rows, 2)), np.empty((len(at.node_s), 2))
        middle_of_hips(at.xy, at.hips)
        hip_path(at.hips, at.time_s, at.offsets, at.node_offsets, at.node_s, at.nodes, at.hip)
        at.first_stride, at.block_offsets = np.empty(n, np.int64), np.empty(n + 1, np.int64)
        block_ranges(at.nodes, at.node_offsets, at.first_stride, at.block_offsets)
        blocks = int(at.block_offsets[-1])
        at.moments, at.rhs = np.empty((blocks, N_GROUPS, N_MOMENTS)), np.empty((blocks, N_SIGNALS, N_TERMS))
        at.square, at.rows, at.signals = (
            np.empty((blocks, N_SIGNALS)),
            np.empty((blocks, 4)),
            np.empty((n_rows, 2 * N_SHIFT_SIGNALS)),
        )
        sum_blocks(
            at.xy, at.hips, at.time_s, at.phase, at.offsets, at.direction, at.length, at.node_offsets, at.node_s,
            at.nodes, at.hip, at.first_stride, at.block_offsets, at.moments, at.rhs, at.square, at.rows, at.signals,
        )  # fmt: skip
        at.features, at.cycle = np.empty((blocks, 2, N_FEATURES, 2)), np.empty((blocks, 4))
        at.coefficients = np.empty((blocks, N_SIGNALS, N_TERMS))
        cycle_features(at.block_offsets, at.moments, at.rhs, at.square, at.rows, at.features, at.cycle, at.coefficients)
        return at

    return run


@pytest.fixture(scope="session")
def mirrored() -> Callable[[Array], Array]:
    """Points of the same runner seen in a mirror: x turned about, left and right names exchanged."""

    def mirror(xy: Array) -> Array:
        out = xy.copy()
        out[:, 1::2], out[:, 2::2] = xy[:, 2::2], xy[:, 1::2]
        out[..., 0] = 1000.0 - out[..., 0]
        return out

    assert lm.LEFT_EYE == 1
    assert lm.N_LANDMARKS == 23
    return mirror
