"""An hour of keypoints to time the gait kernels on, and the CPU time that each kernel took in a whole analysis."""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def running(frames: int, tracks: int = 1, noise_px: float = 1.0) -> PoseTracks:
    """The rendered treadmill runner's true COCO-17 points with noise, ``frames`` rows in all, shared by ``tracks``."""
    with np.load(clip_truth_arrays("ship_tm_right_60"), allow_pickle=True) as truth:
        names, points = [str(n) for n in truth["names"]][:17], truth["kp2d"][:, 0, :17].astype(np.float64)
    per_track = frames // tracks
    time_s = np.arange(per_track) / FPS
    place = np.mod(time_s, STRIDES * STRIDE_S) * CLIP_FPS
    low = np.minimum(place.astype(np.int64), len(points) - 2)
    share = (place - low)[:, None, None]
    clean = points[low] * (1.0 - share) + points[low + 1] * share
    noise = np.random.default_rng(4).normal(0.0, noise_px, (per_track, tracks, 17, 2))
    return pose_tracks(clean[:, None] + noise, time_s, names, width=960, height=540)


@contextmanager
def kernel_seconds() -> Iterator[dict[str, float]]:
    """CPU seconds of every compiled kernel that the gait room calls while the block runs, by name."""
    spent: dict[str, float] = defaultdict(float)
    replaced: list[tuple[Any, str, Any]] = []

    def timed(name: str, kernel: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            begun = time.thread_time()
            try:
                return kernel(*arguments)
            finally:
                spent[name] += time.thread_time() - begun

        return call

    for found in pkgutil.iter_modules(runlean.gait.__path__, "runlean.gait."):
        module = importlib.import_module(found.name)
        for name, value in list(vars(module).items()):
            if getattr(value, "__module__", "").startswith("runlean_kernels.") and callable(value):
                replaced.append((module, name, value))
                setattr(module, name, timed(name, value))
    try:
        yield spent
    finally:
        for module, name, value in replaced:
            setattr(module, name, value)


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
