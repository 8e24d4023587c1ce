"""What the page says of each runner, ready for the template."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from runlean.meaning.summary import Evidence, Finding, Metric, PostureScan, Runner, Summary
from runlean.meaning.wording import number, printed_scale, quantity_text
from runlean.report.course import drift_plot, lean_plot, timeline_plot
from runlean.report.cycle import cycle_plot
from runlean.report.gauge import lean_gauge, posture_figure
from runlean.report.references import METRIC_GROUPS, REFERENCES
from runlean.tables import quantity

EVIDENCE_LABELS: Final = {"cue": "Coach’s cue", "finding": "Measured in studies"}
SEVERITY_LABELS: Final = {"attention": "Worth a look", "info": "For information", "good": "Going well"}


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One line of the table of metrics, as printed."""

    label: str
    definition: str
    unit: str
    mean: str
    interval: str
    strides: str
    systematic: str
    left: str
    right: str
    difference: str
    n: int
    reference: str


@dataclass(frozen=True, slots=True)
class RunnerPage:
    """One runner's part of the page."""

    runner: Runner
    facts: str
    gauge: str | None
    gauge_words: str
    posture: str | None
    lean_plot: str | None
    cycle_plot: str | None
    timeline: str | None
    drift_plot: str | None
    drift_words: tuple[str, ...]
    groups: tuple[tuple[str, tuple[MetricRow, ...]], ...]
    missing: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    scans: tuple[PostureScan, ...]
    warnings: tuple[str, ...]


def _row(name: str, m: Metric) -> MetricRow:
    q = quantity("strides", name)
    factor, decimals, suffix = printed_scale(name, m.unit)

    def cell(value: float | None) -> str:
        return "–" if value is None else number(value * factor, decimals)

    def between(low: float | None, high: float | None) -> str:
        return "–" if low is None or high is None else f"{cell(low)} to {cell(high)}"

    return MetricRow(
        label=q.label,
        definition=q.definition,
        unit=suffix.strip(),
        mean=cell(m.mean),
        interval=between(m.low95, m.high95),
        strides=between(m.low95_strides, m.high95_strides),
        systematic="–" if m.systematic_sd is None else f"± {cell(m.systematic_sd)}",
        left=cell(m.left),
        right=cell(m.right),
        difference="–" if m.asymmetry_pct is None else f"{number(m.asymmetry_pct, 1)} %",
        n=m.n,
        reference=REFERENCES.get(name, ""),
    )


def metric_groups(runner: Runner) -> tuple[tuple[str, tuple[MetricRow, ...]], ...]:
    """Lines of the table for every metric that has a mean, in the reader's groups."""
    groups = []
    for title, names in METRIC_GROUPS:
        rows = tuple(_row(n, runner.metrics[n]) for n in names if runner.metrics[n].mean is not None)
        if rows:
            groups.append((title, rows))
    return tuple(groups)


def missing_metrics(runner: Runner) -> tuple[tuple[str, str], ...]:
    """Reason -> names of what is not known for it, as (names, reason), in the table's order."""
    reasons: dict[str, list[str]] = {}
    names = [name for _, group in METRIC_GROUPS for name in group] + ["foot_strike"]
    for name in names:
        m = runner.metrics[name]
        if m.mean is None and not m.shares and m.reason:
            reasons.setdefault(m.reason, []).append(quantity("strides", name).label.lower())
    return tuple((", ".join(dict.fromkeys(labels)), reason) for reason, labels in reasons.items())


def _facts(runner: Runner) -> str:
    parts = []
    if runner.direction:
        parts.append(f"runs to the {runner.direction}")
    if runner.mode:
        parts.append("on a treadmill" if runner.mode == "treadmill" else "over ground")
    yaw = "" if runner.view.yaw_deg is None else f", about {number(abs(runner.view.yaw_deg), 0)}° off the perpendicular"
    parts.append(f"{runner.view.kind} view{yaw}")
    parts.append(f"camera roll {quantity_text(runner.roll.deg, 'roll', 'deg')} ({runner.roll.source})")
    parts.append(f"{runner.n_contacts} foot contacts in {runner.n_frames} frames")
    if runner.body_height_px:
        parts.append(f"{runner.body_height_px:.0f} px tall")
    return "; ".join(parts)


def _gauge_words(runner: Runner) -> str:
    m = runner.metrics["trunk_lean_deg"]
    share = runner.lean.share_in_band
    words = [f"Thick bar: 95 % interval over {m.n} strides. Thin bar: with the systematic part"]
    if m.systematic_sd is not None:
        words.append(f" (± {quantity_text(m.systematic_sd, 'trunk_lean_deg', 'deg')}, one standard deviation)")
    words.append(".")
    if share is not None:
        words.append(f" {100 * share:.0f} % of strides lie in the band.")
    return "".join(words)


def _drift_words(runner: Runner) -> tuple[str, ...]:
    out = []
    for name, d in runner.drift.metrics.items():
        if d.drifted:
            label = quantity("strides", name).label
            slope = quantity_text(d.slope_per_min, name, d.unit)
            low, high = (quantity_text(v, name, d.unit) for v in (d.low95, d.high95))
            out.append(f"{label}: {slope} per minute (95 %: {low} to {high})")
    return tuple(out)


def runner_page(runner: Runner, frames: pa.Table, strides: pa.Table, warnings: Sequence[str]) -> RunnerPage:
    """Put one runner's part together.

    Parameters
    ----------
    runner : Runner
    frames, strides : pyarrow.Table
        Of all runners.
    warnings : sequence of str
        Messages that concern this runner.
    """
    frames = frames.filter(pc.equal(frames.column("runner_id"), runner.runner_id))
    strides = strides.filter(pc.equal(strides.column("runner_id"), runner.runner_id))
    band, trunk = runner.lean.band_deg, runner.metrics["trunk_lean_deg"]
    measured = trunk.mean is not None and math.isfinite(trunk.mean)
    numbers = any(m.mean is not None for m in runner.metrics.values())
    return RunnerPage(
        runner=runner,
        facts=_facts(runner),
        gauge=lean_gauge(trunk, band) if measured else None,
        gauge_words=_gauge_words(runner) if measured else "",
        posture=posture_figure(runner.lean, runner.metrics["head_lean_deg"].mean),
        lean_plot=lean_plot(strides, band) if measured else None,
        cycle_plot=cycle_plot(frames, strides, band) if numbers else None,
        timeline=timeline_plot(strides) if numbers else None,
        drift_plot=drift_plot(strides, runner.drift),
        drift_words=_drift_words(runner),
        groups=metric_groups(runner),
        missing=missing_metrics(runner),
        findings=runner.findings,
        scans=runner.posture_scans if numbers else (),
        warnings=tuple(warnings),
    )


def evidence_label(evidence: Evidence) -> str:
    """Return what the page calls this kind of evidence."""
    return EVIDENCE_LABELS[evidence.kind]


def source_words(summary: Summary) -> str:
    """One line about the video."""
    s = summary.source
    parts = []
    if s.width and s.height:
        parts.append(f"{s.width} × {s.height} px")
    if s.fps_from_timestamps:
        rate = f"{number(s.fps_from_timestamps, 2).rstrip('0').rstrip('.')} frames per second"
        parts.append(rate + (" (varying)" if s.variable_frame_rate else ""))
    parts.append(f"{number(s.duration_s, 1)} s, {s.n_frames} frames")
    if s.codec:
        parts.append(s.codec)
    return ", ".join(parts)
