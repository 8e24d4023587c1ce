"""A large picture in tiles that overlap, for persons who are small in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: A tile is no larger than this, px of the network's input: what a look needs of memory is bounded.
MOST_WIDTH: Final = 1152
MOST_HEIGHT: Final = 704
#: Neighbours share this, px of the input: a person 125 px high whose trunk is on one side of its middle is whole there.
OVERLAP: Final = 160
#: A person is told by that tile in whose middle part his trunk lies, with so much to spare.
_SPARE: Final = 12
_GRID: Final = 32


@dataclass(frozen=True, slots=True)
class Tiles:
    """Equal tiles of one region.

    Attributes
    ----------
    box : float64 (n, 4)
        x0, y0, x1, y1 of each tile, px of the picture.
    own : float64 (n, 4)
        The part whose persons each tile answers for; beyond the region at its edges.
    width, height : int
        Of a tile as the network's input, px.
    """

    box: FloatArray
    own: FloatArray
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Of the input, all tiles together."""
        return len(self.box) * self.width * self.height

    def about(self, boxes: FloatArray) -> Tiles:
        """Only those tiles that touch one of some boxes (n, 4), px of the picture."""
        low = np.maximum(self.own[:, None, :2], boxes[None, :, :2])
        high = np.minimum(self.own[:, None, 2:], boxes[None, :, 2:])
        wanted = ((high[..., 0] > low[..., 0]) & (high[..., 1] > low[..., 1])).any(axis=1)
        return Tiles(self.box[wanted], self.own[wanted], self.width, self.height)


def tiles_of(region: FloatArray, scale: float) -> Tiles:
    """Cut a region into as few tiles as their size allows.

    Parameters
    ----------
    region : float64 (4,)
        x0, y0, x1, y1, px of the picture.
    scale : float
        Pixels of the picture for one of the input.
    """
    sides = []
    for low, high, most in ((region[0], region[2], MOST_WIDTH), (region[1], region[3], MOST_HEIGHT)):
        length = (high - low) / scale
        n = max(1, int(np.ceil((length - OVERLAP) / (most - OVERLAP) - 1e-9)))
        size = int(np.ceil((length + (n - 1) * OVERLAP) / n / _GRID - 1e-9)) * _GRID
        # the last ends with the region: what was rounded up goes into the overlaps
        start = np.linspace(0.0, max(length - size, 0.0), n) if n > 1 else np.zeros(1)
        middle = 0.5 * (start[1:] + start[:-1] + size)
        first = np.concatenate([[-np.inf], middle - _SPARE])
        last = np.concatenate([middle + _SPARE, [np.inf]])
        sides.append((size, *(low + scale * v for v in (start, start + size, first, last))))
    (width, x0, x1, left, right), (height, y0, y1, top, bottom) = sides
    across, down = len(x0), len(y0)
    box = np.stack([np.tile(x0, down), np.repeat(y0, across), np.tile(x1, down), np.repeat(y1, across)], axis=1)
    own = np.stack(
        [np.tile(left, down), np.repeat(top, across), np.tile(right, down), np.repeat(bottom, across)], axis=1
    )
    return Tiles(box, own, width, height)
