"""Where everything lies in a dataset: its folders, file names, versions.

::

    DATASET/
      dataset.json                  schema version; written first
      videos/<video_id>.parquet     one row: source, status, error, configuration
      runners/<video_id>.parquet    one row per runner: what he is, means with intervals
      frames/<video_id>.parquet     one row per runner per frame
      strides/<video_id>.parquet    one row per foot contact
      summaries/<video_id>.json     summary.json of the video
      _commits/                     one marker per video: its presence means that the files above are whole
      _staging/                     what is being written
      _segments/                    how long videos are cut, and their segments' pose, until the batch ends
      _index/                       small tables packed together, for fast queries; may be deleted
      _sources.jsonl                which path had which content
      _lock                         held by the batch that runs

What begins with an underscore is runlean's own; Spark, pyarrow and pandas pass over it by themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

#: Changes when a name or a meaning in the layout does.
DATASET_VERSION: Final = 1

TableName = Literal["videos", "runners", "frames", "strides"]
TABLES: Final[tuple[TableName, ...]] = ("videos", "runners", "frames", "strides")
SUMMARIES: Final = "summaries"
COMMITS: Final = "_commits"
STAGING: Final = "_staging"
INDEX: Final = "_index"
SEGMENTS: Final = "_segments"
SOURCES: Final = "_sources.jsonl"
LOCK: Final = "_lock"
HEADER: Final = "dataset.json"

#: ``done``: the tables are there. ``failed``: this content cannot be analysed. ``retry``: it could not be reached, or
#: its worker died; the next run tries again by itself. In the table both of the last are ``failed``.
Outcome = Literal["done", "failed", "retry"]

_MARKER = re.compile(r"(?P<id>[0-9a-f]{64})\.(?P<config>[0-9a-f]{16})\.(?P<outcome>done|failed|retry)\.json")


@dataclass(frozen=True, slots=True)
class Commit:
    """A video's marker; its file name says all that planning needs, so that a listing is enough.

    Attributes
    ----------
    video_id : str
        SHA-256 of the file's content, 64 hexadecimal digits.
    config_hash : str
        Of what its numbers depend on, 16 hexadecimal digits.
    outcome : {'done', 'failed', 'retry'}

    Examples
    --------
    >>> Commit.of_marker(f"{'a' * 64}.{'0' * 16}.done.json").outcome
    'done'
    """

    video_id: str
    config_hash: str
    outcome: Outcome

    @property
    def marker(self) -> str:
        """File name in ``_commits``."""
        return f"{self.video_id}.{self.config_hash}.{self.outcome}.json"

    @classmethod
    def of_marker(cls, name: str) -> Commit | None:
        """Read a marker's name; None for a file that is none."""
        match = _MARKER.fullmatch(name)
        return cls(match["id"], match["config"], match["outcome"]) if match else None  # type: ignore[arg-type]


def table_file(table: str, video_id: str) -> str:
    """Path of a video's file of one table, relative to the dataset.

    Examples
    --------
    >>> table_file("strides", "ab12")
    'strides/ab12.parquet'
    """
    return f"{SUMMARIES}/{video_id}.json" if table == SUMMARIES else f"{table}/{video_id}.parquet"


def all_files(video_id: str) -> tuple[str, ...]:
    """Every file that a video may have, relative to the dataset, ``videos`` last."""
    return tuple(table_file(t, video_id) for t in ("frames", "strides", "runners", SUMMARIES, "videos"))


def folders() -> tuple[str, ...]:
    """Every folder of a dataset."""
    return (*TABLES, SUMMARIES, COMMITS, STAGING, SEGMENTS, INDEX)


def staged_folder(root: Path, video_id: str, nonce: str, whole: bool) -> Path:
    """Folder in which a video's files wait: ``.partial`` while written, ``.ready`` once whole and on the disk."""
    return root / STAGING / f"{video_id}.{nonce}.{'ready' if whole else 'partial'}"


def segment_file(root: Path, video_id: str, config_hash: str, number: int) -> Path:
    """Where the pose of a long video's segment is kept until the video is done; a later run finds it."""
    return root / SEGMENTS / f"{video_id}.{config_hash}.{number}.npz"


def grid_file(root: Path, video_id: str) -> Path:
    """Where it is kept how a long video is cut, as long as its segments are."""
    return root / SEGMENTS / f"{video_id}.grid.npz"
