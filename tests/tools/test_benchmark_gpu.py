"""The benchmark that waits for a GPU runs here from end to end, so that nothing but the device is new on the day."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from runlean.device.decoder import Engine
from runlean.device.graph_cropper import GraphCropper
from runlean.device.memory import HostMemory
from runlean.device.store import Device
from runlean.models.providers import CPU, CUDA, TENSORRT, probe_gpu

FOLDER = Path(__file__).parents[2] / "benchmarks"
SMALL = [
    "--frames", "4", "--size", "320", "180", "--decoders", "1", "2", "--batches", "1", "2", "--runners", "1",
    "--seconds", "0.01", "--model", "movenet-lightning",
]  # fmt: skip


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location("benchmark_gpu", FOLDER / "gpu.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(FOLDER))


def test_it_runs_on_the_cpu(script, tmp_path, capsys):
    out = tmp_path / "results" / "gpu.json"
    status = script.main([*SMALL, "--device", "cpu", "--out", str(out)])
    report = json.loads(out.read_text())
    assert json.loads(capsys.readouterr().out) == report
    assert status == 0
    assert list(out.parent.iterdir()) == [out]
    assert not report["device"]["is_gpu"]
    assert report["device"]["crops_by"] == "graph"
    assert [(row["way"], row["decoders"]) for row in report["decode"]] == [("cpu", 1), ("cpu", 2)]
    assert all(row["frames_per_s"] > 0 for row in report["decode"])
    assert [(row["way"], row["batch"]) for row in report["network"]] == [
        ("cpu fp32", 1), ("cpu fp32", 2), ("cpu fp16", 1), ("cpu fp16", 2),
    ]  # fmt: skip
    plain, half = report["agreement"]
    assert plain["crop_grey_levels"] <= 2
    assert plain["median_shift_px"] < 0.1
    assert half["median_shift_px"] < 0.2
    assert [(row["runners"], row["where"]) for row in report["pipeline"]] == [
        (1, "frames here"), (1, "frames uploaded"),
    ]  # fmt: skip
    assert all(row["frames_per_s"] > 0 and row["share_of_limit"] > 0 for row in report["pipeline"])


class Engines:
    """Decodes here, and says that it was asked."""

    asked = 0

    def hwaccel(self):
        Engines.asked += 1

    def planes(self, picture):
        return None


@pytest.fixture
def gpu(script, monkeypatch):
    """This process as a GPU with three engines and TensorRT; the networks run on the CPU provider."""
    bench = sys.modules["gpu_bench"]
    memory = HostMemory()
    memory.driver = SimpleNamespace(name="no GPU")
    monkeypatch.setattr(
        script, "opened",
        lambda options, folder: bench.Bench(
            options, Device(memory, GraphCropper(memory)), True, "cpu", folder, ["a note"]
        ),
    )  # fmt: skip
    monkeypatch.setattr(bench, "engine_of", lambda memory, video: Engine(3, 48, 16, 4096, 4096))
    monkeypatch.setattr(bench, "engines_at", lambda memory: Engines())
    monkeypatch.setattr(script, "probe_gpu", lambda: SimpleNamespace(usable={CPU, CUDA, TENSORRT}))
    return bench


def test_the_branches_of_a_gpu_run_here_and_what_fails_is_a_line(script, gpu, tmp_path, monkeypatch):
    """TensorRT is not there: its rows say so, and the others stand."""
    out = tmp_path / "gpu.json"
    made, seen = gpu.Bench.save, []
    monkeypatch.setattr(gpu.Bench, "save", lambda self: (made(self), seen.append(out.stat().st_size)))
    assert script.main([*SMALL, "--out", str(out)]) == 0
    report = json.loads(out.read_text())
    assert report["device"]["is_gpu"]
    assert report["device"]["notes"] == ["a note"]
    assert [(row["way"], row["decoders"]) for row in report["decode"]] == [
        ("cpu", 1), ("cpu", 2), ("nvdec", 1), ("nvdec", 2),
    ]  # fmt: skip
    assert Engines.asked > 0
    there = [row for row in report["pipeline"] if row["where"] == "frames decoded there"]
    assert [row["way"] for row in there] == ["cpu fp32", "cpu fp16", "tensorrt fp16", "tensorrt fp32"]
    assert there[0]["decoders_at_once"] == 3
    assert there[0]["share_of_limit"] > 0
    lost = [row for part in ("agreement", "network", "pipeline") for row in report[part] if "error" in row]
    assert {row["way"] for row in lost} == {"tensorrt fp16", "tensorrt fp32"}
    assert len(lost) == 2 * (1 + 2 + 1)
    assert len(seen) > 15
    assert seen == sorted(seen)  # the file grows with every row


def test_what_there_is_no_time_for_is_left_out(script, gpu, tmp_path):
    out = tmp_path / "gpu.json"
    assert script.main([*SMALL, "--minutes", "0", "--out", str(out)]) == 1
    report = json.loads(out.read_text())
    rows = [row for part in ("videos", "agreement", "network") for row in report[part]]
    assert len(rows) > 5
    assert all("--minutes gives more" in row["left_out"] for row in rows)


def test_keypoints_that_differ_are_a_failure(script, gpu, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "WANTED_SHIFT_PX", -1.0)
    for part in ("decode", "network", "pipeline"):
        monkeypatch.setattr(script, part, lambda *_, **__: None)
    assert script.main([*SMALL, "--out", str(tmp_path / "gpu.json")]) == 1


def test_a_gpu_that_is_asked_for_and_missing_is_one_line(script):
    if probe_gpu().n_gpus:
        pytest.skip("this machine has a GPU")
    with pytest.raises(SystemExit, match="device cuda: "):
        script.main(["--device", "cuda"])
