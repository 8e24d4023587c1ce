"""The scoring itself, on hand-made results whose figures are known."""

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from validation import camera, coverage, figures, measured, page, posture, stride_truth, trials, work
from validation.clips import drift_rows, keypoint_errors, score_clip, strike_counts
from validation.looks import bridged, contacts_by_eye, refused
from validation.matching import Contacts, match_contacts, nearest_pairs
from validation.saved import FoundRunner, Saved, nearest_runner, numbers, words
from validation.table import shown, table, worst
from validation.tracking import score_tracking
from validation.truth import read_clip, rendered_clips

SHIPPED = Path(__file__).resolve().parents[2] / "runlean" / "clips"
TRUTH = Path(os.environ.get("RUNLEAN_TRUTH", Path(__file__).resolve().parents[3] / "shared" / "truth"))


def contacts(times, sides, stance=0.2):
    times = np.asarray(times, dtype=float)
    side = np.array([{"l": "left", "r": "right"}[s] for s in sides], dtype=object)
    return Contacts(times, times + stance, side)


class TestMatching:
    true = contacts([1.0, 1.35, 1.7, 2.05, 2.4, 2.75], "lrlrlr")

    def match(self, found):
        return match_contacts(found, self.true, 0.9, 2.9)

    def test_the_truth_itself_has_no_error(self):
        row = self.match(self.true).row()
        assert (row["n"], row["missed"], row["extra"], row["swap"]) == (6, 0, 0, 0)
        assert row["ic_mae"] == row["to_mae"] == row["ct_mae"] == 0.0

    def test_errors_carry_their_sign(self):
        late = Contacts(self.true.contact_s + 0.010, self.true.toe_off_s - 0.004, self.true.side)
        row = self.match(late).row()
        assert row["ic_bias"] == pytest.approx(10.0)
        assert row["to_bias"] == pytest.approx(-4.0)
        assert row["ct_bias"] == pytest.approx(-14.0)

    def test_rms_is_above_the_mean_size(self):
        shifts = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.012])
        row = self.match(Contacts(self.true.contact_s + shifts, self.true.toe_off_s, self.true.side)).row()
        assert row["ic_mae"] == pytest.approx(2.0)
        assert row["ic_rms"] == pytest.approx(12.0 / math.sqrt(6))

    def test_a_lost_contact_is_missed(self):
        matched = self.match(contacts([1.0, 1.35, 2.05, 2.4, 2.75], "lrrlr"))
        assert (matched.missed, matched.extra, matched.swap, matched.n) == (1, 0, 0, 6)

    def test_a_lost_contact_outside_the_window_is_not(self):
        matched = match_contacts(contacts([1.35, 1.7, 2.05, 2.4, 2.75], "rlrlr"), self.true, 1.1, 2.9)
        assert (matched.missed, matched.n) == (0, 5)

    def test_a_made_up_contact_is_extra(self):
        matched = self.match(contacts([1.0, 1.19, 1.35, 1.7, 2.05, 2.4, 2.75], "lrrlrlr"))
        assert (matched.missed, matched.extra, matched.swap) == (0, 1, 0)

    def test_the_wrong_foot_is_a_swap_and_a_miss(self):
        matched = self.match(contacts([1.0, 1.35, 1.7, 2.05, 2.4, 2.75], "lllrlr"))
        assert (matched.missed, matched.extra, matched.swap) == (1, 0, 1)

    def test_nothing_found(self):
        row = self.match(contacts([], "")).row()
        assert row["missed"] == 6
        assert math.isnan(row["ic_mae"])

    def test_an_unknown_toe_off_leaves_the_contact(self):
        found = Contacts(self.true.contact_s, np.full(6, np.nan), self.true.side)
        row = self.match(found).row()
        assert row["ic_mae"] == 0.0
        assert math.isnan(row["to_mae"])

    def test_pairs_take_the_closest_first(self):
        # 1.06 is nearer to 1.05 than 1.00 is; what is left over goes to 1.0 if it is near enough
        assert sorted(nearest_pairs(np.array([0.99, 1.06]), np.array([1.0, 1.05]))) == [(0, 0), (1, 1)]
        assert nearest_pairs(np.array([1.06]), np.array([1.0, 1.05])) == [(0, 1)]

    def test_pairs_leave_what_is_too_far_or_unknown(self):
        assert nearest_pairs(np.array([np.nan, 2.0]), np.array([1.0])) == []
        assert nearest_pairs(np.array([1.0]), np.empty(0)) == []


class TestTrueStrides:
    def test_timing_of_a_level_runner(self):
        out = stride_truth.step_times(contacts([0.0, 0.35, 0.7, 1.05], "lrlr", stance=0.21))
        np.testing.assert_allclose(out["step_time_s"], [0.35, 0.35, 0.35, np.nan])
        np.testing.assert_allclose(out["flight_time_s"], [0.14, 0.14, 0.14, np.nan])
        np.testing.assert_allclose(out["stride_time_s"], [0.7, 0.7, np.nan, np.nan])
        np.testing.assert_allclose(out["duty_factor"], [0.3, 0.3, np.nan, np.nan])
        np.testing.assert_allclose(out["cadence_spm"][:3], 60 / 0.35)

    def test_a_gap_in_the_feet_has_no_step(self):
        out = stride_truth.step_times(contacts([0.0, 0.7, 1.05], "llr"))
        assert math.isnan(out["step_time_s"][0])
        assert math.isnan(out["stride_time_s"][0])

    def test_a_trial_with_a_hole(self):
        whole = trials.plausible_steps(contacts([0.0, 0.4, 0.8, 2.0, 2.4, 2.8], "lrlrlr"))
        assert whole.tolist() == [True, True, False, True, True, False]


class TestPosture:
    up = np.array([[0.0, -1.0]])

    @pytest.mark.parametrize(("direction", "x"), [(1.0, 10.0), (-1.0, -10.0)])
    def test_forward_is_positive_both_ways(self, direction, x):
        lean = posture.lean_deg(np.array([[0.0, 0.0]]), np.array([[x, -10.0]]), self.up, direction)
        assert lean[0] == pytest.approx(45.0)

    def test_gravity_not_the_picture_is_the_vertical(self):
        turned = np.array([[-math.sin(math.radians(3)), -math.cos(math.radians(3))]])
        assert posture.lean_deg(np.zeros((1, 2)), np.array([[0.0, -1.0]]), turned, 1.0)[0] == pytest.approx(3.0)

    def test_a_straight_leg_is_not_bent(self):
        a, b, c = np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]]), np.array([[1.0, 1.0]])
        assert posture.flexion_deg(a, b, np.array([[0.0, 2.0]]))[0] == pytest.approx(0.0)
        assert posture.flexion_deg(a, b, c)[0] == pytest.approx(90.0)

    def test_straightness(self):
        ankle, ear = np.array([[0.0, 0.0]]), np.array([[0.0, -10.0]])
        on_line, off = np.array([[0.0, -8.0]]), np.array([[1.0, -5.0]])
        assert posture.straightness(ankle, off, on_line, ear)[0] == pytest.approx(0.1)

    def test_mass_shares_make_a_body(self):
        assert sum(mass for _, _, mass, _ in posture.SEGMENTS) == pytest.approx(1.0, abs=0.002)


class TestCamera:
    def matrix(self, yaw=0.0, roll=0.0):
        y, r = math.radians(yaw), math.radians(roll)
        # level camera that looks along +y and was turned about the vertical, then about its own axis
        level = np.array([[math.cos(y), math.sin(y), 0.0], [0.0, 0.0, -1.0], [-math.sin(y), math.cos(y), 0.0]])
        turn = np.array([[math.cos(r), math.sin(r), 0.0], [-math.sin(r), math.cos(r), 0.0], [0.0, 0.0, 1.0]])
        rotation = turn @ level
        return np.concatenate([rotation, np.zeros((3, 1))], axis=1)[None]

    def test_roll_clockwise_makes_uprights_lean_left(self):
        rt = self.matrix(roll=3.0)
        assert camera.roll_deg(rt)[0] == pytest.approx(3.0)
        k = np.array([[[1000.0, 0.0, 0.0], [0.0, 1000.0, 0.0], [0.0, 0.0, 1.0]]])
        assert camera.upward(k, rt, np.array([[0.0, 5.0, 0.0]]))[0, 0] < 0.0

    def test_yaw_is_positive_when_the_runner_comes_nearer(self):
        rt = self.matrix(yaw=20.0)
        forward = np.array([1.0, 0.0, 0.0])
        assert camera.axis_yaw_deg(rt, forward)[0] == pytest.approx(20.0)
        ahead = np.array([[0.0, 5.0, 0.0]])
        assert camera.yaw_deg(rt, forward, ahead)[0] == pytest.approx(0.0)
        assert camera.yaw_deg(rt, forward, np.array([[-5.0, 5.0, 0.0]]))[0] == pytest.approx(45.0)


@pytest.fixture(scope="module")
def clip():
    path = next(p for p in rendered_clips(SHIPPED) if "ship_tm_right_60" in p.name)
    return read_clip(path)


def perfect(clip, shift_px=0.0, contact_shift_s=0.0, every=1):
    """An analysis that says exactly what the truth says, but for what is asked to be wrong."""
    runner = clip.runners[0]
    rows = np.flatnonzero(runner.whole)[::every]
    frames = {
        "runner_id": np.zeros(len(rows), dtype=np.int32),
        "frame": rows.astype(np.int32),
        "time_s": rows / clip.fps,
    }
    for j, name in enumerate(clip.names):
        frames[f"{name}_x_px"] = runner.xy[rows, j, 0] + shift_px
        frames[f"{name}_y_px"] = runner.xy[rows, j, 1]
    frames |= {name: values[rows] for name, values in runner.frames.items()}
    first, last = clip.asked(runner)
    seen = (runner.contacts.contact_s >= first) & (runner.contacts.contact_s <= last)
    strides = {"runner_id": np.zeros(seen.sum(), dtype=np.int32), "side": runner.contacts.side[seen]}
    strides["contact_s"] = runner.contacts.contact_s[seen] + contact_shift_s
    strides["toe_off_s"] = runner.contacts.toe_off_s[seen]
    strides["foot_strike"] = np.array([runner.strike] * int(seen.sum()), dtype=object)
    strides |= {name: values[seen] for name, values in runner.strides.items()}
    strides |= {f"{name}_sd": np.full(int(seen.sum()), 0.01) for name in ("contact_s", "toe_off_s")}
    means = {name: float(np.nanmean(values[seen])) for name, values in runner.strides.items()}
    summary = {
        "warnings": [{"code": "few_steps", "message": "", "runner_id": 7}, {"code": "slow_motion", "message": ""}],
        "runners": [
            {
                "runner_id": 0,
                "direction": runner.truth["direction"],
                "mode": clip.setting,
                "n_contacts": int(seen.sum()),
                "view": {"kind": "side", "yaw_deg": 0.0},
                "roll": {"deg": 0.0, "source": "estimated"},
                "lean": {"source": runner.truth["lean_mode"], "source_certain": True},
                "metrics": {k: {"mean": v, "low95": v - 0.05, "high95": v + 0.05} for k, v in means.items()},
                "drift": {"metrics": {}},
            }
        ],
        "source": {"fps_from_timestamps": clip.fps, "fps_from_header": clip.fps},
        "config": {"slow_motion": 1.0},
    }
    return Saved(pa.table(frames), pa.table({k: pa.array(v, from_pandas=True) for k, v in strides.items()}), summary)


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


class TestTrials:
    def test_resampling_keeps_a_straight_line(self):
        t = np.linspace(0, 1, 151)
        xy = np.stack([np.stack([100 * t, 5 - t], axis=-1)], axis=1)
        new, at = trials.resampled(xy, t, 30)
        assert len(at) == 30
        np.testing.assert_allclose(new[:, 0, 0], 100 * at)
        np.testing.assert_allclose(new[:, 0, 1], 5 - at)
        same, _ = trials.resampled(xy, t, 0)
        assert same is xy

    def test_medians_are_of_sizes(self):
        base = dict.fromkeys(("ic_mae", "to_mae", "cadence_err_spm", "ic_bias", "to_bias", "ic_rms", "to_rms"), 1.0)
        rows = [
            {**base, "ct_bias": b, "per_100": p, "missed": m, "extra": 0, "swap": 0, "n": 100}
            for b, p, m in ((-5.0, 0.0, 0), (1.0, 0.0, 0), (4.0, 9.0, 9))
        ]
        out = trials.medians(rows)
        assert out["ct_bias"] == 4.0
        assert out["per_100"] == 0.0
        assert out["pooled_per_100"] == pytest.approx(3.0)

    def test_an_outlier_is_named(self):
        setting = trials.SETTINGS[0]
        row = dict.fromkeys(
            ("per_100", "ic_bias", "to_bias", "ct_bias", "cadence_err_spm", "ic_rms", "to_rms", "to_mae"), 0.0
        )
        row |= {"to_mae": 0.0, "missed": 0, "extra": 0, "swap": 0, "n": 80, "setting": setting.name}
        rows = [{**row, "trial": f"T{i}", "ic_mae": 4.0} for i in range(4)] + [{**row, "trial": "T9", "ic_mae": 9.0}]
        last = figures.trial_figures(rows)[-1]
        assert last["worst"] == "T9"
        assert last["holds"] is False


class TestReal:
    def saved(self, frame_of, contacts_s, metrics=None):
        ids = [i for i, frames in frame_of.items() for _ in frames]
        frame = [f for frames in frame_of.values() for f in frames]
        frames = pa.table(
            {
                "runner_id": pa.array(ids, pa.int32()),
                "frame": pa.array(frame, pa.int32()),
                "time_s": [f / 30 for f in frame],
            }
        )
        strides = pa.table(
            {
                "runner_id": pa.array([0] * len(contacts_s), pa.int32()),
                "side": ["left", "right"] * (len(contacts_s) // 2),
                "contact_s": contacts_s,
                "toe_off_s": [c + 0.2 for c in contacts_s],
            }
        )
        summary = {
            "warnings": [],
            "runners": [{"runner_id": 0, "metrics": metrics or {}, "n_contacts": len(contacts_s)}],
            "source": {"fps_from_timestamps": 30.0, "fps_from_header": 30.0},
            "config": {"slow_motion": 1.0},
        }
        return Saved(frames, strides, summary)

    def test_contacts_by_eye(self):
        frames = [10.0, 21.0, 32.0, 43.0]
        good = self.saved({0: range(60)}, [f / 30 + 0.01 for f in frames])
        assert contacts_by_eye(good, frames, 1)["holds"]
        late = self.saved({0: range(60)}, [f / 30 + 0.06 for f in frames])
        assert not contacts_by_eye(late, frames, 1)["holds"]
        few = self.saved({0: range(60)}, [f / 30 for f in frames[:2]])
        assert not contacts_by_eye(few, frames, 1)["holds"]

    def test_an_identity_that_bridges_a_gap(self):
        assert bridged(self.saved({0: range(30), 1: range(81, 100)}, []), [(31, 80)])["holds"]
        assert not bridged(self.saved({0: [*range(30), *range(81, 100)]}, []), [(31, 80)])["holds"]
        # a cut at frame 76: the shot before ends with frame 75
        assert bridged(self.saved({0: range(76), 1: range(76, 100)}, []), [(76, 75)])["holds"]
        assert not bridged(self.saved({0: range(80)}, []), [(76, 75)])["holds"]

    def test_refusal(self):
        assert refused(self.saved({0: range(9)}, [], {"trunk_lean_deg": {"mean": None}}), ("trunk_lean_deg",))["holds"]
        assert not refused(self.saved({0: range(9)}, [], {"trunk_lean_deg": {"mean": 3.0}}), ("trunk_lean_deg",))[
            "holds"
        ]


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


@pytest.mark.skipif(not (TRUTH / "score.py").is_file(), reason="no truth folder with score.py beside the repository")
class TestAgreement:
    """The same figures as the truth folder's own scoring."""

    @pytest.fixture
    def score(self):
        spec = importlib.util.spec_from_file_location("truth_score", TRUTH / "score.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def test_events(self, score):
        rng = np.random.default_rng(4)
        for _ in range(50):
            times = np.cumsum(rng.uniform(0.25, 0.45, 30))
            sides = np.array(["left", "right"] * 15, dtype=object)
            true = Contacts(times, times + rng.uniform(0.18, 0.26, 30), sides)
            keep = rng.random(30) > 0.1
            found_t = times[keep] + rng.normal(0, 0.03, keep.sum())
            found_s = np.where(rng.random(keep.sum()) > 0.1, sides[keep], "left").astype(object)
            extra = rng.uniform(0, times[-1], 2)
            order = np.argsort(np.r_[found_t, extra])
            t, s = np.r_[found_t, extra][order], np.r_[found_s, ["left", "right"]][order]
            found = Contacts(t, t + 0.2, s.astype(object))
            ours = match_contacts(found, true, 0.5, times[-1] - 0.5).row()
            theirs = score.events(t, s, t + 0.2, times, sides, true.toe_off_s, 0.5, times[-1] - 0.5)
            for name, value in theirs.items():
                assert ours[name] == pytest.approx(value, nan_ok=True), name

    def test_the_clip_that_drifts(self):
        runner = read_clip(TRUTH / "clips" / "tm_drift_25.gt.json").runners[0]
        t = runner.contacts.contact_s
        for name, slope in (("trunk_lean_deg", -3.0), ("cadence_spm", -4.0)):
            known = np.isfinite(runner.strides[name])
            assert 60 * np.polyfit(t[known], runner.strides[name][known], 1)[0] == pytest.approx(slope, abs=0.1)
        out = drift_rows(runner, FoundRunner(0, pa.table({}), pa.table({}), {}))
        assert out["trunk_lean_deg"]["true"] == pytest.approx(-3.0, abs=0.01)
        assert out["cadence_spm"] == {"true": pytest.approx(-4.0), "slope": None}
        assert [f["holds"] for f in figures.drift_figures([{"clip": "c", "drift": out}])] == [False, False]

    def test_a_clip(self, score, clip, tmp_path):
        import pyarrow.parquet as pq

        saved = perfect(clip, shift_px=4.0, contact_shift_s=-0.013, every=3)
        pq.write_table(saved.frames, tmp_path / "frames.parquet")
        pq.write_table(saved.strides, tmp_path / "strides.parquet")
        (tmp_path / "summary.json").write_text(json.dumps(saved.summary))
        record = json.loads((SHIPPED / f"{clip.name}.gt.json").read_text())
        with np.load(SHIPPED / f"{clip.name}.gt.npz") as z:
            (theirs,) = score.score_clip(record, z, tmp_path)
        (ours,) = score_clip(clip, saved)
        same = {"overstride_err": "overstride_hip_err"}
        checked = 0
        for name, value in theirs.items():
            name = same.get(name, name)
            if name in ours and name not in ("runner", "found"):
                checked += 1
                expected = pytest.approx(value, abs=1e-6, nan_ok=True) if isinstance(value, float) else value
                assert ours[name] == expected, name
        assert checked >= 20


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
