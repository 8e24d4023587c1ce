"""One person over time: where the trunk is, how large the body around it, what it wears."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from runlean.people.sighting import Sightings

FloatArray = npt.NDArray[np.float64]

#: Reach of a runner's body from the trunk's middle over a gait cycle, in body heights: left, up, right, down.
#: From rendered runners at 2.5-5 m/s: 0.28-0.36 to the sides, 0.34-0.38 up, 0.58-0.66 down.
USUAL_REACH = np.array([0.33, 0.37, 0.33, 0.63])
_REMEMBERED = 12
#: Share of the difference that a track's height takes over from a new sighting.
_HEIGHT_GAIN = 0.15
_COLOUR_GAIN = 0.2


@dataclass(slots=True)
class Knot:
    """Where a track's crop was fixed at one time; between two knots it moves evenly.

    Attributes
    ----------
    time_s : float
    x, y : float
        Trunk's middle in a picture that stands still, px.
    reach : float64 (4,)
        Left, up, right, down from there to the edges of the body over a gait cycle, px.
    """

    time_s: float
    x: float
    y: float
    reach: FloatArray


@dataclass(slots=True)
class Track:
    """A person who is followed.

    Attributes
    ----------
    track_id : int
    motion : float64 (7,)
        As `runlean_kernels.tracking.motion`, at ``time_s``.
    time_s, seen_s, born_s : float
        Of the state, of the last and of the first sighting.
    height : float
        Body height, px, smoothed.
    colour : float64 (bin,)
    hits : int
        Sightings so far.
    missing_s, hidden_s : float
        How long nobody was seen on the track though nothing was in the way, and while somebody else was.
    idle : bool
        Nobody runs here: a standing person, or a thing that looks like one.
    knots : list of Knot
        The last two.
    reaches : list of float64 (4,)
        Of the last sightings, in body heights.
    """

    track_id: int
    motion: FloatArray
    time_s: float
    seen_s: float
    born_s: float
    height: float
    colour: FloatArray
    hits: int = 0
    missing_s: float = 0.0
    hidden_s: float = 0.0
    idle: bool = False
    knots: list[Knot] = field(default_factory=list)
    reaches: list[FloatArray] = field(default_factory=list)
    _reach: FloatArray | None = None

    def see(self, seen: Sightings, index: int, picture: tuple[float, float]) -> None:
        """Learn size, reach and colour from a sighting; the motion is updated by the tracker."""
        box, trunk = seen.box[index], seen.trunk[index]
        height = float(box[3] - box[1])
        whole = box[0] > 2 and box[1] > 2 and box[2] < picture[0] - 2 and box[3] < picture[1] - 2
        if whole or self.hits == 0:
            gain = max(_HEIGHT_GAIN, 1.0 / (self.hits + 1.0))
            self.height += gain * (height - self.height)
            reach = np.array([trunk[0] - box[0], trunk[1] - box[1], box[2] - trunk[0], box[3] - trunk[1]])
            self.reaches.append(np.clip(reach / max(self.height, 1.0), 0.1, 0.9))
            del self.reaches[:-_REMEMBERED]
        if np.isfinite(seen.colour[index]).all():
            if np.isfinite(self.colour).all():
                self.colour = self.colour + _COLOUR_GAIN * (seen.colour[index] - self.colour)
            else:
                self.colour = seen.colour[index].copy()
        self.hits += 1
        self.missing_s = self.hidden_s = 0.0
        self._reach = None

    def reach(self) -> FloatArray:
        """Left, up, right, down, px: the furthest of the last sightings, and no less than a runner's usual."""
        if self._reach is None:
            self._reach = self._furthest()
        return self._reach

    def _furthest(self) -> FloatArray:
        if not self.reaches:
            return USUAL_REACH * self.height
        # the second largest, where there are enough: one wrong box must not blow up the crop
        ordered = np.sort(np.stack(self.reaches), axis=0)
        furthest = ordered[-2] if len(ordered) >= 5 else ordered[-1]
        sides = np.maximum(furthest[[0, 2]], USUAL_REACH[[0, 2]])
        up_down = furthest[[1, 3]]
        return self.height * np.array([sides[0], up_down[0], sides[1], up_down[1]])

    def box(self) -> FloatArray:
        """Box of the body at ``time_s``, in a picture that stands still, px."""
        x, y = self.motion[:2]
        left, up, right, down = self.reach()
        return np.array([x - left, y - up, x + right, y + down])
