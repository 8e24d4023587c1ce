"""Before against after: each participant against himself, and what a difference keeps of systematic errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from runlean.errors import ConfigError
from runlean.meaning.drift import GAIN_SD
from runlean.meaning.metrics import NORMAL_95
from runlean.study.intervals import Method, people_mean
from runlean.study.recordings import Recorded, Study, by_person, chosen_metrics, unit_of

SCHEMA = pa.schema([
    ("metric", pa.string()), ("unit", pa.string()), ("n_pairs", pa.int64()), ("mean_from", pa.float64()),
    ("mean_to", pa.float64()), ("difference", pa.float64()), ("low95", pa.float64()), ("high95", pa.float64()),
    ("sd_of_differences", pa.float64()), ("effect_size", pa.float64()), ("n_changed", pa.int64()),
    ("n_unlike", pa.int64()), ("systematic_half95", pa.float64()), ("basis", pa.string()),
])  # fmt: skip

#: What the length of a difference between two readings of the same points is off by: see `runlean.meaning.drift`.
_POINT_UNITS = ("deg", "frac", "m")


def compare(
    study: Study,
    by: str,
    first: str,
    second: str,
    participant: str,
    metrics: Sequence[str] | None = None,
    method: Method = "t",
) -> tuple[pa.Table, tuple[str, ...]]:
    """Difference of every metric between two conditions, paired by participant.

    Parameters
    ----------
    study : Study
    by : str
        Column of the metadata that says which condition it is.
    first, second : str
        Its values before and after.
    participant : str
        Column that says who it is.
    metrics : sequence of str, optional
    method : {'t', 'bootstrap'}

    Returns
    -------
    table : pyarrow.Table
        One row per metric. ``difference`` is ``second`` minus ``first``, the mean over participants with both.
        ``basis`` says what the interval is over: 'participants', or with a single one 'strides' (his own change, nobody
        else's). ``effect_size`` is the difference over the standard deviation of the differences. ``n_changed``:
        participants whose own change is larger than their strides' spread explains. ``n_unlike``: pairs that were
        not filmed alike; ``systematic_half95`` is the part of the interval that no number of participants narrows.
    notes : tuple of str
        Who was left out, what was not filmed alike.

    Raises
    ------
    ConfigError
        Columns or values are not there, or nobody has both.

    Notes
    -----
    An offset that both recordings share (where a network puts shoulders) cancels in the difference. What does not is
    kept: for angles and lengths a gain of 6 % (one standard deviation: a point's error changes with posture), and for
    pairs that were not filmed alike both offsets, in the share of such pairs.
    """
    study.expect("--by", by)
    study.expect("--participant", participant)
    people = by_person(study.recorded, participant)
    pairs: dict[str, tuple[list[Recorded], list[Recorded]]] = {}
    single = []
    for person, recorded in people.items():
        before = [r for r in recorded if str(r.meta[by]) == first]
        after = [r for r in recorded if str(r.meta[by]) == second]
        if before and after:
            pairs[person] = before, after
        elif before or after:
            single.append(person)
    if not pairs:
        there = sorted({str(r.meta[by]) for r in study.recorded if r.meta[by] is not None})
        raise ConfigError(
            f"expected participants with both {by}={first} and {by}={second}, there is none; {by} is "
            f"{', '.join(there[:8])}, {participant} has {len(people)} different entries"
        )
    unlike = {person: _unlike(before, after) for person, (before, after) in pairs.items()}
    notes = []
    if single:
        notes.append(f"without a pair, left out: {_listed(sorted(single))}")
    for what in sorted({what for told in unlike.values() for what in told}):
        whose = sorted(person for person, told in unlike.items() if what in told)
        notes.append(f"not filmed alike ({what}), so that systematic errors do not cancel: {_listed(whose)}")
    rows = [row for name in chosen_metrics(study, metrics) if (row := _compared(name, pairs, unlike, method))]
    return pa.Table.from_pylist(rows, schema=SCHEMA), tuple(notes)


def _unlike(before: Sequence[Recorded], after: Sequence[Recorded]) -> list[str]:
    return sorted({what for a in before for b in after for what in a.filmed.unlike(b.filmed)})


def _compared(
    name: str,
    pairs: dict[str, tuple[list[Recorded], list[Recorded]]],
    unlike: dict[str, list[str]],
    method: Method,
) -> dict[str, Any] | None:
    ends, halves, systematic, n_unlike = [], [], [], 0
    for person, sides in pairs.items():
        found = [[r.metrics[name] for r in side if name in r.metrics] for side in sides]
        if not all(found):
            continue
        ends.append([float(np.mean([m.mean for m in side])) for side in found])
        halves.append(math.sqrt(sum(sum(m.strides_half**2 for m in side) / len(side) ** 2 for side in found)))
        systematic += [m.systematic_sd for side in found for m in side]
        n_unlike += bool(unlike[person])
    if not ends:
        return None
    before, after = np.array(ends).T
    change = after - before
    told = people_mean(change, method)
    low, high, basis = told.low, told.high, "participants"
    if told.n == 1:
        low, high, basis = told.mean - halves[0], told.mean + halves[0], "strides"
    gain = GAIN_SD * abs(told.mean) if unit_of(name) in _POINT_UNITS else 0.0
    offset = math.sqrt(2.0) * float(np.median(systematic)) * n_unlike / told.n
    kept = NORMAL_95 * math.hypot(gain, offset)
    effect = told.mean / told.sd if told.n > 1 and told.sd > 0.0 else math.nan
    values = {
        "difference": told.mean,
        "low95": told.mean - math.hypot(told.mean - low, kept),
        "high95": told.mean + math.hypot(high - told.mean, kept),
        "sd_of_differences": told.sd,
        "effect_size": effect,
        "systematic_half95": kept,
    }
    return {
        "metric": name,
        "unit": unit_of(name),
        "n_pairs": told.n,
        "mean_from": float(before.mean()),
        "mean_to": float(after.mean()),
        "n_changed": int((np.abs(change) > np.array(halves)).sum()),
        "n_unlike": n_unlike,
        "basis": basis,
        **{key: value if math.isfinite(value) else None for key, value in values.items()},
    }


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
