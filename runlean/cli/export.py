"""``runlean export``: an analysis in the format of another tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR|DATASET", help="What `runlean analyze` or `runlean batch` left.", show_default=False
        ),
    ],
    to: Annotated[
        str,
        typer.Option("--to", metavar="trc|mot|c3d|csv|coco|movement|sports2d", help="The format.", show_default=False),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="The file (left out: the video's name, in DIR; for a dataset, here)."
        ),
    ] = None,
    video: Annotated[
        str | None, typer.Option(metavar="ID|NAME", help="Dataset: which video, by its video_id or file name.")
    ] = None,
    runner: Annotated[
        list[int] | None,
        typer.Option("--runner", metavar="ID", help="Only this runner; may be given again for more of them."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Write an analysis for OpenSim, motion-capture, statistics or pose tools; see docs/exchange.md."""
    from runlean.cli.terminal import notices
    from runlean.errors import ConfigError
    from runlean.exchange import FORMATS, read_dataset_recording, read_recording
    from runlean.exchange import export as write_export

    if to not in FORMATS:
        raise ConfigError(f"--to: expected one of {', '.join(FORMATS)}; came {to!r}")
    wanted = tuple(runner) if runner else None
    home = folder
    if video is not None:
        recording = read_dataset_recording(folder, video, wanted)
        home = Path()
    elif (folder / "dataset.json").is_file():
        raise ConfigError(f"{folder}: expected the video of a dataset, with --video ID|NAME; came none")
    else:
        recording = read_recording(folder, wanted)
    name = Path(recording.file_name).stem + FORMATS[to].suffix
    place = home / name if output is None else output / name if output.is_dir() else output
    exported = write_export(recording, to, place, overwrite=overwrite)
    if quiet:
        return
    for note in exported.notes:
        notices().print(f"note: {note}", style="yellow", soft_wrap=True)
    for path in exported.paths:
        typer.echo(str(path))
