"""What no number of strides averages away, per column and runner.

Where the network places its points, the camera's roll and yaw, the scale, and what the event model is off by on this
runner. Constants come from rendered runners (docs/validation.md) and from force plates under left-out runners
(docs/decisions/events.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from runlean.gait.convention import UNCORRECTED_TRUNK_SD_DEG, UNKNOWN_TRUNK_SD_DEG, PointConvention
from runlean.gait.events import SYSTEMATIC_CONTACT_SD_S, SYSTEMATIC_TOE_OFF_SD_S
from runlean.gait.uncertainty import SHANK_RATE_DEG_S

#: Where networks place lower-limb points against joint centres: systematic sd as a share of leg length
#: (0.5-0.9 % of body height on the rendered bodies, about twice that of the leg).
POINT_PLACEMENT_OF_LEG = 0.012

#: A runner whose contacts are read late has late toe-offs too: correlation over force plates of left-out runners (0.25
#: from ankles and with feet), so that part of both cancels in the contact time.
EVENTS_CORRELATION = 0.25

#: A network's points lag and lead with the phase of the stride, which markers do not: sd of an event, and of the
#: contact time (contacts early and toe-offs late, rendered runners), s.
NETWORK_EVENT_SD_S = 0.005
NETWORK_CONTACT_TIME_SD_S = 0.0085

#: At the one phase of contact the trunk is off by more than over stance, deg (rendered runners: 0.9).
TRUNK_AT_CONTACT_SD_DEG = 0.8
HEAD_SD_DEG = 3.1
#: Root mean square errors of 32 rendered runners of 15 bodies, as are those below: docs/decisions/constants.md.
KNEE_SD_DEG = 4.5
FOOT_STRIKE_SD_DEG = 6.0
STRAIGHTNESS_SD = 0.003
OSCILLATION_SD = 0.011
OSCILLATION_SD_M = 0.008
SPEED_SD_MPS = 0.13
STEP_LENGTH_SD_M = 0.05


@dataclass(frozen=True, slots=True)
class RunnerFacts:
    """What the systematic part of one runner depends on.

    Attributes
    ----------
    from_network : bool
        False: markers or another tool's points.
    yaw_sd_deg : float
        Angle off the perpendicular that is not known to be 0 (yaw and its uncertainty together).
    roll_sd_deg : float
        Of the camera roll.
    lean_deg : float
        Mean trunk lean: a yaw shrinks its tangent.
    step_time_s : float
    leg_rate_deg_s : float
        How fast the line from the stance ankle to the hips sweeps: running speed over leg length.
    scale_relative_sd : float
        Of metres per pixel; NaN without a scale.
    vertical_oscillation_m : float
    contact_sd_s, toe_off_sd_s : float
        What all contacts of the runner share; NaN takes the event model's own.
    """

    from_network: bool
    yaw_sd_deg: float
    roll_sd_deg: float
    lean_deg: float
    step_time_s: float
    leg_rate_deg_s: float
    scale_relative_sd: float
    vertical_oscillation_m: float
    contact_sd_s: float
    toe_off_sd_s: float


def systematic_sd(convention: PointConvention | None, facts: RunnerFacts) -> dict[str, float]:
    """One standard deviation of what all strides share, per column, in the column's unit.

    Parameters
    ----------
    convention : PointConvention or None
        The correction that was applied.
    facts : RunnerFacts

    Notes
    -----
    A mean over stance of a line that turns at the rate w is off by w times the error of the stance's middle,
    (contact + toe-off) / 2; the contact time by the error of toe-off - contact. The two events share
    `EVENTS_CORRELATION` of theirs, so that their variances are ic^2 + to^2 +- 2 rho ic to.
    """
    ic = facts.contact_sd_s if math.isfinite(facts.contact_sd_s) else SYSTEMATIC_CONTACT_SD_S
    to = facts.toe_off_sd_s if math.isfinite(facts.toe_off_sd_s) else SYSTEMATIC_TOE_OFF_SD_S
    together = 2.0 * EVENTS_CORRELATION * ic * to
    network = NETWORK_EVENT_SD_S if facts.from_network else 0.0
    middle = math.hypot(0.5 * math.sqrt(ic * ic + to * to + together), math.sqrt(0.5) * network)
    contact_time = math.hypot(
        math.sqrt(ic * ic + to * to - together), NETWORK_CONTACT_TIME_SD_S if facts.from_network else 0.0
    )
    ic, to = math.hypot(ic, network), math.hypot(to, network)
    if convention is not None:
        placement = convention.trunk_sd_deg
    else:
        placement = UNCORRECTED_TRUNK_SD_DEG if facts.from_network else UNKNOWN_TRUNK_SD_DEG
    roll = facts.roll_sd_deg
    yaw = math.radians(min(abs(facts.yaw_sd_deg), 60.0))
    yaw_on_lean = abs(facts.lean_deg) * (1.0 / math.cos(yaw) - 1.0) if math.isfinite(facts.lean_deg) else 0.0
    trunk = math.hypot(placement, roll, yaw_on_lean)
    leg = math.degrees(POINT_PLACEMENT_OF_LEG)
    sweep = (facts.leg_rate_deg_s if math.isfinite(facts.leg_rate_deg_s) else 190.0) * middle
    out = {
        "trunk_lean_deg": trunk,
        "trunk_lean_contact_deg": math.hypot(trunk, TRUNK_AT_CONTACT_SD_DEG),
        # ankle to shoulder is about 1.6 times as long as ankle to hip
        "body_lean_deg": math.hypot(0.5 * placement, 0.6 * leg, 0.6 * sweep, roll),
        "hip_hinge_deg": math.hypot(placement, leg, sweep),
        "head_lean_deg": math.hypot(HEAD_SD_DEG, roll),
        "shin_lean_contact_deg": math.hypot(leg, SHANK_RATE_DEG_S * ic, roll),
        "knee_flexion_contact_deg": KNEE_SD_DEG,
        "foot_strike_angle_deg": FOOT_STRIKE_SD_DEG,
        "overstride_frac": math.hypot(POINT_PLACEMENT_OF_LEG, 0.5 * math.radians(sweep / middle) * ic),
        "overstride_hip_frac": math.hypot(POINT_PLACEMENT_OF_LEG, 0.5 * math.radians(sweep / middle) * ic),
        "vertical_oscillation_frac": OSCILLATION_SD,
        "straightness_frac": STRAIGHTNESS_SD,
        "contact_s": ic,
        "toe_off_s": to,
        "contact_time_s": contact_time,
        "flight_time_s": contact_time,
    }
    if facts.step_time_s > 0:
        out["duty_factor"] = contact_time / (2 * facts.step_time_s)
    if math.isfinite(facts.scale_relative_sd):
        out["vertical_oscillation_m"] = math.hypot(
            OSCILLATION_SD_M, facts.vertical_oscillation_m * facts.scale_relative_sd
        )
        out["speed_mps"] = SPEED_SD_MPS
        out["step_length_m"] = STEP_LENGTH_SD_M
    return out
