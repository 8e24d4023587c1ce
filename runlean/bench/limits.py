"""The limits: decoding alone, cropping alone, the network alone, and decoding beside the network."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from runlean.models import PoseModel
from runlean.models.session import CPU_BATCH
from runlean.pose.crop import crop_batch
from runlean.video import VideoReader

#: Crops that the network and the crop kernel are timed on; more would only fill memory.
_SAMPLES = 16


def decode(path: Path, threads: int) -> int:
    """Decode a whole file by PyAV and nothing else; returns its frames."""
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = threads
        return sum(1 for _ in file.decode(stream))


class CropLimit:
    """The crop kernel on a few frames of the video, held in memory."""

    def __init__(self, path: Path, model: PoseModel, box: npt.NDArray[np.float64]) -> None:
        with VideoReader(path) as reader:
            self._frames = [frame for frame, _ in zip(reader, range(_SAMPLES), strict=False)]
        self._boxes = model.crop.boxes(box[None])
        self.crops = np.empty((len(self._frames), model.info.input_height, model.info.input_width, 3), np.uint8)

    def run(self, frames: int) -> None:
        """As many crops as the video has frames."""
        for k in range(frames):
            k %= len(self._frames)
            crop_batch(self._frames[k], self._boxes, self.crops[k : k + 1])


def network(
    models: list[PoseModel], crops: npt.NDArray[np.uint8], count: int, threads: int, beside: Callable[[], object] | None
) -> None:
    """``count`` crops through every network, on ``threads`` threads; ``beside`` runs on one more at the same time.

    Parameters
    ----------
    models : list of PoseModel
        The pose network, and the one for feet where it is on.
    crops : uint8 (n, H, W, 3)
    count, threads : int
    beside : callable or None
        Decoding, for the overlap of both.
    """
    calls = -(-count // CPU_BATCH)
    batches = iter([crops[k % (len(crops) - 1) :][: min(CPU_BATCH, count - CPU_BATCH * k)] for k in range(calls)])
    lock = threading.Lock()
    failures: list[BaseException] = []

    def guarded(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # handed on below
            failures.append(error)

    def work() -> None:
        while True:
            with lock:
                batch = next(batches, None)
            if batch is None:
                return
            for model in models:
                model.predict(_fitted(batch, model))

    tasks: list[Callable[[], object]] = [work] * threads + ([beside] if beside is not None else [])
    running = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]


def _fitted(crops: npt.NDArray[np.uint8], model: PoseModel) -> npt.NDArray[np.uint8]:
    """Crops in another network's size: the values do not matter, only the cost."""
    size = (model.info.input_height, model.info.input_width)
    if crops.shape[1:3] == size:
        return crops
    return np.ascontiguousarray(np.resize(crops, (len(crops), *size, 3)))
