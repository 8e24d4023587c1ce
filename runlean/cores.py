"""How many cores this process may use."""

from __future__ import annotations

import math
import os
from functools import cache
from pathlib import Path

#: Where a container's share of the processor stands (control groups, version 2).
CPU_MAX = Path("/sys/fs/cgroup/cpu.max")


@cache
def usable_cores() -> int:
    """Cores that this process may use; containers and schedulers often allow fewer than there are."""
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:  # no such thing outside Linux
        allowed = os.cpu_count() or 1
    return max(1, min(allowed, _share(CPU_MAX) or allowed))


def _share(path: Path) -> int | None:
    """Whole cores of a quota such as ``200000 100000`` (microseconds in each period); None where there is none."""
    try:
        quota, period = path.read_text(encoding="ascii").split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):
        return None
