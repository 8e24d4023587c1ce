"""CPU seconds of every gait kernel: one long track, and as many frames and more in thousands of short ones.

    python benchmarks/gait_kernels.py [--tracks 1 1000 4000] [--rounds 5] [--least 0.0005]
    python benchmarks/gait_kernels.py --sports2d .venv-peers/sports2d     the same points through Sports2D's functions

The points are the rendered treadmill runner's with a pixel of noise, 30 frames a second: an hour in one track, 3.6 s in
each of many. What comes out is checked before anything is timed; of the rounds the least counts, kernel by kernel.
Sports2D's and Pose2Sim's own functions get the same arrays in their own environment (`make bench-peers` makes it), and
are held to the same knee angles first.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from gait_load import FPS, HOUR, copy_bandwidth, kernel_seconds, leg_angles, running

from runlean.gait.analyze import analyze_gait
from runlean.gait.landmarks import canonical_landmarks
from runlean.gait.options import GaitOptions
from runlean.gait.result import GaitResult
from runlean_kernels import landmarks as lm

HERE = Path(__file__).resolve().parent
#: Frames of each of many tracks.
SHORT = 108
#: Sports2D's functions take a frame at a time: a minute and more for an hour.
SPORTS2D_FRAMES = 3_000
#: What Sports2D's functions do, by runlean's kernels: gaps, outliers, low-pass, angles.
SAME_WORK = ("fill_gap", "outlier", "butterworth_low_pass", "posture_angles")
#: Steps a minute of the rendered runner.
STEPS = 174.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", nargs="*", type=int, default=[1, 1000, 4000], help="how many tracks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--least", type=float, default=0.0005, help="kernels below so many seconds are not listed")
    parser.add_argument("--sports2d", type=Path, help="environment in which Sports2D is installed")
    arguments = parser.parse_args()
    if arguments.sports2d:
        print(beside_sports2d(arguments.sports2d, arguments.rounds))
        return
    measured = {tracks: cost(tracks, arguments.rounds) for tracks in arguments.tracks}
    print(table(measured, arguments.least))
    print(f"\ncopying: {copy_bandwidth() / 1e9:.1f} GB/s")


def frames_of(tracks: int) -> int:
    """An hour in one track; else `SHORT` frames in each."""
    return HOUR if tracks == 1 else tracks * SHORT


def check(result: GaitResult, tracks: int) -> None:
    """The rendered runner's cadence, in nearly all of the tracks."""
    step_s, runner = result.strides["step_time_s"], result.strides["runner_id"]
    if abs(60.0 / np.nanmedian(step_s) - STEPS) > 1.0 or len(np.unique(runner)) < 0.95 * tracks:
        sys.exit(
            f"expected {STEPS} steps a minute in {tracks} tracks, "
            f"came {60.0 / np.nanmedian(step_s):.1f} in {len(np.unique(runner))}"
        )


def cost(tracks: int, rounds: int) -> dict[str, float]:
    """CPU seconds by kernel."""
    load = running(frames_of(tracks), tracks)
    check(analyze_gait(load, GaitOptions()), tracks)
    least: dict[str, float] = {}
    for _ in range(rounds if tracks == 1 else max(1, rounds // 2)):
        with kernel_seconds() as spent:
            analyze_gait(load, GaitOptions())
        least = {name: min(seconds, least.get(name, seconds)) for name, seconds in spent.items()}
    return least


def table(measured: dict[int, dict[str, float]], least: float) -> str:
    """CPU milliseconds a kernel, their sum, and frames a second, in Markdown."""
    heads = [f"{tracks:,} x {frames_of(tracks) // tracks:,} frames" for tracks in measured]
    lines = [f"| CPU ms | {' | '.join(heads)} |", f"| --- |{' ---: |' * len(heads)}"]
    names = {name for spent in measured.values() for name, seconds in spent.items() if seconds >= least}
    for name in sorted(names, key=lambda n: -max(spent.get(n, 0.0) / frames_of(t) for t, spent in measured.items())):
        lines.append(f"| {name} | {' | '.join(f'{1e3 * s.get(name, 0.0):.1f}' for s in measured.values())} |")
    sums = {tracks: sum(spent.values()) for tracks, spent in measured.items()}
    lines.append(f"| **all** | {' | '.join(f'**{1e3 * total:.0f}**' for total in sums.values())} |")
    rates = [f"{frames_of(tracks) / total:,.0f}" for tracks, total in sums.items()]
    lines.append(f"| frames per second and core | {' | '.join(rates)} |")
    return "\n".join(lines)


def beside_sports2d(environment: Path, rounds: int) -> str:
    """Sports2D's functions and the kernels on the same arrays, in turn, the ratio of their CPU seconds."""
    load = running(SPORTS2D_FRAMES)
    xy, _ = canonical_landmarks(load, 0.0)
    kernels = []
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "points.npz", Path(folder) / "found.npz"
        np.savez(given, xy=xy[:, : lm.LEFT_HEEL], fps=FPS)
        theirs = []
        for _ in range(rounds):
            worker = [str(environment / "bin" / "python"), str(HERE / "gait_sports2d.py"), str(given), str(found)]
            subprocess.run(worker, check=True)
            with np.load(found) as npz:
                theirs.append({name: float(npz[name]) for name in ("interpolate", "hampel", "filter", "angles")})
                knee = npz["right_knee"]
            same = np.degrees(np.pi - leg_angles(xy[:, [lm.RIGHT_HIP, lm.RIGHT_KNEE, lm.RIGHT_ANKLE]]))
            if not np.allclose(np.abs(knee), same, atol=1e-6):
                sys.exit(f"knee angles differ by up to {np.abs(np.abs(knee) - same).max()} degrees")
            analyze_gait(load, GaitOptions())
            with kernel_seconds() as spent:
                analyze_gait(load, GaitOptions())
            kernels.append(dict(spent))
    per = 1e6 / SPORTS2D_FRAMES
    lines = [f"{SPORTS2D_FRAMES} frames of 17 points, medians of {rounds} rounds, CPU microseconds a frame", ""]
    lines += ["| work | Sports2D | runlean | ratio |", "| --- | ---: | ---: | ---: |"]

    def row(name: str, theirs_s: list[float], ours_s: list[float]) -> str:
        ratio = np.median([a / b for a, b in zip(theirs_s, ours_s, strict=True)])
        return f"| {name} | {per * np.median(theirs_s):.1f} | {per * np.median(ours_s):.2f} | {ratio:,.0f} x |"

    for theirs_name, ours_name in zip(theirs[0], SAME_WORK, strict=True):
        name = f"{theirs_name}, {ours_name}"
        lines.append(row(name, [t[theirs_name] for t in theirs], [k[ours_name] for k in kernels]))
    without_hampel = [sum(t.values()) - t["hampel"] for t in theirs]
    every = [sum(k.values()) for k in kernels]
    lines.append(row("all of theirs but hampel, all gait kernels", without_hampel, every))
    lines.append(row("all of theirs, all gait kernels", [sum(t.values()) for t in theirs], every))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
