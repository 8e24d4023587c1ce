"""``runlean models``: the networks, what each is, and whether its file is as published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="The pose networks: list, info, pull, check.", invoke_without_command=True, no_args_is_help=False
)


@app.callback()
def _list_by_default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_networks()


@app.command("list")
def list_networks() -> None:
    """List every network that runlean knows by name."""
    from rich.table import Table

    from runlean.cli.terminal import results
    from runlean.models import list_models
    from runlean.models.store import model_path

    table = Table(box=None, pad_edge=False)
    for heading in ("name", "finds", "input", "points", "here", "licence"):
        table.add_column(heading, justify="right" if heading == "points" else "left")
    for model in list_models():
        size = f"{model.input_width}x{model.input_height}" if model.input_width else "any"
        here = "shipped" if model.shipped else "pulled" if model_path(model) else "-"
        table.add_row(model.name, model.task, size, str(len(model.keypoint_names)), here, model.licence)
    results().print(table)


@app.command("info")
def info(name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)]) -> None:
    """Show all that is known of one network."""
    from dataclasses import fields

    from runlean.cli.terminal import results
    from runlean.models import model_info
    from runlean.models.store import model_path

    model = model_info(name)
    console = results()
    for field in fields(model):
        value = getattr(model, field.name)
        if value in (None, ""):
            continue
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        console.print(f"{field.name:<15} {shown}", soft_wrap=True)
    console.print(f"{'on this machine':<15} {model_path(model) or 'no'}", soft_wrap=True)


@app.command("pull")
def pull_network(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)],
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="A mirror to take it from; the file must be the same.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Fetch a network that does not ship; a broken download goes on where it stopped."""
    from runlean.cli.terminal import download_bar, results
    from runlean.models import pull

    with download_bar(quiet) as bar:
        pulled = pull(name, url_override=url, progress=bar)
    if not quiet:
        pinned = " (pinned now: it must stay the same from here on)" if pulled.pinned_now else ""
        results().print(f"{pulled.info.name}: {pulled.path}, sha256 {pulled.sha256}{pinned}", soft_wrap=True)


@app.command("check")
def check() -> None:
    """Compare the files with the hashes under which they were published."""
    from runlean.cli.terminal import results
    from runlean.models import check_models

    console = results()
    damaged = False
    for name, path, ok, sha256, message in check_models():
        damaged = damaged or not ok
        console.print(f"{_mark(path, ok):<4}{name:<20} {(sha256 or '-')[:16]:<17} {message}", soft_wrap=True)
    if damaged:
        raise typer.Exit(1)


def _mark(path: Path | None, ok: bool) -> str:
    return "BAD" if not ok else "ok" if path else "-"
