import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from runlean.errors import DatasetError
from runlean.gait.result import GaitResult, Notice
from runlean.meaning import Summary, read_summary
from runlean.meaning.wording import clock, number, quantity_text, range_text

TOP = {"schema_version", "runlean_version", "source", "config", "models", "device", "timing", "warnings", "runners"}
SOURCE = {
    "file_name",
    "sha256",
    "width",
    "height",
    "rotation_deg",
    "codec",
    "fps_from_header",
    "fps_from_timestamps",
    "variable_frame_rate",
    "n_frames",
    "duration_s",
}
RUNNER = {
    "runner_id",
    "direction",
    "mode",
    "view",
    "n_contacts",
    "n_frames",
    "metrics",
    "lean",
    "posture_scans",
    "drift",
    "findings",
}
METRIC = {"mean", "sd", "n", "low95", "high95", "left", "right", "asymmetry_pct"}
FINDING = {"code", "severity", "metric", "value", "low95", "high95", "band", "advice", "drills", "evidence"}


def no_numbers_that_json_lacks(value):
    if isinstance(value, dict):
        return all(no_numbers_that_json_lacks(v) for v in value.values())
    if isinstance(value, list):
        return all(no_numbers_that_json_lacks(v) for v in value)
    return not isinstance(value, float) or math.isfinite(value)


def test_every_key_of_the_contract_is_there(summary):
    data = json.loads(summary().to_json())
    assert set(data) >= TOP
    assert set(data["source"]) >= SOURCE
    runner = data["runners"][0]
    assert set(runner) >= RUNNER
    assert set(runner["view"]) == {"kind", "yaw_deg", "confidence"}
    assert all(set(m) >= METRIC for m in runner["metrics"].values())
    assert "cadence_spm" in runner["metrics"]
    assert set(runner["lean"]) >= {"class", "source", "share_in_band", "band_deg"}
    assert all(set(f) >= FINDING for f in runner["findings"])
    assert {"kind", "text", "source"} == set(runner["findings"][0]["evidence"])
    assert data["models"][0] == {"name": "movenet-thunder", "sha256": "11" * 32}


@pytest.mark.parametrize("n", [0, 1, 5, 20, 200])
def test_json_round_trip(summary, n, tmp_path):
    s = summary(n, trunk_lean_deg=np.linspace(4, 9, n) if n else np.nan)
    (tmp_path / "summary.json").write_text(s.to_json(), encoding="utf-8")
    assert read_summary(tmp_path / "summary.json") == s
    assert Summary.model_validate_json(s.model_dump_json()) == s
    assert no_numbers_that_json_lacks(json.loads(s.to_json()))


def test_unknown_facts_are_null(summary):
    r = summary(direction=None, mode=None, leg_length_px=math.nan, body_height_px=math.nan, view_yaw_deg=math.nan)
    runner = json.loads(r.to_json())["runners"][0]
    for key in ("direction", "mode", "leg_length_px", "body_height_px", "metres_per_px"):
        assert runner[key] is None
    assert runner["view"]["yaw_deg"] is None


def test_warnings_of_video_and_runner_are_all_there_once(gait, summarized):
    twice = Notice("oblique_view", "The camera stands oblique.")
    result = gait(5, runner_warnings=(twice, twice), warnings=(Notice("damaged_tail", "3 frames lost."),))
    s = summarized(result)
    assert [(w.code, w.runner_id) for w in s.warnings] == [
        ("damaged_tail", None),
        ("oblique_view", 1),
        ("few_steps", 1),
    ]
    assert summarized(replace(result, warnings=())).warnings[0].code == "oblique_view"


def test_nobody_found_is_a_summary_too(summarized):
    columns = {"runner_id": np.zeros(0, int), "frame": np.zeros(0, int), "time_s": np.zeros(0)}
    strides = {"runner_id": np.zeros(0, int), "stride": np.zeros(0, int), "side": np.zeros(0, object)}
    s = summarized(GaitResult(columns, strides, (), ()))
    assert s.runners == ()
    assert Summary.model_validate_json(s.to_json()) == s


def test_posture_scans_once_a_minute(runner):
    scans = runner(400).posture_scans
    assert [s.minute for s in scans] == [0, 1, 2]
    first = scans[0]
    assert first.trunk_lean_deg == pytest.approx(7.5)
    assert first.head_forward_deg == pytest.approx(4.5)
    assert first.lean_class == "within_band"
    assert first.shoulder_rise_pct is None
    assert scans[1].shoulder_rise_pct == pytest.approx(0.0)
    assert "in the cue’s band" in first.text
    assert first.text.startswith("0:00-1:00")


def test_shoulders_that_rise_are_told(gait, summarized):
    result = gait(200)
    late = result.frames["time_s"] >= 60
    for side in ("left", "right"):
        result.frames[f"{side}_ear_y_px"][late] += 10  # the neck shrinks from 50 to 40 px
    scans = summarized(result).runners[0].posture_scans
    assert scans[1].shoulder_rise_pct == pytest.approx(20.0)
    assert "shoulders higher" in scans[1].text


def test_no_scan_values_without_enough_contacts(runner):
    (scan,) = runner(3).posture_scans
    assert scan.trunk_lean_deg is None
    assert "too little seen" in scan.text


def test_other_versions_are_refused(summary, tmp_path):
    data = json.loads(summary().to_json()) | {"schema_version": 2}
    (tmp_path / "summary.json").write_text(json.dumps(data))
    with pytest.raises(DatasetError, match="schema_version"):
        read_summary(tmp_path / "summary.json")
    (tmp_path / "summary.json").write_text("{")
    with pytest.raises(DatasetError, match="expected a summary"):
        read_summary(tmp_path / "summary.json")
    with pytest.raises(DatasetError):
        read_summary(tmp_path / "absent.json")


def test_records_are_frozen(summary):
    with pytest.raises(ValueError, match="frozen"):
        summary().runners = ()


def test_verdict_is_a_plain_sentence(runner):
    assert runner().verdict == (
        "The runner leans within the cue’s band: 7.5°, from the ankles (95 %: 7.5 to 7.5°; band 5 to 10°). "
        "Cadence 171.4 steps/min over 20 contacts."
    )
    assert "probably leans within" in runner(systematic_sd={"trunk_lean_deg": 1.5}).verdict
    assert "not known well enough" in runner(systematic_sd={"trunk_lean_deg": 6.0}).verdict
    walking = runner(2, gait="walking").verdict
    assert walking.startswith("No gait numbers:")


def test_records_load_without_the_kernels():
    code = "import sys, runlean.meaning; sys.exit(any(m in sys.modules for m in ('numba', 'av', 'onnxruntime')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_words_for_numbers():
    assert quantity_text(-0.04, "trunk_lean_deg", "deg") == "0.0°"
    assert quantity_text(-3.21, "trunk_lean_deg", "deg") == "\u22123.2°"
    assert quantity_text(0.2354, "contact_time_s", "s") == "235 ms"
    assert quantity_text(0.351, "duty_factor", "") == "35.1 %"
    assert quantity_text(0.251, "overstride_frac", "frac") == "25.1 % of leg length"
    assert quantity_text(None, "cadence_spm", "spm") == "not known"
    assert range_text(None, 4.0, "hip_hinge_deg", "deg") == "below 4.0°"
    assert range_text(0.0, None, "hip_hinge_deg", "deg") == "above 0.0°"
    assert number(math.nan, 1) == "not known"
    assert clock(65.4) == "1:05"
    assert clock(119.7) == "2:00"
