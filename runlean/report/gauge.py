"""The lean against its band on a scale, and the mean posture in stance as a line figure; plain SVG, true angles."""

from __future__ import annotations

import html
import math

from runlean.meaning.summary import Lean, Metric
from runlean.meaning.wording import quantity_text, range_text

_LEFT, _WIDTH = 24.0, 512.0
#: Lengths of the line figure's parts, px: shank and thigh together, trunk, neck (about as bodies are).
_LEG, _TRUNK, _NECK = 150.0, 92.0, 38.0


def _degrees(value: float) -> str:
    return quantity_text(value, "trunk_lean_deg", "deg")


def scale_ends(values: tuple[float, ...]) -> tuple[int, int]:
    """Ends of the scale, deg, in steps of 5: at least -5 to 20, and all values within."""
    low = min(-5, 5 * math.floor((min(values) - 1.0) / 5.0))
    high = max(20, 5 * math.ceil((max(values) + 1.0) / 5.0))
    return max(low, -45), min(high, 60)


def lean_gauge(trunk: Metric, band_deg: tuple[float, float]) -> str:
    """Draw the mean trunk lean on a scale with the band and both intervals.

    Parameters
    ----------
    trunk : Metric
        With a mean.
    band_deg : (float, float)
    """
    mean = trunk.mean if trunk.mean is not None else math.nan
    low = trunk.low95 if trunk.low95 is not None else mean
    high = trunk.high95 if trunk.high95 is not None else mean
    inner = (
        trunk.low95_strides if trunk.low95_strides is not None else low,
        trunk.high95_strides if trunk.high95_strides is not None else high,
    )
    first, last = scale_ends((low, high, *band_deg))

    def x(lean_deg: float) -> float:
        return _LEFT + _WIDTH * (min(max(lean_deg, first), last) - first) / (last - first)

    alt = (
        f"Scale from {first} to {last} degrees: mean trunk lean {_degrees(mean)}, 95 % interval "
        f"{range_text(low, high, 'trunk_lean_deg', 'deg')}, band {band_deg[0]:g} to {band_deg[1]:g} degrees."
    )
    a, b = x(band_deg[0]), x(band_deg[1])
    parts = [
        f'<svg class="gauge" role="img" viewBox="0 0 560 170"><title>{html.escape(alt)}</title>',
        f'<rect x="{a:.1f}" y="52" width="{max(b - a, 1):.1f}" height="62" fill="var(--band)" fill-opacity="0.22"/>',
        f'<rect x="{_LEFT}" y="98" width="{_WIDTH}" height="16" rx="3" fill="var(--track)"/>',
        f'<rect x="{a:.1f}" y="98" width="{max(b - a, 1):.1f}" height="16" fill="var(--band)" fill-opacity="0.85"/>',
        f'<text x="{0.5 * (a + b):.1f}" y="162" text-anchor="middle" fill="var(--band-text)" font-size="15" '
        f'font-weight="600">cue {band_deg[0]:g}–{band_deg[1]:g}°</text>',
    ]
    for tick in range(first, last + 1, 5):
        label = f"{tick}°".replace("-", "\u2212")
        parts.append(f'<path d="M{x(tick):.1f} 114 v6" stroke="var(--ink)"/>')
        parts.append(
            f'<text x="{x(tick):.1f}" y="139" text-anchor="middle" fill="var(--ink)" font-size="15">{label}</text>'
        )
    parts += [
        f'<path d="M{x(low):.1f} 75 H{x(high):.1f} M{x(low):.1f} 68 v14 M{x(high):.1f} 68 v14" stroke="var(--ink)" '
        'stroke-width="2"/>',
        f'<path d="M{x(inner[0]):.1f} 75 H{x(inner[1]):.1f}" stroke="var(--ink)" stroke-width="9"/>',
        f'<path d="M{x(mean):.1f} 97 l-8 -13 h16 z" fill="var(--accent)"/>',
        f'<circle cx="{x(mean):.1f}" cy="75" r="8" fill="var(--accent)" stroke="var(--paper)" stroke-width="2"/>',
        f'<text x="{x(mean):.1f}" y="40" text-anchor="middle" fill="var(--ink)" font-size="30" font-weight="700">'
        f"{_degrees(mean)}</text>",
        "</svg>",
    ]
    return "".join(parts)


def _end(start: tuple[float, float], length: float, lean_deg: float) -> tuple[float, float]:
    angle = math.radians(lean_deg)
    return start[0] + length * math.sin(angle), start[1] - length * math.cos(angle)


def _label(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="var(--ink)" font-size="15">{text}</text>'


def posture_figure(lean: Lean, head_lean_deg: float | None) -> str | None:
    """Draw the mean line of the body in stance, ankle - hip - shoulder - ear, at its true angles.

    Parameters
    ----------
    lean : Lean
        None is returned without trunk lean and hip hinge.
    head_lean_deg : float or None
    """
    if lean.trunk_lean_deg is None or lean.hip_hinge_deg is None:
        return None
    leg_lean = lean.trunk_lean_deg - lean.hip_hinge_deg
    ankle = (120.0, 296.0)
    hip = _end(ankle, _LEG, leg_lean)
    shoulder = _end(hip, _TRUNK, lean.trunk_lean_deg)
    ear = _end(shoulder, _NECK, lean.trunk_lean_deg if head_lean_deg is None else head_lean_deg)
    reach = _TRUNK + _NECK + 12.0
    low, high, up = (_end(hip, reach, angle) for angle in (*lean.band_deg, 0.0))
    straight = _end(ankle, _LEG + reach, leg_lean)
    fold = quantity_text(lean.hip_hinge_deg, "hip_hinge_deg", "deg")
    alt = (
        f"The body's mean line in stance, running to the right: the legs lean {_degrees(leg_lean)} from ankle to hip, "
        f"the trunk {_degrees(lean.trunk_lean_deg)} from hip to shoulder; the fold at the hip is {fold}."
    )
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (ankle, hip, shoulder, ear))
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="var(--accent)"/>' for x, y in (ankle, hip, shoulder)
    )
    beside = max(hip[0], shoulder[0], ear[0]) + 34.0
    labels = (
        _label(beside, 0.5 * (hip[1] + shoulder[1]) + 5.0, f"trunk {_degrees(lean.trunk_lean_deg)}")
        + _label(beside, hip[1] + 5.0, f"fold at the hip {fold}")
        + _label(beside, 0.5 * (hip[1] + ankle[1]) + 5.0, f"legs {_degrees(leg_lean)}")
    )
    return (
        f'<svg class="posture" role="img" viewBox="20 -16 340 336"><title>{html.escape(alt)}</title>'
        f'<path d="M{hip[0]:.1f} {hip[1]:.1f} L{low[0]:.1f} {low[1]:.1f} A{reach} {reach} 0 0 1 {high[0]:.1f} '
        f'{high[1]:.1f} Z" fill="var(--band)" fill-opacity="0.5"/>'
        f'<path d="M{hip[0]:.1f} {hip[1]:.1f} L{up[0]:.1f} {up[1]:.1f}" stroke="var(--faint)" stroke-width="1.5" '
        'stroke-dasharray="2 4"/>'
        f'<path d="M{hip[0]:.1f} {hip[1]:.1f} L{straight[0]:.1f} {straight[1]:.1f}" stroke="var(--ink)" '
        'stroke-width="1.3" stroke-dasharray="8 5"/>'
        f'<polyline points="{line}" fill="none" stroke="var(--ink)" stroke-width="4" stroke-linejoin="round" '
        'stroke-linecap="round"/>'
        f'<path d="M{ankle[0] - 8:.1f} 304 h34" stroke="var(--ink)" stroke-width="4" stroke-linecap="round"/>'
        f'<circle cx="{ear[0]:.1f}" cy="{ear[1]:.1f}" r="13" fill="var(--card)" stroke="var(--ink)" '
        'stroke-width="3.5"/>'
        f'{dots}{labels}<path d="M40 309 H320" stroke="var(--faint)" stroke-width="2"/>'
        '<path d="M250 292 h50 m-9 -6 l9 6 l-9 6" fill="none" stroke="var(--faint)" stroke-width="2"/></svg>'
    )
