"""One analysed video as its exporters take it: every runner's points over time, and what is known of his scale."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runlean.errors import DatasetError
from runlean.meaning import Runner, Summary, read_summary
from runlean.tables import FRAME_QUANTITIES, column, keypoint_columns, read_table, rows_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

TABLES = ("summary.json", "frames.parquet", "strides.parquet")


_ANGLES = tuple(q.name for q in FRAME_QUANTITIES if q.role == "measured")


@dataclass(frozen=True, slots=True)
class Contact:
    """One foot contact; ``toe_off_s`` is NaN where it was not seen."""

    side: str
    contact_s: float
    toe_off_s: float


@dataclass(frozen=True, slots=True)
class RecordedRunner:
    """One runner of a recording.

    Attributes
    ----------
    runner_id : int
    frame : int64 (row,)
        Index of the decoded frame; increases, gaps allowed.
    time_s : float64 (row,)
        From the video's first frame, in real time.
    xy : float64 (row, keypoint, 2)
        Pixels of the upright picture, y down; NaN = missing.
    score : float64 (row, keypoint)
    com : float64 (row, 2), px
    angles : dict of str to float64 (row,)
        The measured columns of frames.parquet, degrees.
    standing : bool (row,)
        A foot is on the ground.
    contacts : tuple of Contact
    sign : float
        +1 running to the right, -1 to the left; NaN where the direction is not known.
    roll_deg : float
        Camera roll, positive for a camera turned clockwise.
    metres_per_px : float
        NaN without a scale.
    """

    runner_id: int
    frame: IntArray
    time_s: FloatArray
    xy: FloatArray
    score: FloatArray
    com: FloatArray
    angles: dict[str, FloatArray]
    standing: npt.NDArray[np.bool_]
    contacts: tuple[Contact, ...]
    sign: float
    roll_deg: float
    metres_per_px: float


@dataclass(frozen=True, slots=True)
class Recording:
    """One analysed video.

    Attributes
    ----------
    file_name : str
        Of the video.
    width, height : int
        Upright picture, px; 0 when unknown.
    keypoint_names : tuple of str
        The keypoint axis of every runner.
    runners : tuple of RecordedRunner
    frames, strides : pyarrow.Table
        Both tables, of these runners alone.
    """

    file_name: str
    width: int
    height: int
    keypoint_names: tuple[str, ...]
    runners: tuple[RecordedRunner, ...]
    frames: pa.Table
    strides: pa.Table


def read_recording(folder: str | Path, runner_ids: tuple[int, ...] | None = None) -> Recording:
    """Read the folder of an analysis.

    Parameters
    ----------
    folder : path
        What ``runlean analyze`` left.
    runner_ids : tuple of int, optional
        Only these runners.

    Raises
    ------
    DatasetError
        It is no such folder, of another schema version, or a runner is not in it.
    """
    place = Path(folder)
    missing = [name for name in TABLES if not (place / name).is_file()]
    if missing:
        raise DatasetError(
            f"{place}: expected the folder of an analysis, it lacks {', '.join(missing)}; run runlean analyze first"
        )
    return recording_of(
        read_table(place / "frames.parquet"),
        read_table(place / "strides.parquet"),
        read_summary(place / "summary.json"),
        runner_ids,
    )


def read_dataset_recording(folder: str | Path, video: str, runner_ids: tuple[int, ...] | None = None) -> Recording:
    """Read one video of a dataset.

    Parameters
    ----------
    folder : path
        What ``runlean batch`` left.
    video : str
        Its ``video_id``, the first 6 digits of it or more, its file name or its path.
    runner_ids : tuple of int, optional
        Only these runners.

    Raises
    ------
    DatasetError
        No video fits, several do, or the one that fits failed.
    """
    from runlean.archive import open_dataset
    from runlean.archive.named import find_video

    dataset = open_dataset(folder)
    video_id = find_video(dataset, video)
    frames, strides = dataset.table("frames", [video_id]), dataset.table("strides", [video_id])
    return recording_of(frames, strides, dataset.summary(video_id), runner_ids)


def recording_of(
    frames: pa.Table, strides: pa.Table, summary: Summary, runner_ids: tuple[int, ...] | None = None
) -> Recording:
    """Put both tables and the summary of one video together; see `read_recording`."""
    there = [runner.runner_id for runner in summary.runners]
    unknown = sorted(set(runner_ids or ()) - set(there))
    if unknown:
        raise DatasetError(
            f"{summary.source.file_name}: expected runners among {there}; came {', '.join(map(str, unknown))}"
        )
    kept = [runner for runner in summary.runners if runner_ids is None or runner.runner_id in runner_ids]
    ids = [runner.runner_id for runner in kept]
    frames, strides = rows_of(frames, *ids), rows_of(strides, *ids)
    names = tuple(
        name.removesuffix("_x_px") for name in frames.column_names if name.endswith("_x_px") and name != "com_x_px"
    )
    return Recording(
        file_name=summary.source.file_name,
        width=summary.source.width or 0,
        height=summary.source.height or 0,
        keypoint_names=names,
        runners=tuple(_runner(runner, names, frames, strides) for runner in kept),
        frames=frames,
        strides=strides,
    )


def _runner(runner: Runner, names: tuple[str, ...], frames: pa.Table, strides: pa.Table) -> RecordedRunner:
    rows = rows_of(frames, runner.runner_id).sort_by("frame")
    steps = rows_of(strides, runner.runner_id)
    columns = [[column(rows, name) for name in keypoint_columns(point)] for point in names]
    points = np.array(columns).reshape(len(names), 3, rows.num_rows).transpose(2, 0, 1)
    xy = np.ascontiguousarray(points[:, :, :2])
    xy[~np.isfinite(xy).all(axis=2)] = np.nan
    phase = rows["phase"].to_pylist()
    return RecordedRunner(
        runner_id=runner.runner_id,
        frame=column(rows, "frame").astype(np.int64),
        time_s=column(rows, "time_s"),
        xy=xy,
        score=np.ascontiguousarray(points[:, :, 2]),
        com=np.stack([column(rows, "com_x_px"), column(rows, "com_y_px")], axis=1),
        angles={name: column(rows, name) for name in _ANGLES if name in rows.column_names},
        standing=np.array([p in ("left_stance", "right_stance") for p in phase], dtype=np.bool_),
        contacts=tuple(
            Contact(side, at, off)
            for side, at, off in zip(
                steps["side"].to_pylist(),
                column(steps, "contact_s").tolist(),
                column(steps, "toe_off_s").tolist(),
                strict=True,
            )
            if np.isfinite(at)
        ),
        sign={"right": 1.0, "left": -1.0}.get(runner.direction or "", float("nan")),
        roll_deg=runner.roll.deg,
        metres_per_px=float("nan") if runner.metres_per_px is None else runner.metres_per_px,
    )
