"""Pose files in and other tools' files out, from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from runlean.cli import main

pytestmark = pytest.mark.usefixtures("signals_as_they_were")


@pytest.fixture
def signals_as_they_were() -> Iterator[None]:
    """The command line takes over two signals; the tests that come after want theirs back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@dataclass(frozen=True)
class Run:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def runlean_command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Run the command line in this process: a process each would cost seconds."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("RUNLEAN_DEBUG", "")

    def command(*args: str | Path) -> Run:
        with pytest.raises(SystemExit) as end:
            main.run([*map(str, args)])
        out = capfd.readouterr()
        return Run(int(end.value.code or 0), out.out, out.err)

    return command


def one_line(run: Run) -> str:
    assert run.stderr.count("\n") == 1, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""
    return run.stderr


@pytest.fixture(scope="module")
def pose_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A leg that swings, 3 s at 60 fps, its names the short ones."""
    t = np.arange(180) / 60
    swing = np.sin(2 * np.pi * 1.4 * t)
    points = {"hip": (300 + 0 * t, 300 + 5 * swing), "knee": (300 + 40 * swing, 400 + 0 * t),
              "ankle": (300 + 90 * swing, 500 - 20 * np.cos(2 * np.pi * 1.4 * t)),
              "shoulder": (310 + 0 * t, 150 + 5 * swing)}  # fmt: skip
    names = [f"{side}_{point}" for side in "lr" for point in points]
    half = int(60 / 2.8)
    xy = [np.roll(np.stack(points[n[2:]], 1), half if n[0] == "r" else 0, axis=0) for n in names]
    frames = np.stack(xy, axis=1).round(3).tolist()
    path = tmp_path_factory.mktemp("pose") / "run.json"
    path.write_text(json.dumps({"keypoint_names": names, "frames": frames}))
    return path


def test_a_pose_file_becomes_a_folder_and_then_other_tools_files(
    runlean_command: Callable[..., Run], pose_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    run = runlean_command("analyze", pose_file, "--fps", "60", "-o", folder, "--quiet")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert {p.name for p in folder.iterdir()} == {"summary.json", "frames.parquet", "strides.parquet", "report.html"}
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["source"]["n_frames"] == 180
    assert summary["source"]["fps_from_timestamps"] == pytest.approx(60.0)
    assert summary["config"]["overlay"] is False
    run = runlean_command("export", folder, "--to", "mot")
    assert run.returncode == 0
    assert run.stdout == f"{folder / 'run.mot'}\n"
    assert (folder / "run.mot").read_text().startswith("Coordinates\n")
    assert "--overwrite" in one_line(runlean_command("export", folder, "--to", "mot"))
    run = runlean_command("export", folder, "--to", "trc")
    assert run.returncode == 1
    assert "--runner-height" in one_line(run)


def test_what_is_missing_is_said_in_one_line(
    runlean_command: Callable[..., Run], pose_file: Path, tmp_path: Path
) -> None:
    run = runlean_command("analyze", pose_file, "-o", tmp_path / "out")
    assert run.returncode == 2
    assert "--fps" in one_line(run)
    run = runlean_command("export", tmp_path, "--to", "fbx")
    assert run.returncode == 2
    assert "trc, mot" in one_line(run)
    run = runlean_command("export", tmp_path, "--to", "trc")
    assert run.returncode == 1
    assert "summary.json" in one_line(run)
    run = runlean_command("analyze", "run.mp4", "--fps", "60")
    assert run.returncode == 2
    assert "pose file" in one_line(run)
    assert not (tmp_path / "out").exists()


def test_heavy_packages_stay_out_of_the_rooms_door() -> None:
    code = "import sys, runlean.exchange, runlean.exchange.poses.recognise\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numba", "pyarrow", "xarray", "movement", "ezc3d", "h5py"} & set(loaded)
