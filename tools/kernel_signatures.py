#!/usr/bin/env python3
"""Write kernels/runlean_kernels/signatures.txt: with what types an analysis calls each kernel, and what that costs.

    python tools/kernel_signatures.py            # two minutes: everything is compiled anew in a folder of its own
    python tools/kernel_signatures.py --quick    # the list anew with the costs that it has, from the user's cache
    python tools/kernel_signatures.py --check    # says whether the list still holds, changes nothing

Every clip that ships is analysed, with overlay and report, and whatever the compiler is then asked for from outside the
kernels is written down. `runlean_kernels.ahead` reads the list.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PACKAGE = "runlean_kernels."
Call = tuple[str, tuple[str, ...]]
#: Spelt by name, not found by asking: a test names the clips that it has time for.
CLIPS = ("ship_tm_right_60", "ship_og_waist_30", "treadmill_male_30")


def analyse(clips: list[str], model: str, frames: int) -> None:
    """All that calls kernels in an analysis."""
    from runlean.clips import clip_path
    from runlean.pipeline import analyze
    from runlean.video.remux import remux

    for clip in clips:
        with tempfile.TemporaryDirectory() as folder:
            video = clip_path(clip)
            if frames:
                whole, video = video, Path(folder) / video.name
                remux(whole, video, packets=frames)
            analyze(video, threads=1, model=model).save(Path(folder) / "out")


def compiled(clips: list[str], model: str, frames: int) -> dict[Call, float]:
    """What the compiler was asked for from outside the kernels, and CPU seconds each."""
    from numba.core import event

    from runlean_kernels.ahead import word_of

    found: dict[Call, float] = {}
    begun: list[float] = []

    class Listener(event.Listener):  # type: ignore[misc]
        def on_start(self, event: Any) -> None:
            begun.append(time.process_time())

        def on_end(self, event: Any) -> None:
            took = time.process_time() - begun.pop()
            function = event.data["dispatcher"].py_func
            if not begun and function.__module__.startswith(PACKAGE):
                words = tuple(word_of(one) for one in event.data["args"])
                found[f"{function.__module__.removeprefix(PACKAGE)}.{function.__name__}", words] = took

    event.register("numba:compile", Listener())
    analyse(clips, model, frames)
    return found


def loaded() -> set[Call]:
    """Compiled code that this process has taken from the cache: where nothing was compiled, what was called."""
    from runlean_kernels.ahead import word_of

    return {
        (f"{name.removeprefix(PACKAGE)}.{kernel.py_func.__name__}", tuple(word_of(one) for one in types))
        for name, module in list(sys.modules.items())
        if name.startswith(PACKAGE)
        for kernel in vars(module).values()
        if hasattr(kernel, "py_func") and kernel.py_func.__module__ == name
        for types in kernel.signatures
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--clip", action="append", help="of those that ship; all that matter where left out")
    parser.add_argument("--frames", type=int, default=0, help="of each clip, from its beginning; all where left out")
    arguments = parser.parse_args()
    clips = arguments.clip or list(CLIPS)
    quick = arguments.check or arguments.quick
    if not quick and "RUNLEAN_CACHE_DIR" not in os.environ:
        with tempfile.TemporaryDirectory() as folder:
            return subprocess.call([sys.executable, *sys.argv], env=os.environ | {"RUNLEAN_CACHE_DIR": folder})
    # the cheaper network takes the same way
    model = "movenet-lightning" if quick else "movenet-thunder"
    took = {place: cost_s for (place, _), cost_s in compiled(clips, model, arguments.frames).items()}
    if took:
        # then what is loaded is not only what was called from outside; in a new process it is
        env = os.environ | {"RUNLEAN_KERNEL_COSTS": json.dumps(took)}
        return subprocess.call([sys.executable, *sys.argv], env=env)
    took = json.loads(os.environ.get("RUNLEAN_KERNEL_COSTS", "{}"))
    from runlean_kernels.ahead import SIGNATURES, read_entries

    called = loaded()
    if arguments.check:
        listed = {(entry.place, entry.types) for entry in read_entries()}
        for place, types in sorted(called - listed):
            print(f"not listed: {place} {' '.join(types)}")
        for place, types in sorted(listed - called):
            print(f"not called: {place} {' '.join(types)}")
        return int(bool(called - listed))
    took = {entry.place: entry.cost_s for entry in read_entries()} | took
    lines = [
        "# CPU seconds to compile, kernel, types of its arguments (f8[2]: float64 of two axes; !: only read).",
        "# Written by tools/kernel_signatures.py.",
    ]
    lines += [f"{took.get(place, 0.5):.1f} {place} {' '.join(types)}" for place, types in sorted(called)]
    SIGNATURES.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(called)} kernels, {sum(took.values()):.0f} CPU seconds; written to {SIGNATURES}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
