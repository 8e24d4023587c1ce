"""Trackers side by side on the same detections of rendered races, scored by motmetrics.

    python benchmarks/tracking.py detect FOLDER -o DETECTIONS.npz [--only NAME]
    python benchmarks/tracking.py track DETECTIONS.npz FOLDER [-o FILE.json]

FOLDER holds NAME.mp4 and NAME.gt.npz. The detector is asked on every frame, at the resolution that runlean would
choose. ``track`` runs those trackers whose library can be imported, and runlean's own where that is. norfair and
trackers ask for another NumPy than this project and need an environment of their own
(``pip install norfair trackers motmetrics``).

A track is right in a frame where its box and the true one share half of their union. Frames in which less than a
quarter of a runner can be seen are not asked for, and tracks on spectators are neither right nor wrong.
"""

from __future__ import annotations

import argparse
import itertools
import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
#: One frame: boxes (n, 4), scores (n,), trunks (n, 2), colours (n, bin).
Seen = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
#: Gives (id, box) of each track in a frame.
Step = Callable[[int, Seen], list[tuple[int, FloatArray]]]

SHARED = 0.5
VISIBLE = 0.25
#: Persons as high as this in the detector's input, px: what runlean asks for where people cross.
WANTED_HEIGHT = 110.0


def detect(folder: Path, out: Path, only: str) -> None:
    """Detections of every frame of every clip, into one file."""
    from runlean.models import load_detector
    from runlean.people import PersonFinder
    from runlean.video import VideoReader

    detector = load_detector("movenet-multipose", device="cpu", threads=1)
    kept: dict[str, Any] = {}
    for truth in sorted(folder.glob("*.gt.npz")):
        name = truth.name.removesuffix(".gt.npz")
        with np.load(truth) as z:
            boxes, n_people = z["bbox_xyxy"].astype(float), z["bbox_xyxy"].shape[1]
        if only not in name or n_people < 2:
            continue
        heights = np.nanmedian(boxes[:, :, 3] - boxes[:, :, 1], axis=0)
        with VideoReader(folder / f"{name}.mp4", threads=1) as reader:
            finder = PersonFinder(detector, reader.info.width, reader.info.height)
            side = finder.long_side_for(heights, np.full(n_people, WANTED_HEIGHT))
            found = [(f.time_s, finder.find(f, side)) for f in reader]
        kept[f"{name}/time_s"] = np.array([t for t, _ in found])
        kept[f"{name}/count"] = np.array([len(s) for _, s in found])
        for part in ("box", "score", "trunk", "colour"):
            kept[f"{name}/{part}"] = np.concatenate([getattr(s, part) for _, s in found if len(s)])
        kept[f"{name}/size"] = np.array([reader.info.width, reader.info.height, side])
        print(
            f"{name}: {len(found)} frames at {side} px, {kept[f'{name}/count'].mean():.1f} persons a frame", flush=True
        )
    np.savez_compressed(out, **kept)


def frames_of(detections: Any, name: str) -> Iterator[Seen]:
    """The detections of a clip, frame by frame."""
    ends = np.concatenate([[0], np.cumsum(detections[f"{name}/count"])])
    parts = [detections[f"{name}/{part}"] for part in ("box", "score", "trunk", "colour")]
    for first, last in itertools.pairwise(ends):
        yield tuple(part[first:last] for part in parts)  # type: ignore[misc]


def with_runlean(detections: Any, name: str) -> Step:
    """runlean's own tracker, asked on every frame."""
    from runlean.people import PersonTracker
    from runlean.people.sighting import Sightings

    times, size = detections[f"{name}/time_s"], detections[f"{name}/size"]
    tracker = PersonTracker(int(size[0]), int(size[1]))

    def step(frame: int, seen: Seen) -> list[tuple[int, FloatArray]]:
        sightings = Sightings(seen[0], seen[1], seen[2], seen[3])
        matching = tracker.match(sightings, float(times[frame]), (0.0, 0.0))
        before = list(tracker.tracks)
        tracker.update(sightings, matching, float(times[frame]), (0.0, 0.0))
        # the box that was seen, where there is one: what the others give, too
        at = {before[i].track_id: seen[0][j] for i, j in enumerate(matching.sighting) if j >= 0}
        return [(t.track_id, at.get(t.track_id, t.box())) for t in tracker.tracks if t.hits >= 2]

    return step


def with_norfair(detections: Any, name: str) -> Step:
    """norfair: a Kalman filter on the box's corners, IoU distance."""
    import norfair

    fps = 1.0 / float(np.median(np.diff(detections[f"{name}/time_s"])))
    tracker = norfair.Tracker("iou", distance_threshold=0.7, hit_counter_max=round(fps), initialization_delay=2)

    def step(frame: int, seen: Seen) -> list[tuple[int, FloatArray]]:
        sure = seen[1] >= 0.2
        given = [
            norfair.Detection(b.reshape(2, 2), np.full(2, s)) for b, s in zip(seen[0][sure], seen[1][sure], strict=True)
        ]
        return [(int(t.id), np.asarray(t.estimate).ravel()) for t in tracker.update(given)]

    return step


def with_trackers(kind: str) -> Callable[[Any, str], Step]:
    """SORT, ByteTrack, OC-SORT and what else `trackers` holds."""

    def make(detections: Any, name: str) -> Step:
        import supervision
        import trackers

        fps = 1.0 / float(np.median(np.diff(detections[f"{name}/time_s"])))
        # this detector's scores of whole runners are 0.4 to 0.8: the usual 0.7 would begin hardly any track
        options: dict[str, Any] = {"frame_rate": fps, "lost_track_buffer": 30}
        if kind == "ByteTrackTracker":
            options |= {"track_activation_threshold": 0.4, "high_conf_det_threshold": 0.4}
        if kind == "OCSORTTracker":
            options |= {"high_conf_det_threshold": 0.4}
        tracker = getattr(trackers, kind)(**options)

        def step(frame: int, seen: Seen) -> list[tuple[int, FloatArray]]:
            sure = seen[1] >= 0.2
            given = supervision.Detections(
                xyxy=seen[0][sure].astype(np.float32), confidence=seen[1][sure], class_id=np.zeros(int(sure.sum()), int)
            )
            came = tracker.update(given)
            return [(int(i), b.astype(float)) for i, b in zip(came.tracker_id, came.xyxy, strict=True) if i >= 0]

        return step

    return make


TRACKERS: dict[str, Callable[[Any, str], Step]] = {
    "runlean": with_runlean,
    "norfair": with_norfair,
    "SORT (trackers)": with_trackers("SORTTracker"),
    "ByteTrack (trackers)": with_trackers("ByteTrackTracker"),
    "OC-SORT (trackers)": with_trackers("OCSORTTracker"),
    "BoT-SORT (trackers)": with_trackers("BoTSORTTracker"),
}


def score(step: Step, detections: Any, name: str, truth: Path) -> dict[str, float]:
    """IDF1, switches, recall of one tracker on one clip."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import motmetrics
    with np.load(truth) as z:
        boxes = z["bbox_xyxy"].astype(float)
        shape = boxes.shape[:2]
        given = {key: z[key] for key in z.files}
    # clips without these hold runners only, of whom nothing more is known than their joints in the picture
    runs = ~given.get("spectator", np.zeros(shape[1], bool)).astype(bool)
    ids = given.get("track_id", np.arange(shape[1]) + 1)
    inside = given.get("in_frame_fraction", given["in_frame"].mean(axis=2))
    part = given.get("visible_fraction", np.ones(shape)) * inside
    present = given.get("present", inside > 0).astype(bool)
    size = detections[f"{name}/size"]
    edge = np.array([size[0], size[1], size[0], size[1]], float)
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for frame, seen in enumerate(frames_of(detections, name)):
        tracked = step(frame, seen)
        everybody = np.clip(boxes[frame], 0.0, edge)
        asked = np.flatnonzero(present[frame] & runs & (part[frame] >= VISIBLE))
        others = np.flatnonzero(present[frame] & ~(runs & (part[frame] >= VISIBLE)))
        tracks = np.array([np.clip(b, 0.0, edge) for _, b in tracked]).reshape(-1, 4)
        right, aside = iou(everybody[asked], tracks), iou(everybody[others], tracks)
        # a track on somebody who is not asked for is neither right nor wrong
        counts = ~((aside >= SHARED).any(axis=0) & ~(right >= SHARED).any(axis=0))
        distance = np.where(right >= SHARED, 1.0 - right, np.nan)[:, counts]
        accumulator.update(ids[asked], [i for (i, _), c in zip(tracked, counts, strict=True) if c], distance)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = ["idf1", "num_switches", "recall", "precision", "num_unique_objects"]
        row = motmetrics.metrics.create().compute(accumulator, metrics=names, name="clip").iloc[0]
    return {k: float(row[k]) for k in names}


def iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """Intersection over union of every pair, (n, m)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(high - low, 0.0, None).prod(axis=2)
    one, other = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (first, second))
    return np.asarray(shared / np.maximum(one[:, None] + other[None] - shared, 1e-9))


def track(detections: Path, folder: Path, out: Path | None) -> None:
    """Every tracker that can be imported, on every clip."""
    found = np.load(detections)
    clips = sorted({key.split("/")[0] for key in found.files})
    table: dict[str, dict[str, dict[str, float]]] = {}
    for label, make in TRACKERS.items():
        try:
            make(found, clips[0])
        except (ImportError, AttributeError, TypeError) as error:
            print(f"{label}: not run ({error})")
            continue
        table[label] = {}
        for name in clips:
            row = score(make(found, name), found, name, folder / f"{name}.gt.npz")
            table[label][name] = row
            print(f"{label:22s} {name:18s} IDF1 {row['idf1']:.3f} switches {row['num_switches']:.0f} "
                  f"recall {row['recall']:.3f} precision {row['precision']:.3f}", flush=True)  # fmt: skip
    if out is not None:
        out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("detect")
    one.add_argument("folder", type=Path)
    one.add_argument("-o", "--output", type=Path, required=True)
    one.add_argument("--only", default="")
    two = commands.add_parser("track")
    two.add_argument("detections", type=Path)
    two.add_argument("folder", type=Path)
    two.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    if asked.command == "detect":
        detect(asked.folder, asked.output, asked.only)
    else:
        track(asked.detections, asked.folder, asked.output)


if __name__ == "__main__":
    main()
