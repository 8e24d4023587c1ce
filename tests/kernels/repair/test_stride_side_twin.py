"""Exchanged legs by the stride's phase, against a twin with matrices in which nothing is spared."""

from __future__ import annotations

import sys

import numba
import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.repair import stride_cycle, stride_side, undo_leg_swap
from runlean_kernels.repair.pair_path import USUAL_RATE
from runlean_kernels.repair.stride_window import LEAST_ROWS, LEAST_SPAN_S, WINDOW_S

#: The module: the package gives its name to the function in it.
rules = sys.modules["runlean_kernels.repair.stride_side"]
BONES = ((lm.LEFT_HIP, lm.LEFT_KNEE), (lm.LEFT_KNEE, lm.LEFT_ANKLE))


def found(xy, score, t):
    out = np.ones((len(xy), 2), dtype=bool)
    stride_side(np.ascontiguousarray(xy), score, t, np.array([0, len(xy)]), out)
    return out


def exchanged(xy, rows):
    swapped, out = np.zeros((len(xy), 2), dtype=bool), xy.copy()
    swapped[rows] = True
    undo_leg_swap(out, np.zeros(xy.shape[:2]), swapped, True)
    return out


class NaiveSides:
    """`stride_side` of one track with matrices, all of it written out."""

    def __init__(self, xy, score, t):
        self.t, self.n = t, len(t)
        leg = sum(np.nanmedian(np.linalg.norm(xy[:, [a, a + 1]] - xy[:, [b, b + 1]], axis=2)) for a, b in BONES)
        pairs = (lm.LEFT_ANKLE, lm.LEFT_KNEE)
        self.d = np.stack([(xy[:, p + 1] - xy[:, p]) / leg for p in pairs], axis=1)  # (row, pair, xy)
        known = np.isfinite(self.d).all(axis=2)
        trust = np.stack([np.minimum(score[:, p], score[:, p + 1]) for p in pairs], axis=1)
        self.w = np.where(known, np.where(trust > 0.0, trust, 0.2), 0.0)
        self.d[~known] = 0.0

    def fit(self, rows, sign, frequency):
        """Part of the square that the cycle explains, and the cycle (row, pair, xy)."""
        a = 2 * np.pi * frequency * (self.t[rows] - self.t[rows][0])[:, None]
        design = np.concatenate([np.cos(a), np.sin(a), np.cos(3 * a), np.sin(3 * a)], axis=1)
        total = explained = 0.0
        cycle = np.empty((len(a), 2, 2))
        for pair in (0, 1):
            weight, value = self.w[rows, pair], sign[:, None] * self.d[rows, pair]
            normal = design.T @ (weight[:, None] * design)
            normal += np.diag(1e-6 + 1e-3 * np.diag(normal))
            right = design.T @ (weight[:, None] * value)
            answer = np.linalg.solve(normal, right)
            explained, total = explained + (answer * right).sum(), total + (weight[:, None] * value**2).sum()
            cycle[:, pair] = design @ answer
        return explained / total, cycle

    def best(self, rows, sign, frequencies):
        return max(frequencies, key=lambda f: self.fit(rows, sign, f)[0])

    def turned(self, rows, cycle):
        agree = (self.w[rows][:, :, None] * self.d[rows] * cycle).sum(axis=(1, 2))
        return np.where(np.convolve(agree, np.ones(3), mode="same") >= 0.0, 1.0, -1.0)

    def followed(self, rows, expected):
        """The cycle near that of the window before, where no label is in doubt; None where one is."""
        plain, step = np.ones(len(rows)), (stride_cycle.FASTEST - stride_cycle.SLOWEST) / stride_cycle.STEPS
        part = [self.fit(rows, plain, expected + k * step)[0] for k in (-1, 0, 1)]
        for _ in range(stride_cycle.NEAR):
            if part[1] >= max(part):
                break
            expected += step if part[2] > part[1] else -step
            part = [self.fit(rows, plain, expected + k * step)[0] for k in (-1, 0, 1)]
        bend = part[2] - 2 * part[1] + part[0]
        if part[1] < max(part) or not bend < 0:
            return None
        frequency = expected - 0.5 * step * (part[2] - part[0]) / bend
        share, cycle = self.fit(rows, plain, frequency)
        sure = share >= stride_cycle.SURE and (self.turned(rows, cycle) == plain).all()
        return (share, frequency, cycle) if sure else None

    def searched(self, rows):
        """The best cycle with free signs, from two beginnings."""
        reach = 1.5 * (stride_cycle.FASTEST - stride_cycle.SLOWEST) / stride_cycle.STEPS
        steps = np.linspace(stride_cycle.SLOWEST, stride_cycle.FASTEST, stride_cycle.STEPS)
        x, w = self.d[rows, 0, 0], self.w[rows, 0]
        square = w * (x * x - (w * x * x).sum() / w.sum())
        wave = np.exp(2j * np.pi * steps[:, None] * (self.t[rows] - self.t[rows][0]))
        sums = (square * wave**2).sum(axis=1)
        at = int(np.argmax(np.abs(sums)))
        carrier = (wave[at] * np.exp(-0.5j * np.angle(sums[at]))).real
        begun = []
        for sign in (np.ones(len(rows)), np.where(carrier * x >= 0.0, 1.0, -1.0)):
            frequency = self.best(rows, sign, steps)
            for _ in range(stride_cycle.ROUNDS):
                frequency = self.best(rows, sign, np.linspace(frequency - reach, frequency + reach, 13))
                share, cycle = self.fit(rows, sign, frequency)
                before, sign = sign, self.turned(rows, cycle)
                if (sign == before).all():
                    break
            begun.append((share, frequency, cycle))
        return max(begun, key=lambda b: b[0])

    def cycle(self):
        """The track's cycle, windows tied to each other, and where it is known."""
        whole, blend = np.zeros((self.n, 2, 2)), np.zeros(self.n)
        duration = self.t[-1] - self.t[0]
        count = 1 + max(0, int(np.ceil((duration - WINDOW_S) / rules.HOP_S)))
        expected = 0.0
        for window in range(count):
            begin = self.t[0] + (window * (duration - WINDOW_S) / (count - 1) if count > 1 else 0.0)
            rows = np.flatnonzero((self.t >= begin - 1e-9) & (self.t <= begin + WINDOW_S + 1e-9))
            w, x = self.w[rows, 0], self.d[rows, 0, 0]
            if (w > 0).sum() < LEAST_ROWS or np.ptp(self.t[rows]) < LEAST_SPAN_S:
                continue
            if not w.sum() * (w * x**4).sum() > rules.PASSING * (w * x * x).sum() ** 2:
                continue
            coarse = np.linspace(stride_cycle.SLOWEST, stride_cycle.FASTEST, stride_cycle.COARSE)
            expected = expected or self.best(rows, np.ones(len(rows)), coarse)
            share, frequency, cycle = self.followed(rows, expected) or self.searched(rows)
            expected = 0.0
            if share < rules.COHERENT:
                continue
            expected = frequency
            shared = (cycle * whole[rows]).sum()
            own = (self.w[rows][:, :, None] * self.d[rows] * cycle).sum()
            turn = 1.0 if (shared if shared != 0.0 else own) >= 0.0 else -1.0
            part = np.minimum(self.t[rows] - begin, begin + WINDOW_S - self.t[rows]) + 0.05
            whole[rows] += turn * part[:, None, None] * cycle
            blend[rows] += part
        return whole / np.where(blend > 0.0, blend, 1.0)[:, None, None], blend > 0.0

    def labels(self):
        """The cheapest labels of each pair, every state's way kept in full."""
        cycle, known = self.cycle()
        whole = 1.0 if (self.w[:, :, None] * cycle * self.d).sum() >= 0.0 else -1.0
        step = np.diff(self.t, prepend=self.t[0])
        each = np.maximum(1e-3, np.minimum(1.0, step * USUAL_RATE))
        out = np.zeros((self.n, 2), dtype=bool)
        for pair in (0, 1):
            product = (self.d[:, pair] * cycle[:, pair]).sum(axis=1)
            weight = self.w[:, pair] * known
            square = 0.5 * ((self.d[:, pair] ** 2 + cycle[:, pair] ** 2).sum(axis=1) - 2 * np.abs(product))
            variance = max((weight * square).sum() / weight.sum() if weight.any() else 1.0, rules.LEAST_SCATTER**2)
            evidence = np.where(weight > 0.0, np.clip(2.0 * whole * product / variance, -rules.MOST, rules.MOST), 0.0)
            cost, way = [0.0, 0.0], [[], []]
            for i in range(self.n):
                price = each[i] * evidence[i] + rules.EXCHANGED_PER_S * min(step[i], 0.1)
                came = [min((0, 1), key=lambda s, now=now: cost[s] + rules.CHANGE * (s != now)) for now in (0, 1)]
                way = [[*way[came[s]], s] for s in (0, 1)]
                cost = [cost[came[s]] + rules.CHANGE * (came[s] != s) + price * s for s in (0, 1)]
            out[:, 1 - pair] = np.array(way[int(cost[1] < cost[0])]) == 1
        return out


def naive_sides(xy, score, t):
    return NaiveSides(xy, score, t).labels()


def test_a_short_track_equals_its_naive_twin(make_runner):
    xy, score, t = make_runner(36, 25.0, scatter_px=6.0)
    bad = exchanged(xy, (t >= 0.5) & (t < 1.0))
    bad[10, lm.LEFT_KNEE] = np.nan
    got = found(bad, score, t)
    np.testing.assert_array_equal(got, naive_sides(bad, score, t))
    assert got.any()


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="seconds for each window without the compiler")
def test_equals_its_naive_twin(make_runner, rng):
    """Windows that follow each other, some searched and some not, a gap, scores that differ, times that are uneven."""
    xy, _, t = make_runner(210, 30.0, scatter_px=12.0)
    kept = rng.random(210) < 0.9
    xy, t = xy[kept], t[kept]
    score = rng.uniform(0.2, 1.0, xy.shape[:2])
    bad = exchanged(xy, (t >= 2.0) & (t < 3.4))
    bad[100:115] = np.nan
    bad[rng.random(bad.shape[:2]) < 0.05] = np.nan
    got = found(bad, score, t)
    np.testing.assert_array_equal(got, naive_sides(bad, score, t))
    assert 0.1 < got.mean() < 0.4
