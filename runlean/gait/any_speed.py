"""Foot contacts in film that may be slowed down: when nobody runs in video time, faster clocks are tried."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from runlean.gait.events import GAIT_KINDS, ContactEvents, detect_events
from runlean.gait.lift import RUNNING_LIFT, WALKING_LIFT, rear_foot_lift
from runlean.gait.middle import median
from runlean.gait.track import segments
from runlean.pose.tracks import BoolArray, FloatArray, IntArray
from runlean_kernels import landmarks as lm

#: Clocks tried on tracks that do not run in video time: 60, 90, 120, 240 and 480 fps film played at 30, or pictures
#: shown two or three times each (three were taken for a walk without a clock of their own).
FACTORS = (2.0, 3.0, 4.0, 8.0, 16.0)
NONE, RUNNING, WALKING = (GAIT_KINDS.index(kind) for kind in ("none", "running", "walking"))

#: A runner's hips are lower in mid-stance than in mid-flight by this share of leg length at least; a walker's higher.
#: Asked where the feet do not tell.
LEAST_BOUNCE = 0.03

#: A track counts as running from this many contacts seen on.
LEAST_CONTACTS = 3

#: On a faster clock more is asked: somebody who crouches and jumps once passed for three slow steps.
LEAST_CONTACTS_SLOWED = 5

_TIMES = ("contact_s", "toe_off_s", "contact_sd_s", "toe_off_sd_s")
_CONTACT_FIELDS = ("track", "side", *_TIMES, "quality")
_TRACK_TIMES = ("contact_bias_sd_s", "toe_off_bias_sd_s", "step_period_s")
_TRACK_SPEEDS = ("foot_speed_px", "foot_picture_speed_px")


@dataclass(frozen=True, slots=True)
class FilmEvents:
    """Events in video time, and how slowed down each track's film looks.

    Attributes
    ----------
    events : ContactEvents
        Of all tracks, in video time.
    clock : float64 (track,)
        Factor at which the track was seen to run: 1 in real time.
    """

    events: ContactEvents
    clock: FloatArray


def detect_events_at_any_speed(
    xy: FloatArray,
    score: FloatArray,
    time_s: FloatArray,
    offsets: IntArray,
    direction: FloatArray,
    frame_interval_s: FloatArray,
) -> FilmEvents:
    """Contacts of every track; parameters as :func:`runlean.gait.events.detect_events`.

    The event model knows running at running's own rates. A track that does not run in video time is looked at again
    with its clock 2, 3, 4, 8 and 16 times faster; it is taken for slowed-down running when the rear foot hangs in the
    air where the legs are furthest apart or, where that does not tell, when the hips bounce as a runner's do (lowest in
    mid-stance): walking does neither whatever the clock. Whoever does neither does not run, and whoever lifts the foot
    does not walk.
    """
    events = detect_events(xy, score, time_s, offsets, direction, frame_interval_s)
    lift = rear_foot_lift(xy, offsets, direction, events.leg_length_px)
    events = _without_lone_contacts(_on_both_feet(events, lift, xy, time_s, offsets))
    clock = np.ones(len(offsets) - 1)
    for factor in FACTORS:
        pending = np.flatnonzero((events.gait_kind != RUNNING) & (np.diff(offsets) > 1))
        if not len(pending):
            break
        rows = np.concatenate([np.arange(offsets[i], offsets[i + 1]) for i in pending])
        sub_offsets = np.concatenate([[0], np.cumsum(np.diff(offsets)[pending])]).astype(np.int64)
        own = np.ascontiguousarray(xy[rows])
        faster = detect_events(
            own,
            np.ascontiguousarray(score[rows]),
            np.ascontiguousarray(time_s[rows]) / factor,
            sub_offsets,
            np.ascontiguousarray(direction[pending]),
            np.ascontiguousarray(frame_interval_s[pending]) / factor,
        )
        slowed = _at_clock(faster, factor)
        for k, i in enumerate(pending.tolist()):
            if slowed.gait_kind[k] != RUNNING or (slowed.track == k).sum() < LEAST_CONTACTS_SLOWED:
                continue
            if lift[i] < WALKING_LIFT:
                continue
            if lift[i] >= RUNNING_LIFT or _bounces(own, time_s[rows], sub_offsets, slowed, k):
                events = _replace_track(events, i, slowed, k)
                clock[i] = factor
    kind = events.gait_kind.copy()
    kind[(kind == WALKING) & (lift >= RUNNING_LIFT)] = NONE
    return FilmEvents(replace(events, gait_kind=kind), clock)


def _on_both_feet(
    events: ContactEvents, lift: FloatArray, xy: FloatArray, time_s: FloatArray, offsets: IntArray
) -> ContactEvents:
    """Who has both feet at one height where the legs are furthest apart, and hips that do not bounce, walks."""
    kind = events.gait_kind.copy()
    for k in np.flatnonzero((kind == RUNNING) & (lift < WALKING_LIFT)):
        if not _bounces(xy, time_s, offsets, events, int(k)):
            kind[k] = WALKING
    return replace(only_contacts(events, kind[events.track] == RUNNING), gait_kind=kind)


def _without_lone_contacts(events: ContactEvents) -> ContactEvents:
    """A contact or two are no running: such tracks are nobody's run, and lose their contacts."""
    kind = events.gait_kind.copy()
    counts = np.bincount(events.track, minlength=len(kind))
    kind[(kind == RUNNING) & (counts < LEAST_CONTACTS)] = NONE
    keep = kind[events.track] == RUNNING
    return replace(only_contacts(events, keep), gait_kind=kind)


def only_contacts(events: ContactEvents, keep: BoolArray) -> ContactEvents:
    """Events with those contacts alone where ``keep`` (bool (contact,)) says so."""
    return replace(events, **{name: getattr(events, name)[keep] for name in _CONTACT_FIELDS})


def _at_clock(events: ContactEvents, factor: float) -> ContactEvents:
    """Events found on a faster clock, told in video time."""
    values = {field.name: getattr(events, field.name) for field in fields(ContactEvents)}
    for name in (*_TIMES, *_TRACK_TIMES):
        values[name] = values[name] * factor
    for name in _TRACK_SPEEDS:
        values[name] = values[name] / factor
    return ContactEvents(**values)


def _bounces(xy: FloatArray, time_s: FloatArray, offsets: IntArray, events: ContactEvents, k: int) -> bool:
    """Are the hips lower in mid-stance than in mid-flight?"""
    mine = np.flatnonzero(events.track == k)
    rows = list(segments(offsets))[k]
    t, height = time_s[rows], 0.5 * (xy[rows, lm.LEFT_HIP, 1] + xy[rows, lm.RIGHT_HIP, 1])
    known = np.isfinite(height)
    if known.sum() < 2:
        return False
    contact, toe_off = events.contact_s[mine], events.toe_off_s[mine]
    stance = 0.5 * (contact[:-1] + toe_off[:-1])
    flight = 0.5 * (toe_off[:-1] + contact[1:])
    both = np.isfinite(stance) & np.isfinite(flight) & (toe_off[:-1] < contact[1:])
    if not both.any():
        return False
    low = np.interp(stance[both], t[known], height[known])
    high = np.interp(flight[both], t[known], height[known])
    return bool(median(low - high) > LEAST_BOUNCE * events.leg_length_px[k])


def _replace_track(events: ContactEvents, i: int, other: ContactEvents, k: int) -> ContactEvents:
    """``events`` with track ``i`` as track ``k`` of ``other``."""
    values = {}
    theirs = other.track == k
    keep = events.track != i
    track = np.concatenate([events.track[keep], np.full(int(theirs.sum()), i, dtype=np.int64)])
    order = np.argsort(track, kind="stable")
    for field in fields(ContactEvents):
        name = field.name
        mine, new = getattr(events, name), getattr(other, name)
        if name == "track":
            values[name] = track[order]
        elif name in _CONTACT_FIELDS:
            values[name] = np.concatenate([mine[keep], new[theirs]])[order]
        else:
            values[name] = mine.copy()
            values[name][i] = new[k]
    return ContactEvents(**values)
