"""What is seen of every track: points repaired, levelled and steadied, and the contacts that they show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runlean.gait.any_speed import RUNNING, FilmEvents, detect_events_at_any_speed
from runlean.gait.checks import check_even_steps
from runlean.gait.direction import forwardness
from runlean.gait.landmarks import canonical_landmarks, rotate
from runlean.gait.middle import median
from runlean.gait.mode import LEAST_FOLLOWED, share_followed
from runlean.gait.options import GaitOptions
from runlean.gait.repair import Repaired, repair
from runlean.gait.roll import Roll, camera_roll, pan_tilt_deg
from runlean.gait.track import segments, spread
from runlean.gait.view import View, estimate_view
from runlean.pose.tracks import BoolArray, FloatArray, IntArray, PoseTracks

#: Clocks on which the legs of a runner whose steps jump are put right, to see whether the film is slowed down.
SLOWER = (2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Look:
    """Points and contacts of all tracks.

    Attributes
    ----------
    repaired : Repaired
        In the picture as it is.
    level, steady : float64 (row, 23, 2), px; (row, 17, 2) where no feet were looked for
        Roll taken away; the camera's motion too. The same arrays as the repaired one where there is neither.
    forward, sign, intervals : float64 (track,)
        Forwardness, +1 or -1 by it, and the typical time between pictures that show something new, s.
    view : list of View
    roll : Roll
    film : FilmEvents
    """

    repaired: Repaired
    level: FloatArray
    steady: FloatArray
    forward: FloatArray
    sign: FloatArray
    intervals: FloatArray
    view: list[View]
    roll: Roll
    film: FilmEvents


def look_at(tracks: PoseTracks, options: GaitOptions) -> Look:
    """Repair the points and find the contacts.

    Film that turns out to be slowed down is looked at again with its repair on the clock at which it runs: legs that
    come back exchanged are told by the stride's own pace, and gaps are as long as the runner found them. A runner whose
    steps jump in length is looked at on slower clocks, too: on the wrong one the legs of slowed-down film are left
    exchanged, which looks like more and shorter steps, and whether enough of them are hangs on a pixel.
    """
    look = _look(np.ones(tracks.n_tracks), tracks, options)
    clock = look.film.clock.copy()
    for factor in SLOWER:
        uneven = (clock == 1.0) & _running(look.film) & ~_even(look.film)
        if not uneven.any():
            break
        film = _look(np.where(uneven, factor, clock), tracks, options).film
        found = uneven & (film.clock > 1.0) & _running(film) & _even(film)
        clock[found] = film.clock[found]
    if not (clock > 1.0).any():
        return look
    closer = _look(clock, tracks, options)
    lost = _running(look.film) & ~_running(closer.film)
    return look if lost.any() else closer


def _running(film: FilmEvents) -> BoolArray:
    return np.asarray(film.events.gait_kind == RUNNING)


def _even(film: FilmEvents) -> BoolArray:
    """Whose steps do not jump in length (track,)."""
    events = film.events
    tracks = range(len(events.gait_kind))
    return np.array([check_even_steps(events.contact_s[events.track == i]) is None for i in tracks], dtype=np.bool_)


def _look(clock: FloatArray, tracks: PoseTracks, options: GaitOptions) -> Look:
    """One look, with the repair on a clock that goes so many times faster (track,)."""
    offsets, time_s = tracks.offsets, tracks.time_s
    xy, weight = canonical_landmarks(tracks, options.min_score)
    again = np.zeros(len(time_s), dtype=np.bool_)
    if tracks.camera is not None:
        # a repeated picture shows no new instant: its points are missing, not the neighbour's
        again = tracks.camera.repeated[tracks.frame]
        xy[again], weight[again] = np.nan, 0.0
    repaired = repair(xy, weight, time_s / spread(clock, offsets), offsets, options.max_gap_s)
    forward = forwardness(repaired.xy, offsets)
    views = estimate_view(repaired.xy, offsets, forward)
    longest = views[int(np.argmax(np.diff(offsets)))] if views else None
    # what lies level counts for a camera that stands only
    moving = tracks.camera is not None and (
        tracks.camera.moving or not share_followed(tracks.camera, np.unique(tracks.frame)) >= LEAST_FOLLOWED
    )
    roll = camera_roll(options.roll_deg, options.scene, longest, moving, pan_tilt_deg(tracks.camera, tracks.width))
    level = rotate(repaired.xy, np.radians(roll.roll_deg), (tracks.width / 2, tracks.height / 2))
    steady = _without_camera_motion(level, tracks, roll.roll_deg)
    sign = np.where(forward < 0, -1.0, 1.0)
    intervals = _frame_intervals(time_s, offsets, again)
    film = detect_events_at_any_speed(steady, repaired.weight, time_s, offsets, sign, intervals)
    return Look(repaired, level, steady, forward, sign, intervals, views, roll, film)


def _frame_intervals(time_s: FloatArray, offsets: IntArray, again: BoolArray) -> FloatArray:
    """Typical time between pictures that show something new, s (track,); NaN where a track has only one."""
    new = [time_s[rows][~again[rows]] for rows in segments(offsets)]
    return np.array([median(np.diff(t)) for t in new], dtype=float)


def _without_camera_motion(level: FloatArray, tracks: PoseTracks, roll_deg: float) -> FloatArray:
    """Points in a picture that stands still: the background's own motion subtracted, turned with the roll."""
    camera = tracks.camera
    if camera is None or not camera.moving:
        return level
    shift = np.stack([camera.dx_px[tracks.frame], camera.dy_px[tracks.frame]], axis=-1)
    steady: FloatArray = level - rotate(shift, np.radians(roll_deg), (0.0, 0.0))[:, None, :]
    return steady
