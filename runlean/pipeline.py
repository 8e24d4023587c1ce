"""The whole job, one video: decode, find people, pose, gait, meaning."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from runlean.analysis import Analysis
from runlean.config import AnalyzeConfig
from runlean.cores import usable_cores
from runlean.device.place import left_on_cpu
from runlean.errors import ConfigError, VideoError
from runlean.gait.analyze import analyze_gait
from runlean.gait.choose import choose_runners
from runlean.gait.convention import convention_of
from runlean.gait.options import GaitOptions
from runlean.gait.result import Notice
from runlean.meaning import ModelUsed, SourceInfo, summarize
from runlean.models import PoseModel
from runlean.models.store import is_file_name
from runlean.pose.keypoints import pose_tracks
from runlean.pose.long_video import pose_video
from runlean.pose.networks import Networks, open_networks
from runlean.pose.tracks import PoseTracks, SceneLines
from runlean.pose.video_pass import PosedVideo, Progress, open_video
from runlean.tables import frames_table, strides_table
from runlean.video import sha256_of
from runlean.video.grid import grid_of
from runlean_kernels.ahead import compile_ahead, loading_ahead


def analyze(
    video: str | os.PathLike[str],
    *,
    config: AnalyzeConfig | None = None,
    progress: Progress | None = None,
    networks: Networks | None = None,
    sha256: str | None = None,
    **options: object,
) -> Analysis:
    """Analyse one video.

    Parameters
    ----------
    video : path
        Any file that PyAV can decode.
    config : AnalyzeConfig, optional
        The options as a record; instead of ``options``.
    progress : callable, optional
        Called as ``progress(stage, done, total)`` while the work goes on.
    networks : Networks, optional
        From `open_networks` with the same configuration, to be used again and again; left out, they are opened.
    sha256 : str, optional
        Of the file, where it is known already.
    **options
        Fields of :class:`runlean.config.AnalyzeConfig`, for instance ``runner_height_m=1.78``.

    Returns
    -------
    Analysis
        ``.frames`` and ``.strides`` (pyarrow tables), ``.summary``, ``.save(directory)``.

    Raises
    ------
    VideoError
        The file is missing, no video, or has no picture that can be decoded.
    ConfigError
        An option is unknown or outside what it may be.
    ModelError, DeviceError
        The network or the device cannot be used.

    Examples
    --------
    >>> import runlean
    >>> from runlean.clips import clip_path
    >>> a = runlean.analyze(clip_path("ship_tm_right_60"), runner_height_m=1.70)  # doctest: +SKIP
    >>> a.summary.runners[0].direction  # doctest: +SKIP
    'right'
    """
    if config is not None and options:
        raise ConfigError("expected either config= or single options; came both; leave one out")
    settings = config if config is not None else AnalyzeConfig.from_options(**options)
    started = time.perf_counter()
    path = Path(video)
    settings.check_for_video()
    grid = grid_of(path)
    with open_video(path, settings, grid) as reader:
        compile_kernels(settings.threads, progress)
        with loading_ahead():
            networks = networks or open_networks(settings, progress)
            opened = time.perf_counter()
            posed = pose_video(reader, path, settings, networks, grid, progress)
    posed.seconds["open"] = opened - started
    return measure(path, settings, networks, posed, sha256 or sha256_of(path))


def compile_kernels(threads: int | None = None, progress: Progress | None = None) -> None:
    """On the first run of all, let every core compile its share of the kernels; later this costs a look at a folder."""
    told = None if progress is None else lambda done, total: progress("compile (first run only)", done, total)
    compile_ahead(threads or usable_cores(), told)


def measure(path: Path, settings: AnalyzeConfig, networks: Networks, posed: PosedVideo, sha256: str) -> Analysis:
    """From keypoints to an analysis: gait, tables, meaning; no picture is looked at."""
    timing, info, model = posed.timing, posed.info, networks.pose
    if timing.n_frames == 0:
        raise VideoError(f"{path}: expected pictures, none could be decoded; the file is damaged or cut off")
    begun = time.perf_counter()
    result = analyze_gait(posed.tracks, _gait_options(settings, model, posed.lines))
    result = choose_runners(result, settings.runners)
    notices = list(result.warnings)
    if posed.damage is not None:
        there = posed.processing.get("decoder") == "cuda"
        doubt = "; the GPU decoded it, --decoder cpu tells whether the file is the reason" if there else ""
        notices.append(Notice("damaged_video", posed.damage.message + doubt))
    if timing.stamps_mended:
        notices.append(
            Notice(
                "time_stamps_mended",
                f"{timing.stamps_mended} frames had no time stamp of their own, or one out of order, and got one "
                "between their neighbours'.",
            )
        )
    if timing.variable_frame_rate:
        notices.append(
            Notice("variable_frame_rate", "The frame rate varies; every frame keeps its own presentation time.")
        )
    behind = left_on_cpu(settings.device, networks.providers)
    unused = (*posed.notes, *networks.notes, *behind)
    notices += [Notice("gpu_not_used", f"{line[0].upper()}{line[1:]}.") for line in unused]
    if not result.runners:
        where = "" if settings.region is None else " in the region ({:g},{:g},{:g},{:g} px)".format(*settings.region)
        notices.append(Notice("no_person", f"No person was found{where} who could be followed for half a second."))
    result = replace(result, warnings=tuple(notices))
    measured = time.perf_counter()
    frames = frames_table(result.frames, result.keypoint_names)
    strides = strides_table(result.strides)
    source = SourceInfo(
        file_name=info.file_name,
        sha256=sha256,
        width=info.width,
        height=info.height,
        rotation_deg=info.rotation_deg,
        codec=info.codec,
        fps_from_header=_known(info.fps_from_header),
        fps_from_timestamps=_known(timing.fps_from_timestamps),
        variable_frame_rate=timing.variable_frame_rate,
        n_frames=timing.n_frames,
        duration_s=timing.duration_s,
    )
    used = [_used(model), *([_used(networks.feet)] if networks.feet is not None else []), _used(networks.detector)]
    seconds = {**posed.seconds, "gait": measured - begun}
    summary = summarize(
        result,
        frames,
        strides,
        source=source,
        config=settings.model_dump(mode="json"),
        models=used,
        device=model.provider,
        timing=seconds,
        band=settings.band,
    )
    if posed.processing:
        how = {**posed.processing, "precision": settings.precision}
        if len(set(networks.providers.values())) > 1:
            how["providers"] = ", ".join(f"{name} {provider}" for name, provider in networks.providers.items())
        if is_file_name(settings.model) and model.info.note.startswith("taken for"):
            how["model"] = model.info.note
        summary = summary.model_copy(update={"processing": how})
    return Analysis(frames, strides, summary, video=path, config=settings)


def analyze_keypoints(
    xy: npt.ArrayLike,
    time_s: npt.ArrayLike,
    keypoint_names: Sequence[str],
    scores: npt.ArrayLike | None = None,
    *,
    runner_height_m: float | None = None,
    treadmill_speed_mps: float | None = None,
    slow_motion: float = 1.0,
    roll: float = 0.0,
    band: tuple[float, float] = (5.0, 10.0),
    width: int = 0,
    height: int = 0,
    name: str = "keypoints",
) -> Analysis:
    """Analyse pose that another tool made: the same kernels, tables and summary as for a video.

    Parameters
    ----------
    xy : array (frame, keypoint, 2) or (frame, person, keypoint, 2)
        Pixels of the upright picture, x to the right, y DOWN; NaN = missing.
    time_s : array (frame,)
        Presentation time in seconds, increasing.
    keypoint_names : sequence of str
        Any names of COCO-17, Halpe-26 or MediaPipe-33; hips, knees and ankles of both sides at least. Feet are used
        when they are there.
    scores : array (frame, keypoint) or (frame, person, keypoint), optional
        Confidence 0..1, higher values count as 1 (SimCC's peaks reach 1.2); 1 where it is not given.
    runner_height_m, treadmill_speed_mps, slow_motion, band
        As in :func:`analyze`.
    roll : float
        Camera roll in degrees; there is no picture to estimate it from.
    width, height : int
        Picture size in pixels, where known.
    name : str
        Stands for the file's name in the summary.

    Returns
    -------
    Analysis

    Raises
    ------
    KeypointError
        A name is of no known set, a shape does not fit, times do not increase, or hips, knees or ankles are missing.
    ConfigError
        An option is outside what it may be.

    Examples
    --------
    >>> import numpy as np, runlean
    >>> t = np.arange(0, 3, 1 / 60)
    >>> names = ["left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"]
    >>> a = runlean.analyze_keypoints(np.full((len(t), 6, 2), np.nan), t, names)
    >>> a.strides.num_rows
    0
    """
    settings = AnalyzeConfig.from_options(
        model="keypoints",
        runner_height_m=runner_height_m,
        treadmill_speed_mps=treadmill_speed_mps,
        slow_motion=slow_motion,
        roll=roll,
        band=band,
        feet="off",
        overlay=False,
    )
    started = time.perf_counter()
    tracks = pose_tracks(xy, time_s, keypoint_names, scores, slow_motion=slow_motion, width=width, height=height)
    times = np.asarray(time_s, dtype=np.float64) / slow_motion
    return measure_keypoints(tracks, settings, scored=scores is not None, time_s=times, name=name, started=started)


def measure_keypoints(
    tracks: PoseTracks,
    settings: AnalyzeConfig,
    *,
    scored: bool,
    time_s: npt.NDArray[np.float64],
    name: str,
    sha256: str | None = None,
    lines: SceneLines | None = None,
    notices: Sequence[Notice] = (),
    started: float | None = None,
) -> Analysis:
    """From keypoints that came from elsewhere to an analysis; `analyze_keypoints` builds the record.

    Parameters
    ----------
    tracks : PoseTracks
    settings : AnalyzeConfig
    scored : bool
        The keypoints have a confidence of their own.
    time_s : float64 (frame,)
        Of every frame, in real time.
    name : str
        Stands for the file's name in the summary.
    sha256 : str, optional
        Of the file that the keypoints came in.
    lines : SceneLines, optional
        Of the pictures, where there are some.
    notices : sequence of Notice
        What is to be said besides.
    started : float, optional
        When the work began, by ``time.perf_counter``.
    """
    begun = time.perf_counter() if started is None else started
    compile_kernels(settings.threads)
    options = replace(_gait_options(settings, None, lines), min_score=0.15 if scored else 0.0)
    result = choose_runners(analyze_gait(tracks, options), settings.runners)
    interval = np.diff(time_s)
    varies = bool(len(interval) and (np.abs(interval - np.median(interval)) > 0.1 * np.median(interval)).any())
    result = replace(result, warnings=(*result.warnings, *notices))
    frames = frames_table(result.frames, result.keypoint_names)
    strides = strides_table(result.strides)
    source = SourceInfo(
        file_name=name,
        sha256=sha256,
        width=tracks.width,
        height=tracks.height,
        rotation_deg=0,
        codec=None,
        fps_from_header=None,
        fps_from_timestamps=_known(tracks.fps),
        variable_frame_rate=varies,
        n_frames=len(time_s),
        duration_s=float(time_s[-1] - time_s[0] + np.median(interval)) if len(time_s) > 1 else 0.0,
    )
    summary = summarize(
        result,
        frames,
        strides,
        source=source,
        config=settings.model_dump(mode="json"),
        models=[],
        device="none",
        timing={"gait": time.perf_counter() - begun},
        band=settings.band,
    )
    return Analysis(frames, strides, summary, video=None, config=settings)


def _gait_options(settings: AnalyzeConfig, model: PoseModel | None, scene: SceneLines | None) -> GaitOptions:
    corrected = model is not None and settings.point_correction == "auto"
    return GaitOptions(
        runner_height_m=settings.runner_height_m,
        treadmill_speed_mps=settings.treadmill_speed_mps,
        slow_motion=settings.slow_motion,
        roll_deg=None if settings.roll == "auto" else float(settings.roll),
        scene=scene,
        convention=convention_of(model.info.name) if corrected and model is not None else None,
    )


def _used(model: Any) -> ModelUsed:
    return ModelUsed(name=model.info.name, sha256=model.info.sha256)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
