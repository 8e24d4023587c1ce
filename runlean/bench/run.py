"""Limits and pipeline, interleaved, on one video."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from runlean.bench.cost import Cost, cost_of
from runlean.bench.limits import CropLimit, decode, network
from runlean.bench.record import BenchResult, Stage, median
from runlean.config import AnalyzeConfig
from runlean.doctor import machine_here
from runlean.errors import VideoError
from runlean.pipeline import analyze
from runlean.pose.networks import open_networks

_FULL = "with overlay and report"
_PACKAGES = ("runlean", "numpy", "numba", "onnxruntime-gpu", "onnxruntime", "av")


def run_bench(
    video: Path,
    *,
    model: str = "movenet-thunder",
    feet: str = "off",
    repeats: int = 5,
    overlay: bool = True,
    threads: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> BenchResult:
    """Time the limits and the pipeline on the CPU, one after the other within every repeat.

    Parameters
    ----------
    video : Path
        With one runner in it.
    model, feet, threads
        As for ``runlean analyze``.
    repeats : int
        Medians are taken over them; one round before them warms up and does not count. The limits are measured once
        more at the end: a pipeline is held against the mean of those before and after it.
    overlay : bool
        Time the pipeline with overlay and report, too.
    progress : callable, optional
        ``progress(stage, done, total)``.

    Raises
    ------
    VideoError
        Nobody runs in the video: then there is no crop to time.
    """
    here = machine_here()
    cores = threads or here.cores_usable
    plain = AnalyzeConfig.from_options(
        model=model, feet=feet, device="cpu", threads=threads, overlay=False, report=False
    )
    full = plain.model_copy(update={"overlay": True, "report": True})
    networks = open_networks(plain)
    models = [m for m in (networks.pose, networks.feet) if m is not None]
    first = analyze(video, config=plain, networks=networks)
    count = first.frames.num_rows
    if not count:
        raise VideoError(f"{video}: expected a video with a runner in it, nobody was followed; give another one")
    frames = first.summary.source.n_frames
    crop = CropLimit(video, networks.pose, _box_of(first.frames))
    crop.run(frames)

    def with_output() -> None:
        with tempfile.TemporaryDirectory() as folder:
            analyze(video, config=full, networks=networks).save(Path(folder) / "out")

    limits: dict[str, Callable[[], Any]] = {
        "decode": lambda: decode(video, cores),
        "crop": lambda: crop.run(count),
        "network": lambda: network(models, crop.crops, count, cores, None),
        "both at once": lambda: network(models, crop.crops, count, cores, lambda: decode(video, cores)),
    }
    work: dict[str, Callable[[], Any]] = {"pipeline": lambda: analyze(video, config=plain, networks=networks)}
    if overlay:
        work[_FULL] = with_output
    costs: dict[str, list[Cost]] = {name: [] for name in (*limits, *work)}
    for round_ in range(repeats + 1):
        for name, task in (limits | work).items():
            cost, _ = cost_of(task)
            if round_:
                costs[name].append(cost)
        if progress is not None:
            progress("bench", round_ + 1, repeats + 1)
    # a machine's speed drifts by a tenth within a minute: each pipeline lies between two measurements of the limits
    for name, task in limits.items():
        costs[name].append(cost_of(task)[0])
    stages = tuple(
        Stage(name, median([1e3 * c.cpu_s / frames for c in of]), median([1e3 * c.wall_s / frames for c in of]))
        for name, of in costs.items()
    )

    def ratio(of: Callable[[int], float]) -> float:
        return median([of(k) for k in range(repeats)])

    def around(name: str, k: int, cost: Callable[[Cost], float]) -> float:
        return 0.5 * (cost(costs[name][k]) + cost(costs[name][k + 1]))

    def alone(k: int) -> float:
        return around("decode", k, lambda c: c.cpu_s) + around("network", k, lambda c: c.cpu_s)

    def overlapped(k: int) -> float:
        return around("both at once", k, lambda c: c.wall_s)

    return BenchResult(
        model=model,
        feet=feet,
        video=video.name,
        frames=frames,
        repeats=repeats,
        cores=cores,
        stages=stages,
        cpu_ratio=ratio(lambda k: costs["pipeline"][k].cpu_s / alone(k)),
        wall_ratio=ratio(lambda k: costs["pipeline"][k].wall_s / (alone(k) / cores)),
        wall_ratio_measured=ratio(
            lambda k: costs["pipeline"][k].wall_s / around("both at once", k, lambda c: c.wall_s)
        ),
        overlay_ratio=ratio(lambda k: costs["with overlay and report"][k].cpu_s / alone(k))
        if overlay
        else float("nan"),
        machine=here.record(),
        versions=_versions(),
    )


def _box_of(frames: Any) -> npt.NDArray[np.float64]:
    """Box around all keypoints of the first runner's rows, float64 (4,), px: about what the pipeline crops."""
    names = [name for name in frames.column_names if name.endswith(("_x_px", "_y_px")) and not name.startswith("com_")]
    x = np.concatenate([frames.column(n).to_numpy(zero_copy_only=False) for n in names if n.endswith("_x_px")])
    y = np.concatenate([frames.column(n).to_numpy(zero_copy_only=False) for n in names if n.endswith("_y_px")])
    return np.array([np.nanmin(x), np.nanmin(y), np.nanmax(x), np.nanmax(y)], np.float64)


def _versions() -> dict[str, str]:
    out = {}
    for name in _PACKAGES:
        try:
            out[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return out
