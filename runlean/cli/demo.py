"""``runlean demo``: analyse a shipped clip and print measured beside true values."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runlean.cli import options

if TYPE_CHECKING:
    from rich.table import Table

    from runlean.demo import Comparison


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the results go.")] = Path(
        "runlean-demo"
    ),
    device: options.Device = "auto",
    overwrite: options.Overwrite = False,
) -> None:
    """Analyse a clip that ships with runlean; its true values are known exactly and stand beside the measured."""
    from runlean.analysis import refuse_folder

    refuse_folder(output, overwrite)

    from runlean.cli.terminal import results, stage_bars
    from runlean.clips import clip_path, clip_truth
    from runlean.demo import CLIP, FOOTNOTE, compare
    from runlean.pipeline import analyze

    height_m = float(clip_truth(CLIP)["runners"][0]["truth"]["height_m"])
    with stage_bars(quiet=False) as bars:
        analysis = analyze(clip_path(CLIP), runner_height_m=height_m, device=device, progress=bars)
        folder = analysis.save(output, overwrite=overwrite, progress=bars)
    console = results()
    console.print(f"{CLIP}: a rendered runner on a treadmill, every true value known; pose by the network alone.")
    console.print(_table(compare(analysis)))
    console.print(FOOTNOTE)
    console.print(f"report:  {(folder / 'report.html').resolve()}", soft_wrap=True)
    console.print(f"overlay: {(folder / 'overlay.mp4').resolve()}", soft_wrap=True)
    console.print(_next_step(sys.argv[0], shutil.which("runlean") is not None), soft_wrap=True, highlight=False)


def _next_step(started_as: str, on_path: bool) -> str:
    """What to type for a film of one's own, with the command by which this one was started."""
    started = Path(started_as)
    name = "python -m runlean" if started.stem != "runlean" else "runlean" if on_path else shlex.quote(started_as)
    return (
        "next, a film of your own from the side; its report and overlay will lie in run.mp4.runlean/:\n"
        f"  {name} analyze run.mp4 --runner-height 1.78"
    )


def _table(comparisons: list[Comparison]) -> Table:
    """Measured beside true, narrow enough for a terminal of 80 columns."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for heading in ("measured", "true", "error", "95 % interval"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("holds")
    for c in comparisons:

        def shown(value: float | str | None, decimals: int = c.decimals) -> str:
            return "-" if value is None else value if isinstance(value, str) else f"{value:.{decimals}f}"

        label = f"{c.label}, {c.unit}" if c.unit else c.label
        error = "" if c.error is None else f"{c.error:+.{c.decimals}f}"
        interval = "" if c.low95 is None else f"{shown(c.low95)} .. {shown(c.high95)}"
        inside = {None: "", True: "yes", False: "NO"}[c.covered]
        table.add_row(label, shown(c.measured), shown(c.true), error, interval, inside)
    return table
