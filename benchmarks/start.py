"""What it brings to load compiled kernels beside the opening of the networks, at the start of a process.

    python benchmarks/start.py [--rounds 4]

``runlean analyze`` of the first second of a clip that ships, a process of its own each, with the loading and without it
in turn. Both must write the same tables, or nothing is timed. Kernels are compiled before; networks are in the cache.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

from runlean.bench.cost import Cost, cost_of_command
from runlean.clips import clip_path
from runlean.video.remux import remux

OPTIONS = ("--no-overlay", "--no-report", "--overwrite", "--quiet", "--device", "cpu", "--feet", "off")
MODEL = "movenet-lightning"
#: The command line with kernels loaded beside, and left to their first calls.
WAYS = {
    "beside": "import sys; from runlean.cli.main import run; run(sys.argv[1:])",
    "at the first call": (
        "import contextlib, sys; import runlean.pipeline as p; p.loading_ahead = contextlib.nullcontext; "
        "from runlean.cli.main import run; run(sys.argv[1:])"
    ),
}


def started(way: str, clip: Path, folder: Path) -> Cost:
    """One process from its start to its tables."""
    command = ["analyze", str(clip), "-o", str(folder / way.replace(" ", "_")), "--model", MODEL, *OPTIONS]
    return cost_of_command(["-c", WAYS[way], *command])


def same_tables(folder: Path) -> bool:
    """What all ways wrote is the same."""
    for name in ("frames", "strides"):
        first, *others = (pq.read_table(folder / way.replace(" ", "_") / f"{name}.parquet") for way in WAYS)
        if not all(first.equals(other) for other in others):
            return False
    return True


def measure(rounds: int) -> dict[str, list[Cost]]:
    """Costs of each way, in turn, after a round that is not counted."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        remux(clip_path("treadmill_male_30"), folder / "second.mp4", packets=30)
        for way in WAYS:
            started(way, folder / "second.mp4", folder)
        if not same_tables(folder):
            raise SystemExit("the two ways wrote other tables; nothing is reported")
        found: dict[str, list[Cost]] = {way: [] for way in WAYS}
        for number in range(rounds):
            for way in list(WAYS)[:: 1 if number % 2 == 0 else -1]:
                found[way].append(started(way, folder / "second.mp4", folder))
    return found


def report(found: dict[str, list[Cost]]) -> str:
    """A line for each way, medians, and the ratio of the pairs."""
    lines = []
    for way, costs in found.items():
        wall, cpu = (statistics.median(getattr(cost, key) for cost in costs) for key in ("wall_s", "cpu_s"))
        lines.append(f"kernels loaded {way}: {wall:.2f} s, {cpu:.2f} CPU s")
    pairs = zip(*found.values(), strict=True)
    ratios = sorted(one.wall_s / other.wall_s for one, other in pairs)
    middle, least, most = statistics.median(ratios), ratios[0], ratios[-1]
    lines.append(f"wall time, beside over at the first call: {middle:.3f} ({least:.3f} to {most:.3f})")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4)
    print(report(measure(max(1, parser.parse_args().rounds))))


if __name__ == "__main__":
    main()
