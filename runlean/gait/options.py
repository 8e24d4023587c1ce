"""What the caller knows or decides about the gait analysis."""

from __future__ import annotations

from dataclasses import dataclass

from runlean.gait.convention import PointConvention
from runlean.pose.tracks import SceneLines


@dataclass(frozen=True, slots=True)
class GaitOptions:
    """Options of :func:`runlean.gait.analyze.analyze_gait`.

    Attributes
    ----------
    runner_height_m : float or None
        Standing height; turns pixels into metres.
    treadmill_speed_mps : float or None
        Belt speed; a scale too, where the height is not known.
    slow_motion : float
        The factor that times were divided by.
    roll_deg : float or None
        Camera roll as given, positive for a camera turned clockwise; None = estimate it from ``scene``.
    scene : SceneLines or None
        Upright and level lines of the scene.
    convention : PointConvention or None
        Where this network places shoulders against the joint centres; None = read the points as they are.
    min_score : float
        Points scored below are not measured (NaN).
    max_gap_s : float
        Gaps up to this long are filled by interpolation, and say so.
    """

    runner_height_m: float | None = None
    treadmill_speed_mps: float | None = None
    slow_motion: float = 1.0
    roll_deg: float | None = None
    scene: SceneLines | None = None
    convention: PointConvention | None = None
    min_score: float = 0.15
    max_gap_s: float = 0.2
