"""A long video, segment by segment: here one after the other, in a batch side by side; what comes of it is the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runlean.config import AnalyzeConfig
from runlean.pose.networks import Networks
from runlean.pose.stitch import Piece, join_pieces, through_region
from runlean.pose.video_pass import PosedVideo, Progress, WatchedReader, estimate_video, open_video
from runlean.video.grid import Grid


def pose_video(
    reader: WatchedReader,
    path: Path,
    settings: AnalyzeConfig,
    networks: Networks,
    grid: Grid,
    progress: Progress | None = None,
) -> PosedVideo:
    """Pose a whole video: in one pass where it is short, else in the segments of its grid.

    Parameters
    ----------
    reader : WatchedReader
        From `open_video` with the grid: the whole video, or its first segment.
    path : Path
    settings : AnalyzeConfig
    networks : Networks
    grid : Grid
    progress : callable, optional
    """
    if not grid.is_cut:
        return estimate_video(reader, settings, networks, progress)
    parts = [pose_segment(reader, settings, networks, grid, 0, progress)]
    reader.close()
    while parts[-1].complete and len(parts) < len(grid.segments):
        with open_video(path, settings, grid, len(parts), reader.place) as another:
            parts.append(pose_segment(another, settings, networks, grid, len(parts), progress))
    if parts[-1].complete:
        return join_segments(parts, grid, settings)
    return pose_uncut(path, settings, networks, progress)


def pose_segment(
    reader: WatchedReader,
    settings: AnalyzeConfig,
    networks: Networks,
    grid: Grid,
    number: int,
    progress: Progress | None = None,
) -> PosedVideo:
    """Pose one segment, frames and times counted from the segment's own first one."""
    segment, n_frames = grid.segments[number], len(grid.time_s)

    def told(stage: str, done: int, _total: int) -> None:
        if progress is not None:
            progress(stage, min(max(segment.read_first + done, segment.first), segment.stop), n_frames)

    # who passes through the region is asked of the whole video
    return estimate_video(reader, settings.model_copy(update={"region": None}), networks, told)


def pose_uncut(path: Path, settings: AnalyzeConfig, networks: Networks, progress: Progress | None = None) -> PosedVideo:
    """Pose a video in one pass, long or not: where a segment lacks pictures, only that says what is lost."""
    with open_video(path, settings) as reader:
        return estimate_video(reader, settings, networks, progress)


def join_segments(parts: Sequence[PosedVideo], grid: Grid, settings: AnalyzeConfig) -> PosedVideo:
    """Join what the passes over all segments of a video gave.

    Parameters
    ----------
    parts : sequence of PosedVideo
        In order, all complete.
    grid : Grid
    settings : AnalyzeConfig
    """
    assert grid.timing is not None
    pieces = [Piece(segment, part.tracks) for segment, part in zip(grid.segments, parts, strict=True)]
    tracks = join_pieces(pieces, grid, settings.slow_motion)
    if settings.region is not None:
        tracks = through_region(tracks, settings.region)
    seconds: dict[str, float] = {}
    for part in parts:
        for stage, s in part.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + s
    first = parts[0]
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    return PosedVideo(tracks, first.lines, first.info, grid.timing, None, seconds, first.processing, notes)
