"""Rendered clips with exact kinematics: what their .gt.json and .gt.npz files say, per runner, frame and contact."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from validation import camera, posture
from validation.matching import Contacts
from validation.stride_truth import stride_truth

FloatArray = npt.NDArray[np.float64]

STRIKES = {"heel": "rearfoot", "midfoot": "midfoot", "forefoot": "forefoot"}

#: A contact this near to the end of what can be seen is not asked for, s.
EDGE_S = 0.25


@dataclass(frozen=True, slots=True)
class RunnerTruth:
    """One runner of a rendered clip.

    Attributes
    ----------
    index : int
        Position in the files' runner axes.
    track_id : int
        As in the clip's .mot.txt.
    record : dict
        The runner's entry in .gt.json.
    xy, xyz : float64 (frame, 23, 2), (frame, 23, 3)
        True joints, px and m.
    up : float64 (frame, 2)
        Gravity's vertical in the picture at the hips.
    frames : dict of str to float64 (frame,)
        True columns of frames.parquet.
    contacts : Contacts
    strides : dict of str to float64 (contact,)
        True columns of strides.parquet.
    strike : str
        'rearfoot', 'midfoot' or 'forefoot'.
    yaw_deg, axis_yaw_deg, roll_deg : float64 (frame,)
        Of the camera: line of sight and axis against the running direction; roll.
    """

    index: int
    track_id: int
    record: dict[str, Any]
    xy: FloatArray
    xyz: FloatArray
    up: FloatArray
    frames: dict[str, FloatArray]
    contacts: Contacts
    strides: dict[str, FloatArray]
    strike: str
    yaw_deg: FloatArray
    axis_yaw_deg: FloatArray
    roll_deg: FloatArray

    @property
    def truth(self) -> dict[str, Any]:
        """The runner's kinematics as means."""
        return dict(self.record["truth"])

    @property
    def sign(self) -> float:
        """+1 running to the right, -1 to the left."""
        return 1.0 if self.truth["direction"] == "right" else -1.0

    @property
    def whole(self) -> npt.NDArray[np.bool_]:
        """Frames in which the whole body is in the picture."""
        first, last = self.record["fully_in_frame"]
        out = np.zeros(len(self.xy), dtype=bool)
        out[first : last + 1] = True
        return out

    @property
    def perpendicular(self) -> bool:
        """The camera's axis stays at right angles to the running direction."""
        return bool(np.mean(np.abs(self.axis_yaw_deg[self.whole]) <= camera.PERPENDICULAR_DEG) >= 0.9)


@dataclass(frozen=True, slots=True)
class ClipTruth:
    """A rendered clip.

    Attributes
    ----------
    name : str
    video : Path
    fps : float
    n_frames : int
    setting : 'treadmill' or 'overground'
    names : tuple of str
        Of the 23 points.
    runners : tuple of RunnerTruth
        Those who run.
    spectator_xy : float64 (frame, spectator, 23, 2)
        Those who stand.
    present : bool (frame, runner)
        A pixel of the runner is in the picture.
    visible : float64 (frame, runner)
        Part of the runner that can be seen.
    """

    name: str
    video: Path
    fps: float
    n_frames: int
    setting: str
    names: tuple[str, ...]
    runners: tuple[RunnerTruth, ...]
    spectator_xy: FloatArray
    present: npt.NDArray[np.bool_]
    visible: FloatArray

    def asked(self, runner: RunnerTruth) -> tuple[float, float]:
        """Between which times a runner's contacts are asked for, s."""
        first, last = runner.record["fully_in_frame"]
        return first / self.fps + EDGE_S, last / self.fps - EDGE_S


def rendered_clips(*folders: Path) -> list[Path]:
    """The .gt.json files of some folders, each clip once, by name."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.gt.json")):
            found.setdefault(path.name, path)
    return [found[name] for name in sorted(found)]


def read_clip(path: Path) -> ClipTruth:
    """Read one clip's truth."""
    record = json.loads(path.read_text(encoding="utf-8"))
    with np.load(str(path).replace(".gt.json", ".gt.npz")) as z:
        arrays = {name: z[name] for name in z.files}
    people = record["runners"]
    runs = [i for i, r in enumerate(people) if not r.get("spectator")]
    stands = [i for i, r in enumerate(people) if r.get("spectator")]
    n = len(arrays["kp2d"])
    shape = (n, len(people))
    return ClipTruth(
        name=record["name"],
        video=path.with_name(record["file"]),
        fps=float(record["fps"]),
        n_frames=n,
        setting=record["setting"],
        names=tuple(record["keypoint_names"]),
        runners=tuple(_runner(record, arrays, i) for i in runs),
        spectator_xy=arrays["kp2d"][:, stands].astype(float),
        present=np.asarray(arrays.get("present", np.any(arrays["in_frame"], axis=2)), dtype=bool).reshape(shape)[
            :, runs
        ],
        visible=_seen_part(arrays, shape)[:, runs],
    )


def _seen_part(arrays: dict[str, npt.NDArray[Any]], shape: tuple[int, int]) -> FloatArray:
    """Part of each body that is in the picture and not hidden behind another, (frame, person)."""
    inside = np.asarray(arrays.get("in_frame_fraction", np.mean(arrays["in_frame"], axis=2)), dtype=float)
    unhidden = np.asarray(arrays.get("visible_fraction", np.ones(shape)), dtype=float)
    return np.asarray(inside * unhidden)


def _runner(record: dict[str, Any], arrays: dict[str, npt.NDArray[Any]], i: int) -> RunnerTruth:
    own = dict(record["runners"][i])
    if "course" in record and not own.get("spectator"):
        own["course"] = record["course"]  # one runner's values second by second, in a clip that drifts
    names = record["keypoint_names"]
    xy, xyz = arrays["kp2d"][:, i].astype(float), arrays["kp3d"][:, i].astype(float)
    k, rt, forward = arrays["K"].astype(float), arrays["Rt"].astype(float), arrays["forward"][i].astype(float)
    hip = 0.5 * (xyz[:, names.index("left_hip")] + xyz[:, names.index("right_hip")])
    up = camera.upward(k, rt, hip)
    joints = {name: xy[:, j] for j, name in enumerate(names)}
    sign = 1.0 if own["truth"]["direction"] == "right" else -1.0
    listed = own["contacts"]
    contacts = Contacts(
        np.array([c["ic"] for c in listed], dtype=float),
        np.array([c["to"] for c in listed], dtype=float),
        np.array([c["side"] for c in listed], dtype=object),
    )
    legs = {side: posture.stance_lines(joints, side, up, sign) for side in ("left", "right")}
    frames = {
        "trunk_lean_deg": arrays["lean_image_gravity_deg"][:, i].astype(float),
        "head_lean_deg": posture.lean_deg(posture.point(joints, "shoulder"), posture.point(joints, "ear"), up, sign),
    }
    standing = arrays["contact_left_right"][:, i].astype(bool)
    for name in legs["left"]:
        left = np.where(standing[:, 0], legs["left"][name], np.nan)
        frames[name] = np.where(standing[:, 1], legs["right"][name], left)
    for j, side in enumerate(("left", "right")):
        frames |= posture.side_angles(joints, side, up, sign)
        frames[f"foot_angle_{side}_deg"] = arrays["foot_pitch_left_right_deg"][:, i, j].astype(float)
    fps = float(record["fps"])
    joints_in_space = {name: xyz[:, j] for j, name in enumerate(names)}
    return RunnerTruth(
        index=i,
        track_id=int(own.get("track_id", i + 1)),
        record=own,
        xy=xy,
        xyz=xyz,
        up=up,
        frames=frames,
        contacts=contacts,
        strides=stride_truth(own, contacts, frames, legs, joints_in_space, forward, fps),
        strike=STRIKES[own["truth"]["strike"]],
        yaw_deg=camera.yaw_deg(rt, forward, hip),
        axis_yaw_deg=camera.axis_yaw_deg(rt, forward),
        roll_deg=camera.roll_deg(rt),
    )
