"""Long videos: segments are posed by whoever is free, kept, and joined when the last of them is there."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import runlean
from runlean.archive.durable import sync_file
from runlean.archive.layout import grid_file, segment_file
from runlean.errors import OutputError
from runlean.pipeline import measure
from runlean.pose.long_video import join_segments, pose_segment, pose_uncut
from runlean.pose.tracks import CameraTrack, LineTilt, PoseTracks, SceneLines
from runlean.pose.video_pass import PosedVideo, open_video
from runlean.video import Timing, VideoInfo, VideoReader
from runlean.video.grid import Grid, Segment, grid_of

if TYPE_CHECKING:
    from runlean.analysis import Analysis
    from runlean.archive.job import Job
    from runlean.config import AnalyzeConfig
    from runlean.pose.networks import Networks

_TRACK_ARRAYS = ("track_id", "offsets", "frame", "time_s", "xy", "score", "box")
_CAMERA_ARRAYS = ("dx_px", "dy_px", "repeated", "shot", "followed")


def lay_grid(job: Job, path: Path, video_id: str) -> Grid:
    """Grid of a video; that of a long one is kept, so that not every segment's worker reads the whole file for it."""
    grid = grid_of(path)
    if grid.is_cut:
        assert grid.timing is not None
        note = {"timing": asdict(grid.timing), "segments": [asdict(segment) for segment in grid.segments]}
        _keep(grid_file(Path(job.dataset), video_id), note, {"stamps": grid.stamps, "time_s": grid.time_s})
    return grid


def kept_grid(job: Job, path: Path, video_id: str) -> Grid:
    """The grid as `lay_grid` kept it, laid anew where it is gone."""
    try:
        with np.load(grid_file(Path(job.dataset), video_id), allow_pickle=False) as kept:
            note = json.loads(str(kept["note"]))
            segments = tuple(Segment(**segment) for segment in note["segments"])
            return Grid(kept["stamps"], kept["time_s"], Timing(**note["timing"]), segments)
    except FileNotFoundError:
        return lay_grid(job, path, video_id)


def pose_piece(job: Job, path: Path, video_id: str, config: AnalyzeConfig, networks: Networks) -> int:
    """Pose one segment and keep it; returns how many frames it answers for. One that is kept is not done again.

    Where another segment lacks pictures the video will be read in one pass: this one is not posed any more.
    """
    grid = kept_grid(job, path, video_id)
    segment = grid.segments[job.segment]
    files = _files(job, video_id, grid)
    target = files[job.segment]
    if not _is_of(target, segment):
        if any(_lacks_pictures(file) for file in files):
            _keep(target, {"complete": False, **_origin(segment)}, {})
        else:
            with open_video(path, config, grid, job.segment) as reader:
                save_piece(target, pose_segment(reader, config, networks, grid, job.segment), segment)
    return segment.stop - segment.first


def join_pieces_kept(job: Job, path: Path, video_id: str, config: AnalyzeConfig, networks: Networks) -> Analysis:
    """Join the segments of a video and measure it as a whole, as `runlean.analyze` does."""
    grid = kept_grid(job, path, video_id)
    with VideoReader(path, 1) as reader:
        info = reader.info
    parts = []
    for file in _files(job, video_id, grid):
        part = load_piece(file, info)
        if part is None:
            return measure(path, config, networks, pose_uncut(path, config, networks), video_id)
        parts.append(part)
    return measure(path, config, networks, join_segments(parts, grid, config), video_id)


def drop_pieces(job: Job, video_id: str) -> None:
    """Remove what was kept of a video's segments: it is done, or its content was not what they were taken for."""
    place = grid_file(Path(job.dataset), video_id)
    for file in place.parent.glob(f"{video_id}.*"):
        file.unlink(missing_ok=True)


def save_piece(target: Path, posed: PosedVideo, segment: Segment) -> None:
    """Write a segment's pose so that it is there whole or not at all."""
    tracks, camera = posed.tracks, posed.tracks.camera
    assert camera is not None
    note: dict[str, Any] = {
        "complete": posed.complete,
        **_origin(segment),
        "keypoint_names": tracks.keypoint_names,
        "size": [tracks.width, tracks.height],
        "fps": tracks.fps,
        "moving": camera.moving,
        "lines": asdict(posed.lines),
        "seconds": posed.seconds,
        "processing": posed.processing,
        "notes": posed.notes,
    }
    arrays = {name: getattr(tracks, name) for name in _TRACK_ARRAYS}
    _keep(target, note, arrays | {name: getattr(camera, name) for name in _CAMERA_ARRAYS})


def load_piece(file: Path, info: VideoInfo) -> PosedVideo | None:
    """Read a segment's pose; None where it lacks pictures."""
    with np.load(file, allow_pickle=False) as kept:
        note = json.loads(str(kept["note"]))
        if not note["complete"]:
            return None
        camera = CameraTrack(**{name: kept[name] for name in _CAMERA_ARRAYS}, moving=note["moving"])
        arrays = {name: kept[name] for name in _TRACK_ARRAYS}
    width, height = note["size"]
    tracks = PoseTracks(
        keypoint_names=tuple(note["keypoint_names"]),
        width=width,
        height=height,
        fps=note["fps"],
        camera=camera,
        **arrays,
    )
    lines = SceneLines(
        *(LineTilt(**tilt) if tilt else None for tilt in (note["lines"]["upright"], note["lines"]["level"]))
    )
    own = Timing(len(camera.shot), float("nan"), tracks.fps, False, 0)  # the whole video's is the grid's
    return PosedVideo(tracks, lines, info, own, None, note["seconds"], note["processing"], tuple(note["notes"]))


def _files(job: Job, video_id: str, grid: Grid) -> list[Path]:
    return [segment_file(Path(job.dataset), video_id, job.config_hash, i) for i in range(len(grid.segments))]


def _origin(segment: Segment) -> dict[str, Any]:
    """What a piece was made of: one that another runlean left, or of another grid, is done again."""
    return {"segment": asdict(segment), "runlean_version": runlean.__version__}


def _note_of(file: Path) -> dict[str, Any]:
    try:
        with np.load(file, allow_pickle=False) as kept:
            return dict(json.loads(str(kept["note"])))
    except FileNotFoundError:
        return {}


def _is_of(file: Path, segment: Segment) -> bool:
    note = _note_of(file)
    return {key: note.get(key) for key in ("segment", "runlean_version")} == _origin(segment)


def _lacks_pictures(file: Path) -> bool:
    return not _note_of(file).get("complete", True)


def _keep(target: Path, note: dict[str, Any], arrays: dict[str, Any]) -> None:
    aside = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part.npz")
    try:
        np.savez(aside, note=np.array(json.dumps(note)), **arrays)
        sync_file(aside)
        os.replace(aside, target)
    except OSError as error:
        raise OutputError(
            f"{target.parent}: the dataset cannot be written ({error.strerror or error}); free some space and run again"
        ) from error
    finally:
        aside.unlink(missing_ok=True)
