"""What the lab knows of its videos: a CSV keyed by file name or pattern, matched to the dataset's videos."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from runlean.archive.sources import file_name_of, sources_table
from runlean.errors import ConfigError

if TYPE_CHECKING:
    from runlean.archive.dataset import Dataset

#: Where `runlean batch --meta` keeps its copy.
META: Final = "meta.csv"
#: Names that the key column may have; where none is there, the first column is the key.
KEYS: Final = ("file_name", "file", "video", "pattern", "path")
_WILD: Final = re.compile(r"[*?\[]")
_PADDED: Final = re.compile(r"0\d+")


@dataclass(frozen=True, slots=True)
class Meta:
    """Metadata by video.

    Attributes
    ----------
    by_video : pyarrow.Table
        ``video_id`` and the columns, one row per video that a line fits.
    columns : tuple of str
        Without the key.
    unused : tuple of str
        Keys that fit no video.
    """

    by_video: pa.Table
    columns: tuple[str, ...]
    unused: tuple[str, ...]


def read_meta(dataset: Dataset, meta: str | os.PathLike[str] | pa.Table | None) -> Meta | None:
    """Match metadata to videos; None where there is none.

    Parameters
    ----------
    dataset : Dataset
    meta : path, pyarrow.Table or None
        None takes the dataset's own copy, if the batch was given one.

    Raises
    ------
    ConfigError
        The file cannot be read, or two of its lines fit the same video.
    """
    if meta is None:
        kept = dataset.folder / META
        if not kept.is_file():
            return None
        meta = kept
    name = "the metadata" if isinstance(meta, pa.Table) else str(meta)
    table = meta if isinstance(meta, pa.Table) else read_csv(Path(meta))
    return match_meta(table, names_of(dataset), name)


def read_csv(path: Path) -> pa.Table:
    """Read a CSV, comma, semicolon or tab between its columns."""
    from pyarrow import csv

    try:
        with path.open(encoding="utf-8-sig") as file:
            head = file.readline()
        delimiter = max(",;\t", key=head.count)
        parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
        names = csv.read_csv(path, parse_options=parse).column_names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigError(f"{path}: expected columns with names of their own, {twice[0]!r} is there twice")
        as_text = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        plain = csv.read_csv(path, parse_options=parse, convert_options=as_text)
        # 007 is a name and no number: such columns stay text, and so does the key
        text = [name for name in names if name == key_of(names) or any(map(_padded, plain[name].to_pylist()))]
        kinds = csv.ConvertOptions(column_types=dict.fromkeys(text, pa.string()))
        return csv.read_csv(path, parse_options=parse, convert_options=kinds)
    except (OSError, UnicodeDecodeError, pa.ArrowInvalid) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise ConfigError(f"{path}: expected a CSV file with a line of column names (UTF-8); {reason}") from None


def key_of(names: Sequence[str]) -> str:
    """Which column says what video a line is about."""
    return next((k for k in KEYS if k in names), names[0])


def _padded(value: str | None) -> bool:
    return value is not None and _PADDED.fullmatch(value.strip()) is not None


def names_of(dataset: Dataset) -> dict[str, set[str]]:
    """By ``video_id``, every path that its content was found under."""
    names: dict[str, set[str]] = {video_id: set() for video_id in dataset.commits()}
    sources = sources_table(dataset.folder)
    for path, video_id in zip(sources["path"].to_pylist(), sources["video_id"].to_pylist(), strict=True):
        if video_id in names:
            names[video_id].add(path)
    rest = [v for v, paths in names.items() if not paths]
    if rest:
        videos = dataset.table("videos", rest)
        for video_id, path in zip(videos["video_id"].to_pylist(), videos["path"].to_pylist(), strict=True):
            names[video_id].add(path)
    return names


def match_meta(table: pa.Table, names: dict[str, set[str]], said: str = "meta") -> Meta:
    """Match the lines of a table to videos.

    Parameters
    ----------
    table : pyarrow.Table
        One column is the key: a file name, a path, or a pattern with ``*`` and ``?``. A name beats a pattern.
    names : dict of str to set of str
        Paths by ``video_id``.
    said : str
        What errors call the table.
    """
    key = key_of(table.column_names)
    keys = ["" if k is None else str(k).strip() for k in table[key].to_pylist()]
    exact: dict[str, list[int]] = {}
    patterns: list[tuple[re.Pattern[str], int]] = []
    for line, text in enumerate(keys):
        if _WILD.search(text):
            patterns.append((re.compile(fnmatch.translate(text)), line))
        elif text:
            exact.setdefault(text, []).append(line)
    ids, lines = [], []
    for video_id, paths in names.items():
        every = {*paths, *map(file_name_of, paths), *(file_name_of(p).rpartition(".")[0] for p in paths)}
        fits = sorted({line for name in every for line in exact.get(name, ())})
        if not fits:
            fits = [line for pattern, line in patterns if any(pattern.match(name) for name in every)]
        if len(fits) > 1:
            raise ConfigError(
                f"{said}: expected one line for {min(paths)}, lines {fits[0] + 2} ({keys[fits[0]]}) and "
                f"{fits[1] + 2} ({keys[fits[1]]}) both fit it; make them exclude each other"
            )
        if fits:
            ids.append(video_id)
            lines.append(fits[0])
    columns = tuple(name for name in table.column_names if name != key)
    taken = table.take(pa.array(lines, pa.int64())).select(list(columns))
    by_video = taken.add_column(0, "video_id", pa.array(ids, pa.string()))
    used = set(lines)
    return Meta(by_video, columns, tuple(k for i, k in enumerate(keys) if i not in used and k))
