"""BlazePose GHUM (MediaPipe's pose landmark network): 33 points, heels and toes among them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from runlean.models.family import CropSpec, DeviceBatch, ImageBatch
from runlean.models.registry import ModelInfo
from runlean.models.session import Network
from runlean_kernels.detection.heatmap_peak import heatmap_peak

_POINTS = 33
_CELLS = 64
_CROP = CropSpec(padding=1.25, aspect=1.0)


class BlazePose:
    """BlazePose full or heavy (`PoseModel`).

    Input uint8 (n, 256, 256, 3). The graph gives every point twice: regressed (``landmarks``) and as a heat map
    (``heatmap``, float32 (n, 39, 64, 64), 0..1), of which the first 33 are the body and the others steer MediaPipe's
    own cropping. The points are read from the heat maps.

    Notes
    -----
    Measured once, by hand, before the half cell below was found (``benchmarks/accuracy_clips.py`` prints the present):
    on four rendered runners, 40 frames each, the mean distance from the true joint in per cent of body height was,
    regressed / heat map: shoulder 3.4 / 2.2, knee 2.8 / 1.5, ankle 2.7 / 1.7, heel 4.2 / 3.4, big toe 4.6 / 2.2; the
    angle of the standing foot was off by 18-50 degrees / 0-12 degrees. MediaPipe regresses and then refines within
    3 cells, which inherits the regression's error where it is larger than that.

    Cell i of a heat map stands for pixel edge 4 i of the input: read at the cell's middle, points of a crop and of its
    mirror image added up to W + 4 px (median of 1,080 points of COCO persons) and lay 1.9 and 1.7 px right of and
    below the regressed ones; read at its edge, to W. MediaPipe's own refinement reads it so, too.

    score = the peak's height, capped by the graph's ``presence`` output, which says whether there is a person at all.
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
        """Keypoints (n, 33, 2) in pixels of the crop, and their scores (n, 33)."""
        if not len(batch):
            return np.zeros((0, _POINTS, 2), np.float32), np.zeros((0, _POINTS), np.float32)
        xy = np.empty((len(batch), _POINTS, 2), np.float32)
        score = np.empty((len(batch), _POINTS), np.float32)
        if isinstance(batch, np.ndarray):
            heatmap, person = self._network.run(batch, ["heatmap", "presence"])
            heatmap_peak(np.ascontiguousarray(heatmap[:, :_POINTS]), xy, score)
        else:
            windows, corner, person = batch.peaks(self._network, "heatmap", _POINTS, ["presence"])
            heatmap_peak(windows, xy, score)
            xy += corner
        cell = np.array([self.info.input_width / _CELLS, self.info.input_height / _CELLS], np.float32)
        # a cell's value stands for its first edge, not its middle (see Notes)
        return (xy - np.float32(0.5)) * cell, np.minimum(score, person.reshape(-1, 1)).astype(np.float32)
