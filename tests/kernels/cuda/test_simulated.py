"""The GPU's kernels in Numba's CUDA simulator, against the compiled ones: same sums, same picture but for rounding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def differences() -> dict[str, float]:
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_DISABLE_JIT"} | {"NUMBA_ENABLE_CUDASIM": "1"}
    run = subprocess.run(
        [sys.executable, "-W", "error", str(Path(__file__).with_name("simulated.py"))],
        capture_output=True, text=True, env=environment, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout))


def test_every_crop_is_that_of_the_cpu(differences: dict[str, float]) -> None:
    # the compiled kernel sums in float32, the simulator in Python's own floats: halves may round either way
    crops = {name: value for name, value in differences.items() if not name.startswith(("luma", "cover"))}
    assert len(crops) > 30
    assert max(crops.values()) <= 1, sorted(crops.items(), key=lambda item: -item[1])[:5]
    assert sum(value == 0 for value in crops.values()) > 0.7 * len(crops)


def test_small_luma_pictures_are_those_of_the_cpu(differences: dict[str, float]) -> None:
    assert max(value for name, value in differences.items() if name.startswith("luma")) < 1e-3


def test_others_are_covered_alike(differences: dict[str, float]) -> None:
    assert differences["cover"] == 0
