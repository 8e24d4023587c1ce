"""The runner's number above the head, and beside it the readings where there is no room for a card."""

from __future__ import annotations

import math

import numpy as np

from runlean.overlay.canvas import Canvas
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

    def draw(self, canvas: Canvas, runner: RunnerRows, row: int, colour: Colour, readings: bool) -> None:
        """Draw a runner's tag above the highest point, moved up as far as others ask for."""
        point = runner.point[row]
        seen = np.isfinite(point).all(axis=1)
        if not seen.any():
            return
        size = self._style.small
        number = str(runner.runner_id)
        words = _words(runner, row) if readings else ""
        pill = canvas.text_width(number, size, "bold") + 0.8 * size
        whole = pill + (canvas.text_width(words, size) + 0.8 * size if words else 0.0)
        x = float(point[seen, 0][np.argmin(point[seen, 1])])
        foot = float(point[seen, 1].min()) - 0.12 * runner.height_px
        left = min(max(x - 0.5 * whole, 0.0), self._width - whole)
        bottom = max(foot, 1.5 * size)
        tall = 1.4 * size
        while any(_overlap((left, bottom - tall, left + whole, bottom), box) for box in self._taken):
            bottom -= 1.1 * tall
            if bottom < tall:
                bottom = max(foot, 1.5 * size)
                break
        top = bottom - tall
        self._taken.append((left, top, left + whole, bottom))
        if bottom < foot - tall:
            canvas.line((left + 0.5 * pill, bottom), (left + 0.5 * pill, foot), 1.5, colour, 0.8)
        if words:
            canvas.panel(left, top, left + whole, bottom, 0.35 * size, INK, 0.66)
            canvas.text(words, left + pill + 0.4 * size, bottom - 0.34 * size, size, WHITE)
        canvas.panel(left, top, left + pill, bottom, 0.35 * size, colour)
        canvas.text(
            number, left + 0.5 * pill, bottom - 0.34 * size, size, ink_on(colour), weight="bold", anchor="centre"
        )


def _words(runner: RunnerRows, row: int) -> str:
    parts = []
    if math.isfinite(runner.lean_rad[row]):
        parts.append(f"{math.degrees(runner.lean_rad[row]):.0f}°")
    cadence = runner.cadence_spm(runner.time_s[row])
    if math.isfinite(cadence):
        parts.append(f"{cadence:.0f}")
    return " · ".join(parts)


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
