"""The runner's number above the head, with the lean, and the cadence where there is no room for a card."""

from __future__ import annotations

import math

import numpy as np

from runlean.overlay.canvas import Canvas, Point
from runlean.overlay.figure import LEAN_REACH, along, lean_lines
from runlean.overlay.palette import INK, WHITE, Colour, ink_on
from runlean.overlay.runner import RunnerRows
from runlean.overlay.style import Style

Box = tuple[float, float, float, float]


class TagRow:
    """Places the tags of one picture so that none lies on another.

    Parameters
    ----------
    width, height : int
        Picture, pixels.
    style : Style
        Sizes.
    """

    def __init__(self, width: int, height: int, style: Style) -> None:
        self._width, self._height, self._style = width, height, style
        self._taken: list[Box] = []

    def draw(self, canvas: Canvas, runner: RunnerRows, row: int, colour: Colour, cadence: bool) -> None:
        """Draw a runner's tag above the head, moved up as far as others ask for.

        ``cadence`` adds it to the number and the lean, for pictures without cards.
        """
        top = _top_of(runner, row)
        if top is None:
            return
        # a lone runner who fills the picture has a larger one
        size = self._style.small if cadence or runner.height_px < 14 * self._style.text else self._style.text
        number, words = str(runner.runner_id), _words(runner, row, cadence)
        pill = canvas.text_width(number, size, "bold") + 0.8 * size
        whole = pill + (canvas.text_width(words, size, "bold") + 0.8 * size if words else 0.0)
        tall = 1.4 * size
        left = min(max(top[0] - 0.5 * whole, 0.0), self._width - whole)
        foot = max(top[1] - 0.4 * size, tall)
        bottom = foot
        while any(_overlap((left, bottom - tall, left + whole, bottom), box) for box in self._taken):
            bottom -= 1.1 * tall
            if bottom < tall:
                bottom = foot
                break
        self._taken.append((left, bottom - tall, left + whole, bottom))
        if bottom < foot:
            canvas.line((left + 0.5 * pill, bottom), (left + 0.5 * pill, foot), 1.5, colour, 0.8)
        baseline = bottom - 0.34 * size
        if words:
            canvas.panel(left, bottom - tall, left + whole, bottom, 0.35 * size, INK, 0.66)
            canvas.text(words, left + pill + 0.4 * size, baseline, size, WHITE, weight="bold")
        canvas.panel(left, bottom - tall, left + pill, bottom, 0.35 * size, colour)
        canvas.text(number, left + 0.5 * pill, baseline, size, ink_on(colour), weight="bold", anchor="centre")


def _top_of(runner: RunnerRows, row: int) -> Point | None:
    """Where a tag points at: the upper end of the trunk's line, or a little above the highest point."""
    lines = lean_lines(runner, row)
    if lines is not None:
        hip, length, _, trunk = lines
        return along(hip, trunk, LEAN_REACH * length)
    point = runner.point[row]
    seen = np.isfinite(point).all(axis=1)
    if not seen.any():
        return None
    highest = point[seen][np.argmin(point[seen, 1])]
    return float(highest[0]), float(highest[1]) - 0.1 * runner.height_px


def degrees_text(lean_rad: float, digits: int) -> str:
    """An angle with its sign as people write it; a dash where it is not known."""
    if math.isnan(lean_rad):
        return "–"
    return f"{math.degrees(lean_rad):.{digits}f}°".replace("-", "−")


def _words(runner: RunnerRows, row: int, with_cadence: bool) -> str:
    parts = []
    if lean_lines(runner, row) is not None:
        parts.append(degrees_text(runner.lean_rad[row], 0 if with_cadence else 1))
    cadence = runner.cadence_spm(runner.time_s[row]) if with_cadence else math.nan
    if math.isfinite(cadence):
        parts.append(f"{cadence:.0f}")
    return " · ".join(parts)


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
