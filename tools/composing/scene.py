"""Cut-out runners sent across one picture together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from composing.cutouts import Cutouts, cut_out

FloatArray = npt.NDArray[np.float64]
Picture = npt.NDArray[np.uint8]

FPS = 30
SIDES = ("left", "right")
#: The clip whose empty scene stands behind all.
GROUND = "ship_og_waist_30"


@dataclass(frozen=True, slots=True)
class Entrant:
    """One person of a composed race.

    Attributes
    ----------
    clip : str
        Whose cut-outs.
    height_px : float
        Of the body in the new picture.
    start_x : float
        Where the hips are at the beginning, px of the whole scene.
    ground_y : float
        Foot line; who stands lower runs before the others.
    pace : float
        Speed against the clip's own, in steps and over ground; 0 stands there.
    mirrored : bool
        Runs to the left.
    phase_s : float
        Where in the clip the first picture comes from.
    colours : (int, int, int)
        Order of the channels: other clothes.
    """

    clip: str
    height_px: float
    start_x: float
    ground_y: float
    pace: float = 1.0
    mirrored: bool = False
    phase_s: float = 0.5
    colours: tuple[int, int, int] = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Camera:
    """How the scene is filmed.

    Attributes
    ----------
    size : (int, int)
        Width and height of the picture, px; the scene is scaled to the height.
    pan_px_s : float
        Speed to the right.
    shake_px : float
        Amplitude of a hand's slow trembling.
    """

    size: tuple[int, int] = (960, 540)
    pan_px_s: float = 0.0
    shake_px: float = 0.0

    def corner(self, frame: int, seconds: float) -> tuple[int, int]:
        """Where the picture's corner lies in the scene, whole px."""
        t = frame / FPS
        room = round(self.shake_px)
        tremble = self.shake_px * np.array([np.sin(5.3 * t) + np.sin(2.9 * t + 1), np.sin(6.1 * t) + np.sin(3.7 * t)])
        start = 0.0 if self.pan_px_s >= 0 else -self.pan_px_s * seconds
        dx, dy = (0.5 * tremble).round().astype(int).tolist()
        return room + dx + round(start + self.pan_px_s * t), room + dy


@dataclass(frozen=True, slots=True)
class Race:
    """A composed race: who was where.

    Attributes
    ----------
    entrants : tuple of Entrant
    camera : Camera
    xy : float64 (frame, person, point, 2)
    visible, inside : float64 (frame, person)
        Part of each body's pixels that nobody hides; that lies in the picture.
    box : float64 (frame, person, 4)
        px, not cut off at the picture's edge.
    source : int64 (frame, person)
        Which picture of the clip is shown.
    """

    entrants: tuple[Entrant, ...]
    camera: Camera
    xy: FloatArray
    visible: FloatArray
    inside: FloatArray
    box: FloatArray
    source: npt.NDArray[np.int64]


def compose(entrants: list[Entrant], seconds: float, camera: Camera, show: Callable[[Picture], None]) -> Race:
    """Put runners before the empty scene.

    Parameters
    ----------
    entrants : list of Entrant
    seconds : float
    camera : Camera
    show : callable
        Is given one picture after the other.
    """
    n, people = round(seconds * FPS), len(entrants)
    width, height = camera.size
    world = scenery(camera, seconds)
    shape = (n, people)
    xy = np.full((*shape, len(cut_out(GROUND).names), 2), np.nan)
    whole, shown, alone = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    box, source = np.full((*shape, 4), np.nan), np.zeros(shape, np.int64)
    back_to_front = sorted(range(people), key=lambda i: entrants[i].ground_y)
    for frame in range(n):
        left, top = camera.corner(frame, seconds)
        scene = world[top : top + height, left : left + width].copy()
        owner = np.full((height, width), -1)
        for i in back_to_front:
            picture, at, points, source[frame, i] = placed(entrants[i], frame)
            at = (at[0] - left, at[1] - top)
            xy[frame, i] = points - (left, top)
            whole[frame, i] = (picture[:, :, 3] > 127).sum()
            box[frame, i] = [*at, at[0] + picture.shape[1], at[1] + picture.shape[0]]
            alone[frame, i] = _paste(scene, owner, i, picture, at)
        shown[frame] = np.bincount(owner[owner >= 0], minlength=people)
        show(scene)
    inside = alone / np.maximum(whole, 1)
    return Race(tuple(entrants), camera, xy, shown / np.maximum(alone, 1), inside, box, source)


def scenery(camera: Camera, seconds: float) -> Picture:
    """The empty scene, as high as the picture and as wide as it must be: mirrored at its edges and gone on with."""
    scene = cut_out(GROUND).scene
    room = round(camera.shake_px)
    height = camera.size[1] + 2 * room
    width = camera.size[0] + 2 * room + round(abs(camera.pan_px_s) * seconds) + 1
    scale = height / scene.shape[0]
    one = cv2.resize(scene, (round(scene.shape[1] * scale), height), interpolation=cv2.INTER_CUBIC)
    tiles = [one if k % 2 == 0 else one[:, ::-1] for k in range(-(-width // one.shape[1]))]
    return np.asarray(np.concatenate(tiles, axis=1)[:, :width], np.uint8)


def source_frame(entrant: Entrant, cut: Cutouts, frame: int) -> int:
    """Which picture of the clip is shown: those of whole strides, again and again."""
    first, last = cut.record["fully_in_frame"]
    stride = float(cut.record["truth"]["stride_time_s"])
    run = entrant.phase_s + entrant.pace * frame / FPS
    low, length = first / cut.fps, stride * np.floor((last - first) / cut.fps / stride)
    return min(round((low + (run - low) % length) * cut.fps), last)


def placed(entrant: Entrant, frame: int) -> tuple[Picture, tuple[int, int], FloatArray, int]:
    """A person's picture (RGBA), where its corner lies, the joints (px of the scene), which picture of the clip."""
    cut = cut_out(entrant.clip)
    index = source_frame(entrant, cut, frame)
    scale = entrant.height_px / cut.height_px
    picture, origin, points = cut.rgba[index], cut.origin[index].astype(float), cut.xy[index]
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    weight = picture[:, :, 3:].astype(np.float32) / 255.0
    small = cv2.resize(
        np.dstack([picture[:, :, list(entrant.colours)] * weight, weight]), size, interpolation=cv2.INTER_AREA
    )
    colour = small[:, :, :3] / np.maximum(small[:, :, 3:], 1e-3)
    out = np.dstack([np.clip(colour, 0, 255), 255.0 * small[:, :, 3:]]).astype(np.uint8)
    local = (points - origin) * (np.array(size) / np.array([picture.shape[1], picture.shape[0]]))
    sign = -1.0 if entrant.mirrored else 1.0
    if entrant.mirrored:
        out = np.ascontiguousarray(out[:, ::-1])
        local[:, 0] = size[0] - local[:, 0]
        local = local[exchanged(cut.names)]
    hips = [cut.names.index(f"{s}_hip") for s in SIDES]
    # the hips sway about an even course as they do in the clip
    sway = sign * scale * (points[hips, 0].mean() - _even_course(cut, index))
    x = entrant.start_x + sign * entrant.pace * cut.speed_px * scale * frame / FPS + sway - local[hips, 0].mean()
    # feet keep their height above the ground line
    foot = float(np.nanmax(cut.xy[:, [cut.names.index(f"{s}_heel") for s in SIDES], 1]))
    corner = (round(x), round(entrant.ground_y + scale * (origin[1] - foot)))
    return out, corner, local + np.array(corner), index


def exchanged(names: tuple[str, ...]) -> list[int]:
    """For each point the one that a mirror puts in its place."""
    other = {"left": "right", "right": "left"}
    split = [n.partition("_") for n in names]
    return [names.index(f"{other[s]}_{rest}") if s in other else i for i, (s, _, rest) in enumerate(split)]


def _even_course(cut: Cutouts, index: int) -> float:
    """Where the hips would be at constant speed, px of the clip."""
    first, last = cut.record["fully_in_frame"]
    hips = cut.xy[first : last + 1][:, [cut.names.index(f"{s}_hip") for s in SIDES], 0].mean(axis=1)
    slope, offset = np.polyfit(np.arange(first, last + 1), hips, 1)
    return float(slope * index + offset)


def _paste(scene: Picture, owner: npt.NDArray[np.int64], i: int, picture: Picture, corner: tuple[int, int]) -> int:
    """Draw a cut-out; returns how many of its pixels lie in the picture."""
    height, width = scene.shape[:2]
    left, top = max(corner[0], 0), max(corner[1], 0)
    right, bottom = min(corner[0] + picture.shape[1], width), min(corner[1] + picture.shape[0], height)
    if right <= left or bottom <= top:
        return 0
    part = picture[top - corner[1] : bottom - corner[1], left - corner[0] : right - corner[0]]
    weight = part[:, :, 3:] / 255.0
    here = scene[top:bottom, left:right]
    here[:] = (part[:, :, :3] * weight + here * (1.0 - weight)).round()
    body = part[:, :, 3] > 127
    owner[top:bottom, left:right][body] = i
    return int(body.sum())
