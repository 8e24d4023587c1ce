"""How well each network places keypoints on COCO pictures, through runlean's own reader, crop and decoding.

    python benchmarks/accuracy_coco.py FOLDER [-o benchmarks/results/coco_mini.json] [--model NAME|FILE.onnx ...]

FOLDER holds ``annotations/person_keypoints_*.json`` and, beside it, one folder of pictures per split, as COCO has them.
Needs pycocotools. Writes JSON, and prints the table that docs/models.md shows.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from runlean.models import load_detector, load_pose_model
from runlean.models.family import PersonDetector, PictureModel, PoseModel
from runlean.models.multipose import picture_box
from runlean.pose.crop import crop_batch
from runlean.skeleton import COCO_17
from runlean.video.frame import Frame
from runlean.video.reader import VideoReader
from runlean.video.remux import remux

FloatArray = npt.NDArray[np.float64]

DEFAULT_MODELS = ("movenet-thunder", "movenet-lightning", "blazepose-full")
#: PCK: a point is right within this share of the longer side of the person's box.
PCK_SHARES = (0.05, 0.1)
PCK_LEAST_POINTS = 8


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and its labelled persons."""

    path: Path
    image: dict[str, Any]
    persons: list[dict[str, Any]]


def read_pictures(folder: Path) -> list[Picture]:
    """Every picture of every split, with its labelled persons (crowds and persons without points are left out)."""
    pictures = []
    for file in sorted((folder / "annotations").glob("person_keypoints_*.json")):
        data = json.loads(file.read_text(encoding="utf-8"))
        split = folder / file.stem.removeprefix("person_keypoints_")
        persons: dict[int, list[dict[str, Any]]] = {}
        for person in data["annotations"]:
            if person.get("num_keypoints", 0) and not person.get("iscrowd", 0):
                persons.setdefault(person["image_id"], []).append(person)
        for image in data["images"]:
            pictures.append(Picture(split / image["file_name"], image, persons.get(image["id"], [])))
    if not pictures:
        raise SystemExit(f"{folder}: expected annotations/person_keypoints_*.json and its pictures; there are none")
    return pictures


def open_picture(picture: Picture) -> Frame:
    """The picture as runlean reads it: as a video of one frame, its JPEG bytes as they are."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "picture.mkv"
        remux(picture.path, clip)
        with VideoReader(clip) as reader:
            return next(iter(reader))


def predict(model: PoseModel, frame: Frame, boxes: FloatArray, reference_crop: bool) -> tuple[FloatArray, FloatArray]:
    """Keypoints (n, k, 2) in pixels (edges) of the picture, and scores (n, k)."""
    if reference_crop and isinstance(model, PictureModel):
        xy, score = model.predict_in(frame.rgb(), boxes)
        return xy.astype(np.float64), score.astype(np.float64)
    crops = model.crop.boxes(boxes)
    batch = np.empty((len(boxes), model.info.input_height, model.info.input_width, 3), np.uint8)
    crop_batch(frame, crops, batch)
    xy, score = model.predict(batch)
    size = np.array([model.info.input_width, model.info.input_height])
    return crops[:, None, :2] + xy / size * (crops[:, None, 2:] - crops[:, None, :2]), score.astype(np.float64)


def detect(detector: PersonDetector, frame: Frame, long_side: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Boxes (p, 4), keypoints (p, 17, 2) in pixels of the picture, keypoint scores (p, 17)."""
    width, height = frame.info.width, frame.info.height
    w, h = detector.input_size(width, height, long_side)
    region = picture_box(width, height, w, h)
    batch = np.empty((1, h, w, 3), np.uint8)
    crop_batch(frame, region[None], batch)
    (found,) = detector.detect(batch)
    scale = (region[2] - region[0]) / w
    return found.box * scale + np.tile(region[:2], 2), found.xy * scale + region[:2], found.keypoint_score


def coco_results(image_id: int, xy: FloatArray, score: FloatArray, columns: list[int]) -> Iterator[dict[str, Any]]:
    """Persons in the form that COCO evaluates; its pixel coordinates count from the centre of the first pixel."""
    for points, confidence in zip(xy[:, columns], score[:, columns], strict=True):
        flat = np.column_stack((np.nan_to_num(points, nan=-1e4) - 0.5, np.ones(len(columns))))
        yield {
            "image_id": image_id,
            "category_id": 1,
            "keypoints": flat.ravel().tolist(),
            "score": float(confidence.mean()),
        }


def average_precision(pictures: list[Picture], results: list[dict[str, Any]]) -> dict[str, float]:
    """OKS AP and AR by pycocotools."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth = COCO()
    truth.dataset = {
        "info": {},
        "images": [p.image for p in pictures],
        "annotations": [person for p in pictures for person in p.persons],
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO_17)}],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    names = ("ap", "ap50", "ap75", "ap_medium", "ap_large", "ar")
    return {name: round(float(value), 4) for name, value in zip(names, evaluation.stats, strict=False)}


def correct_points(persons: list[dict[str, Any]], xy: FloatArray, columns: list[int]) -> list[FloatArray]:
    """Distance of every labelled point, as a share of the longer side of its person's box."""
    shares = []
    for person, points in zip(persons, xy[:, columns], strict=True):
        if person["num_keypoints"] < PCK_LEAST_POINTS:
            continue
        truth = np.array(person["keypoints"], np.float64).reshape(-1, 3)
        seen = truth[:, 2] > 0
        away = np.hypot(*(points - 0.5 - truth[:, :2])[seen].T) / max(person["bbox"][2:])
        shares.append(np.nan_to_num(away, nan=np.inf))
    return shares


def cpu_ms_per_crop(model: PoseModel, crops: int = 12) -> float:
    """CPU time of one crop in milliseconds, network and decoding, batch as the pipeline gives it."""
    rng = np.random.default_rng(0)
    batch = rng.integers(0, 256, (4, model.info.input_height, model.info.input_width, 3), np.uint8)
    model.predict(batch)
    times = []
    for _ in range(crops // len(batch)):
        begun = time.process_time()
        model.predict(batch)
        times.append((time.process_time() - begun) / len(batch))
    return round(1e3 * min(times), 1)


def evaluate(
    model: PoseModel, pictures: list[Picture], found: dict[int, FloatArray], reference_crop: bool = False
) -> dict[str, Any]:
    """Accuracy of one network in the labelled boxes and in the boxes of the detector."""
    names = model.info.keypoint_names
    columns = [names.index(name) for name in COCO_17]
    in_truth: list[dict[str, Any]] = []
    in_found: list[dict[str, Any]] = []
    shares: list[FloatArray] = []
    for picture in pictures:
        frame = open_picture(picture)
        if picture.persons:
            boxes = np.array([p["bbox"] for p in picture.persons], np.float64)
            boxes[:, 2:] += boxes[:, :2]
            xy, score = predict(model, frame, boxes, reference_crop)
            in_truth += coco_results(picture.image["id"], xy, score, columns)
            shares += correct_points(picture.persons, xy, columns)
        if len(found[picture.image["id"]]):
            xy, score = predict(model, frame, found[picture.image["id"]], reference_crop)
            in_found += coco_results(picture.image["id"], xy, score, columns)
    away = np.concatenate(shares)
    alone = [p for p in pictures if len(p.persons) == 1 and p.persons[0]["num_keypoints"] >= PCK_LEAST_POINTS]
    ids = {p.image["id"] for p in alone}
    return {
        "labelled_boxes": average_precision(pictures, in_truth),
        "alone": {
            "pictures": len(alone),
            **average_precision(alone, [r for r in in_truth if r["image_id"] in ids]),
        },
        "detector_boxes": average_precision(pictures, in_found) if in_found else None,
        **{f"pck_{share:g}": round(float(np.mean(away <= share)), 4) for share in PCK_SHARES},
        "cpu_ms_per_crop": cpu_ms_per_crop(model),
    }


def table(results: dict[str, Any]) -> str:
    """The Markdown table of docs/models.md."""
    lines = [
        "| network | points | input | CPU-ms per crop | AP, alone in the picture | AP, labelled boxes | AP50 | AP75 |"
        " AP, detector's boxes | PCK@0.05 | PCK@0.1 |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in results["networks"].items():
        truth, found = row["labelled_boxes"], row["detector_boxes"] or {}
        lines.append(
            f"| {name} | {row['points']} | {row['input']} | {row['cpu_ms_per_crop']} | "
            f"{100 * row['alone']['ap']:.1f} | {100 * truth['ap']:.1f} | "
            f"{100 * truth['ap50']:.1f} | {100 * truth['ap75']:.1f} | {100 * found.get('ap', np.nan):.1f} | "
            f"{100 * row['pck_0.05']:.1f} | {100 * row['pck_0.1']:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--model", action="append", help="name or file; may be given more than once")
    parser.add_argument("--long-side", type=int, default=256, help="pixels of the detector's input")
    arguments = parser.parse_args()
    pictures = read_pictures(arguments.folder)
    detector = load_detector(device="cpu")
    own: list[dict[str, Any]] = []
    found: dict[int, FloatArray] = {}
    for picture in pictures:
        box, xy, score = detect(detector, open_picture(picture), arguments.long_side)
        found[picture.image["id"]] = box
        own += coco_results(picture.image["id"], xy, score, list(range(17)))
    results: dict[str, Any] = {
        "pictures": len(pictures),
        "persons": sum(len(p.persons) for p in pictures),
        "machine": f"{platform.machine()}, one thread",
        "detector": {"long_side": arguments.long_side, **average_precision(pictures, own)},
        "networks": {},
    }
    for name in arguments.model or DEFAULT_MODELS:
        model = load_pose_model(name, device="cpu")
        row = evaluate(model, pictures, found)
        row["points"] = len(model.info.keypoint_names)
        row["input"] = f"{model.info.input_width} x {model.info.input_height}"
        results["networks"][model.info.name] = row
    print(table(results))
    print(f"\nThe detector's own keypoints ({arguments.long_side} px): AP {100 * results['detector']['ap']:.1f}")
    if arguments.output:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
