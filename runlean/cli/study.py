"""``runlean cohort``, ``compare`` and ``session``: ready-made questions to a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pyarrow as pa

    from runlean.study import Study


class Answer(StrEnum):
    """How the answer is written."""

    table = "table"
    csv = "csv"
    parquet = "parquet"
    json = "json"


class Interval(StrEnum):
    """Where an interval over people comes from."""

    t = "t"
    bootstrap = "bootstrap"


Dataset = Annotated[Path, typer.Argument(metavar="DATASET", help="What runlean batch left.", show_default=False)]
Meta = Annotated[
    Path | None, typer.Option(metavar="CSV", help="What you know of the videos, keyed by file name or pattern.")
]
Participant = Annotated[str | None, typer.Option(metavar="COLUMN", help="Who it is; left out, every video is one.")]
Metric = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this metric; may be given again.")]
Format = Annotated[Answer, typer.Option("--format", help="How the answer is written.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the answer here.")]
Kind = Annotated[Interval, typer.Option("--interval", help="Student's t, or people drawn anew.")]


def cohort(
    dataset: Dataset,
    by: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Group by this column; may be given again.")
    ] = None,
    participant: Participant = None,
    meta: Meta = None,
    metric: Metric = None,
    each: Annotated[bool, typer.Option("--each", help="A row per participant instead of per group.")] = False,
    everybody: Annotated[bool, typer.Option("--everybody", help="Every runner of a video, not the main one.")] = False,
    interval: Kind = Interval.t,
    form: Format = Answer.table,
    output: Output = None,
) -> None:
    """Means over the people of a dataset, by group, with 95 % intervals."""
    study = _read(dataset, meta, everybody)
    from runlean.errors import ConfigError
    from runlean.study import cohort as group_means
    from runlean.study import participants

    if each and by:
        raise ConfigError("--each: expected no --by, a participant may be in several groups; ask without --each")
    if each:
        table = participants(study, participant, metric)
        _answer(table, form, output, ("low95", "high95", "low95_strides", "high95_strides"))
    else:
        table = group_means(study, by or (), participant, metric, interval.value)
        _answer(table, form, output, ("low95", "high95", "low95_people", "high95_people"))


def compare(
    dataset: Dataset,
    by: Annotated[str, typer.Option(metavar="COLUMN", help="Says which condition a video is.", show_default=False)],
    first: Annotated[str, typer.Option("--from", metavar="VALUE", help="Before.", show_default=False)],
    second: Annotated[str, typer.Option("--to", metavar="VALUE", help="After.", show_default=False)],
    participant: Annotated[str, typer.Option(metavar="COLUMN", help="Says who it is.", show_default=False)],
    meta: Meta = None,
    metric: Metric = None,
    interval: Kind = Interval.t,
    form: Format = Answer.table,
    output: Output = None,
) -> None:
    """Before against after, each participant against himself, with 95 % intervals of the difference."""
    study = _read(dataset, meta)
    from runlean.study import compare as paired

    table, notes = paired(study, by, first, second, participant, metric, interval.value)
    _say(notes)
    _answer(table, form, output, ("low95", "high95"))
    told = [row for row in table.select(["low95", "high95"]).to_pylist() if row["low95"] is not None]
    if form is Answer.table and output is None and len(told) > 1:
        apart = sum(row["low95"] > 0 or row["high95"] < 0 for row in told)
        typer.echo(
            f"{apart} of {len(told)} intervals leave out 0; without any change about {0.05 * len(told):.1f} would."
        )


def session(
    dataset: Dataset,
    order: Annotated[
        str, typer.Option(metavar="COLUMN|file-time|file-name", help="What puts the videos in order.")
    ] = "file-time",
    participant: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Who it is; left out, all videos are one runner's.")
    ] = None,
    meta: Meta = None,
    metric: Metric = None,
    form: Format = Answer.table,
    output: Output = None,
) -> None:
    """Drift over a session of several videos, for each participant."""
    study = _read(dataset, meta)
    from runlean.study import session as course

    table, notes = course(study, order, participant, metric)
    _say(notes)
    _answer(table, form, output, ("low95", "high95"))


def _read(dataset: Path, meta: Path | None, everybody: bool = False) -> Study:
    from runlean.archive import open_dataset
    from runlean.study import read_study

    study = read_study(open_dataset(dataset), meta, everybody=everybody)
    _say(study.notes)
    return study


def _say(notes: Sequence[str]) -> None:
    from runlean.cli.terminal import notices

    for note in notes:
        notices().print(f"note: {note}", style="yellow", soft_wrap=True)


def _answer(table: pa.Table, form: Answer, output: Path | None, ends: tuple[str, ...]) -> None:
    """Write the answer, to a file or to stdout; in the table for people each interval is one column."""
    import sys

    from runlean.errors import OutputError

    if form is Answer.parquet and output is None and sys.stdout.isatty():
        raise OutputError("parquet: expected a file to write to; add -o FILE or lead stdout into one")
    content = _encoded(table, form, ends)
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise OutputError(f"{output}: the answer cannot be written ({error.strerror})") from error


def _encoded(table: pa.Table, form: Answer, ends: tuple[str, ...]) -> bytes:
    import io
    import json

    sink = io.BytesIO()
    if form is Answer.csv:
        from pyarrow import csv

        csv.write_csv(table, sink, csv.WriteOptions(quoting_style="needed"))
        return sink.getvalue()
    if form is Answer.parquet:
        import pyarrow.parquet as pq

        pq.write_table(table, sink, compression="zstd")
        return sink.getvalue()
    if form is Answer.json:
        return (json.dumps(table.to_pylist(), indent=1) + "\n").encode()
    return _for_people(table, ends).encode()


def _for_people(table: pa.Table, ends: tuple[str, ...]) -> str:
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    columns = [name for name in table.column_names if not (name in ends and name.startswith("high95"))]
    for name in columns:
        text = name.replace("low95_", "95 % by ").replace("low95", "95 % interval")
        shown.add_column(text, justify="left" if name in ("metric", "unit", "participant", "per", "basis") else "right")
    for row in table.to_pylist():
        cells = []
        for name in columns:
            if name in ends:
                low, high = row[name], row[name.replace("low95", "high95")]
                cells.append("-" if low is None else f"{_number(low)} .. {_number(high)}")
            else:
                cells.append(_number(row[name]))
        shown.add_row(*cells)
    console = Console(width=240, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(shown)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _number(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
