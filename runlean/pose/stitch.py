"""Segments of one video joined again: one camera, one set of tracks, no frame twice."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.pose.assemble import passes
from runlean.pose.tracks import CameraTrack, PoseTracks
from runlean.video.grid import Grid, Segment

FloatArray = npt.NDArray[np.float64]

#: Two tracks are one person where their points lie so near each other over the frames that both have, as a share of
#: the person's height (median). The two passes see the same pictures: the same person measured 0.003, another in the
#: next lane 0.3 and more.
_SAME: Final = 0.1
_LEAST_COMMON_FRAMES: Final = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """What the pass over one segment gave; frames numbered from the segment's own first one."""

    segment: Segment
    tracks: PoseTracks


def join_pieces(pieces: Sequence[Piece], grid: Grid, slow_motion: float) -> PoseTracks:
    """Join the tracks of all segments.

    Parameters
    ----------
    pieces : sequence of Piece
        In order, one per segment of the grid.
    grid : Grid
    slow_motion : float

    Returns
    -------
    PoseTracks
        As if the video had been read in one pass: rows of each segment's own frames, tracks matched where two
        segments overlap.
    """
    camera = join_cameras(pieces, len(grid.time_s))
    ids = _common_ids(pieces)
    rows = []
    for piece, of_track in zip(pieces, ids, strict=True):
        tracks, segment = piece.tracks, piece.segment
        frame = tracks.frame + segment.read_first
        own = np.flatnonzero((frame >= segment.first) & (frame < segment.stop))
        track = np.repeat(np.arange(tracks.n_tracks), np.diff(tracks.offsets))
        rows.append((of_track[track[own]], frame[own], tracks.xy[own], tracks.score[own], tracks.box[own]))
    person, frame, xy, score, box = (np.concatenate(part) for part in zip(*rows, strict=True))
    # ids as in one pass: in the order in which persons appear
    order = np.lexsort((frame, person))
    person, frame, xy, score, box = (part[order] for part in (person, frame, xy, score, box))
    starts = np.flatnonzero(np.diff(person, prepend=-1))
    ranks = np.argsort(frame[starts], kind="stable") if len(starts) else np.zeros(0, np.int64)
    stops = np.append(starts[1:], len(person))
    take = np.concatenate([np.arange(starts[i], stops[i]) for i in ranks] or [np.zeros(0, np.int64)]).astype(np.int64)
    sizes = np.array([stops[i] - starts[i] for i in ranks], np.int64)
    first = pieces[0].tracks
    gaps = np.diff(grid.time_s)
    return PoseTracks(
        keypoint_names=first.keypoint_names,
        track_id=np.arange(1, len(starts) + 1, dtype=np.int32),
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        frame=frame[take],
        time_s=grid.time_s[frame[take]] / slow_motion,
        xy=np.ascontiguousarray(xy[take]),
        score=np.ascontiguousarray(score[take]),
        box=np.ascontiguousarray(box[take]),
        width=first.width,
        height=first.height,
        fps=slow_motion / float(np.median(gaps)),
        camera=camera,
    )


def through_region(tracks: PoseTracks, region: tuple[float, float, float, float]) -> PoseTracks:
    """Only the tracks whose box's middle passes through a region (x0, y0, x1, y1), px; ids stay."""
    spans = list(itertools.pairwise(tracks.offsets.tolist()))
    chosen = [i for i, (a, b) in enumerate(spans) if passes(tracks.box[a:b], region)]
    kept = np.concatenate([*(np.arange(*spans[i]) for i in chosen), np.zeros(0, np.int64)]).astype(np.int64)
    return replace(
        tracks,
        track_id=tracks.track_id[chosen],
        offsets=np.cumsum([0, *(spans[i][1] - spans[i][0] for i in chosen)]).astype(np.int64),
        frame=tracks.frame[kept],
        time_s=tracks.time_s[kept],
        xy=tracks.xy[kept],
        score=tracks.score[kept],
        box=tracks.box[kept],
    )


def join_cameras(pieces: Sequence[Piece], n_frames: int) -> CameraTrack:
    """One camera track: each segment's goes on from where the one before stood at the seam."""
    dx, dy = np.zeros(n_frames), np.zeros(n_frames)
    repeated, shot = np.zeros(n_frames, np.bool_), np.zeros(n_frames, np.int64)
    followed = np.ones(n_frames, np.bool_)
    for piece in pieces:
        segment, camera = piece.segment, piece.tracks.camera
        assert camera is not None
        own = slice(segment.first - segment.read_first, segment.stop - segment.read_first)
        shift_x = shift_y = 0.0
        next_shot = 0
        if segment.first:
            # the last frame of the segment before, which this one has read too
            seam = segment.first - 1
            mine = seam - segment.read_first
            shift_x, shift_y = dx[seam] - camera.dx_px[mine], dy[seam] - camera.dy_px[mine]
            next_shot = int(shot[seam] - camera.shot[mine])
        shots = camera.shot[own]
        same = shots + next_shot == (shot[segment.first - 1] if segment.first else 0)
        target = slice(segment.first, segment.stop)
        dx[target] = camera.dx_px[own] + np.where(same, shift_x, 0.0)
        dy[target] = camera.dy_px[own] + np.where(same, shift_y, 0.0)
        repeated[target] = camera.repeated[own]
        shot[target] = shots + next_shot
        if camera.followed is not None:
            followed[target] = camera.followed[own]
    moving = any(piece.tracks.camera is not None and piece.tracks.camera.moving for piece in pieces)
    return CameraTrack(dx, dy, repeated, shot, moving, followed)


def _common_ids(pieces: Sequence[Piece]) -> list[npt.NDArray[np.int64]]:
    """For every piece, a number per track that means the same person in all pieces."""
    ids: list[npt.NDArray[np.int64]] = [np.arange(pieces[0].tracks.n_tracks, dtype=np.int64)]
    taken = pieces[0].tracks.n_tracks
    for before, after in itertools.pairwise(pieces):
        mine = np.full(after.tracks.n_tracks, -1, np.int64)
        pairs = sorted(
            (distance, i, j)
            for i in range(before.tracks.n_tracks)
            for j in range(after.tracks.n_tracks)
            if (distance := _distance(before, i, after, j)) < _SAME
        )
        used: set[int] = set()
        for _, i, j in pairs:
            if mine[j] < 0 and i not in used:
                mine[j] = ids[-1][i]
                used.add(i)
        new = np.flatnonzero(mine < 0)
        mine[new] = np.arange(taken, taken + len(new))
        taken += len(new)
        ids.append(mine)
    return ids


def _distance(before: Piece, i: int, after: Piece, j: int) -> float:
    """Median distance of the points of two tracks over the frames that both have, in body heights."""
    frame_i, xy_i, box_i = _rows(before, i)
    frame_j, xy_j, _ = _rows(after, j)
    _, at_i, at_j = np.intersect1d(frame_i, frame_j, assume_unique=True, return_indices=True)
    if len(at_i) < _LEAST_COMMON_FRAMES:
        return np.inf
    apart = np.linalg.norm(xy_i[at_i] - xy_j[at_j], axis=2)
    height = float(np.median(box_i[at_i, 3] - box_i[at_i, 1]))
    known = apart[np.isfinite(apart)]
    return float(np.median(known)) / height if len(known) and height > 0 else np.inf


def _rows(piece: Piece, i: int) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
    rows = slice(int(piece.tracks.offsets[i]), int(piece.tracks.offsets[i + 1]))
    return piece.tracks.frame[rows] + piece.segment.read_first, piece.tracks.xy[rows], piece.tracks.box[rows]
