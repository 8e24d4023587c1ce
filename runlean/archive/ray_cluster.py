"""Workers as Ray actors: the same jobs, the same work, on as many machines as the cluster has.

The dataset and the videos must be reachable under the same paths from every node (a shared file system, or an object
store for the videos). Each worker commits its own results; the driver only plans and listens.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any

from runlean.archive.crew import crew_of
from runlean.archive.job import ATTEMPTS, Job, JobQueue, Outcome
from runlean.archive.local import usable_gpus
from runlean.config import AnalyzeConfig
from runlean.cores import usable_cores
from runlean.errors import ConfigError, DeviceError


class RayExecutor:
    """Actors that hold their networks; one that dies, with its process or its node, is replaced.

    Parameters
    ----------
    address : str or None
        ``auto``, ``HOST:PORT`` or ``ray://HOST:PORT``; None starts a cluster on this machine.
    workers : int or None
        Actors; None takes as many as the cluster has GPUs, or cores where it has none.
    config : AnalyzeConfig
        Says whether GPUs are wanted, and how many threads a worker takes.
    """

    def __init__(self, address: str | None, workers: int | None, config: AnalyzeConfig) -> None:
        try:
            import ray
        except ImportError:
            raise DeviceError("--ray: expected Ray to be installed; pip install 'runlean[ray]'") from None
        kind, _, number = config.device.partition(":")
        if number:  # a worker sees only the GPU that it was given, as number 0
            raise ConfigError(f"--device {config.device}: Ray deals the GPUs out; use --device {kind}")
        self._ray: Any = ray
        self._threads = config.threads or 1
        self._mine = not ray.is_initialized()
        if self._mine:
            self._connect(address, workers)
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        cpus, gpus = int(resources.get("CPU", 0)), int(resources.get("GPU", 0))
        if self._mine and address is None:  # Ray counts GPUs of this machine that the networks may not be able to use
            gpus = min(gpus, usable_gpus(config.device))
        crew = crew_of(config.device, gpus, cpus, workers, self._threads)
        self._wanted, self._gpus = crew.count, crew.gpu_share
        # an actor lies on one node: one for which none has the cores left would wait for them without end
        room = sum(cores // self._threads for cores in _cores_of_nodes(ray))
        if room < 1:
            raise ConfigError(
                f"--threads {self._threads}: expected no more than a node of the Ray cluster has cores; "
                f"the largest has {max(_cores_of_nodes(ray), default=0)}"
            )
        self._count = min(self._wanted, room)
        if self._gpus == 0 and config.device.startswith(("cuda", "tensorrt")):
            raise DeviceError(f"--device {config.device}: the Ray cluster shows no GPU; use --device cpu")
        self._attempts: dict[tuple[str, str, int], int] = {}
        self._actors: list[Any] = []
        #: Actors that have not answered yet, by the call that they will answer: one may wait for cores for long.
        self._starting: dict[Any, Any] = {}

    def _connect(self, address: str | None, workers: int | None) -> None:
        ray = self._ray
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        if address is None:
            cores = max(workers or 0, usable_cores())
            options |= {"num_cpus": cores * self._threads, "include_dashboard": False}
        try:
            ray.init(address, **options)
        except (ConnectionError, ValueError, RuntimeError) as error:
            first = str(error).strip().splitlines()[0]
            raise ConfigError(f"--ray {address}: expected the address of a Ray cluster; {first}") from None

    @property
    def name(self) -> str:
        """What it is, for people."""
        kind = "GPU" if self._gpus else "CPU"
        short = f" ({self._wanted} wanted, its cores hold {self._count})" if self._count < self._wanted else ""
        return f"{self._count} {kind} worker{'s' if self._count > 1 else ''} on Ray{short}"

    @property
    def workers(self) -> int:
        """How many jobs it does at a time."""
        return self._count

    def __enter__(self) -> RayExecutor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:  # all are idle
            with contextlib.suppress(Exception):
                self._ray.get([actor.close.remote() for actor in self._ready()], timeout=5)
        for actor in self._actors:
            with contextlib.suppress(Exception):
                self._ray.kill(actor)
        self._actors.clear()
        self._starting.clear()
        if self._mine:
            self._ray.shutdown()

    def run(self, queue: JobQueue) -> Iterator[Outcome]:
        """Do all jobs; see `runlean.archive.job.Executor`.

        A job is given only to an actor that has answered: after a node died there may be no cores for another, and
        whoever is free does what was meant for it.
        """
        ray = self._ray
        running: dict[Any, tuple[Any, Job]] = {}
        held: deque[Job] = deque()
        idle = self._ready()
        while True:
            while idle and (job := held.popleft() if held else queue.take()) is not None:
                actor = idle.pop()
                running[actor.perform.remote(job)] = (actor, job)
            while not idle and len(self._actors) < self._count and (job := queue.take()) is not None:
                held.append(job)
                self._start()
            if not running and not held:
                return
            [done], _ = ray.wait([*running, *self._starting], num_returns=1)
            begun = done not in running
            actor, job = (self._starting.pop(done), None) if begun else running.pop(done)
            try:
                answer = ray.get(done)
            except ray.exceptions.RayError as error:
                self._drop(actor)
                job = job or (held.popleft() if held else None)
                if job is None:
                    continue
                key = (job.action, job.path, job.segment)
                self._attempts[key] = self._attempts.get(key, 0) + 1
                if self._attempts[key] < ATTEMPTS:
                    queue.urgent.append(job)
                    continue
                outcome = Outcome(job, "retry", job.video_id, f"its worker died {ATTEMPTS} times ({_words(error)})")
            else:
                idle.append(actor)
                if job is None:
                    continue
                outcome = answer
            yield replace(outcome, job=job)

    def _ready(self) -> list[Any]:
        """Actors that have answered."""
        waiting = list(self._starting.values())
        return [actor for actor in self._actors if not any(actor is one for one in waiting)]

    def _start(self) -> None:
        from runlean.archive.work import Worker

        remote = self._ray.remote(
            num_cpus=self._threads, num_gpus=self._gpus, max_restarts=0, max_task_retries=0, max_concurrency=1
        )(Worker)
        actor = remote.remote()
        self._actors.append(actor)
        self._starting[actor.__ray_ready__.remote()] = actor

    def _drop(self, actor: Any) -> None:
        self._actors = [one for one in self._actors if one is not actor]
        with contextlib.suppress(Exception):
            self._ray.kill(actor)


def _cores_of_nodes(ray: Any) -> list[int]:
    """Cores of each node that is alive, as Ray counts them."""
    return [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]


def _words(error: Exception) -> str:
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    return lines[0][:160] if lines else type(error).__name__
