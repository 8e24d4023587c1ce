"""One batch at a time on a dataset: a lock that goes away with its process, however that ends."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runlean.archive.layout import LOCK
from runlean.errors import OutputError


@contextlib.contextmanager
def dataset_lock(root: Path) -> Iterator[None]:
    """Hold the dataset's lock while the block runs.

    Notes
    -----
    The operating system keeps the lock (``flock``; on NFS a byte-range lock on the server), so a killed process leaves
    none behind. The file's content only says who it is.

    Raises
    ------
    OutputError
        Another batch holds it.
    """
    path = root / LOCK
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    except OSError as error:
        raise OutputError(f"{root}: the dataset cannot be written to ({error.strerror})") from error
    try:
        if not _take(handle):
            raise OutputError(
                f"{root}: expected a dataset that nobody writes to, {_holder(path)}; wait until it is done"
            )
        note = {"host": socket.gethostname(), "pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S %z")}
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(note).encode(), 0)
        yield
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        locking: Any = msvcrt
        try:
            os.lseek(handle, 1 << 20, os.SEEK_SET)
            locking.locking(handle, locking.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise OutputError(
            f"the dataset's folder: its file system cannot lock files ({error.strerror}); mount it with locks (Lustre: "
            "-o flock), or put the dataset elsewhere"
        ) from error
    return True


def _holder(path: Path) -> str:
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        return f"process {note['pid']} on {note['host']} has been at work on it since {note['since']}"
    except (OSError, ValueError, KeyError):
        return "another batch is at work on it"
