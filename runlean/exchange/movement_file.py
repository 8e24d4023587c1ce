"""The NetCDF file of the ``movement`` toolbox: an xarray dataset of poses."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from runlean.exchange.even_times import frame_times
from runlean.exchange.extra import need
from runlean.exchange.recording import Recording

DIMENSIONS = ("time", "space", "keypoint", "individual")


def write_movement(recording: Recording, path: Path) -> None:
    """Write all runners as one ``movement`` poses dataset.

    Variables ``position`` (time, space, keypoint, individual), pixels, y down, and ``confidence``, float32; individuals
    are ``runner_ID``. ``time`` is in seconds and need not be even: every frame keeps its own. Frames without anybody
    between the first and the last are there, as NaN.

    Parameters
    ----------
    recording : Recording
    path : Path

    Notes
    -----
    Dimension names are singular, as in movement 0.17; older versions say ``keypoints`` and ``individuals``.
    """
    xarray = need("xarray", "a movement file")
    need("h5netcdf", "a movement file")
    known, known_s = frame_times(recording)
    frame = np.arange(known[0], known[-1] + 1) if len(known) else known
    time_s = np.interp(frame, known, known_s) if len(known) else known_s
    shape = (len(frame), len(recording.keypoint_names), len(recording.runners))
    position = np.full((shape[0], 2, *shape[1:]), np.nan, dtype=np.float32)
    confidence = np.full(shape, np.nan, dtype=np.float32)
    for i, runner in enumerate(recording.runners):
        row = runner.frame - frame[0]
        position[row, :, :, i] = runner.xy.transpose(0, 2, 1)
        confidence[row, :, i] = runner.score
    attributes: dict[str, object] = {
        "source_software": "runlean",
        "ds_type": "poses",
        "time_unit": "seconds",
        "source_file": recording.file_name,
        "width_px": recording.width,
        "height_px": recording.height,
    }
    if len(frame) > 1:
        attributes["fps"] = 1.0 / float(np.median(np.diff(time_s)))
    dataset = xarray.Dataset(
        {"position": (DIMENSIONS, position), "confidence": (("time", "keypoint", "individual"), confidence)},
        coords={
            "time": time_s,
            "space": ["x", "y"],
            "keypoint": list(recording.keypoint_names),
            "individual": [f"runner_{runner.runner_id}" for runner in recording.runners],
            "frame": ("time", frame),
        },
        attrs=attributes,
    )
    packed = {name: {"zlib": True, "complevel": 4} for name in ("position", "confidence")}
    dataset.to_netcdf(path, format="NETCDF4", engine="h5netcdf", encoding=packed)
