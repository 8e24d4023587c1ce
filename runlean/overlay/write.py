"""overlay.mp4: the video again, with what was measured drawn over it."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from runlean.cores import usable_cores
from runlean.overlay.canvas import Canvas
from runlean.overlay.card import Card, free_corner
from runlean.overlay.figure import draw_feet, draw_lean, draw_skeleton
from runlean.overlay.font import Font
from runlean.overlay.palette import INK, LEFT, PALE, RIGHT, WHITE, runner_colours
from runlean.overlay.runner import RunnerRows, runners_of
from runlean.overlay.style import style_of
from runlean.overlay.tags import TagRow
from runlean.overlay.upright import copy_upright
from runlean.video import VideoReader, VideoWriter
from runlean.video.ahead import decoded_ahead
from runlean.video.layout import Layout

Progress = Callable[[str, int, int], None]

#: With more runners than this the readings go into the tags above their heads.
MOST_CARDS = 3
#: Pictures that are decoded while one is drawn and encoded.
_AHEAD = 4


class Overlay:
    """Draws everything that is known of the runners on one picture after the other.

    Parameters
    ----------
    runners : sequence of RunnerRows
        Whose figures to draw.
    width, height : int
        Picture, pixels.
    layout : Layout
        Its colour matrix and range.
    band : (float, float)
        The trunk-lean band, degrees.
    """

    def __init__(
        self, runners: Sequence[RunnerRows], width: int, height: int, layout: Layout, band: tuple[float, float]
    ) -> None:
        self._runners, self._width, self._height = runners, width, height
        self._style = style_of(width, height)
        self._canvas = Canvas(layout, Font())
        self._colours = runner_colours([runner.runner_id for runner in runners])
        self._cards = self._place_cards(band)

    def _place_cards(self, band: tuple[float, float]) -> list[tuple[RunnerRows, Card, float, float]]:
        runners, style = self._runners, self._style
        if not 0 < len(runners) <= MOST_CARDS:
            return []
        wide, tall = Card.size(style)
        block = (wide, len(runners) * (tall + style.gap) - style.gap)
        if wide > 0.6 * self._width or block[1] > 0.9 * self._height:
            return []
        left, top = free_corner(runners, self._width, self._height, block, style.gap)
        return [
            (runner, Card(runner, self._colours[runner.runner_id], style, band), left, top + i * (tall + style.gap))
            for i, runner in enumerate(runners)
        ]

    def canvas_of(self, frame: int, time_s: float) -> Canvas:
        """Everything for one picture, ready to be drawn.

        Parameters
        ----------
        frame : int
            Index of the decoded frame.
        time_s : float
            Time to show.
        """
        canvas, style = self._canvas, self._style
        rows = [(runner, runner.row_of.get(frame)) for runner in self._runners]
        seen = [(runner, row) for runner, row in rows if row is not None]
        # the biggest last: they run nearest to the camera
        for runner, row in sorted(seen, key=lambda pair: pair[0].height_px):
            draw_lean(canvas, runner, row, style, self._colours[runner.runner_id])
            draw_skeleton(canvas, runner, row, style)
            draw_feet(canvas, runner, row, style)
        tags = TagRow(self._width, self._height, style)
        for runner, row in seen:
            tags.draw(canvas, runner, row, self._colours[runner.runner_id], cadence=not self._cards)
        found = dict(zip([runner.runner_id for runner, _ in rows], [row for _, row in rows], strict=True))
        for runner, card, left, top in self._cards:
            card.draw(canvas, left, top, found[runner.runner_id])
        self._clock(frame, time_s)
        return canvas

    def _clock(self, frame: int, time_s: float) -> None:
        """Time, frame, and which colour is which side, in the lower corner that the cards leave free."""
        canvas, style = self._canvas, self._style
        size, text = style.small, f"{time_s:.3f} s · frame {frame}"
        parts = [("left  ", LEFT), ("right  ", RIGHT), (text, WHITE)]
        if self._runners and not self._cards:
            parts.insert(0, ("lean · spm   ", PALE))
        wide = sum(canvas.text_width(words, size) for words, _ in parts) + 1.2 * size
        bottom, x = self._height - style.gap, self._width - style.gap - wide
        if any(left > 0.4 * self._width and top > 0.4 * self._height for _, _, left, top in self._cards):
            x = style.gap
        canvas.panel(x, bottom - 1.7 * size, x + wide, bottom, 0.3 * size, INK, 0.6)
        x += 0.6 * size
        for words, colour in parts:
            canvas.text(words, x, bottom - 0.5 * size, size, colour)
            x += canvas.text_width(words, size)


def write_overlay(
    video_path: str | os.PathLike[str],
    out_path: str | os.PathLike[str],
    frames: pa.Table,
    strides: pa.Table,
    runners: Sequence[Mapping[str, Any]],
    *,
    band: tuple[float, float] = (5.0, 10.0),
    slow_motion: float = 1.0,
    threads: int = 0,
    progress: Progress | None = None,
) -> str | None:
    """Write the video with skeletons, trunk lines and readings drawn over it.

    Same size (square pixels, upright), same number of frames, same time stamps; no sound.

    Parameters
    ----------
    video_path : path-like
        The video that was analysed.
    out_path : path-like
        The MP4 to write; it appears when it is complete.
    frames, strides : pyarrow.Table
        As frames.parquet and strides.parquet hold them.
    runners : sequence of mapping
        As in summary.json: ``runner_id``, ``direction``, ``mode``, ``roll``.
    band : (float, float)
        The trunk-lean band to mark, degrees.
    slow_motion : float
        Factor that the tables' times were divided by.
    threads : int
        Threads of the decoder and of the encoder; 0 gives each half of the cores.
    progress : callable, optional
        ``progress("overlay", done, total)``.

    Returns
    -------
    str or None
        What the user should know: another encoder had to be taken.

    Raises
    ------
    VideoError
        The video cannot be read.
    OutputError
        The overlay cannot be written.
    """
    rows = runners_of(frames, strides, runners)
    # both work at once; one thread more than cores made each picture a tenth dearer
    half = threads or max(1, usable_cores() // 2)
    with (
        VideoReader(video_path, threads=half) as reader,
        contextlib.closing(decoded_ahead(reader, _AHEAD)) as pictures,
    ):
        info = reader.info
        first = next(pictures)
        overlay = Overlay(rows, info.width, info.height, first.layout, band)
        with VideoWriter(
            out_path, info.width, info.height, info.fps_from_header, info.time_base, first.layout,
            primaries=info.primaries, transfer=info.transfer, threads=half,
        ) as writer:  # fmt: skip
            total = info.n_frames_from_header
            for frame in itertools.chain([first], pictures):
                planes = writer.planes()
                copy_upright(frame, planes)
                overlay.canvas_of(frame.index, frame.time_s / slow_motion).draw(planes)
                writer.write(frame.time_s)
                if progress is not None:
                    progress("overlay", frame.index + 1, max(total, frame.index + 1))
    return writer.notice
