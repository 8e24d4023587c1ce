"""MoveNet MultiPose as a detector of any number of persons: its heads, decoded by runlean's own kernel."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.models.family import Detections, ImageBatch
from runlean.models.providers import CPU
from runlean.models.registry import ModelInfo
from runlean.models.session import Network
from runlean_kernels.detection.heads import decode_persons
from runlean_kernels.detection.overlap import suppress_duplicates

_HEADS: Final = ("center", "box_scale", "box_offset", "kpt_heatmap", "kpt_regress", "kpt_offset")
_STRIDE: Final = 4.0
_GRID: Final = 32

#: COCO's per-keypoint spread (cocodataset.org, keypoint evaluation).
COCO_SIGMA: Final = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89], np.float64) / 1000

#: Inputs on a GPU, where ONNX Runtime plans all convolutions for every size: a 16:9 picture at every long side that is
#: tried, the largest tile, and squares for close looks. Lying; upright ones are made of them.
GPU_SIZES: Final = (
    (256, 160), (256, 256), (384, 224), (384, 384), (512, 288), (512, 512), (640, 384), (768, 448), (768, 768),
    (1024, 576), (1024, 1024), (1152, 704), (1280, 736), (1536, 864), (1536, 1536),
)  # fmt: skip

MIN_SCORE: Final = 0.2
MAX_PEOPLE: Final = 32
_MAX_OKS: Final = 0.5
_MAX_IOU: Final = 0.85


class MultiPose:
    """MoveNet MultiPose Lightning without its own decoding (`PersonDetector`)."""

    def __init__(self, network: Network, info: ModelInfo) -> None:
        self.info = info
        self.provider, self.notes = network.provider, network.notes
        self._network = network

    def input_size(self, width: int, height: int, long_side: int = 256) -> tuple[int, int]:
        """(W, H), multiples of 32, that hold the whole picture, long side on ``long_side``, aspect kept.

        The short side is rounded up, so that nothing is squeezed: `picture_box` says which part of the
        (padded) picture fills the input.
        """
        long = max(_GRID, round(long_side / _GRID) * _GRID)
        scale = long / max(width, height, 1)
        w = -(-round(width * scale) // _GRID) * _GRID
        h = -(-round(height * scale) // _GRID) * _GRID
        return max(w, _GRID), max(h, _GRID)

    def planned_size(self, width: int, height: int) -> tuple[int, int]:
        """As in `SizedDetector`."""
        return (width, height) if self.provider == CPU else gpu_size(width, height)

    def warmup(self) -> None:
        """Run once on nothing, decoding included."""
        self.detect(np.zeros((1, 64, 64, 3), np.uint8))

    def detect(
        self, batch: ImageBatch, *, max_people: int | None = None, min_score: float | None = None
    ) -> list[Detections]:
        """Persons of every picture, best first, in pixels of the input.

        Parameters
        ----------
        batch : uint8 (n, H, W, 3)
            RGB; H and W multiples of 32.
        max_people : int, optional
            Keep the best so many (default 32).
        min_score : float, optional
            Least score of a person (default 0.2).
        """
        n = len(batch)
        if not n:
            return []
        room = MAX_PEOPLE if max_people is None else max_people
        heads = [np.ascontiguousarray(head) for head in self._network.run(batch, _HEADS)]
        # Every person gives a peak or two: twice the room, so that duplicates cannot push a real person out.
        count = np.zeros(n, np.int64)
        box = np.full((n, 2 * room, 4), np.nan)
        score = np.zeros((n, 2 * room))
        xy = np.full((n, 2 * room, 17, 2), np.nan)
        keypoint_score = np.zeros((n, 2 * room, 17))
        threshold = MIN_SCORE if min_score is None else min_score
        centre, scale, box_offset, heatmap, regress, offset = heads
        decode_persons(
            centre, scale, box_offset, heatmap, regress, offset,
            threshold, _STRIDE, count, box, score, xy, keypoint_score,
        )  # fmt: skip
        found = []
        for i in range(n):
            rows = slice(0, int(count[i]))
            keep = np.zeros(int(count[i]), np.bool_)
            suppress_duplicates(
                box[i, rows], xy[i, rows], keypoint_score[i, rows], COCO_SIGMA, _MAX_OKS, _MAX_IOU, keep
            )
            index = np.flatnonzero(keep)[:room]
            found.append(Detections(box[i, index], score[i, index], xy[i, index], keypoint_score[i, index]))
        return found


def gpu_size(width: int, height: int) -> tuple[int, int]:
    """The smallest of `GPU_SIZES`, lying or upright, that holds an input; beyond them a multiple of 512.

    Examples
    --------
    >>> gpu_size(512, 288), gpu_size(352, 480), gpu_size(2048, 320)
    ((512, 288), (512, 512), (2048, 512))
    """
    holding = [size for w, h in GPU_SIZES for size in ((w, h), (h, w)) if size[0] >= width and size[1] >= height]
    if not holding:
        return -(-width // 512) * 512, -(-height // 512) * 512
    return min(holding, key=lambda size: size[0] * size[1])


def picture_box(width: int, height: int, input_width: int, input_height: int) -> npt.NDArray[np.float64]:
    """Part of the picture plane that fills the network's input without squeezing: x0, y0, x1, y1 in pixels.

    The picture lies in its middle; what reaches beyond it is black.
    """
    scale = max(width / input_width, height / input_height)
    half_w, half_h = 0.5 * input_width * scale, 0.5 * input_height * scale
    cx, cy = 0.5 * width, 0.5 * height
    return np.array([cx - half_w, cy - half_h, cx + half_w, cy + half_h])
