"""Analyses of the clips, in worker processes, kept outside the repository."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from validation.trials import Setting, score_setting


@dataclass(frozen=True, slots=True)
class Job:
    """One video to analyse.

    Attributes
    ----------
    name : str
        Also the name of its folder of results.
    video : Path
    options : dict
        For `runlean.analyze`.
    """

    name: str
    video: Path
    options: dict[str, Any]


def analyze(job: Job, results: Path) -> float:
    """Analyse one video into its folder; seconds it took."""
    import runlean

    started = time.perf_counter()
    analysis = runlean.analyze(job.video, overlay=False, report=False, threads=1, device="cpu", **job.options)
    analysis.save(results / job.name, overwrite=True)
    return time.perf_counter() - started


def is_done(job: Job, results: Path) -> bool:
    """Whether an analysis lies there already."""
    return (results / job.name / "summary.json").is_file()


def run_all(
    jobs: Iterable[Job],
    trials: Path | None,
    settings: Iterable[Setting],
    only: str | None,
    results: Path,
    workers: int,
    say: Callable[[str], None],
) -> tuple[list[dict[str, Any]], dict[str, str], int]:
    """Analyse what is not there yet and score the trials.

    Parameters
    ----------
    jobs : iterable of Job
    trials : Path or None
        Folder of the force-plate trials.
    settings : iterable of Setting
    only : str or None
        Part of a trial's name.
    results : Path
        A folder per job is left there; one that is there already is used as it is.
    workers : int
        Processes.
    say : callable
        Takes a line of progress.

    Returns
    -------
    rows : list of dict
        Of the trials.
    failures : dict of str to str
        Job name -> error, for analyses that failed.
    reused : int
        Analyses that were there already.
    """
    rows: list[dict[str, Any]] = []
    failures: dict[str, str] = {}
    reused = 0
    # a fresh interpreter each: forking a process that holds Arrow's threads can hang
    with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as pool:
        waiting: dict[Future[Any], str] = {}
        for job in jobs:
            if is_done(job, results):
                reused += 1
            else:
                waiting[pool.submit(analyze, job, results)] = job.name
        if trials is not None:
            for setting in settings:
                waiting[pool.submit(score_setting, trials, setting, only)] = setting.name
        for done in as_completed(waiting):
            name = waiting[done]
            error = done.exception()
            if error is not None:
                failures[name] = f"{type(error).__name__}: {error}"
                say(f"{name}: FAILED, {failures[name]}")
            elif isinstance(done.result(), list):
                rows += done.result()
                say(f"{name}: {len(done.result())} trials")
            else:
                say(f"{name}: {done.result():.0f} s")
    return rows, failures, reused
