"""Do the intervals hold the truth as often as they claim?"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from validation.matching import Contacts, Matched, mean_of
from validation.saved import numbers

FloatArray = npt.NDArray[np.float64]

#: Half a 95 % interval, in standard deviations.
NORMAL_95 = 1.96


def mean_rows(
    metrics: Mapping[str, Mapping[str, Any]], true: Mapping[str, FloatArray], asked: npt.NDArray[np.bool_]
) -> dict[str, dict[str, Any]]:
    """Every mean beside the true one.

    Parameters
    ----------
    metrics : mapping
        ``metrics`` of a runner in summary.json.
    true : mapping of str to float64 (contact,)
    asked : bool (contact,)
        True contacts that the analysis saw.
    """
    out = {}
    for name, values in true.items():
        want = mean_of(values[asked])
        metric = metrics.get(name)
        if metric is None or metric.get("mean") is None or not math.isfinite(want):
            continue
        entry: dict[str, Any] = {"mean": metric["mean"], "true": want, "error": metric["mean"] - want}
        low, high = metric.get("low95"), metric.get("high95")
        if low is None or high is None:
            out[name] = entry | {"low95": low, "high95": high, "inside": None, "half_width": None}
            continue
        half = 0.5 * (high - low)
        out[name] = entry | {"low95": low, "high95": high, "inside": low <= want <= high, "half_width": half}
    return out


def stride_rows(
    strides: pa.Table,
    true: Mapping[str, FloatArray],
    matched: Matched,
    contacts: Contacts,
) -> dict[str, dict[str, Any]]:
    """How often a stride's value +- 1.96 sd holds that stride's true value.

    Parameters
    ----------
    strides : pyarrow.Table
        Of the found runner.
    true : mapping of str to float64 (contact,)
    matched : Matched
    contacts : Contacts
        True ones.
    """
    columns = {**true, "contact_s": contacts.contact_s, "toe_off_s": contacts.toe_off_s}
    out = {}
    for name, values in columns.items():
        error = numbers(strides, name)[matched.found] - values[matched.true]
        sd = numbers(strides, f"{name}_sd")[matched.found]
        known = np.isfinite(error) & np.isfinite(sd) & (sd > 0)
        if known.any():
            z = error[known] / sd[known]
            out[name] = {
                "n": int(known.sum()),
                "inside": int((np.abs(z) <= NORMAL_95).sum()),
                "z_mean": float(z.mean()),
                "z_rms": float(np.sqrt(np.mean(z**2))),
                "mae": float(np.abs(error[known]).mean()),
                "sd": float(np.median(sd[known])),
            }
    return out


def mean_coverage(rows: Iterable[tuple[str, Mapping[str, Mapping[str, Any]]]]) -> list[dict[str, Any]]:
    """Per metric: how many clips, how often inside, how large the errors are; the least covered first.

    Parameters
    ----------
    rows : iterable of (clip name, result of `mean_rows`)
    """
    by_metric: dict[str, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
    for clip, means in rows:
        for name, entry in means.items():
            by_metric[name].append((clip, entry))
    out = []
    for name, entries in by_metric.items():
        held = [e["inside"] for _, e in entries if e["inside"] is not None]
        errors = np.array([e["error"] for _, e in entries])
        widths = [e["half_width"] for _, e in entries if e["half_width"] is not None]
        worst = int(np.argmax(np.abs(errors)))
        out.append(
            {
                "metric": name,
                "n": len(entries),
                "n_intervals": len(held),
                "inside_pct": 100 * sum(held) / len(held) if held else math.nan,
                "bias": float(errors.mean()),
                "median_abs": float(np.median(np.abs(errors))),
                "worst": float(errors[worst]),
                "worst_clip": entries[worst][0],
                "half_width": float(np.median(widths)) if held else math.nan,
                "widest": max(widths, default=math.nan),
                "outside": [clip for clip, e in entries if e["inside"] is False],
            }
        )
    return sorted(out, key=lambda r: (math.isnan(r["inside_pct"]), r["inside_pct"], r["metric"]))


def stride_coverage(rows: Iterable[Mapping[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Per column: share inside and errors in standard deviations (1 = as claimed); the least covered first.

    Every runner counts the same, however many strides.

    Parameters
    ----------
    rows : iterable of results of `stride_rows`
    """
    by_column: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        for name, entry in row.items():
            by_column[name].append(entry)
    out = []
    for name, entries in by_column.items():
        clips = len(entries)
        out.append(
            {
                "column": name,
                "clips": clips,
                "n": sum(e["n"] for e in entries),
                "inside_pct": sum(100 * e["inside"] / e["n"] for e in entries) / clips,
                "z_rms": math.sqrt(sum(e["z_rms"] ** 2 for e in entries) / clips),
                "mae": sum(e["mae"] for e in entries) / clips,
                "sd": float(np.median([e["sd"] for e in entries])),
            }
        )
    return sorted(out, key=lambda r: (r["inside_pct"], r["column"]))
