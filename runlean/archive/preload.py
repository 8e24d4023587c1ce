"""What all workers of a machine have in common, loaded once: the fork server imports this, workers are forked from it.

Without it every worker imports the libraries and loads the compiled kernels by itself, and on a machine that has none
compiled yet each compiles all of them, two minutes of every core; here every core compiles its share. ONNX Runtime,
PyAV and Arrow's thread pools stay out: they have threads, which a fork does not take along.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os


def load() -> None:
    """Import what a worker needs, and run the gait kernels over somebody who runs on the spot."""
    # numpy's BLAS starts its threads when it is imported; what is computed here and in a worker needs none
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import numpy as np

    from runlean.cores import usable_cores
    from runlean.gait.analyze import analyze_gait
    from runlean.gait.options import GaitOptions
    from runlean.pose.keypoints import pose_tracks
    from runlean_kernels.ahead import compile_ahead

    compile_ahead(usable_cores())
    for room in ("archive.commit", "archive.rows", "meaning"):
        importlib.import_module(f"runlean.{room}")
    time_s = np.arange(0.0, 3.0, 1 / 60)
    names = [f"{side}_{joint}" for joint in ("hip", "knee", "ankle") for side in ("left", "right")]
    swing = 2 * np.pi * 1.4 * time_s
    points = [
        np.stack([300 + 40 * np.sin(swing + turn), 200 + 80 * joint + 10 * np.cos(swing + turn)], axis=1)
        for joint in range(3)
        for turn in (0.0, np.pi)
    ]
    analyze_gait(pose_tracks(np.stack(points, axis=1), time_s, names), GaitOptions())
    # what is here now stays for good: the collector of a worker need not touch, and so copy, these pages
    gc.collect()
    gc.freeze()


# whatever is wrong with it is told by the worker that meets it, in a row of its own
with contextlib.suppress(Exception):
    load()
