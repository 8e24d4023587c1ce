import numpy as np
import pytest

from runlean.meaning.lean import lean_class, lean_source, probability_within, source_is_certain

BAND = (5.0, 10.0)


@pytest.mark.parametrize(
    ("lean", "expected"),
    [
        (-0.01, "backward"),
        (0.0, "upright"),
        (4.99, "upright"),
        (5.0, "within_band"),
        (10.0, "within_band"),
        (10.01, "beyond_band"),
    ],
)
def test_classes_meet_at_the_bands_ends(lean, expected):
    assert lean_class(lean, BAND) == expected


def test_a_band_below_zero_has_no_upright():
    assert lean_class(-1.0, (-2.0, 3.0)) == "within_band"
    assert lean_class(-3.0, (-2.0, 3.0)) == "backward"


@pytest.mark.parametrize(
    ("lean", "hinge", "expected"),
    [
        (8.0, 1.0, "ankles"),
        (12.0, 0.0, "ankles"),
        (8.0, -6.0, "ankles"),
        (3.1, 0.8, "ankles"),
        (15.0, 12.0, "waist"),
        (14.0, 10.5, "waist"),
        (6.0, 6.0, "waist"),
        (12.0, 5.5, "mixed"),
        (9.0, 4.0, "waist"),
        (9.0, 3.0, "mixed"),
        (6.0, 2.5, "mixed"),
        (2.9, 5.0, None),
        (-1.0, 0.0, None),
        (0.0, 5.0, None),
    ],
)
def test_source_by_the_part_above_the_hips(lean, hinge, expected):
    assert lean_source(lean, hinge) == expected


def test_source_goes_from_ankles_to_waist_as_the_hinge_grows():
    order = {"ankles": 0, "mixed": 1, "waist": 2}
    for lean in (3.5, 8.0, 20.0):
        steps = [order[lean_source(lean, hinge)] for hinge in np.linspace(-10, 30, 200)]
        assert steps == sorted(steps)
        assert set(steps) == {0, 1, 2}


def test_runners_lean(runner):
    lean = runner(trunk_lean_deg=np.array([4.0, 6.0, 8.0, 12.0] * 5)).lean
    assert lean.lean_class == "within_band"
    assert lean.share_in_band == 0.5
    assert lean.band_deg == BAND
    assert lean.source == "ankles"


def test_certain_only_when_the_whole_interval_agrees(runner):
    assert runner(systematic_sd={"trunk_lean_deg": 1.0, "hip_hinge_deg": 1.0}).lean.class_certain
    wide = runner(systematic_sd={"trunk_lean_deg": 2.0, "hip_hinge_deg": 2.0}).lean
    assert wide.lean_class == "within_band"
    assert not wide.class_certain
    assert not wide.source_certain


def test_the_source_of_a_lean_too_small_to_tell_is_never_certain(runner):
    hinge = {"hip_hinge_deg": np.full(20, -1.0), "systematic_sd": {"hip_hinge_deg": 1.0}}
    large, small = runner(trunk_lean_deg=8.0, **hinge).lean, runner(trunk_lean_deg=3.5, **hinge).lean
    assert (large.source, large.source_certain) == ("ankles", True)
    assert (small.source, small.source_certain) == ("ankles", False)
    least = runner(trunk_lean_deg=2.0, **hinge).lean
    assert (least.source, least.source_certain) == (None, False)
    assert "does not show" in least.reason


def test_strides_with_hidden_legs_do_not_move_the_source(runner):
    hinge = np.full(20, 0.5)
    hinge[::3] = 19.0
    lean = runner(trunk_lean_deg=8.0, hip_hinge_deg=hinge).lean
    assert lean.hip_hinge_deg > 5.0
    assert lean.source == "ankles"


@pytest.mark.parametrize(("ends", "certain"), [((-2.0, 2.0), True), ((-2.0, 3.0), False), ((-2.0, 5.5), False)])
def test_an_ankle_lean_is_certain_when_its_interval_leaves_out_the_fold(ends, certain):
    assert source_is_certain(8.0, 0.0, *ends) == certain


def test_probability_is_the_normals():
    assert probability_within(5.0, 10.0, 7.5, 7.5 - 1.959964, 7.5 + 1.959964) == pytest.approx(0.98758, abs=1e-4)
    assert probability_within(5.0, np.inf, 5.0, 3.0, 7.0) == pytest.approx(0.5)
    assert probability_within(5.0, 10.0, 7.5, 7.5, 7.5) == 1.0
    assert probability_within(8.0, 10.0, 7.5, 7.5, 7.5) == 0.0


def test_class_probability_falls_as_the_interval_grows(runner):
    values = [runner(systematic_sd={"trunk_lean_deg": sd}).lean.class_probability for sd in (0.5, 1.5, 4.0, 10.0)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.99
    assert values[-1] < 0.25


def test_source_is_null_without_a_hinge(runner):
    lean = runner(hip_hinge_deg=np.nan, withheld={"hip_hinge_deg": "the feet are outside the picture"}).lean
    assert lean.lean_class == "within_band"
    assert lean.source is None
    assert lean.reason == "the feet are outside the picture"


def test_users_band_moves_the_class(runner):
    assert runner(band=(8.0, 12.0)).lean.lean_class == "upright"
    assert runner(band=(1.0, 7.0)).lean.lean_class == "beyond_band"
