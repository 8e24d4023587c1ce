"""``runlean report``: write the HTML report of an analysis again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from runlean.errors import ConfigError, OutputError


def report(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR|DATASET", help="What runlean analyze or runlean batch left.", show_default=False),
    ],
    video: Annotated[
        str | None,
        typer.Option(metavar="NAME|ID", help="Of a dataset: this video's own report, with its tables, into -o DIR."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Of a dataset: where to.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Write report.html again from the tables: of one analysis, of a whole dataset, or of one video in it."""
    if (folder / "dataset.json").is_file():
        page = _dataset_page(folder, video, output)
        if not quiet:
            typer.echo(str(page))
        return
    if video is not None or output is not None:
        raise ConfigError(f"{folder}: --video and -o are for a dataset; this is none")
    missing = [name for name in ("summary.json", "frames.parquet", "strides.parquet") if not (folder / name).is_file()]
    if missing:
        raise OutputError(
            f"{folder}: expected the folder of an analysis, it lacks {', '.join(missing)}; run runlean analyze first"
        )
    from runlean.report import write_report

    path = folder / "report.html"
    write_report(folder, path)
    if not quiet:
        typer.echo(str(path))


def _dataset_page(folder: Path, video: str | None, output: Path | None) -> Path:
    from runlean.archive import open_dataset
    from runlean.archive.overview import write_overview, write_video_report

    archive = open_dataset(folder)
    if video is None:
        return write_overview(archive, None if output is None else output / "report.html")
    return write_video_report(archive, video, output or Path(f"{Path(video).name}.runlean"))
