"""Where the background is in every frame, measured while the frames pass by."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import ceil, isfinite
from statistics import median

import numpy as np
import numpy.typing as npt

from runlean.pose.crop import luma_thumbnail
from runlean.pose.tracks import CameraTrack
from runlean.video import Frame
from runlean_kernels.camera.picture import (
    count_still_cells,
    histogram_distance,
    picture_difference,
    shrink_by_four,
)
from runlean_kernels.camera.shift import block_shifts, coarse_shift, dominant_shift

FloatArray = npt.NDArray[np.float64]
Picture = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
#: Rows from and to, columns from and to, inside the picture.
Rectangles = list[tuple[int, int, int, int]]

#: Long side of a thumbnail, pixels: a 16-pixel block is then 1/15 of the picture, and 0.02 thumbnail pixels
#: (what a block resolves) are 0.16 pixels of a 1080p picture.
THUMBNAIL = 240
_BLOCK = 16
_CELL = 8
#: Blocks whose shifts lie this close agree, thumbnail pixels.
_TOLERANCE = 0.5
#: Or this share of the shift itself.
_SPREAD = 0.1
#: A camera that goes on as it did is this much likelier than any other motion.
_INERTIA = 1.3
#: Fewer blocks that agree are no background: a cable, the edge of a shoe beside the runner's box.
_LEAST_BLOCKS = 4.0
#: Below this share of agreeing blocks the shift is looked for again from a nearer reference.
_TRUSTED_SHARE = 0.4
#: Below this share against the last frame it is looked for coarsely (a pan with motion blur reaches 0.3), and what
#: is found so must be this much better.
_LEAST_SHARE = 0.2
_MUCH_BETTER = 1.5
#: The reference is replaced when the background moved by this share of the picture's long side.
_REFERENCE_REACH = 0.15
_HISTORY = 16
#: A cell that differs by less than this (grey levels) while the camera moves does not belong to the scene, once it
#: has done so for three frames.
_STILL_CELL = 1.5
_STILL_FRAMES = 3


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
        self._shifts = np.zeros((max(1, (rows // _BLOCK) * (columns // _BLOCK)), 6))
        self._bins = np.zeros(32)
        self._still = np.zeros((rows // _CELL, columns // _CELL), np.int64)
        self._reference: Picture | None = None
        self._reference_persons: Rectangles = []
        self._reference_at = np.zeros(2)
        self._last = np.zeros(self.shape, np.float32)
        self._last_persons: Rectangles = []
        self._last_at = np.zeros(2)
        self._velocity = np.zeros(2)
        self._usual_cell: deque[float] = deque(maxlen=_HISTORY)
        self._usual_mean: deque[float] = deque(maxlen=_HISTORY)
        self._dx: list[float] = []
        self._dy: list[float] = []
        self._repeated: list[bool] = []
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
        persons = self._persons(boxes)
        if self._reference is None:
            self._restart(picture, persons)
            return self._keep(repeated=False, cut=False)
        difference = np.empty(2)
        picture_difference(self._last, picture, _CELL, difference)
        mean, cell = float(difference[0]), float(difference[1])
        if self._is_repeated(cell):
            return self._keep(repeated=True, cut=False)
        shift, share = self._measure(picture, persons)
        if share >= _LEAST_SHARE and np.abs(shift - self._last_at).max() >= 1.0:
            # the scene moved: what did not move lies on the picture
            count_still_cells(self._last, picture, _CELL, _STILL_CELL, self._still)
        cut = self._is_cut(picture, mean, share)
        if cut:
            self._restart(picture, persons)
        else:
            self._usual_cell.append(cell)
            self._usual_mean.append(mean)
            self._velocity = shift - self._last_at
            self._last, self._last_persons, self._last_at = picture, persons, shift
            if np.abs(shift - self._reference_at).max() > _REFERENCE_REACH * max(self.shape):
                self._reference, self._reference_persons, self._reference_at = picture, persons, shift
        return self._keep(repeated=False, cut=cut)

    def track(self) -> CameraTrack:
        """Everything measured so far, one entry per frame; exactly 0 where the camera stood still."""
        dx, dy = np.asarray(self._dx, np.float64), np.asarray(self._dy, np.float64)
        shot = np.asarray(self._shot, np.int64)
        moving = _camera_moves(dx, dy, shot, self._scale)
        if not moving:
            dx, dy = np.zeros_like(dx), np.zeros_like(dy)
        return CameraTrack(dx, dy, np.asarray(self._repeated, np.bool_), shot, moving)

    def _persons(self, boxes: FloatArray | None) -> Rectangles:
        """Where persons are, as rows and columns of the thumbnail; what lies outside is cut off."""
        rows, columns = self.shape
        found = []
        for box in [] if boxes is None else boxes.tolist():
            x0, x1 = box[0] / self._px_per_x, box[2] / self._px_per_x
            y0, y1 = box[1] / self._px_per_y, box[3] / self._px_per_y
            if isfinite(x0 + y0 + x1 + y1):
                found.append((max(0, int(y0)), min(rows, ceil(y1)), max(0, int(x0)), min(columns, ceil(x1))))
        return [(top, bottom, left, right) for top, bottom, left, right in found if top < bottom and left < right]

    def _restart(self, picture: Picture, persons: Rectangles) -> None:
        self._reference, self._reference_persons, self._reference_at = picture, persons, np.zeros(2)
        self._last, self._last_persons, self._last_at = picture, persons, np.zeros(2)
        self._velocity = np.zeros(2)
        self._usual_cell.clear()
        self._usual_mean.clear()

    def _keep(self, repeated: bool, cut: bool) -> FrameMotion:
        self._dx.append(float(self._last_at[0]) * self._px_per_x)
        self._dy.append(float(self._last_at[1]) * self._px_per_y)
        self._repeated.append(repeated)
        self._shot.append((self._shot[-1] if self._shot else 0) + int(cut))
        return FrameMotion(self._dx[-1], self._dy[-1], repeated, cut)

    def _is_repeated(self, cell: float) -> bool:
        # Re-encoded repeats differ by 0.4-1.8 grey levels in the worst cell where real frames of the same
        # video differ by 20-70; a slow-motion treadmill's least is 7.8, 0.2 of its usual.
        if cell < 0.15:
            return True
        usual = median(self._usual_cell) if len(self._usual_cell) >= 4 else 0.0
        return cell < min(3.0, 0.08 * usual)

    def _measure(self, picture: Picture, persons: Rectangles) -> tuple[FloatArray, float]:
        """Position of the background in ``picture`` and the share of blocks that agree on it."""
        assert self._reference is not None
        guess = self._last_at + self._velocity
        at, share = self._match(self._reference, self._reference_persons, self._reference_at, picture, persons, guess)
        if share >= _TRUSTED_SHARE:
            return at, share
        best = (at, share)
        at, share = self._match(self._last, self._last_persons, self._last_at, picture, persons, guess)
        if share > best[1]:
            best = (at, share)
        if best[1] < _LEAST_SHARE:
            coarse = self._coarse(picture)
            at, share = self._match(self._last, self._last_persons, self._last_at, picture, persons, coarse)
            if share > _MUCH_BETTER * best[1]:
                best = (at, share)
        # What the old reference showed is gone from view.
        self._reference, self._reference_persons, self._reference_at = self._last, self._last_persons, self._last_at
        return best if best[1] > 0 else (self._last_at.copy(), 0.0)

    def _match(
        self,
        reference: Picture,
        known: Rectangles,
        reference_at: FloatArray,
        picture: Picture,
        persons: Rectangles,
        guess: FloatArray,
    ) -> tuple[FloatArray, float]:
        start = guess - reference_at
        # who is in the picture now was there before, perhaps before anybody had looked
        across, down = np.rint(-start).astype(np.int64).tolist()
        moved = [(top + down, end + down, left + across, right + across) for top, end, left, right in persons]
        skip = self._left_out(known + moved)
        block_shifts(reference, picture, skip, _BLOCK, float(start[0]), float(start[1]), self._shifts)
        found = np.empty(3)
        ahead = self._last_at + self._velocity - reference_at
        # perspective and zoom spread the shifts of one pan
        tolerance = max(_TOLERANCE, _SPREAD * float(np.hypot(ahead[0], ahead[1])))
        dominant_shift(self._shifts, tolerance, float(ahead[0]), float(ahead[1]), _INERTIA, found)
        if not found[2] * float(np.abs(self._shifts[:, 2]).sum()) >= _LEAST_BLOCKS:
            return guess, 0.0
        return reference_at + found[:2], float(found[2])

    def _left_out(self, persons: Rectangles) -> Mask:
        """Pixels that are no background: persons, and what lies on the picture and not in the scene."""
        out = np.zeros(self.shape, np.bool_)
        for top, bottom, left, right in persons:
            out[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = True
        still = self._still >= _STILL_FRAMES
        if still.any():
            overlay = np.repeat(np.repeat(still, _CELL, axis=0), _CELL, axis=1)
            out[: overlay.shape[0], : overlay.shape[1]] |= overlay
        return out

    def _coarse(self, picture: Picture) -> FloatArray:
        """Background's position by exhaustive search on small pictures, against the last frame."""
        rows, columns = self.shape[0] // 4, self.shape[1] // 4
        if rows < 4 or columns < 4:
            return self._last_at
        small = np.empty((2, rows, columns), np.float32)
        shrink_by_four(self._last, small[0])
        shrink_by_four(picture, small[1])
        skip = np.ascontiguousarray(self._left_out(self._last_persons)[: 4 * rows : 4, : 4 * columns : 4])
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


def _camera_moves(dx: FloatArray, dy: FloatArray, shot: npt.NDArray[np.int64], scale: float) -> bool:
    """True where the background's position spreads by over 1 thumbnail pixel (5th-95th percentile) in a shot.

    Tripods measured 0.1-0.4 thumbnail pixels, encoding noise included.
    """
    for number in np.unique(shot):
        inside = shot == number
        for shift in (dx[inside], dy[inside]):
            low, high = np.percentile(shift, [5.0, 95.0])
            if high - low > scale:
                return True
    return False
