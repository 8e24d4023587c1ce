"""What the numbers mean: means with intervals, the lean's class and source, posture, drift, findings.

``summarize`` loads the kernels; the records do not, so that a report can be rewritten without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runlean.meaning.summary import (
    Drift,
    Evidence,
    Finding,
    Lean,
    Metric,
    MetricDrift,
    ModelUsed,
    PostureScan,
    Roll,
    Runner,
    SourceInfo,
    Summary,
    View,
    Warn,
    read_summary,
)

if TYPE_CHECKING:
    from runlean.meaning.interpret import summarize

__all__ = [
    "Drift",
    "Evidence",
    "Finding",
    "Lean",
    "Metric",
    "MetricDrift",
    "ModelUsed",
    "PostureScan",
    "Roll",
    "Runner",
    "SourceInfo",
    "Summary",
    "View",
    "Warn",
    "read_summary",
    "summarize",
]


def __getattr__(name: str) -> Any:
    if name == "summarize":
        from runlean.meaning.interpret import summarize

        globals()["summarize"] = summarize
        return summarize
    raise AttributeError(f"module 'runlean.meaning' has no attribute {name!r}")
