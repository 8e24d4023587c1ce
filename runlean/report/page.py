"""What the page says of each runner, ready for the template."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from runlean.meaning.summary import Evidence, Finding, Metric, PostureScan, Runner, Summary
from runlean.meaning.wording import clock, number, printed_scale, quantity_text
from runlean.report.course import drift_plot, lean_plot, timeline_plot
from runlean.report.cycle import cycle_plot
from runlean.report.gauge import lean_gauge, posture_figure
from runlean.report.references import METRIC_GROUPS, REFERENCES
from runlean.tables import quantity, rows_of

EVIDENCE_LABELS: Final = {"cue": "Coach’s cue", "finding": "Measured in studies"}
#: Metrics that stand large beside the gauge.
TILES: Final = ("cadence_spm", "contact_time_s", "flight_time_s", "hip_hinge_deg", "shin_lean_contact_deg",
                "vertical_oscillation_frac")  # fmt: skip
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
class Tile:
    """One number that stands large: its name, value, unit and 95 % interval, as printed."""

    label: str
    value: str
    unit: str
    interval: str


@dataclass(frozen=True, slots=True)
class DriftRow:
    """One line of the table of drift, as printed."""

    label: str
    unit: str
    first: str
    last: str
    slope: str
    interval: str
    course: str


@dataclass(frozen=True, slots=True)
class RunnerPage:
    """One runner's part of the page."""

    runner: Runner
    facts: str
    gauge: str | None
    gauge_words: str
    posture: str | None
    tiles: tuple[Tile, ...]
    lean_plot: str | None
    cycle_plot: str | None
    timeline: str | None
    drift_plot: str | None
    drift_rows: tuple[DriftRow, ...]
    drift_window_s: float
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


def _tiles(runner: Runner) -> tuple[Tile, ...]:
    rows = [_row(name, runner.metrics[name]) for name in TILES if runner.metrics[name].mean is not None]
    return tuple(Tile(row.label, row.mean, row.unit, row.interval) for row in rows)


def _drift_rows(runner: Runner) -> tuple[DriftRow, ...]:
    out = []
    for name, d in runner.drift.metrics.items():
        if not d.drifted:
            continue
        factor, decimals, suffix = printed_scale(name, d.unit)
        finer = decimals + 1 if decimals < 2 else decimals
        course = (
            "steadily" if d.change_s is None else f"{'at' if d.course == 'step' else 'from'} {clock(d.change_s)} min"
        )
        out.append(
            DriftRow(
                label=quantity("strides", name).label,
                unit=suffix.strip(),
                first=number(factor * d.first, decimals),
                last=number(factor * d.last, decimals),
                slope=number(factor * d.slope_per_min, finer),
                interval=f"{number(factor * d.low95, finer)} to {number(factor * d.high95, finer)}",
                course=course,
            )
        )
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
    frames = rows_of(frames, runner.runner_id)
    strides = rows_of(strides, runner.runner_id)
    band, trunk = runner.lean.band_deg, runner.metrics["trunk_lean_deg"]
    measured = trunk.mean is not None and math.isfinite(trunk.mean)
    numbers = any(m.mean is not None for m in runner.metrics.values())
    return RunnerPage(
        runner=runner,
        facts=_facts(runner),
        gauge=lean_gauge(trunk, band) if measured else None,
        gauge_words=_gauge_words(runner) if measured else "",
        posture=posture_figure(runner.lean, runner.metrics["head_lean_deg"].mean),
        tiles=_tiles(runner),
        lean_plot=lean_plot(strides, band) if measured else None,
        cycle_plot=cycle_plot(
            frames, strides, band, trunk=measured, knee=runner.metrics["knee_flexion_contact_deg"].mean is not None
        ),
        timeline=timeline_plot(strides) if numbers else None,
        drift_plot=drift_plot(strides, runner.drift),
        drift_rows=_drift_rows(runner),
        drift_window_s=max((d.window_s for d in runner.drift.metrics.values()), default=0.0),
        groups=metric_groups(runner),
        missing=missing_metrics(runner),
        findings=runner.findings,
        scans=runner.posture_scans if measured else (),
        warnings=tuple(warnings),
    )


def unbroken(text: str) -> str:
    """Keep numbers and their units on one line."""
    return re.sub(r"(\d|±) (?=[\d%±]|ms|cm|m/s|steps|px|frames)", "\\1\u00a0", text)


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
