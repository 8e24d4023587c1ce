"""An hour of keypoints to time the gait kernels on, and the CPU time that each kernel took in a whole analysis."""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

import runlean.gait
from runlean.clips import clip_truth_arrays
from runlean.pose.keypoints import pose_tracks
from runlean.pose.tracks import PoseTracks

FPS = 30.0
HOUR = 108_000
#: The rendered runner's strides repeat exactly at 174 steps a minute: eight of them fit into the clip's six seconds.
STRIDES, STRIDE_S = 8, 120.0 / 174.0
CLIP_FPS = 60.0


def running(frames: int, tracks: int = 1, noise_px: float = 1.0, points: int = 17) -> PoseTracks:
    """The rendered treadmill runner's true points with noise, ``frames`` rows in all, shared by ``tracks``.

    ``points`` is 17 (COCO's) or 21, with heels and big toes.
    """
    with np.load(clip_truth_arrays("ship_tm_right_60"), allow_pickle=True) as truth:
        names, places = [str(n) for n in truth["names"]][:points], truth["kp2d"][:, 0, :points].astype(np.float64)
    per_track = frames // tracks
    time_s = np.arange(per_track) / FPS
    place = np.mod(time_s, STRIDES * STRIDE_S) * CLIP_FPS
    low = np.minimum(place.astype(np.int64), len(places) - 2)
    share = (place - low)[:, None, None]
    clean = places[low] * (1.0 - share) + places[low + 1] * share
    noise = np.random.default_rng(4).normal(0.0, noise_px, (per_track, tracks, points, 2))
    return pose_tracks(clean[:, None] + noise, time_s, names, width=960, height=540)


def gait_kernels() -> Iterator[tuple[ModuleType, str, Callable[..., Any]]]:
    """Every compiled kernel that the gait room calls: module that calls it, name, kernel."""
    for found in pkgutil.iter_modules(runlean.gait.__path__, "runlean.gait."):
        module = importlib.import_module(found.name)
        for name, value in list(vars(module).items()):
            if getattr(value, "__module__", "").startswith("runlean_kernels.") and callable(value):
                yield module, name, value


@contextmanager
def _replaced(around: Callable[[str, Callable[..., Any]], Callable[..., Any]]) -> Iterator[None]:
    """Every gait kernel is what ``around`` makes of it while the block runs."""
    kernels = list(gait_kernels())
    for module, name, kernel in kernels:
        setattr(module, name, around(name, kernel))
    try:
        yield
    finally:
        for module, name, kernel in kernels:
            setattr(module, name, kernel)


@contextmanager
def kernel_seconds() -> Iterator[dict[str, float]]:
    """CPU seconds of every gait kernel while the block runs, by name."""
    spent: dict[str, float] = defaultdict(float)

    def timed(name: str, kernel: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            begun = time.thread_time()
            try:
                return kernel(*arguments)
            finally:
                spent[name] += time.thread_time() - begun

        return call

    with _replaced(timed):
        yield spent


def copied(arguments: Iterable[Any]) -> list[Any]:
    """Arguments that a kernel may write into."""
    return [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a kernel: what it was given, and the same arguments when it was done."""

    kernel: Callable[..., Any]
    given: list[Any]
    left: list[Any]


@contextmanager
def kernel_calls() -> Iterator[dict[str, Call]]:
    """The first call of every gait kernel while the block runs, by name."""
    calls: dict[str, Call] = {}

    def recorded(name: str, kernel: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            given = copied(arguments)
            out = kernel(*arguments)
            calls.setdefault(name, Call(kernel, given, copied(arguments)))
            return out

        return call

    with _replaced(recorded):
        yield calls


def copy_bandwidth(megabytes: int = 64) -> float:
    """Bytes per CPU second that ``numpy.copyto`` reads and writes here, large arrays, best of nine."""
    source = np.ones(megabytes * 131072)
    target = np.empty_like(source)
    best = float("inf")
    for _ in range(9):
        begun = time.thread_time()
        np.copyto(target, source)
        best = min(best, time.thread_time() - begun)
    return 2.0 * source.nbytes / best


def leg_angles(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Inner angle at the middle point of each row's three points (row, 3, 2), the NumPy way."""
    upper, lower = xy[:, 0] - xy[:, 1], xy[:, 2] - xy[:, 1]
    cross = upper[:, 0] * lower[:, 1] - upper[:, 1] * lower[:, 0]
    return np.abs(np.arctan2(cross, (upper * lower).sum(axis=1)))
