"""Gait from a pose file: the same numbers as from a video, without its pictures or with them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runlean.analysis import Analysis
from runlean.config import AnalyzeConfig
from runlean.errors import ConfigError, KeypointError
from runlean.exchange.poses.names import match_names, read_names
from runlean.exchange.poses.pose_file import FloatArray, PoseFile
from runlean.exchange.poses.read import read_pose_file
from runlean.gait.landmarks import REQUIRED
from runlean.gait.result import Notice
from runlean.pipeline import measure_keypoints
from runlean.pose.keypoints import pose_tracks
from runlean.pose.tracks import SceneLines
from runlean.pose.video_pass import WatchedReader
from runlean.video import sha256_of


@dataclass(frozen=True, slots=True)
class _Pictures:
    """What the video beside a pose file adds."""

    time_s: FloatArray
    width: int
    height: int
    lines: SceneLines


def analyze_pose_file(
    path: str | Path,
    config: AnalyzeConfig,
    *,
    fps: float | None = None,
    keypoints: Path | None = None,
    video: Path | None = None,
) -> Analysis:
    """Analyse the poses that another tool found.

    Parameters
    ----------
    path : path
        See `runlean.exchange.poses.read_pose_file`.
    config : AnalyzeConfig
        Model, device, feet and region play no part: there is no network.
    fps : float, optional
        Frames per second of the file, where it has no times of its own.
    keypoints : Path, optional
        Names of the points; see `runlean.exchange.poses.names.read_names`.
    video : Path, optional
        The video that the poses were found in: gives the times, the picture's size, the camera's roll and an overlay.

    Raises
    ------
    KeypointError
        The file cannot be read, or hips, knees and ankles are not among its points.
    ConfigError
        Times are not known, the names or the video do not fit.
    """
    started = time.perf_counter()
    place = Path(path)
    if config.region is not None:
        raise ConfigError("--region: expected a video; a file of poses has no picture, choose with --runners")
    poses = read_pose_file(place)
    mapping, order = read_names(keypoints) if keypoints is not None else ({}, ())
    kept, names, unknown = match_names(poses.names, mapping, order, str(place))
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        told = f"; not recognised: {', '.join(unknown)}" if unknown else ""
        raise KeypointError(
            f"{place}: gait needs hips, knees and ankles of both sides, missing: {', '.join(missing)}{told}; name them "
            "in a file of lines THEIRS,OURS with --keypoints FILE"
        )
    pictures = None if video is None else _look_through(video, len(poses.xy), config)
    time_s = pictures.time_s if pictures is not None else _times(poses, fps, place)
    notices = []
    if unknown:
        notices.append(
            Notice(
                "keypoints_not_recognised", f"Keypoints that were not recognised are left out: {', '.join(unknown)}."
            )
        )
    tracks = pose_tracks(
        poses.xy[:, :, kept],
        time_s,
        names,
        None if poses.scores is None else poses.scores[:, :, kept],
        slow_motion=config.slow_motion,
        width=pictures.width if pictures is not None else poses.width,
        height=pictures.height if pictures is not None else poses.height,
    )
    settings = config.model_copy(
        update={"model": "keypoints", "feet": "off", "overlay": config.overlay and bool(video)}
    )
    analysis = measure_keypoints(
        tracks,
        settings,
        scored=poses.scores is not None,
        time_s=time_s / config.slow_motion,
        name=place.name if video is None else video.name,
        sha256=_digest(place),
        lines=None if pictures is None else pictures.lines,
        notices=notices,
        started=started,
    )
    analysis.video = video
    return analysis


def _times(poses: PoseFile, fps: float | None, place: Path) -> FloatArray:
    if fps is not None:
        if not 0.0 < fps <= 10_000.0:
            raise ConfigError(f"--fps: expected frames per second above 0, came {fps:g}")
        return np.arange(len(poses.xy)) / fps
    if poses.time_s is not None:
        return poses.time_s - poses.time_s[0] if len(poses.time_s) and poses.time_s[0] < 0 else poses.time_s
    if poses.fps:
        return np.arange(len(poses.xy)) / poses.fps
    raise ConfigError(f"{place}: a {poses.kind} file has no times; say its frame rate with --fps, or the --video")


def _look_through(video: Path, n_frames: int, config: AnalyzeConfig) -> _Pictures:
    """Times of all frames of the video, its size, and the scene's lines."""
    with WatchedReader(video, config.threads or 0) as reader:
        times = [frame.time_s for frame in reader]
        if n_frames > len(times):
            raise ConfigError(
                f"--video: expected the video of these poses, {video} has {len(times)} frames and they have {n_frames}"
            )
        return _Pictures(np.array(times[:n_frames]), reader.info.width, reader.info.height, reader.lines.result())


def _digest(place: Path) -> str | None:
    return sha256_of(place) if place.is_file() else None
