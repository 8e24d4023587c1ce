"""A process that does one tool's work on a file again and again, and says what each time cost.

Needs nothing but Python, so that it runs in every tool's own environment. A job is a line on standard input, the answer
a line of JSON on standard output; what a tool prints itself goes to standard error.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Seen(NamedTuple):
    """What a tool found: frames read, and the middle of the runner's hips in pixels, frame by frame (None: none)."""

    frames: int
    hips: list[tuple[float, float] | None]


def serve(work: Callable[[], Callable[[], Seen]], about: dict[str, Any]) -> None:
    """Answer with ``about`` once, then do ``work`` for every line that comes; what it returns is read off the clock."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _say(answers, about)
    for _ in sys.stdin:
        before, wall = cpu_seconds(), time.perf_counter()
        read = work()
        spent = {"cpu_s": cpu_seconds() - before, "wall_s": time.perf_counter() - wall}
        seen = read()
        _say(answers, spent | {"frames": seen.frames, "hips": seen.hips})


def cpu_seconds() -> float:
    """CPU seconds of this process, all threads, and of the processes that it started and that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _say(answers: Any, what: dict[str, Any]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()
