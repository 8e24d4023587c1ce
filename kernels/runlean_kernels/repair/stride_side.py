"""Which leg is which, by the stride's phase: legs exchanged for so long that no path through them is left."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.events.linear_solve import cholesky, solve_back, solve_forward
from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_KNEE
from runlean_kernels.repair.body_scale import body_scale
from runlean_kernels.repair.pair_path import observation_weight

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Windows in which a stride's frequency is taken as constant, and from one to the next, s. Runners vary theirs by
#: 1 to 2 % over such a time: a tenth of the half cycle that exchanged legs are off by.
WINDOW_S = 4.0
HOP_S = 1.5
#: Strides per second that are tried.
SLOWEST = 1.0
FASTEST = 2.6
STEPS = 64
#: A window tells nothing with fewer rows, or over less time, s.
LEAST_ROWS = 20
LEAST_SPAN_S = 1.2
#: Part of the legs' movement that the cycle must explain. Runners 0.88 to 0.98; noise with free signs below 0.6.
COHERENT = 0.75
#: Evidence of one row, at most; cost of a change; cost of being exchanged per second.
MOST = 6.0
CHANGE = 6.0
EXCHANGED_PER_S = 4.0
#: Scatter of the vectors about the cycle, leg lengths: no less is believed.
LEAST_SCATTER = 0.08
#: A cycle near the frequency of the window before that explains so much, with every row's label as it is, needs no
#: search: no other explains more of runners' legs. Steps to each side in which it is looked for.
SURE = 0.9
NEAR = 2
#: Where there is no window before, the frequency is looked for in this many steps first: a tenth of a stride per second
#: apart, a fifth of the width of a window's peak.
COARSE = 17
#: Fourth moment of the ankles' horizontal distance over the square of its second: legs that pass each other 1.4 to 1.7
#: (a sine 1.5), legs that stand apart 1.0, which free signs would make a square wave of.
PASSING = 1.2
_ROUNDS = 4
_TERMS = 4


@kernel
def _separations(
    xy: FloatArray, score: FloatArray, first: int, stop: int, scale: float, value: FloatArray, weight: FloatArray
) -> None:
    """Left to right vectors of ankles and knees in leg lengths, (row, 4), and the trust in each pair, (row, 2)."""
    for i in range(first, stop):
        for pair in range(2):
            left = LEFT_ANKLE if pair == 0 else LEFT_KNEE
            dx = (xy[i, left + 1, 0] - xy[i, left, 0]) / scale
            dy = (xy[i, left + 1, 1] - xy[i, left, 1]) / scale
            known = dx == dx and dy == dy
            value[i - first, 2 * pair] = dx if known else 0.0
            value[i - first, 2 * pair + 1] = dy if known else 0.0
            trust = min(score[i, left], score[i, left + 1])
            weight[i - first, pair] = (trust if trust > 0.0 else 0.2) if known else 0.0


@kernel
def _fit_cycle(
    value: FloatArray, weight: FloatArray, sign: FloatArray, time_s: FloatArray, low: int, high: int, base: int,
    frequency: float, normal: FloatArray, coefficient: FloatArray,
) -> float:  # fmt: skip
    """Least squares of the signed vectors on first and third harmonic; part of their square that is explained.

    Products of two terms are sums of the phasor's even powers: cos a cos 3a = (cos 2a + cos 4a) / 2, and so on.
    """
    total = 0.0
    explained = 0.0
    omega = 2.0 * math.pi * frequency
    origin = time_s[base + low]
    for pair in range(2):
        w_0 = c_2 = s_2 = c_4 = s_4 = c_6 = s_6 = 0.0
        x_c = x_s = x_c3 = x_s3 = y_c = y_s = y_c3 = y_s3 = 0.0
        c = 1.0
        s = 0.0
        turn_c = 1.0
        turn_s = 0.0
        before = 0.0
        interval = 0.0
        for k in range(low, high):
            h = time_s[base + k] - origin - before
            if abs(h - interval) > 1e-6 or (k - low) % 64 == 0:
                # from one row to the next the phasor turns by the same angle, until the interval changes
                interval = h
                turn_c = math.cos(omega * h)
                turn_s = math.sin(omega * h)
                c = math.cos(omega * (before + h))
                s = math.sin(omega * (before + h))
            else:
                turned = c * turn_c - s * turn_s
                s = s * turn_c + c * turn_s
                c = turned
            before += h
            w = weight[k, pair]
            if w > 0.0:
                d = c * c - s * s
                e = 2.0 * c * s
                c3 = c * d - s * e
                s3 = s * d + c * e
                w_0 += w
                c_2 += w * d
                s_2 += w * e
                c_4 += w * (d * d - e * e)
                s_4 += w * 2.0 * d * e
                c_6 += w * (c3 * c3 - s3 * s3)
                s_6 += w * 2.0 * c3 * s3
                x = sign[k] * value[k, 2 * pair]
                y = sign[k] * value[k, 2 * pair + 1]
                total += w * (x * x + y * y)
                x *= w
                y *= w
                x_c += x * c
                x_s += x * s
                x_c3 += x * c3
                x_s3 += x * s3
                y_c += y * c
                y_s += y * s
                y_c3 += y * c3
                y_s3 += y * s3
        normal[0, 0] = 0.5 * (w_0 + c_2)
        normal[1, 1] = 0.5 * (w_0 - c_2)
        normal[2, 2] = 0.5 * (w_0 + c_6)
        normal[3, 3] = 0.5 * (w_0 - c_6)
        normal[0, 1] = 0.5 * s_2
        normal[0, 2] = 0.5 * (c_2 + c_4)
        normal[0, 3] = 0.5 * (s_4 + s_2)
        normal[1, 2] = 0.5 * (s_4 - s_2)
        normal[1, 3] = 0.5 * (c_2 - c_4)
        normal[2, 3] = 0.5 * s_6
        coefficient[2 * pair : 2 * pair + 2] = 0.0
        for i in range(_TERMS):
            normal[i, i] += 1e-6 + 1e-3 * normal[i, i]
        if not cholesky(normal):
            continue
        for axis in range(2):
            out = coefficient[2 * pair + axis]
            out[0] = r_0 = x_c if axis == 0 else y_c
            out[1] = r_1 = x_s if axis == 0 else y_s
            out[2] = r_2 = x_c3 if axis == 0 else y_c3
            out[3] = r_3 = x_s3 if axis == 0 else y_s3
            solve_forward(normal, out)
            solve_back(normal, out)
            explained += out[0] * r_0 + out[1] * r_1 + out[2] * r_2 + out[3] * r_3
    return explained / total if total > 0.0 else 0.0


@kernel
def _predict(coefficient: FloatArray, frequency: float, elapsed_s: float, out: FloatArray) -> None:
    angle = 2.0 * math.pi * frequency * elapsed_s
    c = math.cos(angle)
    s = math.sin(angle)
    c3 = c * (4.0 * c * c - 3.0)
    s3 = s * (3.0 - 4.0 * s * s)
    for signal in range(4):
        f = coefficient[signal]
        out[signal] = f[0] * c + f[1] * s + f[2] * c3 + f[3] * s3


@kernel
def _best_frequency(
    value: FloatArray, weight: FloatArray, sign: FloatArray, time_s: FloatArray, low: int, high: int, base: int,
    slowest: float, fastest: float, steps: int, normal: FloatArray, coefficient: FloatArray,
) -> float:  # fmt: skip
    best = -1.0
    found = slowest
    for step in range(steps):
        frequency = slowest + (fastest - slowest) * step / max(1, steps - 1)
        part = _fit_cycle(value, weight, sign, time_s, low, high, base, frequency, normal, coefficient)
        if part > best:
            best = part
            found = frequency
    return found


@kernel
def _square_signs(
    value: FloatArray, weight: FloatArray, time_s: FloatArray, low: int, high: int, base: int, sign: FloatArray
) -> None:
    """Signs from the ankles' squared horizontal distance, which no exchange changes: its cycle is half a stride's."""
    best = -1.0
    omega_best = 0.0
    real_best = 1.0
    imaginary_best = 0.0
    mean = 0.0
    n = 0.0
    for k in range(low, high):
        mean += weight[k, 0] * value[k, 0] * value[k, 0]
        n += weight[k, 0]
    mean /= max(n, 1e-9)
    origin = time_s[base + low]
    for step in range(STEPS):
        omega = 2.0 * math.pi * (SLOWEST + (FASTEST - SLOWEST) * step / (STEPS - 1))
        real = 0.0
        imaginary = 0.0
        for k in range(low, high):
            q = weight[k, 0] * (value[k, 0] * value[k, 0] - mean)
            angle = 2.0 * omega * (time_s[base + k] - origin)
            real += q * math.cos(angle)
            imaginary += q * math.sin(angle)
        power = real * real + imaginary * imaginary
        if power > best:
            best = power
            omega_best = omega
            real_best = real
            imaginary_best = imaginary
    half = 0.5 * math.atan2(imaginary_best, real_best)
    for k in range(low, high):
        carrier = math.cos(omega_best * (time_s[base + k] - origin) - half)
        sign[k] = 1.0 if carrier * value[k, 0] >= 0.0 else -1.0


@kernel
def _legs_pass(value: FloatArray, weight: FloatArray, low: int, high: int) -> bool:
    """Whether the ankles' distance goes through zero now and then, or stays what it is."""
    second = 0.0
    fourth = 0.0
    n = 0.0
    for k in range(low, high):
        square = value[k, 0] * value[k, 0]
        second += weight[k, 0] * square
        fourth += weight[k, 0] * square * square
        n += weight[k, 0]
    return n * fourth > PASSING * second * second


@kernel
def _turn_signs(
    value: FloatArray, weight: FloatArray, time_s: FloatArray, low: int, high: int, base: int, frequency: float,
    coefficient: FloatArray, sign: FloatArray, agreement: FloatArray, modelled: FloatArray,
) -> bool:  # fmt: skip
    """Give every row the sign under which it and its neighbours agree with the cycle; whether any changed."""
    for k in range(low, high):
        _predict(coefficient, frequency, time_s[base + k] - time_s[base + low], modelled)
        agreement[k] = 0.0
        for signal in range(4):
            agreement[k] += weight[k, signal // 2] * value[k, signal] * modelled[signal]
    changed = False
    for k in range(low, high):
        around = agreement[k]
        around += agreement[k - 1] if k > low else 0.0
        around += agreement[k + 1] if k + 1 < high else 0.0
        turned = 1.0 if around >= 0.0 else -1.0
        changed = changed or turned != sign[k]
        sign[k] = turned
    return changed


@kernel
def _follow_cycle(
    value: FloatArray, weight: FloatArray, time_s: FloatArray, low: int, high: int, base: int, expected: float,
    sign: FloatArray, agreement: FloatArray, normal: FloatArray, coefficient: FloatArray, modelled: FloatArray,
    answer: FloatArray,
) -> bool:  # fmt: skip
    """Fit the cycle near a frequency with the labels as they are; False where it or a label is in doubt."""
    step = (FASTEST - SLOWEST) / STEPS
    for k in range(low, high):
        sign[k] = 1.0
    at = _fit_cycle(value, weight, sign, time_s, low, high, base, expected, normal, coefficient)
    above = _fit_cycle(value, weight, sign, time_s, low, high, base, expected + step, normal, coefficient)
    below = _fit_cycle(value, weight, sign, time_s, low, high, base, expected - step, normal, coefficient)
    for _ in range(NEAR):
        if at >= above and at >= below:
            break
        if above > at:
            expected += step
            below, at = at, above
            above = _fit_cycle(value, weight, sign, time_s, low, high, base, expected + step, normal, coefficient)
        else:
            expected -= step
            above, at = at, below
            below = _fit_cycle(value, weight, sign, time_s, low, high, base, expected - step, normal, coefficient)
    bend = above - 2.0 * at + below
    if at < above or at < below or not bend < 0.0:
        return False
    # the top of a parabola through the three
    answer[0] = expected - 0.5 * step * (above - below) / bend
    answer[1] = _fit_cycle(value, weight, sign, time_s, low, high, base, answer[0], normal, coefficient)
    if answer[1] < SURE:
        return False
    return not _turn_signs(
        value, weight, time_s, low, high, base, answer[0], coefficient, sign, agreement, modelled
    )  # fmt: skip


@kernel
def _fit_window(
    value: FloatArray, weight: FloatArray, time_s: FloatArray, low: int, high: int, base: int, sign: FloatArray,
    agreement: FloatArray, normal: FloatArray, coefficient: FloatArray, modelled: FloatArray, answer: FloatArray,
) -> None:  # fmt: skip
    """Fit the cycle of a window, its rows' signs free; ``answer``: frequency, part explained."""
    kept = np.empty_like(coefficient)
    answer[0] = 0.0
    answer[1] = 0.0
    for start in range(2):
        if start == 0:
            for k in range(low, high):
                sign[k] = 1.0
        else:
            _square_signs(value, weight, time_s, low, high, base, sign)
        frequency = _best_frequency(
            value, weight, sign, time_s, low, high, base, SLOWEST, FASTEST, STEPS, normal, coefficient
        )
        part = 0.0
        for _ in range(_ROUNDS):
            reach = 1.5 * (FASTEST - SLOWEST) / STEPS
            frequency = _best_frequency(
                value, weight, sign, time_s, low, high, base, frequency - reach, frequency + reach, 13, normal,
                coefficient,
            )  # fmt: skip
            part = _fit_cycle(value, weight, sign, time_s, low, high, base, frequency, normal, coefficient)
            if not _turn_signs(
                value, weight, time_s, low, high, base, frequency, coefficient, sign, agreement, modelled
            ):
                break
        if part > answer[1]:
            answer[0] = frequency
            answer[1] = part
            kept[:] = coefficient
    coefficient[:] = kept


@kernel
def _settle(time_s: FloatArray, first: int, stop: int, evidence: FloatArray, come: IntArray, out: BoolArray) -> None:
    """Most likely stretches of exchanged labels of each pair, by two states; see `stride_side`."""
    for pair in range(2):
        plain = 0.0
        crossed = 0.0
        for i in range(first, stop):
            k = i - first
            h = time_s[i] - time_s[i - 1] if k > 0 else 0.0
            come[k, 0] = 1 if crossed + CHANGE < plain else 0
            come[k, 1] = 0 if plain + CHANGE < crossed else 1
            from_plain = min(plain, crossed + CHANGE)
            from_crossed = min(crossed, plain + CHANGE)
            g = evidence[k, pair]
            plain = from_plain + max(-g, 0.0)
            crossed = from_crossed + max(g, 0.0) + EXCHANGED_PER_S * min(h, 0.1)
        state = 1 if crossed < plain else 0
        for k in range(stop - first - 1, -1, -1):
            # column 0 of the result is the knees, as in `leg_swap`
            out[first + k, 1 - pair] = state == 1
            state = come[k, state]


@kernel
def stride_side(
    xy: FloatArray, score: FloatArray, time_s: FloatArray, offsets: IntArray, out_swapped: BoolArray
) -> None:
    """Rows whose legs contradict the stride's phase, knees and ankles each.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
        Landmarks, short exchanges already undone (`leg_swap`); NaN = missing.
    score : float64 (row, 23)
    time_s : float64 (row,), s
        Strictly increasing within each track.
    offsets : int64 (track + 1,)
    out_swapped : bool (row, 2)
        Knees exchanged; ankles and feet exchanged.

    Notes
    -----
    Behind another runner a leg is seen for a moment only, and the path through the gap is lost; the stride goes on.
    In windows of 4 s the vectors from left to right ankle and knee are fitted by first and third harmonic of one
    frequency, the sign of every row free: first from the labels as they are, then from the squared distance, which no
    exchange changes; where the cycle of the window before goes on and every label agrees with it, nothing is searched.
    Neighbouring windows are tied by the rows that they share, and which of both legs the cycle calls
    the left one is what the labels say over the whole track, by their scores. Where the cycle explains too little
    (no steady gait, film of unknown speed) nothing is changed.
    """
    longest = 0
    for track in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[track + 1] - offsets[track])
    value = np.empty((longest, 4))
    weight = np.empty((longest, 2))
    sign = np.empty(longest)
    agreement = np.empty(longest)
    evidence = np.empty((longest, 2))
    blend = np.empty(longest)
    cycle = np.empty((longest, 4))
    fresh = np.empty((longest, 4))
    come = np.empty((longest, 2), dtype=np.int64)
    normal = np.empty((_TERMS, _TERMS))
    coefficient = np.empty((4, _TERMS))
    modelled = np.empty(4)
    answer = np.empty(2)
    scratch = np.empty(128)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        n = stop - first
        for i in range(first, stop):
            out_swapped[i, 0] = False
            out_swapped[i, 1] = False
        scale = body_scale(xy, first, stop, scratch)
        if n < LEAST_ROWS or math.isnan(scale):
            continue
        _separations(xy, score, first, stop, scale, value, weight)
        cycle[:n] = 0.0
        blend[:n] = 0.0
        duration = time_s[stop - 1] - time_s[first]
        windows = 1 + max(0, math.ceil((duration - WINDOW_S) / HOP_S))
        hop = (duration - WINDOW_S) / (windows - 1) if windows > 1 else 0.0
        low = 0
        expected = 0.0
        for window in range(windows):
            begin = time_s[first] + window * hop
            end = begin + WINDOW_S
            while low < n and time_s[first + low] < begin - 1e-9:
                low += 1
            high = low
            known = 0
            while high < n and time_s[first + high] <= end + 1e-9:
                known += 1 if weight[high, 0] > 0.0 else 0
                high += 1
            if known < LEAST_ROWS or time_s[first + high - 1] - time_s[first + low] < LEAST_SPAN_S:
                continue
            if not _legs_pass(value, weight, low, high):
                continue
            if expected == 0.0:
                for k in range(low, high):
                    sign[k] = 1.0
                expected = _best_frequency(
                    value, weight, sign, time_s, low, high, first, SLOWEST, FASTEST, COARSE, normal, coefficient
                )
            if not _follow_cycle(
                value, weight, time_s, low, high, first, expected, sign, agreement, normal, coefficient, modelled,
                answer,
            ):  # fmt: skip
                _fit_window(
                    value, weight, time_s, low, high, first, sign, agreement, normal, coefficient, modelled, answer
                )
            expected = 0.0
            if answer[1] < COHERENT:
                continue
            expected = answer[0]
            shared = 0.0
            own = 0.0
            for k in range(low, high):
                _predict(coefficient, answer[0], time_s[first + k] - time_s[first + low], fresh[k])
                for signal in range(4):
                    shared += fresh[k, signal] * cycle[k, signal]
                    own += weight[k, signal // 2] * fresh[k, signal] * value[k, signal]
            # tied to the windows before it; the first, or one beyond a gap, to the labels
            turn = 1.0 if (shared if shared != 0.0 else own) >= 0.0 else -1.0
            for k in range(low, high):
                t = time_s[first + k]
                share = min(t - begin, end - t) + 0.05
                blend[k] += share
                for signal in range(4):
                    cycle[k, signal] += share * turn * fresh[k, signal]
        vote = 0.0
        for k in range(n):
            for signal in range(4):
                cycle[k, signal] /= blend[k] if blend[k] > 0.0 else 1.0
                vote += weight[k, signal // 2] * cycle[k, signal] * value[k, signal]
        whole = 1.0 if vote >= 0.0 else -1.0
        for pair in range(2):
            square = 0.0
            total = 0.0
            for k in range(n):
                if blend[k] > 0.0 and weight[k, pair] > 0.0:
                    plain = 0.0
                    other = 0.0
                    for axis in range(2):
                        v = value[k, 2 * pair + axis]
                        m = whole * cycle[k, 2 * pair + axis]
                        plain += (v - m) * (v - m)
                        other += (v + m) * (v + m)
                    square += weight[k, pair] * 0.5 * min(plain, other)
                    total += weight[k, pair]
            variance = max(square / total if total > 0.0 else 1.0, LEAST_SCATTER * LEAST_SCATTER)
            for k in range(n):
                h = time_s[first + k] - time_s[first + k - 1] if k > 0 else 0.0
                g = 0.0
                if blend[k] > 0.0 and weight[k, pair] > 0.0:
                    for axis in range(2):
                        g += 2.0 * value[k, 2 * pair + axis] * whole * cycle[k, 2 * pair + axis] / variance
                evidence[k, pair] = observation_weight(h) * max(-MOST, min(MOST, g))
        _settle(time_s, first, stop, evidence, come, out_swapped)
