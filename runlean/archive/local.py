"""Workers as processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any

from runlean.archive.job import ATTEMPTS, Job, JobQueue, Outcome


def usable_gpus(device: str) -> int:
    """GPUs that workers of this machine may use; 0 where the networks are to run on the CPU."""
    if device == "cpu":
        return 0
    from runlean.models.providers import CPU, probe_gpu

    probe = probe_gpu()
    return probe.n_gpus if probe.usable - {CPU} else 0


@dataclass(slots=True)
class _Hand:
    """A worker process, the line to it, what it is at."""

    process: BaseProcess
    line: Connection
    device: str | None
    job: Job | None = None


class LocalExecutor:
    """Worker processes, each with its own networks; one that dies is replaced, and its job is done again.

    Parameters
    ----------
    workers : int
    devices : sequence of str, optional
        One per worker, in turn (``cuda:0``, ``cuda:1``); left out, each takes what the configuration says.
    """

    def __init__(self, workers: int, devices: Sequence[str] = ()) -> None:
        self._count = workers
        self._devices = devices
        self._context = _context()
        self._hands: list[_Hand] = []
        self._attempts: dict[tuple[str, str, int], int] = {}

    @property
    def name(self) -> str:
        """What it is, for people."""
        return f"{self._count} worker{'s' if self._count > 1 else ''}"

    @property
    def workers(self) -> int:
        """How many jobs it does at a time."""
        return self._count

    def __enter__(self) -> LocalExecutor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hand in self._hands:
            hand.line.close()  # an idle worker ends by itself
            if hand.job is not None:
                hand.process.kill()
        for hand in self._hands:
            hand.process.join(5)
            if hand.process.is_alive():
                hand.process.kill()
                hand.process.join()
        self._hands.clear()

    def run(self, queue: JobQueue) -> Iterator[Outcome]:
        """Do all jobs; see `runlean.archive.job.Executor`."""
        while True:
            self._hand_out(queue)
            busy = [hand for hand in self._hands if hand.job is not None]
            if not busy:
                return
            ready = set(wait([hand.line for hand in busy]))
            for hand in busy:
                if hand.line in ready:
                    yield from self._answer(hand, queue)

    def _hand_out(self, queue: JobQueue) -> None:
        idle = [hand for hand in self._hands if hand.job is None]
        while idle or len(self._hands) < self._count:
            job = queue.take()
            if job is None:
                return
            hand = idle.pop() if idle else self._start()
            config = job.config if hand.device is None else {**job.config, "device": hand.device}
            hand.job = job
            try:
                hand.line.send(replace(job, config=config))
            except OSError:  # it died while it was idle
                self._replace(hand)
                queue.urgent.appendleft(job)

    def _answer(self, hand: _Hand, queue: JobQueue) -> Iterator[Outcome]:
        job = hand.job
        assert job is not None
        try:
            outcome: Outcome = hand.line.recv()
        except (EOFError, OSError):
            code = self._replace(hand)
            key = (job.action, job.path, job.segment)
            self._attempts[key] = self._attempts.get(key, 0) + 1
            if self._attempts[key] < ATTEMPTS:
                queue.urgent.append(job)
            else:
                yield Outcome(job, "retry", job.video_id, f"its worker died {ATTEMPTS} times ({death(code)})")
            return
        hand.job = None
        yield replace(outcome, job=job)

    def _start(self) -> _Hand:
        here, there = self._context.Pipe()
        process = self._context.Process(target=serve, args=(there,), name="runlean-worker", daemon=True)
        process.start()
        there.close()
        hand = _Hand(process, here, self._free_device())
        self._hands.append(hand)
        return hand

    def _free_device(self) -> str | None:
        """The device of which the fewest workers are: who takes a dead one's place takes its GPU."""
        taken = [hand.device for hand in self._hands]
        return min(self._devices, key=taken.count, default=None)

    def _replace(self, hand: _Hand) -> int | None:
        hand.line.close()
        hand.process.join(5)
        self._hands.remove(hand)
        return hand.process.exitcode


def death(code: int | None) -> str:
    """How a process ended, in words.

    Examples
    --------
    >>> death(-9)
    'signal 9; out of memory?'
    """
    if code is not None and code < 0:
        return f"signal {-code}" + ("; out of memory?" if code == -9 else "")
    return f"exit status {code}"


def _context() -> Any:
    """How workers come to be: forked from one process that has loaded all they need, or (Windows) each by itself."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["runlean.archive.preload"])
    return context


def serve(line: Connection) -> None:
    """Body of a worker process: jobs in, outcomes out, until the line ends or the parent is gone.

    The parent is the batch, or the fork server, which ends with it.
    """
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    from runlean.archive.work import Worker

    worker = Worker()
    while True:
        try:
            job = line.recv()
        except (EOFError, OSError):
            worker.close()
            return
        line.send(worker.perform(job))


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
