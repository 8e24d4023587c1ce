"""RTMPose and its kin: one classification per axis and keypoint (SimCC)."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.models.family import CropSpec, ImageBatch
from runlean.models.registry import ModelInfo
from runlean.models.session import Network

#: ImageNet's mean and deviation of R, G and B, as RTMPose was trained with.
_MEAN: Final = np.array([123.675, 116.28, 103.53])
_STD: Final = np.array([58.395, 57.12, 57.375])
#: float32 value of every byte and channel: the reference normalises in float64 and rounds once, and so does
#: this.
_NORMALISED: Final = ((np.arange(256)[None] - _MEAN[:, None]) / _STD[:, None]).astype(np.float32)

PADDING: Final = 1.25


class SimccPose:
    """RTMPose, RTMW and others with SimCC heads (`PoseModel` and `PictureModel`).

    Input float32 (n, 3, H, W), normalised here; outputs (n, k, W * r) and (n, k, H * r), where r is the split
    ratio (2 in every published network; read from the graph here).

    Notes
    -----
    A keypoint is the arg-max of each axis divided by r, its score the mean of the two maxima (no soft-max),
    as in MMPose and rtmlib. Where that mean is not above 0 the network saw nothing: the score is 0, and
    `predict` gives NaN where the reference gives -1 / r of the crop.

    MMPose and rtmlib crop by an affine map between pixel indices, sampled bilinearly without low-pass.
    `predict_in` does exactly that (`runlean_kernels.image.bilinear`), so its keypoints are theirs plus the
    half pixel between index and edge. `predict` takes runlean's area-averaged crops, which do not alias.
    """

    def __init__(self, network: Network, info: ModelInfo) -> None:
        self.info = info
        self.provider, self.notes = network.provider, network.notes
        self.crop = CropSpec(PADDING, info.input_width / info.input_height, resampling="bilinear")
        self._network = network
        self._outputs = [name for name, _ in network.outputs]
        bins = network.outputs[0][1][-1]
        self._split = (bins if isinstance(bins, int) else 2 * info.input_width) / info.input_width

    def warmup(self) -> None:
        """Run once on nothing."""
        self.predict(np.zeros((1, self.info.input_height, self.info.input_width, 3), np.uint8))

    def predict(self, batch: ImageBatch) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Keypoints (n, k, 2) in pixels (edges) of the crop, and their scores (n, k)."""
        index, score = self._locate(batch)
        xy = (index / self._split + 0.5).astype(np.float32)
        xy[score <= 0.0] = np.nan
        return xy, score

    def predict_in(
        self, picture: npt.NDArray[np.uint8], boxes: npt.ArrayLike
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Keypoints of the persons in ``boxes`` by the reference's own crop; see `PictureModel`."""
        from runlean_kernels.image.bilinear import warp_bilinear

        centre, scale = reference_frame(boxes, self.crop)
        size = np.array([self.info.input_width, self.info.input_height])
        batch = np.empty((len(centre), size[1], size[0], 3), np.uint8)
        picture = np.ascontiguousarray(picture)
        for row, c, s in zip(batch, centre, scale, strict=True):
            warp_bilinear(picture, reference_matrix(c, s, size), row)
        index, score = self._locate(batch)
        within = index.astype(np.float64) / self._split / size
        xy = within * scale[:, None] + (centre - scale / 2)[:, None] + 0.5
        xy[score <= 0.0] = np.nan
        return xy.astype(np.float32), score

    def _locate(self, batch: ImageBatch) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Arg-max bins (n, k, 2) as x, y, and scores (n, k)."""
        if not len(batch):
            k = len(self.info.keypoint_names)
            return np.zeros((0, k, 2), np.float32), np.zeros((0, k), np.float32)
        pixels = np.empty((len(batch), 3, *batch.shape[1:3]), np.float32)
        for channel in range(3):
            pixels[:, channel] = _NORMALISED[channel][batch[..., channel]]
        x, y = self._network.run(pixels, self._outputs)
        index = np.stack((x.argmax(axis=2), y.argmax(axis=2)), axis=2).astype(np.float32)
        score = np.float32(0.5) * (x.max(axis=2) + y.max(axis=2))
        return index, np.maximum(score, np.float32(0.0))


def reference_frame(boxes: npt.ArrayLike, crop: CropSpec) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Centre and size (n, 2) of the crops that MMPose takes around person boxes x0, y0, x1, y1."""
    box = np.asarray(boxes, np.float64).reshape(-1, 4)
    centre = (box[:, :2] + box[:, 2:]) * 0.5
    # MMPose's order of operations: pad, then widen; the last bit decides on which side a pixel is rounded
    width, height = ((box[:, 2:] - box[:, :2]) * crop.padding).T
    wide = width > height * crop.aspect
    size = np.stack((np.where(wide, width, height * crop.aspect), np.where(wide, width / crop.aspect, height)), axis=1)
    return centre, size


def reference_matrix(
    centre: npt.NDArray[np.float64], scale: npt.NDArray[np.float64], size: npt.NDArray[np.int_]
) -> npt.NDArray[np.float64]:
    """Map (2, 3) from pixel indices of a crop to those of the picture, as MMPose builds it.

    It is given by three points in float32: the centre, the point half a width above it, and half a width to
    the left of that one.
    """
    half = np.array([0.0, scale[0] * -0.5])
    source = np.zeros((3, 2), np.float32)
    source[0] = centre
    source[1] = centre + half
    source[2] = _third_point(source[0], source[1])
    target = np.zeros((3, 2), np.float32)
    target[0] = size * 0.5
    target[1] = size * 0.5 + np.array([0.0, size[0] * -0.5])
    target[2] = _third_point(target[0], target[1])
    forward = np.linalg.solve(np.column_stack((source, np.ones(3))), target.astype(np.float64)).T
    (a, b, x), (c, d, y) = forward
    determinant = a * d - b * c
    inverse = np.array([[d, -b], [-c, a]]) / determinant
    return np.column_stack((inverse, -inverse @ np.array([x, y])))


def _third_point(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    direction = a - b
    return b + np.array([-direction[1], direction[0]], np.float32)
