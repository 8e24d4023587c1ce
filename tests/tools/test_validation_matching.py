"""Found contacts beside true ones, and the true timing of strides."""

import math

import numpy as np
import pytest
from made_results import contacts
from validation import stride_truth, trials
from validation.matching import Contacts, match_contacts, nearest_pairs


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
