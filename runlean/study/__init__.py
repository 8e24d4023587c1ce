"""What a laboratory asks of many recordings: a group's means, before against after, the course of a session."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runlean.study.cohort import cohort, participants
    from runlean.study.compare import compare
    from runlean.study.recordings import Study, read_study
    from runlean.study.session import session

_LAZY = {
    "Study": "recordings",
    "cohort": "cohort",
    "compare": "compare",
    "participants": "cohort",
    "read_study": "recordings",
    "session": "session",
}

__all__ = ["Study", "cohort", "compare", "participants", "read_study", "session"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        value = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
        # the submodule of the same name would stand in its place from now on
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
