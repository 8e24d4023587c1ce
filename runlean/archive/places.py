"""Where videos lie: folders of this machine, and object stores through pyarrow.fs or fsspec."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from runlean.errors import ConfigError, VideoError

#: Endings that count as video where a folder is searched; a file that is named is taken as it is.
VIDEO_SUFFIXES: Final = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".qt", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".m2v", ".mts", ".m2ts", ".ts"),
        *(".wmv", ".asf", ".flv", ".f4v", ".3gp", ".3g2", ".ogv", ".mxf", ".vob", ".dv", ".insv", ".lrv"),
    }
)
_CHUNK: Final = 1 << 20
_WILD: Final = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Found:
    """A video that is there, or that was named and is not.

    Attributes
    ----------
    path : str
        As given, or below what was given.
    size : int
        Bytes; 0 where it is not there.
    stamp : str
        Changes when the file does.
    error : str or None
        Why it cannot be read.
    """

    path: str
    size: int
    stamp: str
    error: str | None = None


def is_address(path: str) -> bool:
    """True for ``s3://...`` and its like.

    Examples
    --------
    >>> is_address("gs://lab/day1"), is_address("C:/films")
    (True, False)
    """
    return "://" in path


def is_video_name(name: str) -> bool:
    """A name with the ending of a video; hidden files are none."""
    base = PurePosixPath(name.replace("\\", "/")).name
    return not base.startswith(".") and PurePosixPath(base).suffix.lower() in VIDEO_SUFFIXES


def found_file(path: str) -> Found:
    """Look at one local file."""
    try:
        stat = os.stat(path)
    except OSError as error:
        return Found(path, 0, "", f"cannot be read ({error.strerror})")
    return Found(path, stat.st_size, str(stat.st_mtime_ns))


def search_folder(folder: str) -> Iterator[Found]:
    """Every video below a folder, by name, those in it before those further down; results of runlean are passed over.

    A folder further down that cannot be read comes as one thing that was found, with the reason; the rest goes on.

    Raises
    ------
    OSError
        The folder itself cannot be read.
    """
    stack: list[tuple[str, frozenset[str]]] = [(folder, frozenset())]
    while stack:
        here, above = stack.pop()
        real = os.path.realpath(here)
        if real in above:  # a link that leads back up
            continue
        try:
            with os.scandir(here) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if not above:
                raise
            yield Found(here, 0, "", f"the folder cannot be read ({error.strerror or error})")
            continue
        below = []
        for entry in listed:
            if entry.is_file():
                if is_video_name(entry.name):
                    yield found_file(entry.path)
            elif entry.is_dir() and not _is_ours(entry.path, entry.name):
                below.append((entry.path, above | {real}))
        stack.extend(reversed(below))


def search_address(address: str) -> Iterator[Found]:
    """Videos at an address of an object store: one, all below a prefix, or all that fit a pattern."""
    from pyarrow import fs

    pattern = urlsplit(address).path if _WILD.search(address.partition("?")[0].replace("?", "")) else None
    plain, _, options = address.partition("?")
    wild = _WILD.search(plain)
    base = plain[: wild.start()].rpartition("/")[0] if wild else plain
    system, inside = file_system(base + (f"?{options}" if options else ""))
    prefix = (
        base[: len(base) - len(inside.rstrip("/"))]
        if base.endswith(inside.rstrip("/"))
        else base.partition("://")[0] + "://"
    )
    try:
        info = system.get_file_info(inside)
        if info.type == fs.FileType.File:
            listed = [info]
        elif info.type == fs.FileType.Directory:
            listed = system.get_file_info(fs.FileSelector(inside, recursive=True))
        else:
            raise ConfigError(f"{address}: expected videos, nothing is there")
    except OSError as error:
        raise VideoError(f"{address}: the store does not answer; {str(error).splitlines()[0]}") from error
    for one in sorted(listed, key=lambda one: one.path):
        path = prefix + one.path
        named = one.type == fs.FileType.File and (info.type == fs.FileType.File or is_video_name(one.path))
        if named and (pattern is None or fnmatch.fnmatch(path, plain)):
            yield Found(path + (f"?{options}" if options else ""), one.size, str(one.mtime_ns))


def file_system(address: str) -> tuple[Any, str]:
    """File system of an address, and the path in it: pyarrow's own (S3, Google, Azure, HDFS), else fsspec's.

    Raises
    ------
    ConfigError
        Neither knows it, or it holds a password, which would end up in the dataset.
    """
    from pyarrow import fs

    if "@" in urlsplit(address).netloc:
        raise ConfigError(
            f"{address.partition('://')[0]}://...: expected an address without a password; "
            "give it in the environment (AWS_ACCESS_KEY_ID ...) or the store's own settings"
        )
    try:
        system, path = fs.FileSystem.from_uri(address)
        return system, path
    except (ValueError, OSError) as error:
        try:
            from fsspec.core import url_to_fs

            other, path = url_to_fs(address.partition("?")[0])
        except (ImportError, ValueError, OSError) as second:
            raise ConfigError(
                f"{address}: expected an address that pyarrow or fsspec opens; {str(error).splitlines()[0]}; {second}"
            ) from None
        return fs.PyFileSystem(fs.FSSpecHandler(other)), path


def fetch(address: str, target: Path) -> str:
    """Copy a video from an object store; returns its SHA-256."""
    system, path = file_system(address)
    digest = hashlib.sha256()
    with system.open_input_stream(path) as stream, target.open("wb") as file:
        for piece in iter(lambda: stream.read(_CHUNK), b""):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def digest_of(location: str) -> str:
    """SHA-256 of a video, wherever it lies."""
    opened: Callable[[], Any]
    if is_address(location):
        system, path = file_system(location)
        opened = lambda: system.open_input_stream(path)  # noqa: E731
    else:
        opened = lambda: open(location, "rb")  # noqa: E731, SIM115
    digest = hashlib.sha256()
    with opened() as stream:
        for piece in iter(lambda: stream.read(_CHUNK), b""):
            digest.update(piece)
    return digest.hexdigest()


def _is_ours(path: str, name: str) -> bool:
    if name.startswith(".") or name.endswith(".runlean"):
        return True
    return any(os.path.isfile(os.path.join(path, own)) for own in ("dataset.json", "summary.json"))
