"""The container's display matrix, snapped to quarter turns, and the map between upright and coded pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Orientation:
    """How the stored picture is shown: turned clockwise by ``rotation_deg``, then mirrored left to right.

    Attributes
    ----------
    rotation_deg : int
        0, 90, 180 or 270, clockwise.
    mirrored : bool
        Flipped left to right after turning (front cameras).
    """

    rotation_deg: int = 0
    mirrored: bool = False

    @property
    def swaps_axes(self) -> bool:
        """Upright width lies along the coded height."""
        return self.rotation_deg in (90, 270)

    def upright(self, picture: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """A coded picture (rows, columns, ...) turned upright; a view where NumPy can."""
        turned = np.rot90(picture, -self.rotation_deg // 90)
        return turned[:, ::-1] if self.mirrored else turned


@lru_cache(maxsize=256)
def coded_from_upright(
    orientation: Orientation, width: int, height: int, coded_width: int, coded_height: int
) -> npt.NDArray[np.float64]:
    """Affine (2, 3) from upright to coded pixel-edge coordinates, read-only.

    Pixel edges lie at integers and centres at integer + 0.5 on both sides; scales differ from 1 where the stored
    pixels are not square.
    """
    # unit square, upright -> coded: undo the mirror, then turn counter-clockwise
    mirror = np.diag([1.0, 1.0, 1.0])
    if orientation.mirrored:
        mirror[0] = -1.0, 0.0, 1.0
    turn = {
        0: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        90: [[0.0, 1.0, 0.0], [-1.0, 0.0, 1.0]],
        180: [[-1.0, 0.0, 1.0], [0.0, -1.0, 1.0]],
        270: [[0.0, -1.0, 1.0], [1.0, 0.0, 0.0]],
    }[orientation.rotation_deg]
    to_unit, from_unit = np.diag([1.0 / width, 1.0 / height, 1.0]), np.diag([coded_width, coded_height])
    affine: npt.NDArray[np.float64] = from_unit @ np.array(turn) @ mirror @ to_unit
    affine += 0.0  # -0.0 becomes 0.0
    affine.flags.writeable = False
    return affine


def orientation_of_matrix(matrix: Sequence[int]) -> Orientation:
    """Orientation of a display matrix (a, b, u, c, d, v, x, y, w), to the nearest quarter turn.

    A point (x, y) of the stored picture is shown at (a x + c y, b x + d y), y down; a to d in any one unit.
    """
    a, b, c, d = (float(matrix[i]) for i in (0, 1, 3, 4))
    mirrored = a * d - b * c < 0
    if mirrored:
        a, c = -a, -c
    if a == 0 and b == 0:
        return Orientation()
    turns = round(float(np.degrees(np.arctan2(b, a))) / 90.0) % 4
    return Orientation(90 * turns, mirrored)


def square_pixel_size(
    coded_width: int, coded_height: int, aspect: Fraction | None, orientation: Orientation
) -> tuple[int, int]:
    """Upright width and height in square pixels.

    Pixels of ``aspect`` (width over height) that are not square stretch the stored picture's width; an aspect
    that no camera has (outside 1/4..4) counts as square.
    """
    width, height = coded_width, coded_height
    if aspect is not None and aspect > 0 and Fraction(1, 4) <= aspect <= 4:
        width = max(1, round(coded_width * aspect))
    return (height, width) if orientation.swaps_axes else (width, height)
