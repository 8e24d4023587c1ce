"""What of a thumbnail is no background: persons, and what lies on the picture."""

from __future__ import annotations

from math import ceil, isfinite
from typing import Final

import numpy as np
import numpy.typing as npt

from runlean_kernels.camera.picture import count_still_cells

Picture = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
#: Rows from and to, columns from and to.
Rectangles = list[tuple[int, int, int, int]]

#: Side of a cell of a thumbnail, pixels.
CELL: Final = 8
#: A cell that differs by less than this (grey levels) while the camera moves does not belong to the scene, once it
#: has done so for three frames.
_STILL_CELL: Final = 1.5
_STILL_FRAMES: Final = 3


def places_of(
    boxes: npt.NDArray[np.float64] | None, shape: tuple[int, int], px_per_x: float, px_per_y: float
) -> Rectangles:
    """Where persons are, as rows and columns of the thumbnail; what lies outside is cut off.

    Parameters
    ----------
    boxes : float64 (n, 4), optional
        x0, y0, x1, y1, pixels of the picture.
    shape : (int, int)
        Rows and columns of the thumbnail.
    px_per_x, px_per_y : float
        Pixels of the picture to one of the thumbnail.
    """
    rows, columns = shape
    found = []
    for box in [] if boxes is None else boxes.tolist():
        x0, x1 = box[0] / px_per_x, box[2] / px_per_x
        y0, y1 = box[1] / px_per_y, box[3] / px_per_y
        if isfinite(x0 + y0 + x1 + y1):
            found.append((max(0, int(y0)), min(rows, ceil(y1)), max(0, int(x0)), min(columns, ceil(x1))))
    return [(top, bottom, left, right) for top, bottom, left, right in found if top < bottom and left < right]


def moved(places: Rectangles, across: int, down: int) -> Rectangles:
    """The same rectangles elsewhere, perhaps outside the picture."""
    return [(top + down, bottom + down, left + across, right + across) for top, bottom, left, right in places]


class Overlay:
    """Logos, scores and subtitles: what stood still while the scene moved.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of a thumbnail.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._shape = shape
        self._still = np.zeros((shape[0] // CELL, shape[1] // CELL), np.int64)

    def add(self, last: Picture, picture: Picture, way: npt.NDArray[np.float64]) -> None:
        """Take two pictures between which the scene moved by ``way`` (x, y), thumbnail pixels."""
        across, down = np.rint(way).astype(np.int64).tolist()
        count_still_cells(last, picture, CELL, across, down, _STILL_CELL, self._still)

    def with_persons(self, persons: Rectangles) -> Mask:
        """Pixels that are no background: persons, and what lies on the picture and not in the scene."""
        out = np.zeros(self._shape, np.bool_)
        for top, bottom, left, right in persons:
            out[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = True
        still = self._still >= _STILL_FRAMES
        if still.any():
            cells = np.repeat(np.repeat(still, CELL, axis=0), CELL, axis=1)
            out[: cells.shape[0], : cells.shape[1]] |= cells
        return out
