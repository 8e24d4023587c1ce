"""A rendered clip against its own truth: nothing is wrong, or what was made wrong, at its size."""

import math
import sys

import numpy as np
import pyarrow as pa
import pytest
from made_results import perfect
from validation import figures, posture
from validation.clips import keypoint_errors, score_clip, strike_counts
from validation.saved import Saved, nearest_runner, numbers
from validation.tracking import score_tracking


class TestClip:
    def test_the_lean_of_the_true_joints_is_the_true_lean(self, clip):
        runner = clip.runners[0]
        joints = {name: runner.xy[:, j] for j, name in enumerate(clip.names)}
        lean = posture.lean_deg(posture.point(joints, "hip"), posture.point(joints, "shoulder"), runner.up, runner.sign)
        np.testing.assert_allclose(lean, runner.frames["trunk_lean_deg"], atol=0.01)

    def test_true_angles_agree_with_the_files_own(self, clip):
        runner = clip.runners[0]
        assert np.nanmean(runner.strides["cadence_spm"]) == pytest.approx(runner.truth["cadence_spm"], abs=0.01)
        assert np.nanmean(runner.strides["duty_factor"]) == pytest.approx(runner.truth["duty_factor"]["left"], abs=1e-3)
        at_contact = np.interp(
            runner.contacts.contact_s[2], np.arange(clip.n_frames) / clip.fps, runner.frames["shin_lean_right_deg"]
        )
        assert runner.contacts.side[2] == "right"
        assert runner.strides["shin_lean_contact_deg"][2] == pytest.approx(at_contact, abs=1.5)
        rise = np.nanmean(runner.strides["vertical_oscillation_m"])
        assert rise == pytest.approx(runner.truth["pelvis_vertical_oscillation_m"]["mean"], abs=0.01)
        assert runner.perpendicular

    def test_a_perfect_analysis_has_no_error(self, clip):
        (row,) = score_clip(clip, perfect(clip))
        assert row["found"]
        assert row["direction"]
        assert row["mode"]
        assert (row["missed"], row["extra"], row["swap"]) == (0, 0, 0)
        for name in ("kp_err_pct", "leg_swap_pct", "lean_mae", "ic_mae", "to_mae"):
            assert row[name] == pytest.approx(0.0, abs=1e-6)
        assert row["coverage"] == 1.0
        assert row["cadence_err_pct"] == pytest.approx(0.0, abs=0.01)
        assert row["overstride_hip_err"] == pytest.approx(0.0, abs=1e-6)
        assert row["strike_right_pct"] == 100.0
        assert all(m["inside"] for m in row["means"].values())
        assert row["warnings"] == ["slow_motion"]
        listed = figures.clip_figures([row])
        assert len(listed) >= 10
        assert all(f["holds"] for f in listed if "Vertical" not in f["what"])

    def test_errors_come_out_at_their_size(self, clip):
        (row,) = score_clip(clip, perfect(clip, shift_px=5.0, contact_shift_s=0.02, every=2))
        assert row["kp_err_pct"] == pytest.approx(100 * 5 / row["height_px"], rel=1e-6)
        assert row["ic_bias"] == pytest.approx(20.0)
        assert row["ct_bias"] == pytest.approx(-20.0)
        assert row["coverage"] == pytest.approx(0.5, abs=0.01)
        assert row["strides"]["contact_s"]["inside"] == 0
        assert row["strides"]["contact_s"]["z_rms"] == pytest.approx(2.0)
        assert row["strides"]["toe_off_s"]["inside"] == row["strides"]["toe_off_s"]["n"]

    def test_swapped_legs_are_counted(self, clip):
        saved = perfect(clip)
        names = saved.frames.column_names
        swapped = {
            n.replace("left", "#").replace("right", "left").replace("#", "right")
            if ("knee" in n or "ankle" in n) and n.endswith("px")
            else n: saved.frames.column(n)
            for n in names
        }
        found = Saved(pa.table(swapped), saved.strides, saved.summary).runner(0)
        assert keypoint_errors(clip, clip.runners[0], found)["leg_swap_pct"] == 100.0

    def test_someone_else_is_not_the_runner(self, clip):
        runner = clip.runners[0]
        far = perfect(clip, shift_px=300.0)
        assert nearest_runner(far, runner.xy, clip.names, 426.0, set()) is None
        assert nearest_runner(perfect(clip), runner.xy, clip.names, 426.0, {0}) is None
        (row,) = score_clip(clip, far)
        assert row["found"] is False
        assert figures.clip_figures([row])[0]["holds"] is False

    def test_tracking_of_one(self, clip):
        pytest.importorskip("motmetrics", reason="motmetrics (extra `bench`) scores identities")
        row = score_tracking(clip, perfect(clip))
        assert (row["asked"], row["found"], row["switches"]) == (1, 1, 0)
        assert row["idf1"] == pytest.approx(1.0)

    def test_a_new_identity_half_way_is_a_switch(self, clip):
        pytest.importorskip("motmetrics", reason="motmetrics (extra `bench`) scores identities")
        saved = perfect(clip)
        ids = np.where(numbers(saved.frames, "frame") < 180, 0, 1).astype(np.int32)
        column = saved.frames.column_names.index("runner_id")
        row = score_tracking(
            clip, Saved(saved.frames.set_column(column, "runner_id", pa.array(ids)), saved.strides, saved.summary)
        )
        assert row["switches"] == 1
        assert row["idf1"] == pytest.approx(0.5, abs=0.01)

    def test_without_motmetrics_identity_is_left_out(self, clip, monkeypatch):
        monkeypatch.setitem(sys.modules, "motmetrics", None)
        row = score_tracking(clip, perfect(clip))
        assert row["idf1"] is None
        assert row["found"] == 1


class TestStrike:
    def test_counts(self):
        given = np.array(["rearfoot", "midfoot", None, "rearfoot"], dtype=object)
        out = strike_counts(given, "rearfoot")
        assert (out["strike_given"], out["strike_null"]) == (3, 1)
        assert out["strike_right_pct"] == pytest.approx(200 / 3)
        assert out["strike_right_of_all_pct"] == 50.0

    def test_nothing_given_is_no_share(self):
        assert math.isnan(strike_counts(np.array([None, None], dtype=object), "midfoot")["strike_right_pct"])
