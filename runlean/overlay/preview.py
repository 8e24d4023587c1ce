"""One picture with every runner, id and colour: to choose from before the time is spent."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runlean.errors import OutputError
from runlean.overlay.font import face_of
from runlean.overlay.palette import INK, PALE, WHITE, Colour, ink_on, runner_colours
from runlean.overlay.runner import RunnerRows, runners_of
from runlean.tables import column
from runlean.video import VideoReader

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

FloatArray = npt.NDArray[np.float64]

#: Width of the whole picture, and of a runner's tile below it, px.
WIDTH: Final = 1280
TILES_IN_A_ROW: Final = 5
_GAP: Final = 10
_TEXT: Final = 20
#: What lies beyond the outermost keypoints, body heights.
_MARGIN: Final = 0.08
_LEAST_POINTS: Final = 6
#: A runner whose mean score is lower than this part of the usual is half hidden.
_CLEAR: Final = 0.85


@dataclass(frozen=True, slots=True)
class Sights:
    """Where one runner was seen.

    Attributes
    ----------
    runner : RunnerRows
    box : dict of int to float64 (4,)
        Frame -> x0, y0, x1, y1, px.
    sure : dict of int to float
        Frame -> mean score of the points: it falls where somebody stands in front, who need not be a runner.
    """

    runner: RunnerRows
    box: dict[int, FloatArray]
    sure: dict[int, float]

    def is_clear(self, frame: int) -> bool:
        """Whether the runner is there, and hardly hidden."""
        return frame in self.box and self.sure[frame] >= _CLEAR * float(np.median(list(self.sure.values())))


def sights_of(runner: RunnerRows, scores: Mapping[int, float] | None = None) -> Sights:
    """Boxes around a runner's points, frame by frame; without scores every frame is as sure as the others."""
    out = {}
    for frame, row in runner.row_of.items():
        points = runner.point[row]
        points = points[np.isfinite(points).all(axis=1)]
        if len(points) >= _LEAST_POINTS:
            margin = _MARGIN * runner.height_px
            out[frame] = np.concatenate([points.min(axis=0) - margin, points.max(axis=0) + margin])
    return Sights(runner, out, {frame: scores.get(frame, 0.0) if scores else 1.0 for frame in out})


def scores_of(frames: pa.Table) -> dict[int, dict[int, float]]:
    """Mean score of the points of every runner in every frame: runner -> frame -> score."""
    names = [name for name in frames.column_names if name.endswith("_score")]
    if not names:
        return {}
    scores = np.stack([column(frames, name) for name in names], axis=1)
    known = np.isfinite(scores)
    mean = np.where(known, scores, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    out: dict[int, dict[int, float]] = {}
    ids, at = frames.column("runner_id").to_pylist(), frames.column("frame").to_pylist()
    for runner, frame, value in zip(ids, at, mean.tolist(), strict=True):
        out.setdefault(runner, {})[frame] = value
    return out


def common_frame(everybody: Sequence[Sights]) -> int:
    """The frame that shows most of the runners, as far from each other as may be; 0 where there is nobody."""
    frames = sorted({frame for sights in everybody for frame in sights.box})

    def worth(frame: int) -> tuple[int, float]:
        boxes = [sights.box[frame] for sights in everybody if frame in sights.box]
        shared = sum(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[:i])
        return sum(sights.is_clear(frame) for sights in everybody), -shared

    return max(frames, key=worth, default=0)


def own_frame(mine: Sights, everybody: Sequence[Sights], size: tuple[int, int]) -> int:
    """The frame that shows one runner best: whole, large, sure, with nobody before or behind."""

    def worth(frame: int) -> float:
        box = mine.box[frame]
        inside = np.clip(box, 0.0, np.array([*size, *size], float))
        area = (box[2] - box[0]) * (box[3] - box[1])
        whole = (inside[2] - inside[0]) * (inside[3] - inside[1]) / area
        others = sum(overlap(box, s.box[frame]) for s in everybody if s is not mine and frame in s.box)
        return float((box[3] - box[1]) * whole**2 * mine.sure[frame] ** 2 / (1.0 + 4.0 * others))

    return max(mine.box, key=worth)


def overlap(a: FloatArray, b: FloatArray) -> float:
    """Part of the first box that lies in the second."""
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    tall = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return float(wide * tall / max((a[2] - a[0]) * (a[3] - a[1]), 1e-9))


def write_preview(
    video_path: str | os.PathLike[str],
    out_path: str | os.PathLike[str],
    frames: pa.Table,
    strides: pa.Table,
    runners: Sequence[Mapping[str, Any]],
) -> None:
    """Write a PNG: the frame that shows most runners, with boxes and ids; below, each runner where seen best.

    Parameters
    ----------
    video_path : path-like
    out_path : path-like
        The PNG to write; it appears when it is complete.
    frames, strides : pyarrow.Table
        As frames.parquet and strides.parquet hold them.
    runners : sequence of mapping
        As in summary.json: ``runner_id``, ``direction``, ``n_contacts``.

    Raises
    ------
    VideoError
        The video cannot be read.
    OutputError
        The picture cannot be written.
    """
    scores = scores_of(frames)
    found = [sights_of(r, scores.get(r.runner_id)) for r in runners_of(frames, strides, runners)]
    everybody = [sights for sights in found if sights.box]
    known = {int(runner["runner_id"]): runner for runner in runners}
    colours = runner_colours([sights.runner.runner_id for sights in everybody])
    with VideoReader(video_path) as reader:
        size = (reader.info.width, reader.info.height)
        shown = common_frame(everybody)
        own = [own_frame(sights, everybody, size) for sights in everybody]
        pictures: dict[int, npt.NDArray[np.uint8]] = {}
        for frame in reader:
            if frame.index in (shown, *own):
                pictures[frame.index] = frame.rgb()
            if frame.index >= max([shown, *own]):
                break
    picture = _sheet(everybody, known, colours, shown, own, pictures)
    target = Path(out_path)
    aside = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        picture.save(aside, format="PNG")
        os.replace(aside, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise OutputError(f"{target}: cannot be written ({error.strerror or error}); choose another with -o") from error


def _sheet(
    everybody: list[Sights], known: dict[int, Mapping[str, Any]], colours: dict[int, Colour], shown: int,
    own: list[int], pictures: dict[int, npt.NDArray[np.uint8]],
) -> Image:  # fmt: skip
    from PIL import Image, ImageDraw

    whole = Image.fromarray(pictures[shown])
    scale = WIDTH / whole.width
    whole = whole.resize((WIDTH, round(whole.height * scale)), Image.Resampling.LANCZOS)
    in_a_row = max(1, min(TILES_IN_A_ROW, len(everybody)))
    wide = (WIDTH - _GAP * (TILES_IN_A_ROW + 1)) // TILES_IN_A_ROW
    line = round(1.4 * _TEXT)
    tall = round(1.15 * wide) + 3 * line
    rows = -(-len(everybody) // in_a_row)
    head = round(1.8 * _TEXT)
    sheet = Image.new("RGB", (WIDTH, head + whole.height + _GAP + rows * (tall + _GAP)), INK)
    sheet.paste(whole, (0, head))
    draw, font, bold = ImageDraw.Draw(sheet), face_of(_TEXT, "regular"), face_of(_TEXT, "bold")
    n = len(everybody)
    heading = f"{n} runner{'' if n == 1 else 's'} · frame {shown} shows {sum(shown in s.box for s in everybody)}"
    draw.text((_GAP, 0.35 * _TEXT), heading if n else "nobody runs here", font=bold, fill=WHITE)
    here = [s for s in everybody if shown in s.box]
    taken: list[tuple[float, float, float, float]] = []
    for sights in sorted(here, key=lambda s: s.box[shown][1]):
        number = sights.runner.runner_id
        box = sights.box[shown] * scale + np.array([0, head, 0, head])
        draw.rectangle(tuple(box.tolist()), outline=colours[number], width=3)
        _pill(draw, bold, str(number), float(box[0]), float(box[1]), colours[number], taken, head)
    for i, (sights, frame) in enumerate(zip(everybody, own, strict=True)):
        left = _GAP + (i % in_a_row) * (wide + _GAP)
        top = head + whole.height + _GAP + (i // in_a_row) * (tall + _GAP)
        tile = _tile(pictures[frame], sights.box[frame], (wide, tall - 3 * line))
        sheet.paste(tile, (left, top))
        colour = colours[sights.runner.runner_id]
        draw.rectangle((left, top, left + wide - 1, top + tall - 3 * line - 1), outline=colour, width=4)
        _pill(draw, bold, str(sights.runner.runner_id), left, top + 1.5 * _TEXT, colour, [], 0)
        for k, words in enumerate(_words(sights, known[sights.runner.runner_id])):
            draw.text((left, top + tall - 3 * line + k * line + 4), words, font=font, fill=WHITE if k == 0 else PALE)
    return sheet


def _tile(picture: npt.NDArray[np.uint8], box: FloatArray, size: tuple[int, int]) -> Image:
    """A part of the picture about a box, in the shape of ``size``."""
    from PIL import Image

    wide, tall = size
    centre = 0.5 * (box[:2] + box[2:])
    height = max(box[3] - box[1], (box[2] - box[0]) * tall / wide) * 1.1
    half = 0.5 * height * np.array([wide / tall, 1.0])
    left, top, right, bottom = (round(float(v)) for v in (*(centre - half), *(centre + half)))
    return Image.fromarray(picture).crop((left, top, right, bottom)).resize(size, Image.Resampling.LANCZOS)


def _words(sights: Sights, record: Mapping[str, Any]) -> tuple[str, str, str]:
    runner = sights.runner
    arrow = {"right": "→ right", "left": "← left"}.get(str(record.get("direction")), "– direction unknown")
    return (
        arrow,
        f"{runner.time_s[0]:.1f} – {runner.time_s[-1]:.1f} s",
        f"{runner.height_px:.0f} px · {record.get('n_contacts', 0)} contacts",
    )


def _pill(
    draw: ImageDraw, font: FreeTypeFont, words: str, left: float, bottom: float, colour: Colour,
    taken: list[tuple[float, float, float, float]], top: float,
) -> None:  # fmt: skip
    """A number in its colour above a place, moved up or down until it lies on no other."""
    wide, tall = font.getlength(words) + 0.8 * _TEXT, 1.45 * _TEXT
    left = min(max(left, 0.0), WIDTH - wide)
    bottom = max(bottom, top + tall)
    for step in range(40):
        at = bottom + (-1) ** step * ((step + 1) // 2) * 0.5 * tall
        place = (left, at - tall, left + wide, at)
        if place[1] >= top and not any(
            place[0] < t[2] and t[0] < place[2] and place[1] < t[3] and t[1] < place[3] for t in taken
        ):
            bottom = at
            break
    taken.append((left, bottom - tall, left + wide, bottom))
    draw.rounded_rectangle((left, bottom - tall, left + wide, bottom), 0.3 * _TEXT, fill=colour)
    draw.text((left + 0.4 * _TEXT, bottom - 1.25 * _TEXT), words, font=font, fill=ink_on(colour))
