"""What can be known to be wrong before anything is made: told in one line, and no dataset is left behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runlean.archive.meta import match_meta, read_csv
from runlean.archive.places import Found
from runlean.archive.sources import as_text
from runlean.config import AnalyzeConfig
from runlean.errors import ConfigError, ModelError


def check_workers(workers: int | None) -> None:
    """Refuse a count that makes no sense."""
    if workers is not None and workers < 1:
        raise ConfigError(f"--workers: expected a whole number from 1, came {workers}")


def check_network(config: AnalyzeConfig) -> None:
    """Refuse a network that no worker could open: misspelt, missing, damaged, of no known family.

    Raises
    ------
    ModelError
    """
    from runlean.models.load import load_pose_model
    from runlean.models.store import is_file_name, locate, model_info

    if is_file_name(config.model):
        # what it is, only opening it tells
        load_pose_model(config.model, device="cpu")
        return
    info = model_info(config.model)
    if info.task != "pose":
        raise ModelError(f"{info.name}: expected a pose network, came one that finds persons")
    locate(info)


def check_meta(meta: Path, found: Sequence[Found]) -> None:
    """Refuse a metadata file that cannot be read, or of which two lines fit one of the videos.

    Raises
    ------
    ConfigError

    Notes
    -----
    Copies of one video under names that two lines fit are known by their content only, and so found at the first query.
    """
    match_meta(read_csv(meta), {one.path: {as_text(one.path)} for one in found}, str(meta))
