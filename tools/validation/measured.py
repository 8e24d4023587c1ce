"""The measured error of every column, for docs/quantities.md: from the same record as docs/validation.md."""

from __future__ import annotations

import math
from typing import Any

from runlean.tables.page import with_table
from validation.table import table

Row = dict[str, Any]

#: Of the marks around what is made.
MARK = "made by tools/validate.py"
#: What no truth was at hand for, and why.
WITHOUT_TRUTH = {
    "com_x_px": "enters overstride_frac",
    "com_y_px": "enters vertical_oscillation_m",
}


def measured_rows(record: Row, columns: list[tuple[str, str]]) -> list[Row]:
    """One row per measured column.

    Parameters
    ----------
    record : dict
        benchmarks/results/validation.json.
    columns : list of (table, column)
        Of runlean.tables.QUANTITIES.
    """
    clips = [r for r in record["clips"] if r["found"]]
    groups = (
        ("alone", [r for r in clips if r["alone"]]),
        ("together", [r for r in clips if not r["alone"]]),
        ("plates", record["trials"]),
    )
    rows = []
    for where, name in columns:
        row: Row = {"column": f"`{name}`", "table": where}
        for group, runners in groups:
            row[group] = _frames(runners, name) if where == "frames" else _strides(runners, name)
        if any(row[group] for group, _ in groups):
            rows.append({k: v or "no truth" for k, v in row.items()})
        else:
            reason = WITHOUT_TRUTH.get(name, "not measured")
            rows.append(row | {"alone": reason, "together": reason, "plates": reason})
    return rows


def _frames(runners: list[Row], name: str) -> str:
    if name in ("<keypoint>_x_px", "<keypoint>_y_px"):
        off = [r["kp_err_pct"] for r in runners if r.get("kp_err_pct") is not None]
        return f"{sum(off) / len(off):.2g} % of height (both axes)" if off else ""
    errors = [r["frames"][name]["mae"] for r in runners if name in r.get("frames", {})]
    return f"{_short(sum(errors) / len(errors))} (worst {_short(max(errors))})" if errors else ""


def _strides(runners: list[Row], name: str) -> str:
    if name == "foot_strike":
        given = sum(r.get("strike_given", 0) for r in runners)
        right = sum(r["strike_given"] * (r["strike_right_pct"] or 0.0) for r in runners if r.get("strike_given"))
        return f"{right / given:.0f} % of {given} classes right" if given else ""
    means = [r["means"][name]["error"] for r in runners if name in r["means"]]
    single = [r["strides"][name]["mae"] for r in runners if name in r["strides"]]
    parts = []
    if means:
        rms = math.sqrt(sum(e * e for e in means) / len(means))
        parts.append(f"mean {_short(rms)} (worst {_short(max(map(abs, means)))})")
    if single:
        parts.append(f"stride {_short(sum(single) / len(single))}")
    return ", ".join(parts)


def _short(value: float) -> str:
    return f"{value:.2g}"


def renew(text: str, record: Row, columns: list[tuple[str, str]]) -> str:
    """docs/quantities.md with the part between its markers made anew."""
    shown = [
        ("column", "column", 0), ("table", "table", 0), ("alone", "rendered, one runner", 0),
        ("together", "rendered, in groups", 0), ("plates", "force plates", 0),
    ]  # fmt: skip
    return with_table(text, MARK, f"\n{table(measured_rows(record, columns), shown)}")
