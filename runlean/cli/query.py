"""``runlean query``: SQL over a dataset."""

from __future__ import annotations

import math
import sys
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runlean.errors import OutputError

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows and columns that the table on the terminal shows at most.
MOST_ROWS = 200


class Format(StrEnum):
    """How the answer is written."""

    table = "table"
    csv = "csv"
    parquet = "parquet"
    json = "json"


def query(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="What runlean batch left.", show_default=False)],
    sql: Annotated[
        str,
        typer.Argument(
            metavar="SQL", help="One statement over videos, runners, frames, strides, sources.", show_default=False
        ),
    ],
    form: Annotated[Format, typer.Option("--format", help="How the answer is written.")] = Format.table,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the answer here.")
    ] = None,
    meta: Annotated[
        Path | None, typer.Option(metavar="CSV", help="What you know of the videos, keyed by file name or pattern.")
    ] = None,
) -> None:
    """Ask a dataset in SQL; every view has video_id, and the metadata's columns beside its own."""
    from runlean.archive import open_dataset
    from runlean.archive.meta import read_meta
    from runlean.cli.terminal import notices

    archive = open_dataset(dataset)
    answer = archive.query(sql, meta=meta)
    if meta is not None:
        matched = read_meta(archive, meta)
        if matched is not None and matched.unused:
            shown = ", ".join(matched.unused[:5]) + (" ..." if len(matched.unused) > 5 else "")
            notices().print(f"warning: {meta}: no video fits {shown}", style="yellow", soft_wrap=True)
    if form is Format.parquet and output is None and sys.stdout.isatty():
        raise OutputError("parquet: expected a file to write to; add -o FILE or lead stdout into one")
    try:
        content = encoded(answer, form)
        if output is not None:
            output.write_bytes(content)
        else:
            sys.stdout.buffer.write(content)
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{output}: the answer cannot be written ({error.strerror})") from error


def encoded(answer: pa.Table, form: Format) -> bytes:
    """Bytes of an answer in a format."""
    import io

    if form is Format.csv:
        from pyarrow import csv

        sink = io.BytesIO()
        csv.write_csv(_flat(answer), sink)
        return sink.getvalue()
    if form is Format.parquet:
        import pyarrow.parquet as pq

        sink = io.BytesIO()
        pq.write_table(answer, sink, compression="zstd")
        return sink.getvalue()
    if form is Format.json:
        import json

        return (json.dumps(_known(answer.to_pylist()), default=str, indent=1) + "\n").encode()
    return _as_table(answer).encode()


def _flat(answer: pa.Table) -> pa.Table:
    """Lists and structures as JSON text: a CSV has one value a cell."""
    import json

    import pyarrow as pa

    for i, field in enumerate(answer.schema):
        if pa.types.is_nested(field.type):
            cells = [v if v is None else json.dumps(_known(v), default=str) for v in answer.column(i).to_pylist()]
            answer = answer.set_column(i, field.name, pa.array(cells, pa.string()))
    return answer


def _known(value: Any) -> Any:
    """As JSON can say it: NaN and infinity become null, decimals (SQL's sums of whole numbers) numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _known(one) for key, one in value.items()}
    return [_known(one) for one in value] if isinstance(value, list) else value


def _as_table(answer: pa.Table) -> str:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for field in answer.schema:
        table.add_column(field.name, justify="right" if _is_number(field.type) else "left", no_wrap=True)
    for row in answer.slice(0, MOST_ROWS).to_pylist():
        table.add_row(*(_cell(value) for value in row.values()))
    width = sum(max(len(name), 12) + 2 for name in answer.column_names)
    console = Console(width=max(120, width, 70 * len(answer.column_names)), highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(table)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    if answer.num_rows > MOST_ROWS:
        lines.append(f"... {answer.num_rows} rows in all; --format csv writes them all")
    return "\n".join(lines) + "\n"


def _is_number(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
