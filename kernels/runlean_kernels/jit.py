"""The one place that sets the compiler's flags and the folder of compiled code.

Numba's own cache does not see an edit in another file that a kernel calls, and fails on a read-only install
with an unwritable HOME. So the cache folder is named by a digest of every kernel source, Numba's version and
NumPy's; it lies in the user's cache folder (or ``RUNLEAN_CACHE_DIR``), and where that cannot be written, in a
temporary one.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from runlean_kernels.folders import user_cache_dir, writable_folder

F = TypeVar("F", bound=Callable[..., Any])


def source_digest() -> str:
    """First 16 hex digits of a SHA-256 over all kernel sources and the versions of Numba and NumPy."""
    import numba
    import numpy

    digest = hashlib.sha256(f"{numba.__version__} {numpy.__version__} {sys.version}".encode())
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _configure() -> bool:
    import numba

    name = f"kernels-{source_digest()}"
    uid = os.getuid() if hasattr(os, "getuid") else 0
    folder = writable_folder(user_cache_dir() / name, Path(tempfile.gettempdir()) / f"runlean-{uid}" / name)
    if folder is None:
        return False
    numba.config.CACHE_DIR = str(folder)
    return True


_CACHE = _configure()


def kernel(function: F) -> F:
    """Compile ``function`` to machine code that does not hold the GIL.

    No ``parallel=True``: its workqueue layer aborts when two Python threads call in at once; the pipeline's
    own threads and processes share the work instead. No ``fastmath``: NaN is data here.
    """
    from numba import njit

    compiled: F = njit(nogil=True, cache=_CACHE, error_model="numpy", boundscheck=None)(function)
    return compiled
