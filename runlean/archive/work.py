"""What a worker does with a job: read, analyse, commit. The same in a process of this machine and on a cluster."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from runlean.archive.commit import commit_video, is_done
from runlean.archive.copies import Copies
from runlean.archive.job import Job, Outcome
from runlean.archive.layout import COMMITS, Commit
from runlean.archive.places import digest_of, found_file, is_address
from runlean.archive.rows import VideoSource, analysis_tables, failure_table
from runlean.archive.sources import file_name_of
from runlean.config import AnalyzeConfig
from runlean.errors import ConfigError, DeviceError, KeypointError, ModelError, OutputError, VideoError

if TYPE_CHECKING:
    from runlean.analysis import Analysis
    from runlean.pose.networks import Networks


#: Of a video that is not what it was when it was listed; said of its path, for which content it was nobody knows.
CHANGED: Final = "the file went away or was changed while it was read"


def unreadable_id(path: str) -> str:
    """Stands for the content's hash where the content cannot be read: a hash of the path."""
    return hashlib.sha256(b"unreadable\0" + path.encode(errors="surrogateescape")).hexdigest()


@dataclass(slots=True)
class Worker:
    """Does one job after the other; its networks stay open in between."""

    _networks: dict[str, Networks] = field(default_factory=dict)
    _copies: Copies = field(default_factory=Copies)

    def perform(self, job: Job) -> Outcome:
        """Do a job. Whatever goes wrong with a video is an outcome, never an exception."""
        begun = time.perf_counter()
        try:
            outcome = self._perform(job)
        except OutputError as error:
            outcome = Outcome(job, "stopped", job.video_id, str(error))
        except (ModelError, DeviceError, ConfigError, KeypointError) as error:
            outcome = Outcome(job, "stopped", job.video_id, str(error))
        return replace(outcome, seconds=time.perf_counter() - begun)

    def close(self) -> None:
        """Drop what was kept for a next job."""
        self._copies.close()

    def _perform(self, job: Job) -> Outcome:
        try:
            if job.action == "read":
                return Outcome(job, "read", digest_of(job.location))
            with self._copies.opened(job) as (path, video_id):
                if job.action in ("segment", "join") and video_id != job.video_id:
                    # in an object store another film lies there by now: its segments are not this one's
                    return failed(job, None, CHANGED, transient=True)
                marker = Commit(video_id, job.config_hash, "done").marker
                if job.video_id is None and (Path(job.dataset) / COMMITS / marker).exists():
                    return Outcome(job, "known", video_id)
                outcome = self._on_content(job, path, video_id)
                self._copies.keep = outcome.status in ("long", "part")
                return outcome
        except VideoError:
            raise
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            if error.errno == errno.ENOSPC:
                raise OutputError(f"{tempfile.gettempdir()}: no space left for a copy of {job.path}") from error
            return failed(job, None, f"cannot be read ({error.strerror or error})", transient=True)

    def _on_content(self, job: Job, path: Path, video_id: str) -> Outcome:
        begun = time.perf_counter()
        try:
            analysis = self._analyse(job, path, video_id)
        except (OutputError, ModelError, DeviceError, ConfigError, KeypointError):
            raise
        except MemoryError:
            return failed(job, video_id, "not enough memory", transient=True)
        except Exception as error:
            if not _is_whole(path, video_id):
                return failed(job, None, CHANGED, transient=True)
            message = str(error) if isinstance(error, VideoError) else f"unexpected {type(error).__name__}: {error}"
            return failed(job, video_id, " ".join(message.replace(str(path), job.path).split()), transient=False)
        if isinstance(analysis, Outcome):
            return analysis
        damaged = any(w.code == "damaged_video" for w in analysis.summary.warnings)
        if (damaged or job.action == "join" or not _as_listed(job)) and not _is_whole(path, video_id):
            # a drive that goes away looks like a file that ends early; segments were read at different times; between
            # listing and reading lies a whole batch
            self._forget_segments(job, video_id)
            return failed(job, None, CHANGED, transient=True)
        timing = analysis.summary.timing
        spent = timing["video_to_pose"] + timing["gait"] if job.action == "join" else time.perf_counter() - begun
        tables = analysis_tables(source_of(job, video_id), job.config_hash, analysis, spent)
        commit = Commit(video_id, job.config_hash, "done")
        commit_video(Path(job.dataset), commit, tables, analysis.summary.to_json())
        self._forget_segments(job, video_id)
        return Outcome(
            job,
            "done",
            video_id,
            n_frames=analysis.summary.source.n_frames,
            n_runners=len(analysis.summary.runners),
            n_contacts=analysis.strides.num_rows,
        )

    def _analyse(self, job: Job, path: Path, video_id: str) -> Analysis | Outcome:
        from runlean.archive.segments import join_pieces_kept, lay_grid, pose_piece
        from runlean.pipeline import analyze

        config = AnalyzeConfig(**job.config)
        if job.action == "analyse":
            grid = lay_grid(job, path, video_id)
            if grid.is_cut:
                return Outcome(job, "long", video_id, n_segments=len(grid.segments))
        networks = self.networks(config)
        if job.action == "segment":
            return Outcome(job, "part", video_id, n_frames=pose_piece(job, path, video_id, config, networks))
        if job.action == "join":
            return join_pieces_kept(job, path, video_id, config, networks)
        return analyze(path, config=config, networks=networks, sha256=video_id)

    @staticmethod
    def _forget_segments(job: Job, video_id: str) -> None:
        if job.action == "join":
            from runlean.archive.segments import drop_pieces

            drop_pieces(job, video_id)

    def networks(self, config: AnalyzeConfig) -> Networks:
        """Networks of a configuration, opened once."""
        from runlean.pose.networks import open_networks

        key = f"{config.hash()} {config.device} {config.tensorrt} {config.threads}"
        if key not in self._networks:
            self._networks.clear()
            self._networks[key] = open_networks(config)
        return self._networks[key]


def source_of(job: Job, video_id: str) -> VideoSource:
    """Which video a job is about, for its rows."""
    return VideoSource(video_id, job.path, file_name_of(job.path.partition("?")[0]), job.size or None)


def failed(job: Job, video_id: str | None, error: str, *, transient: bool) -> Outcome:
    """Commit a failure's row; ``video_id`` None where the content could not be read.

    One that may pass never takes the place of an analysis that is there, of an older configuration for instance.
    """
    row_id = video_id or unreadable_id(job.path)
    outcome: Literal["retry", "failed"] = "retry" if transient else "failed"
    if transient and is_done(Path(job.dataset), row_id):
        return Outcome(job, outcome, video_id, error)
    row = failure_table(source_of(job, row_id), job.config_hash, job.config, error, transient=transient)
    commit_video(Path(job.dataset), Commit(row_id, job.config_hash, outcome), {"videos": row})
    return Outcome(job, outcome, video_id, error)


def _as_listed(job: Job) -> bool:
    """Size and time of a local file are those of the list."""
    if is_address(job.location):
        return True
    now = found_file(job.location)
    return (now.size, now.stamp) == (job.size, job.stamp)


def _is_whole(path: Path, video_id: str) -> bool:
    with contextlib.suppress(OSError):
        return digest_of(str(path)) == video_id
    return False
