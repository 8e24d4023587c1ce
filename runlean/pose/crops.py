"""Crops of a few frames through the networks, on worker threads, answers in order."""

from __future__ import annotations

import itertools
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
from runlean.pose.depth import BodyPainter, in_front, waves
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

    def add(self, other: CropTiming) -> None:
        """Add another's."""
        self.crop_s += other.crop_s
        self.pose_s += other.pose_s
        self.feet_s += other.feet_s
        self.crops += other.crops


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
        self._painter = BodyPainter.of(model.info.keypoint_names)
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
        """Those with nobody in front first; then those behind, with the bodies in front painted out."""
        names, feet = self._model.info.keypoint_names, self._feet
        people = _people(job)
        xy, score = np.full((job.rows, len(names), 2), np.nan), np.zeros((job.rows, len(names)))
        n_feet = 0 if feet is None else len(feet.info.keypoint_names)
        feet_xy, feet_score = np.full((job.rows, n_feet, 2), np.nan), np.zeros((job.rows, n_feet))
        spent = CropTiming(crops=job.rows)
        for wave in range(max((person.wave for person in people), default=-1) + 1):
            rows = np.array([row for row, person in enumerate(people) if person.wave == wave], np.int64)
            before = time.perf_counter()
            crops, boxes = _cut(people, rows, self._model, self._painter, xy, score)
            cropped = time.perf_counter()
            found, sure = self._model.predict(crops)
            xy[rows], score[rows] = upright(found, boxes, self._model), sure
            posed = time.perf_counter()
            spent.crop_s += cropped - before
            spent.pose_s += posed - cropped
            if feet is not None:
                if not _same_crop(self._model, feet):
                    crops, boxes = _cut(people, rows, feet, self._painter, xy, score)
                again = time.perf_counter()
                found, sure = feet.predict(crops)
                feet_xy[rows], feet_score[rows] = upright(found, boxes, feet), sure
                spent.crop_s += again - posed
                spent.feet_s += time.perf_counter() - again
        with self._lock:
            self.timing.add(spent)
        return CropAnswer(xy, score, feet_xy, feet_score)


@dataclass(frozen=True, slots=True)
class _Person:
    """One row of a job: whose box, who else is there, which rows of the job are before them."""

    frame: Frame
    box: FloatArray
    others: FloatArray
    front: list[int]
    wave: int

    @property
    def height(self) -> float:
        return float(self.box[3] - self.box[1])


def _people(job: CropJob) -> list[_Person]:
    out: list[_Person] = []
    for frame, persons, others in zip(job.frames, job.boxes, job.others, strict=True):
        if len(persons) == 1:
            out.append(_Person(frame, persons[0], others[0], [], 0))
            continue
        first, front = len(out), in_front(persons)
        for i, wave in enumerate(waves(front).tolist()):
            before = (first + np.flatnonzero(front[i])).tolist()
            out.append(_Person(frame, persons[i], others[i], before, wave))
    return out


def cut(job: CropJob, model: PoseModel) -> tuple[ImageBatch, FloatArray]:
    """Crops of a whole job and their boxes, where nobody's body is known yet: others' boxes are painted over."""
    nobody = BodyPainter.of(())
    return _cut(_people(job), np.arange(job.rows), model, nobody, np.zeros((job.rows, 0, 2)), np.zeros((job.rows, 0)))


def _cut(
    people: list[_Person],
    rows: npt.NDArray[np.int64],
    model: PoseModel,
    painter: BodyPainter,
    xy: FloatArray,
    score: FloatArray,
) -> tuple[ImageBatch, FloatArray]:
    """Crops uint8 (n, H, W, 3) of some rows of a job, and their boxes float64 (n, 4).

    Where the frames lie on a device and the model reads crops there, they are a `DeviceBatch`; not so for those
    behind others, whose crops are painted here.
    """
    wanted = [people[row] for row in rows]
    crops = _room(wanted, model)
    boxes = crop_spec(model).boxes(np.stack([person.box for person in wanted]))
    for frame, first, last in _stretches(wanted):
        crop_batch(frame, boxes[first:last], crops[first:last])
    for i, person in enumerate(wanted):
        known = [j for j in person.front if painter.is_known(score[j])]
        rest = without(person.others, np.array([people[j].box for j in known]).reshape(-1, 4))
        if len(rest):
            _cover(crops, i, boxes[i], person.box, rest)
        if known and isinstance(crops, np.ndarray):
            painter.paint(crops[i], boxes[i], [(xy[j], score[j], people[j].height) for j in known])
    return crops, boxes


def _room(people: list[_Person], model: PoseModel) -> ImageBatch:
    info = model.info
    device = people[0].frame.device
    on_device = device is not None and isinstance(model, DeviceModel) and device.feeds(model.provider)
    if device is not None and on_device and people[0].wave == 0:
        return cast(ImageBatch, device.batch(len(people), info.input_height, info.input_width))
    return np.empty((len(people), info.input_height, info.input_width, 3), np.uint8)


def _stretches(people: list[_Person]) -> list[tuple[Frame, int, int]]:
    """Frames with the first and last-but-one of their persons, who follow one another."""
    starts = [i for i, person in enumerate(people) if i == 0 or person.frame is not people[i - 1].frame]
    return [(people[a].frame, a, b) for a, b in itertools.pairwise([*starts, len(people)])]


def _cover(crops: ImageBatch, row: int, box: FloatArray, person: FloatArray, others: FloatArray) -> None:
    if isinstance(crops, np.ndarray):
        cover_others(crops[row], box, person, others, _CORE)
    else:
        crops.cover(row, box, person, others, _CORE)


def without(boxes: FloatArray, others: FloatArray) -> FloatArray:
    """The boxes that are none of ``others``, float64 (n, 4)."""
    if not len(boxes):
        return boxes
    same = (boxes[:, None] == others[None]).all(axis=2).any(axis=1)
    return np.ascontiguousarray(boxes[~same])


def crop_spec(model: PoseModel) -> CropSpec:
    """The model's crop around a box that holds the whole gait cycle."""
    return replace(model.crop, padding=max(1.05, _CYCLE_TO_INSTANT * model.crop.padding))


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
