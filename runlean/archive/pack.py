"""The index: small tables of many videos packed into few files, so that a query opens dozens and not thousands.

The per-video files stay the truth. A part of the index covers some markers, each named with the time it was written;
it counts while all of them are current and no other part covers one of them. Parts may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from runlean.archive.columns import dataset_schema
from runlean.archive.durable import write_durably
from runlean.archive.layout import COMMITS, INDEX, Commit, TableName, table_file

if TYPE_CHECKING:
    from runlean.archive.dataset import Dataset

PACKED: Final[tuple[TableName, ...]] = ("videos", "runners", "strides")
#: Videos in one part.
MOST: Final = 1024
#: Parts of fewer videos than this are packed again together with new ones.
SMALL: Final = 256
#: Tables of single videos that are in memory at once while a part is written.
_AT_ONCE: Final = 64
#: So many videos without a part are read from their own files.
LOOSE: Final = 64


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name, and the stamps of the videos in it."""

    name: str
    stamps: dict[str, str]

    def file(self, root: Path, table: str) -> Path:
        """Its Parquet file of one table."""
        return root / INDEX / f"{self.name}.{table}.parquet"


def stamps_of(dataset: Dataset) -> dict[str, str]:
    """Marker and time of writing by ``video_id``: changes whenever the video is committed anew."""
    single = dataset.commits()
    found = {}
    for entry in os.scandir(dataset.folder / COMMITS):
        commit = Commit.of_marker(entry.name)
        if commit is not None and single.get(commit.video_id) == commit:
            with contextlib.suppress(FileNotFoundError):
                found[commit.video_id] = f"{entry.name}@{entry.stat().st_mtime_ns}"
    return dict(sorted(found.items()))


def current_parts(root: Path, stamps: dict[str, str]) -> tuple[list[Part], list[Part]]:
    """Parts that count, and parts that do not."""
    good, stale = [], []
    covered: set[str] = set()
    for path in sorted((root / INDEX).glob("*.json")):
        try:
            part = Part(path.stem, json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
        whole = all(part.file(root, table).is_file() for table in PACKED)
        fresh = all(stamps.get(v) == s for v, s in part.stamps.items())
        if whole and fresh and covered.isdisjoint(part.stamps):
            covered.update(part.stamps)
            good.append(part)
        else:
            stale.append(part)
    return good, stale


def packed_files(dataset: Dataset, table: TableName) -> list[Path]:
    """Few files that hold a whole table; the index is brought up to date first where that pays."""
    if table not in PACKED:
        return dataset.files(table)
    root = dataset.folder
    stamps = stamps_of(dataset)
    parts, _ = current_parts(root, stamps)
    loose = sorted(set(stamps) - {v for part in parts for v in part.stamps})
    if len(loose) > LOOSE and os.access(root / INDEX, os.W_OK):
        refresh_index(dataset)
        stamps = stamps_of(dataset)
        parts, _ = current_parts(root, stamps)
        loose = sorted(set(stamps) - {v for part in parts for v in part.stamps})
    return [part.file(root, table) for part in parts] + dataset.files(table, loose)


def refresh_index(dataset: Dataset) -> int:
    """Pack every video that is not in a part that counts; returns how many were packed."""
    root = dataset.folder
    (root / INDEX).mkdir(exist_ok=True)
    stamps = stamps_of(dataset)
    parts, stale = current_parts(root, stamps)
    kept = {v for part in parts if len(part.stamps) >= SMALL for v in part.stamps}
    rest = sorted(set(stamps) - kept)
    if len(rest) <= sum(len(part.stamps) for part in parts if len(part.stamps) < SMALL) and not stale:
        return 0
    for start in range(0, len(rest), MOST):
        _write_part(root, {v: stamps[v] for v in rest[start : start + MOST]})
    for part in [*stale, *(p for p in parts if len(p.stamps) < SMALL)]:
        _remove_part(root, part)
    return len(rest)


def read_files(files: Sequence[Path], table: TableName) -> pa.Table:
    """Read and join Parquet files of one table; columns that one of them lacks are null there."""
    tables = [pq.ParquetFile(path).read() for path in files]
    empty = dataset_schema(table).empty_table()
    if not tables:
        return empty
    return pa.concat_tables(tables, promote_options="permissive")


def _write_part(root: Path, stamps: dict[str, str]) -> None:
    name = uuid.uuid4().hex[:16]
    for table in PACKED:
        path = root / INDEX / f"{name}.{table}.parquet"
        aside = path.with_suffix(".part")
        repeating = [f.name for f in dataset_schema(table) if not pa.types.is_floating(f.type)]
        try:
            joined = _joined(table, _tables(root, table, stamps))
            pq.write_table(joined, aside, compression="zstd", use_dictionary=repeating, row_group_size=1 << 16)
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)
    write_durably(root / INDEX / f"{name}.json", json.dumps(stamps).encode())


def _joined(table: TableName, parts: Iterator[pa.Table]) -> pa.Table:
    """One table with one chunk per column (four times as fast to write as one per video), joined some at a time.

    A thousand tables of one row and four hundred columns are half a gigabyte before they are joined.
    """
    joined = dataset_schema(table).empty_table()
    while some := list(islice(parts, _AT_ONCE)):
        joined = pa.concat_tables([joined, *some], promote_options="permissive").combine_chunks()
    return joined


def _tables(root: Path, table: TableName, stamps: dict[str, str]) -> Iterator[pa.Table]:
    for video_id, stamp in stamps.items():
        done = Commit.of_marker(stamp.partition("@")[0])
        if table == "videos" or (done is not None and done.outcome == "done"):
            yield pq.ParquetFile(root / table_file(table, video_id)).read()


def _remove_part(root: Path, part: Part) -> None:
    (root / INDEX / f"{part.name}.json").unlink(missing_ok=True)
    for table in PACKED:
        part.file(root, table).unlink(missing_ok=True)
