"""README's table is the saved figures; the kernels' benchmarks run, untimed."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def speed() -> ModuleType:
    found = importlib.util.spec_from_file_location("speed", ROOT / "benchmarks" / "speed.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_readme_shows_the_saved_figures(speed: ModuleType) -> None:
    saved = json.loads(speed.RESULTS.read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert speed.table(saved) in readme
    assert speed.with_table(readme, speed.MARK, speed.table(saved)) == readme


def test_the_saved_ratios_come_from_the_saved_stages(speed: ModuleType) -> None:
    """Medians of ratios and ratios of medians differ, but not by much."""
    for run in json.loads(speed.RESULTS.read_text(encoding="utf-8")).get("pipeline", []):
        stages = run["stages"]
        alone = stages["decode"]["cpu_ms"] + stages["network"]["cpu_ms"]
        assert math.isclose(run["cpu_ratio"], stages["pipeline"]["cpu_ms"] / alone, rel_tol=0.15)
        assert run["repeats"] >= 5
        assert {"processor", "cores", "system", "python"} <= set(run["machine"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bench_gait.py", "bench_image.py"])
def test_kernel_benchmarks_hold_untimed(name: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--benchmark-disable", "-p", "no:cacheprovider", name]
    folder = ROOT / "benchmarks"
    run = subprocess.run(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:]
