"""Cost of the gait kernels; every benchmark checks its result before it is timed.

``pytest benchmarks/bench_gait.py`` times them, ``--benchmark-disable`` runs them once as tests.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest
from gait_load import (
    FPS,
    Call,
    copied,
    copy_bandwidth,
    gait_kernels,
    kernel_calls,
    kernel_seconds,
    leg_angles,
    running,
)
from scipy.signal import butter, filtfilt

from runlean.gait.analyze import analyze_gait
from runlean.gait.options import GaitOptions
from runlean_kernels.filters import butterworth_low_pass
from runlean_kernels.posture import joint_angle

#: CPU time of the calling thread: other work on the machine does not count.
pytestmark = pytest.mark.benchmark(timer=time.thread_time)

ROWS = 20_000


def points(rows: int = ROWS) -> np.ndarray:
    """Hip, knee and ankle of every row, float64 (row, 3, 2)."""
    return np.random.default_rng(1).uniform(0.0, 500.0, (rows, 3, 2))


def test_joint_angle(benchmark: Any) -> None:
    xy, out = points(), np.empty(ROWS)
    a, b, c = (np.ascontiguousarray(xy[:, k]) for k in range(3))
    joint_angle(a, b, c, out)
    np.testing.assert_allclose(math.pi - out, leg_angles(xy), atol=1e-9)
    benchmark(joint_angle, a, b, c, out)


def test_joint_angle_numpy(benchmark: Any) -> None:
    benchmark(leg_angles, points())


def test_low_pass(benchmark: Any) -> None:
    """All 46 channels of 23 points, as an analysis does it."""
    x, time_s = points(ROWS)[:, 0].repeat(23, axis=1), np.arange(ROWS) / FPS
    out, offsets, cutoff = np.empty_like(x), np.array([0, ROWS]), np.full(46, 6.0)
    butterworth_low_pass(x, time_s, offsets, cutoff, out)
    np.testing.assert_allclose(out, scipy_low_pass(x), atol=1e-6)
    benchmark(butterworth_low_pass, x, time_s, offsets, cutoff, out)


def test_low_pass_scipy(benchmark: Any) -> None:
    benchmark(scipy_low_pass, points(ROWS)[:, 0].repeat(23, axis=1))


def scipy_low_pass(x: np.ndarray) -> np.ndarray:
    """The same filter by SciPy, channel after channel; its corner is raised for the double pass."""
    raised = math.atan(math.tan(math.pi * 6.0 / FPS) / (math.sqrt(2.0) - 1.0) ** 0.25) / math.pi * FPS
    b, a = butter(2, raised, fs=FPS)
    return np.stack([filtfilt(b, a, x[:, k], padtype="odd", padlen=9) for k in range(x.shape[1])], axis=1)


@pytest.mark.parametrize("tracks", [1, 50])
def test_every_kernel_of_an_analysis(benchmark: Any, tracks: int) -> None:
    """All kernels of the gait room; contacts come at the rendered runner's 174 a minute."""
    load = running(6_000, tracks)
    with kernel_seconds() as spent:
        result = analyze_gait(load, GaitOptions())
    step_s = np.diff(np.sort(result.strides["contact_s"][result.strides["runner_id"] == 0]))
    assert np.median(step_s) == pytest.approx(60.0 / 174.0, abs=0.01)
    assert {"butterworth_low_pass", "posture_angles", "leg_swap", "stride_phase"} <= set(spent)
    benchmark(analyze_gait, load, GaitOptions())


@pytest.fixture(scope="module", params=[(6_000, 1), (3_900, 30)], ids=["1_track", "30_tracks"])
def calls(request: pytest.FixtureRequest) -> dict[str, Call]:
    """Every kernel's first call in an analysis whose contacts come at the rendered runner's 174 a minute.

    Thirty short tracks have fewer rows than `runlean.gait.track.batches` gives to one call.
    """
    with kernel_calls() as found:
        result = analyze_gait(running(*request.param), GaitOptions())
    assert np.nanmedian(result.strides["step_time_s"]) == pytest.approx(60.0 / 174.0, abs=0.01)
    return found


@pytest.mark.parametrize("name", sorted({name for _, name, _ in gait_kernels()}))
def test_kernel(benchmark: Any, calls: dict[str, Call], name: str) -> None:
    """One kernel on what it was given there, once it has left the same again."""
    call = calls[name]
    again = copied(call.given)
    call.kernel(*again)
    for mine, theirs in zip(again, call.left, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    benchmark.pedantic(call.kernel, setup=lambda: (copied(call.given), {}), rounds=20)


def test_cost_per_frame_does_not_grow_with_length() -> None:
    def per_row(rows: int) -> float:
        load = running(rows)
        found = []
        for _ in range(3):
            with kernel_seconds() as spent:
                analyze_gait(load, GaitOptions())
            found.append(sum(spent.values()) / rows)
        return min(found)

    per_row(600)
    assert per_row(40_000) < 2.0 * per_row(5_000)


def test_copying_is_measured_in_a_sane_range() -> None:
    assert 1e9 < copy_bandwidth(8) < 1e12
