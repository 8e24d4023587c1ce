"""Arrow schemas of a dataset's tables: what `runlean.tables` has, each row with its video, and two more tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from runlean.archive.layout import DATASET_VERSION, TableName
from runlean.tables import Quantity, frames_schema, stride_metrics, strides_schema

#: What may differ between two runs over the same videos; everything else is the same, row by row.
MAY_DIFFER: Final = ("runlean_version", "device", "analysed_at", "analysis_s", "timing")

#: What a runner's row says of each metric, after the mean, which bears the metric's own name.
METRIC_PARTS: Final = (
    "sd", "n", "low95", "high95", "low95_strides", "high95_strides", "left", "right",
    "drift_per_min", "drift_low95", "drift_high95",
)  # fmt: skip

_VIDEO_ID: Final = pa.field(
    "video_id", pa.string(), nullable=False, metadata={"definition": "SHA-256 of the video file's content"}
)

_VIDEOS: Final = (
    ("file_name", pa.string(), "The file's name when it was analysed"),
    ("path", pa.string(), "The path or address as it was given"),
    ("status", pa.string(), "done or failed"),
    ("error", pa.string(), "Why it failed"),
    ("transient", pa.bool_(), "The failure may pass by itself (not reachable, worker died); the next run tries again"),
    ("bytes", pa.int64(), "Size of the file"),
    ("width", pa.int32(), "Upright picture, pixels"),
    ("height", pa.int32(), "Upright picture, pixels"),
    ("rotation_deg", pa.float64(), "Clockwise turn that the container asks for"),
    ("codec", pa.string(), ""),
    ("fps_from_header", pa.float64(), ""),
    ("fps_from_timestamps", pa.float64(), ""),
    ("variable_frame_rate", pa.bool_(), ""),
    ("n_frames", pa.int64(), "Frames that could be decoded"),
    ("duration_s", pa.float64(), "By the time stamps; not divided by any slow motion"),
    ("n_runners", pa.int32(), ""),
    ("n_contacts", pa.int64(), "Foot contacts of all runners"),
    ("warnings", pa.string(), "Codes of the warnings in summary.json, with spaces between"),
    ("config_hash", pa.string(), "Digest of what the numbers depend on"),
    ("config", pa.string(), "What the numbers depend on, JSON"),
    ("models", pa.string(), "The networks and their hashes, JSON"),
    ("runlean_version", pa.string(), ""),
    ("device", pa.string(), "What the networks ran on"),
    ("analysed_at", pa.timestamp("us", tz="UTC"), "When it was committed"),
    ("analysis_s", pa.float64(), "Wall seconds that it took; of a long video, of all its segments together"),
    ("timing", pa.string(), "Seconds by stage, JSON"),
)

_RUNNERS: Final = (
    ("runner_id", pa.int32(), "Number of the runner within the video"),
    ("gait", pa.string(), "running, walking or none"),
    ("direction", pa.string(), "left or right"),
    ("mode", pa.string(), "treadmill or overground"),
    ("view", pa.string(), "side, oblique or front"),
    ("view_yaw_deg", pa.float64(), ""),
    ("view_confidence", pa.float64(), ""),
    ("roll_deg", pa.float64(), "Camera roll that was taken out"),
    ("roll_source", pa.string(), "given, estimated or assumed"),
    ("n_contacts", pa.int64(), ""),
    ("n_frames", pa.int64(), ""),
    ("duration_s", pa.float64(), "From the runner's first contact to the last"),
    ("leg_length_px", pa.float64(), ""),
    ("body_height_px", pa.float64(), ""),
    ("metres_per_px", pa.float64(), ""),
    ("lean_class", pa.string(), "backward, upright, within_band or beyond_band"),
    ("lean_source", pa.string(), "ankles, waist or mixed"),
    ("lean_share_in_band", pa.float64(), "Share of strides whose trunk lean lies in the band"),
    ("verdict", pa.string(), ""),
)


def runner_metrics() -> tuple[Quantity, ...]:
    """Columns of strides of which ``runners`` holds the means."""
    return tuple(q for q in stride_metrics() if q.role == "measured")


def _fields(columns: Sequence[tuple[str, pa.DataType, str]]) -> list[pa.Field]:
    return [pa.field(name, kind, metadata={"definition": text} if text else None) for name, kind, text in columns]


def _schema(table: TableName, fields: Sequence[pa.Field]) -> pa.Schema:
    return pa.schema(
        [_VIDEO_ID, *fields], metadata={"runlean.dataset_version": str(DATASET_VERSION), "runlean.table": table}
    )


def videos_schema() -> pa.Schema:
    """Schema of ``videos``: one row per content."""
    return _schema("videos", _fields(_VIDEOS))


def runners_schema() -> pa.Schema:
    """Schema of ``runners``: what each is, then for every metric its mean and `METRIC_PARTS`."""
    fields = _fields(_RUNNERS)
    for q in runner_metrics():
        unit = {"unit": q.unit}
        fields.append(pa.field(q.name, pa.float64(), metadata={**unit, "definition": f"Mean of {q.name}"}))
        for part in METRIC_PARTS:
            kind = pa.int64() if part == "n" else pa.float64()
            fields.append(pa.field(f"{q.name}_{part}", kind, metadata=unit))
    return _schema("runners", fields)


def dataset_schema(table: TableName, keypoint_names: Sequence[str] = ()) -> pa.Schema:
    """Schema of one of the four tables as this runlean writes it.

    Parameters
    ----------
    table : {'videos', 'runners', 'frames', 'strides'}
    keypoint_names : sequence of str
        Of ``frames``: the network's keypoints.
    """
    if table == "videos":
        return videos_schema()
    if table == "runners":
        return runners_schema()
    plain = frames_schema(keypoint_names) if table == "frames" else strides_schema()
    return plain.insert(0, _VIDEO_ID).with_metadata(
        {**plain.metadata, b"runlean.dataset_version": str(DATASET_VERSION).encode()}
    )


def with_video_id(table: pa.Table, video_id: str) -> pa.Table:
    """Put ``video_id`` in front of an analysis' table."""
    ids = pa.repeat(pa.scalar(video_id, pa.string()), table.num_rows)
    metadata = {**(table.schema.metadata or {}), b"runlean.dataset_version": str(DATASET_VERSION).encode()}
    return table.add_column(0, _VIDEO_ID, ids).replace_schema_metadata(metadata)
