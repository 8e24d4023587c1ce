"""Where the pipeline stands against this machine's limits: one run, saved as JSON, and the README's table from it.

``python benchmarks/speed.py`` measures and writes ``results/speed.json``; ``--table`` prints the README's table from
the saved figures; ``--readme`` puts it into README.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from runlean.tables.page import with_table

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "speed.json"
#: Of the marks around its table.
MARK = "speed"
#: Length of the 1080p clip; of a short one, in which what is paid once a video weighs more, and on which memory is
#: measured; and how much longer that is compared with.
SECONDS, SHORT, LONGER = 12.0, 4.0, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--parts", nargs="*", default=["pipeline", "memory", "kernels"], help="what to measure anew")
    parser.add_argument("--table", action="store_true", help="print the README's table from the saved figures")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    arguments = parser.parse_args()
    if not (arguments.table or arguments.readme):
        saved = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        for part in arguments.parts:
            saved[part] = {"pipeline": pipeline, "memory": memory, "kernels": kernels}[part](arguments.repeats)
            RESULTS.write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")
    saved = json.loads(RESULTS.read_text(encoding="utf-8"))
    print(table(saved))
    if arguments.readme:
        readme = ROOT / "README.md"
        readme.write_text(with_table(readme.read_text(encoding="utf-8"), MARK, table(saved)), encoding="utf-8")


def pipeline(repeats: int) -> list[dict[str, Any]]:
    """Limits and pipeline on the generated 1080p clip with both MoveNets, and on a short one."""
    from runlean.bench import make_clip, run_bench

    out = []
    with tempfile.TemporaryDirectory() as folder:
        long = make_clip(Path(folder) / "runner_1080p.mp4", SECONDS)
        short = make_clip(Path(folder) / "runner_1080p_short.mp4", SHORT)
        for clip, model in ((long, "movenet-thunder"), (long, "movenet-lightning"), (short, "movenet-thunder")):
            result = run_bench(clip, model=model, repeats=repeats)
            print("\n".join(result.lines()), flush=True)
            out.append(result.as_dict())
    return out


def memory(_repeats: int) -> dict[str, float]:
    """Peak memory of ``runlean analyze`` at one and at ten times the length, and its start with cold caches.

    The network for these is movenet-lightning: the long clip takes a third of the time, and what grows with length does
    not depend on the network.
    """
    from runlean.bench import make_clip
    from runlean.bench.cost import cost_of_command

    out: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for factor in (1, LONGER):
            clip = make_clip(Path(folder) / f"{factor}.mp4", factor * SHORT)
            cost = cost_of_command(_analyze(clip, Path(folder) / f"out{factor}", "movenet-lightning"))
            out[f"peak_mb_{factor}x"] = cost.peak_mb
            print(f"{factor} x {SHORT:.0f} s: peak {cost.peak_mb:.0f} MB", flush=True)
        thunder = cost_of_command(_analyze(Path(folder) / "1.mp4", Path(folder) / "thunder", "movenet-thunder"))
        out["peak_mb_thunder"] = thunder.peak_mb
        short = make_clip(Path(folder) / "short.mp4", 0.5)
        warm = cost_of_command(_analyze(short, Path(folder) / "warm", "movenet-lightning"))
        out |= {"start_warm_cpu_s": warm.cpu_s, "start_warm_wall_s": warm.wall_s}
    print(out, flush=True)
    return out


def _analyze(clip: Path, out: Path, model: str) -> list[str]:
    options = ["--model", model, "--feet", "off", "--no-overlay", "--no-report", "--quiet", "--device", "cpu"]
    return ["-m", "runlean", "analyze", str(clip), "-o", str(out), *options]


def kernels(repeats: int) -> dict[str, Any]:
    """An hour of keypoints at 30 frames per second through all gait kernels, and the joint angle against a copy."""
    import numpy as np
    from gait_load import HOUR, copy_bandwidth, kernel_seconds, leg_angles, running

    from runlean.gait.analyze import analyze_gait
    from runlean.gait.options import GaitOptions
    from runlean_kernels.posture import joint_angle

    analyze_gait(running(1200, 2), GaitOptions())
    out: dict[str, Any] = {}
    for tracks in (1, 1000):
        load = running(HOUR, tracks)
        found = []
        for _ in range(repeats):
            with kernel_seconds() as spent:
                analyze_gait(load, GaitOptions())
            found.append(dict(spent))
        middle = sorted(found, key=lambda one: sum(one.values()))[repeats // 2]
        out[f"hour_{tracks}_tracks_cpu_s"] = sum(middle.values())
        out[f"hour_{tracks}_tracks_slowest"] = dict(sorted(middle.items(), key=lambda item: -item[1])[:8])
    rows = 1_000_000
    a, b, c = np.random.default_rng(0).uniform(0, 500, (3, rows, 2))
    angle = np.empty(rows)
    ours = _least(lambda: joint_angle(a, b, c, angle))
    stacked = np.stack([a, b, c], axis=1)
    out["joint_angle_bytes_per_s"] = 56 * rows / ours
    out["copy_bytes_per_s"] = copy_bandwidth()
    out["joint_angle_over_numpy"] = _least(lambda: leg_angles(stacked)) / ours
    print(out, flush=True)
    return out


def _least(work: Any) -> float:
    best = float("inf")
    for _ in range(9):
        begun = time.thread_time()
        work()
        best = min(best, time.thread_time() - begun)
    return best


def table(saved: dict[str, Any]) -> str:
    """The README's table in Markdown."""
    lines = _limits(saved["pipeline"]) if "pipeline" in saved else []
    if "memory" in saved:
        peak, growth = saved["memory"]["peak_mb_thunder"], _growth(saved["memory"])
        lines.append(f"Peak memory {peak:.0f} MB with movenet-thunder; at ten times the length {growth:.2f} x.")
    if "kernels" in saved:
        hour = saved["kernels"]["hour_1_tracks_cpu_s"]
        lines.append(f"An hour of keypoints (108,000 frames) through all gait kernels: {hour:.2f} CPU s.")
    return "\n".join(lines)


def _limits(runs: list[dict[str, Any]]) -> list[str]:
    first = runs[0]
    lines = [
        f"| 1080p, one runner, {first['cores']} cores ({first['machine']['processor']}), `--feet off` | "
        + " | ".join(f"{run['model']}, {run['frames']} frames" for run in runs)
        + " |",
        "| --- |" + " ---: |" * len(runs),
    ]

    def row(label: str, cell: Any) -> None:
        lines.append(f"| {label} | " + " | ".join(cell(run) for run in runs) + " |")

    for name, label in (("decode", "decoding alone"), ("network", "network alone"), ("pipeline", "the whole pipeline")):
        row(f"{label}, CPU ms a frame", lambda run, name=name: f"{run['stages'][name]['cpu_ms']:.1f}")
    row("pipeline, CPU against the two alone", lambda run: f"{run['cpu_ratio']:.2f} x")
    row("pipeline, wall time against their best overlap", lambda run: f"{run['wall_ratio']:.2f} x")
    row("with overlay and report, CPU", lambda run: f"{run['overlay_ratio']:.2f} x")
    return [*lines, ""]


def _growth(memory: dict[str, float]) -> float:
    return memory[f"peak_mb_{LONGER}x"] / memory["peak_mb_1x"]


if __name__ == "__main__":
    sys.exit(main())
