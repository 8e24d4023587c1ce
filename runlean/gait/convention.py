"""Where each network places the shoulder against the joint centre: a named systematic error, and its correction.

Pose networks learn from points that people clicked. Clicked shoulders lie above and behind the centre of the
shoulder joint, so the trunk reads more upright than the line between the joint centres. On 21 rendered runners of
15 bodies (lean 3-15 degrees, both directions, 197-609 px high) MoveNet Thunder on true boxes read -2.60 degrees
with a standard deviation of 0.66 between bodies; the offset did not depend on the lean, the frame rate or the
size. A single angle per network is therefore all that is corrected, and what varies between bodies stays in the
number's systematic uncertainty.
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
    "movenet-thunder": PointConvention(trunk_offset_deg=2.6, trunk_sd_deg=0.7),
}


def convention_of(model_name: str) -> PointConvention | None:
    """Convention of a shipped network, or None where it was not measured."""
    return CONVENTIONS.get(model_name)
