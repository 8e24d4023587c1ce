"""How far each network's keypoints lie from the truth on rendered runners.

    python benchmarks/accuracy_clips.py FOLDER [-o benchmarks/results/clips.json] [--model NAME|FILE.onnx ...]

FOLDER holds NAME.mp4, NAME.gt.json and NAME.gt.npz (kp2d, bbox_xyxy) of each clip. The network sees runlean's own crops
around the true box, averaged over 11 frames; only frames in which the runner is wholly in the picture count.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from runlean.models import load_pose_model
from runlean.models.family import PoseModel
from runlean.pose.crop import crop_batch
from runlean.video.reader import VideoReader

FloatArray = npt.NDArray[np.float64]

DEFAULT_MODELS = ("movenet-thunder", "movenet-lightning", "blazepose-full")
JOINTS = ("shoulder", "hip", "knee", "ankle", "heel", "big_toe")
SMOOTHING = 5


def clip_errors(model: PoseModel, folder: Path, name: str, step: int) -> dict[str, FloatArray]:
    """Distances of a clip's keypoints from the truth as shares of the box's height, by joint.

    ``lean`` holds the error of the trunk's angle in the picture (shoulders over hips, degrees, forward positive)
    instead.
    """
    about = json.loads((folder / f"{name}.gt.json").read_text(encoding="utf-8"))
    truth = np.load(folder / f"{name}.gt.npz")
    names = about["keypoint_names"]
    points = model.info.keypoint_names
    errors: dict[str, list[float]] = {joint: [] for joint in (*JOINTS, "lean")}
    size = np.array([model.info.input_width, model.info.input_height])
    batch = np.empty((1, size[1], size[0], 3), np.uint8)
    with VideoReader(folder / f"{name}.mp4") as reader:
        for frame in reader:
            i = frame.index
            if i % step or i >= len(truth["kp2d"]):
                continue
            for r, runner in enumerate(about["runners"]):
                first, last = runner.get("fully_in_frame") or (0, -1)
                if runner.get("spectator") or not first <= i <= last:
                    continue
                around = slice(max(first, i - SMOOTHING), min(last, i + SMOOTHING) + 1)
                box = np.nanmean(truth["bbox_xyxy"][around, r].astype(np.float64), axis=0)
                (crop,) = model.crop.boxes(box)
                crop_batch(frame, crop[None], batch)
                xy, _ = model.predict(batch)
                place = crop[:2] + xy[0] / size * (crop[2:] - crop[:2])
                found = {point: place[k] for k, point in enumerate(points)}
                wanted = {point: truth["kp2d"][i, r, k].astype(np.float64) for k, point in enumerate(names)}
                for joint in JOINTS:
                    for side in ("left", "right"):
                        if f"{side}_{joint}" in found:
                            away = np.hypot(*(found[f"{side}_{joint}"] - wanted[f"{side}_{joint}"]))
                            errors[joint].append(float(away / (box[3] - box[1])))
                forward = 1.0 if runner_faces_right(truth, r) else -1.0
                errors["lean"].append(forward * (trunk_angle(found) - trunk_angle(wanted)))
    return {joint: np.array(values) for joint, values in errors.items()}


def runner_faces_right(truth: Any, runner: int) -> bool:
    """True where the toes lie right of the heels on average."""
    toes, heels = truth["kp2d"][:, runner, 19:21, 0], truth["kp2d"][:, runner, 17:19, 0]
    return bool(np.nanmean(toes - heels) > 0)


def trunk_angle(point: dict[str, FloatArray]) -> float:
    """Angle of the line from mid-hip to mid-shoulder against the picture's vertical, degrees, right positive."""
    dx, dy = 0.5 * (point["left_shoulder"] + point["right_shoulder"] - point["left_hip"] - point["right_hip"])
    return float(np.degrees(np.arctan2(dx, -dy)))


def evaluate(model: PoseModel, folder: Path, clips: list[str], step: int) -> dict[str, Any]:
    """Median distance by joint in per cent of the box's height, and bias and spread of the trunk's angle."""
    by_clip = {name: clip_errors(model, folder, name, step) for name in clips}
    pooled = {joint: np.concatenate([e[joint] for e in by_clip.values()]) for joint in (*JOINTS, "lean")}
    row: dict[str, Any] = {
        joint: round(100 * float(np.nanmedian(pooled[joint])), 2) for joint in JOINTS if len(pooled[joint])
    }
    bias = {name: float(np.nanmean(e["lean"])) for name, e in by_clip.items() if len(e["lean"])}
    row["lean_bias_deg"] = round(float(np.mean(list(bias.values()))), 2)
    row["lean_bias_sd_over_clips_deg"] = round(float(np.std(list(bias.values()))), 2)
    row["lean_frame_sd_deg"] = round(
        float(np.mean([np.nanstd(e["lean"]) for e in by_clip.values() if len(e["lean"])])), 2
    )
    row["persons_seen"] = len(pooled["lean"])
    return row


def table(results: dict[str, Any]) -> str:
    """The Markdown table of docs/models.md."""
    lines = [
        "| network | shoulder | hip | knee | ankle | heel | toe | lean bias | its sd over clips | lean sd, frame |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in results["networks"].items():
        cells = " | ".join(f"{row[j]:.1f}" if j in row else "" for j in JOINTS)
        lines.append(
            f"| {name} | {cells} | {row['lean_bias_deg']:+.1f}° | {row['lean_bias_sd_over_clips_deg']:.1f}° | "
            f"{row['lean_frame_sd_deg']:.1f}° |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--model", action="append", help="name or file; may be given more than once")
    parser.add_argument("--clip", action="append", help="name of a clip; may be given more than once (default: all)")
    parser.add_argument("--step", type=int, default=5, help="look at every so many frames")
    arguments = parser.parse_args()
    clips = arguments.clip or sorted(f.name.removesuffix(".gt.npz") for f in arguments.folder.glob("*.gt.npz"))
    if not clips:
        raise SystemExit(f"{arguments.folder}: expected NAME.mp4, NAME.gt.json and NAME.gt.npz; there are none")
    results: dict[str, Any] = {"clips": clips, "step": arguments.step, "networks": {}}
    for name in arguments.model or DEFAULT_MODELS:
        model = load_pose_model(name, device="cpu")
        results["networks"][model.info.name] = evaluate(model, arguments.folder, clips, arguments.step)
    print(table(results))
    if arguments.output:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
