"""The first look is a proof: a shipped clip with exact truth is analysed, and measured stands beside true."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from runlean.clips import clip_truth, clip_truth_arrays

if TYPE_CHECKING:
    from runlean.analysis import Analysis

#: A found contact counts for a true one of the same side within this time.
MATCH_S = 0.12
CLIP = "ship_tm_right_60"
#: What the star beside a label says.
FOOTNOTE = "* measured of the centre of mass, true of the pelvis: part of this error is of definition."


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measured value beside the true one.

    Attributes
    ----------
    label, unit : str
    measured, true : float or str or None
        None: runlean gave no value.
    low95, high95 : float or None
        The interval that should hold the truth in 95 of 100 clips, systematic part included.
    decimals : int
        With which the numbers are shown.
    """

    label: str
    unit: str
    measured: float | str | None
    true: float | str
    low95: float | None = None
    high95: float | None = None
    decimals: int = 1

    @property
    def error(self) -> float | None:
        """Measured minus true; None where either is no number."""
        if isinstance(self.measured, str) or isinstance(self.true, str) or self.measured is None:
            return None
        return self.measured - self.true

    @property
    def covered(self) -> bool | None:
        """Whether the truth lies in the interval; None where there is no interval."""
        if self.low95 is None or self.high95 is None or isinstance(self.true, str):
            return None
        return self.low95 <= self.true <= self.high95


def compare(analysis: Analysis, clip: str = CLIP, runner: int = 0) -> list[Comparison]:
    """Measured beside true for a rendered clip.

    Parameters
    ----------
    analysis : Analysis
        Of the clip, with its runner's true height given.
    clip : str
        A rendered clip of :data:`runlean.clips.CLIPS`.
    runner : int
        Which of the clip's runners.

    Returns
    -------
    list of Comparison
        Empty intervals and None where runlean found no runner or gave no value.
    """
    known = clip_truth(clip)
    truth = known["runners"][runner]["truth"]
    found = analysis.summary.runners[0] if analysis.summary.runners else None
    metrics: dict[str, Any] = found.metrics if found else {}
    leg_m = truth["segment_lengths_m"]["thigh"] + truth["segment_lengths_m"]["shank"]
    ahead_m = _mean(foot["ankle_to_hip_forward_m"] for foot in truth["at_contact"].values())

    def row(label: str, column: str, true: float, unit: str, factor: float = 1.0, decimals: int = 1) -> Comparison:
        metric = metrics.get(column)

        def scaled(name: str) -> float | None:
            value = getattr(metric, name, None)
            return None if value is None else factor * float(value)

        return Comparison(label, unit, scaled("mean"), factor * true, scaled("low95"), scaled("high95"), decimals)

    return [
        row("cadence", "cadence_spm", truth["cadence_spm"], "per min"),
        row("trunk lean over stance", "trunk_lean_deg", _stance_lean(clip, runner), "deg"),
        row("contact time", "contact_time_s", _mean(truth["contact_time_s"].values()), "ms", 1e3, 0),
        row("flight time", "flight_time_s", _mean(truth["flight_time_s"].values()), "ms", 1e3, 0),
        row("duty factor", "duty_factor", _mean(truth["duty_factor"].values()), "%", 1e2),
        row(
            "vertical oscillation *",
            "vertical_oscillation_m",
            truth["pelvis_vertical_oscillation_m"]["mean"],
            "cm",
            1e2,
        ),
        row("overstride, ankle to hip", "overstride_hip_frac", ahead_m / leg_m, "legs", 1.0, 3),
        _foot_strike(analysis, truth["strike"]),
        _steps(analysis, known, runner),
    ]


def _mean(values: Any) -> float:
    return float(np.mean(list(values)))


def _stance_lean(clip: str, runner: int) -> float:
    """True trunk lean over the frames in which a foot is on the ground, degrees."""
    with np.load(clip_truth_arrays(clip)) as arrays:
        lean = arrays["lean_image_gravity_deg"][:, runner]
        stance = arrays["contact_left_right"][:, runner].any(axis=1)
    return float(np.mean(lean[stance]))


def _foot_strike(analysis: Analysis, strike: str) -> Comparison:
    """The class given most often, with its share."""
    true = {"heel": "rearfoot", "mid": "midfoot", "fore": "forefoot"}.get(strike, strike)
    given = [value for value in analysis.strides.column("foot_strike").to_pylist() if value]
    if not given:
        return Comparison("foot strike", "", None, true)
    name, count = Counter(given).most_common(1)[0]
    return Comparison(f"foot strike, {count} of {len(given)} contacts", "", name, true)


def _steps(analysis: Analysis, known: dict[str, Any], runner: int) -> Comparison:
    """How many of the true contacts within the clip were found."""
    contacts = [c for c in known["runners"][runner]["contacts"] if 0.0 <= c["ic"] <= known["duration_s"]]
    found_s = np.asarray(analysis.strides.column("contact_s").to_pylist(), float)
    sides = np.asarray(analysis.strides.column("side").to_pylist(), object)
    matched = sum(
        n_matched(found_s[sides == side], np.array([c["ic"] for c in contacts if c["side"] == side]))
        for side in ("left", "right")
    )
    extra = len(found_s) - matched
    return Comparison("steps found", "", f"{matched}" + (f" and {extra} more" if extra else ""), f"{len(contacts)}")


def n_matched(found_s: npt.NDArray[np.float64], true_s: npt.NDArray[np.float64]) -> int:
    """Number of one-to-one pairs of found and true times within `MATCH_S`, nearest first.

    Parameters
    ----------
    found_s, true_s : float64 (contact,)
        Seconds.
    """
    apart = np.abs(np.subtract.outer(found_s, true_s))
    pairs = 0
    while apart.size and np.nanmin(apart) <= MATCH_S:
        i, j = np.unravel_index(int(np.nanargmin(apart)), apart.shape)
        apart[i, :] = np.inf
        apart[:, j] = np.inf
        pairs += 1
    return pairs
