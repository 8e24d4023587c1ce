"""What grows with the length of a video and with the number of videos: CPU time, peak memory; and the first start.

    python benchmarks/scaling.py [--parts memory length batch start] [--minutes 0.5 2 8] [--videos 1 10 100]
    python benchmarks/scaling.py --height 854   the runner's pictures as high as they were filmed
    python benchmarks/scaling.py --docs         the figures in docs/performance.md out of the saved ones

Every figure is that of a process of its own, start included. Long videos are short ones behind one another, packets
copied as they are; the videos of a batch are a second of a runner each, told apart by a comment in the container.
Pictures are small unless asked otherwise: growth does not depend on them, and a thousand videos take minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import av

from runlean.doctor import machine_here
from runlean.tables.page import with_table
from runlean.video.remux import remux

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "scaling.json"
PAGE = HERE.parent / "docs" / "performance.md"
#: Of the marks around its table.
MARK = "scaling"
OPTIONS = ("--feet", "off", "--no-overlay", "--no-report", "--quiet", "--device", "cpu")
#: The network where only growth is asked for: the long runs take a third of the time, and it does not depend on it.
FAST = ("--model", "movenet-lightning")
SECONDS, LONGER = 4.0, 10
#: Of the filmed clip that ships, and of its beginning in a batch.
CLIP_SECONDS, SHORT_FRAMES = 6.0, 30
#: Height of the pictures in which lengths and numbers of videos are measured.
HEIGHT = 320


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--parts", nargs="*", default=["start", "memory", "batch", "length"], help="what to measure anew"
    )
    parser.add_argument("--minutes", nargs="*", type=float, default=[0.5, 2.0, 8.0, 30.0], help="lengths of video")
    parser.add_argument("--videos", nargs="*", type=int, default=[1, 10, 100, 1000], help="sizes of a batch")
    parser.add_argument("--height", type=int, default=HEIGHT, help="of the runner's pictures, pixels")
    parser.add_argument("--docs", action="store_true", help="put the saved figures into docs/performance.md")
    arguments = parser.parse_args()
    if arguments.docs:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), MARK, table(saved_figures())), encoding="utf-8")
        return
    for part in arguments.parts:
        with tempfile.TemporaryDirectory() as folder:
            found: Any = {
                "memory": memory,
                "length": lambda where: length(where, arguments.minutes, arguments.height),
                "batch": lambda where: batch(where, arguments.videos, arguments.height),
                "start": start,
            }[part](Path(folder))
        saved = saved_figures()
        if isinstance(found, list):  # other sizes of before stay
            key = {"length": "frames", "batch": "videos"}[part]
            now = {row[key] for row in found}
            found = sorted([r for r in saved.get(part, []) if r[key] not in now] + found, key=lambda row: row[key])
        saved |= {"machine": machine_here().record(), part: found}
        RESULTS.write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")
        print(table(saved))


def saved_figures() -> dict[str, Any]:
    """What is in the results so far."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    return found


def runner_film(folder: Path, height: int) -> Path:
    """The filmed runner that ships, its pictures made so high."""
    from runlean.clips import clip_path

    target = folder / "runner.mp4"
    with av.open(str(clip_path("treadmill_male_30"))) as source, av.open(str(target), "w") as out:
        picture = source.streams.video[0]
        width = 2 * round(picture.width * height / picture.height / 2)
        stream = out.add_stream("libx264", rate=picture.average_rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = picture.time_base
        for frame in source.decode(picture):
            small = frame.reformat(width=width, height=height, format="yuv420p")
            small.pts, small.time_base = frame.pts, frame.time_base
            out.mux(stream.encode(small))
        out.mux(stream.encode())
    return target


def memory(folder: Path) -> dict[str, Any]:
    """Peak memory at 1080p, once and ten times the length; movenet-thunder once, for its size."""
    from runlean.bench import make_clip

    once = make_clip(folder / "once.mp4", SECONDS)
    out: dict[str, Any] = {"clip": "runlean bench's, 1920 x 1080, 30 frames per second", "model": FAST[1]}
    for times in (1, LONGER):
        frames = remux(once, folder / f"{times}.mp4", times=times)
        cost = _analyze(folder / f"{times}.mp4", folder / f"out{times}", FAST)
        out[f"{times}x"] = {"frames": frames, "peak_mb": cost.peak_mb, "cpu_ms": 1e3 * cost.cpu_s / frames}
        print(f"memory {times} x: {out[f'{times}x']}", flush=True)
    out["peak_mb_thunder"] = _analyze(folder / "1.mp4", folder / "thunder", ()).peak_mb
    return out


def length(folder: Path, minutes: list[float], height: int) -> list[dict[str, float]]:
    """The filmed runner again and again, movenet-lightning."""
    source = runner_film(folder, height)
    out = []
    for count in minutes:
        clip = folder / f"{count}.mp4"
        frames = remux(source, clip, times=max(1, round(60 * count / CLIP_SECONDS)))
        cost = _analyze(clip, folder / f"out{count}", FAST)
        out.append(
            {
                "minutes": frames / 1800,
                "height": height,
                "frames": frames,
                "cpu_s": cost.cpu_s,
                "cpu_ms": 1e3 * cost.cpu_s / frames,
                "wall_s": cost.wall_s,
                "peak_mb": cost.peak_mb,
            }
        )
        print(f"length: {out[-1]}", flush=True)
        clip.unlink()
    return out


#: As `runlean.bench.cost` waits for a command, and for the processes that it leaves behind: a batch's workers are not
#: its own children, and Linux gives the orphans to who asks for them (PR_SET_CHILD_SUBREAPER).
_WAIT_FOR_ALL = """
import ctypes, json, os, resource, subprocess, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
begun = time.perf_counter()
child = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL)
_, status, _ = os.wait4(child.pid, 0)
wall = time.perf_counter() - begun
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024 * 1.048576]))
sys.exit(os.waitstatus_to_exitcode(status) and 1)
"""


def cost_of_family(arguments: list[str]) -> tuple[float, float, float]:
    """CPU seconds of ``python ARGUMENTS`` and all its descendants, wall seconds, and the largest process' peak, MB."""
    out = subprocess.run([sys.executable, "-c", _WAIT_FOR_ALL, *arguments], capture_output=True, text=True, check=False)
    if out.returncode:
        sys.exit(f"batch: {out.stderr.strip() or 'failed'}")
    cpu_s, wall_s, peak_mb = json.loads(out.stdout.splitlines()[-1])
    return cpu_s, wall_s, peak_mb


def batch(folder: Path, counts: list[int], height: int) -> list[dict[str, float]]:
    """So many videos of a second through ``runlean batch``, movenet-lightning; read back from the dataset."""
    import runlean

    source = runner_film(folder, height)
    out = []
    for count in counts:
        films = folder / f"films{count}"
        films.mkdir()
        frames = sum(
            remux(source, films / f"{k:04}.mp4", packets=SHORT_FRAMES, comment=f"film {k}") for k in range(count)
        )
        dataset = folder / f"dataset{count}"
        options = [option for option in OPTIONS if option not in ("--no-overlay", "--no-report")]
        command = ["-m", "runlean", "batch", str(films), "-o", str(dataset), *FAST, *options]
        cpu_s, wall_s, peak_mb = cost_of_family(command)
        sql = "SELECT count(*) FROM videos WHERE status = 'done'"
        [done] = runlean.open_dataset(str(dataset)).query(sql).to_pydict().popitem()[1]
        if done != count:
            sys.exit(f"batch: expected {count} videos done, came {done}")
        out.append(
            {
                "videos": count,
                "height": height,
                "frames": frames,
                "cpu_s_per_video": cpu_s / count,
                "wall_s_per_video": wall_s / count,
                "peak_mb_of_a_process": peak_mb,
            }
        )
        print(f"batch: {out[-1]}", flush=True)
    return out


def start(folder: Path) -> dict[str, Any]:
    """From the command to the first result: a second of video, caches empty and then filled by that run."""
    from runlean.clips import clip_path

    frames = remux(clip_path("treadmill_male_30"), folder / "short.mp4", packets=30)
    before = os.environ.get("RUNLEAN_CACHE_DIR")
    os.environ["RUNLEAN_CACHE_DIR"] = str(folder / "cache")
    out: dict[str, Any] = {"frames": frames, "model": "movenet-lightning"}
    try:
        for name in ("empty", "warm", "warm again"):
            cost = _analyze(folder / "short.mp4", folder / name, FAST)
            out[name] = {"cpu_s": cost.cpu_s, "wall_s": cost.wall_s}
            print(f"start, {name}: {out[name]}", flush=True)
    finally:
        if before is None:
            del os.environ["RUNLEAN_CACHE_DIR"]
        else:
            os.environ["RUNLEAN_CACHE_DIR"] = before
    return out


def _analyze(clip: Path, out: Path, more: tuple[str, ...]) -> Any:
    from runlean.bench.cost import cost_of_command

    return cost_of_command(["-m", "runlean", "analyze", str(clip), "-o", str(out), *OPTIONS, *more])


def table(saved: dict[str, Any]) -> str:
    """What was saved, in Markdown."""
    if not saved:
        return "Not measured yet."
    lines = [f"On {saved['machine']['processor']}, cores used: {saved['machine']['cores']}.", ""]
    if "memory" in saved:
        once, longer = saved["memory"]["1x"], saved["memory"][f"{LONGER}x"]
        lines += [
            f"Peak memory, 1080p, {saved['memory']['model']}: {once['peak_mb']:.0f} MB for {once['frames']} frames, "
            f"{longer['peak_mb']:.0f} MB for {longer['frames']}: {longer['peak_mb'] / once['peak_mb']:.2f} x "
            "(asked: at most 1.1 x, and under 800 MB). "
            f"With movenet-thunder {saved['memory']['peak_mb_thunder']:.0f} MB for the first.",
            "",
        ]
    if "length" in saved:
        lines += [f"Pictures {saved['length'][0]['height']} px high, movenet-lightning:", ""]
        lines += ["| minutes of video | frames | CPU ms a frame | peak MB |", "| ---: | ---: | ---: | ---: |"]
        for row in saved["length"]:
            lines.append(f"| {row['minutes']:g} | {row['frames']} | {row['cpu_ms']:.1f} | {row['peak_mb']:.0f} |")
        lines.append("")
    if "batch" in saved:
        lines += [
            f"Pictures {saved['batch'][0]['height']} px high, movenet-lightning, no overlay, no report:",
            "",
            "| videos of 1 s | CPU s a video | largest process, MB |",
            "| ---: | ---: | ---: |",
        ]
        for row in saved["batch"]:
            lines.append(f"| {row['videos']} | {row['cpu_s_per_video']:.2f} | {row['peak_mb_of_a_process']:.0f} |")
        lines.append("")
    if "start" in saved:
        empty, warm = saved["start"]["empty"], saved["start"]["warm again"]
        lines.append(
            f"From the command to the result of {saved['start']['frames']} frames: {warm['wall_s']:.1f} s "
            f"({warm['cpu_s']:.1f} CPU s); with empty caches {empty['wall_s']:.0f} s ({empty['cpu_s']:.0f} CPU s)."
        )
    return "\n".join(lines).rstrip()


if __name__ == "__main__":
    main()
