"""The one place that sets the compiler's flags and the folder of compiled code.

Numba's own cache does not see an edit in another file that a kernel calls, and fails on a read-only install
with an unwritable HOME. So each kernel's cache folder is named by a digest of its own source and of every kernel
source that it imports, directly or through others: an edit compiles anew what it can have changed, and nothing else.
The folders lie in one named by the versions of Python, Numba and NumPy and by the processor, in the user's cache folder
(or ``RUNLEAN_CACHE_DIR``), and where that cannot be written, in a temporary one. Machines whose processors differ may
share a home: each finds its own code by the name of a file, and none overwrites the others' index.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from runlean_kernels.folders import user_cache_dir, writable_folder

F = TypeVar("F", bound=Callable[..., Any])

#: Where the kernels' sources lie.
ROOT = Path(__file__).parent
_NAMED = re.compile(rf"{ROOT.name}((?:\.\w+)+)")
_FROMROOT = re.compile(rf"^\s*(?:from\s+{ROOT.name}\s+import|from\s+\.|import\s+{ROOT.name}\s)[^\n]*", re.MULTILINE)


def target_digest() -> str:
    """First 16 hex digits of a SHA-256 over what compiled code is for.

    That is the versions of Python, Numba and NumPy, and the processor with all its instructions as Numba's own cache
    tells processors apart.
    """
    import numba
    import numpy
    from numba.core.registry import cpu_target

    processor = cpu_target.target_context.codegen().magic_tuple()
    content = f"{numba.__version__} {numpy.__version__} {sys.version} {processor}"
    return hashlib.sha256(content.encode()).hexdigest()[:16]


@cache
def _source(path: Path) -> tuple[bytes, frozenset[Path]]:
    """A file's content, and the kernel sources that it names; all of them where that cannot be told from its text."""
    content = path.read_bytes()
    text = content.decode()
    named = {ROOT.joinpath(*dotted[1:].split(".")) for dotted in _NAMED.findall(text)}
    for line in _FROMROOT.findall(text):
        listed = re.fullmatch(rf"from {ROOT.name} import ((?:\w+(?: as \w+)?(?:, )?)+)", line.strip())
        if listed is None:
            return content, frozenset(ROOT.rglob("*.py"))
        named |= {ROOT / name.split()[0] for name in listed[1].split(", ")}
    found: set[Path] = set()
    for module in named:
        if module.is_dir():  # what is imported from a package may be any of its files
            found |= set(module.glob("*.py"))
        else:  # `package.module.name`, in a docstring, is the module's
            found |= {file for file in (module.with_suffix(".py"), module.parent.with_suffix(".py")) if file.is_file()}
    return content, frozenset(found)


@cache
def source_digest(path: Path) -> str:
    """First 16 hex digits of a SHA-256 over a kernel source and all those it is compiled with."""
    todo, seen = [path], set()
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo.extend(_source(file)[1])
    digest = hashlib.sha256()
    for file in sorted(seen):
        digest.update(file.relative_to(ROOT).as_posix().encode() if file.is_relative_to(ROOT) else b"-")
        digest.update(_source(file)[0])
    return digest.hexdigest()[:16]


def _compiled_folder() -> Path | None:
    import numba

    name = f"kernels-{target_digest()}"
    uid = os.getuid() if hasattr(os, "getuid") else 0
    folder = writable_folder(user_cache_dir() / name, Path(tempfile.gettempdir()) / f"runlean-{uid}" / name)
    if folder is not None:
        numba.config.CACHE_DIR = str(folder)
    return folder


#: Where compiled code is kept; None where nothing can be written.
COMPILED = _compiled_folder()


def folder_of(source: Path, compiled: Path) -> Path:
    """Folder under ``compiled`` for the code of one source, as it is now."""
    return compiled / f"{source.stem}-{source_digest(source)}"


def is_disabled() -> bool:
    """Kernels run as plain Python (``NUMBA_DISABLE_JIT``)."""
    import numba

    return bool(numba.config.DISABLE_JIT)


def kernel(function: F) -> F:
    """Compile ``function`` to machine code that does not hold the GIL.

    No ``parallel=True``: its workqueue layer aborts when two Python threads call in at once; the pipeline's
    own threads and processes share the work instead. No ``fastmath``: NaN is data here.
    """
    return _compiled(function, fastmath=False)


def sum_kernel(function: F) -> F:
    """As `kernel`, for loops that add up: terms may be added in any order, and a product with a sum rounded once.

    Four sums side by side in one vector instead of one after the other took a fifth of the time (the fit of a stride's
    cycle: 26 to 5 ns a row). NaN and infinity stay what they are: nothing else of ``fastmath`` is allowed.
    """
    return _compiled(function, fastmath={"reassoc", "contract", "nsz"})


def _compiled(function: F, fastmath: bool | set[str]) -> F:
    import numba

    if COMPILED is not None:
        # read by the decorator when it makes the function's cache
        numba.config.CACHE_DIR = str(folder_of(Path(function.__code__.co_filename), COMPILED))
    try:
        # no kernel is handed to a C library: a wrapper for one would be compiled for each
        decorator = numba.njit(
            nogil=True,
            cache=COMPILED is not None,
            error_model="numpy",
            boundscheck=None,
            no_cfunc_wrapper=True,
            fastmath=fastmath,
        )
        compiled: F = decorator(function)
    finally:
        if COMPILED is not None:
            numba.config.CACHE_DIR = str(COMPILED)
    return compiled
