"""`runlean analyze` from end to end, on the shortest clip that ships."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from runlean.clips import clip_path, clip_truth
from runlean.config import AnalyzeConfig

CLIP = "ship_og_waist_30"
pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Ended:
    folder: Path
    status: int
    out: str
    err: str


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    folder = tmp_path_factory.mktemp("analyze") / "results"
    options = ["--runner-height", "1.7", "--band", "4", "9", "--runners", "1", "--roll", "0", "--json"]
    command = [sys.executable, "-m", "runlean", "analyze", str(clip_path(CLIP)), "-o", str(folder), *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600)
    return Ended(folder, run.returncode, run.stdout, run.stderr)


def test_it_ends_well_and_says_nothing_on_the_side(ended: Ended) -> None:
    assert (ended.status, ended.err) == (0, "")


def test_json_is_the_summary_and_nothing_else(ended: Ended) -> None:
    assert json.loads(ended.out) == json.loads((ended.folder / "summary.json").read_text(encoding="utf-8"))


def test_everything_is_there_and_nothing_beside_it(ended: Ended) -> None:
    names = {p.name for p in ended.folder.iterdir()}
    assert names == {"summary.json", "frames.parquet", "strides.parquet", "overlay.mp4", "report.html"}
    assert [p.name for p in ended.folder.parent.iterdir()] == ["results"]


def test_the_options_reach_the_analysis(ended: Ended) -> None:
    config = AnalyzeConfig(**json.loads(ended.out)["config"])
    assert config == AnalyzeConfig(runner_height_m=1.7, band=(4.0, 9.0), runners=1, roll=0.0)


def test_the_runner_is_the_one_in_the_clip(ended: Ended) -> None:
    [runner] = json.loads(ended.out)["runners"]
    truth = clip_truth(CLIP)["runners"][0]["truth"]
    assert (runner["direction"], runner["mode"]) == (truth["direction"], "overground")
    assert runner["metrics"]["cadence_spm"]["mean"] == pytest.approx(truth["cadence_spm"], rel=0.015)
    assert runner["lean"]["source"] == "waist"
    assert pq.read_table(ended.folder / "strides.parquet").num_rows == runner["n_contacts"]


def test_the_report_can_be_written_again(ended: Ended) -> None:
    path = ended.folder / "report.html"
    before = path.read_bytes()
    path.write_bytes(b"gone")
    run = subprocess.run([sys.executable, "-m", "runlean", "report", str(ended.folder)], capture_output=True, text=True)
    assert (run.returncode, run.stdout.strip()) == (0, str(path))
    assert len(path.read_bytes()) > 0.9 * len(before)
