"""What noise a thumbnail has, read off where least else is seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.float32]


def noise_of(last: Picture, picture: Picture, cell: int) -> float:
    """Standard deviation of the noise in the difference of two pictures, grey levels; inf where they are too small.

    As the cells show it that have least else: either they differ least from the last picture, or they are smoothest
    (Immerkaer 1996: a mask that neither a slope nor an edge answers).

    Parameters
    ----------
    last, picture : float32 (rows, columns)
    cell : int
        Side of a cell, pixels.
    """
    rough = picture[1:-1] - 0.5 * (picture[:-2] + picture[2:])
    rough = (rough[:, 1:-1] - 0.5 * (rough[:, :-2] + rough[:, 2:])) / 1.5
    return min(_quietest(picture - last, cell), float(np.sqrt(2.0)) * _quietest(rough, cell))


def _quietest(values: npt.NDArray[np.floating[Any]], cell: int) -> float:
    """Standard deviation within the cells, of the tenth part where it is least; inf without a whole cell."""
    rows, columns = values.shape[0] // cell, values.shape[1] // cell
    cells = values[: rows * cell, : columns * cell].reshape(rows, cell, columns, cell).std(axis=(1, 3))
    return float(np.percentile(cells, 10.0)) if cells.size else np.inf
