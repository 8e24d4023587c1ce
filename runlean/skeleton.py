"""Names of body points: the canonical 23, and how COCO-17, Halpe-26 and MediaPipe-33 map onto them."""

from __future__ import annotations

from typing import Final

COCO_17: Final = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip

#: The order of every (row, 23, 2) array that the gait kernels take (see ``runlean_kernels.landmarks``).
CANONICAL: Final = (
    *COCO_17, "left_heel", "right_heel", "left_big_toe", "right_big_toe", "left_small_toe", "right_small_toe",
)  # fmt: skip

HALPE_26: Final = (
    *COCO_17, "head", "neck", "hip", "left_big_toe", "right_big_toe", "left_small_toe", "right_small_toe",
    "left_heel", "right_heel",
)  # fmt: skip

MEDIAPIPE_33: Final = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index",
    "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip

#: Other names for the same point; Halpe's ``hip`` is the middle between both, which most tools call ``mid_hip``.
ALIASES: Final = {
    "left_foot_index": "left_big_toe", "right_foot_index": "right_big_toe",
    "mid_hip": "hip", "midhip": "hip", "pelvis": "hip",
}  # fmt: skip

#: Names that belong to one of the three sets but play no part in gait; kept out of the canonical array.
EXTRA: Final = frozenset((*HALPE_26, *MEDIAPIPE_33)) - frozenset(CANONICAL) - frozenset(ALIASES)


def canonical_name(name: str) -> str | None:
    """Canonical name of a point, or None where the name is of no known set.

    Accepts any case, spaces or hyphens for underscores, ``l_``/``r_`` prefixes, MediaPipe's ``foot_index`` and
    ``mid_hip`` or ``pelvis`` for Halpe's ``hip``.
    """
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    if key.startswith("l_"):
        key = "left_" + key[2:]
    elif key.startswith("r_"):
        key = "right_" + key[2:]
    elif key.startswith("l") and key[1:] in {c[5:] for c in CANONICAL if c.startswith("left_")}:
        key = "left_" + key[1:]
    elif key.startswith("r") and key[1:] in {c[6:] for c in CANONICAL if c.startswith("right_")}:
        key = "right_" + key[1:]
    key = ALIASES.get(key, key)
    return key if key in CANONICAL or key in EXTRA else None


#: Bones drawn between canonical points.
BONES: Final = (
    ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"), ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"),
    ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"), ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"), ("right_hip", "right_knee"), ("right_knee", "right_ankle"),
    ("left_ankle", "left_heel"), ("left_heel", "left_big_toe"), ("right_ankle", "right_heel"),
    ("right_heel", "right_big_toe"),
)  # fmt: skip
