"""Where the background is in every frame, measured while the frames pass by."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from runlean.camera.at_rest import REST_FRAMES, RestingBlocks
from runlean.camera.masks import CELL, Overlay, Rectangles, moved, places_of
from runlean.camera.noise import noise_of
from runlean.camera.way import bridged, camera_moves
from runlean.pose.crop import luma_thumbnail
from runlean.pose.tracks import CameraTrack
from runlean.video import Frame
from runlean_kernels.camera.picture import (
    histogram_distance,
    picture_difference,
    shrink_by_four,
)
from runlean_kernels.camera.shift import block_shifts, coarse_shift, dominant_shift

FloatArray = npt.NDArray[np.float64]
Picture = npt.NDArray[np.float32]

#: Long side of a thumbnail, pixels: a 16-pixel block is then 1/15 of the picture, and 0.02 thumbnail pixels
#: (what a block resolves) are 0.16 pixels of a 1080p picture.
THUMBNAIL = 240
_BLOCK = 16
#: Blocks whose shifts lie this close agree, thumbnail pixels.
_TOLERANCE = 0.5
#: Or this share of the shift itself.
_SPREAD = 0.1
#: A camera that goes on as it did is this much likelier than any other motion.
_INERTIA = 1.3
#: Fewer blocks that agree are no background: a cable, the edge of a shoe beside the runner's box.
_LEAST_BLOCKS = 4.0
#: A block has texture from this mean squared gradient on, grey levels squared per pixel squared. Where fewer blocks
#: than enough have it (a plain wall, the dark) those count as well that stand out from the noise: this many times its
#: mean square in the difference of two pictures, from which on a block's shift is known to 0.03 pixels (noise /
#: sqrt(texture x 256 pixels)), and no less than what a codec leaves; the last is for blocks that stand for long.
_TEXTURE = 4.0
_ENOUGH_BLOCKS = 3.0 * _LEAST_BLOCKS
_TEXTURE_TO_NOISE = 6.0
_FAINTEST_TEXTURE = 0.5
_RESTING_TEXTURE = 0.1
#: Of blocks that few have beside them: what agrees covers this share of the picture's long side, or it is some thing.
_LEAST_EXTENT = 0.3
#: The background is followed across the picture where the blocks that agree tell of it as much as this many that are
#: textured in all directions do; level lines reach 0.15. Right steps of a pan beside a runner who filled the picture
#: told 0.3 to 2.
_LEAST_TOLD = 0.5
#: Frames after which the noise is looked at again, and a scene that stands.
_LOOKED_AT = 10
#: Frames without a background over which the camera is taken to go on as it did.
_BRIDGED = 4
#: Below this share of agreeing blocks the shift is looked for again from a nearer reference.
_TRUSTED_SHARE = 0.4
#: Below this share of them the few that agree do so by chance.
_BY_CHANCE = 0.1
#: Below this share against the last frame it is looked for coarsely (a pan with motion blur reaches 0.3), and what
#: is found so must be this much better.
_LEAST_SHARE = 0.2
_MUCH_BETTER = 1.5
#: The reference is replaced when the background moved by this share of the picture's long side.
_REFERENCE_REACH = 0.15
_HISTORY = 16


@dataclass(frozen=True, slots=True)
class FrameMotion:
    """What one frame's picture did.

    Attributes
    ----------
    dx_px, dy_px : float
        Where the background moved to since the shot's first frame, pixels of the upright picture.
    repeated : bool
        The picture is the one before once more.
    cut : bool
        The picture belongs to another shot than the one before.
    """

    dx_px: float
    dy_px: float
    repeated: bool
    cut: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """Where the background is.

    Attributes
    ----------
    at : float64 (2,)
        Thumbnail pixels since the shot's first frame.
    share : float
        Of the blocks with texture, by weight, those that agree; 0 and there is none.
    told, share_told : float
        What they tell of the place across, in blocks, and its share of what all could.
    scarce : bool
        Few blocks had texture, so that faint ones counted too.
    """

    at: FloatArray
    share: float
    told: float
    share_told: float
    scarce: bool

    @property
    def trust(self) -> float:
        """Level lines agree with every pan: both shares count."""
        return min(self.share, self.share_told)


class CameraEstimator:
    """Follows the background from frame to frame on small luma pictures.

    The shift is measured against a reference picture that is kept as long as most blocks still find
    themselves in it, so that a camera that stands still does not drift, however long the video.

    Parameters
    ----------
    width, height : int
        Upright picture, pixels.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns of a thumbnail.

    Examples
    --------
    >>> camera = CameraEstimator(1920, 1080)
    >>> for frame in reader:  # doctest: +SKIP
    ...     motion = camera.add(frame, boxes)
    >>> camera.track().moving  # doctest: +SKIP
    False
    """

    def __init__(self, width: int, height: int) -> None:
        self._scale = max(width, height) / min(THUMBNAIL, max(width, height))
        columns, rows = max(1, round(width / self._scale)), max(1, round(height / self._scale))
        self._px_per_x, self._px_per_y = width / columns, height / rows
        self.shape = (rows, columns)
        self._faint: float | None = None
        self._faint_until = 0
        self._rested = False
        self._shifts = np.zeros((max(1, (rows // _BLOCK) * (columns // _BLOCK)), 6))
        self._bins = np.zeros(32)
        self._overlay = Overlay(self.shape)
        self._resting = RestingBlocks(self.shape, _BLOCK)
        self._reference: Picture | None = None
        self._reference_persons: Rectangles = []
        self._reference_at = np.zeros(2)
        self._last = np.zeros(self.shape, np.float32)
        self._last_persons: Rectangles = []
        self._last_at = np.zeros(2)
        self._velocity, self._pan = np.zeros(2), np.zeros(2)
        self._lost = 0
        self._usual_cell: deque[float] = deque(maxlen=_HISTORY)
        self._usual_mean: deque[float] = deque(maxlen=_HISTORY)
        self._dx: list[float] = []
        self._dy: list[float] = []
        self._repeated: list[bool] = []
        self._followed: list[bool] = []
        self._is_lost: list[bool] = []
        self._shot: list[int] = []

    def add(self, frame: Frame, boxes: FloatArray | None = None) -> FrameMotion:
        """Take the next frame.

        Parameters
        ----------
        frame : Frame
        boxes : float64 (n, 4), optional
            Persons' boxes about where they are now, upright pixels; left out of the background.
        """
        picture = np.empty(self.shape, np.float32)
        luma_thumbnail(frame, picture)
        return self.add_thumbnail(picture, boxes)

    def add_thumbnail(self, picture: Picture, boxes: FloatArray | None = None) -> FrameMotion:
        """`add` for a luma picture that is already small, of the estimator's own shape."""
        persons = places_of(boxes, self.shape, self._px_per_x, self._px_per_y)
        if self._reference is None:
            self._restart(picture, persons)
            return self._keep(repeated=False, cut=False, followed=True)
        difference = np.empty(2)
        picture_difference(self._last, picture, CELL, difference)
        mean, cell = float(difference[0]), float(difference[1])
        if self._is_repeated(cell):
            return self._keep(repeated=True, cut=False, followed=self._followed[-1])
        # a scene that stood a moment ago stands now where it is found so; from time to time it is measured all the same
        known = self._rested and len(self._dx) % _LOOKED_AT != 0
        found = self._at_rest(picture, 0.0) if known else None
        if found is None:
            self._rested = False
            found = self._seen(picture, persons, known)
        shift, share = found.at, found.share
        way = shift - self._last_at
        if share >= _LEAST_SHARE and np.abs(way).max() >= 1.0:
            # the scene moved: what did not move lies on the picture
            self._overlay.add(self._last, picture, way)
        cut = self._is_cut(picture, mean, share)
        if cut:
            self._restart(picture, persons)
        else:
            self._usual_cell.append(cell)
            self._usual_mean.append(mean)
            if share > 0:
                self._velocity, self._lost = way, 0
                if np.abs(way).max() >= 1.0:
                    self._pan = way
            else:
                self._lost += 1
            self._last, self._last_persons, self._last_at = picture, persons, shift
            if np.abs(shift - self._reference_at).max() > _REFERENCE_REACH * max(self.shape):
                self._reference, self._reference_persons, self._reference_at = picture, persons, shift
        return self._keep(repeated=False, cut=cut, followed=cut or found.told >= _LEAST_TOLD)

    def track(self) -> CameraTrack:
        """Everything measured so far, one entry per frame; exactly 0 where the camera stood still."""
        dx, dy = np.asarray(self._dx, np.float64), np.asarray(self._dy, np.float64)
        shot = np.asarray(self._shot, np.int64)
        repeated, followed = np.asarray(self._repeated, np.bool_), np.asarray(self._followed, np.bool_)
        lost = np.asarray(self._is_lost, np.bool_)
        dx, dy = bridged(dx, lost, shot), bridged(dy, lost, shot)
        moving = camera_moves(dx, dy, shot, self._scale)
        if not moving:
            dx, dy = np.zeros_like(dx), np.zeros_like(dy)
        return CameraTrack(dx, dy, repeated, shot, moving, followed)

    def _restart(self, picture: Picture, persons: Rectangles) -> None:
        self._reference, self._reference_persons, self._reference_at = picture, persons, np.zeros(2)
        self._last, self._last_persons, self._last_at = picture, persons, np.zeros(2)
        self._velocity, self._pan, self._lost = np.zeros(2), np.zeros(2), 0
        self._resting.forget()
        self._usual_cell.clear()
        self._usual_mean.clear()

    def _keep(self, repeated: bool, cut: bool, followed: bool) -> FrameMotion:
        self._dx.append(float(self._last_at[0]) * self._px_per_x)
        self._dy.append(float(self._last_at[1]) * self._px_per_y)
        self._repeated.append(repeated)
        self._followed.append(followed)
        self._is_lost.append(self._lost > 0)
        self._shot.append((self._shot[-1] if self._shot else 0) + int(cut))
        return FrameMotion(self._dx[-1], self._dy[-1], repeated, cut)

    def _is_repeated(self, cell: float) -> bool:
        # Re-encoded repeats differ by 0.4-1.8 grey levels in the worst cell where real frames of the same
        # video differ by 20-70; a slow-motion treadmill's least is 7.8, 0.2 of its usual.
        if cell < 0.15:
            return True
        usual = median(self._usual_cell) if len(self._usual_cell) >= 4 else 0.0
        return cell < min(3.0, 0.08 * usual)

    def _seen(self, picture: Picture, persons: Rectangles, asked: bool) -> _Found:
        """The background by its shift, or where it stands; ``asked``: whether it does was asked for this picture."""
        found = self._measure(picture, persons)
        if asked:
            return found
        # before anybody is looked for, most of what has texture may be a runner, and later what his box leaves out
        if found.told < _LEAST_TOLD or found.scarce or not persons or self._resting.stands:
            return self._at_rest(picture, found.told) or found
        self._resting.forget()
        return found

    def _measure(self, picture: Picture, persons: Rectangles) -> _Found:
        """Where the background is in ``picture``."""
        assert self._reference is not None
        guess = self._last_at + self._velocity
        best = self._match(self._reference, self._reference_persons, self._reference_at, picture, persons, guess)
        if best.trust >= _TRUSTED_SHARE:
            return best
        near = self._match(self._last, self._last_persons, self._last_at, picture, persons, guess)
        if near.trust > best.trust:
            best = near
        if best.trust < _TRUSTED_SHARE and np.abs(self._pan - self._velocity).max() > 1.0:
            # smeared pictures seem to stand for a frame or two within a pan
            again = self._last_at + self._pan
            going = self._match(self._last, self._last_persons, self._last_at, picture, persons, again)
            if going.trust > best.trust:
                best = going
        if best.trust < _LEAST_SHARE:
            coarse = self._coarse(picture)
            far = self._match(self._last, self._last_persons, self._last_at, picture, persons, coarse)
            if far.trust > _MUCH_BETTER * best.trust:
                best = far
        # What the old reference showed is gone from view.
        self._reference, self._reference_persons, self._reference_at = self._last, self._last_persons, self._last_at
        if best.share > 0:
            return best
        return _Found(guess if self._lost < _BRIDGED else self._last_at.copy(), 0.0, 0.0, 0.0, True)

    def _match(
        self,
        reference: Picture,
        known: Rectangles,
        reference_at: FloatArray,
        picture: Picture,
        persons: Rectangles,
        guess: FloatArray,
    ) -> _Found:
        start = guess - reference_at
        # who is in the picture now was there before, perhaps before anybody had looked
        across, down = np.rint(-start).astype(np.int64).tolist()
        left_out = self._overlay.with_persons(known + moved(persons, across, down))
        place = float(start[0]), float(start[1])
        block_shifts(reference, picture, left_out, _BLOCK, _TEXTURE, *place, float(_BLOCK), self._shifts)
        scarce = float(np.abs(self._shifts[:, 2]).sum()) < _ENOUGH_BLOCKS
        if scarce:
            faint = self._faint_texture(picture, _FAINTEST_TEXTURE)
            block_shifts(reference, picture, left_out, _BLOCK, faint, *place, float(_BLOCK), self._shifts)
        found = np.empty(5)
        ahead = self._last_at + self._velocity - reference_at
        # perspective and zoom spread the shifts of one pan
        tolerance = max(_TOLERANCE, _SPREAD * float(np.hypot(ahead[0], ahead[1])))
        dominant_shift(self._shifts, tolerance, float(ahead[0]), float(ahead[1]), _INERTIA, found)
        enough = found[2] * float(np.abs(self._shifts[:, 2]).sum()) >= _LEAST_BLOCKS
        thing = scarce and self._extent(found, tolerance) < _LEAST_EXTENT * max(self.shape)
        if thing or not enough or found[2] < _BY_CHANCE:
            return _Found(guess, 0.0, 0.0, 0.0, scarce)
        return _Found(reference_at + found[:2], float(found[2]), float(found[3]), float(found[4]), scarce)

    def _extent(self, found: FloatArray, tolerance: float) -> float:
        """Longer side of what the blocks that agree on a shift cover, thumbnail pixels."""
        x, y = self._shifts[:, 0] - found[0], self._shifts[:, 1] - found[1]
        xx, xy, yy = self._shifts[:, 3:].T
        agree = (self._shifts[:, 2] > 0) & (xx * x * x + 2.0 * xy * x * y + yy * y * y <= tolerance * tolerance)
        row, column = np.divmod(np.flatnonzero(agree), max(1, self.shape[1] // _BLOCK))
        return float(_BLOCK * (1 + max(np.ptp(row), np.ptp(column)))) if len(row) else 0.0

    def _at_rest(self, picture: Picture, other: float) -> _Found | None:
        """The background where it stands among the persons; what was read off the runner until now is put right.

        None where what else was found tells as much, ``other``: a station's logo stands before a scene that moves.
        """
        texture = self._faint_texture(picture, _RESTING_TEXTURE)
        told = self._resting.add(picture, self._last, len(self._dx) - 1, texture)
        if told < _LEAST_TOLD or told <= other:
            return None
        self._rested = True
        # not longer ago than blocks need to be known to stand: before that it may have moved
        since = max(self._resting.since, len(self._dx) - 2 * REST_FRAMES)
        for values in (self._dx, self._dy):
            values[since:] = [values[since]] * (len(values) - since)
        self._followed[since:] = [True] * (len(self._followed) - since)
        self._is_lost[since:] = [False] * (len(self._is_lost) - since)
        self._last_at = np.array([self._dx[since] / self._px_per_x, self._dy[since] / self._px_per_y])
        self._reference, self._reference_persons, self._reference_at = self._last, self._last_persons, self._last_at
        return _Found(self._last_at, 1.0, told, 1.0, True)

    def _faint_texture(self, picture: Picture, least: float) -> float:
        """Least texture that stands out from the noise, which is looked at now and then."""
        if self._faint is None or len(self._dx) >= self._faint_until:
            self._faint_until = len(self._dx) + _LOOKED_AT
            self._faint = _TEXTURE_TO_NOISE * noise_of(self._last, picture, CELL) ** 2
        return min(_TEXTURE, max(least, self._faint))

    def _coarse(self, picture: Picture) -> FloatArray:
        """Background's position by exhaustive search on small pictures, against the last frame."""
        rows, columns = self.shape[0] // 4, self.shape[1] // 4
        if rows < 4 or columns < 4:
            return self._last_at
        small = np.empty((2, rows, columns), np.float32)
        shrink_by_four(self._last, small[0])
        shrink_by_four(picture, small[1])
        skip = np.ascontiguousarray(self._overlay.with_persons(self._last_persons)[: 4 * rows : 4, : 4 * columns : 4])
        found = np.empty(3)
        coarse_shift(small[0], small[1], skip, 0, 0, max(2, max(rows, columns) // 6), found)
        return self._last_at + 4.0 * found[:2]

    def _is_cut(self, picture: Picture, mean: float, share: float) -> bool:
        # Cuts measured: share 0-0.1, mean difference 47-65 grey levels, histogram distance 0.27-0.58. A fast
        # pan: share >= 0.24, distance <= 0.04; a flash: distance 0.25, share 0.9.
        if share > 0.2:
            return False
        usual = median(self._usual_mean) if self._usual_mean else 0.0
        if mean < 8.0 or mean < 2.0 * usual:
            return False
        return histogram_distance(self._last, picture, self._bins) > 0.1 or mean > max(15.0, 4.0 * usual)
