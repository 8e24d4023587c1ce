"""The alterations: what each does to the pictures, and to which clips."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from altering.truth import BODY_MARGIN, Arrays, FloatArray, Record, moved, thinned

Picture = npt.NDArray[np.uint8]

#: What a cut leaves: at least seven steps at 150 a minute.
SHORTEST_S = 3.0
LONGEST_S = 5.0
#: Room left about the runners by the tight crop, of body height; less cuts fingers off.
TIGHT = 0.07


@dataclass(frozen=True, slots=True)
class Plan:
    """How one clip is altered.

    Attributes
    ----------
    where : float64 (2, 3)
        Where pixels go.
    size : (int, int)
        Of the new pictures.
    first, count, step, blend : int
        Frames; see `truth.thinned`.
    light : callable or None
        Changes a picture's values.
    """

    where: FloatArray
    size: tuple[int, int]
    first: int = 0
    count: int = 0
    step: int = 1
    blend: int = 1
    light: Callable[[Picture, int], Picture] | None = None

    def truth(self, record: Record, arrays: Arrays) -> tuple[Record, Arrays]:
        """The truth of the altered clip."""
        record, arrays = thinned(record, arrays, self.first, self.count, self.step, self.blend)
        return moved(record, arrays, self.where, self.size)

    def picture(self, source: Picture, number: int) -> Picture:
        """The altered picture."""
        height, width = source.shape[:2]
        out = source
        if (width, height) != self.size or not np.array_equal(self.where, STAYS):
            shrinks = abs(np.linalg.det(self.where[:, :2])) < 0.9
            if shrinks:
                out = cv2.resize(source, self.size, interpolation=cv2.INTER_AREA)
            else:
                # pixel centres lie half a pixel from the picture's corner
                half = np.array([0.5, 0.5])
                to = self.where.copy()
                to[:, 2] += to[:, :2] @ half - half
                out = cv2.warpAffine(source, to, self.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        out = np.asarray(out, dtype=np.uint8)
        return out if self.light is None else self.light(out, number)


STAYS = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True)
class Alteration:
    """One kind of alteration.

    Attributes
    ----------
    name : str
        Of the clips: CLIP~NAME.
    what : str
    plan : callable
        Takes record and arrays; None where the clip cannot be altered so.
    crf : int
        Of the encoder.
    options : dict
        Of the analysis.
    """

    name: str
    what: str
    plan: Callable[[Record, Arrays], Plan | None]
    crf: int = 18
    options: dict[str, Any] = field(default_factory=dict)


def _same(record: Record, **changes: Any) -> Plan:
    return Plan(
        **{"where": STAYS, "size": (record["width"], record["height"]), "count": int(record["frames"]), **changes}
    )


def _mirrored(record: Record, _: Arrays) -> Plan:
    return _same(record, where=np.array([[-1.0, 0.0, record["width"]], [0.0, 1.0, 0.0]]))


def _half(record: Record, _: Arrays) -> Plan | None:
    width, height = record["width"], record["height"]
    if width % 4 or height % 4:
        return None
    return _same(record, where=0.5 * STAYS, size=(width // 2, height // 2))


def _rate(step: int, blend: int) -> Callable[[Record, Arrays], Plan | None]:
    def plan(record: Record, _: Arrays) -> Plan | None:
        if record["fps"] / step < 24:
            return None
        return _same(record, step=step, blend=blend, count=(int(record["frames"]) - blend) // step + 1)

    return plan


def _whole(record: Record) -> list[tuple[int, int, int]] | None:
    """Index of every runner, first and last frame that shows all of him; None where somebody is never seen whole."""
    runners = [(i, r["fully_in_frame"]) for i, r in enumerate(record["runners"]) if not r.get("spectator")]
    if not runners or any(span is None for _, span in runners):
        return None
    return [(i, span[0], span[1]) for i, span in runners]


def _middle(record: Record, _: Arrays) -> Plan | None:
    fps = float(record["fps"])
    runners = _whole(record)
    if runners is None:
        return None
    whole = runners[0][1:]
    seconds = min(LONGEST_S, max(SHORTEST_S, 0.6 * record["frames"] / fps))
    count = round(seconds * fps)
    if count >= 0.9 * record["frames"]:
        return None
    first = int(np.clip((whole[0] + whole[1] + 1 - count) // 2, 0, record["frames"] - count))
    return _same(record, first=first, count=count)


def _rolled(degrees: float) -> Callable[[Record, Arrays], Plan | None]:
    def plan(record: Record, arrays: Arrays) -> Plan | None:
        """Turned about the middle, and cut to a rectangle that the turned picture fills."""
        runners = _whole(record)
        if runners is None:
            return None
        width, height = record["width"], record["height"]
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        # a camera turned clockwise shows the scene turned the other way
        turn = np.array([[c, s], [-s, c]])
        middle = np.array([0.5 * width, 0.5 * height])
        points = (arrays["kp2d"] - middle) @ turn.T
        tallest = max(r["body_height_px"] for r in record["runners"] if r.get("body_height_px"))
        reach = max(np.abs(points[a : b + 1, i, :, 1]).max() for i, a, b in runners) + BODY_MARGIN * tallest
        s = abs(s)
        # as large as the picture's own shape allows, or narrower and as tall as the runners
        tall = max(2.0 * reach, (c * height - s * width) / (c * c - s * s))
        wide = min((width - tall * s) / c, (height - tall * c) / s)
        if wide < 0.3 * width:
            return None
        size = (int(wide) // 4 * 4, int(tall) // 4 * 4)
        shift = 0.5 * np.array(size) - turn @ middle
        return _same(record, where=np.column_stack([turn, shift]), size=size)

    return plan


def _tight(record: Record, arrays: Arrays) -> Plan | None:
    runners = _whole(record)
    if runners is None:
        return None
    box = np.concatenate([arrays["bbox_xyxy"][first : last + 1, i] for i, first, last in runners])
    margin = TIGHT * max(record["runners"][i]["body_height_px"] for i, _, _ in runners)
    x0, y0 = np.maximum(np.floor(box[:, :2].min(axis=0) - margin), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(box[:, 2:].max(axis=0) + margin), [record["width"], record["height"]]).astype(int)
    size = (int(x1 - x0) // 4 * 4, int(y1 - y0) // 4 * 4)
    if size[0] * size[1] > 0.9 * record["width"] * record["height"]:
        return None
    return _same(record, where=np.array([[1.0, 0.0, -x0], [0.0, 1.0, -y0]]), size=size)


def _dim(picture: Picture, number: int) -> Picture:
    """A third of the contrast, dark, with a sensor's noise."""
    noise = np.random.default_rng(number).normal(0.0, 4.0, picture.shape).astype(np.float32)
    return np.clip(0.33 * picture + 12.0 + noise, 0, 255).astype(np.uint8)


def _grey(picture: Picture, _: int) -> Picture:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), dtype=np.uint8)


ALTERATIONS = (
    Alteration("mirrored", "left is right", _mirrored),
    Alteration("half_size", "half as large", _half),
    Alteration("half_rate", "every second picture", _rate(2, 1)),
    Alteration("quarter_rate", "every fourth picture", _rate(4, 1)),
    Alteration("eighth_rate", "every eighth picture", _rate(8, 1)),
    Alteration("open_shutter", "two pictures make one, blurred by motion", _rate(2, 2)),
    Alteration("low_bitrate", "H.264 at a rate factor of 36", lambda r, _: _same(r), crf=36),
    Alteration("dim", "dark, a third of the contrast, noise", lambda r, _: _same(r, light=_dim), crf=23),
    Alteration("grey", "without colour", lambda r, _: _same(r, light=_grey)),
    Alteration("rolled_plus4", "camera turned 4 degrees clockwise", _rolled(4.0)),
    Alteration("rolled_minus4", "camera turned 4 degrees anticlockwise", _rolled(-4.0)),
    Alteration("tight", "cropped to what the runner needs", _tight),
    Alteration("middle", "the middle 3 to 5 seconds", _middle),
    Alteration("lightning", "MoveNet Lightning", lambda r, _: _same(r), options={"model": "movenet-lightning"}),
    Alteration("blazepose", "BlazePose full", lambda r, _: _same(r), options={"model": "blazepose-full"}),
)
