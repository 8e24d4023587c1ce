"""The detector on a frame: at which resolution, on which part of the picture, whole or in tiles."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.models.family import PersonDetector, SizedDetector
from runlean.people.colour import BINS, trunk_colour
from runlean.people.sighting import Sightings, each_once, inside, no_sightings, together, trunk_centre
from runlean.people.tiles import Tiles, tiles_of
from runlean.pose.crop import crop_batch
from runlean.video import Frame

FloatArray = npt.NDArray[np.float64]

#: Long sides of the detector's input that are tried, px.
LONG_SIDES: Final = (192, 256, 384, 512, 640, 768, 1024, 1280, 1536, 2048, 3072, 4096)
#: Larger inputs are seen in tiles.
LARGEST_WHOLE: Final = 1536
#: Input pixels of one look, all tiles together; where the tiles would have more, a smaller input is taken. A core
#: takes about 0.7 s for a million.
MOST_PIXELS: Final = 3.2e6
#: Input in which people far away are looked for, px; in a large picture this part of its own width.
FAR_SIDE: Final = 1024
_FAR_PART = 0.8
#: Input pixels of a close look at one bunch at most.
_MOST_CLOSE_PIXELS: Final = 1.0e6
#: Room about the boxes of a bunch, heights of the tallest: whoever is in it is whole.
_CLOSE_ROOM: Final = 0.2
#: The same person from two tiles: their boxes share this part of the smaller one.
_SAME_PERSON = 0.6
#: A picture is not enlarged beyond this: of nine sprinters 70 px high in a 640 px picture nine were found at 768 px
#: with scores of 0.45-0.82, six at 1536 px.
_MOST_ENLARGED = 1.25
#: Persons higher than this in the input lose their feet and then their boxes (300 px of a 1280 px picture: whole at
#: 768 px, cut at the knees at 1024, gone at 1536).
_MOST_HEIGHT = 190.0


class PersonFinder:
    """Finds the persons in single frames.

    Parameters
    ----------
    detector : PersonDetector
    width, height : int
        Upright picture, pixels.
    """

    def __init__(self, detector: PersonDetector, width: int, height: int) -> None:
        self._detector = detector
        self._sized = detector if isinstance(detector, SizedDetector) else None
        self._width, self._height = width, height
        self.frames = 0
        self.input_pixels = 0

    def long_side_for(self, heights: FloatArray, wanted: FloatArray) -> int:
        """Least input on which persons are as high as wanted, within what the picture and the tallest allow.

        Parameters
        ----------
        heights : float64 (n,)
            Of the persons, px of the picture.
        wanted : float64 (n,)
            What each should have at least in the input, px.
        """
        native = float(max(self._width, self._height))
        most = min(_MOST_ENLARGED * native, _MOST_HEIGHT / float(heights.max()) * native)
        allowed = [side for side in LONG_SIDES if side <= 1.05 * most] or [LONG_SIDES[0]]
        side = float((wanted / np.maximum(heights, 1.0)).max()) * native
        return next((s for s in allowed if s >= 0.95 * side), allowed[-1])

    @property
    def far_side(self) -> int:
        """Input for people far away: 1536 px for a picture of 1920, 2048 in tiles for one of 3840."""
        most = max(FAR_SIDE, _FAR_PART * max(self._width, self._height))
        side = max(side for side in LONG_SIDES if side <= most)
        return min(self._affordable(side), self.long_side_for(np.ones(1), np.full(1, np.inf)))

    def strip(self, boxes: FloatArray) -> tuple[float, float] | None:
        """Rows of the picture that hold all boxes, with room to move; None where that is most of the picture."""
        room = 0.35 * float((boxes[:, 3] - boxes[:, 1]).max())
        step = self._height / 8
        top = max(0.0, float(np.floor((boxes[:, 1].min() - room) / step)) * step)
        bottom = min(float(self._height), float(np.ceil((boxes[:, 3].max() + room) / step)) * step)
        return (top, bottom) if step <= bottom - top <= 0.75 * self._height else None

    def find(
        self,
        frame: Frame,
        long_side: int,
        rows: tuple[float, float] | None = None,
        around: FloatArray | None = None,
    ) -> Sightings:
        """Persons in a frame.

        Parameters
        ----------
        frame : Frame
        long_side : int
            Of the input for the whole picture; a part of it is seen at the same scale.
        rows : (float, float), optional
            Look only between these rows of the picture, px.
        around : float64 (n, 4), optional
            Where somebody is expected: with an input so large that it is seen in tiles, only those tiles are.
        """
        top, bottom = (0.0, float(self._height)) if rows is None else rows
        if long_side > LARGEST_WHOLE:
            return self._in_tiles(frame, long_side, (top, bottom), around)
        size = self._detector.input_size(
            self._width, max(1, round(bottom - top)), long_side if rows is None else self._scaled(long_side)
        )
        scale = max(self._width / size[0], (bottom - top) / size[1])
        cx, cy = 0.5 * self._width, 0.5 * (top + bottom)
        half_w, half_h = 0.5 * scale * size[0], 0.5 * scale * size[1]
        self.frames += 1
        return self._within(self._seen(frame, np.array([cx - half_w, cy - half_h, cx + half_w, cy + half_h]), size))

    def find_closely(self, frame: Frame, boxes: FloatArray, height: float) -> Sightings:
        """Persons whose trunk lies where a bunch is expected, seen so that its tallest is ``height`` px in the input.

        Parameters
        ----------
        frame : Frame
        boxes : float64 (n, 4)
            Where those of the bunch are expected, px.
        height : float
        """
        tallest = float((boxes[:, 3] - boxes[:, 1]).max())
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        span = high - low + 2.0 * _CLOSE_ROOM * tallest
        most = min(_MOST_ENLARGED, float(np.sqrt(_MOST_CLOSE_PIXELS / span.prod())))
        size = np.ceil(span * min(height / tallest, most) / 32.0) * 32.0
        # the input's grid of 32 px is filled with more of the picture, not with a stretched one
        half = 0.5 * size / min(height / tallest, most)
        centre = 0.5 * (low + high)
        box = np.concatenate([centre - half, centre + half])
        seen = self._within(self._seen(frame, box, (int(size[0]), int(size[1]))))
        return seen.take(inside(seen.trunk, boxes))

    def _in_tiles(
        self, frame: Frame, long_side: int, rows: tuple[float, float], around: FloatArray | None
    ) -> Sightings:
        tiles = self._tiles(long_side, rows, around)
        while tiles.pixels > MOST_PIXELS and long_side > LARGEST_WHOLE:
            long_side = max(side for side in LONG_SIDES if side < long_side)
            tiles = self._tiles(long_side, rows, around)
        self.frames += 1
        parts = [no_sightings(BINS)]
        for box, own in zip(tiles.box, tiles.own, strict=True):
            seen = self._seen(frame, box, (tiles.width, tiles.height))
            # at an edge between two tiles the one answers in which more of the person lies
            parts.append(seen.take(((seen.trunk >= own[:2]) & (seen.trunk < own[2:])).all(axis=1)))
        return self._within(each_once(together(parts), _SAME_PERSON))

    def _tiles(self, long_side: int, rows: tuple[float, float], around: FloatArray | None) -> Tiles:
        region = np.array([0.0, rows[0], float(self._width), rows[1]])
        tiles = tiles_of(region, max(self._width, self._height) / long_side)
        return tiles if around is None or not len(around) else tiles.about(around)

    def _affordable(self, long_side: int) -> int:
        """The largest input for the whole picture, no larger than ``long_side``, that one look may have."""
        while long_side > LARGEST_WHOLE and self._tiles(long_side, (0.0, self._height), None).pixels > MOST_PIXELS:
            long_side = max(side for side in LONG_SIDES if side < long_side)
        return long_side

    def _seen(self, frame: Frame, box: FloatArray, size: tuple[int, int]) -> Sightings:
        """Persons in one part of the picture, as the network sees it in ``size``."""
        if self._sized is not None and (planned := self._sized.planned_size(*size)) != size:
            # more of the picture at the same scale; what is asked is who is in the part
            half = 0.5 * (box[2:] - box[:2]) * np.array(planned) / np.array(size)
            centre = 0.5 * (box[:2] + box[2:])
            seen = self._seen(frame, np.concatenate([centre - half, centre + half]), planned)
            return seen.take(inside(seen.trunk, box[None]))
        batch = np.empty((1, size[1], size[0], 3), np.uint8)
        crop_batch(frame, box[None], batch)
        found = self._detector.detect(batch)[0]
        self.input_pixels += size[0] * size[1]
        if not len(found):
            return no_sightings(BINS)
        scale = (box[2] - box[0]) / size[0]
        boxes = found.box * scale + np.tile(box[:2], 2)
        xy = found.xy * scale + box[:2]
        trunk = trunk_centre(boxes, xy, found.keypoint_score)
        return Sightings(boxes, found.score, trunk, trunk_colour(batch[0], found.xy, found.box))

    def _within(self, seen: Sightings) -> Sightings:
        return seen.take((seen.box[:, 2] > 0) & (seen.box[:, 0] < self._width) & (seen.height > 4.0))

    def _scaled(self, long_side: int) -> int:
        """Input width for a strip as wide as the picture, at the scale of ``long_side``."""
        return max(32, round(long_side * self._width / max(self._width, self._height)))
