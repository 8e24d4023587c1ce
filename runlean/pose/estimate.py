"""From a video to the keypoints of everybody in it, in one pass."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runlean.camera import CameraEstimator
from runlean.cores import usable_cores
from runlean.models.family import PersonDetector, PoseModel
from runlean.people import GaitWatch, PeopleFollower, PersonFinder, PersonTracker, PlannedFrame, Sampling
from runlean.pose.assemble import assemble
from runlean.pose.crops import CropJob, CropWorkers
from runlean.pose.rows import RowBook
from runlean.pose.tracks import PoseTracks
from runlean.video import Frame, VideoReader
from runlean.video.ahead import decoded_ahead

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

#: Decoded frames that may be in memory at once: being decoded, waiting for a detection, waiting for a crop.
_FRAME_BYTES = 160e6
_CPU_JOB = 4
_GPU_JOB = 64
#: Threads that hand batches to a GPU: it runs one at a time, and every thread holds the frames of one.
_GPU_WORKERS = 4
#: At the end of a video.
_SINGLE_FRAMES = 4


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
    job_rows = _CPU_JOB if model.provider == "CPUExecutionProvider" else _GPU_JOB
    workers = threads if threads > 0 else min(usable_cores(), 16)
    if job_rows == _GPU_JOB:
        workers = min(workers, _GPU_WORKERS)
    names = model.info.keypoint_names
    camera = CameraEstimator(info.width, info.height)
    finder = PersonFinder(detector, info.width, info.height)
    follower = PeopleFollower(PersonTracker(info.width, info.height), Sampling(finder, most_frames=max(2, room // 2)))
    book = RowBook(len(names), len(feet_model.info.keypoint_names) if feet_model is not None else 0)
    with (
        CropWorkers(model, feet_model, workers, waiting=max(1, room // 6 // job_rows)) as crops,
        closing(decoded_ahead(reader, depth=min(16, max(2, room // 8)))) as frames,
    ):
        line = _Line(crops, book, follower, GaitWatch(names), job_rows)
        for frame in frames:
            start = time.perf_counter()
            motion = camera.add(frame, follower.expected_boxes(frame.time_s))
            timing.camera_s += time.perf_counter() - start
            start = time.perf_counter()
            planned = follower.add(frame, motion)
            timing.detect_s += time.perf_counter() - start
            times.append(frame.time_s)
            if planned:
                line.take(planned)
            if progress is not None:
                progress(len(times), info.n_frames_from_header)
        line.take(follower.finish(), last=True)
        line.end()
        work = crops.timing
    tracks = assemble(
        book.rows(),
        follower.colours,
        names,
        feet_model.info.keypoint_names if feet_model is not None else (),
        camera.track(),
        np.asarray(times),
        (info.width, info.height),
        slow_motion,
        region,
    )
    timing.wall_s += time.perf_counter() - begin
    timing.crop_s += work.crop_s
    timing.pose_s += work.pose_s
    timing.feet_s += work.feet_s
    timing.frames += len(times)
    timing.detector_frames += finder.frames
    timing.crops += work.crops
    return tracks


class _Line:
    """From settled frames to jobs, and from answers back to who needs no further look.

    What the networks say of a stretch is heeded from the second stretch after it on, never sooner, however fast
    they are: results must not depend on the machine.
    """

    def __init__(
        self, crops: CropWorkers, book: RowBook, follower: PeopleFollower, watch: GaitWatch, job_rows: int
    ) -> None:
        self._crops, self._book, self._follower, self._watch = crops, book, follower, watch
        self._job_rows = job_rows
        #: Frames and jobs at the ends of the last stretches.
        self._ends: deque[tuple[int, int]] = deque([(0, 0)])

    def take(self, planned: list[PlannedFrame], last: bool = False) -> None:
        """Hand a stretch to the workers; of the ``last`` one the end in single frames, so that all stop together."""
        frames: list[Frame] = []
        boxes: list[FloatArray] = []
        others: list[tuple[FloatArray, ...]] = []
        for index, one in enumerate(planned):
            rows = 1 if last and index >= len(planned) - _SINGLE_FRAMES else self._job_rows
            wanted = self._book.plan(one)
            if len(wanted):
                frames.append(one.frame)
                boxes.append(one.box[wanted])
                others.append(tuple(everybody_else(one, int(i)) for i in wanted))
            if sum(len(b) for b in boxes) >= rows:
                self._crops.submit(CropJob(tuple(frames), tuple(boxes), tuple(others)))
                frames, boxes, others = [], [], []
        if frames:
            self._crops.submit(CropJob(tuple(frames), tuple(boxes), tuple(others)))
        self._ends.append((self._book.planned_frames, self._crops.submitted))
        if len(self._ends) > 3:
            self._heed()

    def end(self) -> None:
        """Wait for all answers."""
        for answer in self._crops.answers(self._crops.submitted):
            self._book.answer(answer)

    def _heed(self) -> None:
        first, _ = self._ends.popleft()
        last, jobs = self._ends[0]
        for answer in self._crops.answers(jobs):
            self._book.answer(answer)
        for row in self._book.answered(first, last):
            self._watch.add(*row)
        ids = self._follower.track_ids
        self._watch.forget_all_but(ids)
        self._follower.rest({track for track in ids if self._watch.is_still(track)})


def everybody_else(planned: PlannedFrame, index: int) -> FloatArray:
    """Boxes of all others whom the detector saw about a frame, float64 (n, 4), px."""
    rest = planned.seen.copy()
    rest[index] = False
    return np.concatenate([planned.box[rest], planned.resting])


def _bytes_of(width: int, height: int, pix_fmt: str) -> float:
    per_pixel = 3.0 if "444" in pix_fmt or "rgb" in pix_fmt else 2.0 if "422" in pix_fmt else 1.5
    return width * height * per_pixel * (2.0 if "10" in pix_fmt or "12" in pix_fmt or "16" in pix_fmt else 1.0)
