"""What is handed to a worker, what comes back, and the queue between planning and whoever does the work."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

#: A worker may die this often over one job; then the video is a failure that the next run tries again.
ATTEMPTS: Final = 3

Action = Literal["read", "analyse", "segment", "join"]
#: ``read``: only the content's hash was asked for. ``known``: the content had been analysed already, under another
#: path. ``long``: too long for one pass; jobs for its segments must follow. ``part``: one of them is done.
#: ``stopped``: nothing can go on (disk full, network missing).
Status = Literal["done", "failed", "retry", "read", "known", "long", "part", "stopped"]


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work on one video.

    Attributes
    ----------
    action : {'read', 'analyse', 'segment', 'join'}
    path : str
        As given.
    location : str
        Absolute path or address.
    size, stamp
        Of the file when it was listed.
    video_id : str or None
        None while its content was not read.
    dataset : str
    config : dict
        Of `AnalyzeConfig`.
    config_hash : str
    segment : int
        Which one, for 'segment'.
    """

    action: Action
    path: str
    location: str
    size: int
    stamp: str
    video_id: str | None
    dataset: str
    config: dict[str, Any]
    config_hash: str
    segment: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job.

    Attributes
    ----------
    job : Job
    status : str
    video_id : str or None
        None where the content could not be read.
    error : str or None
    seconds : float
        Wall time of the work.
    n_frames, n_runners, n_contacts : int
    n_segments : int
        For 'long'.
    """

    job: Job
    status: Status
    video_id: str | None
    error: str | None = None
    seconds: float = 0.0
    n_frames: int = 0
    n_runners: int = 0
    n_contacts: int = 0
    n_segments: int = 0


@dataclass(slots=True)
class JobQueue:
    """Jobs that wait: those that continue something begun first, the others as they are wanted."""

    fresh: Iterator[Job]
    urgent: deque[Job] = field(default_factory=deque)

    def take(self) -> Job | None:
        """Return the next job; None where there is none now (one may come when a running job ends)."""
        return self.urgent.popleft() if self.urgent else next(self.fresh, None)


class Executor(AbstractContextManager["Executor"], Protocol):
    """Who does the work: processes of this machine, or a cluster's."""

    @property
    def name(self) -> str:
        """What it is, for people."""
        ...

    @property
    def workers(self) -> int:
        """How many jobs it does at a time."""
        ...

    def run(self, queue: JobQueue) -> Iterator[Outcome]:
        """Take jobs as workers come free, never more than there are workers; give outcomes as they come.

        The caller may put further jobs into the queue between two outcomes. Ends when nothing runs and nothing waits.
        """
        ...
