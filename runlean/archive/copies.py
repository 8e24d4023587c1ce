"""Where a worker reads a video: in its place, or in a copy that was fetched from an object store."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runlean.archive.job import Job
from runlean.archive.places import digest_of, fetch, is_address
from runlean.archive.sources import file_name_of


@dataclass(frozen=True, slots=True)
class _Copy:
    """A video that was fetched."""

    location: str
    stamp: str
    path: Path
    video_id: str


class Copies:
    """A worker's copies; that of a long video stays for its next segment."""

    def __init__(self) -> None:
        self._kept: _Copy | None = None
        #: The copy that is open stays for the next job.
        self.keep = False

    @contextmanager
    def opened(self, job: Job) -> Iterator[tuple[Path, str]]:
        """Local path of a job's video and the hash of its content; an address is fetched.

        The copy is dropped at the end, unless ``keep`` was set in between: then it stays until the next job, and
        longer where that is about the same video.
        """
        if not is_address(job.location):
            yield Path(job.location), job.video_id or digest_of(job.location)
            return
        copy, self._kept, self.keep = self._kept, None, False
        if copy is None or (copy.location, copy.stamp) != (job.location, job.stamp):
            _drop(copy)
            copy = _fetched(job)
        try:
            yield copy.path, copy.video_id
        finally:
            if self.keep:
                self._kept = copy
            else:
                _drop(copy)

    def close(self) -> None:
        """Drop what is kept."""
        _drop(self._kept)
        self._kept = None


def _fetched(job: Job) -> _Copy:
    folder = Path(tempfile.mkdtemp(prefix="runlean-"))
    try:
        path = folder / file_name_of(job.path.partition("?")[0])
        return _Copy(job.location, job.stamp, path, fetch(job.location, path))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _drop(copy: _Copy | None) -> None:
    if copy is not None:
        shutil.rmtree(copy.path.parent, ignore_errors=True)
