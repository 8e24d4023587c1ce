"""COCO keypoints JSON, with the feet where COCO-WholeBody has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from runlean.exchange.even_times import frame_times
from runlean.exchange.poses.point_sets import WHOLE_BODY_FEET
from runlean.exchange.recording import RecordedRunner, Recording
from runlean.skeleton import COCO_17

#: COCO's own bones, counted from 1.
_SKELETON: Final = (
    (16, 14), (14, 12), (17, 15), (15, 13), (12, 13), (6, 12), (7, 13), (6, 7), (6, 8), (7, 9), (8, 10), (9, 11),
    (2, 3), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7),
)  # fmt: skip


def write_coco(recording: Recording, path: Path) -> None:
    """Write every runner in every frame as one annotation.

    ``keypoints`` are COCO's 17 in COCO's order (x, y, 2; a missing point 0, 0, 0), so that pycocotools scores the file
    as it is; feet are ``foot_kpts`` as in COCO-WholeBody. ``track_id`` is the runner. Picture k of the video is
    ``STEM/00000k.jpg``, which ``ffmpeg -i VIDEO -fps_mode passthrough -start_number 0 STEM/%06d.jpg`` makes.

    Parameters
    ----------
    recording : Recording
    path : Path
    """
    stem = Path(recording.file_name).stem
    frame, time_s = frame_times(recording)
    images = [
        {
            "id": f,
            "file_name": f"{stem}/{f:06d}.jpg",
            "width": recording.width,
            "height": recording.height,
            "frame": f,
            "time_s": t,
        }
        for f, t in zip(frame.tolist(), time_s.tolist(), strict=True)
    ]
    annotations = [a for runner in recording.runners for a in _annotations(recording, runner)]
    for i, annotation in enumerate(annotations):
        annotation["id"] = i + 1
    document = {
        "info": {"description": f"{recording.file_name}, pose by runlean", "version": "1.0"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [
            {
                "id": 1,
                "name": "person",
                "supercategory": "person",
                "keypoints": list(COCO_17),
                "skeleton": [list(bone) for bone in _SKELETON],
            }
        ],
    }
    path.write_text(json.dumps(document, allow_nan=False, separators=(",", ":")) + "\n", encoding="utf-8")


def _annotations(recording: Recording, runner: RecordedRunner) -> list[dict[str, Any]]:
    def chosen(names: tuple[str, ...]) -> Any:
        """Keypoints of all rows in this order, (row, name, 3): x, y, score; NaN where the pose has no such point."""
        out = np.full((len(runner.frame), len(names), 3), np.nan)
        for i, name in enumerate(names):
            if name in recording.keypoint_names:
                source = recording.keypoint_names.index(name)
                out[:, i, :2], out[:, i, 2] = runner.xy[:, source], runner.score[:, source]
        return out

    body, feet = chosen(COCO_17), chosen(WHOLE_BODY_FEET)
    every = np.concatenate([body, feet], axis=1)
    found = []
    for i, frame in enumerate(runner.frame.tolist()):
        seen = every[i][np.isfinite(every[i, :, :2]).all(axis=1)]
        if not len(seen):
            continue
        low, high = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
        keypoints, scores = _flat(body[i])
        foot_points, foot_scores = _flat(feet[i])
        annotation = {
            "id": 0,
            "image_id": frame,
            "category_id": 1,
            "iscrowd": 0,
            "track_id": runner.runner_id,
            "num_keypoints": sum(v > 0 for v in keypoints[2::3]),
            "keypoints": keypoints,
            "keypoint_scores": scores,
            "bbox": _rounded([*low, *(high - low)]),
            "area": _rounded([float(np.prod(high - low))])[0],
            "score": float(np.nanmean(seen[:, 2])) if np.isfinite(seen[:, 2]).any() else 1.0,
        }
        if any(v > 0 for v in foot_points[2::3]):
            annotation |= {"foot_valid": True, "foot_kpts": foot_points, "foot_scores": foot_scores}
        found.append(annotation)
    return found


def _flat(points: Any) -> tuple[list[float], list[float]]:
    seen = np.isfinite(points[:, :2]).all(axis=1)
    keypoints: list[float] = []
    for (x, y, _), known in zip(points.tolist(), seen.tolist(), strict=True):
        keypoints += [*_rounded([x, y]), 2] if known else [0, 0, 0]
    return keypoints, _rounded(np.where(seen, np.nan_to_num(points[:, 2]), 0.0))


def _rounded(values: Any) -> list[float]:
    """Thousandths of a pixel are far below what any network knows, and a third of the bytes."""
    return [round(float(v), 3) for v in values]
