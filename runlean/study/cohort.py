"""A group's means: people first, then the group, so that whoever was filmed more often does not count for more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from runlean.errors import ConfigError
from runlean.meaning.metrics import NORMAL_95
from runlean.study.intervals import Method, people_mean
from runlean.study.recordings import Mean, Recorded, Study, by_person, chosen_metrics, unit_of

_PERSON = [
    ("participant", pa.string()), ("metric", pa.string()), ("unit", pa.string()), ("n_videos", pa.int64()),
    ("n_strides", pa.int64()), ("mean", pa.float64()), ("low95", pa.float64()), ("high95", pa.float64()),
    ("low95_strides", pa.float64()), ("high95_strides", pa.float64()),
]  # fmt: skip
_GROUP = [
    ("metric", pa.string()), ("unit", pa.string()), ("n_participants", pa.int64()), ("n_videos", pa.int64()),
    ("mean", pa.float64()), ("sd", pa.float64()), ("low95", pa.float64()), ("high95", pa.float64()),
    ("low95_people", pa.float64()), ("high95_people", pa.float64()), ("least", pa.float64()), ("most", pa.float64()),
]  # fmt: skip


def cohort(
    study: Study,
    by: Sequence[str] = (),
    participant: str | None = None,
    metrics: Sequence[str] | None = None,
    method: Method = "t",
) -> pa.Table:
    """Mean of every metric over the people of every group.

    Parameters
    ----------
    study : Study
    by : sequence of str
        Columns of the metadata whose values make the groups; none: one group.
    participant : str, optional
        Column that says who it is. Left out, every recording counts as somebody of his own.
    metrics : sequence of str, optional
        Left out: all.
    method : {'t', 'bootstrap'}

    Returns
    -------
    pyarrow.Table
        One row per group and metric. ``low95_people`` to ``high95_people``: the interval of the mean over people like
        these, read as they were read; ``low95`` to ``high95``: with what every reading shares (the network's offset)
        too. A group of one has no interval over people.
    """
    study.expect("--by", *by)
    study.expect("--participant", participant)
    clash = ", ".join(sorted(set(by) & {name for name, _ in _GROUP}))
    if clash:
        raise ConfigError(f"--by: expected a column that is not called {clash}; call it otherwise in the CSV")
    names = chosen_metrics(study, metrics)
    groups: dict[tuple[Any, ...], list[Recorded]] = {}
    for r in study.recorded:
        groups.setdefault(tuple(r.meta[c] for c in by), []).append(r)
    rows: list[dict[str, Any]] = []
    for key in sorted(groups, key=lambda k: tuple((v is None, str(type(v)), v) for v in k)):
        people = by_person(groups[key], participant)
        for name in names:
            mine = {
                p: found for p, rs in people.items() if (found := [r.metrics[name] for r in rs if name in r.metrics])
            }
            if not mine:
                continue
            values = np.array([_mean_of(found) for found in mine.values()])
            told = people_mean(values, method)
            systematic = NORMAL_95 * float(np.median([m.systematic_sd for found in mine.values() for m in found]))
            rows.append(
                {c: None if v is None else str(v) for c, v in zip(by, key, strict=True)}
                | {
                    "metric": name,
                    "unit": unit_of(name),
                    "n_participants": told.n,
                    "n_videos": sum(map(len, mine.values())),
                    "mean": told.mean,
                    "sd": _known(told.sd),
                    "low95": _known(told.mean - math.hypot(told.mean - told.low, systematic)),
                    "high95": _known(told.mean + math.hypot(told.high - told.mean, systematic)),
                    "low95_people": _known(told.low),
                    "high95_people": _known(told.high),
                    "least": float(values.min()),
                    "most": float(values.max()),
                }
            )
    return pa.Table.from_pylist(rows, schema=pa.schema([*((c, pa.string()) for c in by), *_GROUP]))


def participants(study: Study, participant: str | None = None, metrics: Sequence[str] | None = None) -> pa.Table:
    """Mean of every metric of everybody, over all of his recordings.

    Parameters
    ----------
    study : Study
    participant : str, optional
        Column that says who it is; left out, every recording counts as somebody of his own.
    metrics : sequence of str, optional

    Returns
    -------
    pyarrow.Table
        One row per person and metric. ``low95_strides`` to ``high95_strides``: the spread over strides, and over his
        recordings where they differ by more; ``low95`` to ``high95``: with what every reading shares too.
    """
    study.expect("--participant", participant)
    rows = []
    for person, recorded in sorted(by_person(study.recorded, participant).items()):
        for name in chosen_metrics(study, metrics):
            found = [r.metrics[name] for r in recorded if name in r.metrics]
            if not found:
                continue
            mean = _mean_of(found)
            half = _own_half(found)
            whole = math.hypot(half, NORMAL_95 * float(np.median([m.systematic_sd for m in found])))
            rows.append(
                {
                    "participant": person,
                    "metric": name,
                    "unit": unit_of(name),
                    "n_videos": len(found),
                    "n_strides": sum(m.n for m in found),
                    "mean": mean,
                    "low95": _known(mean - whole),
                    "high95": _known(mean + whole),
                    "low95_strides": _known(mean - half),
                    "high95_strides": _known(mean + half),
                }
            )
    return pa.Table.from_pylist(rows, schema=pa.schema(_PERSON))


def _mean_of(found: Sequence[Mean]) -> float:
    return float(np.mean([m.mean for m in found]))


def _own_half(found: Sequence[Mean]) -> float:
    """Half the interval of one person's mean: strides within his recordings, or recordings among each other."""
    within = math.sqrt(sum(m.strides_half**2 for m in found)) / len(found)
    if len(found) < 3:
        return within
    between = people_mean(np.array([m.mean for m in found]))
    return max(within, 0.5 * (between.high - between.low))


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
