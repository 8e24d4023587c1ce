"""Analyses whose answers are known on paper."""

import numpy as np
import pytest

from runlean.gait.result import GaitResult, RunnerGait
from runlean.meaning import ModelUsed, SourceInfo, summarize
from runlean.tables import frames_table, strides_table

KEYPOINTS = (
    "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_hip", "right_hip", "left_knee", "right_knee",
    "left_ankle", "right_ankle",
)  # fmt: skip
CONTACT_S, STEP_S, FPS = 0.24, 0.35, 30.0


def stride_columns(n, **columns):
    """Contacts of one runner, one every STEP_S, left first; scalars in ``columns`` hold for every contact."""
    contact = 0.2 + STEP_S * np.arange(n)
    out = {
        "runner_id": np.ones(n, dtype=int),
        "stride": np.arange(n),
        "side": np.array(["left", "right"] * n, dtype=object)[:n],
        "contact_s": contact,
        "toe_off_s": contact + CONTACT_S,
        "contact_time_s": np.full(n, CONTACT_S),
        "flight_time_s": np.full(n, STEP_S - CONTACT_S),
        "step_time_s": np.full(n, STEP_S),
        "stride_time_s": np.full(n, 2 * STEP_S),
        "duty_factor": np.full(n, CONTACT_S / (2 * STEP_S)),
        "cadence_spm": np.full(n, 60 / STEP_S),
        "trunk_lean_deg": np.full(n, 7.5),
        "trunk_lean_contact_deg": np.full(n, 8.0),
        "body_lean_deg": np.full(n, 7.0),
        "hip_hinge_deg": np.full(n, 1.0),
        "head_lean_deg": np.full(n, 12.0),
        "straightness_frac": np.full(n, 0.03),
        "shin_lean_contact_deg": np.full(n, -8.0),
        "knee_flexion_contact_deg": np.full(n, 13.0),
        "overstride_frac": np.full(n, 0.28),
        "overstride_hip_frac": np.full(n, 0.25),
        "vertical_oscillation_frac": np.full(n, 0.09),
    }
    for name, values in columns.items():
        out[name] = np.broadcast_to(np.asarray(values), (n,)).copy()
    return out


def frame_columns(duration_s, lean_deg=7.5):
    """A stick figure that sways its knees; ears 0.5 trunk lengths above the shoulders."""
    t = np.arange(0, duration_s, 1 / FPS)
    swing = np.sin(np.pi * t / STEP_S)
    trunk, x, y = 100.0, 300.0, 300.0
    lean = np.radians(lean_deg) * np.ones_like(t)
    points = {
        "hip": (x, y),
        "shoulder": (x + trunk * np.sin(lean), y - trunk * np.cos(lean)),
        "ear": (x + trunk * np.sin(lean) + 10, y - trunk * np.cos(lean) - 50),
        "knee": (x + 20 * swing, y + 80),
        "ankle": (x + 60 * swing, y + 160),
    }
    out = {"runner_id": np.ones(len(t), dtype=int), "frame": np.arange(len(t)), "time_s": t}
    for name in KEYPOINTS:
        side, point = name.split("_")
        px, py = points[point]
        mirror = -1 if side == "right" and point in ("knee", "ankle") else 1
        out[f"{name}_x_px"] = (x + mirror * (px - x)) * np.ones_like(t)
        out[f"{name}_y_px"] = py * np.ones_like(t)
        out[f"{name}_score"] = np.ones_like(t)
    phase = np.mod(t - 0.2, STEP_S) < CONTACT_S
    left = np.mod(np.floor((t - 0.2) / STEP_S), 2) == 0
    out["phase"] = np.where(phase, np.where(left, "left_stance", "right_stance"), "flight").astype(object)
    out["filled"] = np.zeros(len(t), dtype=bool)
    out["trunk_lean_deg"] = np.degrees(lean)
    for side, sign in (("left", 1), ("right", -1)):
        out[f"knee_flexion_{side}_deg"] = 45 + 40 * sign * swing
    return out


def make_gait(n=20, frames=None, warnings=(), **changes):
    """A GaitResult of one runner; ``changes`` are fields of RunnerGait or strides columns."""
    facts = {
        "runner_id": 1, "gait": "running", "direction": "right", "mode": "treadmill", "view_kind": "side",
        "view_yaw_deg": 2.0, "view_confidence": 0.9, "roll_deg": 0.4, "roll_source": "estimated",
        "leg_length_px": 160.0, "body_height_px": 330.0, "metres_per_px": None, "n_frames": 0,
    }  # fmt: skip
    names = (*facts, "systematic_sd", "withheld")
    columns = stride_columns(n, **{k: v for k, v in changes.items() if k not in names and k != "runner_warnings"})
    frames = frame_columns(0.4 + STEP_S * n) if frames is None else frames
    facts |= {k: v for k, v in changes.items() if k in names}
    facts["n_frames"] = len(frames["time_s"])
    runner = RunnerGait(**facts, warnings=tuple(changes.get("runner_warnings", ())))
    return GaitResult(frames, columns, KEYPOINTS, (runner,), tuple(warnings))


def make_tables(gait):
    return frames_table(gait.frames, gait.keypoint_names), strides_table(gait.strides)


def make_summary(gait, band=(5.0, 10.0)):
    frames, strides = make_tables(gait)
    source = SourceInfo(
        file_name="paper.mp4", sha256="00" * 32, width=640, height=480, rotation_deg=0, codec="h264",
        fps_from_header=30.0, fps_from_timestamps=30.0, variable_frame_rate=False, n_frames=len(gait.frames["time_s"]),
        duration_s=float(gait.frames["time_s"][-1]) if len(gait.frames["time_s"]) else 0.0,
    )  # fmt: skip
    return summarize(
        gait, frames, strides, source, {"band": list(band)}, [ModelUsed(name="movenet-thunder", sha256="11" * 32)],
        "CPUExecutionProvider", {"pose": 1.5}, band,
    )  # fmt: skip


@pytest.fixture
def gait():
    """Factory of GaitResults."""
    return make_gait


@pytest.fixture
def summary():
    """Factory: fields and columns -> Summary."""

    def make(n=20, band=(5.0, 10.0), **changes):
        return make_summary(make_gait(n, **changes), band)

    return make


@pytest.fixture
def runner(summary):
    """Factory: fields and columns -> the one Runner of a Summary."""

    def make(n=20, band=(5.0, 10.0), **changes):
        return summary(n, band, **changes).runners[0]

    return make


@pytest.fixture
def summarized():
    """Function: GaitResult -> Summary."""
    return make_summary
