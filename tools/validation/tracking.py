"""Several runners in one picture: who is found, who is found falsely, and whether identities are kept."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from validation.saved import TRUNK, Saved, nearest_runner
from validation.truth import ClipTruth

FloatArray = npt.NDArray[np.float64]

#: A runner whose whole body is in the picture this long must be found, s.
LONG_ENOUGH_S = 1.5

#: Found and true trunks this near, in body heights, are the same person in that frame.
NEAR_OF_HEIGHT = 0.2

#: Frames in which at least this part of the runner can be seen count for identity: less is neither asked for nor held
#: against the tracker. `identity` is given for 0 as well: every frame with a pixel of the runner.
VISIBLE_PART = 0.25


def score_tracking(clip: ClipTruth, saved: Saved) -> dict[str, Any]:
    """Runners found and missed, spectators taken for runners, IDF1 and identity switches.

    Parameters
    ----------
    clip : ClipTruth
        With several people.
    saved : Saved

    Notes
    -----
    Distance is that of the trunk's centre. Identity figures come from motmetrics; without it they are None.
    """
    taken: set[int] = set()
    found: list[int] = []
    lost: list[int] = []
    for runner in clip.runners:
        if runner.whole.sum() / clip.fps < LONG_ENOUGH_S:
            continue
        nearest = nearest_runner(saved, runner.xy, clip.names, float(runner.record["body_height_px"]), taken)
        (lost if nearest is None else found).append(runner.track_id)
        if nearest is not None:
            taken.add(nearest.runner_id)
    strict = identity(clip, saved, 0.0)
    return {
        "clip": clip.name,
        "asked": len(found) + len(lost),
        "found": len(found),
        "lost": lost,
        "tracks": len(saved.runner_ids),
        "spectators": clip.spectator_xy.shape[1],
        "spectators_found": spectators_found(clip, saved),
        **identity(clip, saved, VISIBLE_PART),
        "idf1_every_frame": strict["idf1"],
    }


def spectators_found(clip: ClipTruth, saved: Saved) -> int:
    """Found runners who stay nearer to a spectator than to any runner."""
    count = 0
    corners = [clip.names.index(p) for p in TRUNK]
    people = [r.xy[:, corners].mean(axis=1) for r in clip.runners]
    n_runners = len(people)
    people += [clip.spectator_xy[:, i][:, corners].mean(axis=1) for i in range(clip.spectator_xy.shape[1])]
    for runner_id in saved.runner_ids:
        found = saved.runner(runner_id)
        at, centre = trunk_centre(found, clip.n_frames)
        known = np.isfinite(centre[:, 0])
        if known.any():
            distance = [np.median(np.hypot(*(centre[known] - p[at[known]]).T)) for p in people]
            count += int(np.argmin(distance)) >= n_runners
    return count


def trunk_centre(found: Any, n_frames: int) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Frame numbers and the mean of the trunk's corners of a found runner; NaN where one is missing."""
    rows = found.frame < n_frames
    return found.frame[rows], np.mean([found.xy(p)[rows] for p in TRUNK], axis=0)


def identity(clip: ClipTruth, saved: Saved, visible_part: float) -> dict[str, Any]:
    """IDF1, switches and the rest of the tracking figures; None where motmetrics is not installed.

    Parameters
    ----------
    clip : ClipTruth
    saved : Saved
    visible_part : float
        Frames in which less of a runner is in the picture and unhidden are left out.
    """
    nothing = {"idf1": None, "switches": None, "recall_pct": None, "precision_pct": None}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # motmetrics' own use of older pandas and numpy names
            import motmetrics  # type: ignore[import-untyped]
    except ImportError:
        return nothing
    corners = [clip.names.index(p) for p in TRUNK]
    tracks = [(i, *trunk_centre(saved.runner(i), clip.n_frames)) for i in saved.runner_ids]
    where = {i: dict(zip(at.tolist(), centre, strict=True)) for i, at, centre in tracks}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        accumulator = motmetrics.MOTAccumulator(auto_id=True)
        for frame in range(clip.n_frames):
            seen = [
                (r.track_id, r.xy[frame, corners].mean(axis=0), float(r.record["body_height_px"]))
                for i, r in enumerate(clip.runners)
                if clip.present[frame, i] and clip.visible[frame, i] >= visible_part
            ]
            # people at the picture's edge or behind others are neither asked for nor held against the tracker
            hidden = [
                (r.track_id, r.xy[frame, corners].mean(axis=0), float(r.record["body_height_px"]))
                for i, r in enumerate(clip.runners)
                if clip.present[frame, i] and clip.visible[frame, i] < visible_part
            ]
            # whose track each was last
            owner = {track: runner for runner, track in accumulator.m.items()}
            tracked = [
                (i, rows[frame])
                for i, rows in where.items()
                if frame in rows
                and np.isfinite(rows[frame][0])
                and not _on_hidden(rows[frame], owner.get(i), seen, hidden)
            ]
            distance = np.array(
                [[np.hypot(*(xy - true)) / (NEAR_OF_HEIGHT * height) for _, xy in tracked] for _, true, height in seen]
            ).reshape(len(seen), len(tracked))
            distance[distance > 1.0] = np.nan
            accumulator.update([s[0] for s in seen], [t[0] for t in tracked], distance)
        names = ["idf1", "num_switches", "recall", "precision"]
        figures = motmetrics.metrics.create().compute(accumulator, metrics=names, name="clip").iloc[0]
    return {
        "idf1": float(figures["idf1"]),
        "switches": int(figures["num_switches"]),
        "recall_pct": 100 * float(figures["recall"]),
        "precision_pct": 100 * float(figures["precision"]),
    }


def _on_hidden(xy: FloatArray, owner: int | None, seen: list[Any], hidden: list[Any]) -> bool:
    """Whether a tracked position is that of someone hidden: of the track's own runner, or with no one seen near it."""
    near_hidden = [who for who, true, height in hidden if np.hypot(*(xy - true)) <= NEAR_OF_HEIGHT * height]
    near_seen = any(np.hypot(*(xy - true)) <= NEAR_OF_HEIGHT * height for _, true, height in seen)
    return owner in near_hidden or (bool(near_hidden) and not near_seen)
