"""``runlean bench``: this machine's own limits, and where the pipeline stands against them."""

from __future__ import annotations

import json as json_text
import tempfile
from pathlib import Path
from typing import Annotated

import typer


def bench(
    video: Annotated[
        Path | None, typer.Argument(metavar="[VIDEO]", help="A video with one runner (left out: one is made, 1080p).")
    ] = None,
    model: Annotated[str, typer.Option(metavar="NAME|FILE.onnx", help="The pose network.")] = "movenet-thunder",
    feet: Annotated[str, typer.Option(metavar="auto|off", help="With the network for heels and toes, or not.")] = "off",
    seconds: Annotated[float, typer.Option(min=0.5, metavar="S", help="Length of the video that is made.")] = 12.0,
    repeats: Annotated[int, typer.Option(min=1, metavar="N", help="Medians of so many rounds.")] = 5,
    threads: Annotated[int | None, typer.Option(min=1, metavar="N", help="Threads (left out: one per core).")] = None,
    no_overlay: Annotated[bool, typer.Option("--no-overlay", help="Do not time overlay and report.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON and nothing else.")] = False,
) -> None:
    """Time decoding, cropping and the network alone, and the pipeline beside them."""
    from runlean.bench import make_clip, run_bench
    from runlean.cli.terminal import results, stage_bars

    with tempfile.TemporaryDirectory() as folder, stage_bars(json) as bars:
        path = video if video is not None else make_clip(Path(folder) / "runner_1080p.mp4", seconds)
        result = run_bench(
            path, model=model, feet=feet, repeats=repeats, overlay=not no_overlay, threads=threads, progress=bars
        )
    if json:
        typer.echo(json_text.dumps(result.as_dict(), indent=2))
        return
    for line in result.lines():
        results().print(line, soft_wrap=True, highlight=False)
