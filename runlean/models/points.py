"""Names of the 133 points of COCO-WholeBody, canonical where runlean's gait uses them."""

from __future__ import annotations

from typing import Final

from runlean.skeleton import COCO_17

_FINGERS: Final = ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")


def _hand(side: str) -> tuple[str, ...]:
    joints = (f"{side}_{finger}_{joint}" for finger in _FINGERS for joint in range(1, 5))
    return (f"{side}_hand_root", *joints)


#: COCO-WholeBody: 17 of the body, 6 of the feet, 68 of the face, 21 of each hand (Jin et al., ECCV 2020).
COCO_133: Final = (
    *COCO_17,
    "left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel",
    *(f"face_{i}" for i in range(68)),
    *_hand("left"),
    *_hand("right"),
)  # fmt: skip
