"""Real clips: what is known of each by eye, and what must be recognised and named."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from validation.looks import (
    bridged,
    check,
    contacts_by_eye,
    direction_and_mode,
    foot_by_foot,
    frame_times,
    main_runner,
    refused,
    runner_count,
    step_rate,
    warned,
)
from validation.matching import Contacts
from validation.saved import Saved

Row = dict[str, Any]
Check = Callable[[Saved, dict[str, Any]], list[Row]]


def treadmill_side_male30(saved: Saved, known: dict[str, Any]) -> list[Row]:
    """The real runner that the figures asked for name."""
    runner = main_runner(saved)
    cadence = runner.mean("cadence_spm") if runner is not None else math.nan
    n = len(runner.contacts) if runner is not None else 0
    off = 100 * (cadence / 168.9 - 1)
    listed = [(c["f"], c["side"]) for c in known["initial_contacts_frames"]]
    listed += [(f, side) for side, frames in known["more_ic_frames"].items() for f in frames]
    listed.sort()
    sides = np.array(["right" if "right" in s or s == "far" else "left" for _, s in listed], dtype=object)
    times = frame_times(saved, [f for f, _ in listed])
    true = Contacts(times, np.full(len(times), np.nan), sides)
    rows = [
        check("cadence", "168.9 spm within 1.5 %", f"{cadence:.1f} spm ({off:+.2f} %)", abs(off) <= 1.5),
        check("steps", "30 to 36 (33 by eye)", n, 30 <= n <= 36),
        *direction_and_mode(saved, "left", "treadmill"),
    ]
    if runner is not None:
        rows.append(foot_by_foot(runner, true))
        rows.append(check("trunk lean", "figures only", f"{runner.mean('trunk_lean_deg'):.1f} deg", None))
    return rows


def treadmill_side_slowmo(saved: Saved, known: dict[str, Any]) -> list[Row]:
    """Slow motion without a factor."""
    return [
        warned(saved, "slow_motion"),
        refused(saved, ("cadence_spm", "contact_time_s", "flight_time_s")),
        *direction_and_mode(saved, "right", "treadmill"),
        step_rate(saved, float(known["cadence_spm"]["apparent_video_time"]), 2.0),
        contacts_by_eye(saved, known["initial_contacts_frames"], 6),
    ]


def slowed_down(saved: Saved, known: dict[str, Any]) -> list[Row]:
    """Slow motion with a factor given."""
    factor = float(saved.summary["config"]["slow_motion"])
    direction = "right" if "right" in known["direction"] else "left"
    spread = 100 * float(known["cadence_spm"]["sd"]) / float(known["cadence_spm"]["apparent_video_time"])
    rows = [
        *direction_and_mode(saved, direction, None),
        step_rate(saved, factor * float(known["cadence_spm"]["apparent_video_time"]), max(2.0, spread)),
    ]
    if "initial_contacts_frames" in known:
        rows.append(contacts_by_eye(saved, known["initial_contacts_frames"], 6))
    return rows


def overground_pass_phone30(saved: Saved, known: dict[str, Any]) -> list[Row]:
    """Crosses, leaves, comes back."""
    return [
        *direction_and_mode(saved, "right", "overground"),
        bridged(saved, [(31, 80), (178, 218)]),
        step_rate(saved, float(known["cadence_spm"]["hand_video_time"]), 2.5),
        contacts_by_eye(saved, known["initial_contacts_frames"], 1),
    ]


def overground_tracking_25(saved: Saved, known: dict[str, Any]) -> list[Row]:
    """A camera that drives beside the runner, probably at half speed."""
    return [
        *direction_and_mode(saved, "left", "overground"),
        warned(saved, "slow_motion"),
        step_rate(saved, float(known["cadence_spm"]["apparent_video_time"]), 4.0),
    ]


def pace_ladder_front_cuts(saved: Saved, _: dict[str, Any]) -> list[Row]:
    """Front view with four cuts."""
    return [
        warned(saved, "front_view"),
        refused(saved, ("trunk_lean_deg", "overstride_hip_frac")),
        bridged(saved, [(f, f - 1) for f in (76, 150, 226, 301)]),
    ]


def race_100m_diamond(saved: Saved, _: dict[str, Any]) -> list[Row]:
    """Nine sprinters, 25-45 px high, repeated pictures."""
    return [warned(saved, "repeated_frames"), runner_count(saved, "9 sprinters")]


def race_track_finish(saved: Saved, _: dict[str, Any]) -> list[Row]:
    """A pan over a bend."""
    return [runner_count(saved, "4-5 runners, 3 who stand")]


def track_dupframes(saved: Saved, known: dict[str, Any]) -> list[Row]:
    """Every picture about three times."""
    return [
        warned(saved, "repeated_frames"),
        warned(saved, "slow_motion"),
        refused(saved, ("contact_time_s", "cadence_spm")),
        *direction_and_mode(saved, "right", "overground"),
        contacts_by_eye(saved, known["initial_contacts_frames"], 3),
    ]


def vfr_spot_run_front(saved: Saved, _: dict[str, Any]) -> list[Row]:
    """Front view, on the spot, variable frame rate."""
    vfr = saved.summary["source"]["variable_frame_rate"]
    return [
        refused(saved, ("trunk_lean_deg", "overstride_hip_frac")),
        check("variable frame rate", "recognised", str(vfr), bool(vfr)),
    ]


def walk_and_jump_demo(saved: Saved, _: dict[str, Any]) -> list[Row]:
    """Nobody runs."""
    every = ("cadence_spm", "contact_time_s", "trunk_lean_deg", "vertical_oscillation_frac", "overstride_hip_frac")
    return [warned(saved, "walking", "no_running"), refused(saved, every)]


@dataclass(frozen=True, slots=True)
class RealClip:
    """A real clip as it is analysed and looked at.

    Attributes
    ----------
    name : str
        Of its results.
    folder : str
        Where video and manifest lie.
    check : callable
        Gives the lines of the table.
    options : dict
        For `runlean.analyze`.
    """

    name: str
    folder: str
    check: Check
    options: dict[str, Any] = field(default_factory=dict)


#: Slow-motion factors nobody knows: these bring the step rate to about 170 a minute.
LAB_FACTOR, CAR_FACTOR = 9.6, 2.0

CLIPS = (
    *(
        RealClip(f.__name__, f.__name__, f)
        for f in (
            treadmill_side_male30,
            treadmill_side_slowmo,
            overground_pass_phone30,
            overground_tracking_25,
            pace_ladder_front_cuts,
            race_100m_diamond,
            race_track_finish,
            track_dupframes,
            vfr_spot_run_front,
            walk_and_jump_demo,
        )
    ),
    RealClip(
        f"treadmill_side_slowmo x {LAB_FACTOR:g}", "treadmill_side_slowmo", slowed_down, {"slow_motion": LAB_FACTOR}
    ),
    RealClip(
        f"overground_tracking_25 x {CAR_FACTOR:g}", "overground_tracking_25", slowed_down, {"slow_motion": CAR_FACTOR}
    ),
)


def real_clips(folder: Path) -> list[tuple[RealClip, Path]]:
    """Real clips that lie in a folder, with their videos."""
    out = []
    for clip in CLIPS:
        found = [p for p in sorted((folder / clip.folder).glob("*")) if p.suffix.lower() in (".mp4", ".avi", ".mov")]
        out += [(clip, p) for p in found[:1]]
    return out


def score_real(clip: RealClip, folder: Path, saved: Saved) -> list[Row]:
    """Lines of one real clip; its folder holds the manifest (the clip without one shows nobody run)."""
    manifest = folder / "manifest.json"
    known = json.loads(manifest.read_text(encoding="utf-8"))["annotation"] if manifest.is_file() else {}
    return [{"clip": clip.name, **row} for row in clip.check(saved, known)]


def score_shipped_runner(saved: Saved, known: dict[str, Any]) -> list[Row]:
    """The cut of a real runner's clip that ships with the package."""
    runner = main_runner(saved)
    cadence = runner.mean("cadence_spm") if runner is not None else math.nan
    off = 100 * (cadence / known["cadence_spm"] - 1)
    rows = [
        check(
            "cadence", f"{known['cadence_spm']} spm within 1.5 %", f"{cadence:.1f} spm ({off:+.2f} %)", abs(off) <= 1.5
        ),
        *direction_and_mode(saved, known["direction"], known["setting"]),
    ]
    times = frame_times(saved, [c["frame"] for c in known["contacts"]])
    true = Contacts(times, np.full(len(times), np.nan), np.array([c["side"] for c in known["contacts"]], dtype=object))
    if runner is not None:
        rows.append(foot_by_foot(runner, true))
    return [{"clip": "treadmill_male_30 (ships)", **row} for row in rows]


def score_pose_file(path: Path) -> list[Row]:
    """Keypoints of another network on the real runner's clip, through `analyze_keypoints`."""
    import runlean

    pose = json.loads(path.read_text(encoding="utf-8"))
    rows = np.asarray(pose["frames"], dtype=float)
    full = {"l_": "left_", "r_": "right_"}
    names = [next((new + n[2:] for old, new in full.items() if n.startswith(old)), n) for n in pose["keypoint_names"]]
    known = [i for i, n in enumerate(names) if n not in ("head", "neck", "mid_hip")]
    time_s = np.asarray(pose["timestamps"], dtype=float)
    analysis = runlean.analyze_keypoints(
        np.ascontiguousarray(rows[:, known, :2]),
        time_s,
        [names[i] for i in known],
        np.clip(rows[:, known, 2], 0.0, 1.0),
        width=pose["width"],
        height=pose["height"],
    )
    metrics = analysis.summary.runners[0].metrics
    cadence = metrics["cadence_spm"].mean or math.nan
    off = 100 * (cadence / 168.9 - 1)
    shares = metrics["foot_strike"].shares or {}
    came = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items()) or "null"
    lines = [
        check("cadence", "168.9 spm within 1 %", f"{cadence:.1f} spm ({off:+.2f} %)", abs(off) <= 1.0),
        check("foot strike", "classes given", came, bool(shares)),
    ]
    return [{"clip": "male_side.pose.json (RTMPose, Halpe-26)", **line} for line in lines]
