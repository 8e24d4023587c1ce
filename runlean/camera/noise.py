"""What noise a thumbnail has, read off where least else is seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from runlean_kernels.camera.picture import cell_spread

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
    half = np.float32(0.5)
    rough = picture[1:-1] - half * (picture[:-2] + picture[2:])
    rough = (rough[:, 1:-1] - half * (rough[:, :-2] + rough[:, 2:])) / np.float32(1.5)
    return min(_quietest(picture - last, cell), float(np.sqrt(2.0)) * _quietest(rough, cell))


def _quietest(values: Picture, cell: int) -> float:
    """Standard deviation within the cells, of the tenth part where it is least; inf without a whole cell."""
    spread = np.empty((values.shape[0] // cell) * (values.shape[1] // cell))
    if not len(spread):
        return np.inf
    cell_spread(values, cell, spread)
    return float(np.percentile(spread, 10.0))
