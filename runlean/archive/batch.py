"""The batch: what is there, what is done already, what is to do, and who does it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from runlean.archive.beforehand import check_meta
from runlean.archive.commit import recover, remove_video
from runlean.archive.dataset import Dataset, create_dataset
from runlean.archive.durable import write_durably
from runlean.archive.job import Action, Executor, Job, JobQueue, Outcome
from runlean.archive.layout import SEGMENTS, Commit
from runlean.archive.lock import dataset_lock
from runlean.archive.meta import META
from runlean.archive.pack import refresh_index
from runlean.archive.places import Found, is_address
from runlean.archive.sources import KnownSource, SourceJournal
from runlean.archive.work import failed, unreadable_id
from runlean.config import AnalyzeConfig
from runlean.errors import OutputError, RunleanError, VideoError

#: So many videos in a row that cannot be reached are no accident: the batch stops instead of failing all others.
LOST_IN_A_ROW: Final = 25
#: The index is brought up to date whenever so many videos have been done, and at the end.
INDEX_EVERY: Final = 1024


class Listener(Protocol):
    """Who is told how the batch goes."""

    def planned(self, total: int, todo: int, failed_before: int) -> None:
        """Everything is listed: ``total`` videos, ``todo`` of them to do, others failed in an earlier run."""

    def finished(self, outcome: Outcome) -> None:
        """A piece of work ended."""


@dataclass(slots=True)
class BatchResult:
    """What became of a batch.

    Attributes
    ----------
    total : int
        Videos that the sources mean.
    done : int
        Analysed in this run.
    known : int
        Were done already, by this or an earlier run, also under another path.
    failures : list of (path, reason)
        Of this run.
    failed_before : list of (path, '')
        Failed in an earlier run and were not tried again.
    """

    total: int = 0
    done: int = 0
    known: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    failed_before: list[str] = field(default_factory=list)


def dataset_config_hash(config: AnalyzeConfig) -> str:
    """Digest of what the numbers depend on; a network that is a file counts by its content."""
    if not os.path.isfile(config.model):
        return config.hash()
    content = Path(config.model).read_bytes()
    return hashlib.sha256(f"{config.hash()} {hashlib.sha256(content).hexdigest()}".encode()).hexdigest()[:16]


def run_batch(
    found: Sequence[Found],
    folder: str | os.PathLike[str],
    config: AnalyzeConfig,
    executor: Executor,
    *,
    retry_failed: bool = False,
    meta: Path | None = None,
    listener: Listener | None = None,
) -> BatchResult:
    """Analyse videos into a dataset; what is there already, with this content and configuration, is not done again.

    Parameters
    ----------
    found : sequence of Found
        From `runlean.archive.listing.find_videos`.
    folder : path
        The dataset; made if it is not there.
    config : AnalyzeConfig
    executor : Executor
    retry_failed : bool
        Try again what failed in an earlier run.
    meta : Path, optional
        CSV of what the lab knows of the videos; a copy is kept in the dataset.
    listener : Listener, optional

    Returns
    -------
    BatchResult

    Raises
    ------
    ConfigError
        The metadata cannot be used, or no video can have a runner that is asked for; nothing was made.
    OutputError
        The dataset cannot be written, or another batch is at work on it. What is done stays.
    VideoError
        The videos cannot be reached any more.
    """
    config.check_for_video()
    if meta is not None:
        check_meta(meta, found)
    missing = [one.path for one in found if one.error is not None]
    if len(missing) >= LOST_IN_A_ROW and len(missing) > len(found) / 2:
        raise VideoError(
            f"{missing[0]}: {len(missing)} of {len(found)} videos are not there; is the drive there? "
            "Nothing was changed: bring it back and run the same command again, or take them out of the list"
        )
    dataset = create_dataset(folder)
    with dataset_lock(dataset.folder):
        try:
            recover(dataset.folder)
            if meta is not None:
                write_durably(dataset.folder / META, meta.read_bytes())
            journal = SourceJournal(dataset.folder)
            try:
                batch = _Batch(dataset, config, journal, retry_failed, listener)
                batch.read_look_alikes(found, executor)
                batch.analyse(found, executor)
            finally:
                with contextlib.suppress(OSError):  # what it lacks is read again; the reason is another error's to tell
                    journal.close()
            batch.tidy()
            refresh_index(dataset)
        except RunleanError:
            raise
        except OSError as error:
            raise OutputError(
                f"{dataset.folder}: the dataset cannot be written ({error.strerror or error}); what is done stays: "
                "free some space or bring the drive back, then run the same command again"
            ) from error
    return batch.result


class _Batch:
    def __init__(
        self,
        dataset: Dataset,
        config: AnalyzeConfig,
        journal: SourceJournal,
        retry_failed: bool,
        listener: Listener | None,
    ) -> None:
        self._dataset, self._journal, self._listener = dataset, journal, listener
        self._retry_failed = retry_failed
        self._config = config.model_dump(mode="json")
        self._hash = dataset_config_hash(config)
        lacking = dataset.incomplete()
        self._commits = {v: c for v, c in dataset.commits().items() if v not in lacking}
        self._root = str(dataset.folder.absolute())
        self._parts: dict[str, int] = {}
        #: Long videos of which the next run goes on with the segments that are there.
        self._unfinished: set[str] = set()
        self._lost = 0
        self.result = BatchResult()

    def read_look_alikes(self, found: Sequence[Found], executor: Executor) -> None:
        """Learn the content of files that another file equals in size: they may be copies of one video."""
        sizes: dict[int, int] = {}
        for one in found:
            sizes[one.size] = sizes.get(one.size, 0) + 1
        self._forget_folders_that_came_back(found)
        unknown = [f for f in found if f.error is None and sizes[f.size] > 1 and self._id_of(f) is None]
        for outcome in executor.run(JobQueue(self._job("read", one, None) for one in unknown)):
            self._count_lost(outcome)
            if outcome.status == "read" and outcome.video_id is not None:
                self._know(outcome)
            elif outcome.status != "retry":
                self._end(outcome)

    def _forget_folders_that_came_back(self, found: Sequence[Found]) -> None:
        """Drop the rows of folders that could not be read in an earlier run and can now."""
        lost = [c.video_id for c in self._commits.values() if c.outcome == "retry"]
        still = {unreadable_id(one.path) for one in found if one.error is not None}
        for row in self._dataset.table("videos", lost).to_pylist() if lost else ():
            if row["video_id"] not in still and row["bytes"] is None and os.path.isdir(row["path"]):
                remove_video(self._dataset.folder, row["video_id"])
                del self._commits[row["video_id"]]

    def analyse(self, found: Sequence[Found], executor: Executor) -> None:
        """Do what is to do."""
        todo = list(self._plan(found))
        self.result.total = len(found)
        if self._listener is not None:
            self._listener.planned(len(found), len(todo), len(self.result.failed_before))
        missing = [one for one, _ in todo if one.error is not None]
        for one in missing:
            self._end(failed(self._job("analyse", one, None), None, one.error or "", transient=True))
        queue = JobQueue(self._job("analyse", one, video_id) for one, video_id in todo if one.error is None)
        for outcome in executor.run(queue):
            self._count_lost(outcome)
            self._continue(outcome, queue)

    def tidy(self) -> None:
        """Drop what a whole batch leaves behind: segments of videos that the next run will not go on with."""
        for path in (self._dataset.folder / SEGMENTS).iterdir():
            if path.name.partition(".")[0] not in self._unfinished:
                path.unlink(missing_ok=True)

    def _plan(self, found: Sequence[Found]) -> Iterator[tuple[Found, str | None]]:
        """Videos to do, with their content's hash where it is known; each content once, under its first path."""
        begun: set[str] = set()
        for one in found:
            video_id = self._id_of(one) if one.error is None else None
            if video_id is not None:
                self._forget_unreadable(one.path)
            commit = self._commits.get(video_id or unreadable_id(one.path))
            if video_id is not None and video_id in begun:
                self.result.known += 1
                continue
            if video_id is not None:
                begun.add(video_id)
                if commit is not None and commit.config_hash == self._hash:
                    if commit.outcome == "done":
                        self.result.known += 1
                        continue
                    if commit.outcome == "failed" and not self._retry_failed:
                        self.result.failed_before.append(one.path)
                        continue
            yield one, video_id

    def _continue(self, outcome: Outcome, queue: JobQueue) -> None:
        """A long video's segments come before anything new, and are joined when the last is there."""
        job = outcome.job
        if outcome.status == "long" and outcome.video_id is not None:
            self._parts[outcome.video_id] = outcome.n_segments
            queue.urgent.extend(
                self._next(job, "segment", outcome.video_id, number) for number in range(outcome.n_segments)
            )
        elif outcome.status == "part" and outcome.video_id is not None:
            if outcome.video_id in self._parts:  # else another segment failed meanwhile, and its video with it
                self._parts[outcome.video_id] -= 1
                if self._parts[outcome.video_id] == 0:
                    queue.urgent.appendleft(self._next(job, "join", outcome.video_id, 0))
            self._tell(outcome)
        elif job.action == "segment" and job.video_id in self._parts:
            # one segment failed, and its video with it: the others are not wanted any more
            del self._parts[job.video_id]
            rest = [waiting for waiting in queue.urgent if waiting.video_id != job.video_id]
            queue.urgent.clear()
            queue.urgent.extend(rest)
            self._end(outcome)
        elif job.action != "segment":
            self._end(outcome)

    def _end(self, outcome: Outcome) -> None:
        job, result = outcome.job, self.result
        if outcome.status == "stopped":
            raise OutputError(outcome.error or "the batch cannot go on")
        if outcome.video_id is not None:
            self._know(outcome)
            self._forget_unreadable(job.path)
        if outcome.status == "retry" and outcome.video_id is not None:
            self._unfinished.add(outcome.video_id)
        if outcome.status == "done":
            result.done += 1
            if result.done % INDEX_EVERY == 0:
                refresh_index(self._dataset)
        elif outcome.status == "known":
            result.known += 1
        else:
            result.failures.append((job.path, outcome.error or ""))
            if outcome.error and outcome.error.startswith("its worker died"):
                failed(job, outcome.video_id, outcome.error, transient=True)  # it could not say so itself
        self._tell(outcome)

    def _count_lost(self, outcome: Outcome) -> None:
        away = outcome.status == "retry" and outcome.video_id is None
        if away:
            row_id = unreadable_id(outcome.job.path)
            self._commits[row_id] = Commit(row_id, outcome.job.config_hash, "retry")
        self._lost = self._lost + 1 if away else 0
        if self._lost >= LOST_IN_A_ROW:
            raise VideoError(
                f"{outcome.job.path}: {self._lost} videos in a row cannot be read; is the drive there? "
                "What is done stays: bring it back and run the same command again"
            )

    def _forget_unreadable(self, path: str) -> None:
        """The content of a path is known: what was said of it while it could not be read goes."""
        lost = unreadable_id(path)
        if lost in self._commits:
            remove_video(self._dataset.folder, lost)
            del self._commits[lost]

    def _know(self, outcome: Outcome) -> None:
        job = outcome.job
        if outcome.video_id is not None and self._journal.find(job.path, job.size, job.stamp) != outcome.video_id:
            self._journal.add(KnownSource(job.path, job.size, job.stamp, outcome.video_id))

    def _id_of(self, one: Found) -> str | None:
        return self._journal.find(one.path, one.size, one.stamp)

    def _tell(self, outcome: Outcome) -> None:
        if self._listener is not None:
            self._listener.finished(outcome)

    def _job(self, action: Action, one: Found, video_id: str | None) -> Job:
        location = one.path if is_address(one.path) else os.path.abspath(one.path)
        return Job(action, one.path, location, one.size, one.stamp, video_id, self._root, self._config, self._hash)

    def _next(self, job: Job, action: Action, video_id: str, number: int) -> Job:
        return Job(
            action, job.path, job.location, job.size, job.stamp, video_id, self._root, self._config, self._hash, number
        )
