"""Many videos: where they come from, who analyses them, and the dataset that they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runlean.archive.dataset import Dataset, open_dataset

__all__ = ["Dataset", "open_dataset"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from runlean.archive import dataset

        return getattr(dataset, name)
    raise AttributeError(f"module 'runlean.archive' has no attribute {name!r}")
