"""``runlean migrate``: a dataset of an older schema brought to this one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def migrate(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="What runlean batch left.", show_default=False)],
) -> None:
    """Bring a dataset to the schema of this runlean, in place; may be run again after it was cut short."""
    from runlean.archive.migrate import migrate_dataset

    changed = migrate_dataset(dataset)
    typer.echo(f"{dataset}: {changed} video{'s' if changed != 1 else ''} brought up to date")
