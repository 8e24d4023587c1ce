"""C3D, the file of motion-capture laboratories: markers in millimetres, contacts and toe-offs as events."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from runlean.exchange.even_times import even_grid, on_grid
from runlean.exchange.extra import need
from runlean.exchange.markers import CENTRE_OF_MASS, marker_name
from runlean.exchange.recording import RecordedRunner, Recording
from runlean.exchange.sagittal import sagittal_metres

#: A C3D parameter counts its entries in one byte.
MOST_EVENTS: Final = 255


def write_c3d(recording: Recording, path: Path) -> list[str]:
    """Write one runner's markers and events.

    x forward, y up, z to the runner's right (0 throughout), millimetres in float32. The file begins with the video's
    first frame, so that times are the tables' times; a missing point has residual -1, as the format wants it.

    Parameters
    ----------
    recording : Recording
        Of one runner.
    path : Path

    Returns
    -------
    list of str
        What did not fit.
    """
    ezc3d = need("ezc3d", "C3D")
    runner = recording.runners[0]
    points, com = sagittal_metres(recording, runner)
    grid = even_grid(recording)
    row, plane = on_grid(grid, runner.frame, runner.time_s, np.concatenate([points, com[:, None]], axis=1))
    n_frames = int(row[-1]) + 1 if len(row) else 0
    names = [*map(marker_name, recording.keypoint_names), CENTRE_OF_MASS]
    xyz = np.zeros((4, len(names), n_frames))
    residual = np.full((1, len(names), n_frames), -1.0)
    xyz[3] = 1.0
    if len(row):
        seen = np.asarray(np.isfinite(plane).all(axis=2))
        xyz[:2, :, row[0] :] = 1000.0 * np.where(seen[..., None], plane, 0.0).transpose(2, 1, 0)
        residual[0, :, row[0] :] = np.where(seen, 0.0, -1.0).T
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["LABELS"]["value"] = names
    file["parameters"]["POINT"]["DESCRIPTIONS"]["value"] = [""] * len(names)
    file["parameters"]["POINT"]["RATE"]["value"] = [grid.rate_hz]
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file["data"]["points"] = xyz
    file["data"]["meta_points"] = {"residuals": residual, "camera_masks": np.zeros((7, len(names), n_frames), bool)}
    file.add_parameter("POINT", "X_SCREEN", ["+X"])
    file.add_parameter("POINT", "Y_SCREEN", ["+Y"])
    notes = _add_events(file, runner, grid.start_s)
    file.write(str(path))
    return notes


def _add_events(file: object, runner: RecordedRunner, start_s: float) -> list[str]:
    events = sorted(
        (at - start_s, contact.side.capitalize(), label)
        for contact in runner.contacts
        for at, label in ((contact.contact_s, "Foot Strike"), (contact.toe_off_s, "Foot Off"))
        if np.isfinite(at)
    )
    kept = events[:MOST_EVENTS]
    add = file.add_parameter  # type: ignore[attr-defined]
    add("EVENT", "USED", len(kept))
    if kept:
        seconds = np.array([at for at, _, _ in kept])
        add("EVENT", "CONTEXTS", [side for _, side, _ in kept])
        add("EVENT", "LABELS", [label for _, _, label in kept])
        add("EVENT", "TIMES", np.stack([np.floor(seconds / 60.0), np.mod(seconds, 60.0)]))
        add("EVENT", "SUBJECTS", [f"Runner{runner.runner_id}"] * len(kept))
    if len(events) == len(kept):
        return []
    return [
        f"runner {runner.runner_id}: C3D holds {MOST_EVENTS} events, the last {len(events) - len(kept)} of "
        f"{len(events)} are left out; strides.parquet and --to csv have all of them"
    ]
