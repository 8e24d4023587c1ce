"""A rendered clip's truth after its pictures were moved, mirrored, thinned or cut: exact, nothing is estimated."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Arrays = dict[str, npt.NDArray[Any]]
Record = dict[str, Any]

OTHER = {"left": "right", "right": "left"}
#: Arrays of the .npz that are not one value per frame.
TIMELESS = ("names", "forward", "track_id", "spectator")
#: A body reaches beyond its outermost points by this much of its height (crown, toes, fingers).
BODY_MARGIN = 0.06


def thinned(record: Record, arrays: Arrays, first: int, count: int, step: int, blend: int) -> tuple[Record, Arrays]:
    """The truth of frames ``first + step i``, each the mean of ``blend`` frames from there on.

    Parameters
    ----------
    record, arrays : dict
        What .gt.json and .gt.npz hold.
    first, count, step, blend : int
        ``count`` frames are left.

    Notes
    -----
    A picture of several frames shows their middle, so time begins half an exposure later.
    """
    record, fps = copy.deepcopy(record), float(record["fps"])
    begin_s, new_fps = (first + 0.5 * (blend - 1)) / fps, fps / step
    rows = first + step * np.arange(count)
    out: Arrays = {}
    for name, values in arrays.items():
        if name in TIMELESS or len(values) != record["frames"]:
            out[name] = values
        elif np.issubdtype(values.dtype, np.floating):
            out[name] = np.mean([values[rows + k] for k in range(blend)], axis=0).astype(values.dtype)
        else:
            out[name] = values[rows]
    out["t"] = np.arange(count) / new_fps
    record |= {"fps": new_fps, "frames": count, "duration_s": count / new_fps}
    for point in record.get("course", []):
        point["t"] -= begin_s
    for runner in record["runners"]:
        for contact in runner["contacts"]:
            contact["ic"] -= begin_s
            contact["to"] -= begin_s
        runner["contacts"] = [c for c in runner["contacts"] if c["to"] > 0.0 and c["ic"] < count / new_fps]
        whole = runner["fully_in_frame"]
        if whole is not None:
            low, high = math.ceil((whole[0] - first) / step), math.floor((whole[1] - first - blend + 1) / step)
            runner["fully_in_frame"] = [max(low, 0), min(high, count - 1)]
    return _means(record, out), out


def moved(record: Record, arrays: Arrays, where: FloatArray, size: tuple[int, int]) -> tuple[Record, Arrays]:
    """The truth of pictures whose pixel ``p`` came to lie at ``where @ (p, 1)``.

    Parameters
    ----------
    record, arrays : dict
    where : float64 (2, 3)
        Turned, scaled, shifted or mirrored; angles are kept.
    size : (int, int)
        Width and height of the new picture.

    Notes
    -----
    With K = f I and the linear part s Q (Q orthogonal), the new picture is that of a camera of focal length s f that is
    turned by Q about its axis. Where Q mirrors, the world is mirrored at the plane x = 0 with it, left is called right,
    and the camera stays one that exists.
    """
    record, out = copy.deepcopy(record), dict(arrays)
    linear = where[:, :2]
    scale = math.sqrt(abs(float(np.linalg.det(linear))))
    turn = np.eye(3)
    turn[:2, :2] = linear / scale
    mirror = np.diag([1.0 if np.linalg.det(linear) > 0 else -1.0, 1.0, 1.0])
    names = [str(name) for name in arrays["names"]]
    mirrored = mirror[0, 0] < 0
    order = [names.index(_renamed(name)) if mirrored else i for i, name in enumerate(names)]
    for name in ("kp2d", "kp3d", "visible", "in_frame"):
        if name in out:
            out[name] = out[name][:, :, order]
    out["kp2d"] = (out["kp2d"] @ linear.T + where[:, 2]).astype(np.float32)
    out["kp3d"] = (out["kp3d"] @ mirror).astype(np.float32)
    out["forward"] = out["forward"] @ mirror
    k = out["K"].copy()
    k[:, :2, :2] *= scale
    k[:, :2, 2] = out["K"][:, :2, 2] @ linear.T + where[:, 2]
    rt = np.einsum("ij,fjk->fik", turn, out["Rt"])
    rt[:, :, :3] = rt[:, :, :3] @ mirror
    out["K"], out["Rt"] = k, rt
    for name in ("bbox_xyxy", "bbox_clipped_xyxy"):
        if name in out:
            out[name] = _box(out[name], where)
    if "bbox_clipped_xyxy" in out:
        out["bbox_clipped_xyxy"] = np.clip(out["bbox_clipped_xyxy"], 0, [*size, *size]).astype(np.float32)
    if mirrored:
        for name in [n for n in out if n.endswith("left_right") or "_left_right_" in n]:
            out[name] = out[name][..., ::-1]
    corners = np.array(
        [[0.0, 0.0], [record["width"], 0.0], [0.0, record["height"]], [record["width"], record["height"]]]
    )
    corners = corners @ linear.T + where[:, 2]
    cut = bool((corners < -0.5).any() or (corners > np.array(size) + 0.5).any())
    out["in_frame"] = ((out["kp2d"] >= 0) & (out["kp2d"] < np.array(size))).all(axis=3)
    for name in ("lean_image_deg", "lean_image_acromion_deg"):
        out.pop(name, None)
    for i, runner in enumerate(record["runners"]):
        if runner.get("body_height_px") is not None:
            runner["body_height_px"] *= scale
        if mirrored:
            _exchange_sides(runner)
        if cut and runner["fully_in_frame"] is not None:
            margin = BODY_MARGIN * runner["body_height_px"]
            inside = ((out["kp2d"][:, i] >= margin) & (out["kp2d"][:, i] <= np.array(size) - margin)).all(axis=(1, 2))
            runner["fully_in_frame"] = _whole(inside, runner["fully_in_frame"])
    if cut and "in_frame_fraction" in out:
        out["in_frame_fraction"] = np.minimum(out["in_frame_fraction"], out["in_frame"].mean(axis=2))
    record |= {"width": size[0], "height": size[1]}
    return _means(record, out), out


def _means(record: Record, arrays: Arrays) -> Record:
    for i, runner in enumerate(record["runners"]):
        whole = runner["fully_in_frame"]
        if runner.get("spectator") or whole is None or whole[1] < whole[0]:
            continue
        lean = arrays["lean_image_gravity_deg"][whole[0] : whole[1] + 1, i]
        runner["mean_lean_image_gravity_deg"] = float(np.mean(lean))
    return record


def _whole(inside: npt.NDArray[np.bool_], before: list[int]) -> list[int]:
    """The longest run of frames that are inside, within those that were whole before."""
    inside = inside.copy()
    inside[: before[0]] = False
    inside[before[1] + 1 :] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
    runs = list(zip(edges[::2], edges[1::2], strict=True))
    if not runs:
        return [0, -1]
    first, stop = max(runs, key=lambda r: r[1] - r[0])
    return [int(first), int(stop) - 1]


def _box(box: npt.NDArray[Any], where: FloatArray) -> npt.NDArray[np.float32]:
    """The upright box about a box that was moved."""
    corners = np.stack([box[..., [0, 1]], box[..., [2, 1]], box[..., [0, 3]], box[..., [2, 3]]], axis=-2)
    corners = corners @ where[:, :2].T + where[:, 2]
    return np.concatenate([corners.min(axis=-2), corners.max(axis=-2)], axis=-1).astype(np.float32)


def _exchange_sides(runner: Record) -> None:
    """Left is right in a runner's entry, in place."""
    for contact in runner["contacts"]:
        contact["side"] = OTHER[contact["side"]]
    if runner.get("truth"):
        runner["truth"] = _exchanged(runner["truth"])
        if runner["truth"].get("direction"):
            runner["truth"]["direction"] = OTHER[runner["truth"]["direction"]]


def _exchanged(value: Any) -> Any:
    return {_renamed(k): _exchanged(v) for k, v in value.items()} if isinstance(value, dict) else value


def _renamed(name: str) -> str:
    return "_".join(OTHER.get(word, word) for word in name.split("_"))
