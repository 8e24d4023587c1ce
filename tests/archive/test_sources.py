"""What sources mean, and what becomes of videos that cannot be read."""

from __future__ import annotations

import os
import shutil
import types
from pathlib import Path
from typing import Any

import pytest

from runlean.archive import copies, work
from runlean.archive.batch import LOST_IN_A_ROW, run_batch
from runlean.archive.dataset import Dataset
from runlean.archive.job import Job, JobQueue
from runlean.archive.listing import find_videos
from runlean.archive.places import fetch
from runlean.archive.sources import SourceJournal
from runlean.archive.work import Worker
from runlean.config import AnalyzeConfig
from runlean.errors import ConfigError, OutputError, VideoError
from runlean.video import grid

CONFIG = AnalyzeConfig(model="movenet-lightning", feet="off", overlay=False, report=False, threads=1)


class Here:
    """Works in this process, one job at a time: the same worker, no processes."""

    name = "this process"
    workers = 1

    def __init__(self) -> None:
        self.worker = Worker()
        self.jobs: list[Any] = []

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, queue: JobQueue) -> Any:
        while (job := queue.take()) is not None:
            self.jobs.append(job)
            yield self.worker.perform(job)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "b.MP4", "a.mov", "notes.txt", "day1/c.mkv", "day1/.hidden.mp4", ".trash/d.mp4",
        "a.mov.runlean/overlay.mp4", "old/summary.json", "old/overlay.mp4", "set/dataset.json", "set/x.mp4",
    ):  # fmt: skip
        path = tmp_path / "films" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "films"


def names(sources: list[object], tree: Path) -> list[str]:
    return [os.path.relpath(one.path, tree) for one in find_videos([str(s) for s in sources])]


def test_folders_patterns_and_lists(tree):
    assert names([tree], tree) == ["a.mov", "b.MP4", "day1/c.mkv"]
    assert names([tree / "**" / "*.mkv"], tree) == ["day1/c.mkv"]
    assert names([tree / "day1", tree / "day1" / "c.mkv", tree], tree) == ["day1/c.mkv", "a.mov", "b.MP4"]
    (tree / "some.txt").write_text("# Monday\nb.MP4\n\nday1\nmissing.mp4\n", encoding="utf-8")
    found = find_videos([str(tree / "some.txt")])
    assert [os.path.relpath(one.path, tree) for one in found] == ["b.MP4", "day1/c.mkv", "missing.mp4"]
    assert [one.error is None for one in found] == [True, True, False]


def test_folders_come_by_name_so_that_a_copy_bears_the_name_of_the_first_day(tree):
    for name in ("day2/a.mp4", "day10/a.mp4", "day1/x/a.mp4"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_bytes(name.encode())
    assert names([tree], tree) == ["a.mov", "b.MP4", "day1/c.mkv", "day1/x/a.mp4", "day10/a.mp4", "day2/a.mp4"]


@pytest.mark.parametrize("source", ["nowhere", "nowhere/*.mp4", "old"])
def test_a_source_that_means_nothing_is_wrong_usage(tree, source):
    with pytest.raises(ConfigError):
        find_videos([str(tree / source / "x") if source == "old" else str(tree / source)])


def test_a_failure_is_one_row_and_content_is_what_counts(tree, tmp_path):
    """No file here is a video: every content fails once, under the first of its names."""
    (tree / "copy.mp4").write_bytes((tree / "b.MP4").read_bytes())
    (tree / "some.txt").write_text("missing.mp4\n", encoding="utf-8")
    sources = [str(tree), str(tree / "some.txt")]
    result = run_batch(find_videos(sources), tmp_path / "out", CONFIG, Here())
    assert (result.total, result.done, result.known, len(result.failures)) == (5, 0, 1, 4)
    dataset = Dataset(tmp_path / "out")
    rows = dataset.query("SELECT file_name, status, transient, error FROM videos ORDER BY 1").to_pylist()
    assert [(r["file_name"], r["transient"]) for r in rows] == [
        ("a.mov", False), ("b.MP4", False), ("c.mkv", False), ("missing.mp4", True),
    ]  # fmt: skip
    assert all(r["status"] == "failed" and r["error"] for r in rows)
    assert dataset.query("SELECT count(*) n, count(DISTINCT video_id) k FROM sources").to_pylist() == [{"n": 4, "k": 3}]
    again = Here()
    result = run_batch(find_videos(sources), tmp_path / "out", CONFIG, again)
    assert again.jobs == []
    assert len(result.failed_before) == 3
    assert [reason for _, reason in result.failures] == ["cannot be read (No such file or directory)"]
    # found again, changed, renamed: only what is new to the dataset is looked at
    (tree / "missing.mp4").write_bytes(b"back")
    (tree / "a.mov").write_bytes(b"another take")
    (tree / "b.MP4").rename(tree / "e.mp4")
    third = Here()
    result = run_batch(find_videos(sources), tmp_path / "out", CONFIG, third)
    assert sorted(os.path.basename(j.path) for j in third.jobs if j.action == "analyse") == ["a.mov", "missing.mp4"]
    rows = dataset.query("SELECT file_name, transient FROM videos ORDER BY 1").to_pylist()
    assert [r["file_name"] for r in rows] == ["a.mov", "a.mov", "b.MP4", "c.mkv", "missing.mp4"]
    assert not any(r["transient"] for r in rows)
    assert dataset.problems() == []
    fourth = Here()
    run_batch(find_videos(sources), tmp_path / "out", CONFIG, fourth, retry_failed=True)
    # the first take of a.mov is nowhere any more; its row stays
    assert len([j for j in fourth.jobs if j.action == "analyse"]) == 4


def test_a_name_that_is_no_utf8_is_a_video_like_any_other(tmp_path):
    film = tmp_path / os.fsdecode(b"M\xfcller.mp4")
    film.write_bytes(b"no video")
    for _ in range(2):
        result = run_batch(find_videos([str(tmp_path)]), tmp_path / "out", CONFIG, Here())
        assert (result.total, len(result.failures) + len(result.failed_before)) == (1, 1)
    dataset = Dataset(tmp_path / "out")
    for table in ("videos", "sources"):
        assert dataset.query(f"SELECT file_name FROM {table}")["file_name"].to_pylist() == ["M\ufffdller.mp4"]


def test_a_film_with_such_a_name_is_measured(films, tmp_path):
    film = tmp_path / os.fsdecode(b"M\xfcller.mp4")
    film.write_bytes((films / "day0" / "P03.mp4").read_bytes())
    assert run_batch(find_videos([str(film)]), tmp_path / "out", CONFIG, Here()).failures == []


def test_the_copy_of_the_metadata_may_be_given_again(tree, tmp_path):
    meta = tmp_path / "meta.csv"
    meta.write_text("file,person\nc.mkv,Ann\n", encoding="utf-8")
    for given in (meta, tmp_path / "out" / "meta.csv"):
        run_batch(find_videos([str(tree / "day1")]), tmp_path / "out", CONFIG, Here(), meta=given)
        assert (tmp_path / "out" / "meta.csv").read_bytes() == meta.read_bytes()


def test_a_link_that_leads_back_up_is_not_followed(tree):
    before = names([tree], tree)
    (tree / "day1" / "up").symlink_to(tree, target_is_directory=True)
    assert names([tree], tree) == before


def test_a_folder_below_that_cannot_be_read_is_one_failure(tree, tmp_path, monkeypatch):
    real, shut = os.scandir, {str(tree / "day1")}

    def scandir(path: Any) -> Any:
        if str(path) in shut:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    result = run_batch(find_videos([str(tree)]), tmp_path / "out", CONFIG, Here())
    assert (str(tree / "day1"), "the folder cannot be read (Permission denied)") in result.failures
    assert sorted(os.path.basename(path) for path, _ in result.failures) == ["a.mov", "b.MP4", "day1"]
    rows = Dataset(tmp_path / "out").query("SELECT file_name, status, transient FROM videos ORDER BY 1").to_pylist()
    assert rows[-1] == {"file_name": "day1", "status": "failed", "transient": True}
    # a folder that was named itself is another matter
    with pytest.raises(VideoError, match="the folder cannot be read"):
        find_videos([str(tree / "day1")])
    # once it can be read, its videos come in and its own row goes
    shut.clear()
    run_batch(find_videos([str(tree)]), tmp_path / "out", CONFIG, Here())
    rows = Dataset(tmp_path / "out").query("SELECT file_name FROM videos ORDER BY 1").to_pylist()
    assert [r["file_name"] for r in rows] == ["a.mov", "b.MP4", "c.mkv"]


def test_a_drive_that_goes_away_stops_the_batch_and_costs_nothing(tmp_path):
    films = tmp_path / "drive"
    films.mkdir()
    for number in range(LOST_IN_A_ROW + 10):
        (films / f"{number:03d}.mp4").write_bytes(b"x" * (number + 1))
    found = find_videos([str(films)])
    films.rename(tmp_path / "unplugged")
    with pytest.raises(VideoError, match="is the drive there"):
        run_batch(found, tmp_path / "out", CONFIG, Here())
    (tmp_path / "unplugged").rename(films)
    result = run_batch(find_videos([str(films)]), tmp_path / "out", CONFIG, Here())
    assert len(result.failures) == LOST_IN_A_ROW + 10
    rows = Dataset(tmp_path / "out").table("videos")
    assert rows["transient"].to_pylist() == [False] * (LOST_IN_A_ROW + 10)


def junk(folder: Path, count: int) -> Path:
    """A list of files that are no videos, each of another size."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:03d}.mp4").write_bytes(b"x" * (number + 1))
    listed = folder.parent / "films.txt"
    listed.write_text("".join(f"{folder}/{number:03d}.mp4\n" for number in range(count)))
    return listed


def test_a_list_of_a_drive_that_is_away_changes_nothing(tmp_path):
    listed = junk(tmp_path / "drive", LOST_IN_A_ROW + 5)
    run_batch(find_videos([str(listed)]), tmp_path / "out", CONFIG, Here())
    before = Dataset(tmp_path / "out").table("videos").to_pylist()
    (tmp_path / "drive").rename(tmp_path / "unplugged")
    with pytest.raises(VideoError, match="is the drive there"):
        run_batch(find_videos([str(listed)]), tmp_path / "out", CONFIG, Here())
    assert Dataset(tmp_path / "out").table("videos").to_pylist() == before


def test_what_was_said_of_a_file_while_it_was_away_goes_when_it_is_back(tmp_path):
    listed = junk(tmp_path / "drive", 3)
    run_batch(find_videos([str(listed)]), tmp_path / "out", CONFIG, Here())
    before = Dataset(tmp_path / "out").table("videos").to_pylist()
    (tmp_path / "drive").rename(tmp_path / "unplugged")
    run_batch(find_videos([str(listed)]), tmp_path / "out", CONFIG, Here())
    assert Dataset(tmp_path / "out").table("videos").num_rows == 6
    (tmp_path / "unplugged").rename(tmp_path / "drive")
    run_batch(find_videos([str(listed)]), tmp_path / "out", CONFIG, Here())
    assert Dataset(tmp_path / "out").table("videos").to_pylist() == before


def test_a_fault_while_look_alikes_are_told_apart_leaves_no_row(tmp_path, monkeypatch):
    junk(tmp_path / "drive", 1)
    (tmp_path / "drive" / "other.mp4").write_bytes(b"y")
    faults = [OSError(5, "Input/output error")]
    real = work.digest_of

    def digest(location: str) -> str:
        if faults:
            raise faults.pop()
        return real(location)

    monkeypatch.setattr(work, "digest_of", digest)
    run_batch(find_videos([str(tmp_path / "drive")]), tmp_path / "out", CONFIG, Here())
    rows = Dataset(tmp_path / "out").table("videos").to_pylist()
    assert [r["transient"] for r in rows] == [False, False]


def test_a_drive_that_goes_away_stops_the_batch_also_where_the_content_is_known(tmp_path, monkeypatch):
    listed = junk(tmp_path / "drive", LOST_IN_A_ROW + 5)
    run_batch(find_videos([str(listed)]), tmp_path / "out", CONFIG, Here())
    found = find_videos([str(listed)])
    (tmp_path / "drive").rename(tmp_path / "unplugged")
    monkeypatch.setattr(Worker, "networks", lambda *_: None)
    with pytest.raises(VideoError, match="is the drive there"):
        run_batch(found, tmp_path / "out", CONFIG.model_copy(update={"runner_height_m": 1.5}), Here())


def test_a_failure_that_may_pass_never_takes_the_place_of_an_analysis(dataset, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(dataset.folder, out)
    before = Dataset(out).commits()
    video_id = next(v for v, commit in before.items() if commit.outcome == "done")
    job = Job("analyse", "film.mp4", "/film.mp4", 3, "1", video_id, str(out), CONFIG.model_dump(mode="json"), "0" * 16)
    assert work.failed(job, video_id, work.CHANGED, transient=True).status == "retry"
    assert Dataset(out).commits() == before


def test_a_film_that_was_exported_anew_since_it_was_listed_is_not_its_old_content(dataset, tmp_path, monkeypatch):
    film = tmp_path / "film.mp4"
    film.write_bytes(b"new")
    analysis = types.SimpleNamespace(summary=types.SimpleNamespace(warnings=[]))
    monkeypatch.setattr(Worker, "networks", lambda *_: None)
    monkeypatch.setattr("runlean.pipeline.analyze", lambda *_, **__: analysis)
    old = Job(
        "analyse", str(film), str(film), 3, "1", "0" * 64, str(dataset.folder), CONFIG.model_dump(mode="json"), "hash"
    )
    monkeypatch.setattr(work, "commit_video", lambda *_: None)
    outcome = Worker().perform(old)
    assert (outcome.status, outcome.error) == ("retry", work.CHANGED)


def test_a_file_that_shrinks_while_it_is_read_is_no_failure_of_the_content(films, tmp_path, monkeypatch):
    film = tmp_path / "film.mp4"
    film.write_bytes((films / "day0" / "P00.mp4").read_bytes())

    def gone(*_: object, **__: object) -> None:
        film.write_bytes(b"")
        raise VideoError("cannot be read")

    monkeypatch.setattr("runlean.pipeline.analyze", gone)
    run_batch(find_videos([str(film)]), tmp_path / "out", CONFIG, Here())
    rows = Dataset(tmp_path / "out").table("videos").to_pylist()
    assert [r["transient"] for r in rows] == [True]
    assert [r["error"] for r in rows] == ["the file went away or was changed while it was read"]


def test_a_full_disk_ends_the_batch_with_what_is_done(films, tmp_path, monkeypatch):
    calls = []

    def full(*args: Any, **options: Any) -> None:
        calls.append(args)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        real(*args, **options)

    from runlean.archive import commit

    real = commit.write_table
    monkeypatch.setattr(commit, "write_table", full)
    broken = tmp_path / "films"
    broken.mkdir()
    for number in range(3):
        (broken / f"{number}.mp4").write_bytes(b"no" * (number + 1))
    with pytest.raises(OutputError, match="No space left"):
        run_batch(find_videos([str(broken)]), tmp_path / "out", CONFIG, Here())
    assert len(Dataset(tmp_path / "out").commits()) == 1


def test_a_disk_that_fills_up_under_the_batch_itself_is_said_in_one_line(tmp_path, monkeypatch):
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SourceJournal, "add", full)
    listed = junk(tmp_path / "drive", 2)
    with pytest.raises(OutputError, match=r"No space left.*what is done stays"):
        run_batch(find_videos([str(listed)]), tmp_path / "out", CONFIG, Here())


def test_a_journal_that_was_cut_short_is_mended(tmp_path, dataset):
    path = dataset.folder / "_sources.jsonl"
    whole = path.read_text()
    path.write_text(whole[:-20])
    journal = SourceJournal(dataset.folder)
    assert len(journal.known) == len(whole.splitlines()) - 1
    journal.close()
    assert all(line.endswith("]") for line in path.read_text().splitlines())


@pytest.mark.slow
def test_videos_in_an_object_store(films, tmp_path, monkeypatch, tools):
    pytest.importorskip("moto.server")
    from moto.server import ThreadedMotoServer
    from pyarrow import fs

    for name, value in (
        ("AWS_ACCESS_KEY_ID", "testing"), ("AWS_SECRET_ACCESS_KEY", "testing"), ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        store = fs.S3FileSystem(endpoint_override=f"{host}:{port}", scheme="http", allow_bucket_creation=True)
        store.create_dir("lab")
        for name in ("day1/P00.mp4", "day1/P03.mp4", "day2/P06.mp4", "day2/notes.txt"):
            with store.open_output_stream(f"lab/{name}") as out:
                out.write((films / "day0" / Path(name).name).read_bytes() if name.endswith("mp4") else b"x")
        options = f"?endpoint_override={host}:{port}&scheme=http"
        assert len(find_videos([f"s3://lab/day1{options}"])) == 2
        assert len(find_videos([f"s3://lab/*/P0[36].mp4{options}"])) == 2
        sources = [f"s3://lab/{options}"]
        result = run_batch(find_videos(sources), tmp_path / "out", CONFIG, Here())
        assert (result.total, result.done, result.failures) == (3, 3, [])
        rows = Dataset(tmp_path / "out").query("SELECT file_name, path FROM videos ORDER BY 1").to_pylist()
        assert [r["file_name"] for r in rows] == ["P00.mp4", "P03.mp4", "P06.mp4"]
        assert rows[0]["path"].startswith("s3://lab/day1/P00.mp4")
        again = Here()
        assert run_batch(find_videos(sources), tmp_path / "out", CONFIG, again).known == 3
        assert again.jobs == []
        with store.open_output_stream("lab/long.mp4") as out:
            out.write(tools.film(tmp_path / "long.mp4", 0, 60, 96, keyframes=20).read_bytes())
        fetched: list[Any] = []
        monkeypatch.setattr(copies, "fetch", lambda *place: fetched.append(place) or fetch(*place))
        for name in ("LONG_S", "SEGMENT_S", "BEFORE_S", "BEHIND_S"):
            monkeypatch.setattr(grid, name, 1e-3)
        here = Here()
        result = run_batch(find_videos([f"s3://lab/long.mp4{options}"]), tmp_path / "long", CONFIG, here)
        assert (result.total, result.done, result.failures) == (1, 1, [])
        assert [job.action for job in here.jobs] == ["analyse", "segment", "segment", "segment", "join"]
        assert len(fetched) == 1, "all its segments read one copy"
        assert not Path(str(fetched[0][1])).parent.exists()
        with pytest.raises(ConfigError, match="without a password"):
            find_videos(["s3://key:secret@lab/day1"])
    finally:
        server.stop()
