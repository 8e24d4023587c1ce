"""How often an interval holds the truth, and when that share holds."""

import numpy as np
import pyarrow as pa
from made_results import contacts
from validation import coverage, figures
from validation.matching import match_contacts


class TestCoverage:
    def entries(self, inside):
        return {
            "m": {
                "error": 0.1,
                "inside": inside,
                "half_width": 0.2,
                "mean": 1.0,
                "true": 0.9,
                "low95": 0.8,
                "high95": 1.2,
            }
        }

    def test_shares(self):
        rows = [(f"clip{i}", self.entries(i != 0)) for i in range(10)]
        (row,) = coverage.mean_coverage(rows)
        assert row["inside_pct"] == 90.0
        assert row["outside"] == ["clip0"]
        listed = figures.coverage_figures([row], "clips", "clips")
        assert [f["holds"] for f in listed] == [True, True]

    def test_too_narrow_and_too_wide_do_not_hold(self):
        narrow = coverage.mean_coverage([(f"clip{i}", self.entries(i > 4)) for i in range(10)])
        assert [f["holds"] for f in figures.coverage_figures(narrow, "clips", "clips")] == [False, False]
        wide = coverage.mean_coverage([(f"clip{i}", self.entries(True)) for i in range(10)])
        assert [f["holds"] for f in figures.coverage_figures(wide, "clips", "clips")] == [False, True]

    def test_means_without_interval_or_truth(self):
        metrics = {"a": {"mean": 1.0, "low95": None, "high95": None}, "b": {"mean": None}, "c": {"mean": 2.0}}
        true = {"a": np.array([1.0, np.nan]), "b": np.array([1.0, 1.0]), "c": np.array([np.nan, np.nan])}
        out = coverage.mean_rows(metrics, true, np.array([True, True]))
        assert list(out) == ["a"]
        assert out["a"]["inside"] is None

    def test_what_all_strides_share_counts_beside_the_stride(self):
        true = contacts([1.0, 1.35, 1.7], "lrl")
        strides = pa.table({"lean": [5.0, 5.0, 5.0], "lean_sd": [0.5, 0.5, 0.5]})
        matched = match_contacts(true, true, 0.0, 3.0)
        out = coverage.stride_rows(strides, {"lean": np.array([7.0, 5.4, 5.0])}, matched, true)
        assert (out["lean"]["n"], out["lean"]["inside"]) == (3, 2)

    def test_every_runner_counts_the_same(self):
        entry = {"z_rms": 1.0, "mae": 1.0, "sd": 1.0}
        long = {"a": {**entry, "n": 300, "inside": 300}}
        short = {"a": {**entry, "n": 10, "inside": 5}}
        (row,) = coverage.stride_coverage([long, short])
        assert (row["n"], row["inside_pct"]) == (310, 75.0)

    def test_only_contacts_that_were_seen_count(self):
        out = coverage.mean_rows(
            {"a": {"mean": 1.0, "low95": 0.5, "high95": 1.5}}, {"a": np.array([1.0, 9.0])}, np.array([True, False])
        )
        assert out["a"]["true"] == 1.0
        assert out["a"]["inside"]
