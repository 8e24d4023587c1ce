from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlean.errors import DatasetError
from runlean.tables import (
    QUANTITIES,
    column,
    frames_schema,
    frames_table,
    quantity,
    read_table,
    rows_of,
    stride_metrics,
    strides_schema,
    strides_table,
    write_table,
)
from runlean.tables.document import renew
from runlean.tables.quantity import UNITS

FRAMES_OF_CONTRACT = [
    "runner_id",
    "frame",
    "time_s",
    "nose_x_px",
    "nose_y_px",
    "nose_score",
    "filled",
    "phase",
    "com_x_px",
    "com_y_px",
    "trunk_lean_deg",
    "body_lean_deg",
    "hip_hinge_deg",
    "head_lean_deg",
    "straightness_frac",
    "shin_lean_left_deg",
    "shin_lean_right_deg",
    "knee_flexion_left_deg",
    "knee_flexion_right_deg",
    "hip_flexion_left_deg",
    "hip_flexion_right_deg",
    "elbow_flexion_left_deg",
    "elbow_flexion_right_deg",
    "foot_angle_left_deg",
    "foot_angle_right_deg",
]
STRIDES_OF_CONTRACT = [
    "runner_id",
    "stride",
    "side",
    "contact_s",
    "toe_off_s",
    "contact_time_s",
    "flight_time_s",
    "step_time_s",
    "stride_time_s",
    "duty_factor",
    "cadence_spm",
    "trunk_lean_deg",
    "trunk_lean_contact_deg",
    "body_lean_deg",
    "hip_hinge_deg",
    "straightness_frac",
    "head_lean_deg",
    "overstride_frac",
    "overstride_hip_frac",
    "shin_lean_contact_deg",
    "knee_flexion_contact_deg",
    "foot_strike_angle_deg",
    "foot_strike",
    "vertical_oscillation_frac",
    "vertical_oscillation_m",
    "step_length_m",
    "speed_mps",
]


def few_strides(**more):
    columns = {
        "runner_id": np.array([1, 1, 1]),
        "stride": np.arange(3),
        "side": np.array(["left", "right", "left"]),
        "cadence_spm": np.array([170.0, np.nan, 172.0]),
    }
    return columns | more


def test_schemas_hold_the_contracts_columns_in_its_order():
    assert frames_schema(["nose"]).names == FRAMES_OF_CONTRACT
    names = strides_schema().names
    assert names[: len(STRIDES_OF_CONTRACT)] == STRIDES_OF_CONTRACT
    measured = [n for n in STRIDES_OF_CONTRACT if n not in ("runner_id", "stride", "side", "foot_strike")]
    assert names[len(STRIDES_OF_CONTRACT) :] == [f"{n}_sd" for n in measured]


def test_types_are_the_contracts():
    schema = frames_schema(["nose", "left_hip"])
    assert {schema.field(n).type for n in ("runner_id", "frame")} == {pa.int32()}
    points = [n for n in schema.names if n.startswith(("nose_", "left_hip_"))]
    assert len(points) == 6
    assert {schema.field(n).type for n in points} == {pa.float32()}
    assert schema.field("filled").type == pa.bool_()
    assert schema.field("time_s").type == schema.field("trunk_lean_deg").type == pa.float64()
    assert strides_schema().field("foot_strike").type == pa.string()


def test_every_last_word_is_the_unit():
    for q in QUANTITIES:
        last = q.name.rsplit("_", 1)[-1]
        assert q.unit == (last if last in UNITS else ""), q.name
        assert q.definition, q.name
        assert q.role in ("key", "class", "moment", "point") or q.known_error, q.name


def test_every_stride_column_but_the_keys_has_a_metric():
    assert [q.name for q in stride_metrics()] == STRIDES_OF_CONTRACT[3:]


def test_metadata_carries_version_units_and_keypoints():
    schema = frames_schema(["nose", "left_hip"])
    assert schema.metadata[b"runlean.schema_version"] == b"1"
    assert schema.metadata[b"runlean.keypoint_names"] == b"nose,left_hip"
    assert schema.field("trunk_lean_deg").metadata[b"unit"] == b"deg"


def test_missing_is_null_and_absent_columns_are_all_null():
    table = strides_table(few_strides(foot_strike=np.array(["rearfoot", None, ""], dtype=object)))
    assert table["cadence_spm"].to_pylist() == [170.0, None, 172.0]
    assert table["foot_strike"].to_pylist() == ["rearfoot", None, None]
    assert table["speed_mps"].null_count == 3
    np.testing.assert_array_equal(column(table, "cadence_spm"), [170.0, np.nan, 172.0])


def test_object_columns_with_none_and_nan_become_null():
    table = frames_table(
        {
            "runner_id": np.array([1, 1], dtype=object),
            "frame": np.array([0, 1]),
            "time_s": np.array([0.0, 0.1], dtype=object),
            "filled": np.array([True, False], dtype=object),
            "phase": np.array([np.nan, "flight"], dtype=object),
            "trunk_lean_deg": np.array([None, 5.0], dtype=object),
        },
        ["nose"],
    )
    assert table["phase"].to_pylist() == [None, "flight"]
    assert table["trunk_lean_deg"].to_pylist() == [None, 5.0]
    assert table["filled"].to_pylist() == [True, False]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_tables(n, tmp_path):
    columns = {name: values[:n] for name, values in few_strides().items()}
    table = strides_table(columns)
    write_table(table, tmp_path / "strides.parquet")
    assert read_table(tmp_path / "strides.parquet").equals(table, check_metadata=True)
    assert table.num_rows == n


@given(st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32), max_size=20))
def test_values_survive_exactly(values):
    n = len(values)
    keys = {
        "runner_id": np.ones(n, int),
        "stride": np.arange(n),
        "side": np.array(["left"] * n, dtype=object),
    }
    table = strides_table(keys | {"trunk_lean_deg": np.array(values, float)})
    np.testing.assert_array_equal(column(table, "trunk_lean_deg"), np.array(values, float))
    assert table["trunk_lean_deg"].null_count == int(np.isnan(np.array(values, float)).sum())


@pytest.mark.parametrize("n", [0, 1, 7, 8, 19])
def test_columns_are_what_arrow_itself_makes_of_them(n):
    rng = np.random.default_rng(n)
    number = np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n))
    word = [None if u < 0.3 else f"läuft {i}"[: int(9 * u)] or None for i, u in enumerate(rng.random(n))]
    table = frames_table(
        {
            "runner_id": np.arange(n), "frame": np.arange(n), "time_s": np.arange(n) / 30,
            "filled": rng.random(n) < 0.5, "phase": np.array(word, dtype=object), "trunk_lean_deg": number,
        },
        ["nose"],
    )  # fmt: skip
    table.validate(full=True)
    expected = pa.array(number, table.schema.field("trunk_lean_deg").type, mask=np.isnan(number))
    assert table["trunk_lean_deg"].combine_chunks().equals(expected)
    assert table["phase"].to_pylist() == word
    assert table["frame"].to_pylist() == list(range(n))
    # and back, from any part of a table
    part = table.slice(n // 3)
    given = expected.slice(n // 3).to_numpy(zero_copy_only=False)
    np.testing.assert_array_equal(column(part, "trunk_lean_deg"), given)
    np.testing.assert_array_equal(column(part, "filled"), part["filled"].to_pylist())
    assert rows_of(table, 2, 5, 99)["frame"].to_pylist() == [i for i in (2, 5) if i < n]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (few_strides(trunk_lean=np.zeros(3)), "trunk_lean"),
        (few_strides(speed_mps=np.zeros(2)), "one length"),
        ({"runner_id": np.array([1])}, "stride"),
        (few_strides(stride=np.array([0, 1.5, 2])), "stride: expected whole numbers, came 1.5"),
        (few_strides(side=np.array(["left", None, "right"], dtype=object)), "every row"),
    ],
)
def test_wrong_columns_are_refused(columns, says):
    with pytest.raises(DatasetError, match=says):
        strides_table(columns)


def test_other_versions_and_other_files_are_refused(tmp_path):
    table = strides_table(few_strides())
    other = table.replace_schema_metadata({"runlean.schema_version": "99"})
    pq.write_table(other, tmp_path / "other.parquet")
    with pytest.raises(DatasetError, match="schema version 1, came 99"):
        read_table(tmp_path / "other.parquet")
    (tmp_path / "text.parquet").write_text("no parquet")
    with pytest.raises(DatasetError, match="expected a Parquet table"):
        read_table(tmp_path / "text.parquet")
    with pytest.raises(DatasetError):
        read_table(tmp_path / "absent.parquet")


def test_parquet_is_zstd_and_plain_arrow(tmp_path):
    write_table(strides_table(few_strides()), tmp_path / "s.parquet")
    file = pq.ParquetFile(tmp_path / "s.parquet")
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert file.schema_arrow.field("side").type == pa.string()


def test_quantity_is_found_by_table_and_name():
    assert quantity("frames", "trunk_lean_deg").has_sd is False
    assert quantity("strides", "trunk_lean_deg").has_sd is True
    with pytest.raises(KeyError):
        quantity("strides", "trunk_lean")


def test_documentation_is_the_codes():
    text = (Path(__file__).parents[2] / "docs" / "quantities.md").read_text(encoding="utf-8")
    assert renew(text) == text, "run: python -m runlean.tables.document"
