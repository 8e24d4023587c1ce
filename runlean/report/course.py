"""Plots against time: contacts and flights, trunk lean stride by stride, and drift."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runlean.meaning.summary import Drift
from runlean.meaning.wording import printed_scale
from runlean.report.svg import BAND, FAINT, INK, LEFT, RIGHT, inline_svg, new_figure
from runlean.tables import column, quantity

FloatArray = npt.NDArray[np.float64]

#: Seconds of a long clip that the timeline shows: bars stay wide enough to be told apart.
TIMELINE_S = 8.0
#: Most dots per side in a plot; more strides are averaged in groups of neighbours.
MOST_DOTS = 200
DRIFT_METRICS: Final = ("trunk_lean_deg", "hip_hinge_deg", "cadence_spm", "contact_time_s")


def _sides(strides: pa.Table) -> npt.NDArray[np.object_]:
    return np.asarray(strides.column("side").to_pylist(), dtype=object)


def timeline_plot(strides: pa.Table) -> str | None:
    """Draw when each foot is on the ground; the gaps between are flight. None without any contact's two ends.

    Parameters
    ----------
    strides : pyarrow.Table
        The rows of one runner.
    """
    start, end, sides = column(strides, "contact_s"), column(strides, "toe_off_s"), _sides(strides)
    known = np.isfinite(start) & np.isfinite(end)
    if not known.any():
        return None
    start, end, sides = start[known], end[known], sides[known]
    shown = start <= start[0] + TIMELINE_S
    cut = not shown.all()
    start, end, sides = start[shown], end[shown], sides[shown]
    with new_figure(8.2, 1.35, left=0.85, top=0.08) as (figure, (ax,)):
        for row, (side, colour) in enumerate((("right", RIGHT), ("left", LEFT))):
            mine = sides == side
            ax.broken_barh(
                [(a, b - a) for a, b in zip(start[mine].tolist(), end[mine].tolist(), strict=True)],
                (row - 0.32, 0.64), facecolors=colour, linewidth=0,
            )  # fmt: skip
        ax.set_yticks([0, 1], ["right foot", "left foot"])
        ax.set_ylim(-0.6, 1.6)
        ax.set_xlim(start[0] - 0.1, end.max() + 0.1)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(f"time (s){', the first seconds' if cut else ''}")
        alt = f"Contacts of the left and the right foot over time, {len(start)} shown; between them is flight."
        return inline_svg(figure, alt)


def _dots(time_s: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Known points, averaged in groups of neighbours where there are more than `MOST_DOTS`."""
    known = np.isfinite(values) & np.isfinite(time_s)
    time_s, values = time_s[known], values[known]
    if len(values) <= MOST_DOTS:
        return time_s, values
    groups = np.array_split(np.arange(len(values)), MOST_DOTS)
    return np.array([time_s[g].mean() for g in groups]), np.array([values[g].mean() for g in groups])


def lean_plot(strides: pa.Table, band_deg: tuple[float, float]) -> str | None:
    """Draw trunk lean stride by stride with the band. None below two strides.

    Parameters
    ----------
    strides : pyarrow.Table
        The rows of one runner.
    band_deg : (float, float)
    """
    time_s, lean, sd = (column(strides, name) for name in ("contact_s", "trunk_lean_deg", "trunk_lean_deg_sd"))
    known = np.isfinite(lean)
    if known.sum() < 2:
        return None
    sides = _sides(strides)
    with new_figure(8.2, 2.3) as (figure, (ax,)):
        ax.axhspan(*band_deg, color=BAND, alpha=0.18, linewidth=0)
        for side, colour, marker in (("left", LEFT, "o"), ("right", RIGHT, "s")):
            mine = known & (sides == side)
            if not mine.any():
                continue
            t, v = _dots(time_s[mine], lean[mine])
            if len(v) == mine.sum() <= 60:
                ax.errorbar(t, v, yerr=np.nan_to_num(sd[mine]), fmt="none", ecolor=colour, elinewidth=0.9, alpha=0.6)
            ax.plot(t, v, marker, color=colour, markersize=4, label=f"{side} contact", linestyle="none")
        low, high = min(float(lean[known].min()), band_deg[0], 0.0), max(float(lean[known].max()), band_deg[1])
        ax.set_ylim(low - 1.5, high + 1.5)
        ax.set_xlabel("time (s)")
        ax.set_title("Trunk lean (°)", loc="left", fontsize=10)
        ax.axhline(0, color=FAINT, linewidth=0.8)
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), fontsize=8, ncols=2, labelcolor="linecolor")
        alt = (
            f"Trunk lean of {known.sum()} strides from {lean[known].min():.1f} to {lean[known].max():.1f} degrees; "
            f"the band from {band_deg[0]:g} to {band_deg[1]:g} is shaded."
        )
        return inline_svg(figure, alt)


def drift_plot(strides: pa.Table, drift: Drift) -> str | None:
    """Draw the metrics that matter over a long clip, each with its Theil-Sen line. None where there is no drift.

    Parameters
    ----------
    strides : pyarrow.Table
        The rows of one runner.
    drift : Drift
    """
    names = [name for name in DRIFT_METRICS if name in drift.metrics]
    if not names:
        return None
    minutes, sides = column(strides, "contact_s") / 60.0, _sides(strides)
    words = []
    with new_figure(8.2, 2.4, len(names)) as (figure, axes):
        for ax, name in zip(axes, names, strict=True):
            d, values = drift.metrics[name], column(strides, name)
            factor, decimals, suffix = printed_scale(name, d.unit)
            for side, colour, marker in (("left", LEFT, "o"), ("right", RIGHT, "s")):
                t, v = _dots(minutes[sides == side], values[sides == side])
                ax.plot(t, factor * v, marker, color=colour, markersize=2.2, alpha=0.55, linestyle="none")
            known = np.isfinite(values) & np.isfinite(minutes)
            ends = np.array([minutes[known].min(), minutes[known].max()])
            middle = float(np.median(values[known] - d.slope_per_min * minutes[known]))
            ax.plot(ends, factor * (middle + d.slope_per_min * ends), color=INK, linewidth=2.0)
            label = quantity("strides", name).label
            ax.set_title(f"{label} ({suffix.strip()})", loc="left", fontsize=9)
            ax.set_xlabel("time (min)")
            words.append(f"{label}: {factor * d.slope_per_min:.{max(decimals, 1)}f}{suffix} per minute")
        return inline_svg(figure, "Over the clip, with fitted lines. " + "; ".join(words) + ".")
