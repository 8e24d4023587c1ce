"""Sports2D's own functions on given points: gaps, outliers, low-pass, angles, as `Sports2D.process` calls them.

    python gait_sports2d.py POINTS.npz FOUND.npz

(in the environment of constraints-sports2d.txt; see gait_kernels.py). CPU seconds of each, and the right knee's angles.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from Pose2Sim.common import angle_dict, interpolate_zeros_nans
from Pose2Sim.filtering import filter1d, hampel_filter
from Sports2D.process import compute_angles_for_person

#: runlean's first 17 landmarks, COCO's, by Sports2D's names; hip and neck are the middles that it adds.
NAMES = [
    "Nose", "LEye", "REye", "LEar", "REar", "LShoulder", "RShoulder", "LElbow", "RElbow", "LWrist", "RWrist",
    "LHip", "RHip", "LKnee", "RKnee", "LAnkle", "RAnkle",
]  # fmt: skip
WANTED = [f"{side} {joint}" for side in ("right", "left") for joint in ("knee", "hip", "elbow", "shank", "thigh")]
CONFIG = {
    "filtering": {
        "type": "butterworth",
        "reject_outliers": True,
        "butterworth": {"order": 4, "cut_off_frequency": 6},
    }
}
LARGEST_GAP = 100


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def with_middles(xy: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Points and their names with the middles of hips and shoulders."""
    middle = [xy[:, [NAMES.index("L" + n), NAMES.index("R" + n)]].mean(axis=1) for n in ("Hip", "Shoulder")]
    return np.concatenate([xy, np.stack(middle, axis=1)], axis=1), [*NAMES, "Hip", "Neck"]


def angles(xy: np.ndarray, wanted: list[str]) -> np.ndarray:
    points, names = with_middles(xy)
    ids = list(range(len(names)))
    rows = [
        compute_angles_for_person(points[i, :, 0], points[i, :, 1], "right", False, ids, names, wanted, angle_dict)[1]
        for i in range(len(points))
    ]
    return np.array(rows)


def main() -> None:
    given, found = sys.argv[1:]
    with np.load(given) as npz:
        xy, fps = npz["xy"], float(npz["fps"])
    table = pd.DataFrame(xy.reshape(len(xy), -1))
    spent: dict[str, float] = {}
    spent["interpolate"], whole = timed(
        lambda: table.apply(interpolate_zeros_nans, axis=0, args=[LARGEST_GAP, "linear"])
    )
    spent["hampel"], cleared = timed(lambda: whole.apply(hampel_filter, axis=0, args=[round(7 * fps / 30), 2]))
    spent["filter"], smooth = timed(lambda: cleared.apply(filter1d, axis=0, args=[CONFIG, "butterworth", fps]))
    points = np.asarray(smooth).reshape(xy.shape)
    spent["angles"], _ = timed(lambda: angles(points, WANTED))
    np.savez(found, right_knee=angles(xy, ["right knee"])[:, 0], **spent)


if __name__ == "__main__":
    main()
