"""Both legs' paths about the hips as one stride: its mean and three harmonics, the right leg half a stride on.

``place`` float64 (8, row) holds x and y of left and right knee, left and right ankle in leg lengths from the middle of
the hips, 0 where missing; ``trust`` (4, row) their weights, 0 where missing; ``pair`` is 0 for the knees, 1 for the
ankles; ``gain`` (2, row) is how much larger the runner is drawn at a row than in the window's mean, across and upward;
``wave`` (2, row) cosine and sine of the stride's phase, ``terms`` (12, row) those of its multiples up to the sixth.
Rows lie beside each other, so that four go at once.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.events.linear_solve import cholesky, solve_back, solve_forward
from runlean_kernels.jit import kernel, sum_kernel
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
#: A point is off beyond so many times the scatter and so many leg lengths. Strides differ by less: of 24,000 points of
#: rendered runners who are alone 15 lie beyond.
MULTIPLE = 3.0
NEVER_OFF = 0.15
#: Rows of evidence that a runner is drawn as large all the time; how much larger or smaller than in the mean at most.
STEADY = 5.0
MOST_GAIN = 2.0
#: Variance of the cycle, in those of one row of full trust, from which it is not known at a phase.
UNSEEN = 1.0
#: Median length of a two-dimensional normal error over its standard deviation.
MEDIAN_TO_SD = 1.1774


@kernel
def leg_terms(cosine: float, sine: float, side: int, out: FloatArray) -> None:
    """A leg's terms at a phase: those of the right leg half a stride on, so that like legs have like coefficients."""
    sign = -1.0 if side == 1 else 1.0
    out[0] = 1.0
    out[1] = sign * cosine
    out[2] = sign * sine
    out[3] = cosine * cosine - sine * sine
    out[4] = 2.0 * cosine * sine
    out[5] = cosine * sign * out[3] - sine * sign * out[4]
    out[6] = sine * sign * out[3] + cosine * sign * out[4]


@sum_kernel
def harmonics(wave: FloatArray, n: int, out: FloatArray) -> None:
    """Cosine and sine of one to six times the phase into ``out`` (12, at least n); ``wave`` (2, at least n)."""
    cosine = wave[0]
    sine = wave[1]
    for k in range(n):
        out[0, k] = cosine[k]
        out[1, k] = sine[k]
    for h in range(1, 6):
        c = out[2 * h - 2]
        s = out[2 * h - 1]
        next_c = out[2 * h]
        next_s = out[2 * h + 1]
        # one array written at a time: with two there are more overlaps to rule out than the compiler does
        for k in range(n):
            next_c[k] = c[k] * cosine[k] - s[k] * sine[k]
        for k in range(n):
            next_s[k] = s[k] * cosine[k] + c[k] * sine[k]


@sum_kernel
def _moments(weight: FloatArray, terms: FloatArray, out: FloatArray) -> None:
    """Sums of the weights (row,) times 1, cos, sin, cos 2 ... sin 6, of which all products of two terms are made."""
    w_0 = c_1 = s_1 = c_2 = s_2 = c_3 = s_3 = c_4 = s_4 = c_5 = s_5 = c_6 = s_6 = 0.0
    for k in range(weight.shape[0]):
        w = weight[k]
        w_0 += w
        c_1 += w * terms[0, k]
        s_1 += w * terms[1, k]
        c_2 += w * terms[2, k]
        s_2 += w * terms[3, k]
        c_3 += w * terms[4, k]
        s_3 += w * terms[5, k]
        c_4 += w * terms[6, k]
        s_4 += w * terms[7, k]
        c_5 += w * terms[8, k]
        s_5 += w * terms[9, k]
        c_6 += w * terms[10, k]
        s_6 += w * terms[11, k]
    out[0] = w_0
    out[1] = c_1
    out[2] = s_1
    out[3] = c_2
    out[4] = s_2
    out[5] = c_3
    out[6] = s_3
    out[7] = c_4
    out[8] = s_4
    out[9] = c_5
    out[10] = s_5
    out[11] = c_6
    out[12] = s_6


@sum_kernel
def _right_side(pull: FloatArray, terms: FloatArray, out: FloatArray) -> None:
    """Sums of weighted values (row,) times a leg's terms, into ``out`` (HALF,)."""
    y_0 = y_c = y_s = y_c2 = y_s2 = y_c3 = y_s3 = 0.0
    for k in range(pull.shape[0]):
        y = pull[k]
        y_0 += y
        y_c += y * terms[0, k]
        y_s += y * terms[1, k]
        y_c2 += y * terms[2, k]
        y_s2 += y * terms[3, k]
        y_c3 += y * terms[4, k]
        y_s3 += y * terms[5, k]
    out[0] = y_0
    out[1] = y_c
    out[2] = y_s
    out[3] = y_c2
    out[4] = y_s2
    out[5] = y_c3
    out[6] = y_s3


@kernel
def _half_matrix(moments: FloatArray, at: int, out: FloatArray) -> None:
    """Upper triangle of one leg's normal matrix from its moments (13,), from row and column ``at`` on."""
    out[at, at] = moments[0]
    for k in range(1, 4):
        out[at, at + 2 * k - 1] = moments[2 * k - 1]
        out[at, at + 2 * k] = moments[2 * k]
        for j in range(1, k + 1):
            m = k - j
            cos_less = moments[2 * m - 1] if m > 0 else moments[0]
            sin_less = moments[2 * m] if m > 0 else 0.0
            cos_more = moments[2 * (k + j) - 1]
            sin_more = moments[2 * (k + j)]
            out[at + 2 * j - 1, at + 2 * k - 1] = 0.5 * (cos_less + cos_more)
            out[at + 2 * j, at + 2 * k] = 0.5 * (cos_less - cos_more)
            out[at + 2 * j - 1, at + 2 * k] = 0.5 * (sin_more + sin_less)
            if j < k:
                out[at + 2 * j, at + 2 * k - 1] = 0.5 * (sin_more - sin_less)


@sum_kernel
def _product(a: FloatArray, b: FloatArray, out: FloatArray) -> None:
    for k in range(out.shape[0]):
        out[k] = a[k] * b[k]


@sum_kernel
def _pull(weight: FloatArray, value: FloatArray, gain: FloatArray, out: FloatArray) -> None:
    """A coordinate over its gain by each row's weight."""
    for k in range(out.shape[0]):
        out[k] = weight[k] * value[k] / gain[k]


@kernel
def fit_legs(
    place: FloatArray, trust: FloatArray, kept: FloatArray, gain: FloatArray, terms: FloatArray, pair: int, n: int,
    pull: FloatArray, moments: FloatArray, normal: FloatArray, coefficient: FloatArray,
) -> bool:  # fmt: skip
    """Weighted least squares of both legs' places over n rows; ``normal`` (2 HALF, 2 HALF) becomes its factor.

    ``pull`` (3, row) and ``moments`` (13,) are scratch.
    """
    normal[:] = 0.0
    for side in range(2):
        j = 2 * pair + side
        own = side * HALF
        weight = pull[2, :n]
        _product(trust[j], kept[side], weight)
        _moments(weight, terms, moments)
        for axis in range(2):
            _pull(weight, place[2 * j + axis], gain[axis], pull[axis, :n])
            _right_side(pull[axis, :n], terms, coefficient[axis, own : own + HALF])
        if side == 1:
            # half a stride on: odd harmonics change sign
            for m in range(1, 6, 2):
                moments[2 * m - 1] = -moments[2 * m - 1]
                moments[2 * m] = -moments[2 * m]
            for axis in range(2):
                for a in (1, 2, 5, 6):
                    coefficient[axis, own + a] = -coefficient[axis, own + a]
        _half_matrix(moments, own, normal)
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


@sum_kernel
def _model(terms: FloatArray, sign: float, coefficient: FloatArray, out: FloatArray) -> None:
    """The mean cycle of one coordinate (row,); ``sign`` is -1 for the right leg's odd harmonics."""
    a_0 = coefficient[0]
    a_1 = sign * coefficient[1]
    a_2 = sign * coefficient[2]
    a_3 = coefficient[3]
    a_4 = coefficient[4]
    a_5 = sign * coefficient[5]
    a_6 = sign * coefficient[6]
    for k in range(out.shape[0]):
        first = a_1 * terms[0, k] + a_2 * terms[1, k]
        third = a_5 * terms[4, k] + a_6 * terms[5, k]
        out[k] = a_0 + first + (a_3 * terms[2, k] + a_4 * terms[3, k]) + third


@sum_kernel
def _distances(
    x: FloatArray, y: FloatArray, trust: FloatArray, gain_x: FloatArray, gain_y: FloatArray, model_x: FloatArray,
    model_y: FloatArray, out: FloatArray,
) -> int:  # fmt: skip
    """Distance of every point from its place in the cycle; returns how many known ones lie beyond `NEVER_OFF`."""
    far = 0
    for k in range(out.shape[0]):
        dx = x[k] - gain_x[k] * model_x[k]
        dy = y[k] - gain_y[k] * model_y[k]
        square = dx * dx + dy * dy
        out[k] = math.sqrt(square)
        far += 1 if (square > NEVER_OFF * NEVER_OFF) & (trust[k] > 0.0) else 0
    return far


@kernel
def residuals(
    place: FloatArray, trust: FloatArray, gain: FloatArray, terms: FloatArray, pair: int, n: int,
    coefficient: FloatArray, model: FloatArray, off: FloatArray,
) -> int:  # fmt: skip
    """The mean cycle's places (8, row) and each point's distance from its own (2, row); how many are not near."""
    far = 0
    for side in range(2):
        j = 2 * pair + side
        for axis in range(2):
            own = coefficient[axis, side * HALF : (side + 1) * HALF]
            _model(terms, 1.0 - 2.0 * side, own, model[2 * j + axis, :n])
        far += _distances(
            place[2 * j], place[2 * j + 1], trust[j], gain[0], gain[1], model[2 * j], model[2 * j + 1], off[side, :n]
        )  # fmt: skip
    return far


@kernel
def scatter_of(off: FloatArray, trust: FloatArray, pair: int, n: int, scratch: FloatArray) -> float:
    """Standard deviation per coordinate of the known points about the cycle, from the median of their distances."""
    count = 0
    for side in range(2):
        for k in range(n):
            scratch[count] = off[side, k]
            count += 1 if trust[2 * pair + side, k] > 0.0 else 0
    return max(LEAST_SCATTER, median_in_place(scratch, count) / MEDIAN_TO_SD)


@kernel
def let_go(off: FloatArray, trust: FloatArray, scatter: float, limit: float, kept: FloatArray) -> int:
    """Geman and McClure's weights (row,) by the distance from the cycle; returns how many points lie beyond a limit."""
    beyond = 0
    for k in range(off.shape[0]):
        u = off[k] / (2.0 * scatter)
        share = 1.0 / (1.0 + u * u)
        kept[k] = share * share
        beyond += 1 if (off[k] > limit) & (trust[k] > 0.0) else 0
    return beyond


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
        for k in range(time_s.shape[0]):
            u = (time_s[k] - middle) / half
            for side in range(2):
                j = 2 * pair + side
                w = trust[j, k] * kept[side, k]
                if not w > 0.0:
                    continue
                m = model[2 * j + axis, k]
                square = w * m * m
                left = w * m * (place[2 * j + axis, k] - m)
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
        for k in range(time_s.shape[0]):
            u = (time_s[k] - middle) / half
            gain[axis, k] = min(max(1.0 + answer[0] + u * (answer[1] + u * answer[2]), 1.0 / MOST_GAIN), MOST_GAIN)


@kernel
def unseen(wave: FloatArray, k: int, side: int, terms: FloatArray, factor: FloatArray, solution: FloatArray) -> bool:
    """Whether hardly any row tells where this leg is at row ``k``'s phase."""
    leg_terms(wave[0, k], wave[1, k], side, terms)
    solution[:] = 0.0
    for a in range(HALF):
        solution[side * HALF + a] = terms[a]
    solve_forward(factor, solution)
    square = 0.0
    for a in range(2 * HALF):
        square += solution[a] * solution[a]
    return square > UNSEEN
