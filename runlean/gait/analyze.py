"""From keypoints over time to the columns of both tables: the gait analysis of all tracks at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from runlean.gait.angles import ANGLE_COLUMNS, Posture, compute_posture, turn_shoulders
from runlean.gait.any_speed import only_contacts
from runlean.gait.checks import WITHOUT_CONTACTS
from runlean.gait.direction import MIN_FORWARDNESS
from runlean.gait.events import ContactEvents
from runlean.gait.foot import classify_strikes
from runlean.gait.landmarks import rotate
from runlean.gait.look import Look, look_at
from runlean.gait.middle import median
from runlean.gait.mode import running_mode
from runlean.gait.options import GaitOptions
from runlean.gait.result import Direction, GaitResult, Mode, RunnerGait
from runlean.gait.roll import Roll
from runlean.gait.runner import describe_runner, keep_runners, left_out
from runlean.gait.scale import BodyScale, body_scale
from runlean.gait.smooth import noise_left, smooth
from runlean.gait.strides import TrackScales, stride_columns
from runlean.gait.track import segments, spread, track_of_row
from runlean.gait.travel import travels_as_runner
from runlean.gait.uncertainty import PointNoise, stride_sd, with_systematic
from runlean.gait.view import View
from runlean.pose.tracks import BoolArray, FloatArray, IntArray, PoseTracks
from runlean.skeleton import CANONICAL
from runlean_kernels import landmarks as lm
from runlean_kernels.strides import stance_side

SIDES = np.array(["left", "right"], dtype=object)
#: By what the rows say: 0 and 1, the foot that stands; from the end -1, flight, and -2, unknown.
PHASES = np.array(["left_stance", "right_stance", None, "flight"], dtype=object)


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """What is known of every track before strides are measured, one entry per track."""

    forward: FloatArray
    direction: list[Direction | None]
    mode: list[Mode | None]
    view: list[View]
    scale: list[BodyScale]
    frame_interval_s: FloatArray
    lean_deg: FloatArray
    trunk_turn_deg: FloatArray
    clock: FloatArray
    travels: BoolArray


def analyze_gait(tracks: PoseTracks, options: GaitOptions) -> GaitResult:
    """Gait of every runner among the tracks.

    Parameters
    ----------
    tracks : PoseTracks
    options : GaitOptions

    Returns
    -------
    GaitResult
        Runners only: persons who stand or walk are left out, unless nobody runs; then the person seen longest
        stays, without gait numbers and with the reason.

    Raises
    ------
    KeypointError
        When hips, knees or ankles are not among the keypoints.
    """
    look = look_at(tracks, options)
    repaired, sign, roll = look.repaired, look.sign, look.roll
    offsets, time_s = tracks.offsets, tracks.time_s
    events = look.film.events
    facts = _facts(tracks, look, options)
    standing = np.full(len(time_s), -2, dtype=np.int8)
    stance_side(events.track, events.side, events.contact_s, events.toe_off_s, time_s, offsets, standing)
    events = only_contacts(events, _seen_whole(events, time_s, offsets, look.intervals))

    # arrays of a long video's points are let go as soon as they have served: each is 0.4 kB a frame
    even = smooth(look.level, time_s, offsets)
    moving = even if look.steady is look.level else smooth(look.steady, time_s, offsets)
    row_direction = spread(np.where(np.abs(look.forward) >= MIN_FORWARDNESS, sign, np.nan), offsets)
    ankle_y = repaired.xy[:, lm.LEFT_ANKLE : lm.RIGHT_ANKLE + 1, 1].copy()
    filled = np.asarray(repaired.filled.any(axis=1))
    weight, noise_px = repaired.weight, repaired.noise_px
    del look, repaired
    smoothed = turn_shoulders(even, spread(sign, offsets), options.convention)
    posture = compute_posture(smoothed, weight, row_direction, standing)
    noise = _noise(tracks, smoothed, noise_px, facts)
    del smoothed, weight
    steady_com = replace(posture, com=posture.com + (moving[:, lm.LEFT_HIP] - even[:, lm.LEFT_HIP]))
    columns = stride_columns(events, steady_com, moving, time_s, offsets, _scales(facts, events, options))
    del moving, steady_com
    sd = stride_sd(columns, events, noise, _scale_sd(facts))

    keep = keep_runners(tracks, events, facts)
    runners = [describe_runner(i, tracks, options, facts, events, columns, ankle_y, roll) for i in keep]
    rows = np.isin(track_of_row(offsets), keep)
    frames = _frame_columns(tracks, even, posture, standing, filled, facts, roll, rows)
    strides = _stride_table(tracks, events, columns, sd, facts.frame_interval_s)
    shared = {i: runner.systematic_sd for i, runner in zip(keep, runners, strict=True)}
    strides.update({f"{name}_sd": values for name, values in with_systematic(sd, events.track, shared).items()})
    contacts = np.isin(events.track, keep)
    strides = {name: values[contacts] for name, values in strides.items()}
    for runner in runners:
        _withhold(frames, strides, runner.runner_id, runner.withheld, _kept_in_frames(runner))
    names = tuple(n for n in CANONICAL if n in tracks.keypoint_names)
    return GaitResult(frames, strides, names, tuple(runners), left_out(tracks.n_tracks - len(keep)))


def _seen_whole(events: ContactEvents, time_s: FloatArray, offsets: IntArray, intervals: FloatArray) -> BoolArray:
    """Contacts whose stance lies inside the track.

    A foot already down at its start, or still down at its end, is no event that was seen; nor does it end a step: on
    og_right_track_30 a contact guessed past the picture's edge made the last step 13 % short.
    """
    begin = time_s[offsets[events.track]]
    return np.isfinite(events.toe_off_s) & (events.contact_s > begin + intervals[events.track])


def _facts(tracks: PoseTracks, look: Look, options: GaitOptions) -> TrackFacts:
    direction: list[Direction | None] = [
        None if not abs(f) >= MIN_FORWARDNESS else "right" if f > 0 else "left" for f in look.forward.tolist()
    ]
    modes, scales, leans, turns = [], [], [], []
    for i, rows in enumerate(segments(tracks.offsets)):
        speed = float(look.film.events.foot_speed_px[i])
        level = look.level[rows]
        lean, turn = _trunk(level)
        leans.append(lean)
        turns.append(turn)
        belt = options.treadmill_speed_mps is not None
        modes.append(running_mode(level, tracks.time_s[rows], tracks.frame[rows], tracks.camera, speed, belt))
        scales.append(body_scale(level, options.runner_height_m, options.treadmill_speed_mps, speed))
    return TrackFacts(
        look.forward, direction, modes, look.view, scales, look.intervals, np.array(leans, dtype=float),
        np.array(turns, dtype=float), look.film.clock,
        travels_as_runner(look.steady, tracks.time_s, tracks.offsets, look.film.events.leg_length_px),
    )  # fmt: skip


def _trunk(p: FloatArray) -> tuple[float, float]:
    """Median size of the trunk's angle to the vertical and how far most of it spreads, degrees; NaN without a trunk."""
    trunk = p[:, [lm.LEFT_SHOULDER, lm.RIGHT_SHOULDER]].mean(axis=1) - p[:, [lm.LEFT_HIP, lm.RIGHT_HIP]].mean(axis=1)
    angle = np.degrees(np.arctan2(np.abs(trunk[:, 0]), -trunk[:, 1]))
    angle = angle[np.isfinite(angle)]
    if not len(angle):
        return float("nan"), float("nan")
    low, middle, high = np.percentile(angle, [10, 50, 90])
    return float(middle), float(high - low)


def _scales(facts: TrackFacts, events: ContactEvents, options: GaitOptions) -> TrackScales:
    nan = float("nan")
    treadmill = np.array([m == "treadmill" for m in facts.mode], dtype=np.bool_)
    belt = nan if options.treadmill_speed_mps is None else options.treadmill_speed_mps
    return TrackScales(
        direction=np.array([nan if d is None else 1.0 if d == "right" else -1.0 for d in facts.direction]),
        leg_length_px=np.array([s.leg_length_px for s in facts.scale]),
        metres_per_px=np.array([nan if s.metres_per_px is None else s.metres_per_px for s in facts.scale]),
        foot_speed_px=events.foot_speed_px,
        belt_speed_mps=np.where(treadmill, belt, nan),
        overground=np.array([nan if m is None else float(m == "overground") for m in facts.mode]),
        step_period_s=events.step_period_s,
    )


def _scale_sd(facts: TrackFacts) -> FloatArray:
    return np.array([s.relative_sd for s in facts.scale])


def _noise(tracks: PoseTracks, smoothed: FloatArray, noise_px: FloatArray, facts: TrackFacts) -> PointNoise:
    def length(a: FloatArray, b: FloatArray) -> FloatArray:
        d = np.hypot(*(a - b).T)
        return np.array([median(v[np.isfinite(v)]) for v in (d[rows] for rows in segments(tracks.offsets))])

    shoulder = 0.5 * (smoothed[:, lm.LEFT_SHOULDER] + smoothed[:, lm.RIGHT_SHOULDER])
    hip = 0.5 * (smoothed[:, lm.LEFT_HIP] + smoothed[:, lm.RIGHT_HIP])
    return PointNoise(
        sd_px=noise_px * noise_left(facts.frame_interval_s),
        leg_px=np.array([s.leg_length_px for s in facts.scale]),
        trunk_px=length(shoulder, hip),
        shank_px=length(smoothed[:, lm.LEFT_KNEE], smoothed[:, lm.LEFT_ANKLE]),
        foot_px=length(smoothed[:, lm.LEFT_HEEL], smoothed[:, lm.LEFT_BIG_TOE])
        if smoothed.shape[1] > lm.N_WITHOUT_FEET
        else np.full(tracks.n_tracks, np.nan),
        from_network=bool(np.isfinite(tracks.box).any()),
    )


def _frame_columns(
    tracks: PoseTracks,
    even: FloatArray,
    posture: Posture,
    standing: npt.NDArray[np.int8],
    filled: BoolArray,
    facts: TrackFacts,
    roll: Roll,
    rows: BoolArray,
) -> dict[str, npt.NDArray[Any]]:
    """Columns of frames.parquet, each in the table's own type, for the ``rows`` that are asked for.

    The smoothed points ``even`` are turned back into the picture as it is.
    """
    back, centre = -np.radians(roll.roll_deg), (tracks.width / 2, tracks.height / 2)
    track = track_of_row(tracks.offsets)[rows]
    out: dict[str, npt.NDArray[Any]] = {
        "runner_id": tracks.track_id[track],
        "frame": tracks.frame[rows].astype(np.int32),
        "time_s": tracks.time_s[rows],
        "filled": filled[rows],
        "phase": PHASES[standing[rows]],
    }
    for source, name in enumerate(tracks.keypoint_names):
        if name in CANONICAL:
            # point by point: of all at once there would be a second array for a while
            place = rotate(even[rows, CANONICAL.index(name)], back, centre)
            out[f"{name}_x_px"] = place[:, 0].astype(np.float32)
            out[f"{name}_y_px"] = place[:, 1].astype(np.float32)
            out[f"{name}_score"] = tracks.score[rows, source].astype(np.float32)
    # a lean is read along the line of sight from the front: not a lean
    frontal = np.array([v.kind == "front" for v in facts.view], dtype=np.bool_)[track]
    for i, name in enumerate(ANGLE_COLUMNS):
        values = posture.angles[rows, i]
        values = np.degrees(values) if name.endswith("_deg") else values
        values[frontal & ("elbow" not in name)] = np.nan
        out[name] = values
    com = rotate(posture.com[rows], back, centre)
    out["com_x_px"], out["com_y_px"] = com[:, 0].copy(), com[:, 1].copy()
    return out


def _stride_table(
    tracks: PoseTracks,
    events: ContactEvents,
    columns: dict[str, FloatArray],
    sd: dict[str, FloatArray],
    frame_interval_s: FloatArray,
) -> dict[str, npt.NDArray[Any]]:
    """Columns of strides.parquet for all tracks."""
    out: dict[str, npt.NDArray[Any]] = {
        "runner_id": tracks.track_id[events.track],
        "stride": _number_within(events.track),
        "side": SIDES[events.side],
    }
    out.update(columns)
    out["foot_strike"] = classify_strikes(
        columns["foot_strike_angle_deg"], sd["foot_strike_angle_deg"], events.track, events.side, frame_interval_s
    )
    return out


def _number_within(track: IntArray) -> npt.NDArray[np.int32]:
    """0, 1, 2 ... within each track."""
    first = np.concatenate([[True], track[1:] != track[:-1]]) if len(track) else np.zeros(0, dtype=bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(track)), 0)) if len(track) else np.zeros(0)
    return (np.arange(len(track)) - start).astype(np.int32)


def _kept_in_frames(runner: RunnerGait) -> tuple[str, ...]:
    """Columns of frames that stay although no mean of them is told: where nobody runs, the posture is known still."""
    poor = any(w.code == "poor_pose" for w in runner.warnings)
    return () if runner.gait == "running" or runner.view_kind == "front" or poor else WITHOUT_CONTACTS


def _withhold(
    frames: dict[str, npt.NDArray[Any]],
    strides: dict[str, npt.NDArray[Any]],
    runner_id: int,
    withheld: dict[str, str],
    kept_in_frames: tuple[str, ...],
) -> None:
    """Set withheld columns of one runner to missing, in place."""
    mine = strides["runner_id"] == runner_id
    for name in withheld:
        for column in (name, f"{name}_sd"):
            if column in strides:
                missing = None if strides[column].dtype == object else np.nan
                strides[column][mine] = missing
        if name in frames and name not in kept_in_frames:
            frames[name][frames["runner_id"] == runner_id] = np.nan
