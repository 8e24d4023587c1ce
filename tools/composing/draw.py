"""Races drawn by chance: who runs where, how fast, behind whom."""

from __future__ import annotations

import itertools

import numpy as np

from composing.cutouts import cut_out
from composing.scene import FPS, Camera, Entrant

RUNNERS = ("ship_tm_right_60", "ship_og_waist_30")
CLOTHES = tuple(itertools.permutations((0, 1, 2)))
#: What is drawn, in turn by the seed.
KINDS = ("abreast", "overtakes", "two ways", "crowd", "team", "panned")


def drawn(
    seed: int, size: tuple[int, int] = (960, 540), share: tuple[float, float] = (0.32, 0.5)
) -> tuple[list[Entrant], float, Camera, str]:
    """A race: persons, seconds, camera and its kind.

    Parameters
    ----------
    seed : int
        The same seed draws the same race.
    size : (int, int)
        Of the picture, px.
    share : (float, float)
        How high the nearest runner may be, of the picture's height.

    Notes
    -----
    ``abreast``: two or three at nearly one speed, one before the other for long. ``overtakes``: four or five, those
    who are faster start behind. ``two ways``: some run to the left. ``crowd``: with persons who stand there.
    ``team``: overtakes in the same clothes. ``panned``: overtakes, a hand-held camera goes with them.
    """
    rng = np.random.default_rng([20240607, seed])
    kind = KINDS[seed % len(KINDS)]
    width, height = size
    seconds = float(rng.uniform(3.6, 5.0))
    n = int(rng.integers(2, 4)) if kind == "abreast" else int(rng.integers(3, 6))
    tallest = rng.uniform(*share) * height
    # lanes on level ground: the foot line rises as the size falls
    depth = np.sort(rng.uniform(0.0, 0.035 if kind == "abreast" else 0.06, n).cumsum())
    meet_s = rng.uniform(0.35, 0.65, n) * seconds
    clothes = [(0, 1, 2)] * n if kind == "team" else [CLOTHES[k] for k in rng.permutation(6)[:n]]
    pan = 0.0
    entrants = []
    for i in range(n):
        clip = RUNNERS[0] if kind == "team" else RUNNERS[int(rng.integers(2))]
        scale = 1.0 / (1.0 + depth[i])
        pace = float(rng.uniform(0.94, 1.06) if kind == "abreast" else rng.uniform(0.8, 1.2))
        tall = float(tallest * scale * rng.uniform(0.94, 1.06))
        speed = pace * cut_out(clip).speed_px * tall / cut_out(clip).height_px
        left = kind == "two ways" and (i % 2 == 1 if i < 2 else bool(rng.integers(2)))
        # all pass the middle of the picture about the middle of the clip, in whatever order
        spread = rng.uniform(-0.3, 0.3) * tall if kind == "abreast" else 0.0
        sign = -1.0 if left else 1.0
        start = 0.5 * width + spread - sign * speed * float(0.5 * seconds if kind == "abreast" else meet_s[i])
        ground = height * (0.5 + 0.42 * scale)
        phase = float(rng.uniform(0.0, 2.0))
        entrants.append(Entrant(clip, tall, start, ground, pace, left, phase, clothes[i]))
        pan = max(pan, 0.8 * speed)
    if kind == "crowd":
        for _ in range(int(rng.integers(2, 5))):
            scale = 1.0 / (1.0 + float(rng.uniform(0.25, 0.35)))
            where = float(rng.uniform(0.1, 0.9) * width)
            clip, left, clothes_of = RUNNERS[int(rng.integers(2))], bool(rng.integers(2)), CLOTHES[int(rng.integers(6))]
            tall, phase = float(0.95 * tallest * scale), float(rng.uniform(0.8, 2.0))
            ground = height * (0.5 + 0.42 * scale)
            entrants.append(Entrant(clip, tall, where, ground, 0.0, left, phase, clothes_of))
    camera = Camera(size)
    if kind == "panned":
        camera = Camera(size, pan, 0.01 * height)
        room = round(camera.shake_px)
        # they keep their places in the picture while the camera goes with them
        entrants = [_moved(e, 0.5 * pan * seconds + room, room) for e in entrants]
    return entrants, round(seconds * FPS) / FPS, camera, kind


def _moved(entrant: Entrant, dx: float, dy: float) -> Entrant:
    return Entrant(
        entrant.clip, entrant.height_px, entrant.start_x + dx, entrant.ground_y + dy, entrant.pace, entrant.mirrored,
        entrant.phase_s, entrant.colours,
    )  # fmt: skip
