"""What the caller knows or decides about the gait analysis."""

from __future__ import annotations

from dataclasses import dataclass

from runlean.gait.convention import PointConvention


@dataclass(frozen=True, slots=True)
class RollEstimate:
    """Camera roll seen in the scene.

    Attributes
    ----------
    roll_deg : float
        Positive: the picture's vertical is turned clockwise from gravity's, as seen on the screen.
    sd_deg : float
        One standard deviation of the estimate.
    """

    roll_deg: float
    sd_deg: float


@dataclass(frozen=True, slots=True)
class GaitOptions:
    """Options of :func:`runlean.gait.analyze.analyze_gait`.

    Attributes
    ----------
    runner_height_m : float or None
        Standing height; turns pixels into metres.
    treadmill_speed_mps : float or None
        Belt speed; a scale too, where the height is not known.
    roll_deg : float or None
        Camera roll as given; None = take ``scene_roll`` where there is one, else 0.
    scene_roll : RollEstimate or None
        What the pictures say about the roll.
    convention : PointConvention or None
        Where this network places shoulders against the joint centres; None = read the points as they are.
    min_score : float
        Points scored below are not measured (NaN).
    max_gap_s : float
        Gaps up to this long are filled by interpolation, and say so.
    """

    runner_height_m: float | None = None
    treadmill_speed_mps: float | None = None
    roll_deg: float | None = None
    scene_roll: RollEstimate | None = None
    convention: PointConvention | None = None
    min_score: float = 0.15
    max_gap_s: float = 0.2
