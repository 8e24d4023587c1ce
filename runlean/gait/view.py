"""How far the camera stands off the perpendicular to the running direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runlean.gait.direction import MIN_FORWARDNESS
from runlean.gait.middle import median
from runlean.gait.result import ViewKind
from runlean.gait.track import segments
from runlean.pose.tracks import FloatArray, IntArray
from runlean_kernels import landmarks as lm

#: Width between the shoulder (hip) points over trunk length, seen from the front: gleno-humeral 0.34 m and hip
#: points 0.20 m apart on a trunk that the networks draw 0.53 m long (rendered bodies; de Leva 1996 proportions).
SHOULDER_WIDTH_RATIO = 0.64
HIP_WIDTH_RATIO = 0.39

#: Below: a side view (the networks' own left-right bias reads up to 4 degrees). Above OBLIQUE_LIMIT: a front view.
SIDE_LIMIT_DEG = 12.0
OBLIQUE_LIMIT_DEG = 50.0


@dataclass(frozen=True, slots=True)
class View:
    """The camera's view of one runner.

    Attributes
    ----------
    kind : {'side', 'oblique', 'front'}
    yaw_deg : float
        Angle between the picture plane and the running direction: 0 seen from the side, positive when the runner
        comes towards the camera, 90 from the front.
    sd_deg : float
        Standard deviation of the yaw.
    confidence : float
        0..1, how sure the kind is.
    """

    kind: ViewKind
    yaw_deg: float
    sd_deg: float
    confidence: float


def estimate_view(xy: FloatArray, offsets: IntArray, forward: FloatArray) -> list[View]:
    """View of each track from the projected widths of shoulders and hips.

    Arms and pelvis swing to and fro about the running direction, so the mean of the signed width over whole strides
    is the body's width times the sine of the yaw.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    offsets : int64 (track + 1,)
    forward : float64 (track,)
        From :func:`runlean.gait.direction.forwardness`.
    """
    return [_view(xy[rows], float(f)) for rows, f in zip(segments(offsets), forward, strict=True)]


def _view(p: FloatArray, forward: float) -> View:
    shoulder = p[:, lm.LEFT_SHOULDER] - p[:, lm.RIGHT_SHOULDER]
    hip = p[:, lm.LEFT_HIP] - p[:, lm.RIGHT_HIP]
    trunk = 0.5 * (p[:, lm.LEFT_SHOULDER] + p[:, lm.RIGHT_SHOULDER] - p[:, lm.LEFT_HIP] - p[:, lm.RIGHT_HIP])
    length = np.hypot(trunk[:, 0], trunk[:, 1])
    length = length[np.isfinite(length) & (length > 0)]
    known = np.isfinite(hip[:, 0])
    if not len(length):
        # no trunk: hips against nothing; a side view is what the points were taken for
        kind: ViewKind = "side" if abs(forward) >= MIN_FORWARDNESS else "front"
        return View(kind, 0.0 if kind == "side" else 90.0, 10.0, 0.5)
    scale = median(length)
    estimates, weights = [], []
    for width, ratio, weight in ((shoulder, SHOULDER_WIDTH_RATIO, 2.0), (hip, HIP_WIDTH_RATIO, 1.0)):
        known = np.isfinite(width[:, 0])
        if known.any():
            mean = float(np.mean(width[known, 0])) / (ratio * scale)
            estimates.append(np.degrees(np.arcsin(np.clip(mean, -1.0, 1.0))))
            weights.append(weight)
    yaw = float(np.average(estimates, weights=weights)) if estimates else 0.0
    disagreement = float(np.ptp(estimates)) / 2 if len(estimates) > 1 else 5.0
    sd = float(np.hypot(3.0, disagreement))
    if not abs(forward) >= MIN_FORWARDNESS:
        # nothing bends or sticks out to either side: from the front or from behind
        yaw = 90.0 if yaw >= 0 else -90.0
    size = abs(yaw)
    kind = "side" if size < SIDE_LIMIT_DEG else "oblique" if size < OBLIQUE_LIMIT_DEG else "front"
    margin = min(abs(size - SIDE_LIMIT_DEG), abs(size - OBLIQUE_LIMIT_DEG))
    return View(kind, yaw, sd, float(np.clip(0.5 + 0.5 * margin / (2 * sd), 0.0, 1.0)))
