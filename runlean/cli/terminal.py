"""Where words go: results to stdout, progress and warnings to stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


def results() -> Console:
    """Return the console on stdout."""
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False)


def notices() -> Console:
    """Return the console on stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False, markup=False)


class StageBars:
    """One bar per stage, drawn when the stage first reports."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` (0: not known) frames of a stage are through."""
        if stage not in self._tasks:
            unit = "" if "first run only" in stage else "frames"
            self._tasks[stage] = self._progress.add_task(stage, total=total or None, unit=unit)
        self._progress.update(self._tasks[stage], completed=done, total=total or None)


@contextmanager
def stage_bars(quiet: bool) -> Iterator[StageBars | None]:
    """Progress bars on stderr while the block runs; none when quiet or when stderr is no terminal."""
    console = notices()
    if quiet or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield StageBars(progress)


@contextmanager
def download_bar(quiet: bool) -> Iterator[Callable[[int, int | None], None] | None]:
    """A bar on stderr for one file that comes in; none when quiet or when stderr is no terminal."""
    console = notices()
    if quiet or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    with Progress(BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=None)

        def show(done: int, total: int | None) -> None:
            progress.update(task, completed=done, total=total)

        yield show
