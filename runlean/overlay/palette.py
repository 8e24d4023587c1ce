"""Colours of the overlay: told apart by people who do not see red and green apart, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from runlean.video.frame import LUMA_COEFFICIENTS
from runlean.video.layout import Layout

Colour = tuple[int, int, int]

WHITE: Final[Colour] = (255, 255, 255)
PALE: Final[Colour] = (196, 202, 210)
INK: Final[Colour] = (16, 20, 26)
#: The legs: blue and orange stay apart under every kind of colour blindness and in gray.
LEFT: Final[Colour] = (64, 160, 255)
RIGHT: Final[Colour] = (255, 158, 27)
#: The trunk-lean band.
BAND: Final[Colour] = (110, 200, 160)

#: One per runner, by id; after Okabe & Ito and Tol's muted set, without the legs' two.
RUNNERS: Final[tuple[Colour, ...]] = (
    (204, 121, 167), (0, 158, 115), (240, 228, 66), (136, 34, 85), (68, 170, 153), (213, 94, 0), (51, 34, 136),
    (153, 153, 51), (221, 204, 119), (170, 68, 153),
)  # fmt: skip


def runner_colours(runner_ids: Sequence[int]) -> dict[int, Colour]:
    """Each runner's colour: for ids to 10 the same whoever else is shown; ten at once differ."""
    out: dict[int, Colour] = {}
    for runner in sorted(set(runner_ids)):
        own = (runner - 1) % len(RUNNERS)
        in_turn = RUNNERS[own:] + RUNNERS[:own]
        out[runner] = next((colour for colour in in_turn if colour not in out.values()), in_turn[0])
    return out


def ink_on(colour: Colour) -> Colour:
    """Black or white, whichever reads better on a colour (relative luminance of WCAG 2)."""
    linear = [(c / 255.0) ** 2.2 for c in colour]
    return INK if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.2 else WHITE


def yuv_of(colour: Colour, layout: Layout) -> tuple[float, float, float]:
    """Samples of 8 bits that show as an RGB colour in a picture of this layout's matrix and range."""
    kr, kb = LUMA_COEFFICIENTS[layout.matrix]
    r, g, b = (c / 255.0 for c in colour)
    luma = kr * r + (1.0 - kr - kb) * g + kb * b
    blue, red = (b - luma) / (2.0 * (1.0 - kb)), (r - luma) / (2.0 * (1.0 - kr))
    if layout.full_range:
        return 255.0 * luma, 128.0 + 255.0 * blue, 128.0 + 255.0 * red
    return 16.0 + 219.0 * luma, 128.0 + 224.0 * blue, 128.0 + 224.0 * red
