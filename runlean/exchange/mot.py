"""MOT, the motion file of OpenSim: joint angles as the coordinates of its full-body running models."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from runlean.exchange.recording import RecordedRunner, Recording
from runlean.exchange.sagittal import FloatArray, sagittal_metres

_HEADER = """Coordinates
version=1
nRows={rows}
nColumns={columns}
inDegrees=yes

Units are S.I. units (second, meters, Newtons, ...)
If the header above contains a line with 'inDegrees', this indicates whether rotational values are in degrees (yes) or \
radians (no).

endheader
"""

_SIDES: Final = (("right", "r"), ("left", "l"))


def coordinates(recording: Recording, runner: RecordedRunner) -> dict[str, FloatArray]:
    """OpenSim coordinate -> values of one runner, degrees and metres.

    Parameters
    ----------
    recording : Recording
    runner : RecordedRunner

    Notes
    -----
    Names and signs of Rajagopal 2016 and of the LaiUhlrich model that Pose2Sim uses; rotations are about z, which
    points to the runner's right, so leaning forward is a negative tilt. Pelvis and trunk are one segment here:
    ``pelvis_tilt`` is minus the trunk lean, the lumbar joint stays straight. The ankle's angle is foot angle plus
    shin lean (0 = the foot at right angles to the shin). ``pelvis_tx`` and ``pelvis_ty`` are the middle of the hips,
    present where a scale is known.
    """
    angles = runner.angles
    out = {"pelvis_tilt": -angles["trunk_lean_deg"]}
    if np.isfinite(runner.metres_per_px):
        points, _ = sagittal_metres(recording, runner)
        hips = [recording.keypoint_names.index(f"{side}_hip") for side in ("left", "right")]
        middle = points[:, hips].mean(axis=1)
        out |= {"pelvis_tx": middle[:, 0], "pelvis_ty": middle[:, 1]}
    for side, letter in _SIDES:
        out[f"hip_flexion_{letter}"] = angles[f"hip_flexion_{side}_deg"]
        out[f"knee_angle_{letter}"] = angles[f"knee_flexion_{side}_deg"]
        out[f"ankle_angle_{letter}"] = angles[f"foot_angle_{side}_deg"] + angles[f"shin_lean_{side}_deg"]
        out[f"elbow_flex_{letter}"] = angles[f"elbow_flexion_{side}_deg"]
    # a coordinate that was never measured is left to the model's default
    return {name: values for name, values in out.items() if np.isfinite(values).any()}


def write_mot(recording: Recording, path: Path) -> None:
    """Write one runner's joint angles, one row per frame at the frame's own time; missing is ``nan``.

    Parameters
    ----------
    recording : Recording
        Of one runner.
    path : Path
    """
    runner = recording.runners[0]
    columns = coordinates(recording, runner)
    table = np.column_stack([runner.time_s, *columns.values()])
    text = _HEADER.format(rows=len(table), columns=table.shape[1]) + "\t".join(["time", *columns]) + "\n"
    rows = ["\t".join(f"{value:.16g}" for value in row) for row in table.tolist()]
    path.write_text(text + "\n".join(rows) + ("\n" if rows else ""), encoding="utf-8")
