"""What a batch says of how far it is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from runlean.archive.job import Job, Outcome
from runlean.cli.batch_progress import BatchListener, LogListener


def outcome(seconds: float, status: str = "done") -> Outcome:
    job = Job("analyse", "a.mp4", "/a.mp4", 1, "1", None, "/archive", {}, "0" * 16)
    return Outcome(job, status, "0" * 64, seconds=seconds, n_frames=10)  # type: ignore[arg-type]


def begun(listener: BatchListener, workers: int, todo: int) -> None:
    listener.begun(todo, SimpleNamespace(name="some workers", workers=workers), "archive")  # type: ignore[arg-type]
    listener.planned(todo, todo, 0)


def test_the_time_left_does_not_reckon_with_the_first_compile():
    listener = BatchListener()
    begun(listener, workers=2, todo=10)
    assert listener.left_s is None
    for seconds in (120.0, 121.0):  # of both workers the first, with networks and kernels
        listener.finished(outcome(seconds))
        assert listener.left_s is None
    listener.finished(outcome(4.0))
    assert listener.left_s == pytest.approx(4.0 * 7 / 2)
    listener.finished(outcome(6.0))
    assert listener.left_s == pytest.approx(5.0 * 6 / 2)


def test_segments_count_towards_the_video_that_they_are_of():
    listener = BatchListener()
    begun(listener, workers=1, todo=3)
    listener.finished(outcome(50.0))
    for seconds, status in ((1.0, "part"), (2.0, "part"), (1.0, "done")):
        listener.finished(outcome(seconds, status))
    assert listener.left_s == pytest.approx(4.0)


@pytest.mark.parametrize(("todo", "said"), [(1, "1 video, some"), (2, "2 videos, some")])
def test_one_video_is_no_videos(capsys, todo, said):
    begun(LogListener(), workers=1, todo=todo)
    assert said in capsys.readouterr().err
