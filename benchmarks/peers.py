"""runlean beside other tools: the same file, the same run, in turn; medians of at least five rounds.

    python benchmarks/peers.py [--clip VIDEO] [--parts mediapipe lightning thunder pictures] [--rounds 5]
    python benchmarks/peers.py --docs           the table of docs/performance.md out of the saved figures

Every tool is a process of its own that stays open from round to round (`make bench-peers` makes the environments).
Before anything is timed each must find the runner in nine frames of ten, the hips where runlean's default network sees
them. Networks are loaded before the clock starts (Sports2D loads its own every time); the first round does not count.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runlean.tables.page import with_table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results" / "peers.json"
PAGE = ROOT / "docs" / "performance.md"
#: Of the marks around its table.
MARK = "peers"
CLIP = ROOT / "runlean" / "clips" / "treadmill_male_30.mp4"
#: Share of frames in which a tool must find the runner, and how far off the hips may lie, in heights of the picture.
LEAST_FOUND, MOST_AWAY = 0.9, 0.04
#: The long side of the picture that finds people, as in runlean.
_DETECTOR_SIDE = 256
_MOVENETS = {"lightning": 192, "thunder": 256}


@dataclass(frozen=True, slots=True)
class Tool:
    """A line of the table: its name, the environment ('' is runlean's), the script and what it is given."""

    name: str
    environment: str
    script: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two lines compared: ``cpu_ms`` (ours over theirs, at most) or ``fps`` (ours over theirs, at least)."""

    what: str
    ours: str
    theirs: str
    asked: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """Tools that take turns, and what is read off them."""

    title: str
    tools: tuple[Tool, ...]
    ratios: tuple[Ratio, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, default=CLIP, help="a video with one runner in it")
    parser.add_argument("--parts", nargs="*", default=["mediapipe", "lightning", "thunder", "pictures"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-peers", help="folder of the other environments")
    parser.add_argument("--docs", action="store_true", help="put the saved figures into docs/performance.md")
    arguments = parser.parse_args()
    if arguments.docs:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), MARK, table(saved_figures())), encoding="utf-8")
        return
    if not arguments.clip.is_file():
        sys.exit(f"{arguments.clip}: expected a video, there is none")
    clip = arguments.clip.resolve()
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.parts:
            part = _part(name, clip, Path(folder))
            found = measure(part, clip, arguments.rounds, arguments.peers.resolve())
            saved = saved_figures() | {name: found}
            RESULTS.write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")
            print("\n".join(_lines(found)), flush=True)


def saved_figures() -> dict[str, Any]:
    """What is in the results so far."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    return found


def _part(name: str, clip: Path, folder: Path) -> Part:
    def ours(label: str, model: str, what: str) -> Tool:
        return Tool(label, "", "peer_runlean.py", (str(clip), model, what, str(folder / "runlean")))

    blaze, light = "runlean, blazepose-full", "runlean, movenet-lightning"
    if name == "mediapipe":
        mediapipe = "MediaPipe Pose, model_complexity 1"
        tools = (
            Tool(mediapipe, "mediapipe", "peer_mediapipe.py", (str(clip),)),
            ours(blaze, "blazepose-full", "pipeline"),
            ours(light, "movenet-lightning", "pipeline"),
            ours("PyAV, RGB, blazepose-full, no more", "blazepose-full", "loop"),
            ours("PyAV, RGB, movenet-lightning, no more", "movenet-lightning", "loop"),
        )
        ratios = [Ratio("cpu_ms", blaze, mediapipe, 0.65), Ratio("cpu_ms", light, mediapipe, 0.42)]
        ratios += [Ratio("cpu_ms", tool.name, mediapipe, None) for tool in tools[3:]]
        return Part("MediaPipe Pose", tools, tuple(ratios))
    draws = name == "pictures"
    size = "lightning" if draws else name
    label = f"runlean, movenet-{size}" + (", with overlay and report" if draws else "")
    backends = {"auto": "OpenVINO, its own choice"} | ({"onnxruntime": "ONNX Runtime"} if name == "lightning" else {})
    tools = (ours(label, f"movenet-{size}", "pictures" if draws else "tables"),)
    for backend, said in backends.items():
        title = f"Sports2D, movenet-{size}, {said}" + (", with video, pictures and graphs" if draws else "")
        tools += (_sports2d(title, clip, size, backend, draws, folder),)
    return Part("Sports2D", tools, tuple(Ratio("fps", label, tool.name, 5.0) for tool in tools[1:]))


def _sports2d(title: str, clip: Path, size: str, backend: str, draws: bool, folder: Path) -> Tool:
    import av
    from peer_networks import box_detector, simcc_pose

    with av.open(str(clip)) as file:
        picture = file.streams.video[0]
        scale = _DETECTOR_SIDE / max(picture.width, picture.height)
        width, height = (-(-round(side * scale) // 32) * 32 for side in (picture.width, picture.height))
    detector = box_detector(folder / "detector.onnx", width, height)
    pose = simcc_pose(f"movenet_{size}.onnx", folder / f"{size}.onnx")
    own = folder / f"{backend}-{size}-{int(draws)}"
    networks = (str(detector), str(width), str(height), str(pose), str(_MOVENETS[size]))
    return Tool(title, "sports2d", "peer_sports2d.py", (str(clip), *networks, backend, str(int(draws)), str(own)))


class Running:
    """A tool's process."""

    def __init__(self, tool: Tool, peers: Path) -> None:
        python = peers / tool.environment / "bin" / "python" if tool.environment else Path(sys.executable)
        if not python.exists():
            sys.exit(f"{python}: expected the environment of {tool.environment}; `make bench-peers` makes it")
        self.tool = tool
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the process
        self._process = subprocess.Popen(
            [str(python), str(HERE / tool.script), *tool.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self.about = self._answer()

    def once(self) -> dict[str, Any]:
        """Its work, done once more."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._answer()

    def end(self) -> float:
        """Let it go; its largest resident set, MB."""
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                pipe.close()
        _, _, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = 0
        return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            sys.exit(f"{self.tool.name}: ended without an answer; it said: {self._errors.read()[-1500:]}")
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def _running(tools: tuple[Tool, ...], peers: Path) -> Iterator[tuple[list[Running], list[float]]]:
    processes = [Running(tool, peers) for tool in tools]
    peaks: list[float] = []
    try:
        yield processes, peaks
    finally:
        peaks += [process.end() for process in processes]


def measure(part: Part, clip: Path, rounds: int, peers: Path) -> dict[str, Any]:
    """All tools of a part in turn, ``rounds`` times, after one round that only shows that they do the work."""
    with tempfile.TemporaryDirectory() as folder:
        reference = Tool("reference", "", "peer_runlean.py", (str(clip), "movenet-thunder", "pipeline", folder))
        with _running((reference,), peers) as ([truth], _):
            truth_hips = truth.once()["hips"]
            machine = truth.about["machine"]
    costs: dict[str, list[dict[str, float]]] = {tool.name: [] for tool in part.tools}
    with _running(part.tools, peers) as (processes, peaks):
        seen = {
            process.tool.name: plausible(process.tool.name, process.once(), truth_hips, _height(clip))
            for process in processes
        }
        for _ in range(rounds):
            for process in processes:
                answer = process.once()
                milliseconds = {key: 1e3 * answer[f"{key}_s"] / answer["frames"] for key in ("cpu", "wall")}
                costs[process.tool.name].append(milliseconds)
        versions = {process.tool.name: process.about["versions"] for process in processes}
    tools = {}
    for name, peak in zip(costs, peaks, strict=True):
        cpu, wall = (statistics.median(cost[key] for cost in costs[name]) for key in ("cpu", "wall"))
        tools[name] = {"cpu_ms": cpu, "wall_ms": wall, "fps": 1e3 / wall, "peak_mb": peak, **seen[name]}
        tools[name]["versions"] = versions[name]
    return {
        "title": part.title,
        "clip": clip.name,
        "frames": len(truth_hips),
        "rounds": rounds,
        "machine": machine,
        "tools": tools,
        "ratios": [_ratio(ratio, costs) for ratio in part.ratios],
    }


def _ratio(ratio: Ratio, costs: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Median of the rounds' own ratios."""
    pairs = list(zip(costs[ratio.ours], costs[ratio.theirs], strict=True))
    if ratio.what == "cpu_ms":
        value = statistics.median(ours["cpu"] / theirs["cpu"] for ours, theirs in pairs)
    else:
        value = statistics.median(theirs["wall"] / ours["wall"] for ours, theirs in pairs)
    return {"what": ratio.what, "ours": ratio.ours, "theirs": ratio.theirs, "value": value, "asked": ratio.asked}


def plausible(name: str, answer: dict[str, Any], truth: list[Any], height: int) -> dict[str, float]:
    """Share of frames with the runner in them, and how far off the hips lie; ends everything where it is none."""
    hips = answer["hips"]
    both = [(a, b) for a, b in zip(hips, truth, strict=False) if a is not None and b is not None]
    found = sum(hip is not None for hip in hips) / max(len(truth), 1)
    away = statistics.median(math.dist(a, b) for a, b in both) / height if both else math.inf
    if len(hips) != len(truth) or found < LEAST_FOUND or away > MOST_AWAY:
        sys.exit(
            f"{name}: expected {len(truth)} frames, the runner in {LEAST_FOUND:.0%} of them and the hips within "
            f"{MOST_AWAY:.0%} of the picture's height; came {len(hips)}, {found:.0%}, {away:.1%}: not timed"
        )
    return {"found": found, "hips_away_frac": away}


def _height(clip: Path) -> int:
    import av

    with av.open(str(clip)) as file:
        return int(file.streams.video[0].height)


def _lines(part: dict[str, Any]) -> list[str]:
    about = f"{part['title']}: {part['clip']}, {part['frames']} frames, {part['rounds']} rounds"
    out = [f"| {about} | frames/s | CPU ms a frame | peak MB |", "| --- | ---: | ---: | ---: |"]
    for name, tool in part["tools"].items():
        out.append(f"| {name} | {tool['fps']:.1f} | {tool['cpu_ms']:.1f} | {tool['peak_mb']:.0f} |")
    return out


def table(saved: dict[str, Any]) -> str:
    """All parts in Markdown, and the ratios."""
    if not saved:
        return "Not measured yet."
    machines = {f"{part['machine']['processor']}, {part['machine']['cores']} cores" for part in saved.values()}
    lines = [f"On {'; '.join(sorted(machines))}.", ""]
    for part in saved.values():
        lines += [*_lines(part), ""]
    lines += ["| ratio, median of the rounds' own | measured | asked |", "| --- | ---: | ---: |"]
    for part in saved.values():
        for ratio in part["ratios"]:
            cpu = ratio["what"] == "cpu_ms"
            asked = "" if ratio["asked"] is None else f"{'≤' if cpu else '≥'} {ratio['asked']:g} x"
            what = "CPU ms a frame" if cpu else "frames per second"
            lines.append(f"| {what}: {ratio['ours']} over {ratio['theirs']} | {ratio['value']:.2f} x | {asked} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
