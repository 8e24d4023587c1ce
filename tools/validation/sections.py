"""The sections of docs/validation.md, each from one run's results."""

from __future__ import annotations

import math
from typing import Any

from validation.table import EVENTS, FORM, POSE, RACES, SCENE, STRIKE, TRIALS, table, with_errors, worst
from validation.trials import SETTINGS, medians

Row = dict[str, Any]


def clips_section(result: Row) -> str:
    """Rendered clips."""
    rows = with_errors(result["clips"])
    if not rows:
        return ""
    found = [r for r in rows if r["found"]]
    lost = [r["clip"] for r in rows if not r["found"]]
    text = ["Single runners are analysed with their true height given.\n"]
    if lost:
        text.append(f"Not found at all: {', '.join(lost)}.\n")
    text += [
        "### Events\n", table(worst(found, "ic_mae"), EVENTS),
        "### Points, legs and lean\n", table(worst(found, "lean_err"), POSE),
        "### Direction, mode, camera\n", table(_scene_order(found), SCENE),
        "### Form, error of the mean (found - true)\n", table(worst(found, "overstride_hip_err"), FORM),
        "### Foot strike\n", _strike_by_rate(found), table(_strike_order(found), STRIKE),
        "### Per frame, mean over clips\n", _frame_table(found),
    ]  # fmt: skip
    drift = [(r["clip"], r["drift"]) for r in found if r["drift"]]
    if drift:
        text += ["### Drift, per minute\n", _drift_table(drift)]
    return "\n".join(text)


def _scene_order(rows: list[Row]) -> list[Row]:
    def off(row: Row) -> float:
        yaw = row["yaw_deg"] if row["yaw_deg"] is not None else math.inf
        roll = row["roll_deg"] if row["roll_deg"] is not None else math.inf
        wrong = 1e3 * (not row["direction"]) + 1e3 * (not row["mode"])
        return float(wrong + abs(yaw - row["yaw_true_deg"]) + abs(roll - row["roll_true_deg"]))

    return sorted(rows, key=off, reverse=True)


def _strike_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda r: (r["strike_right_pct"] is None, r["strike_right_of_all_pct"] or 0.0))


def _strike_by_rate(rows: list[Row]) -> str:
    out = []
    for alone, who in ((True, "single runners"), (False, "in groups")):
        for fps in sorted({r["fps"] for r in rows if r["alone"] is alone}):
            mine = [r for r in rows if r["fps"] == fps and r["alone"] is alone]
            given = sum(r["strike_given"] for r in mine)
            n = given + sum(r["strike_null"] for r in mine)
            right = sum(round(0.01 * (r["strike_right_pct"] or 0.0) * r["strike_given"]) for r in mine)
            out.append(
                {
                    "fps": f"{fps:g}, {who}",
                    "runners": len(mine),
                    "contacts": n,
                    "given": given,
                    "right": 100.0 * right / given if given else None,
                    "of_all": 100.0 * right / n if n else None,
                }
            )
    columns = [
        ("fps", "fps", 0), ("runners", "runners", 0), ("contacts", "contacts", 0), ("given", "classes given", 0),
        ("right", "right, % of given", 0), ("of_all", "right, % of contacts", 0),
    ]  # fmt: skip
    return table(sorted(out, key=lambda r: (r["right"] is not None, r["right"] or 0.0)), columns)


def _frame_table(rows: list[Row]) -> str:
    out = []
    for name in sorted({n for r in rows for n in r["frames"]}):
        entries = [(r["frames"][name], r["clip"]) for r in rows if name in r["frames"]]
        top, whose = max(entries, key=lambda e: e[0]["mae"])
        out.append(
            {
                "column": name,
                "clips": len(entries),
                "mae": sum(e["mae"] for e, _ in entries) / len(entries),
                "bias": sum(e["bias"] for e, _ in entries) / len(entries),
                "worst": f"{top['mae']:.3g} ({whose})",
            }
        )
    digits = [
        ("column", "column", 0),
        ("clips", "runners", 0),
        ("mae", "MAE", 3),
        ("bias", "bias", 3),
        ("worst", "worst MAE", 0),
    ]
    return table(worst(out, "mae"), digits)


def _drift_table(drift: list[tuple[str, Row]]) -> str:
    rows = [
        {
            "clip": clip,
            "metric": name,
            "interval": "null" if d["slope"] is None else f"{d['low95']:.4g} to {d['high95']:.4g}",
            "holds": d.get("inside"),
            **d,
        }
        for clip, metrics in drift
        for name, d in metrics.items()
    ]
    columns = [
        ("clip", "clip", 0), ("metric", "metric", 0), ("true", "true slope", 4), ("slope", "slope", 4),
        ("interval", "95 % interval", 0), ("holds", "truth inside", 0),
    ]  # fmt: skip
    return table(sorted(rows, key=lambda r: bool(r["holds"])), columns)


def trials_section(result: Row) -> str:
    """Force-plate trials."""
    rows = result["trials"]
    if not rows:
        return ""
    text = [
        "Fukuchi, Fukuchi and Duarte 2017 (PeerJ 5:e3298): runners on an instrumented treadmill. The anchor to reach "
        "for is one 180 Hz camera: 4.5 ms RMS at contact, 6.9 ms at toe-off (Hreljac and Marshall 2000).\n"
    ]
    middle = []
    for setting in SETTINGS:
        mine = [r for r in rows if r["setting"] == setting.name]
        if mine:
            middle.append({"trial": setting.name, **medians(mine)})
    columns = [
        ("trial", "median size over trials", 0), ("per_100", "wrong per 100", 2),
        ("pooled_per_100", "wrong per 100, pooled", 2),
        ("ic_mae", "contact MAE ms", 1), ("ic_rms", "contact RMS ms", 1), ("to_mae", "toe-off MAE ms", 1),
        ("to_rms", "toe-off RMS ms", 1), ("ct_bias", "contact-time bias ms", 1),
        ("cadence_err_spm", "cadence error spm", 2),
    ]  # fmt: skip
    text.append(table(middle, columns))
    for setting in SETTINGS:
        mine = [r for r in rows if r["setting"] == setting.name]
        if mine:
            text += [f"### {setting.name}\n", table(worst(mine, "ic_mae"), TRIALS)]
    return "\n".join(text)


def coverage_section(result: Row) -> str:
    """Do the intervals hold the truth?"""
    text = []
    mean_columns = [
        ("metric", "mean of", 0), ("n", "n", 0), ("inside_pct", "95 % interval holds truth, %", 0), ("bias", "bias", 4),
        ("median_abs", "median error", 4), ("worst", "worst error", 4), ("worst_clip", "worst in", 0),
        ("half_width", "half-width, median", 4), ("widest", "widest", 4), ("outside", "outside in", 0),
    ]  # fmt: skip
    stride_columns = [
        ("column", "column", 0), ("clips", "runners", 0), ("n", "strides", 0),
        ("inside_pct", "+- 1.96 sd holds truth, %", 1),
        ("z_rms", "error / sd, RMS", 2), ("mae", "MAE", 4), ("sd", "sd, median", 4),
    ]  # fmt: skip
    for key, title in (("clips", "rendered clips"), ("trials", "force-plate trials, all settings")):
        if result["coverage"][key]:
            text += [
                f"### Means, {title}\n",
                table(_few_outside(result["coverage"][key]), mean_columns),
                f"### Single strides, {title}\n",
                table(result["stride_coverage"][key], stride_columns),
            ]
    if text:
        text.insert(
            0,
            "A mean's interval (`low95` to `high95` in summary.json) claims to hold the true mean on 95 % of clips: "
            "90-99 % is asked for. A stride's sd is against the truth, so it holds what all strides share "
            "(`systematic_sd` beside the mean) as well. In the stride tables every runner counts the same.\n",
        )
    return "\n".join(text)


def _few_outside(rows: list[Row], most: int = 6) -> list[Row]:
    out = []
    for row in rows:
        names = row["outside"]
        listed = names if len(names) <= most else [*names[:most], f"and {len(names) - most} more"]
        out.append({**row, "outside": listed})
    return out


def races_section(result: Row) -> str:
    """Several people in the picture."""
    rows = result["races"]
    if not rows:
        return ""
    text = ["Runners whose whole body is in the picture for 1.5 s or more are asked for.\n"]
    if any(r["idf1"] is None for r in rows):
        text.append("IDF1 and switches were not scored: motmetrics is not installed (`pip install runlean[bench]`).\n")
    ordered = sorted(rows, key=lambda r: (r["found"] - r["asked"], -r["spectators_found"], r["idf1"] or 0.0))
    return "\n".join([*text, table(ordered, RACES)])


def real_section(result: Row) -> str:
    """Real clips, and what was counted by eye."""
    rows, by_eye = result["real"], result["by_eye"]
    text = []
    columns = [("clip", "clip", 0), ("what", "what", 0), ("asked", "asked", 0), ("came", "came", 0), ("holds", "", 0)]
    words = {True: "holds", False: "**does not hold**", None: ""}
    if rows:
        ordered = sorted(rows, key=lambda r: {False: 0, None: 1, True: 2}[r["holds"]])
        text += [
            "Footage that may not be shown here; figures only. The first frame that an eye sees on the ground lies "
            "half a frame (17 ms at 30 fps) after contact on average.\n",
            table([{**r, "holds": words[r["holds"]]} for r in ordered], columns),
        ]
    if by_eye:
        eye_columns = [
            ("clip", "clip", 0),
            ("what", "counted by eye", 0),
            ("came", "came", 0),
            ("frames", "frames viewed", 0),
            ("code", "code", 0),
        ]
        text += ["### Counted by eye on frames\n", table(by_eye, eye_columns)]
    return "\n".join(text)


def networks_section(result: Row) -> str:
    """Accuracy of every network on photographs."""
    coco = result["coco"]
    if not coco:
        return ""
    rows = [
        {
            "network": name,
            **{f"{kind}_{k}": n[kind][k] for kind in ("labelled_boxes", "detector_boxes") for k in ("ap", "ap50")},
            **{k: n[k] for k in ("pck_0.05", "pck_0.1")},
        }
        for name, n in coco["networks"].items()
    ]
    columns = [
        ("network", "network", 0), ("labelled_boxes_ap", "OKS AP, labelled boxes", 3),
        ("labelled_boxes_ap50", "AP50", 3), ("detector_boxes_ap", "OKS AP, detected boxes", 3),
        ("detector_boxes_ap50", "AP50", 3), ("pck_0.05", "PCK 0.05", 3), ("pck_0.1", "PCK 0.1", 3),
    ]  # fmt: skip
    text = (
        f"{coco['pictures']} pictures with {coco['persons']} labelled persons, few of whom run, "
        "through runlean's own crop and decoding, scored by pycocotools "
        "(`python benchmarks/accuracy_coco.py FOLDER`).\n\n"
    )
    return text + table(sorted(rows, key=lambda r: float(r["labelled_boxes_ap"])), columns)
