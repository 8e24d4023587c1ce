"""The benchmark that waits for a GPU runs here from end to end, so that nothing but the device is new on the day."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from runlean.models.providers import probe_gpu

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("benchmark_gpu", ROOT / "benchmarks" / "gpu.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_it_runs_on_the_cpu(script, tmp_path, capsys):
    out = tmp_path / "results" / "gpu.json"
    arguments = [
        "--device",
        "cpu",
        "--frames",
        "4",
        "--size",
        "320",
        "180",
        "--decoders",
        "1",
        "2",
        "--batches",
        "1",
        "2",
    ]
    status = script.main(
        [*arguments, "--runners", "1", "--seconds", "0.01", "--model", "movenet-lightning", "--out", str(out)]
    )
    report = json.loads(out.read_text())
    assert json.loads(capsys.readouterr().out) == report
    assert status == 0
    assert not report["device"]["is_gpu"]
    assert report["device"]["crops_by"] == "graph"
    assert [row["decoders"] for row in report["decode"][1:]] == [1, 2]
    assert all(row["frames_per_s"] > 0 for row in report["decode"][1:])
    assert [(row["precision"], row["batch"]) for row in report["network"]] == [
        ("fp32", 1), ("fp32", 2), ("fp16", 1), ("fp16", 2),
    ]  # fmt: skip
    assert report["agreement"]["crop_grey_levels"] <= 2
    assert report["agreement"]["median_shift_px"] < 0.1
    assert report["agreement"]["fp16"]["median_shift_px"] < 0.2
    (one,) = report["pipeline"]
    assert one["runners"] == 1
    for way in ("frames here", "frames uploaded"):
        assert one[way]["frames_per_s"] > 0
        assert one[way]["share_of_limit"] > 0


def test_a_gpu_that_is_asked_for_and_missing_is_one_line(script):
    if probe_gpu().n_gpus:
        pytest.skip("this machine has a GPU")
    with pytest.raises(SystemExit, match="device cuda: "):
        script.main(["--device", "cuda"])
