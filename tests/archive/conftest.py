"""Datasets made from keypoints that walk no network: real tables, no video."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import runlean
from runlean.analysis import Analysis
from runlean.archive.columns import MAY_DIFFER
from runlean.archive.commit import commit_video
from runlean.archive.dataset import Dataset, create_dataset
from runlean.archive.layout import TABLES, Commit
from runlean.archive.rows import VideoSource, analysis_tables, failure_table
from runlean.archive.sources import KnownSource, SourceJournal
from runlean.clips import clip_path
from runlean.config import NOT_IN_HASH

NAMES = [f"{side}_{joint}" for joint in ("shoulder", "hip", "knee", "ankle") for side in ("left", "right")]
CONFIG = "0123456789abcdef"
Putter = Callable[..., str]


def running(cadence_spm: float = 170.0, seconds: float = 4.0) -> Analysis:
    """Somebody who runs on the spot: legs that swing like a pendulum, enough for contacts to be found."""
    t = np.arange(0, seconds, 1 / 60)
    xy = np.zeros((len(t), len(NAMES), 2))
    bounce = 4 * np.cos(2 * np.pi * cadence_spm / 60 * t)
    for side, phase in (("left", 0.0), ("right", np.pi)):
        swing = np.pi * cadence_spm / 60 * t + phase
        hip, knee = np.array([300.0, 200.0]), np.array([0.0, 80.0])
        thigh, shank = 0.5 * np.sin(swing), 0.5 * np.sin(swing) - 0.4 - 0.35 * np.cos(swing)
        at = {
            "shoulder": hip + np.array([12.0, -110.0]) + np.stack([0 * t, bounce], axis=1),
            "hip": hip + np.stack([0 * t, bounce], axis=1),
        }
        at["knee"] = at["hip"] + np.linalg.norm(knee) * np.stack([np.sin(thigh), np.cos(thigh)], axis=1)
        at["ankle"] = at["knee"] + 75.0 * np.stack([np.sin(shank), np.cos(shank)], axis=1)
        for joint, points in at.items():
            xy[:, NAMES.index(f"{side}_{joint}")] = points
    return runlean.analyze_keypoints(xy, t, NAMES, runner_height_m=1.75)


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    made = running()
    assert made.strides.num_rows > 5
    return made


def id_of(name: str) -> str:
    """The content's hash that a film of this name has in these tests."""
    return hashlib.sha256(name.encode()).hexdigest()


def put_video(dataset: Dataset, name: str, analysis: Analysis | None, config: str = CONFIG) -> str:
    """Commit an analysis, or a failure where there is none, and say where it came from."""
    source = VideoSource(id_of(name), f"/films/{name}", name, 1000)
    if analysis is None:
        commit = Commit(source.video_id, config, "failed")
        row = failure_table(source, config, {}, "it is no video", transient=False)
        commit_video(dataset.folder, commit, {"videos": row})
    else:
        tables = analysis_tables(source, config, analysis, 1.0)
        commit_video(dataset.folder, Commit(source.video_id, config, "done"), tables, analysis.summary.to_json())
    journal = SourceJournal(dataset.folder)
    journal.add(KnownSource(source.path, 1000, "1", source.video_id))
    journal.close()
    return source.video_id


@pytest.fixture(scope="session")
def put() -> Putter:
    return put_video


@pytest.fixture
def dataset(tmp_path: Path, analysis: Analysis) -> Dataset:
    """Three videos and one failure."""
    made = create_dataset(tmp_path / "archive")
    for name in ("P01_pre.mp4", "P01_post.mp4", "P02_pre.mp4"):
        put_video(made, name, analysis)
    put_video(made, "broken.mp4", None)
    return made


@lru_cache(maxsize=1)
def clip_frames() -> list[av.VideoFrame]:
    """Frames of a clip that ships, made small once."""
    with av.open(str(clip_path("ship_tm_right_60"))) as clip:
        source = clip.streams.video[0]
        height = round(source.height * 224 / source.width / 2) * 2
        return [frame.reformat(224, height, "yuv420p") for frame in islice(clip.decode(source), 480)]


def write_film(path: Path, first: int, count: int, width: int, keyframes: int = 250) -> Path:
    """Write some frames of that clip, smaller still."""
    frames = clip_frames()[first : first + count]
    height = round(frames[0].height * width / frames[0].width / 2) * 2
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=60)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "24", "g": str(keyframes)}
        for number, frame in enumerate(frames):
            small = frame.reformat(width, height, "yuv420p")
            small.pts, small.time_base = number, Fraction(1, 60)
            film.mux(stream.encode(small))
        film.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """A folder that the first test process to ask for it fills, for all of them: the others wait until it is whole."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def once(name: str, make: Callable[[Path], None]) -> Path:
        folder, ended = root / name, root / f"{name}.ended"
        try:
            folder.mkdir()
        except FileExistsError:
            until = time.monotonic() + 600
            while not ended.exists() and time.monotonic() < until:
                time.sleep(0.2)
            assert ended.read_text() == "well", f"another process could not make {folder}"
            return folder
        said = "badly"
        try:
            make(folder)
            said = "well"
        finally:
            ended.with_suffix(".new").write_text(said)
            ended.with_suffix(".new").replace(ended)
        return folder

    return once


@pytest.fixture(scope="session")
def films(made_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """Forty-eight short films of which two show strides, with a copy, a broken one and an empty one among them."""
    return made_once("films", write_films)


def write_films(folder: Path) -> None:
    for number in range(45):
        inside = folder / f"day{number % 3}"
        inside.mkdir(exist_ok=True)
        long = number % 20 == 7
        write_film(inside / f"P{number:02d}.mp4", number, 130 if long else 2, 160 if long else 96)
    (folder / "day2" / "again.mp4").write_bytes((folder / "day0" / "P03.mp4").read_bytes())
    (folder / "day1" / "broken.mp4").write_bytes(b"this is no video\n" * 40)
    (folder / "day1" / "empty.mp4").write_bytes(b"")


#: Options under which a short film costs little.
CHEAP = ("--model", "movenet-lightning", "--feet", "off")


def start_batch(*args: object, **options: Any) -> subprocess.Popen[str]:
    """The command in a process group of its own, as a shell starts it."""
    command = [sys.executable, "-m", "runlean", "batch", *map(str, args), *CHEAP, "--json"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **options
    )


def rows_of(folder: Path) -> dict[str, Any]:
    """Everything that two runs over the same videos must agree on, in an order of its own."""
    dataset = Dataset(folder)
    found: dict[str, Any] = {"commits": dataset.commits(), "problems": dataset.problems()}
    for table in TABLES:
        rows = dataset.table(table)
        keys = [k for k in ("video_id", "runner_id", "frame", "stride") if k in rows.column_names]
        kept = rows.select([c for c in rows.column_names if c not in MAY_DIFFER])
        found[table] = kept.sort_by([(k, "ascending") for k in keys])
    for commit in dataset.commits().values():
        if commit.outcome == "done":
            summary = dataset.summary(commit.video_id).model_dump(mode="json")
            for key in ("timing", "device", "runlean_version"):
                del summary[key]
            summary["config"] = {k: v for k, v in summary["config"].items() if k not in NOT_IN_HASH}
            found[commit.video_id] = summary
    found["sources"] = dataset.query("SELECT * FROM sources ORDER BY path").to_pylist()
    return found


class BatchTools:
    """What the tests of batches share."""

    start = staticmethod(start_batch)
    rows = staticmethod(rows_of)
    film = staticmethod(write_film)
    cheap = CHEAP


@pytest.fixture(scope="session")
def tools() -> type[BatchTools]:
    return BatchTools


@pytest.fixture(scope="session")
def undisturbed(films: Path, made_once: Callable[[str, Callable[[Path], None]], Path]) -> dict[str, Any]:
    """Rows of a batch that nobody disturbed."""

    def run(folder: Path) -> None:
        batch = start_batch(films, "-o", folder / "archive")
        out, err = batch.communicate(timeout=600)
        assert batch.returncode == 3, err
        last = json.loads(out.splitlines()[-1])
        assert (last["videos"], last["done"], last["known"], last["failed"]) == (48, 45, 1, 2)

    rows = rows_of(made_once("undisturbed", run) / "archive")
    assert rows["problems"] == []
    assert rows["videos"].num_rows == 47
    assert rows["runners"].num_rows >= 2
    assert rows["strides"].num_rows >= 4
    return rows
