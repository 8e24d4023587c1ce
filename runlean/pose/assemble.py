"""From rows to tracks: who is a person, which pieces are one person, which pose is whose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from runlean.people.joining import Course, breaks, join_courses
from runlean.pose.body_box import body_boxes
from runlean.pose.conflict import settle_conflicts, trunk_columns
from runlean.pose.feet import FEET, join_feet
from runlean.pose.rows import Rows
from runlean.pose.tracks import CameraTrack, PoseTracks

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Tracks shorter than this are dropped, seconds of the video.
_LEAST_S = 0.5
_LEAST_DETECTED_ROWS = 3
#: A track whose median keypoint score is lower is no person (see `runlean.people.watch`).
_LEAST_SCORE = 0.25


def assemble(
    rows: Rows,
    colours: dict[int, FloatArray],
    names: tuple[str, ...],
    feet_names: tuple[str, ...],
    camera: CameraTrack,
    times: FloatArray,
    size: tuple[int, int],
    slow_motion: float,
    region: tuple[float, float, float, float] | None,
) -> PoseTracks:
    """The record that goes on to gait.

    Parameters
    ----------
    rows : Rows
    colours : dict of int to float64 (bin,)
        What each track wore, where it is known.
    names, feet_names : tuple of str
        Keypoints of the two networks; the second may be empty.
    camera : CameraTrack
    times : float64 (frame,)
        Seconds of the video.
    size : (int, int)
        Width and height of the upright picture.
    slow_motion : float
    region : (x0, y0, x1, y1) or None
        Only tracks whose box's middle passes through here are kept, px.
    """
    shift = np.nan_to_num(np.stack([camera.dx_px, camera.dy_px], axis=1))
    rows, colours = _split(settle_conflicts(rows, names, shift), colours, trunk_columns(names), shift)
    rows = _without_tails(rows)
    # the planned box's height is a whole gait cycle's, steadier than any pose's
    planned_height = rows.box[:, 3] - rows.box[:, 1]
    rows = replace(rows, box=body_boxes(rows, shift))
    rows, planned_height = _joined(rows, planned_height, colours, camera, shift, size)
    people = _kept(rows)
    # ids are given before the region is looked at: they stay the same with and without it
    chosen = [i for i, piece in enumerate(people) if region is None or passes(rows.box[piece], region)]
    kept = np.concatenate([*(people[i] for i in chosen), np.zeros(0, np.int64)]).astype(np.int64)
    rows, height = rows.take(kept), planned_height[kept]
    xy, score = rows.xy, rows.score
    missing = [name for name in FEET if name not in names]
    if feet_names and missing:
        xy, score = join_feet(xy, score, names, rows.feet_xy, rows.feet_score, feet_names, height)
        names = (*names, *FEET)
    starts = np.flatnonzero(np.diff(rows.track_id, prepend=-1))
    gaps = np.diff(times)
    return PoseTracks(
        keypoint_names=names,
        track_id=np.array(chosen, dtype=np.int32) + np.int32(1),
        offsets=np.append(starts, len(rows)).astype(np.int64),
        frame=rows.frame,
        time_s=rows.time_s / slow_motion,
        xy=np.ascontiguousarray(xy),
        score=np.ascontiguousarray(score),
        box=rows.box,
        width=size[0],
        height=size[1],
        fps=slow_motion / float(np.median(gaps)) if len(gaps) else float("nan"),
        camera=camera,
    )


def _pieces(rows: Rows) -> list[IntArray]:
    return [np.arange(first, stop) for first, stop in rows.tracks()]


def _without_tails(rows: Rows) -> Rows:
    """A track ends with its last detection or own pose; what was carried on behind that led nowhere."""
    keep = np.zeros(len(rows), np.bool_)
    for piece in _pieces(rows):
        seen = np.flatnonzero(rows.seen[piece] | np.isfinite(rows.xy[piece, :, 0]).any(axis=1))
        if len(seen):
            keep[piece[: seen[-1] + 1]] = True
    return rows.take(keep)


def _split(
    rows: Rows, colours: dict[int, FloatArray], columns: list[int], shift: FloatArray
) -> tuple[Rows, dict[int, FloatArray]]:
    """Rows in which a track that went on elsewhere than it led is two; and what each wore, the last of them."""
    ids, colours = rows.track_id.copy(), dict(colours)
    free = int(ids.max()) + 1 if len(rows) else 0
    trunk = rows.xy[:, columns].mean(axis=1) - shift[rows.frame]
    for piece in _pieces(rows):
        known = piece[np.isfinite(trunk[piece]).all(axis=1)]
        if len(known) < 2:
            continue
        height = float(np.median(rows.box[piece, 3] - rows.box[piece, 1]))
        x, y = trunk[known].T
        course = Course(rows.time_s[known], x, y, shift[rows.frame[known]], height, np.full(1, np.nan), 0)
        for row in known[breaks(course)].tolist():
            before = int(ids[row])
            ids[row : piece[-1] + 1] = free
            if before in colours:
                colours[free] = colours.pop(before)
            free += 1
    order = np.lexsort((rows.frame, ids))
    return replace(rows, track_id=ids).take(order), colours


def _joined(
    rows: Rows,
    height: FloatArray,
    colours: dict[int, FloatArray],
    camera: CameraTrack,
    shift: FloatArray,
    size: tuple[int, int],
) -> tuple[Rows, FloatArray]:
    """Rows, and heights beside them, in which pieces of one person bear one id."""
    pieces = _pieces(rows)
    courses = []
    for piece in pieces:
        still = rows.box[piece] - np.tile(shift[rows.frame[piece]], 2)
        courses.append(
            Course(
                rows.time_s[piece],
                0.5 * (still[:, 0] + still[:, 2]),
                0.5 * (still[:, 1] + still[:, 3]),
                shift[rows.frame[piece]],
                float(np.median(height[piece])),
                colours.get(int(rows.track_id[piece[0]]), np.full(1, np.nan)),
                int(camera.shot[rows.frame[piece[0]]]),
            )
        )
    before = join_courses(courses, *size)
    ids = rows.track_id.copy()
    # pieces in the order of their beginnings: what comes before has its final id already
    for i in np.argsort([course.time_s[0] for course in courses], kind="stable"):
        if before[i] >= 0:
            ids[pieces[i]] = ids[pieces[before[i]][0]]
    order = np.lexsort((rows.frame, ids))
    return replace(rows, track_id=ids).take(order), height[order]


def passes(box: FloatArray, region: tuple[float, float, float, float]) -> bool:
    """Whether the middle of any of the boxes (n, 4) lies in a region."""
    middle = 0.5 * (box[:, :2] + box[:, 2:])
    return bool(((middle >= region[:2]) & (middle <= region[2:])).all(axis=1).any())


def _kept(rows: Rows) -> list[IntArray]:
    """Rows of each track that is a person, seen long and well enough."""
    kept = []
    for piece in _pieces(rows):
        if rows.seen[piece].sum() < _LEAST_DETECTED_ROWS:
            continue
        if rows.time_s[piece[-1]] - rows.time_s[piece[0]] < _LEAST_S:
            continue
        measured = rows.score[piece].mean(axis=1)
        if not (measured > 0).any() or np.median(measured[measured > 0]) < _LEAST_SCORE:
            continue
        kept.append(piece)
    return kept
