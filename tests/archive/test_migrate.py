"""A dataset of an older schema is brought to this one, or refused in a clear line."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import runlean
from runlean.archive import migrate as module
from runlean.archive.layout import HEADER
from runlean.archive.migrate import migrate_dataset
from runlean.errors import DatasetError


def set_version(dataset, version):
    header = dataset.folder / HEADER
    header.write_text(json.dumps({**json.loads(header.read_text()), "schema_version": version}), encoding="utf-8")


def make_older(dataset, rename):
    """Write every strides file as an older runlean would have: another name, one column less, version 0."""
    for path in (dataset.folder / "strides").iterdir():
        today = pq.ParquetFile(path).read()
        table = today.rename_columns(rename).drop_columns("speed_mps")
        metadata = {**today.schema.metadata, b"runlean.dataset_version": b"0"}
        pq.write_table(table.replace_schema_metadata(metadata), path)
    set_version(dataset, 0)


def step(name, table):
    if name != "strides":
        return table
    return table.rename_columns({"cadence": "cadence_spm"})


def test_steps_are_taken_and_new_columns_added(dataset, monkeypatch):
    before = (
        dataset.table("strides").drop_columns("speed_mps").sort_by([("video_id", "ascending"), ("stride", "ascending")])
    )
    make_older(dataset, {"cadence_spm": "cadence"})
    with pytest.raises(DatasetError, match="runlean migrate"):
        runlean.open_dataset(dataset.folder)
    with pytest.raises(DatasetError, match="no migration leads from there"):
        migrate_dataset(dataset.folder)
    monkeypatch.setitem(module.STEPS, 0, step)
    assert migrate_dataset(dataset.folder) == 3
    again = runlean.open_dataset(dataset.folder)
    after = again.table("strides").sort_by([("video_id", "ascending"), ("stride", "ascending")])
    assert after.drop_columns("speed_mps").select(before.column_names).equals(before)
    assert after["speed_mps"].null_count == after.num_rows
    assert again.problems() == []
    assert migrate_dataset(dataset.folder) == 0


def test_a_migration_that_was_cut_short_goes_on(dataset, monkeypatch):
    make_older(dataset, {"cadence_spm": "cadence"})
    calls = []

    def cut(name, table):
        calls.append(name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return step(name, table)

    monkeypatch.setitem(module.STEPS, 0, cut)
    with pytest.raises(KeyboardInterrupt):
        migrate_dataset(dataset.folder)
    migrate_dataset(dataset.folder)
    assert "cadence_spm" in runlean.open_dataset(dataset.folder).table("strides").column_names


def test_a_dataset_of_the_future_is_left_alone(dataset):
    set_version(dataset, 99)
    with pytest.raises(DatasetError, match="newer"):
        migrate_dataset(dataset.folder)


def test_columns_that_a_table_has_beyond_todays_are_kept(dataset):
    [path, *_] = sorted((dataset.folder / "runners").iterdir())
    table = pq.ParquetFile(path).read()
    pq.write_table(table.append_column("own", pa.array([7] * table.num_rows)).drop_columns("verdict"), path)
    assert migrate_dataset(dataset.folder) == 1
    renewed = pq.ParquetFile(path).read()
    assert renewed.column_names[-1] == "own"
    assert renewed["verdict"].null_count == renewed.num_rows
