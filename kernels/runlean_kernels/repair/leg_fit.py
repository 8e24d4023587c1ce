"""Both legs' paths about the hips as one stride: its mean and three harmonics, the right leg half a stride on.

``place`` float64 (row, 4, 2) holds left and right knee, left and right ankle in leg lengths from the middle of the
hips, ``trust`` (row, 4) their weights, 0 where missing; ``pair`` is 0 for the knees, 1 for the ankles; ``gain``
(row, 2) is how much larger the runner is drawn at a row than in the window's mean, across and upward.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.events.linear_solve import cholesky, solve_back, solve_forward
from runlean_kernels.events.rotor import phasor
from runlean_kernels.jit import kernel
from runlean_kernels.statistics.order import median_in_place

FloatArray = NDArray[np.float64]

#: A leg's mean place and three harmonics of the stride.
HALF = 7
#: How much alike both legs are believed to be, half a stride apart, in rows of evidence: for the movement, and for the
#: mean place, where a camera that sees one leg behind the other makes them differ.
ALIKE = 6.0
ALIKE_PLACE = 0.5
#: Scatter about the cycle, leg lengths: no less is believed (runners alone 0.01 to 0.04, turning with a pan 0.07).
LEAST_SCATTER = 0.03
#: Rows of evidence that a runner is drawn as large all the time; how much larger or smaller than in the mean at most.
STEADY = 5.0
MOST_GAIN = 2.0
#: Variance of the cycle, in those of one row of full trust, from which it is not known at a phase.
UNSEEN = 1.0
#: Median length of a two-dimensional normal error over its standard deviation.
MEDIAN_TO_SD = 1.1774


@kernel
def harmonics(time_s: FloatArray, low: int, high: int, rate: float, wave: FloatArray) -> None:
    """One, then cosine and sine of the first three harmonics of ``rate`` strides per second, from row ``low`` on."""
    for i in range(low, high):
        c, s = phasor(rate * (time_s[i] - time_s[low]))
        row = wave[i - low]
        row[0] = 1.0
        row[1] = c
        row[2] = s
        row[3] = c * c - s * s
        row[4] = 2.0 * c * s
        row[5] = c * row[3] - s * row[4]
        row[6] = s * row[3] + c * row[4]


@kernel
def leg_terms(wave: FloatArray, side: int, out: FloatArray) -> None:
    """A leg's terms: those of the right leg half a stride on, so that like legs have like coefficients."""
    for i in range(HALF):
        out[i] = -wave[i] if side == 1 and (i == 1 or i == 2 or i == 5 or i == 6) else wave[i]


@kernel
def fit_legs(
    place: FloatArray, trust: FloatArray, kept: FloatArray, gain: FloatArray, wave: FloatArray, pair: int,
    terms: FloatArray, normal: FloatArray, coefficient: FloatArray,
) -> bool:  # fmt: skip
    """Weighted least squares of both legs' places; ``normal`` (2 HALF, 2 HALF) becomes its factor."""
    normal[:] = 0.0
    coefficient[:] = 0.0
    for k in range(place.shape[0]):
        for side in range(2):
            j = 2 * pair + side
            w = trust[k, j] * kept[k, side]
            if not w > 0.0:
                continue
            leg_terms(wave[k], side, terms)
            own = side * HALF
            for a in range(HALF):
                share = w * terms[a]
                for b in range(a, HALF):
                    normal[own + a, own + b] += share * terms[b]
                coefficient[0, own + a] += share * place[k, j, 0] / gain[k, 0]
                coefficient[1, own + a] += share * place[k, j, 1] / gain[k, 1]
    for a in range(HALF):
        alike = ALIKE_PLACE if a == 0 else ALIKE
        normal[a, a] += alike + 1e-6
        normal[HALF + a, HALF + a] += alike + 1e-6
        normal[a, HALF + a] -= alike
    if not cholesky(normal):
        return False
    for axis in range(2):
        solve_forward(normal, coefficient[axis])
        solve_back(normal, coefficient[axis])
    return True


@kernel
def residuals(
    place: FloatArray, trust: FloatArray, gain: FloatArray, wave: FloatArray, pair: int, terms: FloatArray,
    coefficient: FloatArray, model: FloatArray, off: FloatArray, scratch: FloatArray,
) -> float:  # fmt: skip
    """The mean cycle's places (row, 4, 2), each point's distance from its own (row, 2), and their scatter."""
    count = 0
    for k in range(place.shape[0]):
        for side in range(2):
            j = 2 * pair + side
            leg_terms(wave[k], side, terms)
            for axis in range(2):
                total = 0.0
                for a in range(HALF):
                    total += terms[a] * coefficient[axis, side * HALF + a]
                model[k, j, axis] = total
            dx = place[k, j, 0] - gain[k, 0] * model[k, j, 0]
            dy = place[k, j, 1] - gain[k, 1] * model[k, j, 1]
            off[k, side] = math.sqrt(dx * dx + dy * dy)
            if trust[k, j] > 0.0:
                scratch[count] = off[k, side]
                count += 1
    return max(LEAST_SCATTER, median_in_place(scratch, count) / MEDIAN_TO_SD) if count > 0 else math.nan


@kernel
def follow_gain(
    place: FloatArray, trust: FloatArray, kept: FloatArray, model: FloatArray, time_s: FloatArray, pair: int,
    bend: FloatArray, answer: FloatArray, gain: FloatArray,
) -> None:  # fmt: skip
    """Who nears the camera, or turns in its view, is drawn larger or narrower: a parabola over the window, per axis.

    ``bend`` (3, 3) and ``answer`` (3,) are scratch. `STEADY` rows of evidence speak for no change.
    """
    middle = 0.5 * (time_s[0] + time_s[-1])
    half = max(0.5 * (time_s[-1] - time_s[0]), 1e-9)
    for axis in range(2):
        bend[:] = 0.0
        answer[:] = 0.0
        n = 0.0
        for k in range(place.shape[0]):
            u = (time_s[k] - middle) / half
            for side in range(2):
                j = 2 * pair + side
                w = trust[k, j] * kept[k, side]
                if not w > 0.0:
                    continue
                m = model[k, j, axis]
                square = w * m * m
                left = w * m * (place[k, j, axis] - m)
                n += w
                bend[0, 0] += square
                bend[0, 1] += square * u
                bend[0, 2] += square * u * u
                bend[1, 2] += square * u * u * u
                bend[2, 2] += square * u * u * u * u
                answer[0] += left
                answer[1] += left * u
                answer[2] += left * u * u
        bend[1, 1] = bend[0, 2]
        prior = STEADY * bend[0, 0] / max(n, 1e-9) + 1e-9
        for a in range(3):
            bend[a, a] += prior
        if not cholesky(bend):
            return
        solve_forward(bend, answer)
        solve_back(bend, answer)
        for k in range(place.shape[0]):
            u = (time_s[k] - middle) / half
            gain[k, axis] = min(max(1.0 + answer[0] + u * (answer[1] + u * answer[2]), 1.0 / MOST_GAIN), MOST_GAIN)


@kernel
def unseen(wave: FloatArray, k: int, side: int, terms: FloatArray, factor: FloatArray, solution: FloatArray) -> bool:
    """Whether hardly any row tells where this leg is at row ``k``'s phase."""
    leg_terms(wave[k], side, terms)
    solution[:] = 0.0
    for a in range(HALF):
        solution[side * HALF + a] = terms[a]
    solve_forward(factor, solution)
    square = 0.0
    for a in range(2 * HALF):
        square += solution[a] * solution[a]
    return square > UNSEEN
