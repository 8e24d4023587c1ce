"""The small benchmarks whose figures stand in docs/performance.md check what they time, and count what they say."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from encoding import compared
from memory import PARTS, allocated_mb
from stages import DETECTOR, Watch, table
from start import WAYS, report

from runlean.bench.cost import Cost
from runlean.clips import clip_path


def test_looks_are_counted_by_the_size_of_the_detectors_input() -> None:
    def detect(network: object, batch: np.ndarray) -> int:
        return len(batch)

    watch = Watch()
    watched: Callable[..., Any] = watch.around(DETECTOR, detect)
    assert [watched(None, np.zeros((n, 128, 192, 3), np.uint8)) for n in (1, 2)] == [1, 2]
    watched(None, np.zeros((1, 160, 256, 3), np.uint8))
    watch.around("crops", detect)(None, np.zeros((9, 1, 1, 3), np.uint8))
    assert watch.looks == {"192 x 128": 3, "256 x 160": 1}
    record = {"model": "m", "frames": 100, "video": "v", "rounds": 1, "machine": "p, 2 cores", "looks": watch.looks}
    shown = table(record | {"cpu_ms_per_frame": {DETECTOR: 0.5, "all": 2.0}})
    assert shown.endswith("The detector looked at 4 pictures (3 of 192 x 128, 1 of 256 x 160 px): 50 CPU ms in all.")


def test_both_settings_of_the_encoder_hold_every_picture() -> None:
    line = compared(clip_path("treadmill_male_30"), seconds=0.1, turns=1)
    assert "3 pictures of 480 x 854" in line
    assert float(line.split(" CPU ms")[0].split()[-1]) > 0


@pytest.mark.skipif(sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="needs glibc 2.33")
def test_what_is_allocated_is_counted() -> None:
    before = allocated_mb()
    kept = np.ones(30_000_000, np.uint8)
    assert allocated_mb() - before == pytest.approx(30.0, abs=1.0)
    del kept
    assert allocated_mb() - before == pytest.approx(0.0, abs=1.0)
    assert all(len(ways) == 2 for _, ways in PARTS.values())


def test_starts_are_compared_pair_by_pair() -> None:
    walls = {"beside": (4.0, 4.0, 9.0), "at the first call": (5.0, 8.0, 10.0)}
    assert set(walls) == set(WAYS)
    shown = report({way: [Cost(2.0, wall) for wall in of] for way, of in walls.items()})
    assert "kernels loaded beside: 4.00 s, 2.00 CPU s" in shown
    assert "beside over at the first call: 0.800 (0.500 to 0.900)" in shown
