"""Kernels compiled ahead, by several processes at once, so that a first run waits for a share of the compiler only.

Numba compiles a kernel when it is first called and holds one lock while it does: a first analysis would compile one
kernel after another on one core. ``signatures.txt`` lists with what types an analysis calls each kernel; where many of
them have no compiled code yet, processes of their own compile them into the same cache.

    python -m runlean_kernels.ahead repair.leg_swap.leg_swap
"""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Event, Thread
from typing import Any

from runlean_kernels import jit

SIGNATURES = Path(__file__).with_name("signatures.txt")
#: Less than this to be compiled, in CPU seconds, is not worth starting processes for: they take 2 to start.
WORTH_S = 8.0
MOST_PROCESSES = 8

_TYPES = {"f8": "float64", "f4": "float32", "i8": "int64", "i1": "int8", "u1": "uint8", "b1": "boolean"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A kernel and the types that it is called with.

    Attributes
    ----------
    module, name : str
        ``repair.leg_swap``, ``leg_swap``.
    types : tuple of str
        One word for each argument: ``f8``; ``f8[2]``, an array of two axes in C order; ``f8[2]!``, one only read.
    cost_s : float
        CPU seconds that it takes to compile with all that it calls.
    """

    module: str
    name: str
    types: tuple[str, ...]
    cost_s: float

    @property
    def place(self) -> str:
        """Where it is, dotted."""
        return f"{self.module}.{self.name}"

    @property
    def source(self) -> Path:
        """File that it is written in."""
        return jit.ROOT.joinpath(*self.module.split(".")).with_suffix(".py")

    def is_compiled(self, folder: Path) -> bool:
        """Compiled code of the present source lies in the cache, for this processor (``folder`` is `jit.COMPILED`)."""
        return any(jit.folder_of(self.source, folder).glob(f"*/{self.source.stem}.{self.name}-*.nbi"))

    def compile(self) -> None:
        """Compile it, or load it from the cache."""
        kernel = getattr(import_module(f"runlean_kernels.{self.module}"), self.name)
        kernel.compile(tuple(numba_type(word) for word in self.types))


def numba_type(word: str) -> Any:
    """Numba's type for a word of ``signatures.txt``."""
    from numba import types

    scalar = getattr(types, _TYPES[word[:2]])
    if len(word) == 2:
        return scalar
    return types.Array(scalar, int(word[3]), "C", readonly=word.endswith("!"))


def word_of(numba_type: Any) -> str:
    """Word for a type; the inverse of `numba_type`.

    Raises
    ------
    ValueError
        No kernel of an analysis should be called with it: an array that is not in C order, say.
    """
    from numba import types

    words = {getattr(types, name): word for word, name in _TYPES.items()}
    if numba_type in words:
        return words[numba_type]
    if isinstance(numba_type, types.Array) and numba_type.layout == "C" and numba_type.dtype in words:
        return f"{words[numba_type.dtype]}[{numba_type.ndim}]{'' if numba_type.mutable else '!'}"
    raise ValueError(f"expected a number or an array in C order, came {numba_type!r}")


def read_entries(path: Path = SIGNATURES) -> list[Entry]:
    """Entries of a list, the costliest first."""
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            cost, place, *words = line.split()
            module, name = place.rsplit(".", 1)
            entries.append(Entry(module, name, tuple(words), float(cost)))
    return sorted(entries, key=lambda entry: -entry.cost_s)


def shares_of(entries: list[Entry], count: int) -> list[list[Entry]]:
    """Entries dealt out, the costliest first, each to whoever has the least to do."""
    shares: list[list[Entry]] = [[] for _ in range(count)]
    for entry in entries:
        min(shares, key=lambda share: sum(one.cost_s for one in share)).append(entry)
    return shares


def compile_ahead(processes: int, progress: Callable[[int, int], None] | None = None) -> bool:
    """Compile what an analysis will call, where much of it has no compiled code yet, and wait for it.

    Whatever goes wrong here costs time only: a kernel that is not compiled is compiled when it is called.

    Parameters
    ----------
    processes : int
        How many may work at once; with one there is nothing to gain and nothing is done.
    progress : callable, optional
        ``progress(done, total)`` in kernels, a few times a second.

    Returns
    -------
    bool
        Something was compiled.
    """
    folder = jit.COMPILED
    processes = min(processes, MOST_PROCESSES)
    if folder is None or processes < 2 or jit.is_disabled() or getattr(sys, "frozen", False):
        return False
    missing = [entry for entry in read_entries() if not entry.is_compiled(folder)]
    if not missing or sum(entry.cost_s for entry in missing) < WORTH_S:
        return False
    children = []
    try:
        for share in shares_of(missing, processes):
            command = [sys.executable, "-m", "runlean_kernels.ahead", *(entry.place for entry in share)]
            children.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        while any(child.poll() is None for child in children):
            if progress is not None:
                progress(sum(entry.is_compiled(folder) for entry in missing), len(missing))
            time.sleep(0.25)
    except OSError:
        return False
    finally:
        for child in children:
            child.kill()
            child.wait()
    if progress is not None:
        progress(len(missing), len(missing))
    return True


#: Rooms of kernels in the order in which an analysis comes to them; the others come last.
_ROOMS = ("image", "camera", "detection", "tracking")
_loaded = Event()


@contextmanager
def loading_ahead() -> Iterator[None]:
    """While networks are opened and the first pictures come, load compiled kernels from the cache in a thread beside.

    A second of video is analysed 0.5 s sooner, of 4.8 s, for 0.2 CPU s of kernels that it would not have called. Once
    in a process; what has no compiled code is left to its first call.
    """
    if jit.COMPILED is None or jit.is_disabled() or _loaded.is_set():
        yield
        return
    stop = Event()
    thread = Thread(target=_load, args=(jit.COMPILED, stop), name="runlean-kernels")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _load(folder: Path, stop: Event) -> None:
    def turn(entry: Entry) -> int:
        room = entry.module.partition(".")[0]
        return _ROOMS.index(room) if room in _ROOMS else len(_ROOMS)

    with suppress(Exception):  # a damaged file in the cache, say: the kernel's own first call deals with it
        for entry in sorted(read_entries(), key=turn):
            if stop.is_set():
                return
            if entry.is_compiled(folder):
                entry.compile()
    _loaded.set()


def compile_here(places: list[str]) -> None:
    """Compile what is listed of these kernels into the cache, in this process."""
    # the compiler keeps nearly all that it makes: looking through it for what is not needed took 9 % of its time
    gc.disable()
    for entry in read_entries():
        if entry.place in places:
            entry.compile()


if __name__ == "__main__":
    compile_here(sys.argv[1:])
