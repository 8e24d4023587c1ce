"""Pictures for the page: matplotlib figures as small inline SVG whose colours follow the page's light or dark theme."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours that figures are drawn in; `inline_svg` turns each into a variable of the page's style sheet.
INK: Final = "#101112"
FAINT: Final = "#a0a1a2"
LEFT: Final = "#0b6fb0"
RIGHT: Final = "#c2510c"
BAND: Final = "#2e9e6b"
_VARIABLES: Final = {INK: "--ink", FAINT: "--faint", LEFT: "--left", RIGHT: "--right", BAND: "--band"}

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "runlean",
    "font.size": 9.0,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    # a title looks for room among the labels above it, and draws them all to find out
    "axes.titley": 1.0,
    "grid.color": FAINT,
    "grid.alpha": 0.35,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
}


@contextmanager
def new_figure(
    width: float, height: float, columns: int = 1, left: float = 0.45, top: float = 0.3
) -> Iterator[tuple[Figure, list[Axes]]]:
    """Yield an empty figure and its axes side by side, in the report's style.

    Parameters
    ----------
    width, height : float
        Inches; the page scales the picture to its column.
    columns : int
        Number of axes.
    left, top : float
        Inches kept for labels at the left and a title at the top.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        axes = figure.subplots(1, columns, squeeze=False)[0].tolist()
        # margins in inches, set once: a layout engine draws every figure several times (0.25 s a page)
        figure.subplots_adjust(
            left=left / width,
            right=1 - 0.12 / width,
            bottom=0.5 / height,
            top=1 - top / height,
            wspace=0.45 * columns / (width - left),
        )
        yield figure, axes


def inline_svg(figure: Figure, alt: str) -> str:
    """Return a figure as SVG text for a page: themed, without outside references, with words for those who listen.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn within `new_figure`.
    alt : str
        What the picture shows, with its numbers.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text).replace("xlink:href", "href")
    used = set(re.findall(r"#([\w-]+)", text))
    text = re.sub(r'\sid="([^"]*)"', lambda m: m.group(0) if m.group(1) in used else "", text)
    text = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", text)
    for colour, variable in _VARIABLES.items():
        text = re.sub(colour, f"var({variable})", text, flags=re.IGNORECASE)
    viewbox = re.search(r'viewBox="[^"]*"', text)
    head = f'<svg class="plot" role="img" {viewbox.group(0) if viewbox else ""}><title>{html.escape(alt)}</title>'
    return re.sub(r"<svg[^>]*>", head, text, count=1).strip()
