"""Races made of numbers: runners in lanes who cover each other, and what the detector would say of them.

How often somebody is found, with what score and how exactly, given the part of him that can be seen, was measured on
four rendered races with MultiPose on every frame (2345 bodies).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runlean.people.sighting import Sightings

FPS = 30.0
WIDTH, HEIGHT = 1280, 720
KINDS = ("abreast", "overtakes", "two ways", "team", "hand-held")
BINS = 64
#: Part that can be seen; how often found; median score; sd of the trunk in x and y, body heights.
SEEN = (0.0, 0.4, 0.5, 0.7, 0.9, 1.0)
FOUND = (0.0, 0.0, 0.22, 0.78, 0.94, 1.0)
SCORE = (0.3, 0.3, 0.54, 0.72, 0.82, 0.94)
SD_X = (0.057, 0.057, 0.057, 0.019, 0.013, 0.012)
SD_Y = (0.049, 0.049, 0.049, 0.030, 0.030, 0.025)
#: Part that lies in the picture, and how often somebody at its edge is found.
INSIDE = (0.0, 0.1, 0.2, 0.4, 0.6)
FOUND_AT_EDGE = (0.0, 0.0, 0.59, 0.85, 1.0)
#: Half the width of a body that nobody can be seen behind, and of all of it, body heights.
CORE, REACH = 0.10, 0.26
#: A run of luck with the detector lasts this long, s.
LUCK_S = 0.12


@dataclass(frozen=True)
class Runner:
    """x (of the trunk in the scene) = start + speed t, px; the feet on ``ground``."""

    start: float
    speed: float
    height: float
    ground: float
    colour: np.ndarray
    stride_s: float
    phase: float

    def trunk(self, time_s):
        swing = 2 * np.pi * (time_s / self.stride_s + self.phase)
        x = self.start + self.speed * time_s + 0.012 * self.height * np.sin(2 * swing)
        return np.array([x, self.ground - 0.63 * self.height + 0.02 * self.height * np.cos(2 * swing)])

    def half_width(self, time_s):
        return self.height * (0.14 + 0.13 * abs(np.sin(2 * np.pi * (time_s / self.stride_s + self.phase))))


@dataclass(frozen=True)
class Race:
    """``shift`` is the camera's, px, at a time."""

    runners: list[Runner]
    seconds: float
    pan: float
    shake: float
    seed: int

    def shift(self, time_s):
        swing = self.shake * np.array([np.sin(5.3 * time_s), np.sin(4.1 * time_s + 1)])
        return np.array([-self.pan * time_s, 0.0]) + swing

    def visible(self, time_s):
        """Part of each runner that lies in the picture with nobody in front, float64 (n,)."""
        return np.prod(self.seen_parts(time_s), axis=0)

    def seen_parts(self, time_s):
        """Part of each runner with nobody in front, and part that lies in the picture, float64 (n,) both."""
        across = np.linspace(-REACH, REACH, 27)
        profile = np.where(np.abs(across) <= CORE, 1.0, 0.35)
        at = [r.trunk(time_s)[0] + self.shift(time_s)[0] for r in self.runners]
        unhidden, inside = np.zeros(len(at)), np.zeros(len(at))
        for i, mine in enumerate(self.runners):
            x = at[i] + across * mine.height
            free = np.ones(len(x))
            within = (x >= 0) & (x < WIDTH)
            for j, other in enumerate(self.runners):
                if other.ground > mine.ground:
                    away = np.abs(x - at[j]) / other.height
                    free *= np.clip((away - CORE) / (REACH - CORE), 0.0, 1.0)
            inside[i] = profile[within].sum() / profile.sum()
            unhidden[i] = (profile * free)[within].sum() / max(profile[within].sum(), 1e-9)
        return unhidden, inside

    def sightings(self, time_s):
        """What the detector says."""
        visible, inside = self.seen_parts(time_s)
        rng = np.random.default_rng([self.seed, round(1000 * time_s)])
        box, trunk, score, colour = [], [], [], []
        for i, r in enumerate(self.runners):
            luck = np.random.default_rng([self.seed, i, int(time_s / LUCK_S)]).random()
            if luck >= np.interp(visible[i], SEEN, FOUND) * np.interp(inside[i], INSIDE, FOUND_AT_EDGE):
                continue
            h = r.height * np.exp(rng.normal(0, 0.02))
            sd = np.array([np.interp(visible[i], SEEN, SD_X), np.interp(visible[i], SEEN, SD_Y)])
            sd[0] += 0.1 * (1 - inside[i])
            at = r.trunk(time_s) + self.shift(time_s) + sd * r.height * rng.normal(size=2)
            wide = r.half_width(time_s)
            box.append([at[0] - wide, at[1] - 0.37 * h, at[0] + wide, at[1] + 0.63 * h])
            trunk.append(at)
            score.append(np.clip(np.interp(visible[i], SEEN, SCORE) + rng.normal(0, 0.05), 0.2, 1.0))
            front = [o.colour for j, o in enumerate(self.runners) if j != i and o.ground > r.ground
                     and abs(o.trunk(time_s)[0] - r.trunk(time_s)[0]) < REACH * r.height]  # fmt: skip
            mixed = visible[i] * r.colour + (1 - visible[i]) * (np.mean(front, axis=0) if front else r.colour)
            mixed = mixed + rng.gamma(0.05, 0.06, BINS)
            colour.append(mixed / mixed.sum())
        return Sightings(
            np.array(box).reshape(-1, 4), np.array(score), np.array(trunk).reshape(-1, 2),
            np.array(colour).reshape(-1, BINS),
        )  # fmt: skip


def drawn(kind, seed):
    """A race by chance; the same kind and seed give the same."""
    rng = np.random.default_rng([7, KINDS.index(kind), seed])
    seconds = float(rng.uniform(4.0, 6.0))
    n = int(rng.integers(2, 4)) if kind == "abreast" else int(rng.integers(3, 7))
    tallest = float(rng.uniform(130, 280))
    depth = rng.uniform(0.01, 0.02 if kind == "abreast" else 0.06, n).cumsum()
    shirt = rng.dirichlet(np.full(BINS, 0.15))
    runners = []
    for i in range(n):
        h = float(tallest / (1 + depth[i]) * rng.uniform(0.94, 1.06))
        pace = float(rng.uniform(0.94, 1.06) if kind == "abreast" else rng.uniform(0.8, 1.25))
        sign = -1.0 if kind == "two ways" and (i % 2 == 1 if i < 2 else rng.integers(2)) else 1.0
        speed = sign * pace * 1.75 * tallest / (1 + depth[i])
        middle = 0.5 * seconds if kind == "abreast" else rng.uniform(0.3, 0.7) * seconds
        start = 0.5 * WIDTH + (rng.uniform(-0.3, 0.3) * tallest if kind == "abreast" else 0.0) - speed * middle
        colour = shirt if kind == "team" else rng.dirichlet(np.full(BINS, 0.15))
        ground = 0.92 * HEIGHT - 0.8 * tallest * depth[i]
        runners.append(Runner(start, speed, h, ground, colour, 0.7 / pace, float(rng.random())))
    hand = kind == "hand-held"
    pan = 0.7 * 1.75 * tallest if hand else 0.0
    if hand:
        runners = [Runner(**{**vars(r), "start": r.start + 0.5 * pan * seconds}) for r in runners]
    return Race(runners, seconds, pan, 4.0 if hand else 0.0, seed)
