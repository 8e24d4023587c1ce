"""CPU seconds, wall seconds and memory of a piece of work."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

#: Runs in a small process between: a child's peak starts at that of the process that forked it.
_WAIT = """
import json, os, subprocess, sys, time
begun = time.perf_counter()
child = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(json.dumps([usage.ru_utime + usage.ru_stime, time.perf_counter() - begun, usage.ru_maxrss]))
sys.exit(os.waitstatus_to_exitcode(status) and 1)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work took.

    Attributes
    ----------
    cpu_s : float
        Of all threads of the process.
    wall_s : float
    peak_mb : float
        Largest resident set of the process, 1e6 bytes; NaN where it was not asked for or is not known.
    """

    cpu_s: float
    wall_s: float
    peak_mb: float = float("nan")


def cost_of(work: Callable[[], T]) -> tuple[Cost, T]:
    """Do ``work`` and say what it cost this process, all its threads together."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return Cost(time.process_time() - cpu, time.perf_counter() - wall), result


def cost_of_command(arguments: Sequence[str]) -> Cost:
    """Run ``python ARGUMENTS`` in a process of its own; its whole life counts, start included.

    Raises
    ------
    subprocess.CalledProcessError
        It failed, or this system does not tell what a child used (Windows).
    """
    out = subprocess.run([sys.executable, "-c", _WAIT, *arguments], capture_output=True, text=True, check=False)
    if out.returncode:
        raise subprocess.CalledProcessError(out.returncode, list(arguments), out.stdout, out.stderr)
    cpu, wall, kib = json.loads(out.stdout.splitlines()[-1])
    return Cost(cpu, wall, (kib / 1024 if sys.platform == "darwin" else kib) * 1024 / 1e6)
