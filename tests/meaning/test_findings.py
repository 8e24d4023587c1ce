import re
from pathlib import Path

import numpy as np
import pytest

from runlean.meaning import evidence
from runlean.meaning.document import renew
from runlean.meaning.findings import Measure, speaks
from runlean.meaning.rules import FINDING_RULES
from runlean.meaning.summary import Evidence
from runlean.tables import stride_metrics

EVIDENCE = [value for value in vars(evidence).values() if isinstance(value, Evidence)]


def codes(runner):
    return {f.code for f in runner.findings}


def test_rules_are_sound():
    assert len({rule.code for rule in FINDING_RULES}) == len(FINDING_RULES)
    metrics = {q.name for q in stride_metrics()} | {"head_forward_deg"}
    for rule in FINDING_RULES:
        assert rule.measure.split(":")[-1] in metrics, rule.code
        assert re.findall(r"{(\w+)}", rule.says), rule.code
        assert set(re.findall(r"{(\w+)}", rule.says)) <= {"value", "interval", "band", "detail"}
        assert rule.advice


@pytest.mark.parametrize("e", EVIDENCE, ids=lambda e: e.text[:30])
def test_cues_are_called_coaches_and_findings_name_a_study(e):
    if e.kind == "cue":
        assert e.source == "coaching advice"
        assert e.text.startswith("Coaches ")
        assert not re.search(r"\b(study found|proven|measured)\b", e.text)
    else:
        assert re.search(r"\b(19|20)\d\d\b", e.source)
        assert not re.search(r"[Cc]oach|should|advise", e.text)


def test_nothing_promises_an_effect():
    promise = re.compile(
        r"injur|prevent|protect|\bpain|will (make|reduce|improve|lower|save)|faster|reduces? (load|stress|risk)|"
        r"improves? (economy|performance)|saves? energy|healthier",
        re.IGNORECASE,
    )
    for rule in FINDING_RULES:
        for text in (rule.title, rule.says, rule.advice, *rule.drills):
            assert not promise.search(text), (rule.code, text)
    for e in EVIDENCE:
        assert not promise.search(e.text), e.text


def test_the_bands_own_rules_rest_on_a_cue_with_the_studies_beside():
    for rule in FINDING_RULES:
        if rule.group == "lean":
            assert rule.evidence.kind == "cue"
            assert any(c.source == "Carson 2024" for c in rule.context)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"trunk_lean_deg": 7.5}, "lean_in_band"),
        ({"trunk_lean_deg": 2.0}, "lean_too_little"),
        ({"trunk_lean_deg": -4.0}, "lean_back"),
        ({"trunk_lean_deg": 15.0}, "lean_too_much"),
        ({"trunk_lean_deg": 4.0}, "lean_near_band"),
        ({"trunk_lean_deg": 15.0, "hip_hinge_deg": 12.0}, "waist_bend"),
        ({"hip_hinge_deg": 0.0}, "straight_line"),
        ({"shin_lean_contact_deg": -20.0}, "overstride"),
        ({"cadence_spm": 150.0}, "cadence_low"),
        ({"vertical_oscillation_frac": 0.15}, "bounce_high"),
        ({"head_lean_deg": 45.0}, "head_forward"),
        ({"contact_time_s": np.array([0.26, 0.22] * 10)}, "contact_uneven"),
        ({"step_time_s": np.array([0.31, 0.39] * 10)}, "steps_uneven"),
        ({"foot_strike": np.array(["rearfoot"] * 20, dtype=object)}, "foot_strike"),
    ],
)
def test_each_finding_speaks_on_its_numbers(runner, changes, expected):
    found = runner(systematic_sd={"trunk_lean_deg": 1.0, "shin_lean_contact_deg": 2.0}, **changes)
    assert expected in codes(found)
    assert sum(f.code.startswith("lean_") for f in found.findings) == 1


def test_an_ordinary_runner_gets_only_good_news(runner):
    found = runner()
    assert codes(found) == {"lean_in_band", "straight_line"}
    assert {f.severity for f in found.findings} == {"good"}


def test_no_finding_without_the_intervals_support(runner):
    sure = runner(shin_lean_contact_deg=-14.0, cadence_spm=160.0)
    unsure = runner(
        shin_lean_contact_deg=-14.0, cadence_spm=160.0, systematic_sd={"shin_lean_contact_deg": 2.0, "cadence_spm": 2.0}
    )
    assert {"overstride", "cadence_low"} <= codes(sure)
    assert not {"overstride", "cadence_low"} & codes(unsure)


def test_good_news_that_is_not_certain_says_so(runner):
    found = runner(systematic_sd={"trunk_lean_deg": 2.0})
    f = next(f for f in found.findings if f.code == "lean_in_band")
    assert not f.certain
    assert "not certain" in f.text
    assert "7.5°" in f.text
    assert f.band == (5.0, 10.0)


def test_a_mean_in_the_band_is_no_good_news_when_hardly_anything_is_known(runner):
    found = codes(runner(systematic_sd={"trunk_lean_deg": 8.0}))
    assert "lean_in_band" not in found
    assert "lean_near_band" in found


def test_uneven_names_the_longer_side_with_positive_numbers(runner):
    f = next(f for f in runner(contact_time_s=np.array([0.22, 0.26] * 10)).findings if f.code == "contact_uneven")
    assert f.value < 0
    assert "16.7 %" in f.text
    assert "right foot" in f.text
    assert "\u2212" not in f.text


def test_who_walks_gets_no_findings(runner):
    assert runner(gait="walking").findings == ()


def test_attention_comes_first(runner):
    found = runner(trunk_lean_deg=15.0, hip_hinge_deg=12.0, cadence_spm=150.0)
    order = [f.severity for f in found.findings]
    assert order == sorted(order, key=["attention", "good", "info"].index)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-3, -1, "below"), (11, 12, "above"), (2, 6, "across"), (4, 8, "inside")],
)
def test_below_above_inside_and_across_share_the_line_out(low, high, expected):
    m = Measure("trunk_lean_deg", "deg", 0.5 * (low + high), low, high)
    rules = {rule.when: rule for rule in FINDING_RULES if rule.group == "lean" and rule.band is None}
    assert [when for when, rule in rules.items() if speaks(rule, m, (5.0, 10.0))] == [expected]


def test_documentation_lists_the_rules():
    text = (Path(__file__).parents[2] / "docs" / "quantities.md").read_text(encoding="utf-8")
    assert renew(text) == text, "run: python -m runlean.meaning.document"
    assert text.count("| `lean_in_band` |") == 1
