"""Which video of a dataset a person means, by what they typed: its file name, its path, or the beginning of its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from runlean.errors import DatasetError

if TYPE_CHECKING:
    from runlean.archive.dataset import Dataset

#: Digits of an id that are enough to mean it; fewer may be the beginning of a name.
LEAST_DIGITS: Final = 6


def find_video(dataset: Dataset, video: str) -> str:
    """Find the ``video_id`` of a video that was analysed.

    Parameters
    ----------
    dataset : Dataset
    video : str
        Its ``video_id`` or the first 6 digits of it or more, the file name or the path of it or of any copy.

    Raises
    ------
    DatasetError
        None fits, several do, or the one that fits failed: then with its reason.
    """
    ids = set(dataset.video_ids)
    # sources know every copy; a path that could not be read has no content, and so stands in videos only
    named = _named(dataset, "sources", video) | _named(dataset, "videos", video)
    fits = sorted(named & ids) or _begun(ids, video)
    if len(fits) == 1:
        return fits[0]
    if fits:
        there = f"{len(fits)} fit: {', '.join(f[:12] for f in fits[:4])}"
    else:
        failed = set(dataset.commits()) - ids
        lost = sorted(named & failed) or _begun(failed, video)
        there = _reasons(dataset, lost) if lost else f"none of {len(ids)} fits"
    raise DatasetError(f"{dataset.folder}: expected one analysed video, came {video!r}; {there}")


def _begun(ids: set[str], video: str) -> list[str]:
    return sorted(v for v in ids if v.startswith(video)) if len(video) >= LEAST_DIGITS else []


def _named(dataset: Dataset, view: str, video: str) -> set[str]:
    rows = dataset.query(f"SELECT video_id, file_name, path FROM {view}").to_pylist()
    return {str(r["video_id"]) for r in rows if video in (r["file_name"], r["path"])}


def _reasons(dataset: Dataset, ids: list[str]) -> str:
    rows = dataset.table("videos", ids[:1]).to_pylist()
    path, error = rows[0]["path"], rows[0]["error"] or "no reason was kept"
    more = f" (and {len(ids) - 1} more of this name)" if len(ids) > 1 else ""
    # a reason that the next run looks into by itself needs no option
    again = "run the batch again" if rows[0]["transient"] else "see runlean batch --retry-failed"
    return f"it failed{more}: {path}: {str(error).removeprefix(f'{path}: ')}; {again}"
