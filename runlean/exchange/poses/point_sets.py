"""Point sets whose files carry no names: which set a number of points stands for."""

from __future__ import annotations

from typing import Final

from runlean.errors import KeypointError
from runlean.skeleton import COCO_17, HALPE_26, MEDIAPIPE_33

BODY_25: Final = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "hip", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
    "right_ear", "left_ear", "left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe",
    "right_heel",
)  # fmt: skip

#: OpenPose's older COCO model.
OPENPOSE_18: Final = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
    "right_ear", "left_ear",
)  # fmt: skip

#: The order of ``foot_kpts`` in COCO-WholeBody, and of its points 18 to 23.
WHOLE_BODY_FEET: Final = (
    "left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel",
)  # fmt: skip

#: COCO-WholeBody: body, feet, then face and hands, which play no part in gait ('' = passed over).
WHOLE_BODY_133: Final = (*COCO_17, *WHOLE_BODY_FEET, *("",) * 110)
HALPE_136: Final = (*HALPE_26, *("",) * 110)

OPENPOSE_SETS: Final = {25: BODY_25, 18: OPENPOSE_18}
COMMON_SETS: Final = {17: COCO_17, 26: HALPE_26, 33: MEDIAPIPE_33, 133: WHOLE_BODY_133, 136: HALPE_136}


def set_of(n: int, sets: dict[int, tuple[str, ...]], what: str) -> tuple[str, ...]:
    """Names of a set of ``n`` points.

    Raises
    ------
    KeypointError
        No set has so many.
    """
    if n not in sets:
        raise KeypointError(
            f"{what}: expected {', '.join(map(str, sorted(sets)))} points per person, came {n}; say their names, in "
            "order, one per line of a file, with --keypoints FILE"
        )
    return sets[n]
