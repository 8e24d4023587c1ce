import math

import numpy as np
import pytest

from runlean.meaning.metrics import CAMERA_ASYMMETRY_PCT, asymmetry, strides_interval, without_sides
from runlean.tables import stride_metrics

NONE = np.full(100, np.nan)
ONE_FOOT = np.full(100, "left", dtype=object)


def test_interval_of_three_values_is_students_on_paper():
    # mean 6, sd 2, t(0.975, 2) = 4.302653: half 4.302653 * 2 / sqrt(3)
    mean, sd, half, n, effective = strides_interval(np.array([4.0, 8.0, 6.0]), ONE_FOOT[:3], NONE[:3])
    assert (mean, n, effective) == (6.0, 3, 3.0)
    assert sd == pytest.approx(2.0)
    assert half == pytest.approx(4.302653 * 2.0 / math.sqrt(3), rel=1e-6)


def test_the_difference_of_the_feet_is_no_chance():
    rng = np.random.default_rng(5)
    values, sides = rng.normal(0.25, 0.004, 24), np.array(["left", "right"] * 12, dtype=object)
    apart = values + np.where(sides == "left", 0.02, -0.02)
    _, _, even, _, _ = strides_interval(values, sides, NONE[:24])
    mean, sd, uneven, _, _ = strides_interval(apart, sides, NONE[:24])
    assert uneven == pytest.approx(even)
    assert mean == pytest.approx(apart.mean())
    assert sd == pytest.approx(np.std(apart, ddof=1))  # what is told of the strides stays theirs
    assert without_sides(values[:2], sides[:2]) is not None
    np.testing.assert_array_equal(without_sides(values[:3], sides[:3]), values[:3])


def test_strides_that_differ_less_than_their_noise_believe_the_noise():
    _, sd, half, _, _ = strides_interval(np.full(9, 7.0), ONE_FOOT[:9], np.full(9, 0.6))
    assert sd == 0.0
    assert half == pytest.approx(2.306004 * 0.6 / 3, rel=1e-6)  # t(0.975, 8)


def test_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        noise = rng.normal(size=40)
        x = np.empty(40)
        x[0] = noise[0]
        for i in range(1, 40):  # strides that resemble their neighbours
            x[i] = 0.6 * x[i - 1] + 0.8 * noise[i]
        mean, _, half, _, _ = strides_interval(x, ONE_FOOT[:40], NONE[:40])
        held += abs(mean) <= half
    assert held / 400 > 0.88  # plain Student holds 0.67 here


def test_asymmetry_is_signed_and_on_paper():
    values = np.array([0.21, 0.19] * 10)
    sides = np.array(["left", "right"] * 10, dtype=object)
    pct, low, high = asymmetry(values, sides, 1.0, 0.0)
    assert pct == pytest.approx(10.0)
    assert low == pytest.approx(10.0, abs=1e-9)
    assert high == pytest.approx(10.0, abs=1e-9)
    _, low, high = asymmetry(values, sides, 1.0, 3.0)
    assert (low, high) == pytest.approx((10.0 - 1.959964 * 3, 10.0 + 1.959964 * 3))
    mirrored = asymmetry(values[::-1].copy(), sides, 1.0, 0.0)
    assert mirrored[0] == pytest.approx(-10.0)


@pytest.mark.parametrize("values", [[1.0], [1.0, 2.0, 1.0], [np.nan] * 4, [1.0, -1.0, 1.0, -1.0]])
def test_no_asymmetry_of_too_little_or_of_nothing(values):
    sides = np.array(["left", "right"] * 4, dtype=object)[: len(values)]
    assert asymmetry(np.array(values), sides, 1.0, 3.0) is None


def test_every_strides_column_has_a_metric(runner):
    assert set(runner().metrics) == {q.name for q in stride_metrics()}


def test_means_are_those_of_the_table(runner):
    lean = np.array([6.0, 8.0] * 10)
    m = runner(trunk_lean_deg=lean).metrics["trunk_lean_deg"]
    assert (m.mean, m.left, m.right, m.n, m.unit) == (7.0, 6.0, 8.0, 20, "deg")
    assert m.sd == pytest.approx(np.std(lean, ddof=1))
    assert m.systematic_sd is None
    assert (m.low95, m.high95) == (m.low95_strides, m.high95_strides)


def test_systematic_part_stands_beside_and_within_the_interval(runner):
    m = runner(trunk_lean_deg=np.array([6.0, 8.0] * 10), systematic_sd={"trunk_lean_deg": 1.5}).metrics[
        "trunk_lean_deg"
    ]
    random_half = 0.5 * (m.high95_strides - m.low95_strides)
    assert m.systematic_sd == 1.5
    assert 0.5 * (m.high95 - m.low95) == pytest.approx(math.hypot(random_half, 1.959964 * 1.5))
    assert m.low95 + m.high95 == pytest.approx(2 * m.mean)


def test_a_strides_sd_holds_the_systematic_part_which_the_mean_counts_once(runner):
    both = math.hypot(0.9, 1.5)
    m = runner(trunk_lean_deg=7.0, trunk_lean_deg_sd=both, systematic_sd={"trunk_lean_deg": 1.5}).metrics[
        "trunk_lean_deg"
    ]
    assert m.high95_strides - m.mean == pytest.approx(2.093024 * 0.9 / math.sqrt(20), rel=1e-6)  # t(0.975, 19)


def test_every_ratio_has_its_cameras_part():
    assert {q.name for q in stride_metrics() if q.ratio} == set(CAMERA_ASYMMETRY_PCT)


def test_missing_strides_are_left_out_of_n(runner):
    step = np.full(10, 0.35)
    step[[2, 9]] = np.nan
    m = runner(10, step_time_s=step).metrics["step_time_s"]
    assert m.n == 8
    assert m.mean == pytest.approx(0.35)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_below_four_contacts_no_means(summary, n):
    s = summary(n)
    runner = s.runners[0]
    assert runner.n_contacts == n
    for name, m in runner.metrics.items():
        assert m.mean is None
        assert m.reason
        if name == "trunk_lean_deg":
            assert "fewer than 4 foot contacts" in m.reason
    assert runner.lean.lean_class is None
    assert runner.findings == ()
    assert any(w.code == "few_steps" and "no means" in w.message for w in s.warnings)


def test_below_seven_contacts_a_warning(summary):
    few, enough = summary(6), summary(7)
    assert few.runners[0].metrics["cadence_spm"].mean is not None
    assert [w.code for w in few.warnings] == ["few_steps"]
    assert few.warnings[0].runner_id == 1
    assert enough.warnings == ()


def test_withheld_columns_say_why(runner):
    r = runner(trunk_lean_deg=np.nan, withheld={"trunk_lean_deg": "seen from the front", "foot_strike": "no heel"})
    assert r.metrics["trunk_lean_deg"].mean is None
    assert r.metrics["trunk_lean_deg"].reason == "seen from the front"
    assert r.metrics["foot_strike"].reason == "no heel"
    assert r.metrics["speed_mps"].reason == "measured in 0 strides only"
    assert r.lean.lean_class is None
    assert r.lean.reason == "seen from the front"
    assert "seen from the front" in r.verdict


def test_moments_and_classes_have_no_mean_but_shares(runner):
    strike = np.array(["rearfoot"] * 15 + ["midfoot"] * 3 + [None] * 2, dtype=object)
    metrics = runner(foot_strike=strike).metrics
    assert metrics["contact_s"].mean is None
    assert "moment" in metrics["contact_s"].reason
    assert metrics["foot_strike"].shares == {"midfoot": 3 / 18, "rearfoot": 15 / 18}
    assert metrics["foot_strike"].n == 18
