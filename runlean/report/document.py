"""report.html from an analysis' folder: one file that needs nothing else, not even JavaScript."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from runlean.errors import OutputError
from runlean.meaning.summary import Summary, read_summary
from runlean.report.page import SEVERITY_LABELS, evidence_label, runner_page, source_words, unbroken
from runlean.report.still import data_uri, still_of
from runlean.tables import column, read_table

if TYPE_CHECKING:
    from jinja2 import Template


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("runlean.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["evidence_label"] = evidence_label
    environment.filters["unbroken"] = unbroken
    return environment.get_template("report.html.j2")


def render_report(
    summary: Summary, frames: pa.Table, strides: pa.Table, *, overlay: str | None = None, still: bytes | None = None
) -> str:
    """Return the report's HTML.

    Parameters
    ----------
    summary : Summary
    frames, strides : pyarrow.Table
    overlay : str or None
        Name of the overlay video beside the page, to link to.
    still : bytes or None
        A picture of the video, PNG or JPEG.
    """
    pages = [
        runner_page(r, frames, strides, [w.message for w in summary.warnings if w.runner_id == r.runner_id])
        for r in summary.runners
    ]
    return _template().render(
        summary=summary,
        source_line=source_words(summary),
        pages=pages,
        warnings=[w.message for w in summary.warnings if w.runner_id is None],
        severity_labels=SEVERITY_LABELS,
        overlay=overlay,
        still=data_uri(still) if still else None,
    )


def _still_from(folder: Path, frames: pa.Table, slow_motion: float) -> bytes | None:
    """Pick a picture of the overlay near the video's middle: most runners in it, one of them on the ground."""
    overlay = folder / "overlay.mp4"
    if not overlay.is_file() or frames.num_rows == 0:
        return None
    times, at = np.unique(column(frames, "time_s"), return_inverse=True)
    runners = np.bincount(at)
    standing = np.zeros(len(times), np.bool_)
    standing[at[[phase in ("left_stance", "right_stance") for phase in frames.column("phase").to_pylist()]]] = True
    score = 2 * runners + standing
    return still_of(overlay, slow_motion * times[score == score.max()])


def write_report(
    directory: str | os.PathLike[str], out_html: str | os.PathLike[str] | None = None, *, still: bytes | None = None
) -> Path:
    """Write report.html from summary.json, frames.parquet and strides.parquet of a folder.

    Parameters
    ----------
    directory : path
        What an analysis left.
    out_html : path, optional
        Default: report.html in that folder.
    still : bytes, optional
        PNG or JPEG for the page's head; default: a frame of overlay.mp4, where there is one.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    DatasetError
        A file of the analysis is missing, damaged or of another version.
    OutputError
        The page cannot be written.
    """
    folder = Path(directory)
    target = Path(out_html) if out_html is not None else folder / "report.html"
    summary = read_summary(folder / "summary.json")
    frames, strides = read_table(folder / "frames.parquet"), read_table(folder / "strides.parquet")
    overlay = folder / "overlay.mp4"
    link = Path(os.path.relpath(overlay, target.parent)).as_posix() if overlay.is_file() else None
    picture = still if still is not None else _still_from(folder, frames, summary.config.get("slow_motion", 1.0))
    html = render_report(summary, frames, strides, overlay=link, still=picture)
    try:
        target.write_text(html, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{target}: the report cannot be written ({error.strerror}); choose another place") from error
    return target
