"""The figures that the project asks of itself, each with what came and whether it holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from validation.trials import SETTINGS, Setting, medians

Row = dict[str, Any]

#: The claim of a 95 % interval: it holds the truth on this share of clips, %.
COVERAGE_PCT = (90.0, 99.0)
#: A camera this far off the perpendicular, median over the clip, makes an oblique view.
OBLIQUE_DEG = 15.0
#: Fewer intervals than this say nothing about how often they hold.
FEWEST_INTERVALS = 8


def figure(what: str, asked: str, came: str, worst: str, holds: bool | None) -> Row:
    """One line of the list; ``holds`` is None where nothing could be scored."""
    return {"what": what, "asked": asked, "came": came, "worst": worst, "holds": holds}


def _largest(rows: list[Row], name: str, key: str = "clip") -> tuple[float, str]:
    """Largest size of a figure and whose it is; an unknown value counts as the worst there is."""
    worst, whose = -1.0, ""
    for row in rows:
        value = row.get(name)
        size = math.inf if value is None or not math.isfinite(value) else abs(float(value))
        if size > worst:
            worst, whose = size, str(row[key])
    return worst, whose


def every(rows: list[Row], what: str, name: str, limit: float, unit: str) -> Row | None:
    """A figure that no clip may exceed."""
    if not rows:
        return None
    worst, whose = _largest(rows, name)
    within = sum(abs(r[name]) <= limit for r in rows if r.get(name) is not None)
    shown = "null" if math.isinf(worst) else f"{worst:.2f} {unit}"
    return figure(
        what, f"<= {limit:g} {unit} on every one", f"{within} of {len(rows)}", f"{shown} ({whose})", worst <= limit
    )


def all_true(rows: list[Row], what: str, good: Callable[[Row], bool], show: Callable[[Row], str]) -> Row | None:
    """Something that must be so on every clip."""
    if not rows:
        return None
    bad = [r for r in rows if not good(r)]
    worst = "; ".join(f"{r['clip']}: {show(r)}" for r in bad) or "none"
    return figure(what, "right on every one", f"{len(rows) - len(bad)} of {len(rows)}", worst, not bad)


def clip_figures(rows: list[Row]) -> list[Row]:
    """Figures of the rendered clips.

    Parameters
    ----------
    rows : list of dict
        From `clips.score_clip`, every runner.
    """
    lost = [r for r in rows if not r["found"]]
    rows = [r for r in rows if r["found"]]
    alone = [r for r in rows if r["alone"]]
    side = [r for r in alone if r["perpendicular"]]
    several = [r for r in rows if not r["alone"]]
    fast = [r for r in side if r["fps"] >= 60]
    slow = [r for r in side if r["fps"] < 60]
    out = [
        all_true([*rows, *lost], "Runners found on rendered clips", lambda r: r["found"], lambda _: "not found"),
        all_true(rows, "Direction", lambda r: bool(r["direction"]), lambda _: "wrong"),
        all_true(rows, "Treadmill or overground", lambda r: bool(r["mode"]), lambda _: "wrong"),
        every(side, "Cadence, perpendicular clips", "cadence_err_pct", 1.5, "%"),
        all_true(
            side,
            "At most one contact missed, extra or of the wrong foot, perpendicular clips",
            lambda r: r["missed"] + r["extra"] + r["swap"] <= 1,
            lambda r: f"{r['missed']} missed, {r['extra']} extra, {r['swap']} swapped",
        ),
        every(side, "Mean trunk lean against truth, perpendicular clips", "lean_err", 2.5, "deg"),
        _median_lean(side),
        all_true(
            [r for r in rows if r["lean_source_true"] in ("ankles", "waist")],
            "Lean from the ankles or the waist",
            lambda r: r["lean_source"] == r["lean_source_true"],
            lambda r: f"{r['lean_source']}, true {r['lean_source_true']}",
        ),
        all_true(
            [r for r in alone if abs(r["yaw_true_deg"]) >= OBLIQUE_DEG],
            "Oblique views say that they are oblique",
            lambda r: r["view"] == "oblique",
            lambda r: f"{r['view']} (yaw {_number(r['yaw_deg'])}, true {r['yaw_true_deg']:.0f} deg)",
        ),
        every(
            [r for r in rows if abs(r["roll_true_deg"]) > 0.5], "Mean trunk lean, rolled camera", "lean_err", 2.5, "deg"
        ),
        every(side, "Legs swapped, perpendicular clips", "leg_swap_pct", 1.0, "%"),
        every(several, "Legs swapped, several runners in the picture", "leg_swap_pct", 1.0, "%"),
        all_true(
            fast,
            "Foot strike right on 80 % of the contacts, 60 fps or more",
            lambda r: r["strike_right_of_all_pct"] >= 80.0,
            lambda r: f"{r['strike_right_of_all_pct']:.0f} % of {r['strike_given'] + r['strike_null']} contacts",
        ),
        all_true(
            slow,
            "Foot strike null or at least half right, below 60 fps",
            lambda r: r["strike_given"] == 0 or r["strike_right_pct"] >= 50.0,
            lambda r: f"{r['strike_right_pct']:.0f} % of {r['strike_given']}",
        ),
        every(side, "Overstride from the hip, perpendicular clips", "overstride_hip_err", 0.05, "leg lengths"),
        every(side, "Vertical oscillation with the height given, perpendicular clips", "vo_err_cm", 1.5, "cm"),
        *drift_figures(rows),
    ]
    return [f for f in out if f is not None]


def _median_lean(side: list[Row]) -> Row | None:
    if not side:
        return None
    sizes = sorted((abs(r["lean_err"]), r["clip"]) for r in side)
    median = float(np.median([s for s, _ in sizes]))
    worst = f"{sizes[-1][0]:.2f} deg ({sizes[-1][1]})"
    return figure(
        "Mean trunk lean, median over perpendicular clips", "<= 1.5 deg", f"{median:.2f} deg", worst, median <= 1.5
    )


def drift_figures(rows: list[Row]) -> list[Row]:
    """Slopes of the clip that drifts."""
    out = []
    asked = {"trunk_lean_deg": ("Lean drift", 0.3, "deg/min"), "cadence_spm": ("Cadence drift", 0.3, "spm/min")}
    for row in rows:
        for name, (what, limit, unit) in asked.items():
            drift = row["drift"].get(name)
            if drift is None:
                continue
            wanted = f"{drift['true']:.2f} {unit} within its interval and +- {limit:g}"
            if drift["slope"] is None:
                out.append(figure(what, wanted, "null", row["clip"], False))
                continue
            came = f"{drift['slope']:.2f} ({drift['low95']:.2f} to {drift['high95']:.2f})"
            out.append(figure(what, wanted, came, row["clip"], drift["inside"] and abs(drift["error"]) <= limit))
    return out


def race_figures(races: list[Row], rows: list[Row]) -> list[Row]:
    """Figures of the clips with several people.

    Parameters
    ----------
    races : list of dict
        From `tracking.score_tracking`.
    rows : list of dict
        From `clips.score_clip`.
    """
    if not races:
        return []
    big = [r for r in rows if r["found"] and not r["alone"] and r["height_px"] >= 120 and r["whole_s"] >= 1.5]
    known = [r for r in races if r["idf1"] is not None]
    out = [
        all_true(
            races,
            "Every runner whole in the picture for 1.5 s is found",
            lambda r: not r["lost"],
            lambda r: f"lost {r['lost']}",
        ),
        all_true(
            races,
            "No spectator is found",
            lambda r: not r["spectators_found"],
            lambda r: f"{r['spectators_found']} found",
        ),
        all_true(known, "IDF1 >= 0.95", lambda r: r["idf1"] >= 0.95, lambda r: f"{r['idf1']:.3f}"),
        all_true(known, "At most one identity switch", lambda r: r["switches"] <= 1, lambda r: str(r["switches"])),
        every(big, "Mean trunk lean, runners of 120 px or more in groups", "lean_err", 3.0, "deg"),
        every(big, "Cadence, runners of 120 px or more in groups", "cadence_err_pct", 3.0, "%"),
    ]
    return [f for f in out if f is not None]


def trial_figures(rows: list[Row]) -> list[Row]:
    """Figures of the force-plate trials, setting by setting."""
    out = []
    for setting in SETTINGS:
        mine = [r for r in rows if r["setting"] == setting.name]
        if mine:
            out += _setting_figures(setting, mine)
    return out


def _setting_figures(setting: Setting, rows: list[Row]) -> list[Row]:
    middle = medians(rows)
    asked = (
        ("missed + extra + swapped per 100", "per_100", setting.per_100, ""),
        ("contact MAE", "ic_mae", setting.ic_mae, "ms"),
        ("toe-off MAE", "to_mae", setting.to_mae, "ms"),
        ("contact-time bias", "ct_bias", setting.ct_bias, "ms"),
        ("cadence error", "cadence_err_spm", setting.cadence, "spm"),
    )
    out = []
    for what, name, limit, unit in asked:
        worst, whose = _largest(rows, name, "trial")
        came = f"{middle[name]:.2f} {unit}".strip()
        if name == "per_100":
            came += f" (all trials pooled {middle['pooled_per_100']:.2f})"
        out.append(
            figure(
                f"{setting.name}: {what}, median of {len(rows)} trials",
                f"<= {limit:g} {unit}".strip(),
                came,
                f"{worst:.2f} ({whose})",
                middle[name] <= limit,
            )
        )
    worst, whose = _largest(rows, "ic_mae", "trial")
    limit = 2 * middle["ic_mae"]
    came = f"{worst:.1f} ms against a median of {middle['ic_mae']:.1f}"
    out.append(figure(f"{setting.name}: no outlier", "worst contact MAE <= 2 x median", came, whose, worst <= limit))
    return out


def coverage_figures(coverage: list[Row], what: str, unit: str) -> list[Row]:
    """Whether 95 % intervals hold the truth on 90-99 % of the clips or trials, all metrics together and one by one."""
    enough = [r for r in coverage if r["n_intervals"] >= FEWEST_INTERVALS]
    if not enough:
        return []
    n = sum(r["n_intervals"] for r in enough)
    pooled = sum(r["inside_pct"] * r["n_intervals"] for r in enough) / n
    low, high = COVERAGE_PCT
    asked = f"{low:g}-{high:g} %"
    few = [r for r in enough if r["inside_pct"] < low]
    worst = ", ".join(f"{r['metric']} {r['inside_pct']:.0f} %" for r in few) or "none below"
    title = f"95 % intervals of means hold the truth, {what}"
    held = len(enough) - len(few)
    return [
        figure(f"{title}, all metrics together", asked, f"{pooled:.1f} % of {n}", worst, low <= pooled <= high),
        figure(
            f"{title}, metric by metric",
            f">= {low:g} % of {unit} each",
            f"{held} of {len(enough)} metrics",
            worst,
            not few,
        ),
    ]


def worst_first(figures: Iterable[Row]) -> list[Row]:
    """What does not hold comes first."""
    order = {False: 0, None: 1, True: 2}
    return sorted(figures, key=lambda f: order[f["holds"]])


def _number(value: float | None) -> str:
    return "null" if value is None else f"{value:.0f}"
