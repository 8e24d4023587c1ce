"""The records that pass from gait to tables and meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Direction = Literal["left", "right"]
Mode = Literal["treadmill", "overground"]
ViewKind = Literal["side", "oblique", "front"]
GaitKind = Literal["running", "walking", "none"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user must know: a stable code for scripts, a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RunnerGait:
    """What is known of one runner as a whole.

    Attributes
    ----------
    runner_id : int
        As in the tables.
    gait : {'running', 'walking', 'none'}
        Only running yields gait numbers.
    direction : {'left', 'right'} or None
        Where the runner faces in the upright picture.
    mode : {'treadmill', 'overground'} or None
        Does the ground move or the runner?
    view_kind, view_yaw_deg, view_confidence
        Camera view; yaw 0 = perpendicular to the running direction, 90 = front or back; confidence 0..1.
    roll_deg : float
        Camera roll that was removed (positive: camera turned clockwise, uprights lean left in the picture).
    roll_source : {'given', 'estimated', 'assumed'}
        Where the roll comes from; 'assumed' is 0.
    leg_length_px, body_height_px : float
        Thigh + shank, and standing height estimated from segment lengths; NaN where unknown.
    metres_per_px : float or None
        Scale, where one is known.
    n_frames : int
        Frames in which the runner was tracked.
    systematic_sd : dict
        Column name -> one standard deviation of what no number of strides averages away, in the column's unit.
    withheld : dict
        Column name -> the reason why every value in it is null.
    warnings : tuple of Notice
    """

    runner_id: int
    gait: GaitKind
    direction: Direction | None
    mode: Mode | None
    view_kind: ViewKind
    view_yaw_deg: float
    view_confidence: float
    roll_deg: float
    roll_source: Literal["given", "estimated", "assumed"]
    leg_length_px: float
    body_height_px: float
    metres_per_px: float | None
    n_frames: int
    systematic_sd: dict[str, float] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class GaitResult:
    """Columns of frames.parquet and strides.parquet in edge units (degrees), and the runners.

    Attributes
    ----------
    frames, strides : dict of str to ndarray
        Column name -> values (row,); NaN, or None in object columns, is missing.
    keypoint_names : tuple of str
        Keypoints whose ``_x_px``, ``_y_px`` and ``_score`` columns are in ``frames``.
    runners : tuple of RunnerGait
    warnings : tuple of Notice
        Of the whole video.
    """

    frames: dict[str, npt.NDArray[Any]]
    strides: dict[str, npt.NDArray[Any]]
    keypoint_names: tuple[str, ...]
    runners: tuple[RunnerGait, ...]
    warnings: tuple[Notice, ...] = ()

    @property
    def n_contacts(self) -> dict[int, int]:
        """Runner id -> number of foot contacts found."""
        ids, counts = np.unique(self.strides["runner_id"], return_counts=True)
        return {int(i): int(c) for i, c in zip(ids, counts, strict=True)}
