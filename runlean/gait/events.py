"""Initial contacts and toe-offs of runners, with sub-frame time and its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.pose.tracks import FloatArray, IntArray
from runlean_kernels.events.contacts import emit_contacts
from runlean_kernels.events.cycle_sums import BLOCK_STRIDES, N_GROUPS, N_SIGNALS, N_TERMS, sum_blocks
from runlean_kernels.events.event_features import N_FEATURES, cycle_features
from runlean_kernels.events.event_fusion import cycle_events
from runlean_kernels.events.gait_kind import block_kind
from runlean_kernels.events.hip_path import hip_path, row_phase
from runlean_kernels.events.leg_signals import ankle_separation, leg_length
from runlean_kernels.events.stride_phase import TWO_PI, stride_frequency, stride_phase

#: Names of ``ContactEvents.gait_kind``.
GAIT_KINDS: Final = ("none", "running", "walking")
#: Spacing of the windows in which the stride frequency is looked for, and of the nodes of its phase, s.
WINDOW_STEP_S: Final = 1.0
NODE_STEP_S: Final = 0.2
#: Errors that all contacts of a runner share, s: left-out runners' force plates, ankles only (feet: 5 and 5 ms).
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
    The separation of the ankles gives a stride phase that can miss no step; strides laid over each other by it give the
    mean waveform of the cycle, sampled much finer than the camera did; features of that waveform, each with the error that
    it has against force plates, are fused into the phases of contact and toe-off (docs/decisions/events.md).
    """
    n = len(offsets) - 1
    length = np.empty(n)
    leg_length(xy, offsets, length)
    separation = np.empty(len(time_s))
    ankle_separation(xy, offsets, direction, length, separation)
    window_s, window_offsets = _spaced(time_s, offsets, WINDOW_STEP_S)
    windows = np.empty((len(window_s), 2))
    stride_frequency(time_s, separation, offsets, window_offsets, window_s, windows)
    node_s, node_offsets = _spaced(time_s, offsets, NODE_STEP_S)
    nodes = np.empty((len(node_s), 4))
    stride_phase(
        time_s, separation, offsets, frame_interval_s, window_offsets, window_s, windows, node_offsets, node_s, nodes
    )
    phase = np.empty(len(time_s))
    row_phase(time_s, offsets, node_offsets, node_s, nodes, phase)
    hip = np.empty((len(node_s), 2))
    hip_path(xy, time_s, phase, offsets, node_offsets, node_s, nodes, hip)

    first_stride, block_offsets = _blocks(nodes[:, 0], node_offsets)
    n_blocks = int(block_offsets[-1])
    normal = np.empty((n_blocks, N_GROUPS + 1, N_TERMS, N_TERMS))
    rhs = np.empty((n_blocks, N_SIGNALS, N_TERMS))
    square = np.empty((n_blocks, N_SIGNALS, 2))
    rows = np.empty((n_blocks, 3))
    sum_blocks(
        xy, time_s, phase, offsets, direction, length, node_offsets, node_s, nodes, hip, first_stride, block_offsets,
        normal, rhs, square, rows,
    )  # fmt: skip
    features = np.empty((n_blocks, 2, N_FEATURES, 2))
    cycle = np.empty((n_blocks, 4))
    coefficients = np.empty((n_blocks, N_SIGNALS, N_TERMS))
    cycle_features(block_offsets, normal, rhs, square, rows, features, cycle, coefficients)
    events = np.empty((n_blocks, 2, 4))
    cycle_events(features, cycle, events)
    swing = np.full(n_blocks, np.median(nodes[:, 2][np.isfinite(nodes[:, 0])]) if n_blocks else np.nan)
    kind = np.empty(n_blocks, dtype=np.int8)
    block_kind(cycle, coefficients, swing, kind)

    room = 2 * BLOCK_STRIDES * n_blocks + 6 * len(node_s) + 6
    track = np.empty(room, dtype=np.int64)
    side = np.empty(room, dtype=np.int8)
    instants = np.empty((room, 4))
    count = emit_contacts(
        node_offsets, node_s, nodes, first_stride, BLOCK_STRIDES, block_offsets, cycle, events, kind, frame_interval_s,
        track, side, instants,
    )  # fmt: skip
    track, side, instants = track[:count].copy(), side[:count].copy(), instants[:count]
    return ContactEvents(
        track=track,
        side=side,
        contact_s=instants[:, 0].copy(),
        toe_off_s=instants[:, 1].copy(),
        contact_sd_s=instants[:, 2].copy(),
        toe_off_sd_s=instants[:, 3].copy(),
        quality=_quality(instants[:, 0], track, node_s, node_offsets, nodes[:, 3]),
        contact_bias_sd_s=_per_track(events[:, :, 1].mean(axis=1), block_offsets),
        toe_off_bias_sd_s=_per_track(events[:, :, 3].mean(axis=1), block_offsets),
        gait_kind=_track_kind(kind, rows[:, 0], block_offsets),
        step_period_s=np.pi / _per_track(cycle[:, 1], block_offsets),
        foot_speed_px=_per_track(cycle[:, 2], block_offsets) * length,
        foot_picture_speed_px=_path_speed(hip[:, 0], node_s, node_offsets) * direction
        - _per_track(cycle[:, 2], block_offsets) * length,
        leg_length_px=length,
    )


def _spaced(time_s: FloatArray, offsets: IntArray, step: float) -> tuple[FloatArray, IntArray]:
    """Evenly spaced times over each track, its ends included, and their offsets; none for a track of one row."""
    grids = []
    ends = [0]
    for first, last in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        if last - first > 1:
            span = time_s[last - 1] - time_s[first]
            grids.append(np.linspace(time_s[first], time_s[last - 1], 1 + max(1, int(np.ceil(span / step)))))
            ends.append(ends[-1] + len(grids[-1]))
        else:
            ends.append(ends[-1])
    return np.concatenate(grids) if grids else np.empty(0), np.array(ends, dtype=np.int64)


def _blocks(phase: FloatArray, node_offsets: IntArray) -> tuple[IntArray, IntArray]:
    """First turn of the phase in each track, and offsets of its blocks of strides."""
    first = np.zeros(len(node_offsets) - 1, dtype=np.int64)
    offsets = np.zeros(len(node_offsets), dtype=np.int64)
    for i in range(len(first)):
        own = phase[node_offsets[i] : node_offsets[i + 1]]
        own = own[np.isfinite(own)]
        n = 0
        if len(own):
            first[i] = int(np.floor(own.min() / TWO_PI))
            n = (int(np.floor(own.max() / TWO_PI)) - int(first[i])) // BLOCK_STRIDES + 1
        offsets[i + 1] = offsets[i] + n
    return first, offsets


def _per_track(values: FloatArray, offsets: IntArray) -> FloatArray:
    """Median of the finite values of each track; NaN without."""
    out = np.full(len(offsets) - 1, np.nan)
    for i in range(len(out)):
        own = values[offsets[i] : offsets[i + 1]]
        own = own[np.isfinite(own)]
        if len(own):
            out[i] = np.median(own)
    return out


def _path_speed(x: FloatArray, node_s: FloatArray, node_offsets: IntArray) -> FloatArray:
    """Median speed along x of a path given at nodes, per track."""
    speed = np.append(np.diff(x) / np.diff(node_s), np.nan) if len(x) > 1 else np.full(len(x), np.nan)
    speed[node_offsets[1:][node_offsets[1:] > 0] - 1] = np.nan
    return _per_track(speed, node_offsets)


def _track_kind(kind: npt.NDArray[np.int8], rows: FloatArray, offsets: IntArray) -> npt.NDArray[np.int8]:
    """What most of each track's frames show; a track that runs at all for a quarter of them is a runner's."""
    out = np.zeros(len(offsets) - 1, dtype=np.int8)
    for i in range(len(out)):
        own = slice(offsets[i], offsets[i + 1])
        share = np.array([rows[own][kind[own] == k].sum() for k in range(len(GAIT_KINDS))])
        if share.sum() > 0:
            out[i] = 1 if share[1] > 0.25 * share.sum() else int(np.argmax(share))
    return out


def _quality(
    contact_s: FloatArray, track: IntArray, node_s: FloatArray, node_offsets: IntArray, explained: FloatArray
) -> FloatArray:
    """Share of the separation's variance that the stride explains, at each contact."""
    out = np.empty(len(contact_s))
    for i in np.unique(track).tolist():
        own = slice(node_offsets[i], node_offsets[i + 1])
        mine = track == i
        out[mine] = np.interp(contact_s[mine], node_s[own], np.clip(np.nan_to_num(explained[own]), 0.0, 1.0))
    return out
