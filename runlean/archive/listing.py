"""From what was typed to the videos that it means: files, folders, patterns, list files, addresses."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from typing import Final

from runlean.archive.places import (
    Found,
    found_file,
    is_address,
    is_video_name,
    search_address,
    search_folder,
)
from runlean.errors import ConfigError, VideoError

LIST_SUFFIXES: Final = (".txt", ".lst", ".list")


def find_videos(sources: Sequence[str]) -> list[Found]:
    """Every video that the sources mean, each path once, in an order that depends on nothing else.

    Parameters
    ----------
    sources : sequence of str
        Files, folders (searched to the bottom), patterns with ``*`` and ``?`` (``**`` goes into folders), list files
        (``.txt``: one source a line, ``#`` before a remark, relative to the list's own folder), and addresses of
        object stores (``s3://bucket/day1``).

    Raises
    ------
    ConfigError
        A source means nothing.
    VideoError
        A folder or a store cannot be read.
    """
    found: dict[str, Found] = {}
    for source in sources:
        for one in _expand(source, in_list=False):
            found.setdefault(one.path, one)
    if not found:
        raise ConfigError(f"expected videos, none in {', '.join(sources)}; name files, folders, patterns or list files")
    return list(found.values())


def _expand(source: str, in_list: bool) -> Iterator[Found]:
    if is_address(source):
        yield from search_address(source)
    elif os.path.isdir(source):
        try:
            yield from search_folder(source)
        except OSError as error:
            raise VideoError(f"{source}: the folder cannot be read ({error.strerror}); is the drive there?") from error
    elif os.path.isfile(source):
        if not in_list and source.lower().endswith(LIST_SUFFIXES):
            yield from _listed(source)
        else:
            yield found_file(source)
    elif glob.has_magic(source):
        paths = sorted(p for p in glob.iglob(source, recursive=True) if os.path.isfile(p) and is_video_name(p))
        if not paths and not in_list:
            raise ConfigError(f"{source}: expected a pattern that fits videos, it fits none")
        yield from map(found_file, paths)
    elif in_list:
        yield found_file(source)  # a list may name what is not there now: a failure of that one video
    else:
        raise ConfigError(f"{source}: expected a video, folder, pattern, list file or address; there is none")


def _listed(path: str) -> Iterator[Found]:
    try:
        with open(path, encoding="utf-8-sig") as file:
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected a list of videos, one a line (UTF-8); {error}") from None
    for line in lines:
        if line and not line.startswith("#"):
            yield from _expand(line if is_address(line) else os.path.join(os.path.dirname(path), line), in_list=True)
