"""``runlean report``: write the HTML report of an analysis again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from runlean.errors import OutputError


def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that `runlean analyze` left.", show_default=False)
    ],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Write report.html again from an analysis' tables and summary."""
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
