"""What each network says of one filmed runner, beside keypoints that another tool made of the same video.

    python benchmarks/networks_on_clip.py VIDEO --pose POSE.json [-o benchmarks/results/NAME.json]

POSE.json holds ``keypoint_names``, ``timestamps`` (frame) and ``frames`` (frame, keypoint, [x, y, score]) in pixels of
the upright picture. The table compares means; *contacts differ* and *away* are against POSE.json's answers.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import runlean
from runlean.analysis import Analysis

FloatArray = npt.NDArray[np.float64]

DEFAULT_MODELS = ("movenet-thunder", "movenet-lightning", "blazepose-full")
JOINTS = ("shoulder", "hip", "knee", "ankle", "heel", "big_toe")
#: Column of strides.parquet, heading, factor, decimals.
METRICS = (
    ("cadence_spm", "cadence spm", 1.0, 1),
    ("contact_time_s", "contact ms", 1e3, 0),
    ("flight_time_s", "flight ms", 1e3, 0),
    ("trunk_lean_deg", "trunk lean", 1.0, 1),
    ("body_lean_deg", "body lean", 1.0, 1),
    ("hip_hinge_deg", "hip hinge", 1.0, 1),
    ("knee_flexion_contact_deg", "knee at contact", 1.0, 1),
    ("shin_lean_contact_deg", "shin at contact", 1.0, 1),
    ("overstride_hip_frac", "overstride", 1.0, 3),
    ("vertical_oscillation_frac", "oscillation", 1.0, 3),
)
#: Contacts of the same foot nearer than this are the same contact, s.
_SAME_S = 0.12


def analyze_pose_file(path: Path) -> Analysis:
    """The analysis of another tool's keypoints."""
    pose = json.loads(path.read_text(encoding="utf-8"))
    rows = np.asarray(pose["frames"], dtype=float)
    return runlean.analyze_keypoints(
        rows[..., :2],
        pose["timestamps"],
        pose["keypoint_names"],
        rows[..., 2],
        width=pose["width"],
        height=pose["height"],
    )


def contacts(analysis: Analysis) -> dict[str, FloatArray]:
    """Contact times of the runner with the most contacts, by side."""
    runner = max(analysis.summary.runners, key=lambda r: r.n_contacts).runner_id
    table = analysis.strides.to_pydict()
    return {
        side: np.array(
            [
                t
                for t, s, r in zip(table["contact_s"], table["side"], table["runner_id"], strict=True)
                if s == side and r == runner and t is not None
            ]
        )
        for side in ("left", "right")
    }


def contact_differences(found: dict[str, FloatArray], reference: dict[str, FloatArray]) -> FloatArray:
    """Found minus nearest reference contact of the same foot, s, where one is near."""
    differences = []
    for side, times in found.items():
        for t in times:
            away = t - reference[side]
            if len(away) and np.abs(away).min() <= _SAME_S:
                differences.append(float(away[np.abs(away).argmin()]))
    return np.array(differences)


def joint_distances(analysis: Analysis, reference: Analysis) -> dict[str, float]:
    """Median distance by joint in pictures that both saw, per cent of the height from the reference's nose to ankle."""
    a, b = (x.frames.to_pydict() for x in (analysis, reference))
    row = {frame: i for i, frame in enumerate(b["frame"])}
    pairs = [(i, row[frame]) for i, frame in enumerate(a["frame"]) if frame in row]
    mine, theirs = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])

    def point(table: dict[str, list[float | None]], name: str, rows: npt.NDArray[np.int64]) -> FloatArray:
        xy = [np.array(table[f"{name}_{c}_px"], dtype=float)[rows] for c in "xy"]
        return np.stack(xy, axis=-1)

    top = point(b, "nose", theirs)[:, 1]
    bottom = np.fmax(point(b, "left_ankle", theirs)[:, 1], point(b, "right_ankle", theirs)[:, 1])
    height = float(np.nanmax(bottom - top))
    out = {}
    for joint in JOINTS:
        away = [
            np.hypot(*(point(a, f"{side}_{joint}", mine) - point(b, f"{side}_{joint}", theirs)).T)
            for side in ("left", "right")
            if f"{side}_{joint}_x_px" in a and f"{side}_{joint}_x_px" in b
        ]
        if away:
            out[joint] = round(100 * float(np.nanmedian(np.concatenate(away))) / height, 2)
    return out


def describe(analysis: Analysis, reference: Analysis) -> dict[str, Any]:
    """One network's row."""
    runner = max(analysis.summary.runners, key=lambda r: r.n_contacts)
    row: dict[str, Any] = {"n_contacts": runner.n_contacts, "view_yaw_deg": runner.view.yaw_deg}
    for column, _, factor, decimals in METRICS:
        metric = runner.metrics[column]
        for part in ("mean", "low95", "high95"):
            value = getattr(metric, part)
            row[f"{column}_{part}"] = None if value is None else round(float(value) * factor, decimals + 1)
    row["lean_source"] = runner.lean.source
    row["foot_strike"] = runner.metrics["foot_strike"].shares
    row["warnings"] = sorted({w.code for w in analysis.summary.warnings})
    if analysis is not reference:
        away = 1e3 * contact_differences(contacts(analysis), contacts(reference))
        row["contacts_shared"] = len(away)
        row["contacts_bias_ms"] = round(float(np.mean(away)), 1)
        row["contacts_sd_ms"] = round(float(np.std(away)), 1)
        row["joints_pct"] = joint_distances(analysis, reference)
    return row


def table(results: dict[str, Any]) -> str:
    """The two Markdown tables of docs/models.md."""
    names = list(results["networks"])
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]

    def add(heading: str, cells: list[str]) -> None:
        lines.append(f"| {heading} | " + " | ".join(cells) + " |")

    rows = list(results["networks"].values())
    add("contacts", [str(r["n_contacts"]) for r in rows])
    for column, heading, _, decimals in METRICS:
        add(heading, [_interval(r, column, decimals) for r in rows])
    add("lean comes from", [str(r["lean_source"] or "null") for r in rows])
    add("foot strike", [_shares(r["foot_strike"]) for r in rows])
    add(
        "contacts differ, mean ± sd ms",
        [f"{r['contacts_bias_ms']:+.0f} ± {r['contacts_sd_ms']:.0f}" if "contacts_bias_ms" in r else "" for r in rows],
    )
    for joint in JOINTS:
        add(
            f"{joint.replace('_', ' ')} away, %",
            [f"{r['joints_pct'][joint]:.1f}" if joint in r.get("joints_pct", {}) else "" for r in rows],
        )
    return "\n".join(lines)


def _interval(row: dict[str, Any], column: str, decimals: int) -> str:
    mean, low, high = (row[f"{column}_{part}"] for part in ("mean", "low95", "high95"))
    return "null" if mean is None else f"{mean:.{decimals}f} ({low:.{decimals}f} to {high:.{decimals}f})"


def _shares(shares: dict[str, float] | None) -> str:
    return "null" if not shares else ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    parser.add_argument("--pose", type=Path, required=True, help="keypoints of the same video by another tool")
    parser.add_argument("--pose-name", default="rtmpose-halpe26 (file)")
    parser.add_argument("--model", action="append", help="name or file; may be given more than once")
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    reference = analyze_pose_file(arguments.pose)
    results: dict[str, Any] = {
        "video": arguments.video.name,
        "networks": {arguments.pose_name: describe(reference, reference)},
    }
    for name in arguments.model or DEFAULT_MODELS:
        found = runlean.analyze(arguments.video, model=name, device="cpu", overlay=False, report=False)
        results["networks"][name] = describe(found, reference)
    print(table(results))
    if arguments.output:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
