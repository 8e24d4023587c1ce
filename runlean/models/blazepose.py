"""BlazePose GHUM (MediaPipe's pose landmark network): 33 points, heels and toes among them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from runlean.models.family import CropSpec, ImageBatch
from runlean.models.registry import ModelInfo
from runlean.models.session import Network

_POINTS = 33
_CROP = CropSpec(padding=1.25, aspect=1.0)


class BlazePose:
    """BlazePose full or heavy (`PoseModel`).

    Input uint8 (n, 256, 256, 3). Output ``landmarks`` float32 (n, 195): 39 points of x, y (pixels), z,
    visibility logit, presence logit, of which the first 33 are the body and the others steer MediaPipe's own
    cropping.

    Notes
    -----
    score = sigmoid(visibility) * sigmoid(presence). Presence says that the point lies inside the crop,
    visibility that it is seen and not hidden, given that it is inside: the product is the probability of
    both. The graph's ``presence`` output says whether there is a person at all and caps every score of the
    crop.
    """

    crop = _CROP

    def __init__(self, network: Network, info: ModelInfo) -> None:
        self.info = info
        self.provider = network.provider
        self._network = network

    def warmup(self) -> None:
        """Run once on nothing."""
        self.predict(np.zeros((1, self.info.input_height, self.info.input_width, 3), np.uint8))

    def predict(self, batch: ImageBatch) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Keypoints (n, 33, 2) in pixels of the crop, and their scores (n, 33)."""
        if not len(batch):
            return np.zeros((0, _POINTS, 2), np.float32), np.zeros((0, _POINTS), np.float32)
        landmarks, person = self._network.run(batch, ["landmarks", "presence"])
        points = landmarks.reshape(len(batch), -1, 5)[:, :_POINTS]
        score = sigmoid(points[:, :, 3]) * sigmoid(points[:, :, 4])
        return np.ascontiguousarray(points[:, :, :2]), np.minimum(score, person).astype(np.float32)


def sigmoid(logit: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """1 / (1 + exp(-logit)) without overflow at either end."""
    half: npt.NDArray[np.float32] = 0.5 * (1.0 + np.tanh(0.5 * logit))
    return half
