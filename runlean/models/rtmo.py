"""RTMO: one look at a square picture finds every person and their keypoints."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.models.family import CropSpec, Detections, ImageBatch
from runlean.models.multipose import COCO_SIGMA
from runlean.models.registry import ModelInfo
from runlean.models.session import Network
from runlean_kernels.detection.overlap import suppress_duplicates

MIN_SCORE: Final = 0.3
MAX_PEOPLE: Final = 32


class Rtmo:
    """RTMO as MMDeploy exports it (`PoseModel` on crops, `PersonDetector` on pictures).

    Input float32 (n, 3, S, S), raw values 0..255 in B, G, R order (it was trained so). Outputs ``dets`` (n,
    p, 5): x0, y0, x1, y1, score; ``keypoints`` (n, p, 17, 3): x, y, score; pixel indices of the input.

    Notes
    -----
    As a `PoseModel` it sees the person's crop, and of the persons found there the one is taken whose score
    times its nearness to the crop's centre is best; a crop in which it finds nobody gives NaN with score 0.
    """

    def __init__(self, network: Network, info: ModelInfo) -> None:
        self.info = info
        self.provider, self.notes = network.provider, network.notes
        self.crop = CropSpec(padding=1.25, aspect=info.input_width / info.input_height)
        self._network = network
        self._outputs = [name for name, _ in network.outputs]

    def warmup(self) -> None:
        """Run once on nothing."""
        self._look(np.zeros((1, self.info.input_height, self.info.input_width, 3), np.uint8))

    def input_size(self, width: int, height: int, long_side: int = 256) -> tuple[int, int]:
        """(W, H) of the network's input: the same for every picture."""
        return self.info.input_width, self.info.input_height

    def predict(self, batch: ImageBatch) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Keypoints (n, 17, 2) of the crop's own person in pixels (edges) of the crop, and their scores (n, 17)."""
        n = len(batch)
        xy = np.full((n, 17, 2), np.nan, np.float32)
        score = np.zeros((n, 17), np.float32)
        if not n:
            return xy, score
        size = np.array([self.info.input_width, self.info.input_height], np.float64)
        for i, (boxes, keypoints) in enumerate(self._look(batch)):
            if not len(boxes):
                continue
            centre = 0.5 * (boxes[:, :2] + boxes[:, 2:4]) + 0.5
            away = np.sum(((centre - 0.5 * size) / size) ** 2, axis=1)
            best = int(np.argmax(boxes[:, 4] * np.exp(-8.0 * away)))
            if boxes[best, 4] > 0.0:
                xy[i] = keypoints[best, :, :2] + 0.5
                score[i] = np.clip(keypoints[best, :, 2], 0.0, 1.0)
        return xy, score

    def detect(
        self, batch: ImageBatch, *, max_people: int | None = None, min_score: float | None = None
    ) -> list[Detections]:
        """Persons of every picture, best first, in pixels (edges) of the input."""
        room = MAX_PEOPLE if max_people is None else max_people
        threshold = MIN_SCORE if min_score is None else min_score
        found = []
        for boxes, keypoints in self._look(batch):
            row, points = boxes.astype(np.float64), keypoints.astype(np.float64)
            order = np.argsort(-row[:, 4], kind="stable")
            order = order[row[order, 4] >= threshold]
            box = np.ascontiguousarray(row[order, :4] + 0.5)
            xy = np.ascontiguousarray(points[order, :, :2] + 0.5)
            weight = np.ascontiguousarray(np.clip(points[order, :, 2], 0.0, 1.0))
            keep = np.zeros(len(order), np.bool_)
            suppress_duplicates(box, xy, weight, COCO_SIGMA, 0.5, 0.85, keep)
            index = np.flatnonzero(keep)[:room]
            found.append(Detections(box[index], row[order, 4][index], xy[index], weight[index]))
        return found

    def _look(self, batch: ImageBatch) -> list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]:
        """Boxes with scores (p, 5) and keypoints (p, 17, 3) of every picture.

        One picture a call: the graph's own suppression leaves another number of persons in each.
        """
        looks = []
        for picture in batch:
            pixels = np.ascontiguousarray(picture[..., ::-1].transpose(2, 0, 1), dtype=np.float32)
            boxes, keypoints = self._network.run(pixels[None], self._outputs)
            looks.append((boxes[0], keypoints[0]))
        return looks
