"""Means over strides with honest intervals."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runlean.meaning.summary import Metric
from runlean.tables import Quantity, column, stride_metrics
from runlean_kernels.statistics import (
    OVERLAPPING_CORRELATION,
    PRIOR_CORRELATION,
    mean_interval,
    student_quantile,
)

FloatArray = npt.NDArray[np.float64]

#: Below this number of foot contacts no means are given; below `STABLE_STEPS` they come with a warning.
MIN_CONTACTS = 4
STABLE_STEPS = 7  # Dingenen 2018
#: Times between contacts: a late contact lengthens one and shortens the next, so that their noise cancels in the mean.
TELESCOPING = frozenset(("step_time_s", "stride_time_s", "cadence_spm"))
#: Strides that begin with either foot share a step with their neighbours. Believed to be as independent as others,
#: pieces of 3 to 8 s held the runner's cadence over 30 s in 89-91 % (force plates, 18 trials); as they are, in 94-96 %.
OVERLAPPING = frozenset(("stride_time_s", "cadence_spm"))
#: One standard deviation of the left-right difference that a camera makes up, per cent: the leg away from it is seen
#: less well. Root mean square over 14 rendered runners, 10 contacts or more each, whose sides are exactly alike (bodies
#: left out in turn: docs/decisions/constants.md).
CAMERA_ASYMMETRY_PCT = {
    "contact_time_s": 3.1,
    "flight_time_s": 6.4,
    "step_time_s": 3.2,
    "stride_time_s": 0.4,
    "duty_factor": 3.1,
    "cadence_spm": 0.4,
    "vertical_oscillation_frac": 17.6,
    "vertical_oscillation_m": 17.6,
    "step_length_m": 4.1,
    "speed_mps": 5.9,
}
#: Half-width of a 95 % interval in standard deviations of a normal variable.
NORMAL_95 = 1.959964


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def without_sides(values: FloatArray, sides: npt.NDArray[np.object_]) -> FloatArray:
    """Values with the difference between left and right taken out, their mean kept.

    Feet that take turns are no chance: their difference says nothing about how well the mean of both is known. The
    spread is corrected for the one degree of freedom that this costs. With fewer than two strides of a foot nothing
    is done.
    """
    known = np.isfinite(values)
    left, right = known & (sides == "left"), known & (sides == "right")
    if left.sum() < 2 or right.sum() < 2:
        return values
    mean = float(values[known].mean())
    out = values.copy()
    for mine in (left, right):
        out[mine] -= out[mine].mean()
    n = int(known.sum())
    return out * math.sqrt((n - 1) / (n - 2)) + mean


def strides_interval(
    values: FloatArray, sides: npt.NDArray[np.object_], noise_sd: FloatArray, overlapping: bool = False
) -> tuple[float, float, float, int, float]:
    """Mean, standard deviation, half-width of the mean's 95 % interval, number and effective number of strides.

    Parameters
    ----------
    values : float64 (stride,)
        In time order; NaN is left out.
    sides : object (stride,)
        'left' or 'right'.
    noise_sd : float64 (stride,)
        One standard deviation of each value, NaN where unknown. Where the strides differ less than their own noise
        says they must, the noise is believed.
    overlapping : bool
        Each value shares a part with the next one.
    """
    row = np.empty(6)
    prior = OVERLAPPING_CORRELATION if overlapping else PRIOR_CORRELATION
    mean_interval(without_sides(values, sides), 0.95, prior, row)
    mean, _, n, low, high, effective = row.tolist()
    known = values[np.isfinite(values)]
    sd = float(known.std(ddof=1)) if n >= 2 else math.nan
    half = 0.5 * (high - low)
    noise = noise_sd[np.isfinite(noise_sd) & np.isfinite(values)]
    if len(noise) and n >= 2:
        # noise differs from stride to stride: it has no neighbours to resemble
        half = max(half, student_quantile(0.95, n - 1.0) * math.sqrt(float(np.mean(noise**2)) / n))
    return mean, sd, half, int(n), effective


def asymmetry(
    values: FloatArray, sides: npt.NDArray[np.object_], widening: float, camera_pct: float
) -> tuple[float, float, float] | None:
    """Left against right in per cent of their mean, with its 95 % interval.

    Parameters
    ----------
    values : float64 (stride,)
    sides : object (stride,)
        'left' or 'right'.
    widening : float
        sqrt(n / n_effective): how much correlated strides widen an interval.
    camera_pct : float
        One standard deviation of what the camera makes up, per cent.

    Returns
    -------
    (per cent, low95, high95) or None
        None below two strides of a side, or where the mean of both is not told apart from 0 (per cent of nothing).
    """
    known = np.isfinite(values)
    left, right = values[known & (sides == "left")], values[known & (sides == "right")]
    if len(left) < 2 or len(right) < 2:
        return None
    middle = 0.5 * float(left.mean() + right.mean())
    freedom = len(left) + len(right) - 2
    variance = (float(((left - left.mean()) ** 2).sum()) + float(((right - right.mean()) ** 2).sum())) / freedom
    half = student_quantile(0.95, freedom) * math.sqrt(variance * (1 / len(left) + 1 / len(right))) * widening
    if not abs(middle) > 0.5 * half or middle == 0.0:
        return None
    pct = 100.0 * float(left.mean() - right.mean()) / abs(middle)
    total = math.hypot(100.0 * half / abs(middle), NORMAL_95 * camera_pct)
    return pct, pct - total, pct + total


def _shares(q: Quantity, strides: pa.Table, withheld: str | None) -> Metric:
    counts = Counter(v for v in strides.column(q.name).to_pylist() if v is not None)
    n = sum(counts.values())
    if n == 0:
        return Metric(unit=q.unit, reason=withheld or "not told in any stride")
    shares = {name: count / n for name, count in sorted(counts.items())}
    return Metric(unit=q.unit, n=n, shares=shares, reason="a class has no mean: see shares")


def runner_metrics(
    strides: pa.Table, systematic_sd: Mapping[str, float], withheld: Mapping[str, str]
) -> dict[str, Metric]:
    """Metrics of every measured strides column of one runner.

    Parameters
    ----------
    strides : pyarrow.Table
        The rows of one runner.
    systematic_sd : mapping of str to float
        One standard deviation of what all strides share, by column.
    withheld : mapping of str to str
        Why a column is null throughout, by column.

    Returns
    -------
    dict of str to Metric
        By column name; a mean that cannot be given is None and says why.
    """
    sides = np.asarray(strides.column("side").to_pylist(), dtype=object)
    few = f"fewer than {MIN_CONTACTS} foot contacts ({len(sides)} found)" if len(sides) < MIN_CONTACTS else None
    return {
        q.name: _shares(q, strides, withheld.get(q.name))
        if q.role == "class"
        else _metric(q, strides, sides, systematic_sd.get(q.name), withheld.get(q.name), few)
        for q in stride_metrics()
    }


def _metric(
    q: Quantity,
    strides: pa.Table,
    sides: npt.NDArray[np.object_],
    systematic: float | None,
    withheld: str | None,
    few: str | None,
) -> Metric:
    values = column(strides, q.name)
    n = int(np.isfinite(values).sum())
    if q.role == "moment":
        return Metric(unit=q.unit, n=n, reason=withheld or "a moment in time has no mean")
    if withheld or few or n < 2:
        return Metric(unit=q.unit, n=n, reason=withheld or few or f"measured in {n} strides only")
    noise = np.full(len(values), np.nan) if q.name in TELESCOPING else column(strides, q.sd_name)
    # a stride's sd holds the systematic part; what is left differs from stride to stride
    own = np.sqrt(np.maximum(noise**2 - (systematic or 0.0) ** 2, 0.0))
    mean, sd, half, n, effective = strides_interval(values, sides, own, q.name in OVERLAPPING)
    total = math.hypot(half, NORMAL_95 * systematic) if systematic is not None else half
    ratio = (
        asymmetry(values, sides, math.sqrt(max(1.0, n / effective)), CAMERA_ASYMMETRY_PCT[q.name]) if q.ratio else None
    )
    left, right = values[sides == "left"], values[sides == "right"]
    return Metric(
        unit=q.unit,
        mean=mean,
        sd=_known(sd),
        n=n,
        low95=_known(mean - total),
        high95=_known(mean + total),
        left=_known(float(np.nanmean(left))) if np.isfinite(left).any() else None,
        right=_known(float(np.nanmean(right))) if np.isfinite(right).any() else None,
        asymmetry_pct=ratio[0] if ratio else None,
        asymmetry_low95=ratio[1] if ratio else None,
        asymmetry_high95=ratio[2] if ratio else None,
        systematic_sd=systematic,
        low95_strides=_known(mean - half),
        high95_strides=_known(mean + half),
        n_effective=_known(effective),
    )
