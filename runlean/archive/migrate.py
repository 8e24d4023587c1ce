"""A dataset of an older schema brought to this one, video by video; cut short, it goes on when run again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from runlean.archive.columns import dataset_schema
from runlean.archive.commit import commit_video, recover
from runlean.archive.dataset import Dataset, dataset_version
from runlean.archive.durable import write_durably
from runlean.archive.layout import DATASET_VERSION, HEADER, SUMMARIES, TABLES, Commit, TableName, table_file
from runlean.archive.lock import dataset_lock
from runlean.archive.pack import refresh_index
from runlean.errors import DatasetError

#: What one table of one video becomes in the next version: ``step(table name, table) -> table``.
Step = Callable[[str, pa.Table], pa.Table]

#: From a version to the next. Version 1 is the first; whoever raises `DATASET_VERSION` adds the step here.
STEPS: Final[dict[int, Step]] = {}


def migrate_dataset(folder: str | os.PathLike[str]) -> int:
    """Bring a dataset to the schema of this runlean, in place.

    Tables of an older version take the steps in between; tables of this version that were written by an older runlean
    get the columns that were added since (null), so that tools that take the first file's columns for all see them.

    Returns
    -------
    int
        Videos whose tables were changed.

    Raises
    ------
    DatasetError
        It is of a version from which no step leads here.
    """
    root = Path(folder)
    version = dataset_version(root)
    if not isinstance(version, int) or any(v not in STEPS for v in range(version, DATASET_VERSION)):
        raise DatasetError(
            f"{root}: expected a dataset of schema version {_reachable()}, came {version}; "
            "no migration leads from there: analyse the videos into a new dataset"
        )
    if version > DATASET_VERSION:
        raise DatasetError(
            f"{root}: schema version {version} is newer than this runlean's {DATASET_VERSION}; update it"
        )
    changed = 0
    with dataset_lock(root):
        recover(root)
        for name in sorted(os.listdir(root / "_commits")):
            commit = Commit.of_marker(name)
            if commit is not None:
                changed += _migrate_video(root, commit)
        header = json.loads((root / HEADER).read_text(encoding="utf-8"))
        write_durably(root / HEADER, json.dumps({**header, "schema_version": DATASET_VERSION}, indent=1).encode())
        refresh_index(Dataset(root))
    return changed


def _migrate_video(root: Path, commit: Commit) -> bool:
    old: dict[str, pa.Table] = {}
    new: dict[str, pa.Table] = {}
    for table in TABLES:
        path = root / table_file(table, commit.video_id)
        if path.is_file():
            old[table] = pq.ParquetFile(path).read()
            new[table] = _completed(_stepped(table, old[table]), table)
    if all(table.schema.equals(old[name].schema, check_metadata=True) for name, table in new.items()):
        return False
    summary = root / table_file(SUMMARIES, commit.video_id)
    text = summary.read_text(encoding="utf-8") if summary.is_file() else None
    commit_video(root, commit, new, text, replaces=[commit.marker])
    return True


def _stepped(name: str, table: pa.Table) -> pa.Table:
    """Apply the steps that a table has not had: each carries its own version, so a second run passes it over."""
    kept = table.schema.metadata or {}
    version = int(kept.get(b"runlean.dataset_version", b"0"))
    for v in range(version, DATASET_VERSION):
        table = STEPS[v](name, table)
    metadata = {**kept, **(table.schema.metadata or {}), b"runlean.dataset_version": str(DATASET_VERSION).encode()}
    return table.replace_schema_metadata(metadata)


def _completed(table: pa.Table, name: TableName) -> pa.Table:
    """Add the columns of today that a table lacks, in today's order; its own further ones (keypoints) keep theirs."""
    points = (table.schema.metadata or {}).get(b"runlean.keypoint_names", b"").decode()
    wanted = dataset_schema(name, [p for p in points.split(",") if p] if name == "frames" else ())
    lacking = [f for f in wanted if f.name not in table.column_names]
    if not lacking:
        return table
    for field in lacking:
        table = table.append_column(field.with_nullable(True), pa.nulls(table.num_rows, field.type))
    own = [c for c in table.column_names if c not in wanted.names]
    return table.select([*wanted.names, *own])


def _reachable() -> str:
    first = DATASET_VERSION
    while first - 1 in STEPS:
        first -= 1
    return str(DATASET_VERSION) if first == DATASET_VERSION else f"{first} to {DATASET_VERSION}"
