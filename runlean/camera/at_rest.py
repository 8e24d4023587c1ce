"""A background that stands, seen between a runner's limbs where nothing is left beside the runner."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from runlean_kernels.camera.at_rest import count_resting
from runlean_kernels.camera.shift import block_shifts

Picture = npt.NDArray[np.float32]

#: A block stands where it is found this near its old place, thumbnail pixels, ...
_RESTS: Final = 0.5
#: ... and belongs to a background that stands when it did so in this many frames, twice for each in which it did not.
#: With the whole picture taken for the runner it was said of 29 clips of a camera that stands in all frames after the
#: first second, of ten that pan in none, of one held in the hand in 43 %, of one smeared by its codec in 90 %.
REST_FRAMES: Final = 20
#: A block is not looked for further off than this, thumbnail pixels.
_REACH: Final = 2.0
#: Fewer blocks are none: a logo, a thing that the runner carries.
_LEAST_BLOCKS: Final = 4
#: A reference is renewed after so many frames: light and codec change a wall that stands.
_RENEWED: Final = 30


class RestingBlocks:
    """Blocks that stood for most of a second to a fraction of a pixel, as no runner's body does.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of a thumbnail.
    block : int
        Side of a block, pixels.

    Attributes
    ----------
    since : int
        Number of the frame since which it stands.
    stands : bool
        A background that stands was seen in the last picture.
    """

    def __init__(self, shape: tuple[int, int], block: int) -> None:
        self._block = block
        self._nobody = np.zeros(shape, np.bool_)
        self._shifts = np.zeros((max(1, (shape[0] // block) * (shape[1] // block)), 6))
        self._count = np.zeros(len(self._shifts), np.int64)
        self._begun = np.zeros(len(self._shifts), np.int64)
        self._told = np.zeros(2)
        self._reference: Picture | None = None
        self._age = 0
        self.since = 0
        self.stands = False

    def forget(self) -> None:
        """Begin anew: the background is seen to move, or there is a cut."""
        self._reference = None
        self.stands = False

    def add(self, picture: Picture, last: Picture, number: int, texture: float) -> float:
        """Take a picture; returns what blocks that stand tell of the place across, as `dominant_shift` counts it.

        Parameters
        ----------
        picture, last : float32 (rows, columns)
            This and the one before.
        number : int
            Of ``last``.
        texture : float
            Least texture of a block, see `block_shifts`.
        """
        if self._reference is None:
            self._reference, self._age = last, 0
            self._count[:] = 0
        shifts = self._shifts
        block_shifts(self._reference, picture, self._nobody, self._block, texture, 0.0, 0.0, _REACH, shifts)
        found = count_resting(shifts, _RESTS, REST_FRAMES, number, self._count, self._begun, self._told)
        if found < 0:
            # most of what stood does not: a camera that begins to move, or a cut; what lies on the picture goes on
            self.forget()
            return 0.0
        self._age += 1
        if not self._count.any():
            self._reference = None
        elif self._age >= _RENEWED:
            self._reference, self._age = picture, 0
        self.stands = found >= _LEAST_BLOCKS
        if not self.stands:
            return 0.0
        self.since = int(self._told[0])
        return float(self._told[1])
