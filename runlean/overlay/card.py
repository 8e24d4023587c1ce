"""A runner's readings in a corner of the picture: lean in its band, cadence, contact, phase, the last steps."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from runlean.overlay.canvas import Canvas
from runlean.overlay.palette import BAND, INK, LEFT, PALE, RIGHT, WHITE, Colour, ink_on
from runlean.overlay.runner import RunnerRows
from runlean.overlay.style import Style
from runlean.overlay.tags import degrees_text

#: Time that the strip of steps spans, seconds.
_STRIP_S = 2.0
#: Ends of the lean's scale, degrees: runners choose -2 to 25 (Warrener 2021).
_SCALE_DEG = (-5.0, 20.0)
_PHASES = {"left_stance": ("Left stance", LEFT), "right_stance": ("Right stance", RIGHT), "flight": ("Flight", WHITE)}
_UNKNOWN = "–"


class Card:
    """Readings of one runner at a fixed place.

    Parameters
    ----------
    runner : RunnerRows
        Whose.
    colour : Colour
        The runner's own.
    style : Style
        Sizes.
    band : (float, float)
        The trunk-lean band, degrees.
    """

    def __init__(self, runner: RunnerRows, colour: Colour, style: Style, band: tuple[float, float]) -> None:
        self._runner, self._colour, self._style, self._band = runner, colour, style, band

    @staticmethod
    def size(style: Style) -> tuple[float, float]:
        """Width and height of every card, pixels: what the letters need, whose smaller sizes shrink less."""
        return max(13.5 * style.text, 16.5 * style.small), 8.4 * style.text + 2.6 * _step_height(style)

    def draw(self, canvas: Canvas, left: float, top: float, row: int | None) -> None:
        """Draw the card; ``row`` is the runner's row of this picture, None where the runner is not seen."""
        text = self._style.text
        width, height = self.size(self._style)
        right, pad = left + width, 0.6 * text
        canvas.panel(left, top, right, top + height, 0.45 * text, INK, 0.66)
        self._head(canvas, left + pad, top + 1.45 * text, right - pad)
        lean = math.nan if row is None else self._runner.lean_rad[row]
        time_s = math.nan if row is None else self._runner.time_s[row]
        line = top + 3.0 * text
        self._reading(canvas, left + pad, right - pad, line, "Trunk lean", degrees_text(lean, 1))
        name = left + pad + canvas.text_width("Trunk lean ", self._style.small)
        band = f"band {self._band[0]:g}–{self._band[1]:g}°".replace("-", "−")
        canvas.text(band, name, line, self._style.tiny, BAND)
        self._gauge(canvas, left + pad, right - pad, line + 0.62 * text, math.degrees(lean))
        cadence = math.nan if row is None else self._runner.cadence_spm(time_s)
        line += 2.0 * text
        value = f"{cadence:.0f} spm" if cadence == cadence else _UNKNOWN
        self._reading(canvas, left + pad, right - pad, line, "Cadence", value)
        line += 1.25 * text
        self._contact(canvas, left + pad, right - pad, line, time_s)
        line += 1.25 * text
        words, colour = _PHASES.get(self._runner.phase[row] or "" if row is not None else "", (_UNKNOWN, PALE))
        self._reading(canvas, left + pad, right - pad, line, "Phase", words, colour)
        self._strip(canvas, left + pad, right - pad, line + 0.5 * text, time_s)

    def _head(self, canvas: Canvas, x: float, baseline: float, right: float) -> None:
        text, number = self._style.text, str(self._runner.runner_id)
        pill = canvas.text_width(number, text, "bold") + 0.7 * text
        canvas.panel(x, baseline - 1.0 * text, x + pill, baseline + 0.3 * text, 0.3 * text, self._colour)
        canvas.text(number, x + 0.5 * pill, baseline, text, ink_on(self._colour), weight="bold", anchor="centre")
        arrow = {1.0: "→ ", -1.0: "← "}.get(self._runner.forward, "")
        words = arrow + (self._runner.mode or "")
        canvas.text("Runner", x + pill + 0.4 * text, baseline, text, WHITE, weight="bold")
        canvas.text(words, right, baseline, self._style.small, PALE, anchor="right")

    def _reading(
        self, canvas: Canvas, left: float, right: float, baseline: float, name: str, value: str, colour: Colour = WHITE
    ) -> None:
        canvas.text(name, left, baseline, self._style.small, PALE)
        canvas.text(value, right, baseline, self._style.text, colour, weight="bold", anchor="right")

    def _gauge(self, canvas: Canvas, left: float, right: float, y: float, lean_deg: float) -> None:
        thick, (low, high) = 0.22 * self._style.text, _SCALE_DEG

        def at(deg: float) -> float:
            return left + (right - left) * (min(max(deg, low), high) - low) / (high - low)

        canvas.line((left, y), (right, y), thick, PALE, 0.35)
        canvas.line((at(self._band[0]), y), (at(self._band[1]), y), thick, BAND)
        canvas.line((at(0.0), y - 0.6 * thick), (at(0.0), y + 0.6 * thick), 0.4 * thick, WHITE, 0.9)
        if math.isfinite(lean_deg):
            canvas.disc((at(lean_deg), y), 1.7 * thick, INK)
            canvas.disc((at(lean_deg), y), 1.25 * thick, WHITE)

    def _contact(self, canvas: Canvas, left: float, right: float, baseline: float, time_s: float) -> None:
        small, text = self._style.small, self._style.text
        canvas.text("Contact", left, baseline, small, PALE)
        canvas.text(" ms", right, baseline, small, PALE, anchor="right")
        x = right - canvas.text_width(" ms", small)
        for side, colour in (("right", RIGHT), ("left", LEFT)):
            seconds = self._runner.contact_time_s(side, time_s) if math.isfinite(time_s) else math.nan
            value = f"{1000 * seconds:.0f}" if seconds == seconds else _UNKNOWN
            canvas.text(value, x, baseline, text, colour, weight="bold", anchor="right")
            x -= canvas.text_width("888", text, "bold") + 0.55 * text

    def _strip(self, canvas: Canvas, left: float, right: float, top: float, time_s: float) -> None:
        """Stance of the last two seconds, left above right; now is at the right end."""
        small = self._style.small
        tall = _step_height(self._style)
        left += 0.9 * small
        unit = (right - left) / _STRIP_S
        for k, (side, colour) in enumerate((("left", LEFT), ("right", RIGHT))):
            y = top + k * 1.6 * tall
            canvas.text(side[0].upper(), left - 0.9 * small, y + 0.95 * tall, self._style.tiny, colour, weight="bold")
            canvas.panel(left, y, right, y + tall, 0.0, PALE, 0.16)
            if not math.isfinite(time_s):
                continue
            contacts = self._runner.contacts(side)
            first = bisect_left(contacts.contact_s, time_s - _STRIP_S - 0.5)
            for i in range(first, bisect_right(contacts.contact_s, time_s)):
                end, begin = min(contacts.toe_off_s[i], time_s), max(contacts.contact_s[i], time_s - _STRIP_S)
                if end > begin:
                    a, b = right - (time_s - begin) * unit, right - (time_s - end) * unit
                    canvas.panel(a, y, b, y + tall, 0.0, colour)


def _step_height(style: Style) -> float:
    """Of each of the two strips of steps, pixels: no lower than the letter before it."""
    return max(0.42 * style.text, 0.72 * style.tiny)


def free_corner(
    runners: Sequence[RunnerRows], width: int, height: int, size: tuple[float, float], gap: float
) -> tuple[float, float]:
    """Top left corner for a block in that corner of the picture where the runners' points come least often."""
    places = [
        (x, y) for y in (gap, height - size[1] - gap) for x in (gap, width - size[0] - gap)
    ]  # the top left first: it wins where all are free
    points = np.concatenate([runner.point.reshape(-1, 2) for runner in runners])
    points = points[np.isfinite(points).all(axis=1)]
    busy = [
        np.count_nonzero(
            (points[:, 0] > x - gap)
            & (points[:, 0] < x + size[0] + gap)
            & (points[:, 1] > y - gap)
            & (points[:, 1] < y + size[1] + gap)
        )
        for x, y in places
    ]
    return places[int(np.argmin(busy))]
