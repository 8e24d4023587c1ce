"""How many workers a batch has, and what each computes on: one answer for processes and for Ray."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Crew:
    """The workers of a batch.

    Attributes
    ----------
    count : int
    devices : tuple of str
        What ``--device`` is for each worker, in turn; empty where the networks run on the CPU.
    gpu_share : float
        Of a GPU that one worker takes, 0 on the CPU.
    """

    count: int
    devices: tuple[str, ...] = ()
    gpu_share: float = 0.0


def crew_of(device: str, n_gpus: int, n_cores: int, asked: int | None = None, threads: int | None = None) -> Crew:
    """One worker per GPU, several in turn where more were asked for; without a GPU one per core.

    Parameters
    ----------
    device : str
        From ``--device``.
    n_gpus, n_cores : int
        That can be used.
    asked : int, optional
        From ``--workers``.
    threads : int, optional
        From ``--threads``: of each worker.

    Examples
    --------
    >>> crew_of("auto", 2, 64, asked=3)
    Crew(count=3, devices=('cuda:0', 'cuda:1'), gpu_share=0.5)
    >>> crew_of("auto", 0, 8, threads=2)
    Crew(count=4, devices=(), gpu_share=0.0)
    """
    kind, _, number = device.partition(":")
    if kind == "cpu" or n_gpus < 1:
        return Crew(asked or max(1, n_cores // (threads or 1)))
    name = "cuda" if kind == "auto" else kind
    devices = (device,) if number else tuple(f"{name}:{i}" for i in range(n_gpus))
    count = asked or len(devices)
    return Crew(count, devices, 1.0 / -(-count // len(devices)))
