"""MoveNet, single person: the arg-max decoding is inside the graph, so little is left to do here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from runlean.models.family import CropSpec, DeviceBatch, ImageBatch
from runlean.models.registry import ModelInfo
from runlean.models.session import Network

# Hips of rendered runners lay 1.8, 1.5, 1.2, 1.4, 1.5 % of the box's height off at padding 1.05, 1.15, 1.25, 1.4, 1.6.
# On COCO's groups a tight box is better, because it leaves the neighbours out (OKS AP 43, 41, 40, 38 at padding 1.0,
# 1.15, 1.35, 1.6), but boxes in video are interpolated between detections and not that tight.
_CROP = CropSpec(padding=1.25, aspect=1.0)


class MoveNet:
    """MoveNet Thunder or Lightning (`PoseModel`).

    Input uint8 (n, S, S, 3); output ``keypoints`` float32 (n, 17, 3): y and x as fractions of the crop,
    score.
    """

    crop = _CROP
    takes_device_batches = True

    def __init__(self, network: Network, info: ModelInfo) -> None:
        self.info = info
        self.provider, self.notes = network.provider, network.notes
        self._network = network

    def warmup(self) -> None:
        """Run once on nothing."""
        self.predict(np.zeros((1, self.info.input_height, self.info.input_width, 3), np.uint8))

    def predict(self, batch: ImageBatch | DeviceBatch) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Keypoints (n, 17, 2) in pixels of the crop, and their scores (n, 17)."""
        if not len(batch):
            return np.zeros((0, 17, 2), np.float32), np.zeros((0, 17), np.float32)
        (found,) = self._network.run(batch, ["keypoints"])
        size = np.array([self.info.input_width, self.info.input_height], np.float32)
        xy = found[:, :, 1::-1] * size
        return np.ascontiguousarray(xy), np.ascontiguousarray(found[:, :, 2])
