"""Packages that only some formats need: loaded when they are, and missed in one line."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from runlean.errors import MissingPackageError


def need(module: str, what: str) -> Any:
    """Import ``module``, or say in one line how to get it.

    Parameters
    ----------
    module : str
        To import, such as 'ezc3d' or 'movement.io.load_poses'.
    what : str
        What it is needed for, as the user calls it.

    Raises
    ------
    MissingPackageError
        It is not installed.
    """
    try:
        # what they warn of when they load each other is nothing that a user of runlean can act on
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingPackageError(
            f"{what} needs the package {package}, which cannot be loaded ({error}): pip install 'runlean[exchange]'"
        ) from error
