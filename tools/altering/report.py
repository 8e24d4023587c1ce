"""Analyses of altered clips beside the truth: which figures hold, alteration by alteration, the worst first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from altering.clip import alteration_of
from altering.kinds import ALTERATIONS
from altering.poses import provenance, taken

Row = dict[str, Any]

#: Seen from the side: the line of sight is nearer to the perpendicular than this, as that of a pan with the runner is.
SIDE_DEG = 12.0
#: Warnings that say what the clip is, not that something went wrong.
EXPECTED = ("no_person", "low_frame_rate", "oblique_view", "people_left_out", "roll_from_pan")

#: Share of clips on which a 95 % interval should hold the truth.
ASKED_INSIDE = 0.95


def rows_of(folder: Path, only: str = "") -> list[Row]:
    """Scores of every runner of every altered clip whose poses are kept.

    Parameters
    ----------
    folder : Path
    only : str
        Part of the name.
    """
    from validation.clips import score_clip
    from validation.saved import Saved
    from validation.tracking import score_tracking
    from validation.truth import read_clip

    from runlean import pipeline
    from runlean.config import AnalyzeConfig
    from runlean.pose.networks import open_networks

    options = {a.name: a.options for a in ALTERATIONS}
    opened: dict[str, Any] = {}
    rows = []
    for path in sorted((folder / "poses").glob("*.pickle")):
        name = path.name.removesuffix(".pickle")
        if only not in name:
            continue
        clip = read_clip(folder / f"{name}.gt.json")
        height = {"runner_height_m": float(clip.runners[0].truth["height_m"])} if len(clip.runners) == 1 else {}
        chosen = options.get(alteration_of(name)[1], {})
        settings = AnalyzeConfig.from_options(threads=1, device="cpu", **chosen, **height)
        if settings.model not in opened:
            opened[settings.model] = open_networks(settings)
        posed = taken(path, provenance(clip.video, opened[settings.model]))
        done = pipeline.measure(clip.video, settings, opened[settings.model], posed, "0" * 64)
        saved = Saved(done.frames, done.strides, done.summary.model_dump(mode="json", by_alias=True))
        rows += [row | {"kind": alteration_of(name)[1]} for row in score_clip(clip, saved)]
        if len(clip.runners) > 1:
            rows[-1]["tracking"] = score_tracking(clip, saved)
    return rows


def _size(name: str) -> Callable[[Row], float]:
    def of(row: Row) -> float:
        value = row[name]
        return math.inf if value is None or math.isnan(value) else abs(value)

    return of


def _known(value: float | None) -> float:
    return math.nan if value is None else abs(value)


def _events(row: Row) -> float:
    return float(row["missed"] + row["extra"] + row["swap"])


def _strike(row: Row) -> float:
    """Contacts whose class is wrong, per cent of those given; at 60 fps and more of all, null counts as wrong there."""
    if row["fps"] >= 60:
        return float(100.0 - np.nan_to_num(row["strike_right_of_all_pct"]))
    return 0.0 if row["strike_given"] == 0 else float(100.0 - row["strike_right_pct"])


def _source(row: Row) -> float:
    return 0.0 if row["lean_source"] == row["lean_source_true"] else 1.0


#: Figure, limit, unit, value: what docs/validation.md asks of a perpendicular clip of one runner.
FIGURES: tuple[tuple[str, Callable[[Row], float], str, Callable[[Row], float]], ...] = (
    ("lean", lambda _: 2.5, "deg", _size("lean_err")),
    ("source", lambda _: 0.0, "", _source),
    ("swapped legs", lambda _: 1.0, "%", _size("leg_swap_pct")),
    ("contacts", lambda _: 1.0, "", _events),
    ("cadence", lambda _: 1.5, "%", _size("cadence_err_pct")),
    ("strike", lambda r: 20.0 if r["fps"] >= 60 else 50.0, "%", _strike),
    ("overstride", lambda _: 0.05, "", _size("overstride_hip_err")),
    ("oscillation", lambda _: 1.5, "cm", _size("vo_err_cm")),
)


#: And what it asks of runners in groups who are 120 pixels tall, and of the legs of all.
GROUP_FIGURES: tuple[tuple[str, Callable[[Row], float], str, Callable[[Row], float]], ...] = (
    ("lean", lambda r: 3.0 if r["height_px"] >= TALL_PX else math.inf, "deg", _size("lean_err")),
    ("swapped legs", lambda _: 1.0, "%", _size("leg_swap_pct")),
    ("cadence", lambda r: 3.0 if r["height_px"] >= TALL_PX else math.inf, "%", _size("cadence_err_pct")),
)
TALL_PX = 120.0
#: Only those who are seen whole for so long are asked for anything.
SEEN_S = 1.5


def broken(row: Row) -> list[str]:
    """Figures that do not hold on a row, with what came."""
    if not row["alone"] and row["whole_s"] < SEEN_S:
        return []
    if not row["found"]:
        return ["not found"]
    out = [] if row["direction"] else ["direction"]
    out += [] if row["mode"] else ["treadmill or overground"]
    for what, limit, unit, value in FIGURES if row["alone"] else GROUP_FIGURES:
        came = value(row)
        if came > limit(row):
            shown = "null" if math.isinf(came) else f"{came:.2f} {unit}".strip()
            if what == "source":
                shown = f"{row['lean_source']}, true {row['lean_source_true']}"
            out.append(f"{what} {shown}")
    odd = [w for w in row["warnings"] if w not in EXPECTED]
    return out + ([f"warnings {', '.join(odd)}"] if odd else [])


def _worst(rows: list[Row], value: Callable[[Row], float], digits: int) -> str:
    worst = max((value(r) for r in rows), default=math.inf)
    return "null" if math.isinf(worst) else f"{worst:.{digits}f}"


def _middle(values: list[float], digits: int) -> str:
    """The median of those that are known."""
    known = [v for v in values if not math.isnan(v)]
    return f"{np.median(known):.{digits}f}" if known else "null"


def _share(inside: list[bool]) -> str:
    return f"{100 * sum(inside) / len(inside):.1f} % of {len(inside)}" if inside else "none given"


def summary_lines(rows: Iterable[Row]) -> list[str]:
    """A table: an alteration per line, those with most broken figures first."""
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_kind[row["kind"]].append(row)
    what = {a.name: a.what for a in ALTERATIONS}

    def failures(rows: list[Row]) -> int:
        return sum(len(broken(r)) for r in rows)

    out = [
        "| alteration | clips | figures that fail | lean, worst deg | median | source right | swapped, worst % "
        "| contacts wrong | contact MAE ms, median | toe-off MAE ms, median | cadence, worst % | strike wrong, worst % "
        "| overstride, worst | oscillation, worst cm | 95 % intervals that hold |",
        "| --- |" + " ---: |" * 14,
    ]
    for kind, mine in sorted(by_kind.items(), key=lambda item: -failures(item[1]) / len(item[1])):
        found = [r for r in mine if r["found"]]
        inside = [m["inside"] for r in found for m in r["means"].values() if m["inside"] is not None]
        cells = [
            what.get(kind, kind),
            str(len(mine)),
            str(failures(mine)),
            _worst(found, _size("lean_err"), 2),
            _middle([_known(r["lean_err"]) for r in found], 2),
            f"{sum(_source(r) == 0.0 for r in found)} of {len(mine)}",
            _worst(found, _size("leg_swap_pct"), 2),
            f"{sum(_events(r) for r in found):.0f} of {sum(r['n'] for r in found)}",
            _middle([_known(r["ic_mae"]) for r in found], 1),
            _middle([_known(r["to_mae"]) for r in found], 1),
            _worst(found, _size("cadence_err_pct"), 2),
            _worst(found, _strike, 0),
            _worst(found, _size("overstride_hip_err"), 3),
            _worst(found, _size("vo_err_cm"), 2),
            _share(inside),
        ]
        out.append("| " + " | ".join(cells) + " |")
    return out


def group_lines(rows: Iterable[Row]) -> list[str]:
    """A table of runners in groups: an alteration per line, those with most broken figures first."""
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_kind[row["kind"]].append(row)
    what = {a.name: a.what for a in ALTERATIONS}
    out = [
        "| alteration | runners | figures that fail | found | lean, worst deg | median | swapped, worst % "
        "| at most 1 % | contacts wrong | cadence null | IDF1, worst | switches, most | spectators found |",
        "| --- |" + " ---: |" * 12,
    ]
    for kind, every in sorted(by_kind.items(), key=lambda item: -sum(len(broken(r)) for r in item[1]) / len(item[1])):
        mine = [r for r in every if r["whole_s"] >= SEEN_S]
        found = [r for r in mine if r["found"]]
        tall = [r for r in found if r["height_px"] >= TALL_PX]
        tracked = [r["tracking"] for r in every if "tracking" in r]
        known = [t for t in tracked if t["idf1"] is not None]
        cells = [
            what.get(kind, kind),
            str(len(mine)),
            str(sum(len(broken(r)) for r in mine)),
            f"{len(found)} of {len(mine)}",
            _worst(tall, _size("lean_err"), 2),
            _middle([_known(r["lean_err"]) for r in tall], 2),
            _worst(found, _size("leg_swap_pct"), 2),
            f"{sum(r['leg_swap_pct'] <= 1.0 for r in found)} of {len(found)}",
            f"{sum(_events(r) for r in found):.0f} of {sum(r['n'] for r in found)}",
            str(sum(math.isinf(_size("cadence_err_pct")(r)) for r in found)),
            f"{min(t['idf1'] for t in known):.3f}" if known else "null",
            str(max((t["switches"] for t in known), default=0)),
            str(sum(t["spectators_found"] for t in tracked)),
        ]
        out.append("| " + " | ".join(cells) + " |")
    return out


def broken_lines(rows: Iterable[Row]) -> list[str]:
    """Every clip on which something does not hold, those with most first."""
    bad = [(row, broken(row)) for row in rows]
    bad = sorted(((r, b) for r, b in bad if b), key=lambda item: (-len(item[1]), item[0]["clip"]))
    out = ["| clip | what does not hold |", "| --- | --- |"]
    return [*out, *(f"| {r['clip']} | {'; '.join(b)} |" for r, b in bad)]


def outside_lines(rows: Iterable[Row]) -> list[str]:
    """Metrics whose 95 % intervals hold the truth on less than ASKED_INSIDE of the altered clips."""
    held: dict[str, list[tuple[bool, str]]] = defaultdict(list)
    for row in rows:
        if row["found"]:
            for name, metric in row["means"].items():
                if metric["inside"] is not None:
                    held[name].append((metric["inside"], row["clip"]))
    out = ["| metric | inside | outside on |", "| --- | ---: | --- |"]
    for name, values in sorted(held.items(), key=lambda item: np.mean([v for v, _ in item[1]])):
        share = np.mean([v for v, _ in values])
        if share < ASKED_INSIDE:
            out.append(
                f"| {name} | {100 * share:.0f} % of {len(values)} | {', '.join(c for v, c in values if not v)} |"
            )
    return out


def write_page(rows: list[Row]) -> str:
    """The tables."""
    alone = [r for r in rows if r["alone"]]
    side = [r for r in alone if not r["found"] or abs(r["yaw_true_deg"]) < SIDE_DEG]
    lines = [*summary_lines(side), "", *broken_lines(side), "", *outside_lines(side), ""]
    groups = [r for r in rows if not r["alone"]]
    if groups:
        lines += [*group_lines(groups), "", *broken_lines(groups), ""]
    return "\n".join(lines)
