"""Looks at the analysis of a real clip: each gives a line of what was asked and what came."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from validation.matching import Contacts, match_contacts, nearest_pairs
from validation.saved import FoundRunner, Saved, numbers

Row = dict[str, Any]


def check(what: str, asked: str, came: object, holds: bool | None) -> Row:
    """One line: what was looked at, what was asked, what came, and whether it holds (None: figures only)."""
    return {"what": what, "asked": asked, "came": came if isinstance(came, str) else _short(came), "holds": holds}


def _short(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "null"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main_runner(saved: Saved) -> FoundRunner | None:
    """The runner with the most contacts, or else the most frames."""
    found = [saved.runner(i) for i in saved.runner_ids]
    return max(found, key=lambda r: (len(r.contacts), r.frames.num_rows), default=None)


def frame_times(saved: Saved, frames: list[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Times of frame numbers, by the frames table where it has them, else by the frame rate."""
    number, time = numbers(saved.frames, "frame"), numbers(saved.frames, "time_s")
    rate = float(saved.summary["source"]["fps_from_timestamps"] or saved.summary["source"]["fps_from_header"])
    factor = float(saved.summary["config"].get("slow_motion", 1.0))
    out = np.asarray(frames, dtype=float) / rate / factor
    if len(number):
        order = np.argsort(number)
        inside = (out >= time.min()) & (out <= time.max())
        out = np.where(inside, np.interp(np.asarray(frames, dtype=float), number[order], time[order]), out)
    return out


def contacts_by_eye(saved: Saved, frames: list[float], allowed_frames: float) -> Row:
    """Contacts read on frames by eye against those found, whichever foot."""
    runner = main_runner(saved)
    true = frame_times(saved, frames)
    spacing = float(np.median(np.diff(true)))
    found = runner.contacts.contact_s if runner is not None else np.empty(0)
    pairs = nearest_pairs(found, true, window=0.35 * spacing)
    inside = (found >= true[0] - 0.35 * spacing) & (found <= true[-1] + 0.35 * spacing)
    errors = 1e3 * np.array([found[i] - true[j] for i, j in pairs])
    frame_ms = 1e3 * spacing / float(np.median(np.diff(frames)))
    extra = int(inside.sum()) - len(pairs)
    came = f"{len(pairs)} found, {extra} extra"
    if len(errors):
        came += f"; bias {errors.mean():+.0f} ms, MAE {np.abs(errors).mean():.0f} ms"
    holds = len(pairs) == len(frames) and extra == 0 and float(np.abs(errors).mean()) <= allowed_frames * frame_ms
    asked = f"{len(frames)} within {allowed_frames:g} frames ({allowed_frames * frame_ms:.0f} ms) on average"
    return check("contacts by eye", asked, came, holds)


def refused(saved: Saved, metrics: tuple[str, ...]) -> Row:
    """Metrics that must be null for every runner."""
    given = sorted(
        {m for r in saved.summary["runners"] for m in metrics if r["metrics"].get(m, {}).get("mean") is not None}
    )
    asked = f"null: {', '.join(metrics)}"
    return check("refused", asked, f"given: {', '.join(given)}" if given else "null", not given)


def warned(saved: Saved, *codes: str) -> Row:
    """One of some warnings must be there."""
    came = ", ".join(saved.warnings) or "none"
    return check("warning", " or ".join(codes), came, any(c in saved.warnings for c in codes))


def direction_and_mode(saved: Saved, direction: str | None, mode: str | None) -> list[Row]:
    """Direction and mode of the main runner."""
    runner = main_runner(saved)
    summary = runner.summary if runner is not None else {}
    rows = []
    if direction is not None:
        rows.append(check("direction", direction, summary.get("direction"), summary.get("direction") == direction))
    if mode is not None:
        rows.append(check("mode", mode, summary.get("mode"), summary.get("mode") == mode))
    return rows


def step_rate(saved: Saved, true_spm: float, allowed_pct: float) -> Row:
    """Steps per minute of the main runner, from the contacts themselves (means may be withheld)."""
    runner = main_runner(saved)
    contact = runner.contacts.contact_s if runner is not None else np.empty(0)
    cadence = 60 / float(np.median(np.diff(contact))) if len(contact) > 1 else math.nan
    asked = f"{true_spm:g} spm within {allowed_pct:g} %"
    off = 100 * (cadence / true_spm - 1)
    return check("step rate of the contacts", asked, f"{cadence:.1f} spm ({off:+.1f} %)", abs(off) <= allowed_pct)


def bridged(saved: Saved, stretches: list[tuple[int, int]]) -> Row:
    """No identity may live on both sides of an empty stretch or of a cut."""
    guilty = []
    for runner_id in saved.runner_ids:
        frame = saved.runner(runner_id).frame
        guilty += [runner_id for first, last in stretches if frame.min() < first and frame.max() > last]
    came = f"runners {sorted(set(guilty))} do" if guilty else "none does"
    return check(
        "identities across gaps", "none bridges " + ", ".join(f"{a}-{b}" for a, b in stretches), came, not guilty
    )


def runner_count(saved: Saved, expected: str) -> Row:
    """Runners that got an analysis, beside those counted by eye."""
    with_steps = sum(r["n_contacts"] >= 4 for r in saved.summary["runners"])
    return check(
        "runners", expected, f"{len(saved.summary['runners'])} found, {with_steps} with 4 or more contacts", None
    )


def foot_by_foot(runner: FoundRunner, true: Contacts) -> Row:
    """Contacts read on frames by eye, with the foot they belong to."""
    m = match_contacts(runner.contacts, true, true.contact_s[0], true.contact_s[-1])
    came = f"{len(m.found)} right, {m.missed} missed, {m.swap} on the wrong foot"
    if len(m.found):
        came += f"; bias {m.contact_ms.mean():+.0f} ms, MAE {np.abs(m.contact_ms).mean():.0f} ms"
    return check("contacts by eye, foot by foot", f"{len(true)} (+- 33 ms by eye)", came, not m.missed)
