"""How a batch goes, for eyes and for machines: bars on a terminal, a plain log elsewhere, JSON lines on request."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from runlean.cli.terminal import notices, results

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from runlean.archive.batch import BatchResult
    from runlean.archive.job import Executor, Outcome

#: Seconds between two lines of the plain log that only say how far it is.
LOG_EVERY_S: Final = 30.0


class BatchListener:
    """Counts; says nothing itself (`--quiet`)."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.frames = self.ended_videos = self.failed = self.todo = 0
        self._workers = 1
        #: Videos that ended after each worker's first, and the seconds that workers spent on them.
        self._later, self._later_s = 0, 0.0

    def begun(self, total: int, executor: Executor, folder: str) -> None:
        """Everything is listed."""
        self._workers = executor.workers
        self.said_begin(total, executor.name, folder)

    def planned(self, total: int, todo: int, failed_before: int) -> None:
        """What is done already is known."""
        self.started, self.todo = time.monotonic(), todo
        self.said_plan(total, todo, failed_before)

    def finished(self, outcome: Outcome) -> None:
        """A video, or a segment of a long one, ended."""
        whole = outcome.status != "part"
        if outcome.job.action != "join":  # its frames were counted with the segments
            self.frames += outcome.n_frames
        if self.ended_videos >= self._workers:
            self._later += whole
            self._later_s += outcome.seconds
        self.ended_videos += whole
        self.failed += outcome.status in ("failed", "retry")
        self.said_outcome(outcome, whole)

    def ended(self, result: BatchResult) -> None:
        """All is done."""

    def said_begin(self, total: int, executor: str, folder: str) -> None:
        """Tell what was found and who does it."""

    def said_plan(self, total: int, todo: int, failed_before: int) -> None:
        """Tell what is to do."""

    def said_outcome(self, outcome: Outcome, whole: bool) -> None:
        """Tell what became of a video."""

    @property
    def frames_per_s(self) -> float:
        """Frames per second since the work began."""
        return self.frames / max(1e-9, time.monotonic() - self.started)

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest will take; None before it can be told.

        Each worker's first video is left out: it waits for networks to open and, once on a machine, for kernels to be
        compiled, which takes minutes.
        """
        if not self._later:
            return None
        return self._later_s / self._later * (self.todo - self.ended_videos) / self._workers


class JsonListener(BatchListener):
    """One JSON object per line on what is stdout when it is made."""

    def __init__(self) -> None:
        super().__init__()
        self._out = sys.stdout

    def _line(self, **fields: Any) -> None:
        print(json.dumps(fields), file=self._out, flush=True)

    def said_begin(self, total: int, executor: str, folder: str) -> None:
        """Tell what was found and who does it."""
        self._line(event="begun", videos=total, executor=executor, dataset=folder)

    def said_plan(self, total: int, todo: int, failed_before: int) -> None:
        """Tell what is to do."""
        self._line(event="planned", videos=total, todo=todo, failed_before=failed_before)

    def said_outcome(self, outcome: Outcome, whole: bool) -> None:
        """Tell what became of a video."""
        self._line(
            event="video" if whole else "segment",
            path=outcome.job.path,
            video_id=outcome.video_id,
            status=outcome.status,
            error=outcome.error,
            seconds=round(outcome.seconds, 3),
            frames=outcome.n_frames,
            runners=outcome.n_runners,
            contacts=outcome.n_contacts,
            done=self.ended_videos,
            todo=self.todo,
        )

    def ended(self, result: BatchResult) -> None:
        """All is done."""
        self._line(
            event="ended",
            videos=result.total,
            done=result.done,
            known=result.known,
            failed=len(result.failures),
            failed_before=len(result.failed_before),
            seconds=round(time.monotonic() - self.started, 3),
        )


class LogListener(BatchListener):
    """A plain log on stderr: failures at once, how far it is now and then; a summary on stdout."""

    def __init__(self) -> None:
        super().__init__()
        self._said = 0.0

    def said_begin(self, total: int, executor: str, folder: str) -> None:
        """Tell what was found and who does it."""
        _log(f"{videos_words(total)}, {executor}, dataset {folder}")

    def said_plan(self, total: int, todo: int, failed_before: int) -> None:
        """Tell what is to do."""
        before = f", {failed_before} failed before (--retry-failed tries them again)" if failed_before else ""
        _log(f"{total - todo - failed_before} done already, {todo} to do{before}")

    def said_outcome(self, outcome: Outcome, whole: bool) -> None:
        """Tell what became of a video."""
        if outcome.status in ("failed", "retry"):
            _log(failure_words(outcome.job.path, outcome.error))
        if time.monotonic() - self._said >= LOG_EVERY_S or self.ended_videos == self.todo:
            self._said = time.monotonic()
            left = f", {duration_words(self.left_s)} left" if self.left_s else ""
            _log(
                f"{self.ended_videos}/{videos_words(self.todo)}, {self.frames_per_s:.0f} frames/s, "
                f"{self.failed} failed{left}"
            )

    def ended(self, result: BatchResult) -> None:
        """All is done."""
        results().print(summary_words(result), soft_wrap=True)


class BarListener(LogListener):
    """A bar on a terminal."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._task: TaskID | None = None

    def said_plan(self, total: int, todo: int, failed_before: int) -> None:
        """Tell what is to do."""
        super().said_plan(total, todo, failed_before)
        self._task = self._progress.add_task("videos", total=todo, rate="", left="", failures="")

    def said_outcome(self, outcome: Outcome, whole: bool) -> None:
        """Tell what became of a video."""
        if outcome.status in ("failed", "retry"):
            self._progress.console.print(failure_words(outcome.job.path, outcome.error), soft_wrap=True)
        if self._task is not None:
            self._progress.update(
                self._task,
                completed=self.ended_videos,
                rate=f"{self.frames_per_s:.0f} frames/s",
                left="" if self.left_s is None else f"{duration_words(self.left_s)} left",
                failures=f"{self.failed} failed" if self.failed else "",
            )


@contextmanager
def batch_listener(quiet: bool, as_json: bool) -> Iterator[BatchListener]:
    """Choose how to tell."""
    console = notices()
    if as_json:
        yield JsonListener()
    elif quiet:
        yield BatchListener()
    elif not console.is_terminal:
        yield LogListener()
    else:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.fields[failures]}", style="red"),
        )
        with Progress(*columns, console=console) as progress:
            yield BarListener(progress)


def summary_words(result: BatchResult) -> str:
    """A batch in one line.

    Examples
    --------
    >>> from runlean.archive.batch import BatchResult
    >>> summary_words(BatchResult(total=3, done=2, failures=[("a.mp4", "no video")]))
    '3 videos: 2 analysed, 1 failed'
    """
    parts = [f"{result.done} analysed"]
    if result.known:
        parts.append(f"{result.known} known already")
    if result.failures:
        parts.append(f"{len(result.failures)} failed")
    if result.failed_before:
        parts.append(f"{len(result.failed_before)} failed before")
    return f"{videos_words(result.total)}: {', '.join(parts)}"


def videos_words(count: int) -> str:
    """Count videos.

    Examples
    --------
    >>> videos_words(1), videos_words(2)
    ('1 video', '2 videos')
    """
    return f"{count} video{'' if count == 1 else 's'}"


def failure_words(path: str, error: str | None) -> str:
    """Which video failed and why; most reasons begin with the path.

    Examples
    --------
    >>> failure_words("a.mp4", "a.mp4: it is empty"), failure_words("a.mp4", "not enough memory")
    ('failed: a.mp4: it is empty', 'failed: a.mp4: not enough memory')
    """
    reason = (error or "").removeprefix(f"{path}: ")
    return f"failed: {path}: {reason}"


def duration_words(seconds: float | None) -> str:
    """Hours and minutes.

    Examples
    --------
    >>> duration_words(3725), duration_words(59)
    ('1 h 02 min', '59 s')
    """
    if seconds is None:
        return "?"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _log(message: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), message, file=sys.stderr, flush=True)
