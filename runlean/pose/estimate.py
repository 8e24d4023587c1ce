"""From a video to the keypoints of everybody in it, in one pass."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runlean.camera import CameraEstimator
from runlean.models.family import PersonDetector, PoseModel
from runlean.people import PeopleFollower, PersonFinder, PersonTracker, PlannedFrame, Sampling
from runlean.pose.ahead import decoded_ahead
from runlean.pose.crops import CropJob, CropWorkers
from runlean.pose.feet import FEET, join_feet
from runlean.pose.rows import RowBook, Rows
from runlean.pose.tracks import PoseTracks
from runlean.video import Frame, VideoReader

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

#: Decoded frames that may be in memory at once: being decoded, waiting for a detection, waiting for a crop.
_FRAME_BYTES = 160e6
_CPU_JOB = 4
_GPU_JOB = 64


@dataclass(slots=True)
class PoseTiming:
    """What the pass cost.

    Attributes
    ----------
    wall_s : float
    camera_s, detect_s : float
        Of the thread that reads frames.
    crop_s, pose_s, feet_s : float
        Of the worker threads, all together.
    frames, detector_frames, crops : int
    """

    wall_s: float = 0.0
    camera_s: float = 0.0
    detect_s: float = 0.0
    crop_s: float = 0.0
    pose_s: float = 0.0
    feet_s: float = 0.0
    frames: int = 0
    detector_frames: int = 0
    crops: int = 0


def estimate_poses(
    reader: VideoReader,
    detector: PersonDetector,
    model: PoseModel,
    feet_model: PoseModel | None = None,
    *,
    slow_motion: float = 1.0,
    threads: int = 0,
    region: tuple[float, float, float, float] | None = None,
    progress: Progress | None = None,
    timing: PoseTiming | None = None,
) -> PoseTracks:
    """Find everybody in a video and their keypoints in every frame.

    Parameters
    ----------
    reader : VideoReader
        Read to its end.
    detector, model, feet_model
        Open networks. Heels and toes of ``feet_model`` are joined on where ``model`` has none.
    slow_motion : float
        Capture rate over playback rate; times are divided by it.
    threads : int
        Worker threads for crops and networks; 0 takes one per core.
    region : (x0, y0, x1, y1), optional
        Only persons whose box's middle passes through here are kept, px.
    progress : callable, optional
        Called with frames done and frames expected (0 where unknown).
    timing : PoseTiming, optional
        Filled in.

    Returns
    -------
    PoseTracks
    """
    timing = PoseTiming() if timing is None else timing
    begin = time.perf_counter()
    info = reader.info
    times: list[float] = []
    frame_bytes = _bytes_of(info.coded_width, info.coded_height, info.pix_fmt)
    room = max(4, int(_FRAME_BYTES / frame_bytes))
    on_cpu = model.provider == "CPUExecutionProvider"
    workers = threads if threads > 0 else min(os.cpu_count() or 1, 16)
    job_rows = _CPU_JOB if on_cpu else _GPU_JOB
    camera = CameraEstimator(info.width, info.height)
    finder = PersonFinder(detector, info.width, info.height)
    follower = PeopleFollower(finder, PersonTracker(info.width, info.height), Sampling(most_frames=max(2, room // 3)))
    book = RowBook()
    with CropWorkers(model, feet_model, workers, waiting=max(1, room // 3 // job_rows)) as crops:
        batch = _Batch(crops, job_rows)
        for frame in decoded_ahead(reader, depth=min(16, max(2, room // 6))):
            start = time.perf_counter()
            motion = camera.add(frame, follower.expected_boxes(frame.time_s))
            timing.camera_s += time.perf_counter() - start
            start = time.perf_counter()
            planned = follower.add(frame, motion)
            timing.detect_s += time.perf_counter() - start
            times.append(frame.time_s)
            batch.add(planned, book)
            for answer in crops.answers(wait=False):
                book.answer(answer)
            if progress is not None:
                progress(len(times), info.n_frames_from_header)
        batch.add(follower.finish(), book)
        batch.flush()
        for answer in crops.answers(wait=True):
            book.answer(answer)
        work = crops.timing
    rows = book.rows(len(model.info.keypoint_names))
    tracks = _tracks(rows, model, feet_model, camera, np.asarray(times), slow_motion, info.width, info.height)
    timing.wall_s += time.perf_counter() - begin
    timing.crop_s += work.crop_s
    timing.pose_s += work.pose_s
    timing.feet_s += work.feet_s
    timing.frames += len(times)
    timing.detector_frames += finder.frames
    timing.crops += work.crops
    return tracks


class _Batch:
    """Gathers planned frames into jobs of about the size that a provider likes."""

    def __init__(self, crops: CropWorkers, rows: int) -> None:
        self._crops, self._rows = crops, rows
        self._frames: list[Frame] = []
        self._boxes: list[FloatArray] = []

    def add(self, planned: list[PlannedFrame], book: RowBook) -> None:
        for one in planned:
            boxes = book.plan(one)
            if len(boxes):
                self._frames.append(one.frame)
                self._boxes.append(boxes)
                if sum(len(b) for b in self._boxes) >= self._rows:
                    self.flush()

    def flush(self) -> None:
        if self._frames:
            self._crops.submit(CropJob(tuple(self._frames), tuple(self._boxes)))
            self._frames, self._boxes = [], []


def _bytes_of(width: int, height: int, pix_fmt: str) -> float:
    per_pixel = 3.0 if "444" in pix_fmt or "rgb" in pix_fmt else 2.0 if "422" in pix_fmt else 1.5
    return width * height * per_pixel * (2.0 if "10" in pix_fmt or "12" in pix_fmt or "16" in pix_fmt else 1.0)


def _tracks(
    rows: Rows,
    model: PoseModel,
    feet_model: PoseModel | None,
    camera: CameraEstimator,
    times: FloatArray,
    slow_motion: float,
    width: int,
    height: int,
) -> PoseTracks:
    names = model.info.keypoint_names
    xy, score = rows.xy, rows.score
    if feet_model is not None and rows.feet_xy is not None and rows.feet_score is not None:
        xy, score = join_feet(xy, score, names, rows.feet_xy, rows.feet_score, feet_model.info.keypoint_names)
        names = (*names, *FEET)
    starts = np.flatnonzero(np.diff(rows.track_id, prepend=-1))
    offsets = np.append(starts, len(rows.track_id))
    keep = [
        i
        for i in range(len(starts))
        if rows.seen[offsets[i] : offsets[i + 1]].sum() >= 3
        and rows.time_s[offsets[i + 1] - 1] - rows.time_s[offsets[i]] >= 0.5
    ]
    index = [np.arange(offsets[i], offsets[i + 1]) for i in keep]
    flat = np.concatenate([*index, np.zeros(0, np.int64)])
    gaps = np.diff(times)
    fps = 1.0 / float(np.median(gaps)) * slow_motion if len(gaps) else float("nan")
    return PoseTracks(
        keypoint_names=names,
        track_id=np.arange(1, len(keep) + 1, dtype=np.int32),
        offsets=np.concatenate([[0], np.cumsum([len(i) for i in index])]).astype(np.int64),
        frame=rows.frame[flat],
        time_s=rows.time_s[flat] / slow_motion,
        xy=np.ascontiguousarray(xy[flat]),
        score=np.ascontiguousarray(score[flat]),
        box=rows.box[flat],
        width=width,
        height=height,
        fps=fps,
        camera=camera.track(),
    )
