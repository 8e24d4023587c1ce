"""The gait cycle: angles from one contact of a foot to its next, mean and spread over strides, left and right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runlean.report.svg import BAND, FAINT, LEFT, RIGHT, inline_svg, new_figure
from runlean.tables import column

FloatArray = npt.NDArray[np.float64]

PERCENT: Final = np.linspace(0.0, 100.0, 101)
#: A stride counts when its frames carry the angle without a gap longer than this, and at least this many of them.
LONGEST_GAP_S = 0.15
LEAST_FRAMES = 6


@dataclass(frozen=True, slots=True)
class Cycle:
    """One angle over the gait cycle of one foot.

    Attributes
    ----------
    mean, sd : float64 (101,)
        Over strides, at 0 to 100 % of the cycle.
    n : int
        Strides.
    toe_off_pct : float
        Mean moment of toe-off; NaN where unknown.
    """

    mean: FloatArray
    sd: FloatArray
    n: int
    toe_off_pct: float


def gait_cycle(frames: pa.Table, strides: pa.Table, side: str, name: str) -> Cycle | None:
    """Average an angle over the strides of one foot.

    Parameters
    ----------
    frames, strides : pyarrow.Table
        The rows of one runner.
    side : {'left', 'right'}
    name : str
        Column of frames.

    Returns
    -------
    Cycle or None
        None below two whole strides.
    """
    mine = np.asarray(strides.column("side").to_pylist(), dtype=object) == side
    start, length = column(strides, "contact_s")[mine], column(strides, "stride_time_s")[mine]
    contact = column(strides, "contact_time_s")[mine]
    time_s, values = column(frames, "time_s"), column(frames, name)
    known = np.isfinite(values)
    time_s, values = time_s[known], values[known]
    curves = []
    for begin, duration in zip(start.tolist(), length.tolist(), strict=True):
        if not np.isfinite([begin, duration]).all():
            continue
        first, last = np.searchsorted(time_s, [begin, begin + duration])
        window = slice(max(0, first - 1), min(len(time_s), last + 1))
        t = time_s[window]
        if len(t) < LEAST_FRAMES or t[0] > begin + 0.05 or t[-1] < begin + duration - 0.05:
            continue
        if np.diff(t).max() <= LONGEST_GAP_S:
            curves.append(np.interp(begin + duration * PERCENT / 100.0, t, values[window]))
    if len(curves) < 2:
        return None
    stack = np.stack(curves)
    ratio = contact / length
    ratio = ratio[np.isfinite(ratio)]
    return Cycle(
        stack.mean(axis=0),
        stack.std(axis=0, ddof=1),
        len(curves),
        100.0 * float(ratio.mean()) if len(ratio) else np.nan,
    )


def _panels(frames: pa.Table, strides: pa.Table) -> tuple[tuple[str, dict[str, Cycle | None]], ...]:
    sides = ("left", "right")
    return (
        ("Trunk lean (°)", {side: gait_cycle(frames, strides, side, "trunk_lean_deg") for side in sides}),
        ("Knee flexion (°)", {side: gait_cycle(frames, strides, side, f"knee_flexion_{side}_deg") for side in sides}),
    )


def cycle_plot(
    frames: pa.Table, strides: pa.Table, band_deg: tuple[float, float], *, trunk: bool = True, knee: bool = True
) -> str | None:
    """Draw trunk lean and knee flexion over the gait cycle, or return None where no whole strides were seen.

    Parameters
    ----------
    frames, strides : pyarrow.Table
        The rows of one runner.
    band_deg : (float, float)
    trunk, knee : bool
        Which of the two may be shown: what the strides withhold is not shown per frame either.
    """
    panels = [
        panel
        for panel, shown in zip(_panels(frames, strides), (trunk, knee), strict=True)
        if shown and any(panel[1].values())
    ]
    if not panels:
        return None
    words = []
    with new_figure(8.2 if len(panels) == 2 else 5.0, 2.8, len(panels)) as (figure, axes):
        for ax, (title, sides) in zip(axes, panels, strict=True):
            if title.startswith("Trunk"):
                ax.axhspan(*band_deg, color=BAND, alpha=0.18, linewidth=0)
            for (side, cycle), colour, dash in zip(sides.items(), (LEFT, RIGHT), ("-", "--"), strict=True):
                if cycle is None:
                    continue
                label = f"{side} ({cycle.n})"
                ax.plot(PERCENT, cycle.mean, dash, color=colour, label=label)
                ax.fill_between(
                    PERCENT, cycle.mean - cycle.sd, cycle.mean + cycle.sd, color=colour, alpha=0.16, linewidth=0
                )
                if np.isfinite(cycle.toe_off_pct):
                    ax.axvline(cycle.toe_off_pct, color=colour, linewidth=0.9, linestyle=":")
                words.append(
                    f"{title} {side}: from {cycle.mean.min():.0f} to {cycle.mean.max():.0f} over {cycle.n} strides"
                )
            if title.startswith("Trunk"):
                shown = [c for c in sides.values() if c is not None]
                if shown:
                    low = min([band_deg[0], *(float((c.mean - c.sd).min()) for c in shown)])
                    high = max([band_deg[1], *(float((c.mean + c.sd).max()) for c in shown)])
                    ax.set_ylim(min(low, 0.0) - 1.5, high + 1.5)
            ax.set_title(title, loc="left", fontsize=10)
            ax.set_xlim(0, 100)
            ax.set_xlabel("gait cycle (%), 0 = contact; dotted: toe-off")
            ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, fontsize=8, labelcolor="linecolor")
            ax.axhline(0, color=FAINT, linewidth=0.8)
        return inline_svg(figure, "Gait cycle, mean and one standard deviation. " + "; ".join(words) + ".")
