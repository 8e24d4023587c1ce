"""Long videos: segments are posed by whoever is free, kept, and joined when the last of them is there."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from runlean.archive.durable import sync_file
from runlean.archive.grid import Segment, SegmentReader, grid_of
from runlean.archive.layout import segment_file
from runlean.archive.stitch import Piece, join_pieces
from runlean.errors import OutputError
from runlean.pipeline import Networks, PosedVideo, analyze, estimate_video, measure
from runlean.pose.tracks import CameraTrack, LineTilt, PoseTracks, SceneLines

if TYPE_CHECKING:
    from runlean.analysis import Analysis
    from runlean.archive.job import Job
    from runlean.config import AnalyzeConfig

_TRACK_ARRAYS = ("track_id", "offsets", "frame", "time_s", "xy", "score", "box")
_CAMERA_ARRAYS = ("dx_px", "dy_px", "repeated", "shot")


def pose_segment(job: Job, path: Path, video_id: str, config: AnalyzeConfig, networks: Networks) -> int:
    """Pose one segment and keep it; returns how many frames it read. One that is kept already is not done again."""
    target = segment_file(Path(job.dataset), video_id, job.config_hash, job.segment)
    grid = grid_of(path)
    segment = grid.segments[job.segment]
    if target.is_file():
        return 0
    with SegmentReader(path, config.threads or 0, grid, segment) as reader:
        posed = estimate_video(reader, config, networks)
        save_piece(target, posed, reader.complete)
    return segment.stop - segment.first


def join_video(job: Job, path: Path, video_id: str, config: AnalyzeConfig, networks: Networks) -> Analysis:
    """Join the segments of a video and measure it as a whole.

    Where a segment did not get every frame that the grid promised (damage), the video is read once more in one pass.
    """
    grid = grid_of(path)
    files = [segment_file(Path(job.dataset), video_id, job.config_hash, i) for i in range(len(grid.segments))]
    with SegmentReader(path, 1, grid, grid.segments[0]) as reader:
        info = reader.info
    pieces: list[Piece] = []
    lines: SceneLines | None = None
    seconds: dict[str, float] = {}
    for file, segment in zip(files, grid.segments, strict=True):
        loaded = load_piece(file, segment)
        if loaded is None:
            return analyze(path, config=config, networks=networks, sha256=video_id)
        piece, own_lines, spent = loaded
        pieces.append(piece)
        lines = lines or own_lines
        for stage, s in spent.items():
            seconds[stage] = seconds.get(stage, 0.0) + s
    assert lines is not None
    assert grid.timing is not None
    tracks = join_pieces(pieces, grid, config.slow_motion)
    posed = PosedVideo(tracks, lines, info, grid.timing, None, seconds)
    return measure(path, config, networks, posed, video_id)


def save_piece(target: Path, posed: PosedVideo, complete: bool) -> None:
    """Write a segment's pose so that it is there whole or not at all."""
    tracks, camera = posed.tracks, posed.tracks.camera
    assert camera is not None
    note: dict[str, Any] = {
        "complete": complete,
        "keypoint_names": tracks.keypoint_names,
        "size": [tracks.width, tracks.height],
        "fps": tracks.fps,
        "moving": camera.moving,
        "lines": asdict(posed.lines),
        "seconds": posed.seconds,
    }
    arrays = {name: getattr(tracks, name) for name in _TRACK_ARRAYS}
    arrays |= {name: getattr(camera, name) for name in _CAMERA_ARRAYS}
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


def load_piece(file: Path, segment: Segment) -> tuple[Piece, SceneLines, dict[str, float]] | None:
    """Read a segment's pose; None where it lacks frames."""
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
    return Piece(segment, tracks), lines, note["seconds"]
