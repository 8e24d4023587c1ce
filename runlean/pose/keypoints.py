"""Pose that came from elsewhere, as the record that gait takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from runlean.errors import KeypointError
from runlean.pose.tracks import FloatArray, PoseTracks
from runlean.skeleton import CANONICAL, canonical_name


def pose_tracks(
    xy: npt.ArrayLike,
    time_s: npt.ArrayLike,
    keypoint_names: Sequence[str],
    scores: npt.ArrayLike | None = None,
    *,
    slow_motion: float = 1.0,
    width: int = 0,
    height: int = 0,
) -> PoseTracks:
    """Check and sort keypoints into tracks; all faults are told at once.

    Parameters
    ----------
    xy : array (frame, keypoint, 2) or (frame, person, keypoint, 2), px
    time_s : array (frame,), s
    keypoint_names : sequence of str
    scores : array (frame, keypoint) or (frame, person, keypoint), optional
    slow_motion : float
        Every time is divided by it.
    width, height : int

    Raises
    ------
    KeypointError
        Anything does not fit.
    """
    points = _numbers("xy", xy)
    times = _numbers("time_s", time_s)
    names = [canonical_name(str(n)) for n in keypoint_names]
    if points.ndim == 3:
        points = points[:, None]
    faults = []
    if points.ndim != 4 or points.shape[-1] != 2:
        raise KeypointError(f"xy: expected (frame, keypoint, 2) or (frame, person, keypoint, 2); came {np.shape(xy)}")
    n_frames, n_people, n_points = points.shape[:3]
    unknown = [str(n) for n, c in zip(keypoint_names, names, strict=True) if c is None]
    if unknown:
        faults.append(
            f"unknown keypoint names: {', '.join(unknown)} (expected names of COCO-17, Halpe-26, MediaPipe-33)"
        )
    if len(names) != n_points:
        faults.append(f"keypoint_names: expected {n_points} names, one per keypoint; came {len(names)}")
    known = [c for c in names if c is not None]
    twice = sorted({c for c in known if known.count(c) > 1})
    if twice:
        faults.append(f"named twice: {', '.join(twice)}")
    if times.shape != (n_frames,):
        faults.append(f"time_s: expected shape ({n_frames},), one time per frame; came {times.shape}")
    elif not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        faults.append("time_s: expected finite times that increase; sort the frames and drop repeated ones")
    confidence = np.ones(points.shape[:3])
    if scores is not None:
        given = _numbers("scores", scores)
        given = given[:, None] if given.ndim == 2 else given
        if given.shape != points.shape[:3]:
            faults.append(
                f"scores: expected shape {points.shape[:3]} (or without the person axis); came {np.shape(scores)}"
            )
        else:
            confidence = np.minimum(given, 1.0)
    if faults:
        raise KeypointError("; ".join(faults))
    points = np.where(np.isinf(points), np.nan, points)
    keep = [i for i, c in enumerate(names) if c in CANONICAL]
    seen = [np.flatnonzero(np.isfinite(points[:, p]).all(axis=-1).any(axis=-1)) for p in range(n_people)]
    spans = [np.arange(s[0], s[-1] + 1) if len(s) else np.arange(0) for s in seen]
    people = [p for p in range(n_people) if len(spans[p])]
    rows = [spans[p] for p in people]
    frame = np.concatenate(rows).astype(np.int64) if rows else np.zeros(0, np.int64)
    person = np.repeat(np.array(people, dtype=np.int64), [len(r) for r in rows])
    times = times / slow_motion
    interval = float(np.median(np.diff(times))) if n_frames > 1 else float("nan")
    selected = points[frame, person][:, keep]
    return PoseTracks(
        keypoint_names=tuple(str(names[i]) for i in keep),
        track_id=np.array(people, dtype=np.int32),
        offsets=np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64),
        frame=frame,
        time_s=np.ascontiguousarray(times[frame]),
        xy=np.ascontiguousarray(selected),
        score=np.nan_to_num(np.ascontiguousarray(confidence[frame, person][:, keep])),
        box=np.full((len(frame), 4), np.nan),
        width=width,
        height=height,
        fps=1.0 / interval if interval > 0 else float("nan"),
    )


def _numbers(name: str, values: npt.ArrayLike) -> FloatArray:
    """``values`` as float64."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise KeypointError(f"{name}: expected an array of numbers, all rows of one length; {error}") from None
