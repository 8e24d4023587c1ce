"""What an analysis is: two tables, a summary, and the folder it leaves."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from runlean.config import AnalyzeConfig
from runlean.errors import OutputError
from runlean.tables import write_table

if TYPE_CHECKING:
    import pyarrow as pa

    from runlean.meaning import Summary

Progress = Callable[[str, int, int], None]


class Analysis:
    """The result of one video, or of keypoints that came from elsewhere.

    Attributes
    ----------
    frames : pyarrow.Table
        One row per runner per frame (contract: frames.parquet).
    strides : pyarrow.Table
        One row per foot contact (contract: strides.parquet).
    summary : Summary
        The contents of summary.json.
    video : Path or None
        Where the pictures are; None for keypoints.
    config : AnalyzeConfig
    """

    def __init__(
        self, frames: pa.Table, strides: pa.Table, summary: Summary, *, video: Path | None, config: AnalyzeConfig
    ) -> None:
        self.frames = frames
        self.strides = strides
        self.summary = summary
        self.video = video
        self.config = config

    def __repr__(self) -> str:
        return (
            f"Analysis({self.summary.source.file_name!r}, runners={len(self.summary.runners)}, "
            f"frames={self.frames.num_rows}, strides={self.strides.num_rows})"
        )

    def save(
        self, directory: str | os.PathLike[str], *, overwrite: bool = False, progress: Progress | None = None
    ) -> Path:
        """Write summary.json, both tables, the overlay and the report: all together, or nothing.

        Everything is written into a folder beside ``directory`` and renamed at the end, so that an interrupted run
        leaves nothing half-done and nothing finished is lost.

        Parameters
        ----------
        directory : path
            A new (or empty) folder.
        overwrite : bool
            Replace a folder that is there.
        progress : callable, optional
            ``progress(stage, done, total)``.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        OutputError
            The folder is there already, or cannot be written.
        """
        target = Path(directory)
        refuse_folder(target, overwrite)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
        except OSError as error:
            raise OutputError(
                f"{target}: cannot be written ({error.strerror}); choose another folder with -o"
            ) from error
        try:
            self._write(aside, progress)
            _put_in_place(aside, target)
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            raise OutputError(
                f"{target}: writing failed ({error.strerror or error}); free some space or choose another folder"
            ) from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return target

    def _write(self, folder: Path, progress: Progress | None) -> None:
        write_table(self.frames, folder / "frames.parquet")
        write_table(self.strides, folder / "strides.parquet")
        (folder / "summary.json").write_text(self.summary.model_dump_json(indent=2) + "\n", encoding="utf-8")
        if self.config.overlay and self.video is not None:
            from runlean.overlay import write_overlay

            write_overlay(
                self.video,
                folder / "overlay.mp4",
                self.frames,
                self.strides,
                [runner.model_dump(mode="json") for runner in self.summary.runners],
                band=self.config.band,
                slow_motion=self.config.slow_motion,
                threads=self.config.threads or 0,
                progress=progress,
            )
        if self.config.report:
            from runlean.report import write_report

            write_report(folder, folder / "report.html")


def refuse_folder(folder: Path, overwrite: bool) -> None:
    """Say before the time is spent, not after, that results cannot go to ``folder``.

    Raises
    ------
    OutputError
        It cannot be made or written to; it holds something and ``overwrite`` is not set; or it holds no analysis: then
        it is somebody's own folder, which a misspelt ``-o`` must not replace.
    """
    above = folder.absolute()
    while not above.exists():
        above = above.parent
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        what = "a folder that can be written to" if above.is_dir() else "a folder, it is a file"
        raise OutputError(f"{folder}: expected {above} to be {what}; choose another folder with -o DIR")
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not overwrite:
        raise OutputError(f"{folder}: expected a new folder, it is already there; add --overwrite or -o DIR")
    if not (folder / "summary.json").is_file():
        raise OutputError(
            f"{folder}: expected results of runlean to overwrite, it holds none; choose another folder with -o DIR"
        )


def _put_in_place(aside: Path, target: Path) -> None:
    """Rename ``aside`` to ``target``; what was there is put away first and comes back if the rename fails."""
    os.chmod(aside, 0o777 & ~_umask())
    if not target.exists():
        os.rename(aside, target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    os.rename(target, old / target.name)
    try:
        os.rename(aside, target)
    except OSError:
        os.rename(old / target.name, target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
