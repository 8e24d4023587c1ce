import numpy as np
import pytest

from runlean.meaning.drift import course_of_change, metric_drift
from runlean.tables import quantity

STEP_S = 0.35
N = 343  # two minutes of steps


@pytest.fixture
def time_s():
    return STEP_S * np.arange(N)


def test_too_short_says_why(runner):
    drift = runner(20).drift
    assert drift.metrics == {}
    assert "too short" in drift.reason
    assert "60 s" in drift.reason


def test_a_known_slope_lies_in_its_interval(runner, time_s):
    rng = np.random.default_rng(5)
    lean = 8.0 - 3.0 * time_s / 60 + rng.normal(0, 1.0, N)
    cadence = 176.0 - 4.0 * time_s / 60 + rng.normal(0, 3.0, N)
    r = runner(N, trunk_lean_deg=lean, cadence_spm=cadence)
    d = r.drift.metrics["trunk_lean_deg"]
    assert d.slope_per_min == pytest.approx(-3.0, abs=0.3)
    assert d.low95 <= -3.0 <= d.high95
    assert d.drifted
    assert (d.course, d.change_s) == ("steady", None)
    assert d.first == pytest.approx(8.0 - 1.0, abs=0.4)  # mean of the first third of two minutes
    assert d.last == pytest.approx(2.0 + 1.0, abs=0.4)
    assert r.drift.metrics["cadence_spm"].slope_per_min == pytest.approx(-4.0, abs=0.4)
    lost = next(f for f in r.findings if f.code == "lean_lost")
    assert lost.unit == "deg/min"
    assert lost.value == d.slope_per_min
    assert "steadily over 2:00 min" in lost.text
    assert {"lean_lost", "cadence_falls"} <= {f.code for f in r.findings}


def test_level_noise_rarely_drifts(time_s):
    rng = np.random.default_rng(6)
    sides = np.array(["left", "right"] * N, dtype=object)[:N]
    excluded = 0
    for _ in range(20):
        d = metric_drift(quantity("strides", "trunk_lean_deg"), time_s, rng.normal(7.0, 1.0, N), sides)
        excluded += not d.low95 <= 0.0 <= d.high95
        assert not d.drifted
    assert excluded <= 4


def test_other_slopes_are_less_sure_while_the_lean_drifts(runner, time_s):
    rng = np.random.default_rng(6)
    knee = 15.0 + rng.normal(0, 1.0, N)
    level = runner(N, knee_flexion_contact_deg=knee, trunk_lean_deg=8.0 + rng.normal(0, 0.1, N)).drift.metrics
    tilting = runner(N, knee_flexion_contact_deg=knee, trunk_lean_deg=8.0 - 3.0 * time_s / 60).drift.metrics

    def half(d):
        return 0.5 * (d.high95 - d.low95)

    still, moving = level["knee_flexion_contact_deg"], tilting["knee_flexion_contact_deg"]
    assert moving.slope_per_min == still.slope_per_min
    # 0.15 deg per degree of lean, 3 deg/min of it
    assert half(moving) == pytest.approx(np.hypot(half(still), 1.96 * 0.15 * 3.0), rel=0.05)
    assert half(tilting["cadence_spm"]) == half(level["cadence_spm"])


def test_left_and_right_apart_is_no_drift(runner):
    lean = np.where(np.arange(N) % 2, 5.0, 9.0)
    d = runner(N, trunk_lean_deg=lean).drift.metrics["trunk_lean_deg"]
    assert d.slope_per_min == pytest.approx(0.0, abs=1e-9)
    assert d.first == pytest.approx(d.last)


def test_small_but_sure_changes_are_not_called_drift(runner, time_s):
    d = runner(N, trunk_lean_deg=7.0 + 0.2 * time_s / 60).drift.metrics["trunk_lean_deg"]
    assert d.low95 > 0.0
    assert not d.drifted


def test_a_metric_that_was_not_measured_has_no_drift(runner):
    assert "speed_mps" not in runner(N).drift.metrics


@pytest.mark.parametrize(("course", "at"), [("step", 70.0), ("late", 60.0)])
def test_the_moment_of_change_is_found(time_s, course, at):
    rng = np.random.default_rng(7)
    shape = (time_s > at) * 4.0 if course == "step" else np.maximum(time_s - at, 0) * 0.1
    found, moment = course_of_change(time_s, 7.0 - shape + rng.normal(0, 0.5, N))
    assert found == course
    assert moment == pytest.approx(at, abs=6.0)


def test_a_line_is_steady(time_s):
    rng = np.random.default_rng(8)
    assert course_of_change(time_s, 8 - 0.05 * time_s + rng.normal(0, 0.5, N)) == ("steady", None)
    assert course_of_change(time_s[:5], time_s[:5]) == ("steady", None)


def test_what_happened_when_is_said(runner, time_s):
    lean = np.where(time_s > 80, 3.0, 8.0) + np.random.default_rng(9).normal(0, 0.5, N)
    lost = next(f for f in runner(N, trunk_lean_deg=lean).findings if f.code == "lean_lost")
    assert "at about 1:2" in lost.text or "at about 1:19" in lost.text
    assert "from 8.0° to 3." in lost.text
