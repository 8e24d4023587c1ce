"""``runlean batch``: many videos into one dataset."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runlean.cli import options
from runlean.cli.analyze import checked_config

if TYPE_CHECKING:
    from runlean.archive.batch import BatchResult
    from runlean.archive.job import Executor
    from runlean.config import AnalyzeConfig

SOME_FAILED = 3

#: What stands for "start a cluster on this machine" behind --ray.
_HERE = "here"
_ADDRESS = re.compile(r"auto|local|here|ray://\S+|[\w.-]+:\d+")


def with_ray_address(args: list[str]) -> list[str]:
    """Give ``--ray`` a value where it stands alone, so that its address may be left out.

    Examples
    --------
    >>> with_ray_address(["batch", "--ray", "films", "-o", "out"])
    ['batch', '--ray', 'here', 'films', '-o', 'out']
    >>> with_ray_address(["batch", "films", "--ray", "head:6379"])
    ['batch', 'films', '--ray', 'head:6379']
    """
    if "batch" not in args:
        return args
    out = []
    for i, arg in enumerate(args):
        out.append(arg)
        if arg == "--ray" and not (i + 1 < len(args) and _ADDRESS.fullmatch(args[i + 1])):
            out.append(_HERE)
    return out


def batch(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCES...",
            help="Videos, folders, patterns, list files (.txt) or addresses (s3://bucket/day1).",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DATASET", help="Where the dataset lies.", show_default=False)
    ],
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Worker processes (left out: one per core, or per GPU).")
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="[ADDRESS]",
            help="Work on a Ray cluster: auto, HOST:PORT or ray://HOST:PORT; without an address, one on this machine.",
            show_default=False,
        ),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed in an earlier run.")
    ] = False,
    meta: Annotated[
        Path | None, typer.Option(metavar="CSV", help="What you know of the videos; kept in the dataset.")
    ] = None,
    model: options.Model = "movenet-thunder",
    device: options.Device = "auto",
    tensorrt: options.TensorRT = "auto",
    precision: options.Precision = "fp32",
    runner_height: Annotated[
        float | None, typer.Option(metavar="METRES", help="Standing height, where it is the same in all videos.")
    ] = None,
    treadmill_speed: options.TreadmillSpeed = None,
    slow_motion: options.SlowMotion = 1.0,
    roll: options.Roll = "auto",
    feet: options.Feet = "auto",
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="Threads per worker (left out: cores / workers).")
    ] = None,
    decoder: options.Decoder = "auto",
    point_correction: options.PointCorrection = "auto",
    band: options.Band = (5.0, 10.0),
    runners: options.Runners = "all",
    region: options.Region = None,
    quiet: options.Quiet = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON line per event on stdout.")] = False,
) -> None:
    """Analyse many videos into one dataset; run it again to go on where it stopped."""
    from runlean.archive.batch import run_batch
    from runlean.archive.beforehand import check_meta, check_network, check_workers
    from runlean.archive.listing import find_videos
    from runlean.cli.batch_progress import batch_listener

    check_workers(workers)
    config = checked_config(
        model=model,
        device=device,
        tensorrt=tensorrt,
        precision=precision,
        runner_height_m=runner_height,
        treadmill_speed_mps=treadmill_speed,
        slow_motion=slow_motion,
        roll=roll,
        feet=feet,
        threads=threads,
        decoder=decoder,
        point_correction=point_correction,
        band=band,
        runners=runners,
        region=region,
        overlay=False,
        report=False,
    )
    config.check_for_video()
    check_network(config)
    found = find_videos(sources)
    if meta is not None:
        check_meta(meta, found)
    with _told_when_stopped(output, quiet), batch_listener(quiet, json) as listener:
        if ray is not None:
            with contextlib.redirect_stdout(sys.stderr):
                executor: Executor = _ray_executor(ray, workers, config)
        else:
            config, executor = _local_executor(workers, config, quiet or json)
        # Ray writes to stdout what it has to say; there only results belong
        quiet_stdout = contextlib.redirect_stdout(sys.stderr) if ray is not None else contextlib.nullcontext()
        with quiet_stdout, executor:
            listener.begun(len(found), executor, str(output))
            result = run_batch(found, output, config, executor, retry_failed=retry_failed, meta=meta, listener=listener)
        listener.ended(result)
    if _any_failed(result):
        raise typer.Exit(SOME_FAILED)


@contextlib.contextmanager
def _told_when_stopped(dataset: Path, quiet: bool) -> Iterator[None]:
    """Whoever interrupts a batch should know that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt:
        if not quiet:
            print(f"runlean: {dataset}: stopped; what is done stays, the same command goes on", file=sys.stderr)
        raise


def _local_executor(workers: int | None, config: AnalyzeConfig, quiet: bool) -> tuple[AnalyzeConfig, Executor]:
    from runlean.archive.beforehand import check_device, engines_line
    from runlean.archive.crew import crew_of
    from runlean.archive.local import LocalExecutor, usable_gpus
    from runlean.cores import usable_cores

    check_device(config)
    cores = usable_cores()
    crew = crew_of(config.device, usable_gpus(config.device), cores, workers, config.threads)
    threads = config.threads or max(1, cores // crew.count)
    line = engines_line(config, crew.devices[0]) if crew.devices and not quiet else None
    if line is not None:
        from runlean.cli.terminal import notices

        notices().print(line, soft_wrap=True)
    return config.model_copy(update={"threads": threads}), LocalExecutor(crew.count, crew.devices)


def _ray_executor(address: str, workers: int | None, config: AnalyzeConfig) -> Executor:
    from runlean.archive.ray_cluster import RayExecutor

    return RayExecutor(None if address in (_HERE, "local") else address, workers, config)


def _any_failed(result: BatchResult) -> bool:
    return bool(result.failures or result.failed_before)
