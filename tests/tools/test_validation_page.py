"""What is written: the page, the record, the known errors of quantities; what is not done twice."""

import importlib.util
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from made_results import perfect
from validation import coverage, figures, measured, page, work
from validation.clips import score_clip
from validation.saved import numbers, words
from validation.table import shown, table, worst


class TestPage:
    def test_the_worst_stand_first(self):
        rows = [{"a": 1.0}, {"a": -3.0}, {"a": None}, {"a": 2.0}]
        assert [r["a"] for r in worst(rows, "a")] == [None, -3.0, 2.0, 1.0]
        order = figures.worst_first([{"holds": True}, {"holds": None}, {"holds": False}])
        assert [f["holds"] for f in order] == [False, None, True]

    def test_cells(self):
        assert shown(None, 1) == "null"
        assert shown(False, 0) == "**wrong**"
        assert shown(1.26, 1) == "1.3"
        assert shown([], 0) == "none"
        assert table([{"a": 1.0}], [("a", "A", 2)]) == "| A |\n| --- |\n| 1.00 |\n"

    def test_figures_that_do_not_hold_are_said_so(self, clip):
        (row,) = score_clip(clip, perfect(clip, shift_px=5.0, contact_shift_s=0.02))
        result = {
            "figures": [figures.figure("Contact", "<= 10 ms", "20 ms", "clip", False)],
            "clips": [row], "trials": [], "races": [], "real": [], "by_eye": [], "coco": None,
            "coverage": {"clips": coverage.mean_coverage([("c", row["means"])]), "trials": []},
            "stride_coverage": {"clips": coverage.stride_coverage([row["strides"]]), "trials": []},
            "date": "2026-01-01", "code": "abc",
            "machine": {"processor": "p", "cores": "2", "system": "s", "python": "3"},
            "versions": {"numpy": "2"}, "command": "make validate", "scope": "1 clip", "reused": 0,
            "failures": {"other": "VideoError: broken"},
        }  # fmt: skip
        text = page.write_page(result)
        assert text.startswith(page.MARKER)
        assert "0 of 1 hold." in text
        assert "**does not hold**" in text
        assert "**Failed**: other: VideoError: broken" in text
        assert "ship_tm_right_60" in text
        assert "nan" not in text


def test_words_and_numbers_of_missing_columns():
    strides = pa.table({"a": [1.0, None]})
    assert np.isnan(numbers(strides, "a")).tolist() == [False, True]
    assert np.isnan(numbers(strides, "b")).all()
    assert words(strides, "c").tolist() == [None, None]


def validate():
    spec = importlib.util.spec_from_file_location(
        "validate", Path(__file__).resolve().parents[2] / "tools" / "validate.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_record_is_json_with_a_line_per_row():
    module = validate()
    record = module.plain({"date": "d", "clips": [{"a": np.float64(1 / 3), "b": math.nan}, {"a": 2.0}], "races": []})
    text = module.lines_of(record)
    assert json.loads(text) == {"date": "d", "clips": [{"a": 0.333333, "b": None}, {"a": 2.0}], "races": []}
    assert text.count("\n") == 8


def test_quantities_show_the_errors_of_the_record(tmp_path):
    page = tmp_path / "quantities.md"
    module = validate()
    before = module.QUANTITIES.read_text(encoding="utf-8")
    page.write_text(before, encoding="utf-8")
    module.renew_quantities(module.RECORD, page)
    assert page.read_text(encoding="utf-8") == before  # else: python tools/validate.py


def test_measured_errors_are_root_mean_squares_and_means():
    def runner(alone, error, mae):
        means, strides = {"cadence_spm": {"error": error}}, {"cadence_spm": {"mae": mae}}
        return {"found": True, "alone": alone, "kp_err_pct": 2.0, "means": means, "strides": strides, "frames": {}}

    record = {"clips": [runner(True, 3.0, 1.0), runner(True, -4.0, 2.0), {"found": False}], "trials": []}
    rows = measured.measured_rows(record, [("strides", "cadence_spm"), ("frames", "com_x_px")])
    assert rows[0]["alone"] == "mean 3.5 (worst 4), stride 1.5"
    assert rows[0]["together"] == rows[0]["plates"] == "no truth"
    assert rows[1]["alone"] == "enters overstride_frac"


def test_a_saved_analysis_is_not_repeated(tmp_path):
    job = work.Job("clip", tmp_path / "clip.mp4", {})
    assert not work.is_done(job, tmp_path)
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / "summary.json").write_text("{}")
    assert work.is_done(job, tmp_path)
    assert work.run_all([job], None, [], None, tmp_path, 1, print) == ([], {}, 1)


def test_a_missing_truth_folder_is_one_clear_line(tmp_path):
    script = Path(__file__).resolve().parents[2] / "tools" / "validate.py"
    done = subprocess.run(
        [sys.executable, str(script), "--truth", str(tmp_path / "none")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "--truth: expected a folder" in done.stderr
    assert "Traceback" not in done.stderr
