"""From an analysis to its rows in a dataset; from a failure to its one row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

import runlean
from runlean.archive.columns import METRIC_PARTS, runner_metrics, runners_schema, videos_schema, with_video_id
from runlean.archive.sources import as_text
from runlean.config import NOT_IN_HASH
from runlean.tables import column, rows_of

if TYPE_CHECKING:
    from runlean.analysis import Analysis
    from runlean.meaning import Runner, Summary


@dataclass(frozen=True, slots=True)
class VideoSource:
    """Which video it is.

    Attributes
    ----------
    video_id : str
        SHA-256 of the content.
    path : str
        As it was given.
    file_name : str
    size : int or None
        Bytes; None where it could not be read.
    """

    video_id: str
    path: str
    file_name: str
    size: int | None


def analysis_tables(source: VideoSource, config_hash: str, analysis: Analysis, seconds: float) -> dict[str, pa.Table]:
    """All four tables of an analysed video.

    Parameters
    ----------
    source : VideoSource
    config_hash : str
    analysis : Analysis
    seconds : float
        Wall time that the analysis took.

    Returns
    -------
    dict of str to pyarrow.Table
        ``videos``, ``runners``, ``frames``, ``strides``.
    """
    summary = analysis.summary
    info = summary.source
    videos = _one_video(
        source,
        status="done",
        transient=False,
        width=info.width,
        height=info.height,
        rotation_deg=info.rotation_deg,
        codec=info.codec,
        fps_from_header=info.fps_from_header,
        fps_from_timestamps=info.fps_from_timestamps,
        variable_frame_rate=info.variable_frame_rate,
        n_frames=info.n_frames,
        duration_s=info.duration_s,
        n_runners=len(summary.runners),
        n_contacts=analysis.strides.num_rows,
        warnings=" ".join(sorted({w.code for w in summary.warnings})),
        config_hash=config_hash,
        config=_measuring(summary.config),
        models=json.dumps([m.model_dump(mode="json") for m in summary.models]),
        device=summary.device,
        analysis_s=seconds,
        timing=json.dumps({stage: round(s, 4) for stage, s in summary.timing.items()}),
    )
    return {
        "videos": videos,
        "runners": _runners(source.video_id, summary, analysis.strides),
        "frames": with_video_id(analysis.frames, source.video_id),
        "strides": with_video_id(analysis.strides, source.video_id),
    }


def failure_table(
    source: VideoSource, config_hash: str, config: dict[str, Any], error: str, *, transient: bool
) -> pa.Table:
    """The one row in ``videos`` of a video that could not be analysed."""
    return _one_video(
        source,
        status="failed",
        error=as_text(error),
        transient=transient,
        config_hash=config_hash,
        config=_measuring(config),
    )


def _measuring(config: dict[str, Any]) -> str:
    """What the numbers depend on, without what may differ from machine to machine."""
    return json.dumps({k: v for k, v in config.items() if k not in NOT_IN_HASH}, sort_keys=True)


def _one_video(source: VideoSource, **values: Any) -> pa.Table:
    row = {
        "video_id": source.video_id,
        "file_name": as_text(source.file_name),
        "path": as_text(source.path),
        "bytes": source.size,
        "runlean_version": runlean.__version__,
        "analysed_at": datetime.now(UTC),
        **values,
    }
    return pa.Table.from_pylist([row], schema=videos_schema())


def _runners(video_id: str, summary: Summary, strides: pa.Table) -> pa.Table:
    return pa.Table.from_pylist([_runner(video_id, r, strides) for r in summary.runners], schema=runners_schema())


def _runner(video_id: str, runner: Runner, strides: pa.Table) -> dict[str, Any]:
    times = column(rows_of(strides, runner.runner_id), "contact_s")
    times = times[np.isfinite(times)]
    row: dict[str, Any] = {
        "video_id": video_id,
        "runner_id": runner.runner_id,
        "gait": runner.gait,
        "direction": runner.direction,
        "mode": runner.mode,
        "view": runner.view.kind,
        "view_yaw_deg": runner.view.yaw_deg,
        "view_confidence": runner.view.confidence,
        "roll_deg": runner.roll.deg,
        "roll_source": runner.roll.source,
        "n_contacts": runner.n_contacts,
        "n_frames": runner.n_frames,
        "duration_s": float(times.max() - times.min()) if len(times) else None,
        "leg_length_px": runner.leg_length_px,
        "body_height_px": runner.body_height_px,
        "metres_per_px": runner.metres_per_px,
        "lean_class": runner.lean.lean_class,
        "lean_source": runner.lean.source,
        "lean_share_in_band": runner.lean.share_in_band,
        "verdict": runner.verdict,
    }
    for q in runner_metrics():
        metric, drift = runner.metrics.get(q.name), runner.drift.metrics.get(q.name)
        if metric is not None:
            row[q.name] = metric.mean
            row.update({f"{q.name}_{part}": getattr(metric, part) for part in METRIC_PARTS if "drift" not in part})
        if drift is not None:
            row[f"{q.name}_drift_per_min"] = drift.slope_per_min
            row[f"{q.name}_drift_low95"], row[f"{q.name}_drift_high95"] = drift.low95, drift.high95
    return row
