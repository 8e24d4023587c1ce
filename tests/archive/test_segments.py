"""A long video: whoever does which segment, and when, the rows are those of `runlean.analyze`."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runlean.archive.batch import run_batch
from runlean.archive.dataset import create_dataset
from runlean.archive.job import Job, Outcome
from runlean.archive.layout import SEGMENTS, segment_file
from runlean.archive.listing import find_videos
from runlean.archive.work import Worker
from runlean.config import AnalyzeConfig
from runlean.gait.landmarks import REQUIRED
from runlean.pipeline import analyze, analyze_keypoints
from runlean.video import grid

CONFIG = AnalyzeConfig(model="movenet-lightning", feet="off", overlay=False, report=False)


@pytest.fixture(scope="module")
def film(tmp_path_factory, tools):
    """Four seconds of running on a treadmill, a keyframe every half second."""
    return tools.film(tmp_path_factory.mktemp("long") / "long.mp4", 0, 240, 224, keyframes=30)


@pytest.fixture(autouse=True)
def every_second(monkeypatch):
    """Cuts about every second, three of them in the film."""
    for name, seconds in {"SEGMENT_S": 1.2, "BEFORE_S": 0.5, "BEHIND_S": 0.2, "LONG_S": 2.0}.items():
        monkeypatch.setattr(grid, name, seconds)


def job_for(film, dataset, config=CONFIG):
    size = film.stat().st_size
    plain = config.model_dump(mode="json")
    return Job("analyse", str(film), str(film), size, "1", None, str(dataset.folder), plain, config.hash())


def same_numbers(dataset, video_id, whole):
    for table in ("frames", "strides"):
        rows = dataset.table(table, [video_id]).drop_columns(["video_id"])
        expected = getattr(whole, table)
        assert rows.column_names == expected.column_names
        for name in rows.column_names:
            a, b = rows[name].combine_chunks(), expected[name].combine_chunks()
            # bit for bit: equal values, and the same places empty or NaN
            assert a.to_numpy(zero_copy_only=False).tobytes() == b.to_numpy(zero_copy_only=False).tobytes() or (
                a.to_pylist() == b.to_pylist()
            ), name
    mine, theirs = (
        {k: v for k, v in s.model_dump(mode="json").items() if k != "timing"}
        for s in (dataset.summary(video_id), whole.summary)
    )
    assert json.dumps(mine, sort_keys=True) == json.dumps(theirs, sort_keys=True)


@pytest.mark.slow
def test_in_segments_by_anybody_in_any_order_the_rows_are_those_of_one_analysis(film, tmp_path, monkeypatch):
    dataset = create_dataset(tmp_path / "archive")
    job = job_for(film, dataset)
    answer = Worker().perform(job)
    assert (answer.status, answer.n_segments) == ("long", 3)
    pieces = [replace(job, action="segment", video_id=answer.video_id, segment=number) for number in range(3)]
    # one is left over from another runlean's run
    stale = segment_file(dataset.folder, answer.video_id, job.config_hash, 1)
    np.savez(stale, note=np.array(json.dumps({"complete": True, "runlean_version": "0.0", "segment": {}})))
    # by other workers, in another order, one of them twice
    for number in (2, 0, 1, 0):
        outcome = Worker().perform(pieces[number])
        assert (outcome.status, outcome.n_frames) == ("part", (90, 90, 60)[number])
    assert Worker().perform(replace(job, action="join", video_id=answer.video_id)).status == "done"
    assert list((dataset.folder / SEGMENTS).iterdir()) == []
    seen = []
    whole = analyze(film, config=CONFIG, progress=lambda *told: seen.append(told))
    assert whole.strides.num_rows >= 8
    assert whole.frames.num_rows >= 235
    same_numbers(dataset, answer.video_id, whole)
    posed = [(done, total) for stage, done, total in seen if stage == "pose"]
    assert posed[-1] == (240, 240)
    assert all(a <= b for (a, _), (b, _) in itertools.pairwise(posed))
    assert whole.summary.timing["network"] > 0
    # and near what one uncut look at the film says
    monkeypatch.setattr(grid, "LONG_S", np.inf)
    uncut = analyze(film, config=CONFIG)
    assert len(whole.summary.runners) == len(uncut.summary.runners) == 1
    assert whole.frames["frame"].to_pylist() == uncut.frames["frame"].to_pylist()
    contacts = [table["contact_s"].to_numpy() for table in (whole.strides, uncut.strides)]
    assert np.abs(np.subtract(*contacts)).max() < 0.015
    lean = np.subtract(*(table["trunk_lean_deg"].to_numpy() for table in (whole.frames, uncut.frames)))
    assert np.sqrt(np.nanmean(lean**2)) < 0.7


@pytest.mark.slow
def test_a_video_that_lacks_pictures_is_read_in_one_pass_both_ways(film, tmp_path, damaged_middle):
    broken = damaged_middle(film, tmp_path / "broken.mp4")
    dataset = create_dataset(tmp_path / "archive")
    job = job_for(broken, dataset)
    answer = Worker().perform(job)
    assert (answer.status, answer.n_segments) == ("long", 2)
    worker = Worker()
    spent = []
    for number in (0, 1):
        outcome = worker.perform(replace(job, action="segment", video_id=answer.video_id, segment=number))
        assert outcome.status == "part"
        spent.append(outcome.seconds)
    assert spent[1] < 0.2 * spent[0], "the other is not posed any more"
    assert worker.perform(replace(job, action="join", video_id=answer.video_id)).status == "done"
    whole = analyze(broken, config=CONFIG)
    assert "damaged_video" in {w.code for w in whole.summary.warnings}
    assert whole.strides.num_rows >= 4
    same_numbers(dataset, answer.video_id, whole)


def test_a_video_that_changes_between_two_segments_is_tried_again(film, tmp_path, monkeypatch):
    mine = tmp_path / "film.mp4"
    mine.write_bytes(film.read_bytes())
    dataset = create_dataset(tmp_path / "archive")
    job = job_for(mine, dataset)
    worker = Worker()
    answer = worker.perform(job)
    left = segment_file(dataset.folder, answer.video_id, job.config_hash, 0)
    left.write_bytes(b"pose of the old content")
    mine.write_bytes(film.read_bytes()[:-1])

    def joined(*_: object) -> object:
        return analyze_keypoints(np.full((60, 6, 2), np.nan), np.arange(60) / 30.0, REQUIRED)

    monkeypatch.setattr("runlean.archive.segments.join_pieces_kept", joined)
    outcome = worker.perform(replace(job, action="join", video_id=answer.video_id))
    assert (outcome.status, outcome.error) == ("retry", "the file went away or was changed while it was read")
    assert not left.exists()


class Scripted:
    """Answers jobs on a long video as two workers would: the second dies over a segment that the first gets done."""

    name, workers = "scripted", 2

    def __init__(self, dies: bool) -> None:
        self.dies, self.jobs = dies, []

    def run(self, queue):
        while (job := queue.take()) is not None:
            self.jobs.append((job.action, job.segment))
            if job.action == "analyse":
                yield Outcome(job, "long", "ab" * 32, n_segments=3)
            elif job.action == "join":
                yield Outcome(job, "done", job.video_id)
            elif self.dies and job.segment == 1:
                other = queue.take()  # in hand while its neighbour's worker dies
                yield Outcome(job, "retry", job.video_id, "its worker died 3 times (signal 9; out of memory?)")
                piece = segment_file(Path(job.dataset), job.video_id, job.config_hash, other.segment)
                piece.write_bytes(b"pose")
                yield Outcome(other, "part", job.video_id)
            else:
                yield Outcome(job, "part", job.video_id)


def test_a_segment_that_fails_is_one_failure_and_what_the_others_did_stays(film, tmp_path):
    found, folder = find_videos([str(film)]), tmp_path / "archive"
    dying = Scripted(dies=True)
    result = run_batch(found, folder, CONFIG, dying)
    assert dying.jobs == [("analyse", 0), ("segment", 0), ("segment", 1)]
    assert [reason for _, reason in result.failures] == ["its worker died 3 times (signal 9; out of memory?)"]
    assert [path.name.split(".")[-2] for path in (folder / SEGMENTS).iterdir()] == ["2"]
    again = Scripted(dies=False)
    assert run_batch(found, folder, CONFIG, again).done == 1
    assert again.jobs == [("analyse", 0), *(("segment", i) for i in range(3)), ("join", 0)]
    assert list((folder / SEGMENTS).iterdir()) == []


@pytest.fixture
def damaged_middle():
    """Overwrites one keyframe in the middle of a film."""
    import av

    def damage(film, target):
        with av.open(str(film)) as container:
            keys = [(p.pos, p.size) for p in container.demux(video=0) if p.size and p.is_keyframe]
        at, size = keys[3]
        data = bytearray(film.read_bytes())
        data[at : at + size] = bytes(size)
        target.write_bytes(data)
        return target

    return damage
