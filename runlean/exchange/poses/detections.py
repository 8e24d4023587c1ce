"""JSON with a list of people per frame: OpenPose, AlphaPose, MMPose, COCO."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from runlean.errors import KeypointError
from runlean.exchange.poses.people import by_identity, link_people, stacked
from runlean.exchange.poses.point_sets import COMMON_SETS, OPENPOSE_SETS, WHOLE_BODY_FEET, set_of
from runlean.exchange.poses.pose_file import FloatArray, PoseFile, hide_zeros

#: (frame, identity or None, points (keypoint, 3)) of one person in one frame.
Detection = tuple[int, object, FloatArray]

_NUMBER = re.compile(r"\d+")
#: Frame numbers above this are ids of pictures, not counts: they are counted from the lowest.
_LARGEST_FRAME = 10_000_000


def frame_number(name: object, what: str) -> int:
    """Frame number in a picture's name or id: its last whole number."""
    if isinstance(name, int):
        return name
    found = _NUMBER.findall(Path(str(name)).stem)
    if not found:
        raise KeypointError(f"{what}: expected a frame number in {name!r}; name pictures as 000012.jpg")
    return int(found[-1])


def read_openpose(folder: Path) -> PoseFile:
    """Read a folder of OpenPose's ``--write_json``: one file per frame."""
    detections: list[Detection] = []
    last = 0
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(document, dict) or "people" not in document:
            continue
        frame = frame_number(path.name.removesuffix("_keypoints.json").removesuffix(".json"), path.name)
        last = max(last, frame)
        for person in document["people"]:
            identity = (person.get("person_id") or [-1])[0]
            points = _flat(person.get("pose_keypoints_2d") or [], path.name)
            if len(points):
                detections.append((frame, identity if identity != -1 else None, hide_zeros(points)))
    return _posed("OpenPose", detections, OPENPOSE_SETS, str(folder), last + 1)


def read_alphapose(document: list[Any], what: str) -> PoseFile:
    """Read AlphaPose's result list (COCO's result list is the same without identities)."""
    detections: list[Detection] = []
    for entry in document:
        identity = entry.get("idx", entry.get("track_id"))
        if isinstance(identity, list):
            identity = identity[0] if identity else None
        points = _flat(entry["keypoints"], what)
        detections.append((frame_number(entry["image_id"], what), identity, hide_zeros(points)))
    return _posed("AlphaPose", detections, COMMON_SETS, what)


def read_mmpose(document: Any, what: str) -> PoseFile:
    """Read the predictions of MMPose's inferencer (a list of frames) or demos (``instance_info``)."""
    listed = document["instance_info"] if isinstance(document, dict) else document
    names = None
    if isinstance(document, dict) and "keypoint_id2name" in document.get("meta_info", {}):
        named = {int(i): str(name) for i, name in document["meta_info"]["keypoint_id2name"].items()}
        names = tuple(named[i] for i in range(len(named)))
    detections: list[Detection] = []
    numbers = [int(entry.get("frame_id", i)) for i, entry in enumerate(listed)]
    # the inferencer counts frames from 0, the demos from 1; both write every frame
    begin = 1 if min(numbers, default=0) == 1 else 0
    for number, entry in zip(numbers, listed, strict=True):
        frame = number - begin
        for person in entry["instances"]:
            xy = np.asarray(person["keypoints"], dtype=float)[:, :2]
            score = np.asarray(person.get("keypoint_scores", np.ones(len(xy))), dtype=float)
            identity = person.get("track_id", person.get("instance_id"))
            detections.append((frame, identity, hide_zeros(np.column_stack([xy, score]))))
    return _posed("MMPose", detections, COMMON_SETS, what, max(numbers, default=0) + 1 - begin, names)


def read_coco(document: dict[str, Any], what: str) -> PoseFile:
    """Read a COCO keypoints document: pictures in the order of the numbers in their names are the frames."""
    images = sorted(document["images"], key=lambda i: (frame_number(i.get("file_name", i["id"]), what), str(i["id"])))
    frame_of = {image["id"]: i for i, image in enumerate(images)}
    if all(isinstance(image.get("frame"), int) for image in images):
        frame_of = {image["id"]: image["frame"] for image in images}
    if not document["annotations"]:
        raise KeypointError(f"{what}: expected people, there is nobody in any frame of this COCO output")
    named = [tuple(map(str, c["keypoints"])) for c in document.get("categories", []) if c.get("keypoints")]
    has_feet = any(entry.get("foot_kpts") for entry in document["annotations"])
    detections: list[Detection] = []
    for entry in document["annotations"]:
        points = _annotated(entry, "keypoints", "keypoint_scores", what)
        if has_feet:
            feet = _annotated({"foot_kpts": [0.0] * 18} | entry, "foot_kpts", "foot_scores", what)
            points = np.concatenate([points, feet])
        detections.append((frame_of[entry["image_id"]], entry.get("track_id"), points))
    n_frames = max(frame_of.values(), default=-1) + 1
    body = named[0] if named else set_of(len(document["annotations"][0]["keypoints"]) // 3, COMMON_SETS, what)
    names = (*body, *WHOLE_BODY_FEET) if has_feet else body
    poses = _posed("COCO", detections, COMMON_SETS, what, n_frames, names)
    times = {frame_of[i["id"]]: i["time_s"] for i in images if isinstance(i.get("time_s"), int | float)}
    time_s = None
    if len(times) == len(images) and len(times) > 1:
        known = np.array(sorted(times))
        time_s = _times_between(known, np.array([times[int(f)] for f in known]), n_frames)
    sizes = {(int(i.get("width") or 0), int(i.get("height") or 0)) for i in images}
    width, height = sizes.pop() if len(sizes) == 1 else (0, 0)
    return PoseFile(poses.kind, poses.names, poses.xy, poses.scores, time_s, None, width, height)


def _annotated(entry: dict[str, Any], points_key: str, scores_key: str, what: str) -> FloatArray:
    """Points of an annotation: missing where its visibility is 0, scored where it has scores."""
    points = _flat(entry[points_key], what)
    seen = points[:, 2] > 0
    points[~seen, :2] = np.nan
    points[:, 2] = entry.get(scores_key, seen.astype(float))
    return points


def _times_between(frame: Any, time_s: FloatArray, n_frames: int) -> FloatArray:
    """Times of all frames from those that are known, going on at the usual interval before and after."""
    every = np.arange(n_frames)
    step = float(np.median(np.diff(time_s) / np.diff(frame)))
    out: FloatArray = np.interp(every, frame, time_s)
    before, after = every < frame[0], every > frame[-1]
    out[before] = time_s[0] + step * (every[before] - frame[0])
    out[after] = time_s[-1] + step * (every[after] - frame[-1])
    return out


def _flat(numbers: Iterable[float], what: str) -> FloatArray:
    """x, y, score triples as (keypoint, 3)."""
    values = np.asarray(list(numbers), dtype=float)
    if values.size % 3:
        raise KeypointError(f"{what}: expected x, y, score of every keypoint, came {values.size} numbers")
    return values.reshape(-1, 3)


def _posed(
    kind: str,
    detections: list[Detection],
    sets: dict[int, tuple[str, ...]],
    what: str,
    n_frames: int = 0,
    names: tuple[str, ...] | None = None,
) -> PoseFile:
    if not detections:
        raise KeypointError(f"{what}: expected people, there is nobody in any frame of this {kind} output")
    sizes = {len(points) for _, _, points in detections}
    if len(sizes) > 1:
        raise KeypointError(f"{what}: expected one number of keypoints throughout, came {sorted(sizes)}")
    n_points = sizes.pop()
    names = names if names is not None and len(names) == n_points else set_of(n_points, sets, what)
    if min(frame for frame, _, _ in detections) > _LARGEST_FRAME:
        lowest = min(frame for frame, _, _ in detections)
        detections = [(frame - lowest, identity, points) for frame, identity, points in detections]
        n_frames = 0
    n_frames = max(n_frames, max(frame for frame, _, _ in detections) + 1)
    if all(identity is not None for _, identity, _ in detections):
        told: dict[int, list[tuple[object, FloatArray]]] = {}
        for frame, identity, points in detections:
            told.setdefault(frame, []).append((identity, points))
        people = by_identity(told)
    else:
        unnamed: dict[int, list[FloatArray]] = {}
        for frame, _, points in detections:
            unnamed.setdefault(frame, []).append(points)
        people = link_people(unnamed)
    poses = stacked(people, n_frames, n_points)
    return PoseFile(kind, names, poses[..., :2], np.nan_to_num(poses[..., 2]))
