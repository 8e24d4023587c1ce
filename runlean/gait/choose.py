"""Which runners the user asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from runlean.errors import ConfigError
from runlean.gait.result import GaitResult


def prominence(result: GaitResult) -> dict[int, float]:
    """Runner id -> frames seen times body height in pixels: large and long beats small and brief."""
    return {
        r.runner_id: r.n_frames * (r.body_height_px if np.isfinite(r.body_height_px) else 1.0) for r in result.runners
    }


def choose_runners(result: GaitResult, wanted: Literal["all"] | int | tuple[int, ...]) -> GaitResult:
    """Keep the runners that were asked for.

    Parameters
    ----------
    result : GaitResult
    wanted : 'all', int or tuple of int
        Everyone, the N most prominent, or these ids.

    Raises
    ------
    ConfigError
        An id that was asked for is not there.
    """
    if wanted == "all":
        return result
    weight = prominence(result)
    if isinstance(wanted, int):
        kept = set(sorted(weight, key=lambda i: -weight[i])[:wanted])
    else:
        missing = sorted(set(wanted) - set(weight))
        if missing:
            raise ConfigError(
                f"runners: expected ids among {sorted(weight)}; came {missing}; look with `runlean analyze --preview`"
            )
        kept = set(wanted)
    frames = np.isin(result.frames["runner_id"], list(kept))
    strides = np.isin(result.strides["runner_id"], list(kept))
    return replace(
        result,
        frames={name: values[frames] for name, values in result.frames.items()},
        strides={name: values[strides] for name, values in result.strides.items()},
        runners=tuple(r for r in result.runners if r.runner_id in kept),
    )
