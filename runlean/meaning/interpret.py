"""From gait and tables to the summary: what the numbers mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import runlean
from runlean.meaning.drift import runner_drift
from runlean.meaning.findings import runner_findings
from runlean.meaning.lean import runner_lean
from runlean.meaning.metrics import MIN_CONTACTS, STABLE_STEPS, runner_metrics
from runlean.meaning.posture import posture_scans
from runlean.meaning.summary import ModelUsed, Roll, Runner, SourceInfo, Summary, View, Warn
from runlean.meaning.verdict import verdict
from runlean.tables import column, rows_of

if TYPE_CHECKING:
    from runlean.gait.result import GaitResult, RunnerGait


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _summarize_runner(gait: RunnerGait, frames: pa.Table, strides: pa.Table, band: tuple[float, float]) -> Runner:
    metrics = runner_metrics(strides, gait.systematic_sd, gait.withheld)
    lean = runner_lean(metrics, column(strides, "trunk_lean_deg"), column(strides, "hip_hinge_deg"), band)
    drift = runner_drift(strides, metrics)
    return Runner(
        runner_id=gait.runner_id,
        gait=gait.gait,
        direction=gait.direction,
        mode=gait.mode,
        view=View(kind=gait.view_kind, yaw_deg=_known(gait.view_yaw_deg), confidence=_known(gait.view_confidence)),
        roll=Roll(deg=gait.roll_deg, source=gait.roll_source),
        n_contacts=strides.num_rows,
        n_frames=gait.n_frames,
        leg_length_px=_known(gait.leg_length_px),
        body_height_px=_known(gait.body_height_px),
        metres_per_px=_known(gait.metres_per_px),
        verdict=verdict(gait.gait, lean, metrics, strides.num_rows),
        metrics=metrics,
        lean=lean,
        posture_scans=posture_scans(frames, strides, band),
        drift=drift,
        findings=runner_findings(metrics, lean, drift) if gait.gait == "running" else (),
    )


def _warnings(gait: GaitResult, runners: Sequence[Runner]) -> tuple[Warn, ...]:
    out = [Warn(code=n.code, message=n.message) for n in gait.warnings]
    for described, runner in zip(gait.runners, runners, strict=True):
        own = [Warn(code=n.code, message=n.message, runner_id=runner.runner_id) for n in described.warnings]
        if runner.n_contacts < STABLE_STEPS and "few_steps" not in {w.code for w in own}:
            tail = "; no means are given." if runner.n_contacts < MIN_CONTACTS else "."
            message = (
                f"{runner.n_contacts} foot contacts were found; {STABLE_STEPS} or more are needed for stable means "
                f"(Dingenen 2018){tail}"
            )
            own.append(Warn(code="few_steps", message=message, runner_id=runner.runner_id))
        out += own
    return tuple(dict.fromkeys(out))


def summarize(
    gait: GaitResult,
    frames: pa.Table,
    strides: pa.Table,
    source: SourceInfo,
    config: Mapping[str, Any],
    models: Sequence[ModelUsed],
    device: str,
    timing: Mapping[str, float],
    band: tuple[float, float] = (5.0, 10.0),
) -> Summary:
    """Say what the numbers mean: means with intervals, lean, posture, drift, findings.

    Parameters
    ----------
    gait : GaitResult
        For what is known of each runner as a whole; the numbers come from the tables.
    frames, strides : pyarrow.Table
        As `runlean.tables` makes them.
    source : SourceInfo
    config : mapping
        Everything needed to run the analysis again; plain JSON values.
    models : sequence of ModelUsed
    device : str
        What the networks ran on.
    timing : mapping of str to float
        Seconds by stage.
    band : (float, float)
        The trunk-lean band, degrees.

    Returns
    -------
    Summary

    Notes
    -----
    A mean's 95 % interval joins the interval over strides (Student's, widened for strides that resemble their
    neighbours) with the systematic standard deviation s: half-widths h and 1.96 s as sqrt(h^2 + (1.96 s)^2). Both parts
    stand beside it.
    """
    runners = tuple(
        _summarize_runner(described, rows_of(frames, described.runner_id), rows_of(strides, described.runner_id), band)
        for described in gait.runners
    )
    return Summary(
        runlean_version=runlean.__version__,
        source=source,
        config=dict(config),
        models=tuple(models),
        device=device,
        timing=dict(timing),
        warnings=_warnings(gait, runners),
        runners=runners,
    )
