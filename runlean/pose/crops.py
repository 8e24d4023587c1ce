"""Crops of a few frames through the networks, on worker threads, answers in order."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import cast

import numpy as np
import numpy.typing as npt

from runlean.models.family import CropSpec, DeviceModel, ImageBatch, PoseModel
from runlean.pose.crop import crop_batch
from runlean.video import Frame
from runlean_kernels.tracking.cover import cover_others

FloatArray = npt.NDArray[np.float64]

#: A model's own padding is meant for the box of one instant; the tracker's box holds a whole gait cycle already.
#: Mean error of movenet-thunder in % of body height at 1.05, 1.15, 1.25, 1.35, 1.45 x that box on eight rendered
#: clips: 2.0, 2.2, 2.6, 2.7, 3.0 (medians 1.9, 1.9, 2.1, 2.2, 2.4); below 1.1 a foot may leave the crop.
_CYCLE_TO_INSTANT = 0.92
#: Half the width of what stays of a person where others overlap (see `cover_others`), body heights.
_CORE = 0.2


@dataclass(frozen=True, slots=True)
class CropJob:
    """Some persons of some frames.

    Attributes
    ----------
    frames : tuple of Frame
    boxes : tuple of float64 (n, 4)
        The persons of each frame, px.
    others : tuple of tuple of float64 (m, 4)
        For each of them everybody else whom the detector saw there, px.
    """

    frames: tuple[Frame, ...]
    boxes: tuple[FloatArray, ...]
    others: tuple[tuple[FloatArray, ...], ...]

    @property
    def rows(self) -> int:
        """Crops in all."""
        return sum(len(box) for box in self.boxes)


@dataclass(slots=True)
class CropTiming:
    """Seconds that worker threads spent, all threads together."""

    crop_s: float = 0.0
    pose_s: float = 0.0
    feet_s: float = 0.0
    crops: int = 0


@dataclass(frozen=True, slots=True)
class CropAnswer:
    """Keypoints of a job's crops, in its order, px of the picture.

    Attributes
    ----------
    xy, score : float64 (row, keypoint, 2), (row, keypoint)
    feet_xy, feet_score : the same of the second network; no keypoints where there is none
    """

    xy: FloatArray
    score: FloatArray
    feet_xy: FloatArray
    feet_score: FloatArray


class CropWorkers:
    """Threads that crop and run the networks.

    Parameters
    ----------
    model, feet_model : PoseModel
    threads : int
    waiting : int
        Jobs that may wait; `submit` blocks beyond.
    """

    def __init__(self, model: PoseModel, feet_model: PoseModel | None, threads: int, waiting: int) -> None:
        self._model, self._feet = model, feet_model
        self._pool = ThreadPoolExecutor(max(1, threads), thread_name_prefix="runlean-pose")
        self._most = max(1, threads) + waiting
        self._futures: deque[Future[CropAnswer]] = deque()
        self._done: deque[CropAnswer] = deque()
        self._lock = threading.Lock()
        self.submitted = 0
        self.timing = CropTiming()

    def __enter__(self) -> CropWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for future in self._futures:
            future.cancel()
        self._pool.shutdown(wait=True)

    def submit(self, job: CropJob) -> None:
        """Hand in a job, after waiting for room."""
        while len(self._futures) >= self._most:
            self._done.append(self._futures.popleft().result())
        self._futures.append(self._pool.submit(self._run, job))
        self.submitted += 1

    def answers(self, least: int = 0) -> Iterator[CropAnswer]:
        """Answers not yet given, in the order of the jobs: all that are there, waiting for the first ``least`` jobs."""
        while True:
            while self._done:
                yield self._done.popleft()
            given = self.submitted - len(self._futures)
            if not self._futures or not (given < least or self._futures[0].done()):
                return
            self._done.append(self._futures.popleft().result())

    def _run(self, job: CropJob) -> CropAnswer:
        start = time.perf_counter()
        crops, boxes = cut(job, self._model)
        cropped = time.perf_counter()
        xy, score = self._model.predict(crops)
        placed = upright(xy, boxes, self._model)
        posed = time.perf_counter()
        feet_xy, feet_score = np.zeros((job.rows, 0, 2)), np.zeros((job.rows, 0), np.float32)
        crop_s = cropped - start
        if self._feet is not None:
            if not _same_crop(self._model, self._feet):
                crops, boxes = cut(job, self._feet)
                crop_s += time.perf_counter() - posed
            again = time.perf_counter()
            found, feet_score = self._feet.predict(crops)
            feet_xy = upright(found, boxes, self._feet)
            with self._lock:
                self.timing.feet_s += time.perf_counter() - again
        with self._lock:
            self.timing.crop_s += crop_s
            self.timing.pose_s += posed - cropped
            self.timing.crops += job.rows
        return CropAnswer(placed, score.astype(np.float64), feet_xy, feet_score.astype(np.float64))


def crop_spec(model: PoseModel) -> CropSpec:
    """The model's crop around a box that holds the whole gait cycle."""
    return replace(model.crop, padding=max(1.05, _CYCLE_TO_INSTANT * model.crop.padding))


def cut(job: CropJob, model: PoseModel) -> tuple[ImageBatch, FloatArray]:
    """Crops uint8 (row, H, W, 3) of a job in the size that a model takes, and their boxes float64 (row, 4).

    Where the frames lie on a device and the model reads crops there, they are a `DeviceBatch`.
    """
    spec = crop_spec(model)
    crops = _room(job, model)
    boxes = spec.boxes(np.concatenate(job.boxes) if job.boxes else np.zeros((0, 4)))
    row = 0
    for frame, persons, others in zip(job.frames, job.boxes, job.others, strict=True):
        if len(persons):
            crop_batch(frame, boxes[row : row + len(persons)], crops[row : row + len(persons)])
        for person, rest in zip(persons, others, strict=True):
            if len(rest):
                _cover(crops, row, boxes[row], person, rest)
            row += 1
    return crops, boxes


def _room(job: CropJob, model: PoseModel) -> ImageBatch:
    info = model.info
    device = job.frames[0].device if job.frames else None
    if device is not None and isinstance(model, DeviceModel) and device.feeds(model.provider):
        return cast(ImageBatch, device.batch(job.rows, info.input_height, info.input_width))
    return np.empty((job.rows, info.input_height, info.input_width, 3), np.uint8)


def _cover(crops: ImageBatch, row: int, box: FloatArray, person: FloatArray, others: FloatArray) -> None:
    if isinstance(crops, np.ndarray):
        cover_others(crops[row], box, person, others, _CORE)
    else:
        crops.cover(row, box, person, others, _CORE)


def upright(xy: npt.NDArray[np.float32], boxes: FloatArray, model: PoseModel) -> FloatArray:
    """Points in pixels of the crops to pixels of the upright picture."""
    size = np.array([model.info.input_width, model.info.input_height], np.float64)
    scale = (boxes[:, None, 2:] - boxes[:, None, :2]) / size
    return np.asarray(boxes[:, None, :2] + xy.astype(np.float64) * scale)


def _same_crop(first: PoseModel, second: PoseModel) -> bool:
    return (first.info.input_width, first.info.input_height, first.crop) == (
        second.info.input_width,
        second.info.input_height,
        second.crop,
    )
