"""Which path had which content: a journal, so that a rerun does not read ten thousand videos to know them again."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from runlean.archive.durable import write_durably
from runlean.archive.layout import SOURCES

_SCHEMA: Final = pa.schema(
    [
        ("path", pa.string()),
        ("file_name", pa.string()),
        ("video_id", pa.string()),
        ("bytes", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class KnownSource:
    """What was at a path when it was read.

    Attributes
    ----------
    path : str
        As given: a file's path or an address.
    size : int
        Bytes.
    stamp : str
        Changes when the file does: time of modification and whatever else the place keeps.
    video_id : str
    """

    path: str
    size: int
    stamp: str
    video_id: str


class SourceJournal:
    """The journal, open for adding; one line per path that was read, the last one counts.

    Only the batch that holds the dataset's lock writes to it. A line that was cut short by a crash is passed over:
    then that video is read once more.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / SOURCES
        self.known: dict[str, KnownSource] = {}
        lines = 0
        for source in _read(self._path):
            self.known[source.path] = source
            lines += 1
        if lines > 2 * len(self.known) + 1000 or _cut_short(self._path):
            self.compact()
        self._file = self._path.open("a", encoding="utf-8")

    def find(self, path: str, size: int, stamp: str) -> str | None:
        """The content's id, if the file is as it was."""
        known = self.known.get(path)
        return known.video_id if known is not None and (known.size, known.stamp) == (size, stamp) else None

    def add(self, source: KnownSource) -> None:
        """Keep what a path held."""
        self.known[source.path] = source
        self._file.write(_line(source))
        self._file.flush()

    def compact(self) -> None:
        """Write the journal anew with one line per path."""
        write_durably(self._path, "".join(map(_line, self.known.values())).encode())

    def close(self) -> None:
        """Bring it to the disk."""
        with contextlib.suppress(OSError):
            os.fsync(self._file.fileno())
        self._file.close()


def sources_table(root: Path) -> pa.Table:
    """Every path that was read, with the content it held: copies and renamed files side by side."""
    last = {source.path: source for source in _read(root / SOURCES)}
    rows = [
        {"path": as_text(s.path), "file_name": as_text(file_name_of(s.path)), "video_id": s.video_id, "bytes": s.size}
        for _, s in sorted(last.items())
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def file_name_of(path: str) -> str:
    """Last part of a path or address.

    Examples
    --------
    >>> file_name_of("s3://lab/day1/P01.mp4?scheme=http")
    'P01.mp4'
    """
    if "://" in path:
        path = path.partition("?")[0]
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def as_text(path: str) -> str:
    """A path that can be written into a table: bytes that are no UTF-8 (names from old drives) become U+FFFD.

    Examples
    --------
    >>> as_text("M\\udcfcller.mp4")
    'M\ufffdller.mp4'
    """
    return path.encode(errors="surrogateescape").decode(errors="replace")


def _line(source: KnownSource) -> str:
    return json.dumps([source.path, source.size, source.stamp, source.video_id]) + "\n"


def _read(path: Path) -> list[KnownSource]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    found = []
    for line in text.splitlines():
        with contextlib.suppress(ValueError, TypeError):
            known, size, stamp, video_id = json.loads(line)
            found.append(KnownSource(str(known), int(size), str(stamp), str(video_id)))
    return found


def _cut_short(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:
        return False
