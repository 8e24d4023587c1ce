"""Sizes of everything that is drawn, from the size of the picture and of the runners."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """Sizes in pixels.

    Attributes
    ----------
    text, small : int
        Letters: readings, captions and tags.
    tiny : int
        Beside the strip of steps.
    gap : float
        Room between things.
    """

    text: int
    small: int
    tiny: int
    gap: float


def style_of(width: int, height: int) -> Style:
    """Sizes for a picture: 24 px letters at 1920 x 1080, never below what can be read."""
    base = min(height, 1.25 * width)
    text = max(11, round(0.0222 * base))
    return Style(text=text, small=max(10, round(0.8 * text)), tiny=max(9, round(0.6 * text)), gap=0.4 * text)


def bone_width(height_px: float, text: int) -> float:
    """Width of a bone's line: thin on small runners, at most a quarter of a letter."""
    return min(max(0.011 * height_px, 1.6), 0.26 * text)
