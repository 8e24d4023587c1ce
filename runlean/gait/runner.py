"""One runner as a whole: who counts as a runner, what is known of them, what is withheld and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from runlean.gait import checks
from runlean.gait.events import GAIT_KINDS, ContactEvents
from runlean.gait.middle import median
from runlean.gait.mode import share_followed
from runlean.gait.options import GaitOptions
from runlean.gait.result import GaitKind, Notice, RunnerGait
from runlean.gait.roll import Roll
from runlean.gait.systematic import RunnerFacts, systematic_sd
from runlean.pose.tracks import FloatArray, PoseTracks

if TYPE_CHECKING:
    from runlean.gait.analyze import TrackFacts


#: No runner's trunk lies this far from upright (sprinters out of the blocks reach 45 degrees); a crouch or a jump does.
MAX_RUNNING_LEAN_DEG = 50.0

#: Nor does it turn by this much (from the 10th to the 90th percentile: runners 3-16 degrees, somebody who lands from a
#: jump, crouches and leaves 68), but for a sprinter who rises from the blocks in ten steps.
MAX_TRUNK_TURN_DEG = 40.0


def gait_of(i: int, events: ContactEvents, facts: TrackFacts) -> GaitKind:
    """What track ``i`` does, a trunk that no runner holds like that taken for no running.

    Who crosses the ground as a runner does is one, though nothing can be read from the legs (see `gait.travel`).
    """
    kind: GaitKind = "running" if facts.travels[i] else GAIT_KINDS[int(events.gait_kind[i])]
    few = int((events.track == i).sum()) < checks.STABLE_STEPS
    bent = abs(facts.lean_deg[i]) > MAX_RUNNING_LEAN_DEG
    return "none" if bent or (few and facts.trunk_turn_deg[i] > MAX_TRUNK_TURN_DEG) else kind


def keep_runners(tracks: PoseTracks, events: ContactEvents, facts: TrackFacts) -> list[int]:
    """Tracks that become runners: those who run; when nobody does, the person to whom it may matter most.

    Parameters
    ----------
    tracks : PoseTracks
    events : ContactEvents
    facts : TrackFacts

    Returns
    -------
    list of int
        Track indices, in order.
    """
    kinds = [gait_of(i, events, facts) for i in range(tracks.n_tracks)]
    running = [i for i, kind in enumerate(kinds) if kind == "running"]
    if running or tracks.n_tracks == 0:
        return running
    # nobody runs: one who walks before one who stands, then the one seen longest
    seen = np.diff(tracks.offsets)
    return [max(range(tracks.n_tracks), key=lambda i: (kinds[i] != "none", int(seen[i])))]


def left_out(n: int) -> tuple[Notice, ...]:
    """What is told of tracks that are no runners'."""
    if n <= 0:
        return ()
    tracks = "1 person's track shows" if n == 1 else f"{n} persons' tracks show"
    told = f"{tracks} no running and {'is' if n == 1 else 'are'} left out: people who stand, walk or ride, or a runner"
    return (Notice("people_left_out", f"{told} whose legs are hidden or who is in view too briefly."),)


def describe_runner(
    i: int,
    tracks: PoseTracks,
    options: GaitOptions,
    facts: TrackFacts,
    events: ContactEvents,
    columns: dict[str, FloatArray],
    ankle_y: FloatArray,
    roll: Roll,
) -> RunnerGait:
    """What is known of track ``i``; ``ankle_y`` (row, 2) is where the ankles are in the picture, px."""
    rows = slice(int(tracks.offsets[i]), int(tracks.offsets[i + 1]))
    mine = events.track == i
    view, scale = facts.view[i], facts.scale[i]
    kind = gait_of(i, events, facts)
    cadence = _median(columns["cadence_spm"][mine])
    found = [
        checks.check_view(view),
        checks.check_roll(roll),
        checks.check_camera(share_followed(tracks.camera, tracks.frame[rows]), options.treadmill_speed_mps is not None),
        checks.check_slow_motion(
            cadence, _median(columns["vertical_oscillation_frac"][mine]), options.slow_motion, facts.clock[i]
        ),
        checks.check_impossible(cadence),
        checks.check_frame_rate(tracks.fps),
    ]
    new = np.ones(rows.stop - rows.start, dtype=np.bool_)
    if tracks.camera is not None:
        again = tracks.camera.repeated[tracks.frame[rows]]
        found.append(checks.check_repeated(again, tracks.fps))
        new = ~again if not again.all() else new
    ankles = ankle_y[rows][new]
    cut_off = checks.check_feet_visible(
        ankles, np.isfinite(ankles), tracks.height, scale.body_height_px, kind == "running"
    )
    found.append(cut_off)
    withheld: dict[str, str] = {}
    if kind == "running":
        found.append(checks.check_steps(int((mine & np.isfinite(events.toe_off_s)).sum())))
        found.append(checks.check_even_steps(events.contact_s[mine]))
    elif cut_off is None or kind == "walking":
        found.append(checks.not_running(kind, view))
    for finding in reversed([f for f in found if f is not None]):
        withheld.update(finding.withhold)
    if scale.metres_per_px is None:
        for name in ("vertical_oscillation_m", "step_length_m", "speed_mps"):
            withheld.setdefault(name, "no scale: give --runner-height (or --treadmill-speed)")
    if not np.isfinite(columns["foot_strike_angle_deg"][mine]).any():
        for name in ("foot_strike", "foot_strike_angle_deg"):
            withheld.setdefault(name, "no heel and toe were measured")
    lean = _median(columns["trunk_lean_deg"][mine])
    return RunnerGait(
        runner_id=int(tracks.track_id[i]),
        gait=kind,
        direction=facts.direction[i],
        mode=facts.mode[i],
        view_kind=view.kind,
        view_yaw_deg=view.yaw_deg,
        view_confidence=view.confidence,
        roll_deg=roll.roll_deg,
        roll_source=roll.source,
        leg_length_px=scale.leg_length_px,
        body_height_px=scale.body_height_px,
        metres_per_px=scale.metres_per_px,
        n_frames=rows.stop - rows.start,
        systematic_sd=systematic_sd(
            options.convention,
            RunnerFacts(
                from_network=bool(np.isfinite(tracks.box[rows]).any()),
                yaw_sd_deg=float(np.hypot(view.yaw_deg if view.kind != "side" else 0.0, view.sd_deg)),
                roll_sd_deg=roll.sd_deg,
                lean_deg=lean,
                step_time_s=_median(columns["step_time_s"][mine]),
                leg_rate_deg_s=float(np.degrees(abs(events.foot_speed_px[i]) / events.leg_length_px[i])),
                scale_relative_sd=scale.relative_sd,
                vertical_oscillation_m=_median(columns["vertical_oscillation_m"][mine]),
                contact_sd_s=float(events.contact_bias_sd_s[i]),
                toe_off_sd_s=float(events.toe_off_bias_sd_s[i]),
            ),
        ),
        withheld=withheld,
        warnings=tuple(f.notice for f in found if f is not None),
    )


def _median(values: FloatArray) -> float:
    values = values[np.isfinite(values)]
    return median(values)
