"""One rendered clip: every figure of its analysis against the exact kinematics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from validation.coverage import mean_rows, stride_rows
from validation.matching import match_contacts, mean_of
from validation.saved import FoundRunner, Saved, nearest_runner, numbers, words
from validation.stride_truth import along_course
from validation.truth import ClipTruth, RunnerTruth

FloatArray = npt.NDArray[np.float64]

#: Points of body and limbs; the face is not scored.
BODY = tuple(
    f"{side}_{name}" for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")
)
LEGS = ("left_knee", "left_ankle", "right_knee", "right_ankle")

#: Legs closer than this part of the body height cannot be told apart, so no swap is counted there.
APART_OF_HEIGHT = 0.06

#: What is equal but for floating point.
ROUNDING = 1e-9

#: Drift of the clip that drifts: column, and its name in the truth's course.
COURSES = {
    "trunk_lean_deg": "trunk_lean_deg",
    "cadence_spm": "cadence_spm",
    "contact_time_s": "contact_time_s",
    "flight_time_s": "flight_time_s",
    "duty_factor": "duty_factor",
    "knee_flexion_contact_deg": "knee_flexion_at_contact_deg",
}


def score_clip(clip: ClipTruth, saved: Saved) -> list[dict[str, Any]]:
    """One row per true runner.

    Parameters
    ----------
    clip : ClipTruth
    saved : Saved
        The clip's analysis.
    """
    rows = []
    taken: set[int] = set()
    for runner in clip.runners:
        name = clip.name + (f"#{runner.index}" if len(clip.runners) > 1 else "")
        row: dict[str, Any] = {
            "clip": name,
            "fps": clip.fps,
            "height_px": float(runner.record["body_height_px"]),
            "perpendicular": runner.perpendicular,
            "alone": len(clip.runners) == 1,
            "whole_s": float(runner.whole.sum() / clip.fps),
        }
        found = nearest_runner(saved, runner.xy, clip.names, row["height_px"], taken)
        row["found"] = found is not None
        if found is not None:
            taken.add(found.runner_id)
            row |= _score_runner(clip, runner, found)
            row["warnings"] = sorted(
                {w["code"] for w in saved.summary["warnings"] if w.get("runner_id") in (None, found.runner_id)}
            )
        rows.append(row)
    return rows


def _score_runner(clip: ClipTruth, runner: RunnerTruth, found: FoundRunner) -> dict[str, Any]:
    matched = match_contacts(found.contacts, runner.contacts, *clip.asked(runner))
    summary, truth = found.summary, runner.truth
    cadence = found.mean("cadence_spm")
    view, roll = summary.get("view", {}), summary.get("roll", {})
    hip_reach = numbers(found.strides, "overstride_hip_frac")
    rise = numbers(found.strides, "vertical_oscillation_m")
    return {
        **keypoint_errors(clip, runner, found),
        **matched.row(),
        "n_contacts": len(found.contacts),
        "cadence_err_pct": 100 * (cadence / truth["cadence_spm"] - 1),
        "direction": summary.get("direction") == truth["direction"],
        "mode": summary.get("mode") == clip.setting,
        "lean_mean": found.mean("trunk_lean_deg"),
        "lean_true": float(runner.record["mean_lean_image_gravity_deg"]),
        "lean_err": found.mean("trunk_lean_deg") - float(runner.record["mean_lean_image_gravity_deg"]),
        "lean_source": summary.get("lean", {}).get("source"),
        "lean_source_true": truth["lean_mode"],
        "lean_source_certain": summary.get("lean", {}).get("source_certain"),
        "view": view.get("kind"),
        "yaw_deg": view.get("yaw_deg"),
        "yaw_true_deg": float(np.median(runner.yaw_deg[runner.whole])),
        "roll_deg": roll.get("deg"),
        "roll_source": roll.get("source"),
        "roll_true_deg": float(np.median(runner.roll_deg)),
        "overstride_hip_err": mean_of(hip_reach) - mean_of(runner.strides["overstride_hip_frac"]),
        "vo_err_cm": 100 * (mean_of(rise) - float(truth["pelvis_vertical_oscillation_m"]["mean"])),
        "strike_true": runner.strike,
        **strike_counts(words(found.strides, "foot_strike"), runner.strike),
        "means": mean_rows(found.metrics, runner.strides, clip_mask(clip, runner)),
        "strides": stride_rows(found.strides, runner.strides, matched, runner.contacts),
        "frames": frame_errors(clip, runner, found),
        # left and right of a rendered runner are alike
        "asymmetry": {
            name: metric["asymmetry_pct"]
            for name, metric in found.metrics.items()
            if metric.get("asymmetry_pct") is not None
        },
        "drift": drift_rows(runner, found),
    }


def clip_mask(clip: ClipTruth, runner: RunnerTruth) -> npt.NDArray[np.bool_]:
    """True contacts that the clip shows."""
    first, last = clip.asked(runner)
    return np.asarray((runner.contacts.contact_s >= first - 0.25) & (runner.contacts.contact_s <= last + 0.25))


def keypoint_errors(clip: ClipTruth, runner: RunnerTruth, found: FoundRunner) -> dict[str, float]:
    """Distance from true joints in per cent of body height, share of legs nearer to the other leg, lean per frame."""
    height = float(runner.record["body_height_px"])
    rows = np.flatnonzero(found.frame < clip.n_frames)
    rows = rows[runner.whole[found.frame[rows]]]
    at = found.frame[rows]
    errors, swapped = [], []
    for name in BODY:
        xy, true = found.xy(name)[rows], runner.xy[at, clip.names.index(name)]
        error = np.hypot(*(xy - true).T)
        errors.append(error)
        if name in LEGS:
            other_name = name.replace("left", "#").replace("right", "left").replace("#", "right")
            other = runner.xy[at, clip.names.index(other_name)]
            apart = np.hypot(*(true - other).T) > APART_OF_HEIGHT * height
            swapped.append((np.hypot(*(xy - other).T) < error)[apart])
    lean = numbers(found.frames, "trunk_lean_deg")[rows] - runner.frames["trunk_lean_deg"][at]
    legs = np.concatenate(swapped)
    return {
        "coverage": len(rows) / max(1, int(runner.whole.sum())),
        "kp_err_pct": 100 * mean_of(np.concatenate(errors)) / height,
        "leg_swap_pct": 100 * float(legs.mean()) if len(legs) else math.nan,
        "lean_mae": mean_of(np.abs(lean)),
        "lean_bias": mean_of(lean),
    }


def strike_counts(given: npt.NDArray[Any], true: str) -> dict[str, float | int]:
    """How many contacts got a foot-strike class, and the share of them that is right."""
    classes = [v for v in given if v]
    right = sum(v == true for v in classes)
    return {
        "strike_given": len(classes),
        "strike_null": len(given) - len(classes),
        "strike_right_pct": 100 * right / len(classes) if classes else math.nan,
        "strike_right_of_all_pct": 100 * right / len(given) if len(given) else math.nan,
    }


def frame_errors(clip: ClipTruth, runner: RunnerTruth, found: FoundRunner) -> dict[str, dict[str, float]]:
    """Mean absolute error and bias of every column of frames.parquet whose truth is known."""
    rows = np.flatnonzero(found.frame < clip.n_frames)
    rows = rows[runner.whole[found.frame[rows]]]
    out = {}
    for name, true in runner.frames.items():
        error = numbers(found.frames, name)[rows] - true[found.frame[rows]]
        known = error[np.isfinite(error)]
        if len(known):
            out[name] = {"mae": float(np.abs(known).mean()), "bias": float(known.mean()), "n": len(known)}
    return out


def drift_rows(runner: RunnerTruth, found: FoundRunner) -> dict[str, dict[str, Any]]:
    """Slopes per minute against the truth; empty for clips that do not drift.

    Where the truth's course holds a value, its own slope is true; else that of the true strides.
    """
    course = runner.record.get("course")
    if not course:
        return {}
    given = found.summary.get("drift", {}).get("metrics", {})
    out = {}
    for name in [*COURSES, *(n for n in given if n in runner.strides and n not in COURSES)]:
        if name in COURSES:
            t = np.array([float(c["t"]) for c in course])
            values = along_course(course, COURSES[name], t)
        else:
            t, values = runner.contacts.contact_s, runner.strides[name]
        known = np.isfinite(values)
        true = 60 * float(np.polyfit(t[known], values[known], 1)[0])
        entry = given.get(name)
        out[name] = {"true": true} | (
            {
                "slope": entry["slope_per_min"],
                "low95": entry["low95"],
                "high95": entry["high95"],
                "error": entry["slope_per_min"] - true,
                "inside": entry["low95"] - ROUNDING <= true <= entry["high95"] + ROUNDING,
                "drifted": entry["drifted"],
            }
            if entry
            else {"slope": None}
        )
    return out
