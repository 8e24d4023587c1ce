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
#: Hinge over lean of those who lean as one line, and of those who fold at the waist, deg: intercept and slope of the
#: true joint centres of 25 and 6 rendered runners, leans of 2 to 15 degrees, spread about them 1.0 and 0.6 degrees. The
#: line from the standing foot to the hips leans by some 4 degrees even in who folds, so a hinge is less than the lean.
ANKLES_HINGE = (-1.8, 0.34)
WAIST_HINGE = (-5.6, 1.18)
#: A straight body reads no more hinge than this at any lean up to 9 degrees, so less says nothing.
HINGE_FLOOR_DEG = 2.6
#: So near the line between them the lean comes from both: neither kind is half as likely again as the other, their
#: hinges being 4 degrees apart at a lean of 9 and read to 1.5 degrees.
MIXED_DEG = 0.25
#: Below this lean who folds reads the hinge of a straight body: whence it comes is not told.
LEAST_LEAN_DEG = 3.0


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


def hinge_of(lean_deg: float, line: tuple[float, float]) -> float:
    """Hinge to be expected at a lean: of `ANKLES_HINGE` or `WAIST_HINGE`."""
    return line[0] + line[1] * lean_deg


def lean_source(lean_deg: float, hinge_deg: float) -> LeanSource | None:
    """Where a forward lean comes from; None where it is too small to tell.

    Parameters
    ----------
    lean_deg : float
        Trunk lean over stance.
    hinge_deg : float
        Hip hinge over stance: the part of the lean that happens above the hips.

    Notes
    -----
    The dividing line is half-way between the hinge of those who lean as one line and of those who fold, but at least
    `HINGE_FLOOR_DEG`: above it the waist, below it the ankles, within `MIXED_DEG` of it both.
    """
    if not lean_deg >= LEAST_LEAN_DEG:
        return None
    line = max(0.5 * (hinge_of(lean_deg, ANKLES_HINGE) + hinge_of(lean_deg, WAIST_HINGE)), HINGE_FLOOR_DEG)
    if hinge_deg > line + MIXED_DEG:
        return "waist"
    return "ankles" if hinge_deg < line - MIXED_DEG else "mixed"


def source_is_certain(lean_deg: float, hinge_deg: float, low95: float, high95: float) -> bool:
    """Does the whole interval of the hinge say the same, and leave out the hinge of the other kind of runner?"""
    source = lean_source(lean_deg, hinge_deg)
    if any(lean_source(lean_deg, end) != source for end in (low95, high95)):
        return False
    if source == "ankles":
        return high95 < hinge_of(lean_deg, WAIST_HINGE)
    return source == "waist" and low95 > hinge_of(lean_deg, ANKLES_HINGE)


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


def runner_lean(
    metrics: Mapping[str, Metric], trunk_lean_deg: FloatArray, hip_hinge_deg: FloatArray, band_deg: tuple[float, float]
) -> Lean:
    """The lean of one runner.

    Parameters
    ----------
    metrics : mapping of str to Metric
    trunk_lean_deg, hip_hinge_deg : float64 (stride,)
        Of every stride; NaN is left out. The source goes by their medians: strides in which others hide the legs are
        off by up to 20 degrees of hinge, and a mean follows them.
    band_deg : (float, float)
    """
    trunk, hinge, body = (metrics[name] for name in ("trunk_lean_deg", "hip_hinge_deg", "body_lean_deg"))
    if trunk.mean is None:
        return Lean(band_deg=band_deg, hip_hinge_deg=hinge.mean, body_lean_deg=body.mean, reason=trunk.reason)
    ends = (trunk.low95, trunk.high95)
    own = lean_class(trunk.mean, band_deg)
    known = trunk_lean_deg[np.isfinite(trunk_lean_deg)]
    inside = (known >= band_deg[0]) & (known <= band_deg[1])
    source: LeanSource | None = None
    certain = False
    reason = hinge.reason if hinge.mean is None else None
    if hinge.mean is not None:
        middle, bend = float(np.median(known)), float(np.nanmedian(hip_hinge_deg))
        source = lean_source(middle, bend)
        if source is None:
            reason = (
                f"a lean below {LEAST_LEAN_DEG:g} degrees does not show whether it comes from the ankles or the waist"
            )
        if hinge.low95 is not None and hinge.high95 is not None:
            certain = source_is_certain(
                middle, bend, bend - (hinge.mean - hinge.low95), bend + (hinge.high95 - hinge.mean)
            )
    return Lean(
        lean_class=own,
        class_probability=class_probability(trunk, band_deg),
        class_certain=all(end is not None and lean_class(end, band_deg) == own for end in ends),
        source=source,
        source_certain=certain,
        share_in_band=float(inside.mean()),
        band_deg=band_deg,
        trunk_lean_deg=trunk.mean,
        hip_hinge_deg=hinge.mean,
        body_lean_deg=body.mean,
        reason=reason,
    )
