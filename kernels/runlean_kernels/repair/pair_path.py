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
def observation_weight(h: float) -> float:
    """Independent observations per row, for rows ``h`` seconds apart."""
    return max(1e-3, min(1.0, h * USUAL_RATE))


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
    xy: FloatArray, score: FloatArray, time_s: FloatArray, first: int, stop: int, left: int, scale: float,
    wander: float, scratch: FloatArray, turned: ByteArray, fit: FloatArray, margin: FloatArray, hold: FloatArray,
) -> None:  # fmt: skip
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
    fit : float64 (row of the track,)
        Scratch.
    margin : float64 (row of the track,)
        By how much it fits better than the other sign: chi-squared per independent observation, each capped, in units
        of the track's own median, so that a calm track is read more sharply.
    hold : float64 (row of the track,)
        What speaks against a break of the path just before the row: the margins of this row and, fading, of those
        after it, as far as the path was known.

    Notes
    -----
    The state is place and speed (x, y alike) with one covariance for both coordinates; it stays in local variables
    since arrays of it took three times as long.
    """
    usual_score = _usual_score(score, first, stop, left, scratch)
    per_px = 1.0 / scale
    px = 0.0
    py = 0.0
    vx = 0.0
    vy = 0.0
    place = 1.0
    both = 0.0
    speed = FIRST_SPEED * FIRST_SPEED
    sign = 1.0
    count = 0
    every = (stop - first) // scratch.shape[0] + 1
    for i in range(first, stop):
        k = i - first
        h = time_s[i] - time_s[i - 1] if k > 0 else 0.0
        w = observation_weight(h)
        u = min(h * STRIDE, 1.0)
        c = 1.0 - 0.5 * u * u * (1.0 - u * u * (1.0 / 12.0))
        s = h * (1.0 - u * u * (1.0 / 6.0))
        r = -STRIDE * STRIDE * s
        qx = c * px + s * vx
        qy = c * py + s * vy
        vx = c * vx + r * px
        vy = c * vy + r * py
        px = qx
        py = qy
        place_now = c * c * place + 2.0 * c * s * both + s * s * speed + wander * h * h * h * (1.0 / 3.0)
        both_now = c * r * place + (c * c + s * r) * both + c * s * speed + wander * h * h * 0.5
        speed = r * r * place + 2.0 * c * r * both + c * c * speed + wander * h
        place = place_now
        both = both_now
        trust = _trust(_weaker_score(score, i, left), usual_score)
        x = (xy[i, left + 1, 0] - xy[i, left, 0]) * per_px
        y = (xy[i, left + 1, 1] - xy[i, left, 1]) * per_px
        hold[k] = 1.0 / (1.0 + w * place * (1.0 / LOST))
        fit[k] = 0.0
        margin[k] = 0.0
        if x == x and y == y:
            spread = 1.0 / (place + SCATTER * SCATTER / (w * trust * trust))
            plain = ((x - px) * (x - px) + (y - py) * (y - py)) * spread
            other = ((x + px) * (x + px) + (y + py) * (y + py)) * spread
            sign = -1.0 if other < plain else 1.0
            fit[k] = min(plain, other)
            margin[k] = max(plain, other)
            if k % every == 0 and k > 2:
                scratch[count] = fit[k]
                count += 1
            if fit[k] < CAP:
                gain = place * spread
                dx = sign * x - px
                dy = sign * y - py
                px += gain * dx
                py += gain * dy
                vx += both * spread * dx
                vy += both * spread * dy
                speed -= both * spread * both
                both -= gain * both
                place -= gain * place
        turned[k] = 1 if sign < 0.0 else 0
    usual = 1.0
    if count >= 5:
        usual = min(1.5, max(0.1, median_in_place(scratch, count) / (2.0 * math.log(2.0))))
    cap = CAP * usual
    later = 0.0
    for k in range(stop - first - 1, -1, -1):
        h = time_s[first + k] - time_s[first + k - 1] if k > 0 else 0.0
        margin[k] = observation_weight(h) * (min(margin[k], cap) - min(fit[k], cap)) / usual
        later = margin[k] + hold[k] * later
        hold[k] = later
        later /= 1.0 + h / MEMORY_S
