"""Findings: the rules of `FINDING_RULES` held against what was measured; the interval decides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from runlean.meaning.lean import LIKELY, probability_within
from runlean.meaning.rules import FINDING_RULES, FindingRule
from runlean.meaning.summary import Drift, Finding, Lean, Metric, MetricDrift, Severity
from runlean.meaning.wording import clock, quantity_text, range_text

#: Networks put ear and shoulder each in their own place: raw MoveNet reads the head 4 to 15 deg (median 10) further
#: ahead of the trunk than the joint centres of rendered runners say. Half-width in deg where gait knows no better.
HEAD_OFFSET_DEG = 10.0

_ORDER: dict[Severity, int] = {"attention": 0, "good": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Measure:
    """What a rule judges: a value with its 95 % interval, the metric it belongs to, and words for the sentence.

    ``per`` is ' per minute' for slopes.
    """

    metric: str
    unit: str
    value: float | None
    low95: float | None
    high95: float | None
    detail: str = ""
    per: str = ""


def _course(name: str, d: MetricDrift, duration_s: float) -> str:
    if d.change_s is None or d.course == "steady":
        when = f"steadily over {clock(duration_s)} min"
    else:
        when = f"at about {clock(d.change_s)} min" if d.course == "step" else f"from about {clock(d.change_s)} min on"
    return f"from {quantity_text(d.first, name, d.unit)} to {quantity_text(d.last, name, d.unit)}, {when}"


def _strikes(metric: Metric) -> Measure | None:
    if not metric.shares:
        return None
    most, share = max(metric.shares.items(), key=lambda item: item[1])
    others = ", ".join(f"{100 * s:.0f} % {name}" for name, s in metric.shares.items() if name != most)
    text = f"{100 * share:.0f} % of {metric.n} contacts are {most}" + (f" ({others})." if others else ".")
    return Measure("foot_strike", "", share, None, None, text)


def measures(metrics: Mapping[str, Metric], drift: Drift) -> dict[str, Measure]:
    """Everything that a rule may judge, by the rule's ``measure``.

    Parameters
    ----------
    metrics : mapping of str to Metric
    drift : Drift
        Only what drifted can be judged.
    """
    out = {name: Measure(name, m.unit, m.mean, m.low95, m.high95) for name, m in metrics.items() if m.mean is not None}
    for name, m in metrics.items():
        if m.asymmetry_pct is None or m.asymmetry_low95 is None or m.asymmetry_high95 is None:
            continue
        out[f"asymmetry:{name}"] = Measure(
            name, "pct", m.asymmetry_pct, m.asymmetry_low95, m.asymmetry_high95,
            "left" if m.asymmetry_pct > 0 else "right",
        )  # fmt: skip
    head, trunk = metrics["head_lean_deg"], metrics["trunk_lean_deg"]
    if head.mean is not None and trunk.mean is not None:
        value = head.mean - trunk.mean
        half = max(HEAD_OFFSET_DEG, (head.high95 - head.mean) if head.high95 is not None else 0.0)
        out["head_forward_deg"] = Measure("head_lean_deg", "deg", value, value - half, value + half)
    strikes = _strikes(metrics["foot_strike"])
    if strikes:
        out["foot_strike"] = strikes
    for name, d in drift.metrics.items():
        if d.drifted:
            words = _course(name, d, drift.duration_s)
            out[f"drift:{name}"] = Measure(name, d.unit, d.slope_per_min, d.low95, d.high95, words, " per minute")
    return out


def speaks(rule: FindingRule, measure: Measure, band: tuple[float | None, float | None]) -> bool:
    """Whether the interval supports the rule."""
    if rule.when == "any":
        return True
    value, low, high = measure.value, measure.low95, measure.high95
    if value is None or low is None or high is None:
        return False
    least = -math.inf if band[0] is None else band[0]
    most = math.inf if band[1] is None else band[1]
    below, above = high < least, low > most
    inside = least <= value <= most and probability_within(least, most, value, low, high) >= LIKELY
    return {
        "below": below,
        "above": above,
        "outside": below or above,
        "inside": inside,
        "across": not (below or above or inside),
    }[rule.when]


def _is_certain(rule: FindingRule, m: Measure, band: tuple[float | None, float | None]) -> bool:
    if rule.when in ("below", "above", "outside"):
        return True
    if m.low95 is None or m.high95 is None or rule.when == "across":
        return False
    return (band[0] is None or m.low95 >= band[0]) and (band[1] is None or m.high95 <= band[1])


def _finding(rule: FindingRule, m: Measure, band: tuple[float | None, float | None]) -> Finding:
    shown = m
    if rule.measure.startswith("asymmetry:") and m.value is not None and m.value < 0:
        shown = Measure(m.metric, m.unit, -m.value, -(m.high95 or 0.0), -(m.low95 or 0.0), m.detail)
    words = {
        "value": quantity_text(shown.value, m.metric, m.unit) + m.per,
        "interval": f"95 %: {range_text(shown.low95, shown.high95, m.metric, m.unit)}{m.per}",
        "band": range_text(*band, m.metric, m.unit),
        "detail": m.detail,
    }
    certain = _is_certain(rule, m, band)
    text = rule.says.format(**words)
    if rule.when == "inside" and not certain:
        text += " The interval reaches beyond the band, so this is likely and not certain."
    return Finding(
        code=rule.code,
        severity=rule.severity,
        metric=m.metric,
        unit=f"{m.unit}/min" if m.per else m.unit,
        value=m.value,
        low95=m.low95,
        high95=m.high95,
        band=None if band == (None, None) else band,
        certain=certain,
        title=rule.title,
        text=text,
        advice=rule.advice,
        drills=rule.drills,
        evidence=rule.evidence,
        context=rule.context,
    )


def runner_findings(metrics: Mapping[str, Metric], lean: Lean, drift: Drift) -> tuple[Finding, ...]:
    """Every finding that the intervals support: what asks for attention first, what is for information last.

    Parameters
    ----------
    metrics : mapping of str to Metric
    lean : Lean
    drift : Drift
    """
    known = measures(metrics, drift)
    found: list[Finding] = []
    told: set[str] = set()
    for rule in FINDING_RULES:
        m = known.get(rule.measure)
        band = lean.band_deg if rule.band is None else rule.band
        if m is None or rule.group in told or rule.unless in known or rule.source not in (None, lean.source):
            continue
        if speaks(rule, m, band):
            found.append(_finding(rule, m, band))
            if rule.group:
                told.add(rule.group)
    return tuple(sorted(found, key=lambda f: _ORDER[f.severity]))
