"""A dataset as other tools read it, and as runlean does."""

from __future__ import annotations

import json

import duckdb
import pandas
import polars
import pyarrow.dataset
import pytest

import runlean
from runlean.archive.dataset import create_dataset
from runlean.archive.layout import HEADER, TABLES
from runlean.errors import ConfigError, DatasetError, OutputError


def test_every_row_of_every_table_names_its_video(dataset, analysis):
    for name in TABLES:
        table = dataset.table(name)
        assert table.column_names[0] == "video_id"
        assert table["video_id"].null_count == 0
        ids = set(table["video_id"].to_pylist())
        assert ids == set(dataset.video_ids) | (set(dataset.commits()) if name == "videos" else set())
    assert dataset.table("strides").num_rows == 3 * analysis.strides.num_rows
    assert dataset.table("videos").num_rows == 4


def test_tables_hold_what_the_analysis_held(dataset, analysis):
    [video_id, *_] = dataset.video_ids
    for name in ("frames", "strides"):
        table = dataset.table(name, [video_id])
        assert table.drop_columns("video_id").equals(getattr(analysis, name))
    [runner] = dataset.table("runners", [video_id]).to_pylist()
    metric = analysis.summary.runners[0].metrics["cadence_spm"]
    assert (runner["cadence_spm"], runner["cadence_spm_n"], runner["cadence_spm_low95"]) == (
        metric.mean,
        metric.n,
        metric.low95,
    )
    assert dataset.summary(video_id) == analysis.summary


@pytest.mark.parametrize("name", TABLES)
def test_other_tools_read_it_as_it_lies(dataset, name):
    folder = dataset.folder / name
    rows = dataset.table(name).num_rows
    columns = dataset.table(name).column_names
    by_duckdb = duckdb.sql(f"SELECT * FROM '{folder}/*.parquet'").to_arrow_table()
    by_pandas = pandas.read_parquet(folder)
    by_polars = polars.read_parquet(folder / "*.parquet")
    by_arrow = pyarrow.dataset.dataset(folder).to_table()
    assert [len(t) for t in (by_duckdb, by_pandas, by_polars, by_arrow)] == [rows] * 4
    for table in (by_duckdb.column_names, by_pandas.columns, by_polars.columns, by_arrow.column_names):
        assert list(table) == columns


def test_a_query_sees_four_views_and_the_sources(dataset):
    answer = runlean.open_dataset(dataset.folder).query(
        "SELECT file_name, runner_id, avg(s.cadence_spm) AS mean, any_value(r.cadence_spm) AS told "
        "FROM strides s JOIN runners r USING (video_id, runner_id) JOIN videos USING (video_id) "
        "GROUP BY 1, 2 ORDER BY 1"
    )
    assert answer["file_name"].to_pylist() == ["P01_post.mp4", "P01_pre.mp4", "P02_pre.mp4"]
    assert answer["mean"].to_pylist() == pytest.approx(answer["told"].to_pylist())
    assert dataset.query("SELECT count(DISTINCT video_id) AS n FROM frames")["n"].to_pylist() == [3]
    assert dataset.query("SELECT count(*) AS n FROM sources")["n"].to_pylist() == [4]
    failed = dataset.query("SELECT file_name, error FROM videos WHERE status = 'failed'").to_pylist()
    assert failed == [{"file_name": "broken.mp4", "error": "it is no video"}]


def test_an_empty_dataset_answers_too(tmp_path):
    empty = create_dataset(tmp_path / "empty")
    for name in TABLES:
        assert empty.query(f"SELECT * FROM {name}").num_rows == 0


@pytest.mark.parametrize(
    "sql", ["SELECT nothing FROM strides", "SELEC 1", "SELECT * FROM stride", "SELECT 1; SELECT 2"]
)
def test_a_wrong_statement_is_wrong_usage_in_one_line(dataset, sql):
    with pytest.raises(ConfigError) as caught:
        dataset.query(sql)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("column", "hint"),
    [("file_name", "it is a column of videos: JOIN videos USING"), ("trunk_leen_deg", "named alike: .*trunk_lean_deg")],
)
def test_a_column_that_is_not_there_is_looked_for(dataset, column, hint):
    with pytest.raises(ConfigError, match=hint):
        dataset.query(f"SELECT {column} FROM strides")


def test_the_index_changes_no_answer(dataset, analysis, put, monkeypatch):
    monkeypatch.setattr("runlean.archive.pack.LOOSE", 0)
    monkeypatch.setattr("runlean.archive.pack._AT_ONCE", 2)  # joined in rounds
    question = "SELECT * FROM strides ORDER BY video_id, runner_id, stride"
    before = dataset.query(question)
    assert list((dataset.folder / "_index").glob("*.json"))
    put(dataset, "P03_pre.mp4", analysis)
    put(dataset, "P01_pre.mp4", None, config="f" * 16)
    after = dataset.query(question)
    assert after.num_rows == before.num_rows
    monkeypatch.setattr("runlean.archive.pack.LOOSE", 1000)
    for path in (dataset.folder / "_index").iterdir():
        path.unlink()
    assert dataset.query(question).equals(after)


def test_metadata_stand_beside_the_columns(dataset, tmp_path):
    csv = tmp_path / "participants.csv"
    csv.write_text("pattern;person;mode\nP01_*;Ann;pre/post\nP02_pre;Bob;pre\nP09_*;Zoe;pre\n", encoding="utf-8")
    answer = dataset.query(
        "SELECT person, meta_mode, mode, count(*) AS n FROM runners GROUP BY ALL ORDER BY 1", meta=csv
    ).to_pylist()
    assert [(a["person"], a["meta_mode"], a["n"]) for a in answer] == [("Ann", "pre/post", 2), ("Bob", "pre", 1)]
    assert dataset.query("SELECT count(person) AS n FROM videos", meta=csv)["n"].to_pylist() == [3]


def test_metadata_keep_their_leading_zeros(put, analysis, tmp_path):
    numbered = create_dataset(tmp_path / "numbered")
    for name in ("001.mp4", "012.mp4"):
        put(numbered, name, analysis)
    csv = tmp_path / "meta.csv"
    csv.write_text("file,person,age\n001,007,31\n012,010,\n", encoding="utf-8")
    answer = numbered.query("SELECT file_name, person, age FROM videos ORDER BY 1", meta=csv).to_pylist()
    assert [tuple(row.values()) for row in answer] == [("001.mp4", "007", 31), ("012.mp4", "010", None)]


def test_metadata_columns_may_have_any_name(dataset, tmp_path):
    csv = tmp_path / "meta.csv"
    csv.write_text('file,Status,"5"" deep"\nP01*,ill,yes\n', encoding="utf-8")
    sql = 'SELECT status, "meta_Status" AS state, "5"" deep" AS deep FROM videos WHERE deep = \'yes\''
    assert dataset.query(sql, meta=csv).to_pylist() == 2 * [{"status": "done", "state": "ill", "deep": "yes"}]
    csv.write_text("file,a,a\nP01*,1,2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="'a' is there twice"):
        dataset.query("SELECT 1", meta=csv)


def test_a_statement_that_names_no_view_sees_them_all(dataset):
    assert {"videos", "runners", "frames", "strides", "sources"} <= set(
        dataset.query("SHOW TABLES")["name"].to_pylist()
    )


def test_metadata_that_fit_twice_are_refused(dataset, tmp_path):
    csv = tmp_path / "participants.csv"
    csv.write_text("file_name,person\nP01_*,Ann\n*_pre.mp4,Bob\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"lines 2 \(P01_\*\) and 3"):
        dataset.query("SELECT * FROM runners", meta=csv)


@pytest.mark.parametrize(("version", "hint"), [(0, "runlean migrate"), (99, "update runlean")])
def test_another_version_is_refused(dataset, version, hint):
    header = dataset.folder / HEADER
    header.write_text(json.dumps({**json.loads(header.read_text()), "schema_version": version}), encoding="utf-8")
    with pytest.raises(DatasetError, match=hint):
        runlean.open_dataset(dataset.folder)


def test_what_is_no_dataset_is_left_alone(tmp_path):
    with pytest.raises(DatasetError, match=r"no dataset\.json"):
        runlean.open_dataset(tmp_path)
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(OutputError, match="thesis"):
        create_dataset(tmp_path)


def test_damage_is_found(dataset):
    assert dataset.problems() == []
    [first, second, _] = dataset.video_ids
    (dataset.folder / "strides" / f"{first}.parquet").unlink()
    (dataset.folder / "frames" / f"{second}.parquet").write_bytes(b"PAR1")
    assert dataset.problems() == [
        *([f"strides/{first}.parquet: missing"]),
        f"frames/{second}.parquet: not as it was written",
    ]
