"""What cuts crops out of planes on a device: the orders, and the Protocol that both ways of doing it share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from runlean.device.memory import DeviceArray
from runlean.video.layout import Layout

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture on a device.

    Attributes
    ----------
    planes : tuple of DeviceArray
        Y, U, V or Y, UV or Y; (rows, columns), UV as (rows, 2 * columns).
    layout : Layout
    width, height : int
        Coded size, pixels.
    colour : float32 (8,)
        From ``colour_weights``.
    """

    planes: tuple[DeviceArray, ...]
    layout: Layout
    width: int
    height: int
    colour: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Covers:
    """What is painted over in some crops.

    Attributes
    ----------
    rectangles : int32 (n, m, 4)
        left, top, right, bottom in pixels of each crop; empty where right <= left.
    keep : float64 (n, 2)
        Pixel centres between these stay, px.
    """

    rectangles: npt.NDArray[np.int32]
    keep: FloatArray


class Cropper(Protocol):
    """Crops on a device. Work may still be under way when a method returns; `DeviceMemory.synchronize` waits for it."""

    @property
    def name(self) -> str:
        """For the summary: ``kernel`` or ``graph``."""
        ...

    def crops(self, picture: Picture, affines: FloatArray, out: DeviceArray, covers: Covers | None = None) -> None:
        """Rectangles of a picture as RGB.

        Parameters
        ----------
        picture : Picture
        affines : float64 (n, 2, 3)
            From output pixel-edge to coded pixel-edge coordinates.
        out : uint8 (n, H, W, 3)
        covers : Covers, optional

        Raises
        ------
        TurnedCrop
            Where the rectangles' sides are not parallel to the picture's and this cropper cannot turn.
        """
        ...

    def luma(self, picture: Picture, affine: FloatArray, out: DeviceArray) -> None:
        """The luma of a rectangle, on the scale of 8 bits, into float32 (h, w)."""
        ...


class TurnedCrop(ValueError):
    """A crop at an angle that this cropper cannot make."""


def is_straight(affines: FloatArray) -> bool:
    """Sides parallel to the picture's, all in the same way."""
    diagonal, other = affines[:, [0, 1], [0, 1]].any(), affines[:, [0, 1], [1, 0]].any()
    return not (diagonal and other)


def cover_of(
    size: tuple[int, int], box: FloatArray, person: FloatArray, others: FloatArray, core: float
) -> tuple[npt.NDArray[np.int32], tuple[float, float]] | None:
    """What `runlean_kernels.tracking.cover.cover_others` would fill, as rectangles; None where that is nothing.

    Parameters
    ----------
    size : (int, int)
        Width and height of the crop, px.
    box, person, others, core
        As there.
    """
    columns, rows = size
    across, down = columns / (box[2] - box[0]), rows / (box[3] - box[1])
    found = []
    for other in others:
        left, right = (other[0] - box[0]) * across, (other[2] - box[0]) * across
        top, bottom = (other[1] - box[1]) * down, (other[3] - box[1]) * down
        if left < columns and right > 0.0 and top < rows and bottom > 0.0:  # not where any is NaN
            first, last = (
                (max(0, round(left)), max(0, round(top))),
                (min(columns, round(right)), min(rows, round(bottom))),
            )
            found.append((*first, *last))
    if not found:
        return None
    middle, half = 0.5 * (person[0] + person[2]), core * (person[3] - person[1])
    keep = ((middle - half - box[0]) * across, (middle + half - box[0]) * across)
    return np.array(found, np.int32), (float(keep[0]), float(keep[1]))


def joined(rows: int, covers: dict[int, tuple[npt.NDArray[np.int32], tuple[float, float]]]) -> Covers | None:
    """Covers of some rows of a batch as one record; None where there are none."""
    if not covers:
        return None
    most = max(len(rectangles) for rectangles, _ in covers.values())
    out = Covers(np.zeros((rows, most, 4), np.int32), np.zeros((rows, 2)))
    for row, (rectangles, keep) in covers.items():
        out.rectangles[row, : len(rectangles)] = rectangles
        out.keep[row] = keep
    return out
