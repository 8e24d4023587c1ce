"""A commit that is cut short at any of its steps: before or after, never in between."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runlean.archive import commit as module
from runlean.archive.commit import recover
from runlean.archive.dataset import Dataset
from runlean.archive.layout import STAGING
from runlean.errors import OutputError


class PowerCut(BaseException):
    """Nothing of the program runs after it."""


STEPS = [
    (os, "replace"),
    (os, "fsync"),
    (Path, "mkdir"),
    (Path, "rename"),
    (Path, "unlink"),
    (Path, "write_text"),
    (module, "write_table"),
]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Count everything that touches the disk; at the given number the power goes, and stays away."""
    state: dict[str, Any] = {"count": 0, "cut": None, "off": False, "error": None}

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **options: Any) -> Any:
            state["count"] += 1
            if state["off"] or state["count"] == state["cut"]:
                state["off"] = state["error"] is None
                raise state["error"] or PowerCut
            return real(*args, **options)

        return step

    with monkeypatch.context() as patch:
        for owner, name in STEPS:
            patch.setattr(owner, name, watched(getattr(owner, name)))
        patch.setattr(module.shutil, "rmtree", watched(module.shutil.rmtree))
        yield state
        state["off"], state["cut"] = False, None


def content(dataset: Dataset) -> dict[str, Any]:
    """Every file that a marker promises, byte by byte; of ``videos``, which tells the time, that it is there."""
    found: dict[str, Any] = {"commits": dataset.commits(), "problems": dataset.problems()}
    for folder in ("videos", "runners", "frames", "strides", "summaries"):
        for path in sorted((dataset.folder / folder).iterdir()):
            found[f"{folder}/{path.name}"] = folder == "videos" or hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_a_cut_at_every_step_leaves_before_or_after(dataset, analysis, put, steps, tmp_path):
    old = content(dataset)
    shutil.copytree(dataset.folder, tmp_path / "old")
    steps["count"] = 0
    put(dataset, "P01_pre.mp4", analysis, config="e" * 16)
    total = steps["count"]
    new = content(dataset)
    assert total > 20
    assert new != old
    outcomes = []
    for cut in range(1, total):
        again = Dataset(shutil.copytree(tmp_path / "old", tmp_path / f"cut{cut}"))
        steps.update(count=0, cut=cut, off=False)
        with contextlib.suppress(PowerCut):
            put(again, "P01_pre.mp4", analysis, config="e" * 16)
        steps.update(cut=None, off=False)
        recover(again.folder)
        after = content(again)
        assert after in (old, new), f"cut at step {cut} of {total}"
        assert list((again.folder / STAGING).iterdir()) == []
        outcomes.append(after == new)
    # once the result was safe it stays: a later cut never undoes it
    assert outcomes == sorted(outcomes)
    assert outcomes[0] is False
    assert outcomes[-1] is True


def test_recovery_may_be_cut_short_itself(dataset, analysis, put, steps, tmp_path):
    steps["count"] = 0
    new_id = put(Dataset(shutil.copytree(dataset.folder, tmp_path / "whole")), "P04.mp4", analysis)
    total = steps["count"]
    # cut where the result is safe and not yet published
    steps.update(count=0, cut=total - 10)
    with contextlib.suppress(PowerCut):
        put(dataset, "P04.mp4", analysis)
    steps.update(cut=None, off=False)
    assert new_id not in dataset.commits()
    for cut in range(1, 12):
        steps.update(count=0, cut=cut, off=False)
        with contextlib.suppress(PowerCut):
            recover(dataset.folder)
    steps.update(cut=None, off=False)
    recover(dataset.folder)
    assert new_id in dataset.commits()
    assert dataset.problems() == []


def test_remains_that_another_process_took_away_are_no_finished_video(dataset, analysis, put, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(module, "publish", lambda *_: None)
        new_id = put(dataset, "P05.mp4", analysis)
    (ready,) = (dataset.folder / STAGING).iterdir()
    (ready / "strides.parquet").unlink()
    recover(dataset.folder)
    assert new_id not in dataset.commits()
    assert new_id not in Dataset(dataset.folder).incomplete()
    put(dataset, "P05.mp4", analysis)
    assert new_id in dataset.commits()
    assert dataset.problems() == []


def test_a_full_disk_changes_nothing(dataset, analysis, put, steps):
    old = content(dataset)
    for cut in (1, 2, 3, 8):
        steps.update(count=0, cut=cut, off=False, error=OSError(28, "No space left on device"))
        with pytest.raises(OutputError, match="No space left on device"):
            put(dataset, "P01_pre.mp4", analysis, config="e" * 16)
        steps.update(cut=None, error=None)
        assert content(dataset) == old
        assert not [p for p in (dataset.folder / STAGING).iterdir() if p.name.endswith(".ready")]
