"""The findings as data: one row says what is looked for, when it speaks, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from runlean.meaning import evidence as ev
from runlean.meaning.summary import Evidence, Severity

When = Literal["below", "above", "outside", "inside", "across", "any"]


@dataclass(frozen=True, slots=True)
class FindingRule:
    """One finding that may be told.

    Attributes
    ----------
    code : str
        Stable name for scripts.
    measure : str
        What is judged: a metric's name, or 'head_forward_deg', 'asymmetry:<metric>', 'drift:<metric>',
        'foot_strike' (see `runlean.meaning.findings.measures`).
    when : str
        'below', 'above', 'outside': the whole interval lies there; 'inside': the mean lies in the band, and the value
        likely does; 'across': none of these, the interval reaches over an edge; 'any': always.
    band : (float or None, float or None) or None
        What is looked for, an open end None; None takes the user's lean band.
    severity : {'attention', 'info', 'good'}
    title, says, advice : str
        ``says`` may hold {value}, {interval}, {band} and {detail}.
    drills : tuple of str
    evidence : Evidence
        What the rule rests on.
    context : tuple of Evidence
        What studies say besides.
    group : str
        Of the rules with one group only the first that fits speaks.
    source : str or None
        Speaks only for a lean from there ('ankles', 'waist').
    unless : str
        A measure that silences the rule: what drifts away is not going well.
    """

    code: str
    measure: str
    when: When
    band: tuple[float | None, float | None] | None
    severity: Severity
    title: str
    says: str
    advice: str
    drills: tuple[str, ...]
    evidence: Evidence
    context: tuple[Evidence, ...] = ()
    group: str = ""
    source: str | None = None
    unless: str = ""


_LEAN_DRILLS: Final = (
    "Lean from the ankles: stand tall, tip forward as one piece as if beginning to fall, and run out of it",
    "Falling drill: 5 x 10 m, arms relaxed",
)
_CORE: Final = ("Planks, bridges, dead bugs, bird-dogs, two or three times a week",)
_SCAN: Final = ("Posture scan every few minutes: head neutral, shoulders relaxed, slight tilt from the ankles",)
_LEAN_STUDIES: Final = (ev.LEAN_GROUPS, ev.LEAN_COST, ev.LEAN_RANGE)

FINDING_RULES: Final[tuple[FindingRule, ...]] = (
    FindingRule(
        "lean_back", "trunk_lean_deg", "below", (0.0, None), "attention",
        "The trunk leans back",
        "Mean trunk lean is {value} ({interval}): behind the vertical.",
        "Stand tall and tip slightly forward from the ankles; do not push the chest forward from the waist.",
        _LEAN_DRILLS + _CORE, ev.LEAN_BACK_CUE, _LEAN_STUDIES, group="lean",
    ),
    FindingRule(
        "lean_too_little", "trunk_lean_deg", "below", None, "attention",
        "More upright than the cue",
        "Mean trunk lean is {value} ({interval}): less than the cue’s {band}.",
        "If you want to follow the cue, tip forward from the ankles by a few degrees; the back stays long.",
        _LEAN_DRILLS, ev.LEAN_CUE, _LEAN_STUDIES, group="lean",
    ),
    FindingRule(
        "lean_too_much", "trunk_lean_deg", "above", None, "attention",
        "More lean than the cue",
        "Mean trunk lean is {value} ({interval}): more than the cue’s {band}.",
        "Run taller: bring the shoulders back over the hips until the lean feels slight.",
        _CORE + _SCAN, ev.LEAN_CUE, _LEAN_STUDIES, group="lean",
    ),
    FindingRule(
        "lean_in_band", "trunk_lean_deg", "inside", None, "good",
        "The lean is in the cue’s band",
        "Mean trunk lean is {value} ({interval}); the cue’s band is {band}.",
        "Keep it, and look again when you are tired.",
        _SCAN, ev.LEAN_CUE, _LEAN_STUDIES, group="lean", unless="drift:trunk_lean_deg",
    ),
    FindingRule(
        "lean_near_band", "trunk_lean_deg", "across", None, "info",
        "The lean cannot be told from the cue’s band",
        "Mean trunk lean is {value} ({interval}): the interval reaches over the edge of the cue’s {band}.",
        "Film again from the side with a level camera and more steps before changing anything.",
        (), ev.LEAN_CUE, _LEAN_STUDIES, group="lean",
    ),
    FindingRule(
        "waist_bend", "hip_hinge_deg", "above", (None, 4.0), "attention",
        "The lean comes from the waist",
        "The trunk folds {value} ({interval}) at the hips: most of the lean happens above them.",
        "Keep the hips under the shoulders: lean as one line from ankle to ear.",
        _LEAN_DRILLS + _CORE, ev.WAIST_CUE, (ev.LEAN_COST,), source="waist",
    ),
    FindingRule(
        "straight_line", "hip_hinge_deg", "inside", (-8.0, 4.0), "good",
        "The lean comes from the ankles",
        "The trunk folds {value} ({interval}) at the hips: hips and shoulders lean as one line.",
        "Keep it.",
        (), ev.WAIST_CUE, (ev.LEAN_COST,), source="ankles", unless="drift:hip_hinge_deg",
    ),
    FindingRule(
        "overstride", "shin_lean_contact_deg", "below", (-12.0, None), "attention",
        "The foot lands well ahead of the knee",
        "At contact the shin tilts {value} ({interval}): the foot reaches ahead of the knee.",
        "Let the foot come down closer under the body; quicker, shorter steps at the same speed help to feel it.",
        ("Quick steps: 4 x 1 min with 5 % more steps per minute at the same speed", "Falling drill: 5 x 10 m"),
        ev.LANDING_CUE, (ev.LEAN_RANGE,),
    ),
    FindingRule(
        "cadence_low", "cadence_spm", "below", (162.4, None), "info",
        "Fewer steps per minute than most runners prefer",
        "Cadence is {value} ({interval}): more than two standard deviations below the mean preferred rate.",
        "Slow running lowers the rate too. If you want to try more steps, add about 5 % at the same speed.",
        ("Metronome or music at 5 % above your own rate, 4 x 2 min",), ev.RATE,
    ),
    FindingRule(
        "bounce_high", "vertical_oscillation_frac", "above", (None, 0.12), "info",
        "Much up and down",
        "The centre of mass rises and falls by {value} ({interval}) in each step.",
        "Think forward and not up: a slight lean and quicker steps.",
        ("Quick steps: 4 x 1 min", "Run past a fence or a mirror and keep the head level"), ev.BOUNCE_CUE, (ev.BOUNCE,),
    ),
    FindingRule(
        "head_forward", "head_forward_deg", "above", (None, 25.0), "info",
        "The head is ahead of the trunk",
        "The line from shoulder to ear tilts {value} ({interval}) further forward than the trunk.",
        "Look to the horizon and let the ear come back above the shoulder.",
        ("Chin tucks, 2 x 10", *_SCAN), ev.HEAD_CUE,
    ),
    FindingRule(
        "contact_uneven", "asymmetry:contact_time_s", "outside", (-5.0, 5.0), "info",
        "Left and right differ on the ground",
        "Contact is {value} ({interval}) longer on the {detail} foot.",
        "Film the other side too: if the difference stays with the same leg, it is yours and not the camera’s.",
        ("Single-leg bridges and step-ups, both sides alike",), ev.EVEN_CUE, (ev.TIMES,),
    ),
    FindingRule(
        "steps_uneven", "asymmetry:step_time_s", "outside", (-5.0, 5.0), "info",
        "Left and right steps differ",
        "The step after {detail} contact takes {value} ({interval}) longer.",
        "Film the other side too: if the difference stays with the same leg, it is yours and not the camera’s.",
        ("Single-leg bridges and step-ups, both sides alike",), ev.EVEN_CUE,
    ),
    FindingRule(
        "foot_strike", "foot_strike", "any", (None, None), "info",
        "How the foot meets the ground",
        "{detail}",
        "Nothing on this account: no way of landing is held to be the right one here.",
        (), ev.STRIKE,
    ),
    FindingRule(
        "lean_lost", "drift:trunk_lean_deg", "below", (0.0, None), "attention",
        "The lean is lost over time",
        "Trunk lean goes {detail}: {value} ({interval}).",
        "Check your posture when you tire: tall, slight tilt from the ankles.",
        _SCAN + _CORE, ev.TIRED_CUE, (ev.LEAN_TIRED,),
    ),
    FindingRule(
        "lean_grows", "drift:trunk_lean_deg", "above", (None, 0.0), "info",
        "The trunk leans further forward over time",
        "Trunk lean goes {detail}: {value} ({interval}).",
        "Check your posture when you tire: tall, slight tilt from the ankles.",
        _SCAN + _CORE, ev.LEAN_TIRED, (ev.LEAN_GROUPS,),
    ),
    FindingRule(
        "hinge_grows", "drift:hip_hinge_deg", "above", (None, 0.0), "attention",
        "The trunk folds more at the waist over time",
        "The hinge at the hips goes {detail}: {value} ({interval}).",
        "Check your posture when you tire: hips under the shoulders.",
        _SCAN + _CORE, ev.TIRED_CUE, (ev.LEAN_TIRED,),
    ),
    FindingRule(
        "cadence_falls", "drift:cadence_spm", "below", (0.0, None), "info",
        "Cadence falls over time",
        "Cadence goes {detail}: {value} ({interval}).",
        "If your speed was the same throughout, try to keep the steps quick when you tire.",
        ("Metronome at your fresh rate for the last minutes of a run",), ev.TIRED_CUE, (ev.RATE,),
    ),
    FindingRule(
        "contact_grows", "drift:contact_time_s", "above", (None, 0.0), "info",
        "Contact gets longer over time",
        "Contact time goes {detail}: {value} ({interval}).",
        "Longer contact goes with slower running and with tiredness: compare with your speed.",
        (), ev.CONTACT_TIRED, (ev.TIMES,),
    ),
)  # fmt: skip
