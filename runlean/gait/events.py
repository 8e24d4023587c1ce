"""Initial contacts and toe-offs of runners, with sub-frame time and its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.gait.track import batches
from runlean.pose.tracks import FloatArray, IntArray
from runlean_kernels.events.contacts import emit_contacts
from runlean_kernels.events.cycle_signals import N_SHIFT_SIGNALS, N_SIGNALS
from runlean_kernels.events.cycle_sums import BLOCK_STRIDES, N_GROUPS, N_MOMENTS, N_TERMS, sum_blocks
from runlean_kernels.events.event_features import N_FEATURES, cycle_features
from runlean_kernels.events.event_fusion import cycle_events
from runlean_kernels.events.gait_kind import block_kind
from runlean_kernels.events.hip_path import hip_path, row_phase
from runlean_kernels.events.leg_signals import ankle_separation, leg_length, middle_of_hips
from runlean_kernels.events.stride_phase import stride_frequency, stride_phase
from runlean_kernels.events.stride_shift import shift_events, shift_sums
from runlean_kernels.events.track_values import block_ranges, node_speed, track_kind, track_median

#: Names of ``ContactEvents.gait_kind``.
GAIT_KINDS: Final = ("none", "running", "walking")
#: Spacing of the windows in which the stride frequency is looked for, and of the nodes of its phase, s.
WINDOW_STEP_S: Final = 1.5
NODE_STEP_S: Final = 0.25
#: Errors that all contacts of a runner share, s: force plates of left-out runners and rendered runners seen by MoveNet.
SYSTEMATIC_CONTACT_SD_S: Final = 0.006
SYSTEMATIC_TOE_OFF_SD_S: Final = 0.008


@dataclass(frozen=True, slots=True)
class ContactEvents:
    """Foot contacts of all tracks, flat, in time order within a track; and what each track does.

    Attributes
    ----------
    track : int64 (contact,)
        Track of each contact.
    side : int8 (contact,)
        0 left, 1 right.
    contact_s, toe_off_s : float64 (contact,), s
        Toe-off is NaN where it lies outside the track.
    contact_sd_s, toe_off_sd_s : float64 (contact,), s
        Standard deviation of each instant against a force plate: noise, frame interval, stride-to-stride variation and
        the part that all contacts of the track share (``contact_bias_sd_s``, ``toe_off_bias_sd_s``).
    quality : float64 (contact,)
        0..1: share of the ankles' movement that a steady stride explains around the contact.
    contact_bias_sd_s, toe_off_bias_sd_s : float64 (track,), s
        The shared part alone: it does not average out over contacts.
    gait_kind : int8 (track,)
        Index into ``GAIT_KINDS``; only tracks that run have contacts.
    step_period_s : float64 (track,)
        Median step time; NaN where the legs do not swing.
    foot_speed_px : float64 (track,), px/s
        Speed at which the standing foot goes backward relative to the hips: the running speed.
    foot_picture_speed_px : float64 (track,), px/s
        Speed of the standing foot in the (stabilised) picture, positive in running direction: near 0 over ground,
        near ``-foot_speed_px`` on a treadmill.
    leg_length_px : float64 (track,), px
    """

    track: IntArray
    side: npt.NDArray[np.int8]
    contact_s: FloatArray
    toe_off_s: FloatArray
    contact_sd_s: FloatArray
    toe_off_sd_s: FloatArray
    quality: FloatArray
    contact_bias_sd_s: FloatArray
    toe_off_bias_sd_s: FloatArray
    gait_kind: npt.NDArray[np.int8]
    step_period_s: FloatArray
    foot_speed_px: FloatArray
    foot_picture_speed_px: FloatArray
    leg_length_px: FloatArray


def detect_events(
    xy: FloatArray,
    score: FloatArray,
    time_s: FloatArray,
    offsets: IntArray,
    direction: FloatArray,
    frame_interval_s: FloatArray,
) -> ContactEvents:
    """Initial contacts and toe-offs of every track.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
        Canonical points, swaps repaired, the camera's motion and roll taken away, not low-pass filtered.
    score : float64 (row, 23)
        Weight of each point, 0..1.
    time_s : float64 (row,)
    offsets : int64 (track + 1,)
    direction : float64 (track,)
        +1 running to +x, -1 to -x.
    frame_interval_s : float64 (track,)
        Typical interval between rows; NaN for a track of one row.

    Returns
    -------
    ContactEvents

    Notes
    -----
    The separation of the ankles gives a stride phase that can miss no step; strides laid over each other by it give
    the mean waveform of the cycle, sampled much finer than the camera did; features of that waveform, each with the
    error that it has against force plates, are fused into the phases of contact and toe-off; and each stride's own
    rows shift its events as far as their noise allows (docs/decisions/events.md).
    """
    parts, first = [], []
    for tracks, rows, own in batches(offsets):
        parts.append(_detect(xy[rows], time_s[rows], own, direction[tracks], frame_interval_s[tracks]))
        first.append(tracks.start)
    return parts[0] if len(parts) == 1 else _joined(parts, first)


def _joined(parts: list[ContactEvents], first: list[int]) -> ContactEvents:
    """Events of consecutive batches of tracks as one; ``first`` says with which track each begins."""
    values = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(ContactEvents)
    }
    values["track"] = np.concatenate([part.track + begin for part, begin in zip(parts, first, strict=True)])
    return ContactEvents(**values)


def _detect(
    xy: FloatArray, time_s: FloatArray, offsets: IntArray, direction: FloatArray, frame_interval_s: FloatArray
) -> ContactEvents:
    """The contacts of a few tracks; see `detect_events`."""
    n, n_rows = len(offsets) - 1, len(time_s)
    length = np.empty(n)
    leg_length(xy, offsets, length)
    separation = np.empty(n_rows)
    ankle_separation(xy, offsets, direction, length, separation)
    window_s, window_offsets = _spaced(time_s, offsets, WINDOW_STEP_S)
    windows = np.empty((len(window_s), 2))
    stride_frequency(time_s, separation, offsets, window_offsets, window_s, windows)
    node_s, node_offsets = _spaced(time_s, offsets, NODE_STEP_S)
    nodes = np.empty((len(node_s), 4))
    stride_phase(
        time_s, separation, offsets, frame_interval_s, window_offsets, window_s, windows, node_offsets, node_s, nodes
    )
    phase = np.empty(n_rows)
    row_phase(time_s, offsets, node_offsets, node_s, nodes, phase)
    hip = np.empty((len(node_s), 2))
    hips = np.empty((n_rows, 2))
    middle_of_hips(xy, hips)
    hip_path(hips, time_s, offsets, node_offsets, node_s, nodes, hip)

    first_stride, block_offsets = np.empty(n, dtype=np.int64), np.empty(n + 1, dtype=np.int64)
    block_ranges(nodes, node_offsets, first_stride, block_offsets)
    n_blocks = int(block_offsets[-1])
    moments = np.empty((n_blocks, N_GROUPS, N_MOMENTS))
    rhs = np.empty((n_blocks, N_SIGNALS, N_TERMS))
    square = np.empty((n_blocks, N_SIGNALS))
    rows = np.empty((n_blocks, 4))
    signals = np.empty((n_rows, 2 * N_SHIFT_SIGNALS))
    sum_blocks(
        xy, hips, time_s, phase, offsets, direction, length, node_offsets, node_s, nodes, hip, first_stride,
        block_offsets, moments, rhs, square, rows, signals,
    )  # fmt: skip
    features = np.empty((n_blocks, 2, N_FEATURES, 2))
    cycle = np.empty((n_blocks, 4))
    coefficients = np.empty((n_blocks, N_SIGNALS, N_TERMS))
    cycle_features(block_offsets, moments, rhs, square, rows, features, cycle, coefficients)
    events = np.empty((n_blocks, 2, 4))
    cycle_events(features, cycle, events)
    kind = np.empty(n_blocks, dtype=np.int8)
    block_kind(cycle, coefficients, kind)

    room = 2 * BLOCK_STRIDES * n_blocks + 4 * len(node_s) + 4
    track = np.empty(room, dtype=np.int64)
    side = np.empty(room, dtype=np.int8)
    block = np.empty(room, dtype=np.int64)
    instants = np.empty((room, 5))
    count = emit_contacts(
        node_offsets, node_s, nodes, first_stride, block_offsets, cycle, events, kind, track, side, block, instants
    )
    track, side, block, instants = track[:count], side[:count], block[:count], instants[:count]
    sums = np.empty((count, 2, N_SHIFT_SIGNALS, 4))
    shift_sums(signals, time_s, phase, offsets, cycle, coefficients, track, side, block, instants, sums)
    shift_events(time_s, offsets, track, sums, np.empty(N_SHIFT_SIGNALS), instants)
    inside = np.isfinite(instants[:, 0])
    instants = instants[inside].T.copy()
    gait_kind = np.empty(n, dtype=np.int8)
    track_kind(kind, np.ascontiguousarray(rows[:, 0]), block_offsets, gait_kind)
    foot_speed = _median(cycle[:, 2], block_offsets) * length
    path_speed = np.empty(len(node_s))
    node_speed(np.ascontiguousarray(hip[:, 0]), node_s, node_offsets, path_speed)
    return ContactEvents(
        track=track[inside],
        side=side[inside],
        contact_s=instants[0],
        toe_off_s=instants[1],
        contact_sd_s=instants[2],
        toe_off_sd_s=instants[3],
        quality=instants[4],
        contact_bias_sd_s=_median(events[:, :, 2].mean(axis=1), block_offsets),
        toe_off_bias_sd_s=_median(events[:, :, 3].mean(axis=1), block_offsets),
        gait_kind=gait_kind,
        step_period_s=np.pi / _median(cycle[:, 1], block_offsets),
        foot_speed_px=foot_speed,
        foot_picture_speed_px=_median(path_speed, node_offsets) * direction - foot_speed,
        leg_length_px=length,
    )


def _spaced(time_s: FloatArray, offsets: IntArray, step: float) -> tuple[FloatArray, IntArray]:
    """Evenly spaced times over each track, its ends included, and their offsets; none for a track of one row."""
    first, last = offsets[:-1], offsets[1:]
    several = last - first > 1
    start = np.where(several, time_s[np.minimum(first, len(time_s) - 1)], 0.0) if len(time_s) else np.zeros(len(first))
    span = np.where(several, time_s[last - 1] - start, 0.0) if len(time_s) else np.zeros(len(first))
    n = np.where(several, np.maximum(1, np.ceil(span / step)) + 1, 0).astype(np.int64)
    ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(n)])
    index = np.arange(ends[-1]) - np.repeat(ends[:-1], n)
    share = index / np.repeat(np.maximum(n - 1, 1), n)
    return np.repeat(start, n) + share * np.repeat(span, n), ends


def _median(values: FloatArray, offsets: IntArray) -> FloatArray:
    """Median of the finite values of each track; NaN where there are none."""
    out = np.empty(len(offsets) - 1)
    track_median(np.ascontiguousarray(values), offsets, out)
    return out
