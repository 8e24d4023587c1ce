"""Ten thousand videos that are done: listing, planning and a query cost seconds, not minutes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from runlean.archive.dataset import Dataset, create_dataset
from runlean.archive.layout import SUMMARIES, TABLES, Commit, table_file
from runlean.archive.pack import MOST, PACKED, current_parts, stamps_of
from runlean.archive.sources import KnownSource, SourceJournal
from runlean.config import AnalyzeConfig
from runlean.tables import write_table

pytestmark = pytest.mark.slow

N = 10_000
#: Half a minute of running.
STRIDES = 85


@pytest.fixture(scope="module")
def archive(tmp_path_factory, analysis, put) -> tuple[Path, Path]:
    """Files that stand for videos, and a dataset in which each of them is done.

    The per-video files are links to one analysis' own (none of them is read here); the index holds every video's rows.
    """
    films, folder = tmp_path_factory.mktemp("films"), tmp_path_factory.mktemp("dataset") / "archive"
    dataset = create_dataset(folder)
    single = tmp_path_factory.mktemp("one")
    template = put(create_dataset(single), "one.mp4", analysis)
    one = Dataset(single)
    config = AnalyzeConfig(overlay=False, report=False).hash()
    journal = SourceJournal(folder)
    for number in range(N):
        film = films / f"day{number % 100:02d}" / f"P{number:05d}.mp4"
        film.parent.mkdir(exist_ok=True)
        film.write_bytes(str(number).encode())
        video_id = hashlib.sha256(str(number).encode()).hexdigest()
        stat = film.stat()
        journal.add(KnownSource(str(film), stat.st_size, str(stat.st_mtime_ns), video_id))
        for table in (*TABLES, SUMMARIES):
            os.link(one.folder / table_file(table, template), folder / table_file(table, video_id))
        (folder / "_commits" / Commit(video_id, config, "done").marker).write_text("{}", encoding="utf-8")
    journal.close()
    stamps = stamps_of(dataset)
    for start in range(0, N, MOST):
        inside = dict(list(stamps.items())[start : start + MOST])
        for table in PACKED:
            rows = one.table(table)
            if table == "strides":
                rows = pa.concat_tables([rows] * (STRIDES // rows.num_rows + 1)).slice(0, STRIDES)
            many = pa.concat_tables([rows] * len(inside)).combine_chunks()
            ids = np.repeat(np.array(list(inside)), rows.num_rows)
            write_table(
                many.set_column(0, many.schema.field(0), pa.array(ids)), folder / "_index" / f"p{start}.{table}.parquet"
            )
        (folder / "_index" / f"p{start}.json").write_text(json.dumps(inside), encoding="utf-8")
    parts, stale = current_parts(folder, stamps)
    assert not stale
    assert sum(len(part.stamps) for part in parts) == N
    return films, folder


#: Starts the batch from a small process and adds a line with what it took: what a child reports as its peak memory
#: begins with its parent's.
MEASURED = """
import json, resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([status, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units elsewhere")
def test_listing_and_planning_take_seconds_and_little_memory(archive):
    films, folder = archive
    begun = time.monotonic()
    command = [sys.executable, "-m", "runlean", "batch", str(films), "-o", str(folder), "--json"]
    out = subprocess.run([sys.executable, "-c", MEASURED, *command], capture_output=True, text=True, check=True).stdout
    *lines, (status, cpu_s, memory_mb) = map(json.loads, out.splitlines())
    wall_s = time.monotonic() - begun
    print(f"{wall_s:.1f} s, CPU {cpu_s:.1f} s, {memory_mb:.0f} MB")
    assert status == 0
    assert lines[1]["todo"] == 0
    assert lines[-1]["known"] == N
    assert cpu_s < 20.0
    assert wall_s < 60.0  # 20 on a machine that has nothing else to do
    assert memory_mb < 500.0


def test_a_query_over_all_strides_takes_less_than_a_second(archive):
    dataset = Dataset(archive[1])
    took = []
    for _ in range(3):
        begun = time.process_time()
        answer = dataset.query("SELECT side, count(*) AS n, avg(cadence_spm) AS c FROM strides GROUP BY 1 ORDER BY 1")
        took.append(time.process_time() - begun)
    print(f"CPU {min(took):.2f} s of {[round(t, 2) for t in took]}")
    assert sum(answer["n"].to_pylist()) == N * STRIDES
    assert min(took) < 1.0
