"""The lean's class against the band, and where it comes from: the ankles or the waist."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from runlean.meaning.metrics import NORMAL_95
from runlean.meaning.summary import Lean, LeanClass, LeanSource, Metric

FloatArray = npt.NDArray[np.float64]

#: Probability from which something may be called likely (as the IPCC uses the word).
LIKELY = 2.0 / 3.0
#: A lean comes from the waist when more than this part of it happens above the hips ...
HINGE_SHARE = 0.5
#: ... and the hinge is at least this, deg: a straight body reads a hinge within 4 deg of 0 (joint centres of 26
#: rendered runners who lean from the ankles: -3.5 to 4.2), so less of it says nothing.
HINGE_FLOOR_DEG = 4.0
#: Within this part of the dividing line on either side the lean comes from both.
MIXED_PART = 0.2


def lean_class(lean_deg: float, band_deg: tuple[float, float]) -> LeanClass:
    """Class of a trunk lean.

    Parameters
    ----------
    lean_deg : float
        Positive forward.
    band_deg : (float, float)
        Lowest and highest lean of the cue's band; both ends belong to it.

    Notes
    -----
    Backward below 0 (or below the band, if that begins below 0), upright from 0 to the band, within it, beyond it.

    Examples
    --------
    >>> lean_class(7.0, (5.0, 10.0)), lean_class(-0.5, (5.0, 10.0))
    ('within_band', 'backward')
    """
    low, high = band_deg
    if lean_deg > high:
        return "beyond_band"
    if lean_deg >= low:
        return "within_band"
    return "upright" if lean_deg >= 0.0 else "backward"


def lean_source(lean_deg: float, hinge_deg: float) -> LeanSource | None:
    """Where a forward lean comes from; None where there is none.

    Parameters
    ----------
    lean_deg : float
        Mean trunk lean over stance.
    hinge_deg : float
        Mean hip hinge over stance: the part of the lean that happens above the hips.

    Notes
    -----
    The dividing line is ``max(HINGE_SHARE * lean, HINGE_FLOOR_DEG)``: above it the waist, below it the ankles, within
    `MIXED_PART` of it both.
    """
    if not lean_deg > 0.0:
        return None
    line = max(HINGE_SHARE * lean_deg, HINGE_FLOOR_DEG)
    if hinge_deg > (1.0 + MIXED_PART) * line:
        return "waist"
    return "ankles" if hinge_deg < (1.0 - MIXED_PART) * line else "mixed"


def probability_within(low: float, high: float, mean: float, low95: float, high95: float) -> float:
    """Probability that a value lies between two ends, by a normal distribution with the given 95 % interval.

    Parameters
    ----------
    low, high : float
        May be infinite.
    mean, low95, high95 : float

    Examples
    --------
    >>> round(probability_within(0.0, math.inf, 1.96, 0.0, 3.92), 3)
    0.975
    """
    sd = (high95 - low95) / (2.0 * NORMAL_95)
    if not sd > 0.0:
        return float(low <= mean <= high)
    return 0.5 * (math.erf((high - mean) / (sd * math.sqrt(2.0))) - math.erf((low - mean) / (sd * math.sqrt(2.0))))


def class_probability(trunk: Metric, band_deg: tuple[float, float]) -> float | None:
    """Probability that the lean is of its mean's class; None without an interval."""
    if trunk.mean is None or trunk.low95 is None or trunk.high95 is None:
        return None
    upright = min(0.0, band_deg[0])
    ends = {
        "backward": (-math.inf, upright),
        "upright": (upright, band_deg[0]),
        "within_band": band_deg,
        "beyond_band": (band_deg[1], math.inf),
    }[lean_class(trunk.mean, band_deg)]
    return probability_within(*ends, trunk.mean, trunk.low95, trunk.high95)


def runner_lean(metrics: Mapping[str, Metric], trunk_lean_deg: FloatArray, band_deg: tuple[float, float]) -> Lean:
    """The lean of one runner.

    Parameters
    ----------
    metrics : mapping of str to Metric
    trunk_lean_deg : float64 (stride,)
        Of every stride; NaN is left out.
    band_deg : (float, float)
    """
    trunk, hinge, body = (metrics[name] for name in ("trunk_lean_deg", "hip_hinge_deg", "body_lean_deg"))
    if trunk.mean is None:
        return Lean(band_deg=band_deg, hip_hinge_deg=hinge.mean, body_lean_deg=body.mean, reason=trunk.reason)
    ends = (trunk.low95, trunk.high95)
    own = lean_class(trunk.mean, band_deg)
    known = trunk_lean_deg[np.isfinite(trunk_lean_deg)]
    inside = (known >= band_deg[0]) & (known <= band_deg[1])
    source = None if hinge.mean is None else lean_source(trunk.mean, hinge.mean)
    return Lean(
        lean_class=own,
        class_probability=class_probability(trunk, band_deg),
        class_certain=all(end is not None and lean_class(end, band_deg) == own for end in ends),
        source=source,
        # a small lean that came wholly from the waist would have a hinge as small as a straight body's
        source_certain=source in ("ankles", "waist")
        and lean_source(trunk.mean, trunk.mean) == "waist"
        and all(end is not None and lean_source(trunk.mean, end) == source for end in (hinge.low95, hinge.high95)),
        share_in_band=float(inside.mean()),
        band_deg=band_deg,
        trunk_lean_deg=trunk.mean,
        hip_hinge_deg=hinge.mean,
        body_lean_deg=body.mean,
        reason=hinge.reason if hinge.mean is None else None,
    )
