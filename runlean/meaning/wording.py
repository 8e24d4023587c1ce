"""Numbers as a runner reads them."""

from __future__ import annotations

import math
from typing import Final

#: Unit -> (factor, decimals, suffix) for printing.
_PRINTED: Final = {
    "deg": (1.0, 1, "°"),
    "s": (1000.0, 0, " ms"),
    "spm": (1.0, 1, " steps/min"),
    "frac": (100.0, 1, " % of leg length"),
    "m": (100.0, 1, " cm"),
    "mps": (1.0, 2, " m/s"),
    "pct": (1.0, 1, " %"),
    "": (1.0, 3, ""),
}
MISSING: Final = "not known"


def printed_scale(name: str, unit: str) -> tuple[float, int, str]:
    """Return factor, decimals and suffix that a quantity is printed with."""
    if name == "duty_factor":
        return 100.0, 1, " %"
    if name == "straightness_frac":
        return 100.0, 1, " % of its length"
    if name == "step_length_m":
        return 1.0, 2, " m"
    return _PRINTED[unit]


def number(value: float | None, decimals: int) -> str:
    """Return a number with a true minus sign, and no minus before zero."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:.{decimals}f}"
    if float(text) == 0.0:
        text = text.lstrip("-")
    return text.replace("-", "\u2212")


def quantity_text(value: float | None, name: str, unit: str) -> str:
    """Return a value with its unit, such as '7.6°', '235 ms' or '174.2 steps/min'."""
    if value is None or not math.isfinite(value):
        return MISSING
    factor, decimals, suffix = printed_scale(name, unit)
    return number(value * factor, decimals) + suffix


def range_text(low: float | None, high: float | None, name: str, unit: str) -> str:
    """Return an interval such as '5.2 to 9.8°'; an open end reads 'above' or 'below'."""
    factor, decimals, suffix = printed_scale(name, unit)
    if low is None and high is None:
        return MISSING
    if low is None:
        return f"below {number(high * factor if high is not None else None, decimals)}{suffix}"
    if high is None:
        return f"above {number(low * factor, decimals)}{suffix}"
    return f"{number(low * factor, decimals)} to {number(high * factor, decimals)}{suffix}"


def clock(seconds: float) -> str:
    """Return minutes and seconds, such as '1:05'."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
