"""What the command line ends with, and what it says on the way: run as users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import runlean
from runlean.clips import clip_path


def runlean_command(*args: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runlean", *map(str, args)],
        capture_output=True,
        text=True,
        env={**os.environ, "RUNLEAN_DEBUG": "", "COLUMNS": "200", **environment},
        timeout=120,
    )


def one_line(run: subprocess.CompletedProcess[str]) -> str:
    assert run.stderr.count("\n") == 1, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""
    return run.stderr


def test_version() -> None:
    run = runlean_command("--version")
    assert (run.returncode, run.stdout) == (0, f"runlean {runlean.__version__}\n")


@pytest.mark.parametrize("args", [["frobnicate"], ["analyze"], ["analyze", "a.mp4", "--band", "5"], ["models", "x"]])
def test_wrong_usage_is_2(args: list[str]) -> None:
    run = runlean_command(*args)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--runner-height", "178"),
        ("--roll", "tilted"),
        ("--runners", "none"),
        ("--region", "1,2,3"),
        ("--device", "tpu"),
        ("--slow-motion", "0"),
        ("--threads", "0"),
        ("--feet", "on"),
    ],
)
def test_a_value_outside_what_it_may_be_is_2_and_names_the_option(option: str, value: str, tmp_path: Path) -> None:
    run = runlean_command("analyze", tmp_path / "a.mp4", option, value)
    line = one_line(run)
    assert run.returncode == 2
    assert f"{option}: expected" in line
    assert value in line


def test_a_video_that_is_not_there_is_1(tmp_path: Path) -> None:
    run = runlean_command("analyze", tmp_path / "nothing.mp4")
    assert run.returncode == 1
    assert "nothing.mp4" in one_line(run)


@pytest.mark.parametrize(
    ("option", "value", "told", "status"),
    [("--region", "2000,0,3000,500", "960 x 540 px", 1), ("--runners", "0,1", "ids", 2)],
)
def test_a_choice_that_no_runner_can_meet_is_told_before_the_work(
    option: str, value: str, told: str, status: int, tmp_path: Path
) -> None:
    run = runlean_command("analyze", clip_path("ship_og_waist_30"), "-o", tmp_path / "out", option, value)
    assert told in one_line(run)
    assert run.returncode == status
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_video_is_1_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("lean from the ankles\n" * 50)
    run = runlean_command("analyze", tmp_path / "notes.mp4", "-o", tmp_path / "out")
    assert run.returncode == 1
    assert "notes.mp4" in one_line(run)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.mp4"]


def test_results_that_are_there_are_not_replaced_unasked(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "summary.json").write_text("{}")
    run = runlean_command("analyze", tmp_path / "a.mp4", "-o", out)
    assert run.returncode == 1
    assert "--overwrite" in one_line(run)


def test_overwrite_replaces_results_and_no_other_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.docx").write_text("five years")
    run = runlean_command("analyze", tmp_path / "a.mp4", "-o", home, "--overwrite")
    assert run.returncode == 1
    assert "holds none" in one_line(run)
    assert (home / "thesis.docx").read_text() == "five years"


@pytest.mark.parametrize("where", ["file/out", "file"])
def test_a_place_where_no_folder_can_be_is_told_at_once(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run = runlean_command("analyze", tmp_path / "a.mp4", "-o", tmp_path / where)
    assert run.returncode == 1
    assert "it is a file" in one_line(run)


def test_a_report_of_a_folder_without_an_analysis_is_1(tmp_path: Path) -> None:
    run = runlean_command("report", tmp_path)
    assert run.returncode == 1
    assert "summary.json" in one_line(run)


def test_an_unknown_network_is_1_and_names_a_near_one(tmp_path: Path) -> None:
    run = runlean_command("models", "info", "movenet-thunda")
    assert run.returncode == 1
    assert "movenet-thunder" in one_line(run)


def test_cuda_without_a_gpu_is_one_clear_line() -> None:
    from runlean.clips import clip_path
    from runlean.models.providers import CUDA, probe_gpu

    if CUDA in probe_gpu().usable:
        pytest.skip("this machine has a GPU")
    run = runlean_command("demo", "--device", "cuda", "-o", "never-made")
    assert run.returncode == 1
    assert "cuda" in one_line(run)
    assert not Path("never-made").exists()
    assert clip_path("ship_tm_right_60").is_file()


def test_a_defect_is_one_line_and_a_log(tmp_path: Path) -> None:
    # a package that is no longer whole stands for any unforeseen error
    code = (
        "import runlean.pipeline, runlean.cli.main as m\n"
        "def broken(*a, **k): raise ZeroDivisionError('no steps')\n"
        "runlean.pipeline.analyze = broken\n"
        f"m.run(['analyze', 'a.mp4', '-o', {str(tmp_path / 'out')!r}])"
    )

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "RUNLEAN_DEBUG": "", "TMPDIR": str(tmp_path), **environment}
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)

    quiet = run()
    assert quiet.returncode == 1
    assert "ZeroDivisionError: no steps" in one_line(quiet)
    [log] = tmp_path.glob("runlean-*.log")
    assert str(log) in quiet.stderr
    assert "Traceback" in log.read_text()
    assert "Traceback" in run(RUNLEAN_DEBUG="1").stderr


def test_models_list_names_what_ships() -> None:
    run = runlean_command("models")
    assert run.returncode == 0
    assert run.stdout.splitlines()[1].split()[0] == "movenet-thunder"


def test_models_check_finds_the_files_as_published() -> None:
    run = runlean_command("models", "check")
    assert run.returncode == 0
    assert run.stdout.count("as published") >= 4


def test_doctor_tells_its_findings_as_json() -> None:
    run = runlean_command("doctor", "--json", "--no-speed-test")
    assert run.returncode == 0
    told = json.loads(run.stdout)
    assert told["runlean"] == runlean.__version__
    assert told["machine"]["cores_usable"] >= 1
    assert "CPUExecutionProvider" in told["providers"]["usable"]
    assert told["faster"]
    assert told["speed"] is None
