"""`runlean query` and the report of a dataset, as typed."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import signal
import subprocess
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import runlean
from runlean.archive.commit import commit_video
from runlean.archive.dataset import create_dataset
from runlean.archive.layout import Commit
from runlean.archive.rows import VideoSource, analysis_tables, failure_table
from runlean.archive.sources import KnownSource, SourceJournal
from runlean.cli.main import run as command_line
from runlean.cli.query import Format, encoded

NAMES = ["left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"]
SQL = "SELECT file_name, status, error FROM videos ORDER BY file_name"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = create_dataset(tmp_path_factory.mktemp("dataset") / "archive").folder
    t = np.arange(0, 2, 1 / 30)
    xy = np.zeros((len(t), 6, 2)) + np.array([[0, 0], [0, 0], [5, 40], [5, 40], [0, 80], [0, 80]], float)
    analysis = runlean.analyze_keypoints(xy, t, NAMES)
    journal = SourceJournal(root)
    for number, name in enumerate(("a.mp4", "b <i>.mp4")):
        source = VideoSource(f"{number}" * 64, f"films/{name}", name, 10)
        journal.add(KnownSource(source.path, 10, "1", source.video_id))
        commit = Commit(source.video_id, "0" * 16, "failed" if number else "done")
        if number:
            tables = {"videos": failure_table(source, "0" * 16, {}, "it is <no> video", transient=False)}
            commit_video(root, commit, tables)
        else:
            tables = analysis_tables(source, "0" * 16, analysis, 1.0)
            commit_video(root, commit, tables, analysis.summary.to_json())
    journal.close()
    return root


def run(*args: object) -> subprocess.CompletedProcess[bytes]:
    """The command in this process: `test_exit_status` starts it as users do, which costs a second each time."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in "oe")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as end:
            command_line([*map(str, args)])
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    said = (stream.buffer.getvalue() for stream in (out, err))
    return subprocess.CompletedProcess(args, end.value.code or 0, *said)


def test_every_format_tells_the_same(folder, tmp_path):
    wanted = [("a.mp4", "done", None), ("b <i>.mp4", "failed", "it is <no> video")]
    shown = run("query", folder, SQL)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.decode().splitlines()
    assert lines[0].split() == ["file_name", "status", "error"]
    assert lines[2].split(maxsplit=3)[2:] == ["failed", "it is <no> video"]
    told = json.loads(run("query", folder, SQL, "--format", "json").stdout)
    assert [tuple(row.values()) for row in told] == wanted
    rows = list(csv.DictReader(io.StringIO(run("query", folder, SQL, "--format", "csv").stdout.decode())))
    assert [tuple(row.values()) for row in rows] == [(a, b, c or "") for a, b, c in wanted]
    run("query", folder, SQL, "--format", "parquet", "-o", tmp_path / "answer.parquet")
    assert [tuple(row.values()) for row in pq.read_table(tmp_path / "answer.parquet").to_pylist()] == wanted


def test_columns_of_one_name_are_all_there(folder):
    sql = "SELECT 1 AS n, 2 AS n, 3 AS m"
    table = runlean.open_dataset(folder).query(sql)
    assert table.to_pylist() == [{"n": 1, "n_1": 2, "m": 3}]
    assert [line.split() for line in encoded(table, Format.table).decode().splitlines()[:2]] == [
        ["n", "n_1", "m"],
        ["1", "2", "3"],
    ]


def test_json_has_no_nan_and_a_csv_takes_lists(folder):
    table = runlean.open_dataset(folder).query("SELECT 'nan'::DOUBLE AS x, [1.5, NULL] AS l, {'a': sum(1)} AS s")
    assert json.loads(encoded(table, Format.json), parse_constant=pytest.fail) == [
        {"x": None, "l": [1.5, None], "s": {"a": 1}}
    ]
    [row] = csv.DictReader(io.StringIO(encoded(table, Format.csv).decode()))
    assert (json.loads(row["l"]), json.loads(row["s"])) == ([1.5, None], {"a": 1})


@pytest.mark.parametrize(
    ("args", "status"),
    [(("SELECT x FROM videos",), 2), (("SELECT 1", "--meta", "no.csv"), 2), (("SELECT 1", "-o", "/"), 1)],
)
def test_faults_are_one_line(folder, args, status):
    done = run("query", folder, *args)
    assert done.returncode == status
    assert done.stderr.decode().count("\n") == 1
    assert b"Traceback" not in done.stderr


def test_a_line_of_metadata_that_fits_nothing_is_told(folder, tmp_path):
    (tmp_path / "meta.csv").write_text("file_name,person\na.mp4,Ann\nzz*,Bob\n", encoding="utf-8")
    done = run("query", folder, "SELECT person FROM videos WHERE person = 'Ann'", "--meta", tmp_path / "meta.csv")
    assert done.returncode == 0
    assert b"no video fits zz*" in done.stderr
    assert done.stdout.decode().split() == ["person", "Ann"]


def test_a_dataset_has_a_report_and_so_has_each_video(folder, tmp_path):
    done = run("report", folder)
    assert done.returncode == 0, done.stderr
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "1 videos analysed" in page
    assert "b &lt;i&gt;.mp4" in page
    assert "it is &lt;no&gt; video" in page
    assert run("report", folder, "-o", tmp_path / "new" / "place").returncode == 0
    assert (tmp_path / "new" / "place" / "report.html").read_text(encoding="utf-8") == page
    done = run("report", folder, "--video", "a.mp4", "-o", tmp_path / "a")
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == [
        "frames.parquet", "report.html", "strides.parquet", "summary.json",
    ]  # fmt: skip
    assert run("report", folder, "--video", "zz.mp4").returncode == 1


def test_a_batch_of_nothing_is_wrong_usage(tmp_path):
    for args in (["nowhere", "-o", tmp_path / "out"], [tmp_path, "-o", tmp_path / "out"], [tmp_path]):
        done = run("batch", *args)
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
