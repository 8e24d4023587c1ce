"""Found contacts beside true ones: which belong together, what is missing, and by how much the rest is off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: A found contact belongs to the nearest true one of its side within this time, s.
WINDOW_S = 0.12


@dataclass(frozen=True, slots=True)
class Contacts:
    """Foot contacts in time order.

    Attributes
    ----------
    contact_s, toe_off_s : float64 (contact,)
        Seconds; NaN where unknown.
    side : object (contact,)
        'left' or 'right'.
    """

    contact_s: FloatArray
    toe_off_s: FloatArray
    side: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.contact_s)


@dataclass(frozen=True, slots=True)
class Matched:
    """Found contacts against true ones.

    Attributes
    ----------
    found, true : int64 (pair,)
        Indices of contacts that belong together.
    missed, extra, swap : int
        True contacts inside the window that were not found; found ones near no true one; found ones near a true one
        of the other foot only.
    contact_ms, toe_off_ms, contact_time_ms : float64 (pair,)
        Found - true, ms; NaN where either is unknown.
    """

    found: npt.NDArray[np.int64]
    true: npt.NDArray[np.int64]
    missed: int
    extra: int
    swap: int
    contact_ms: FloatArray
    toe_off_ms: FloatArray
    contact_time_ms: FloatArray

    @property
    def n(self) -> int:
        """True contacts that could be found."""
        return len(self.found) + self.missed

    def row(self) -> dict[str, float | int]:
        """Columns of the event tables."""
        return {
            "n": self.n,
            "missed": self.missed,
            "extra": self.extra,
            "swap": self.swap,
            "ic_bias": mean_of(self.contact_ms),
            "ic_mae": mean_of(np.abs(self.contact_ms)),
            "ic_rms": math.sqrt(mean_of(self.contact_ms**2)),
            "to_bias": mean_of(self.toe_off_ms),
            "to_mae": mean_of(np.abs(self.toe_off_ms)),
            "to_rms": math.sqrt(mean_of(self.toe_off_ms**2)),
            "ct_bias": mean_of(self.contact_time_ms),
            "ct_mae": mean_of(np.abs(self.contact_time_ms)),
        }


def mean_of(values: FloatArray) -> float:
    """Mean of what is known; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def nearest_pairs(found: FloatArray, true: FloatArray, window: float = WINDOW_S) -> list[tuple[int, int]]:
    """One-to-one pairs, the closest first.

    Parameters
    ----------
    found, true : float64 (n,), (m,)
        Seconds; NaN never pairs.
    window : float
        Farthest apart that still belongs together, s.
    """
    distance = np.abs(found[:, None] - true[None, :])
    order = np.argsort(distance, axis=None, kind="stable")
    pairs: list[tuple[int, int]] = []
    taken_found, taken_true = set[int](), set[int]()
    for flat in order:
        i, j = divmod(int(flat), len(true))
        if not distance[i, j] <= window:
            break
        if i not in taken_found and j not in taken_true:
            pairs.append((i, j))
            taken_found.add(i)
            taken_true.add(j)
    return pairs


def match_contacts(found: Contacts, true: Contacts, first_s: float, last_s: float) -> Matched:
    """Match contacts foot by foot.

    Parameters
    ----------
    found, true : Contacts
    first_s, last_s : float
        Only true contacts between these count as missed: at the ends of a clip no one can see the whole stance.
    """
    pairs: list[tuple[int, int]] = []
    missed = extra = swap = 0
    for side in ("left", "right"):
        mine, theirs = np.flatnonzero(found.side == side), np.flatnonzero(true.side == side)
        matched = nearest_pairs(found.contact_s[mine], true.contact_s[theirs])
        pairs += [(int(mine[i]), int(theirs[j])) for i, j in matched]
        have_true, have_found = {j for _, j in matched}, {i for i, _ in matched}
        missed += sum(1 for j, k in enumerate(theirs) if j not in have_true and first_s <= true.contact_s[k] <= last_s)
        other = true.contact_s[true.side != side]
        for i, k in enumerate(mine):
            if i not in have_found:
                near = bool(np.any(np.abs(other - found.contact_s[k]) <= WINDOW_S))
                swap += near
                extra += not near
    f = np.array([p[0] for p in pairs], dtype=np.int64)
    t = np.array([p[1] for p in pairs], dtype=np.int64)
    contact = 1e3 * (found.contact_s[f] - true.contact_s[t])
    toe_off = 1e3 * (found.toe_off_s[f] - true.toe_off_s[t])
    return Matched(f, t, missed, extra, swap, contact, toe_off, toe_off - contact)
