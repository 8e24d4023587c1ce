"""The vector from a left to a right point, followed over time as a pendulum by a Kalman filter.

Left and right exchanged turn this vector into its opposite and do nothing else; what the camera or the whole body do
does not enter it. So the sign that continues its path tells whether labels were exchanged.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.statistics.order import median_in_place

FloatArray = NDArray[np.float64]
ByteArray = NDArray[np.int8]

# Lengths are in leg lengths of the track. Rendered and real runners' left-to-right vectors: ankles never closer than
# 0.12, acceleration 50 (median) to 140 (95 %) per s^2, of which the pendulum explains half; knees cross through
# 0, acceleration 35 to 90.

#: Scatter (standard deviation per coordinate) of the vector as networks give it.
SCATTER = 0.06
#: Spectral density of the acceleration that the pendulum does not explain, 1 / s^3: knees, ankles.
KNEE_WANDER = 60.0
ANKLE_WANDER = 150.0
#: Angular frequency of a runner's stride, rad / s: 1.4 per second (1.25 to 1.6 occur).
STRIDE = 8.8
#: Rows per second that count as independent observations; denser rows share their errors.
USUAL_RATE = 30.0
#: Speed of the vector before anything is known of it, standard deviation per s.
FIRST_SPEED = 6.0
#: An observation that fits no better than this (chi-squared) is left out of the path.
CAP = 9.0
#: Part of a track's usual score from which a point is trusted in full, and the least trust in any.
FULL_TRUST = 0.8
LEAST_TRUST = 0.2
#: Variance of a path's place at which it is known by half, for one independent observation.
LOST = 0.05
#: Time over which the rows after a break speak against it.
MEMORY_S = 0.15


@kernel
def _start(path: FloatArray) -> None:
    """A path (x, y, vx, vy, variance of place, covariance, variance of speed) of which nothing is known."""
    path[:] = 0.0
    path[4] = 1.0
    path[6] = FIRST_SPEED * FIRST_SPEED


@kernel
def _predict(path: FloatArray, h: float, wander: float) -> None:
    """Move a path on by ``h`` seconds."""
    u = min(h * STRIDE, 1.0)
    c = 1.0 - 0.5 * u * u * (1.0 - u * u / 12.0)
    s = h * (1.0 - u * u / 6.0)
    r = -STRIDE * STRIDE * s
    x = path[0]
    y = path[1]
    path[0] = c * x + s * path[2]
    path[1] = c * y + s * path[3]
    path[2] = c * path[2] + r * x
    path[3] = c * path[3] + r * y
    place = path[4]
    both = path[5]
    speed = path[6]
    path[4] = c * c * place + 2.0 * c * s * both + s * s * speed + wander * h * h * h / 3.0
    path[5] = c * r * place + (c * c + s * r) * both + c * s * speed + wander * h * h / 2.0
    path[6] = r * r * place + 2.0 * c * r * both + c * c * speed + wander * h


@kernel
def _misfit(path: FloatArray, x: float, y: float, variance: float) -> float:
    """Squared distance of what was seen from the path, in variances."""
    dx = x - path[0]
    dy = y - path[1]
    return float((dx * dx + dy * dy) / (path[4] + variance))


@kernel
def _update(path: FloatArray, x: float, y: float, variance: float) -> None:
    """Draw a path towards what was seen."""
    spread = path[4] + variance
    g = path[4] / spread
    k = path[5] / spread
    dx = x - path[0]
    dy = y - path[1]
    path[0] += g * dx
    path[1] += g * dy
    path[2] += k * dx
    path[3] += k * dy
    path[6] -= k * path[5]
    path[5] -= g * path[5]
    path[4] -= g * path[4]


@kernel
def observation_weight(h: float) -> float:
    """Independent observations per row, for rows ``h`` seconds apart."""
    return max(1e-3, min(1.0, h * USUAL_RATE))


@kernel
def _usual_misfit(
    xy: FloatArray,
    time_s: FloatArray,
    first: int,
    stop: int,
    left: int,
    scale: float,
    wander: float,
    scratch: FloatArray,
) -> float:
    """Median misfit of the labels as they came over that of a normal distribution: how calm this track is.

    At most as many rows as ``scratch`` holds are followed, from the middle of the track.
    """
    n = min(stop - first, scratch.shape[0])
    begin = first + (stop - first - n) // 2
    path = np.empty(7)
    _start(path)
    count = 0
    for i in range(begin, begin + n):
        h = time_s[i] - time_s[i - 1] if i > begin else 0.0
        variance = SCATTER * SCATTER / observation_weight(h)
        _predict(path, h, wander)
        x = (xy[i, left + 1, 0] - xy[i, left, 0]) / scale
        y = (xy[i, left + 1, 1] - xy[i, left, 1]) / scale
        if math.isnan(x + y):
            continue
        misfit = _misfit(path, x, y, variance)
        if i > begin + 2:
            scratch[count] = misfit
            count += 1
        if misfit < CAP:
            _update(path, x, y, variance)
    if count < 5:
        return 1.0
    return min(1.5, max(0.1, median_in_place(scratch, count) / (2.0 * math.log(2.0))))


@kernel
def _weaker_score(score: FloatArray, i: int, left: int) -> float:
    """The lower of a pair's scores; NaN where either is."""
    return float(score[i, left] if score[i, left] < score[i, left + 1] else score[i, left + 1] + 0.0 * score[i, left])


@kernel
def _usual_score(score: FloatArray, first: int, stop: int, left: int, scratch: FloatArray) -> float:
    """Median over the rows of a pair's weaker score."""
    n = stop - first
    m = min(n, scratch.shape[0])
    count = 0
    for k in range(m):
        s = _weaker_score(score, first + (k * n) // m, left)
        if not math.isnan(s):
            scratch[count] = s
            count += 1
    return median_in_place(scratch, count)


@kernel
def _trust(score: float, usual: float) -> float:
    """How much of the track's usual trust a score deserves, `LEAST_TRUST` to 1; 1 where there are no scores."""
    if not usual > 0.0 or math.isnan(score):
        return 1.0
    return min(1.0, max(LEAST_TRUST, score / (FULL_TRUST * usual)))


@kernel
def follow_pair(
    xy: FloatArray,
    score: FloatArray,
    time_s: FloatArray,
    first: int,
    stop: int,
    left: int,
    scale: float,
    wander: float,
    scratch: FloatArray,
    turned: ByteArray,
    margin: FloatArray,
    hold: FloatArray,
) -> None:
    """Follow the vector from one left to its right point through a track.

    Parameters
    ----------
    xy, score, time_s
        As for `runlean_kernels.repair.leg_swap`; rows ``first..stop - 1``.
    left : int
        Column of the left point; the right one is the next.
    scale : float, px
        Leg length.
    wander : float
        `KNEE_WANDER` or `ANKLE_WANDER`.
    scratch : float64 (any,)
    turned : int8 (row of the track,)
        1 where the opposite vector continues the path.
    margin : float64 (row of the track,)
        By how much it fits better than the other sign (chi-squared per independent observation, capped).
    hold : float64 (row of the track,)
        What speaks against a break of the path just before the row: the margins of this row and, fading, of those
        after it, as far as the path was known.
    """
    usual = _usual_misfit(xy, time_s, first, stop, left, scale, wander, scratch)
    usual_score = _usual_score(score, first, stop, left, scratch)
    path = np.empty(7)
    _start(path)
    sign = 1.0
    for i in range(first, stop):
        k = i - first
        h = time_s[i] - time_s[i - 1] if i > first else 0.0
        w = observation_weight(h)
        trust = _trust(_weaker_score(score, i, left), usual_score)
        variance = SCATTER * SCATTER / (w * trust * trust)
        _predict(path, h, wander)
        x = (xy[i, left + 1, 0] - xy[i, left, 0]) / scale
        y = (xy[i, left + 1, 1] - xy[i, left, 1]) / scale
        margin[k] = 0.0
        hold[k] = 1.0 / (1.0 + w * path[4] / LOST)
        if not math.isnan(x + y):
            plain = _misfit(path, x, y, variance) / usual
            other = _misfit(path, -x, -y, variance) / usual
            sign = -1.0 if other < plain else 1.0
            margin[k] = w * abs(min(plain, CAP) - min(other, CAP))
            if min(plain, other) < CAP:
                _update(path, sign * x, sign * y, variance)
        turned[k] = 1 if sign < 0.0 else 0
    later = 0.0
    for k in range(stop - first - 1, -1, -1):
        later = margin[k] + hold[k] * later
        hold[k] = later
        if k > 0:
            later /= 1.0 + (time_s[first + k] - time_s[first + k - 1]) / MEMORY_S
