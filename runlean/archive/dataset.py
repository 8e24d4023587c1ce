"""A dataset of many videos: made, opened, looked into, checked."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import runlean
from runlean.archive.durable import write_durably
from runlean.archive.layout import (
    COMMITS,
    DATASET_VERSION,
    HEADER,
    SUMMARIES,
    TABLES,
    Commit,
    TableName,
    folders,
    table_file,
)
from runlean.errors import DatasetError, OutputError

if TYPE_CHECKING:
    import pyarrow as pa

    from runlean.meaning import Summary


def open_dataset(folder: str | os.PathLike[str]) -> Dataset:
    """Open a dataset that ``runlean batch`` wrote.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Dataset

    Raises
    ------
    DatasetError
        The folder is missing, no dataset, or of another schema version.

    Examples
    --------
    >>> import runlean
    >>> archive = runlean.open_dataset("archive/")  # doctest: +SKIP
    >>> archive.query("SELECT video_id, runner_id, avg(trunk_lean_deg) FROM strides GROUP BY ALL")  # doctest: +SKIP
    """
    return Dataset(folder)


def create_dataset(folder: str | os.PathLike[str]) -> Dataset:
    """Make an empty dataset, or open the one that is there.

    Raises
    ------
    OutputError
        The folder cannot be made, or holds something that is no dataset.
    DatasetError
        It holds a dataset of another version.
    """
    root = Path(folder)
    try:
        root.mkdir(parents=True, exist_ok=True)
        if not (root / HEADER).is_file():
            # a header that was cut short left its own kind of name; anything else is somebody's own
            foreign = [n for n in os.listdir(root) if n not in folders() and not n.startswith((HEADER, "_lock"))]
            if foreign:
                raise OutputError(
                    f"{root}: expected a new folder or a dataset of runlean, it holds {sorted(foreign)[0]}; "
                    "choose another folder with -o"
                )
            for name in folders():
                (root / name).mkdir(exist_ok=True)
            header = {"format": "runlean dataset", "schema_version": DATASET_VERSION, "made_by": runlean.__version__}
            write_durably(root / HEADER, (json.dumps(header, indent=1) + "\n").encode())
        for name in folders():
            (root / name).mkdir(exist_ok=True)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"{root}: the dataset cannot be made ({error.strerror}); choose another folder with -o"
        ) from error
    return Dataset(root)


class Dataset:
    """Tables of many videos in one folder; see `runlean.archive.layout` for what lies where.

    Only videos with a marker are seen, so that a batch may be at work on it meanwhile.

    Parameters
    ----------
    folder : path

    Attributes
    ----------
    folder : Path
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        version = dataset_version(self.folder)
        if version != DATASET_VERSION:
            newer = isinstance(version, int) and version > DATASET_VERSION
            raise DatasetError(
                f"{self.folder}: expected a dataset of schema version {DATASET_VERSION}, came {version}; "
                + ("update runlean" if newer else f"run: runlean migrate {self.folder}")
            )

    def __repr__(self) -> str:
        return f"Dataset({str(self.folder)!r})"

    def commits(self) -> dict[str, Commit]:
        """Markers by ``video_id``, in the ids' order; a video with several (a crash in a copy) has none."""
        found: dict[str, Commit] = {}
        twice = set()
        for name in sorted(os.listdir(self.folder / COMMITS)):
            commit = Commit.of_marker(name)
            if commit is None:
                continue
            if commit.video_id in found:
                twice.add(commit.video_id)
            found[commit.video_id] = commit
        return {video_id: c for video_id, c in found.items() if video_id not in twice}

    def incomplete(self) -> set[str]:
        """Videos of which a file that their marker promises is not there: somebody removed it."""
        there = {table: set(os.listdir(self.folder / table)) for table in (*TABLES, SUMMARIES)}
        lacking = set()
        for commit in self.commits().values():
            wanted = (*TABLES, SUMMARIES) if commit.outcome == "done" else ("videos",)
            if any(Path(table_file(t, commit.video_id)).name not in there[t] for t in wanted):
                lacking.add(commit.video_id)
        return lacking

    @property
    def video_ids(self) -> list[str]:
        """Videos that were analysed."""
        return [c.video_id for c in self.commits().values() if c.outcome == "done"]

    def files(self, table: TableName, video_ids: Iterable[str] | None = None) -> list[Path]:
        """Parquet files of a table, one per committed video: what other tools may read as it lies.

        Parameters
        ----------
        table : {'videos', 'runners', 'frames', 'strides'}
        video_ids : iterable of str, optional
            Only these.
        """
        self._expect_table(table)
        commits = self.commits()
        wanted = commits if video_ids is None else [self._known(v, commits) for v in video_ids]
        return [
            self.folder / table_file(table, video_id)
            for video_id in wanted
            if table == "videos" or commits[video_id].outcome == "done"
        ]

    def table(self, name: TableName, video_ids: Sequence[str] | None = None) -> pa.Table:
        """Return a whole table, or the rows of some videos.

        Parameters
        ----------
        name : {'videos', 'runners', 'frames', 'strides'}
        video_ids : sequence of str, optional
            Only these videos.

        Notes
        -----
        All of it comes into memory: ``frames`` of a large archive should be queried instead.
        """
        from runlean.archive.pack import packed_files, read_files

        files = packed_files(self, name) if video_ids is None else self.files(name, video_ids)
        return read_files(files, name)

    def summary(self, video_id: str) -> Summary:
        """Return the summary of a video that was analysed."""
        from runlean.meaning import read_summary

        self._known(video_id, self.commits())
        return read_summary(self.folder / table_file(SUMMARIES, video_id))

    def query(self, sql: str, *, meta: str | os.PathLike[str] | pa.Table | None = None) -> pa.Table:
        """Ask in SQL (DuckDB's) of the views ``videos``, ``runners``, ``frames``, ``strides`` and ``sources``.

        Parameters
        ----------
        sql : str
            One statement.
        meta : path or pyarrow.Table, optional
            What the lab knows of its videos, keyed by file name or pattern; its columns stand beside the views' own.
            Left out, the table that the batch was given (``--meta``), if it was.

        Returns
        -------
        pyarrow.Table

        Raises
        ------
        ConfigError
            The statement is wrong, or a line of ``meta`` is.
        """
        from runlean.archive.query import run_query

        return run_query(self, sql, meta)

    def problems(self) -> list[str]:
        """Look at every file that a marker promises: one line per file that is missing or was changed.

        Reads the whole dataset.
        """
        found = []
        for commit in self.commits().values():
            files = json.loads((self.folder / COMMITS / commit.marker).read_text(encoding="utf-8"))
            for name, note in files.items():
                path = self.folder / name
                if not path.is_file():
                    found.append(f"{name}: missing")
                elif hashlib.sha256(path.read_bytes()).hexdigest() != note["sha256"]:
                    found.append(f"{name}: not as it was written")
        return found

    def _known(self, video_id: str, commits: dict[str, Commit]) -> str:
        if video_id not in commits:
            raise DatasetError(f"{self.folder}: expected the video_id of a video in it, came {video_id!r}")
        return video_id

    def _expect_table(self, name: str) -> None:
        if name not in TABLES:
            raise DatasetError(f"expected one of the tables {', '.join(TABLES)}, came {name!r}")


def dataset_version(folder: Path) -> Any:
    """Read a dataset's schema version.

    Raises
    ------
    DatasetError
        There is no dataset.
    """
    try:
        header = json.loads((folder / HEADER).read_text(encoding="utf-8"))
        if header["format"] != "runlean dataset":
            raise KeyError("format")
        return header["schema_version"]
    except OSError as error:
        raise DatasetError(
            f"{folder}: expected a dataset of `runlean batch`, there is no {HEADER} in it ({error.strerror})"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise DatasetError(
            f"{folder / HEADER}: expected the header of a runlean dataset, it is something else"
        ) from None
