"""Who is who from frame to frame, where a file lists people in any order."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: A pose this far from where one is expected, in sizes of the person, is somebody else.
FARTHEST = 0.5
#: A person is waited for this many frames.
LONGEST_GAP = 15
#: Fewer frames than this are nobody who could be analysed.
SHORTEST = 8
#: Fewer points than this in common cannot be compared.
LEAST_COMMON = 3


@dataclass(slots=True)
class _Track:
    frames: list[int] = field(default_factory=list)
    poses: list[FloatArray] = field(default_factory=list)
    step: FloatArray = field(default_factory=lambda: np.zeros(2))

    def add(self, frame: int, pose: FloatArray) -> None:
        if self.poses:
            moved = np.nanmedian(pose[:, :2] - self.poses[-1][:, :2], axis=0) / (frame - self.frames[-1])
            if np.isfinite(moved).all():
                self.step = 0.5 * self.step + 0.5 * moved if len(self.poses) > 1 else moved
        self.frames.append(frame)
        self.poses.append(pose)

    def distance(self, frame: int, pose: FloatArray) -> float:
        """How far a pose is from where this person is expected, in his sizes; inf where nothing can be compared."""
        last = self.poses[-1][:, :2]
        off = np.hypot(*(pose[:, :2] - last - self.step * (frame - self.frames[-1])).T)
        known = np.isfinite(off)
        if known.sum() < LEAST_COMMON:
            return float("inf")
        size = np.hypot(*(np.nanmax(last, axis=0) - np.nanmin(last, axis=0)))
        return float(np.median(off[known]) / max(float(size), 1.0))


def link_people(frames: dict[int, list[FloatArray]]) -> list[dict[int, FloatArray]]:
    """Link poses into people.

    Each pose goes to the person whose last pose, moved on at his pace, it fits best; the best pairs first.

    Parameters
    ----------
    frames : dict of int to list of float64 (keypoint, 3)
        Frame -> x, y, score of everybody in it; NaN = missing.

    Returns
    -------
    list of dict of int to float64 (keypoint, 3)
        Frame -> pose, one entry a person; who is seen in fewer than `SHORTEST` frames is left out.
    """
    done: list[_Track] = []
    active: list[_Track] = []
    for frame in sorted(frames):
        poses = [p for p in frames[frame] if np.isfinite(p[:, :2]).all(axis=1).sum() >= LEAST_COMMON]
        done += [t for t in active if frame - t.frames[-1] > LONGEST_GAP]
        active = [t for t in active if frame - t.frames[-1] <= LONGEST_GAP]
        pairs = sorted(
            (distance, i, j)
            for i, track in enumerate(active)
            for j, pose in enumerate(poses)
            if (distance := track.distance(frame, pose)) < FARTHEST
        )
        tracks_left, poses_left = set(range(len(active))), set(range(len(poses)))
        for _, i, j in pairs:
            if i in tracks_left and j in poses_left:
                active[i].add(frame, poses[j])
                tracks_left.discard(i)
                poses_left.discard(j)
        for j in sorted(poses_left):
            track = _Track()
            track.add(frame, poses[j])
            active.append(track)
    kept = [t for t in done + active if len(t.frames) >= SHORTEST]
    kept.sort(key=lambda t: t.frames[0])
    return [dict(zip(t.frames, t.poses, strict=True)) for t in kept]


def by_identity(frames: dict[int, list[tuple[object, FloatArray]]]) -> list[dict[int, FloatArray]]:
    """People by the identity that the file gives each pose; twice in one frame: the better scored."""
    people: dict[object, dict[int, FloatArray]] = {}
    for frame in sorted(frames):
        for identity, pose in frames[frame]:
            mine = people.setdefault(identity, {})
            if frame not in mine or np.nanmean(pose[:, 2]) > np.nanmean(mine[frame][:, 2]):
                mine[frame] = pose
    return list(people.values())


def stacked(people: list[dict[int, FloatArray]], n_frames: int, n_points: int) -> FloatArray:
    """People as one array (frame, person, keypoint, 3), NaN where somebody is not there."""
    out = np.full((n_frames, len(people), n_points, 3), np.nan)
    for i, person in enumerate(people):
        for frame, pose in person.items():
            out[frame, i] = pose
    return out
