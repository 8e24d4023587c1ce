"""A video's files enter the dataset together or not at all, whatever happens in between.

1. All files are written into ``_staging/<video>.<nonce>.partial`` and brought to the disk.
2. The folder is renamed to ``.ready``: from here on the result is safe. Whoever finds a ``.ready`` folder, this run or
   the next one after a crash, can finish the work.
3. `publish`: the old marker goes, the files move to their tables, the new marker is written last.

A reader that goes by the markers never sees half a video. Each step may be repeated.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runlean.archive.durable import sync_file, sync_folder, write_durably
from runlean.archive.layout import (
    COMMITS,
    STAGING,
    SUMMARIES,
    Commit,
    all_files,
    staged_folder,
    table_file,
)
from runlean.errors import OutputError
from runlean.tables import write_table

if TYPE_CHECKING:
    import pyarrow as pa

_PLAN = "commit.json"


def commit_video(
    root: Path,
    commit: Commit,
    tables: Mapping[str, pa.Table],
    summary: str | None = None,
    *,
    replaces: Sequence[str] | None = None,
) -> None:
    """Write a video's tables and make them the dataset's; replaces what the video had.

    Parameters
    ----------
    root : Path
        The dataset.
    commit : Commit
    tables : mapping of str to pyarrow.Table
        Any of the four; ``videos`` must be there.
    summary : str, optional
        Text of summary.json.
    replaces : sequence of str, optional
        Markers that the video has so far; left out, they are looked up, which lists the whole folder.

    Raises
    ------
    OutputError
        The dataset cannot be written: disk full, drive gone. Nothing of the video is changed then.
    """
    nonce = uuid.uuid4().hex[:12]
    partial = staged_folder(root, commit.video_id, nonce, whole=False)
    ready = staged_folder(root, commit.video_id, nonce, whole=True)
    try:
        partial.mkdir()
        files = {}
        for name, table in tables.items():
            write_table(table, partial / f"{name}.parquet")
            files[table_file(name, commit.video_id)] = _note(partial / f"{name}.parquet")
        if summary is not None:
            (partial / f"{SUMMARIES}.json").write_text(summary, encoding="utf-8")
            files[table_file(SUMMARIES, commit.video_id)] = _note(partial / f"{SUMMARIES}.json")
        plan = partial / _PLAN
        old = _markers(root, commit.video_id) if replaces is None else list(replaces)
        plan.write_text(json.dumps({"marker": commit.marker, "replaces": old, "files": files}), encoding="utf-8")
        for path in partial.iterdir():
            sync_file(path)
        sync_folder(partial)
        partial.rename(ready)
        sync_folder(ready.parent)
        publish(root, ready)
    except OSError as error:
        raise OutputError(
            f"{root}: the dataset cannot be written ({error.strerror or error}); "
            "free some space or bring the drive back, then run the same command again"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(partial, ignore_errors=True)


def publish(root: Path, ready: Path) -> None:
    """Move a whole, staged video to its places; may be called again after it was cut short anywhere."""
    try:
        plan = json.loads((ready / _PLAN).read_text(encoding="utf-8"))
    except FileNotFoundError:  # another process has just finished it, or its last step was cut short
        shutil.rmtree(ready, ignore_errors=True)
        return
    video_id = ready.name.partition(".")[0]
    _remove_markers(root, plan["replaces"])
    whole = True
    for name in all_files(video_id):
        staged = ready / f"{name.partition('/')[0]}{Path(name).suffix}"
        if name in plan["files"]:
            try:
                os.replace(staged, root / name)
            except FileNotFoundError:  # moved before the crash; or another process took the remains away
                whole = whole and _has_size(root / name, plan["files"][name])
        else:
            (root / name).unlink(missing_ok=True)
    for folder in {str(Path(name).parent) for name in all_files(video_id)}:
        sync_folder(root / folder)
    if not whole:  # no marker: the next run does the video again
        shutil.rmtree(ready, ignore_errors=True)
        return
    write_durably(root / COMMITS / plan["marker"], json.dumps(plan["files"], indent=1).encode())
    (ready / _PLAN).unlink(missing_ok=True)
    shutil.rmtree(ready, ignore_errors=True)


def recover(root: Path) -> tuple[int, int]:
    """After a crash: finish what was whole, drop what was not. Only for who holds the dataset's lock.

    Returns
    -------
    (int, int)
        Videos finished, remains dropped.
    """
    finished = dropped = 0
    for path in sorted((root / STAGING).iterdir()):
        if path.name.endswith(".ready"):
            publish(root, path)
            finished += 1
        else:
            shutil.rmtree(path, ignore_errors=True)
            dropped += 1
    for path in (root / COMMITS).glob("*.part"):
        path.unlink(missing_ok=True)
    return finished, dropped


def remove_video(root: Path, video_id: str) -> None:
    """Take a video out of the dataset: its marker first."""
    _remove_markers(root, _markers(root, video_id))
    for name in all_files(video_id):
        (root / name).unlink(missing_ok=True)


def is_done(root: Path, video_id: str) -> bool:
    """A video has an analysis in the dataset, under whatever configuration."""
    commits = (Commit.of_marker(name) for name in _markers(root, video_id))
    return any(commit is not None and commit.outcome == "done" for commit in commits)


def _markers(root: Path, video_id: str) -> list[str]:
    return [entry.name for entry in os.scandir(root / COMMITS) if entry.name.startswith(video_id)]


def _remove_markers(root: Path, names: Sequence[str]) -> None:
    for name in names:
        (root / COMMITS / name).unlink(missing_ok=True)
    if names:
        sync_folder(root / COMMITS)


def _has_size(path: Path, note: dict[str, object]) -> bool:
    with contextlib.suppress(OSError):
        return path.stat().st_size == note["bytes"]
    return False


def _note(path: Path) -> dict[str, object]:
    """Size and hash of a file, so that damage can be found later."""
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
