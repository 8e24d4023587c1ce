"""Writing an analysis in the format of another tool: which there are, which files come of them, all or nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runlean.errors import ConfigError, DatasetError, OutputError
from runlean.exchange.c3d import write_c3d
from runlean.exchange.coco import write_coco
from runlean.exchange.even_times import even_grid
from runlean.exchange.mot import write_mot
from runlean.exchange.movement_file import write_movement
from runlean.exchange.recording import Recording
from runlean.exchange.spreadsheet import write_frames_csv, write_strides_csv
from runlean.exchange.trc import write_sports2d, write_trc
from runlean.tables import rows_of

#: Writes a file and returns what the user should know, if anything.
Writer = Callable[[Recording, Path], list[str] | None]


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes
    ----------
    suffix : str
    writers : dict of str to callable
        What is put behind the file's stem -> what writes it.
    one_runner : bool
        A file holds one runner; several runners make several files.
    one_rate : bool
        The format knows one frame rate for the whole file.
    label : str
        What is put behind the stem for a runner, where there are several or the format always names him.
    """

    suffix: str
    writers: dict[str, Writer]
    one_runner: bool = False
    one_rate: bool = False
    label: str = "_runner{}"
    always_labelled: bool = False


FORMATS: Final[dict[str, Format]] = {
    "trc": Format(".trc", {"": write_trc}, one_runner=True, one_rate=True),
    "mot": Format(".mot", {"": write_mot}, one_runner=True),
    "c3d": Format(".c3d", {"": write_c3d}, one_runner=True, one_rate=True),
    "csv": Format(".csv", {"_frames": write_frames_csv, "_strides": write_strides_csv}),
    "coco": Format(".json", {"": write_coco}),
    "movement": Format(".nc", {"": write_movement}),
    "sports2d": Format(
        ".trc", {"": write_sports2d}, one_runner=True, one_rate=True, label="_px_person{:02d}", always_labelled=True
    ),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export left: its files, and what the user should know of them."""

    paths: tuple[Path, ...]
    notes: tuple[str, ...]


def export(recording: Recording, to: str, output: Path, *, overwrite: bool = False) -> Exported:
    """Write a recording as another tool's file or files: all of them, or none.

    Parameters
    ----------
    recording : Recording
        See `runlean.exchange.read_recording`.
    to : str
        A key of `FORMATS`.
    output : Path
        The file. Where a format needs several (a table each, a runner each), their names begin with its stem.
    overwrite : bool
        Replace files that are there.

    Raises
    ------
    ConfigError
        No such format.
    DatasetError
        Nobody to export, or no scale where the format is in metres.
    OutputError
        A file is there already, or cannot be written.
    MissingPackageError
        The format needs a package that is not installed.
    """
    if to not in FORMATS:
        raise ConfigError(f"--to: expected one of {', '.join(FORMATS)}; came {to!r}")
    if not recording.runners:
        raise DatasetError(f"{recording.file_name}: expected a runner to export, none was found in it")
    fmt = FORMATS[to]
    jobs = _jobs(fmt, recording, output)
    there = [str(path) for path, _, _ in jobs if path.exists()]
    if there and not overwrite:
        raise OutputError(f"{', '.join(there)}: expected a new file, it is already there; add --overwrite or -o FILE")
    notes = []
    grid = even_grid(recording)
    if fmt.one_rate and grid.resampled:
        notes.append(
            f"the frame rate of {recording.file_name} varies and {to} knows only one: points are interpolated to "
            f"{grid.rate_hz:.4g} rows per second (csv, movement, coco and mot keep every frame's own time)"
        )
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{output.stem}.", suffix=".partial", dir=output.parent) as aside:
            for path, part, write in jobs:
                notes += write(part, Path(aside) / path.name) or []
            for path, _, _ in jobs:
                os.replace(Path(aside) / path.name, path)
    except OSError as error:
        raise OutputError(
            f"{output}: cannot be written ({error.strerror or error}); choose another place with -o FILE"
        ) from error
    return Exported(tuple(path for path, _, _ in jobs), tuple(notes))


def _jobs(fmt: Format, recording: Recording, output: Path) -> list[tuple[Path, Recording, Writer]]:
    parts: Sequence[tuple[str, Recording]] = [("", recording)]
    if fmt.one_runner:
        alone = len(recording.runners) == 1 and not fmt.always_labelled
        parts = [
            ("" if alone else fmt.label.format(runner.runner_id), _only(recording, i))
            for i, runner in enumerate(recording.runners)
        ]
    suffix = output.suffix or fmt.suffix
    return [
        (output.with_name(f"{output.stem}{label}{table}{suffix}"), part, write)
        for label, part in parts
        for table, write in fmt.writers.items()
    ]


def _only(recording: Recording, i: int) -> Recording:
    runner = recording.runners[i]
    frames, strides = (rows_of(table, runner.runner_id) for table in (recording.frames, recording.strides))
    return replace(recording, runners=(runner,), frames=frames, strides=strides)
