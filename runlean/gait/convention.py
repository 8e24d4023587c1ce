"""Where each network places the shoulder against the joint centre: a named systematic error, and its correction.

Pose networks learn from points that people clicked. Clicked shoulders lie above and behind the centre of the
shoulder joint, so the trunk reads more upright than the line between the joint centres. On 21 rendered runners of
15 bodies (lean 3-15 degrees, both directions, 25-240 fps, 197-609 px high), true boxes, the mean offset and its
standard deviation between runners were: MoveNet Thunder -2.69 +- 0.65, MoveNet Lightning -2.06 +- 0.81, BlazePose
full -4.05 +- 0.94 degrees. Thunder's did not depend on lean, frame rate or size; leaving any one runner out moves its
mean by less than 0.1. On 30 runners, each body left out in turn, what the correction leaves is +0.3 +- 0.8 for
Lightning and -0.2 +- 1.2 for BlazePose (docs/decisions/constants.md). A single angle per network is therefore all that
is corrected, and what varies between bodies stays in the number's systematic uncertainty. Bodies are rendered: how far
the offset holds on filmed people is not known, and is why the correction can be switched off (``point_correction``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PointConvention:
    """Offset of a network's trunk line.

    Attributes
    ----------
    trunk_offset_deg : float
        Added to the trunk lean: the mid-shoulder is turned forward about the mid-hip by this angle.
    trunk_sd_deg : float
        Standard deviation of the offset between bodies.
    """

    trunk_offset_deg: float
    trunk_sd_deg: float


#: Read as they are: what is left uncorrected is the systematic uncertainty (median offset of the networks tried).
UNCORRECTED_TRUNK_SD_DEG = 2.6

#: Points that come without a network (markers, other tools): nothing is known of their convention.
UNKNOWN_TRUNK_SD_DEG = 1.5

CONVENTIONS: dict[str, PointConvention] = {
    "movenet-thunder": PointConvention(trunk_offset_deg=2.7, trunk_sd_deg=0.65),
    "movenet-lightning": PointConvention(trunk_offset_deg=2.1, trunk_sd_deg=0.9),
    "blazepose-full": PointConvention(trunk_offset_deg=4.0, trunk_sd_deg=1.2),
}


def convention_of(model_name: str) -> PointConvention | None:
    """Convention of a shipped network, or None where it was not measured."""
    return CONVENTIONS.get(model_name)
