"""Files that hold one person, or know who is who: JSON with names, Sports2D's TRC, and what movement reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from runlean.errors import KeypointError
from runlean.exchange.extra import need
from runlean.exchange.poses.pose_file import FloatArray, PoseFile, hide_zeros

#: Coordinates that never leave this range are metres, not pixels.
_LARGEST_METRE = 50.0


def read_named(document: dict[str, Any], what: str) -> PoseFile:
    """Read JSON with ``keypoint_names`` and ``frames`` of [x, y, score] (one person, or a list of people per frame).

    ``fps``, ``time_s``, ``width`` and ``height`` are used when they are there; a frame may be null.
    """
    names = tuple(str(name) for name in document["keypoint_names"])
    frames = document["frames"]
    depth = _depth(next((f for f in frames if f), []))
    if depth not in (2, 3):
        raise KeypointError(f"{what}: expected frames of [x, y, score] per keypoint, or of people that are such lists")
    people = [[f] if depth == 2 else f for f in (f or [] for f in frames)]
    most = max((len(p) for p in people), default=0)
    points = np.full((len(frames), most, len(names), 3), np.nan)
    for i, persons in enumerate(people):
        for j, person in enumerate(persons):
            if not person:
                continue
            rows = np.array([[np.nan if v is None else v for v in (p or [None, None])] for p in person], dtype=float)
            if len(rows) != len(names):
                raise KeypointError(f"{what}: expected {len(names)} keypoints in frame {i}, came {len(rows)}")
            points[i, j, :, : min(rows.shape[1], 3)] = rows[:, :3]
    scored = np.isfinite(points[..., 2]).any()
    time_s = np.asarray(document["time_s"], dtype=float) if "time_s" in document else None
    return PoseFile(
        kind="named keypoints",
        names=names,
        xy=hide_zeros(points)[..., :2],
        scores=np.nan_to_num(points[..., 2]) if scored else None,
        time_s=time_s,
        fps=float(document["fps"]) if document.get("fps") else None,
        width=int(document.get("width") or 0),
        height=int(document.get("height") or 0),
    )


def _depth(value: object) -> int:
    """Lists within each other, 0 for a number."""
    depth = 0
    while isinstance(value, list):
        depth += 1
        value = next((v for v in value if v is not None), None)
    return depth


def read_trc(path: Path) -> PoseFile:
    """Read a TRC file in pixels, as Sports2D writes it: y down, the third coordinate 0.

    Raises
    ------
    KeypointError
        It is in metres, or no such file.
    """
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    try:
        values = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=False))
        names = tuple(name.strip() for name in lines[3].split("\t")[2::3] if name.strip())
        rate = float(values["DataRate"])
        rows = [line.split("\t") for line in lines[5:] if line.strip()]
        width = 2 + 3 * len(names)
        table = np.array([[float(c) if c.strip() else np.nan for c in (r + [""] * width)[:width]] for r in rows])
        points = table[:, 2:].reshape(len(rows), 1, len(names), 3)
    except (IndexError, KeyError, ValueError) as error:
        raise KeypointError(f"{path}: expected a TRC file, its header or rows do not fit ({error})") from None
    points[..., 2] = 1.0
    points = hide_zeros(points)
    known = points[..., :2][np.isfinite(points[..., :2])]
    if known.size and np.abs(known).max() < _LARGEST_METRE:
        raise KeypointError(f"{path}: expected pixels, came metres; give Sports2D's file with _px in its name")
    return PoseFile("Sports2D TRC", names, points[..., :2], None, time_s=table[:, 1], fps=rate)


def read_deeplabcut(path: Path, suffix: str) -> PoseFile:
    """Read DeepLabCut's h5 or csv (also Lightning Pose's) through movement."""
    return _through_movement("from_dlc_file", path, suffix, "DeepLabCut")


def read_sleap(path: Path, suffix: str) -> PoseFile:
    """Read SLEAP's analysis h5 or slp through movement."""
    return _through_movement("from_sleap_file", path, suffix, "SLEAP")


def _through_movement(loader: str, path: Path, suffix: str, kind: str) -> PoseFile:
    load_poses = need("movement.io.load_poses", f"a {kind} file")
    loguru = need("loguru", f"a {kind} file")
    # its log goes to stderr; what is wrong with a file comes as an error too
    loguru.logger.disable("movement")
    if path.suffix == suffix:
        return _of_dataset(getattr(load_poses, loader)(path), kind)
    import tempfile

    # movement goes by the ending
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / f"pose{suffix}"
        link.symlink_to(path.resolve())
        return _of_dataset(getattr(load_poses, loader)(link), kind)


def read_movement(path: Path) -> PoseFile:
    """Read a NetCDF file of movement, of any version."""
    xarray = need("xarray", "a movement file")
    need("h5netcdf", "a movement file")
    engine = "h5netcdf" if path.read_bytes()[:4] == b"\x89HDF" else "scipy"
    with xarray.open_dataset(path, engine=engine) as dataset:
        return _of_dataset(dataset.load(), "movement")


def _of_dataset(dataset: Any, kind: str) -> PoseFile:
    plural = {"keypoints": "keypoint", "individuals": "individual"}
    dataset = dataset.rename({old: new for old, new in plural.items() if old in dataset.dims})
    if "individual" not in dataset.dims:
        dataset = dataset.expand_dims("individual")
    if dataset.sizes["space"] != 2:
        raise KeypointError(f"{kind}: expected poses in a picture's two dimensions, came {dataset.sizes['space']}")
    position = dataset["position"].transpose("time", "individual", "keypoint", "space").to_numpy().astype(float)
    scores = dataset["confidence"].transpose("time", "individual", "keypoint").to_numpy().astype(float)
    scored = np.isfinite(scores).any()
    seconds = dataset.attrs.get("time_unit") == "seconds"
    time_s: FloatArray = dataset["time"].to_numpy().astype(float)
    fps = dataset.attrs.get("fps")
    return PoseFile(
        kind=kind,
        names=tuple(str(name) for name in dataset["keypoint"].to_numpy()),
        xy=position,
        # without any score of their own points count as they are
        scores=np.nan_to_num(scores) if scored else None,
        time_s=time_s if seconds else None,
        fps=None if fps is None else float(fps),
        width=int(dataset.attrs.get("width_px", 0)),
        height=int(dataset.attrs.get("height_px", 0)),
    )
