"""Collects what is to be drawn on a picture, then draws it in one call of the kernel."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from runlean.overlay.font import Font, Weight
from runlean.overlay.palette import Colour, yuv_of
from runlean.video.layout import Layout
from runlean.video.writer import Planes
from runlean_kernels.image.draw import GLYPH, LINE, PANEL, RING, SHAPE_COLUMNS, WEDGE, draw_shapes

Point = tuple[float, float]
_ZEROS = (0.0,) * (SHAPE_COLUMNS - 5)
Anchor = Literal["left", "centre", "right"]


class Canvas:
    """Shapes on one picture, in the order in which they were asked for.

    Coordinates are pixels of the upright picture, edges at integers; what lies outside is cut off, and a shape with
    a NaN in it is not drawn.

    Parameters
    ----------
    layout : Layout
        Colour matrix and range of the pictures.
    font : Font
        Letters.
    """

    def __init__(self, layout: Layout, font: Font) -> None:
        self._layout, self._font = layout, font
        self._yuv: dict[Colour, tuple[float, float, float]] = {}
        self._rows = np.zeros((1024, SHAPE_COLUMNS))
        self._n = 0

    def _add(self, kind: int, opacity: float, colour: Colour, *numbers: float) -> None:
        if self._n == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        yuv = self._yuv.get(colour)
        if yuv is None:
            yuv = self._yuv[colour] = yuv_of(colour, self._layout)
        self._rows[self._n] = (kind, opacity, *yuv, *numbers, *_ZEROS[len(numbers) :])
        self._n += 1

    def line(self, a: Point, b: Point, width: float, colour: Colour, opacity: float = 1.0) -> None:
        """A line with round ends."""
        self._add(LINE, opacity, colour, *a, *b, 0.5 * width)

    def dashes(self, a: Point, b: Point, width: float, colour: Colour, dash: float, opacity: float = 1.0) -> None:
        """A dashed line; gaps are as long as dashes."""
        length = math.hypot(b[0] - a[0], b[1] - a[1])
        if not 0.0 < length < 1e5:
            return
        ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
        at = 0.0
        while at < length:
            end = min(at + dash, length)
            self.line((a[0] + at * ux, a[1] + at * uy), (a[0] + end * ux, a[1] + end * uy), width, colour, opacity)
            at += 2.0 * dash

    def disc(self, centre: Point, radius: float, colour: Colour, opacity: float = 1.0) -> None:
        """A filled circle."""
        self._add(LINE, opacity, colour, *centre, *centre, radius)

    def ring(self, centre: Point, radius: float, width: float, colour: Colour, opacity: float = 1.0) -> None:
        """A circle."""
        self._add(RING, opacity, colour, *centre, radius, 0.5 * width)

    def panel(
        self, left: float, top: float, right: float, bottom: float, radius: float, colour: Colour, opacity: float = 1.0
    ) -> None:
        """A rectangle with round corners."""
        self._add(PANEL, opacity, colour, left, top, right, bottom, radius)

    def wedge(self, apex: Point, radius: float, a_rad: float, b_rad: float, colour: Colour, opacity: float) -> None:
        """A slice of a disc between two directions (clockwise from up, radians) less than half a turn apart."""
        low, high = min(a_rad, b_rad), max(a_rad, b_rad)
        a, b = (math.sin(low), -math.cos(low)), (math.sin(high), -math.cos(high))
        self._add(WEDGE, opacity, colour, *apex, radius, *a, *b)

    def text(
        self,
        text: str,
        x: float,
        baseline: float,
        size: int,
        colour: Colour,
        *,
        weight: Weight = "regular",
        anchor: Anchor = "left",
        opacity: float = 1.0,
    ) -> None:
        """One line of text; ``x`` is where its anchor stands."""
        if not (math.isfinite(x) and math.isfinite(baseline)):
            return
        if anchor != "left":
            width = self._font.width(text, size, weight)
            x -= width if anchor == "right" else 0.5 * width
        foot = round(baseline)
        for character in text:
            letter = self._font.letter(character, size, weight)
            if letter.width and letter.height:
                left, top = round(x) + letter.left, foot + letter.top
                self._add(GLYPH, opacity, colour, left, top, letter.width, letter.height, letter.offset)
            x += letter.advance

    def text_width(self, text: str, size: int, weight: Weight = "regular") -> float:
        """Length of a line of text, pixels."""
        return self._font.width(text, size, weight)

    @property
    def shapes(self) -> npt.NDArray[np.float64]:
        """What has been asked for since the last picture, float64 (n, 13)."""
        return self._rows[: self._n]

    def draw(self, planes: Planes) -> None:
        """Draw everything onto a picture's Y, U and V, and begin anew."""
        y, u, v = planes
        draw_shapes(y, u, v, self.shapes, self._font.atlas)
        self._n = 0
