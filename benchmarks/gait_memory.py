"""Memory that a long track's gait takes: bytes a frame of the gait, of the tables and of the summary.

    python benchmarks/gait_memory.py [--frames 6000 54000] [--points 21]

The rendered treadmill runner's points (`gait_load`), its feet too unless 17 are asked for. A process of its own for
every length; what a stage holds at its peak, beyond what was there before it: of the process' resident memory, and of
what Python and NumPy asked for. The difference of two lengths over their frames is what a frame takes.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from memory import resident_mb

#: Kernels are loaded, and pages of the interpreter touched, by a track of so many frames first.
FIRST = 3_600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", nargs=2, type=int, default=[6_000, 54_000])
    parser.add_argument("--points", type=int, choices=(17, 21), default=21, help="with feet or without")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one is not None:
        print(json.dumps(stages(arguments.one)))
        return
    from gait_load import running

    found = []
    with tempfile.TemporaryDirectory() as folder:
        for frames in arguments.frames:
            given = Path(folder) / "points.pkl"
            with given.open("wb") as file:
                pickle.dump(running(frames, points=arguments.points), file, protocol=5)
            worker = [sys.executable, __file__, "--one", str(given)]
            found.append(json.loads(subprocess.run(worker, check=True, capture_output=True, text=True).stdout))
    print(table(arguments.frames, found))


def stages(given: Path) -> dict[str, tuple[float, float, float]]:
    """MB by stage: resident memory at its peak, allocations at their peak, and those that stay; all since before it."""
    from gait_load import running

    from runlean.config import AnalyzeConfig
    from runlean.gait.analyze import analyze_gait
    from runlean.gait.options import GaitOptions
    from runlean.pipeline import measure_keypoints
    from runlean.tables import frames_table

    def read() -> Any:
        with given.open("rb") as file:
            return pickle.load(file)

    def whole(tracks: Any) -> Any:
        return measure_keypoints(tracks, AnalyzeConfig(), scored=False, time_s=tracks.time_s, name="points")

    whole(running(FIRST))
    out = {}
    tracks, out["points"] = _measured(read)
    gait, out["gait"] = _measured(lambda: analyze_gait(tracks, GaitOptions()))
    _, out["tables"] = _measured(partial(frames_table, gait.frames, gait.keypoint_names))
    del gait
    _, out["gait, tables and summary"] = _measured(lambda: whole(tracks))
    return out


def _measured(work: Callable[[], Any]) -> tuple[Any, tuple[float, float, float]]:
    before = resident_mb()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    tracemalloc.start()
    try:
        made = work()
        stays, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return made, (resident_mb("VmHWM") - before, peak / 1e6, stays / 1e6)


def table(frames: list[int], found: list[dict[str, tuple[float, float, float]]]) -> str:
    """MB of either length, and kB a frame, in Markdown."""
    short, long = frames
    lines = [
        f"| at the peak, MB | {short:,} frames | {long:,} frames | kB a frame | of which stays |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name in found[0]:
        (_, few, few_stay), (resident, many, many_stay) = (one[name] for one in found)
        per, stay = (1e3 * (b - a) / (long - short) for a, b in ((few, many), (few_stay, many_stay)))
        lines.append(f"| {name} | {few:.0f} | {many:.0f} (resident {resident:.0f}) | {per:.2f} | {stay:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
