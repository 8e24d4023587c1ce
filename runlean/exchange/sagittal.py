"""From the picture into the runner's own plane: forward and up in metres, gravity vertical, the ground at 0."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from runlean.errors import DatasetError
from runlean.exchange.recording import RecordedRunner, Recording
from runlean.gait.landmarks import rotate

FloatArray = npt.NDArray[np.float64]

FEET = ("ankle", "heel", "big_toe", "small_toe")

#: Where stance is not known, the ground is where the lowest foot point is in all but this share of the frames.
_GROUND_QUANTILE = 0.95


def sagittal_metres(recording: Recording, runner: RecordedRunner) -> tuple[FloatArray, FloatArray]:
    """Points and centre of mass in metres.

    Parameters
    ----------
    recording : Recording
    runner : RecordedRunner

    Returns
    -------
    points : float64 (row, keypoint, 2)
        Forward (0 in the middle of the picture) and up (0 on the ground).
    com : float64 (row, 2)

    Raises
    ------
    DatasetError
        No scale is known.
    """
    scale = runner.metres_per_px
    if not np.isfinite(scale):
        raise DatasetError(
            f"{recording.file_name}, runner {runner.runner_id}: metres need a scale and none is known; analyse the "
            "video again with --runner-height METRES, or export pixels (--to sports2d, coco, movement or csv)"
        )
    centre = (recording.width / 2, recording.height / 2)
    turn = float(np.radians(runner.roll_deg))
    level, com = rotate(runner.xy, turn, centre), rotate(runner.com, turn, centre)
    origin = np.array([centre[0], ground_level(recording.keypoint_names, level, runner.standing)])
    sign = runner.sign if np.isfinite(runner.sign) else 1.0
    towards = scale * np.array([sign, -1.0])
    return (level - origin) * towards, (com - origin) * towards


def ground_level(names: tuple[str, ...], level: FloatArray, standing: npt.NDArray[np.bool_]) -> float:
    """Height of the ground in the levelled picture: where the lowest foot point is in stance, median; px, y down."""
    feet = [i for i, name in enumerate(names) if name.partition("_")[2] in FEET]
    y = level[:, feet, 1]
    seen = np.isfinite(y).any(axis=1)
    if not seen.any():
        return 0.0
    lowest = np.nanmax(y[seen], axis=1)
    standing = standing[seen]
    return float(np.median(lowest[standing]) if standing.any() else np.quantile(lowest, _GROUND_QUANTILE))
