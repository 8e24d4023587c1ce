"""Markdown tables and their columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

Row = dict[str, Any]

#: Columns of the tables: key of the row, heading, decimals.
EVENTS = (
    ("clip", "clip", 0), ("fps", "fps", 0), ("n", "contacts", 0), ("missed", "missed", 0), ("extra", "extra", 0),
    ("swap", "wrong foot", 0), ("ic_bias", "contact bias ms", 1), ("ic_mae", "contact MAE ms", 1),
    ("to_bias", "toe-off bias ms", 1), ("to_mae", "toe-off MAE ms", 1), ("ct_bias", "contact-time bias ms", 1),
    ("cadence_err_pct", "cadence error %", 2),
)  # fmt: skip
POSE = (
    ("clip", "clip", 0), ("height_px", "height px", 0), ("coverage", "share of frames", 2),
    ("kp_err_pct", "points off, % of height", 2), ("leg_swap_pct", "legs swapped %", 2),
    ("lean_mae", "lean MAE deg", 2), ("lean_bias", "lean bias deg", 2),
    ("lean_mean", "mean lean deg", 2), ("lean_true", "true deg", 2),
    ("lean_err", "error deg", 2), ("lean_source", "source", 0), ("lean_source_true", "true", 0),
)  # fmt: skip
SCENE = (
    ("clip", "clip", 0), ("direction", "direction", 0), ("mode", "mode", 0), ("view", "view", 0),
    ("yaw_deg", "yaw deg", 1), ("yaw_true_deg", "true", 1), ("roll_deg", "roll deg", 2), ("roll_source", "from", 0),
    ("roll_true_deg", "true", 2), ("warnings", "warnings", 0),
)  # fmt: skip
FORM = (
    ("clip", "clip", 0), ("overstride_hip_err", "overstride from hip", 3), ("vo_err_cm", "vertical oscillation cm", 2),
    ("shin_lean_contact_deg", "shin lean at contact deg", 1),
    ("knee_flexion_contact_deg", "knee flexion at contact deg", 1),
    ("hip_hinge_deg", "hip hinge deg", 1), ("body_lean_deg", "body lean deg", 1), ("head_lean_deg", "head lean deg", 1),
    ("straightness_frac", "straightness", 3), ("duty_factor", "duty factor", 3),
    ("contact_time_s", "contact time ms", 1), ("flight_time_s", "flight time ms", 1),
)  # fmt: skip
STRIKE = (
    ("clip", "clip", 0), ("fps", "fps", 0), ("strike_true", "true", 0), ("strike_given", "classes given", 0),
    ("strike_null", "null", 0), ("strike_right_pct", "right, % of given", 0),
    ("strike_right_of_all_pct", "right, % of contacts", 0), ("foot_strike_angle_deg", "strike angle error deg", 1),
)  # fmt: skip
TRIALS = (
    ("trial", "trial", 0), ("n", "contacts", 0), ("missed", "missed", 0), ("extra", "extra", 0),
    ("swap", "wrong foot", 0),
    ("ic_bias", "contact bias ms", 1), ("ic_mae", "contact MAE ms", 1), ("ic_rms", "contact RMS ms", 1),
    ("to_bias", "toe-off bias ms", 1), ("to_mae", "toe-off MAE ms", 1), ("to_rms", "toe-off RMS ms", 1),
    ("ct_bias", "contact-time bias ms", 1), ("cadence_err_spm", "cadence error spm", 2),
)  # fmt: skip
RACES = (
    ("clip", "clip", 0), ("asked", "runners asked", 0), ("found", "found", 0), ("lost", "lost (track ids)", 0),
    ("tracks", "runners in tables", 0), ("spectators", "spectators", 0), ("spectators_found", "taken for runners", 0),
    ("idf1", "IDF1", 3), ("switches", "switches", 0), ("recall_pct", "recall %", 1),
    ("precision_pct", "precision %", 1),
    ("idf1_every_frame", "IDF1, every visible pixel", 3),
)  # fmt: skip

#: Times are shown in ms.
IN_MS = ("contact_time_s", "flight_time_s", "step_time_s", "stride_time_s", "contact_s", "toe_off_s")


def shown(value: object, decimals: int) -> str:
    """One cell."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "right" if value else "**wrong**"
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.{decimals}f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(v) for v in value) or "none"
    return str(value)


def table(rows: Iterable[Row], columns: Sequence[tuple[str, str, int]]) -> str:
    """A Markdown table."""
    head = "| " + " | ".join(c[1] for c in columns) + " |\n" + "|" + " --- |" * len(columns) + "\n"
    body = ["| " + " | ".join(shown(row.get(key), digits) for key, _, digits in columns) + " |" for row in rows]
    return head + "\n".join(body) + "\n"


def worst(rows: Iterable[Row], *keys: str) -> list[Row]:
    """Largest sum of the sizes first; rows in which any of them is unknown before all others."""

    def size(row: Row) -> float:
        values = [row.get(k) for k in keys]
        if any(v is None or (isinstance(v, float) and math.isnan(v)) for v in values):
            return math.inf
        return sum(abs(float(v)) for v in values if v is not None)

    return sorted(rows, key=size, reverse=True)


def with_errors(rows: Iterable[Row]) -> list[Row]:
    """Rows with the errors of their means beside the figures of their own name."""
    out = []
    for row in rows:
        errors = {k: (1e3 if k in IN_MS else 1.0) * v["error"] for k, v in row.get("means", {}).items()}
        out.append({**errors, **row})
    return out
