"""TRC, the marker file of OpenSim: its header, tabs and blanks to the letter; and Sports2D's dialect of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from runlean.exchange.even_times import even_grid, on_grid
from runlean.exchange.markers import CENTRE_OF_MASS, marker_name
from runlean.exchange.recording import RecordedRunner, Recording
from runlean.exchange.sagittal import FloatArray, sagittal_metres

_KEYS = "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames"


def write_trc(recording: Recording, path: Path) -> None:
    """Write one runner's markers in metres as OpenSim's own TRC writer does.

    x forward, y up, z to the runner's right (0 throughout: one camera sees a plane). The header's rate is exact, rows
    are even in time, a point that is missing is ``nan``, every row ends with a tab.

    Parameters
    ----------
    recording : Recording
        Of one runner.
    path : Path
    """
    runner = recording.runners[0]
    points, com = sagittal_metres(recording, runner)
    plane = np.concatenate([points, com[:, None]], axis=1)
    names = [*map(marker_name, recording.keypoint_names), CENTRE_OF_MASS]
    time_s, rate, plane = _even(recording, runner, plane)
    lines = [*_header(path.name, rate, len(time_s), names, 0), ""]
    for i, (t, row) in enumerate(zip(time_s.tolist(), plane.tolist(), strict=True)):
        cells = "".join(f"{x:.16g}\t{y:.16g}\t{0.0 if x == x else x:.16g}\t" for x, y in row)
        lines.append(f"{i + 1}\t{t:.16g}\t{cells}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_sports2d(recording: Recording, path: Path) -> None:
    """Write one runner's points in pixels as Sports2D writes its ``_px`` files.

    x right and y DOWN in the upright picture, z 0; frames count from 0; a missing point is an empty field; there is no
    empty line below the header, and the header's unit says ``m``, as Sports2D's own does.

    Parameters
    ----------
    recording : Recording
        Of one runner.
    path : Path
    """
    runner = recording.runners[0]
    names = list(map(marker_name, recording.keypoint_names))
    time_s, rate, plane = _even(recording, runner, runner.xy)
    lines = _header(path.name, rate, len(time_s), names, 0)
    lines[-1] = lines[-1].rstrip("\t")
    for i, (t, row) in enumerate(zip(time_s.tolist(), plane.tolist(), strict=True)):
        cells = "\t".join(f"{x:.10g}\t{y:.10g}\t0.0" if x == x else "\t\t0.0" for x, y in row)
        lines.append(f"{i}\t{t:.16g}\t{cells}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _even(recording: Recording, runner: RecordedRunner, plane: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    grid = even_grid(recording)
    row, values = on_grid(grid, runner.frame, runner.time_s, plane)
    return grid.time_of(row), grid.rate_hz, values


def _header(title: str, rate: float, n_frames: int, names: Sequence[str], start_frame: int) -> list[str]:
    axes = "".join(f"X{i}\tY{i}\tZ{i}\t" for i in range(1, len(names) + 1))
    hz = f"{rate:.10g}"
    return [
        f"PathFileType\t4\t(X/Y/Z)\t{title}",
        _KEYS,
        f"{hz}\t{hz}\t{n_frames}\t{len(names)}\tm\t{hz}\t{start_frame}\t{n_frames}",
        "Frame#\tTime\t" + "".join(f"{name}\t\t\t" for name in names),
        "\t\t" + axes,
    ]
