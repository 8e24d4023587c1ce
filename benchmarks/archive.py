"""A batch against single runs side by side: the same films, the same networks, in turn, on the same cores.

``python benchmarks/archive.py`` measures and adds its rounds to ``results/archive.json``; ``--table`` prints the table
of docs/archives.md from the saved figures, ``--docs`` puts it there. A round is, in an order that turns:

batch
    ``runlean batch`` with one worker per core: hashing, tables, commits, fsync and all.
alone
    as many processes side by side, each analysing its share of the films one after the other with networks that stay
    open (`runlean.analyze`); nothing is written.
analyze
    as many ``runlean analyze`` side by side, one film each, without overlay and report.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

from runlean.tables.page import with_table

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "archive.json"
PAGE = ROOT / "docs" / "archives.md"
#: Of the marks around its table.
MARK = "throughput"
#: Times that the shipped clip of 6 s is strung together to a film, and films per worker.
FILMS = {"movenet-lightning": (2, 3), "movenet-thunder": (1, 2)}
CLIP = "ship_tm_right_60"
WORKERS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=list(FILMS), default="movenet-lightning")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--parts", nargs="*", default=["rounds"], choices=["rounds", "short"], help="what to measure")
    parser.add_argument("--fresh", action="store_true", help="forget the rounds that were saved of this network")
    parser.add_argument("--ways", nargs="*", default=["batch", "alone", "analyze"], help="only these")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the table from the saved figures")
    parser.add_argument("--docs", action="store_true", help="put the table into docs/archives.md")
    parser.add_argument("--alone", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        alone(arguments.model, arguments.alone)
        return
    if not (arguments.table or arguments.docs):
        measure(arguments)
    saved = saved_figures(arguments.results)
    print(table(saved))
    if arguments.docs:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), MARK, table(saved)), encoding="utf-8")


def saved_figures(results: Path = RESULTS) -> dict[str, Any]:
    """What was measured before."""
    return dict(json.loads(results.read_text(encoding="utf-8")))


def measure(arguments: argparse.Namespace) -> None:
    """Measure what was asked for and save it after every round."""
    results: Path = arguments.results
    saved = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    kept = saved.setdefault(arguments.model, {"machine": _machine(), "rounds": [], "short": []})
    if arguments.fresh:
        kept |= {"machine": _machine(), "rounds": [], "short": []}
    times, share = FILMS[arguments.model]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        films = [string_together(folder / f"film{i}.mp4", times, i) for i in range(WORKERS * share)]
        if "rounds" in arguments.parts:
            for number in range(arguments.rounds):
                order = list(arguments.ways) if number % 2 == 0 else list(reversed(arguments.ways))
                one = {way: WAYS[way](arguments.model, films, folder) for way in order}
                kept["rounds"].append(one)
                print({way: {k: round(v, 3) for k, v in found.items()} for way, found in one.items()}, flush=True)
                _save(results, saved)
        if "short" in arguments.parts:
            kept["short"].append(short(arguments.model, folder))
            print(kept["short"][-1], flush=True)
            _save(results, saved)


def _save(path: Path, saved: dict[str, Any]) -> None:
    path.write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")


def _machine() -> dict[str, str]:
    import av
    import numba
    import onnxruntime

    from runlean.doctor import machine_here

    return machine_here().record() | {one.__name__: str(one.__version__) for one in (onnxruntime, av, numba)}


def string_together(target: Path, times: int, number: int) -> Path:
    """Write the shipped clip several times in a row, its packets as they are; ``number`` makes the content its own."""
    from runlean.clips import clip_path
    from runlean.video.remux import remux

    # sizes differ too: nobody takes them for copies
    remux(clip_path(CLIP), target, times=times, comment="x" * (number + 1))
    return target


def batch(model: str, films: list[Path], folder: Path) -> dict[str, float]:
    """``runlean batch`` with as many workers as the others have processes."""
    dataset = folder / "archive"
    shutil.rmtree(dataset, ignore_errors=True)
    command = ["-m", "runlean", "batch", *map(str, films), "-o", str(dataset), "--workers", str(WORKERS), "--json"]
    return _timed([[*command, *_network(model)]])


def side_by_side(model: str, films: list[Path], _folder: Path) -> dict[str, float]:
    """Single processes, each with its share of the films."""
    own = [str(Path(__file__).resolve()), "--model", model, "--alone"]
    return _timed([[*own, *map(str, films[i::WORKERS])] for i in range(WORKERS)])


def plain(model: str, films: list[Path], folder: Path) -> dict[str, float]:
    """``runlean analyze`` on one film each."""
    plainly = ["--no-overlay", "--no-report", "--overwrite", "--json", *_network(model)]
    commands = [
        ["-m", "runlean", "analyze", str(film), "-o", str(folder / f"out{i}"), *plainly]
        for i, film in enumerate(films[:WORKERS])
    ]
    return _timed(commands, as_json=True)


WAYS = {"batch": batch, "alone": side_by_side, "analyze": plain}


def _network(model: str) -> list[str]:
    return ["--model", model, "--feet", "off", "--device", "cpu"]


def alone(model: str, films: list[str]) -> None:
    """Body of a process of `side_by_side`: a line per film, as a batch writes them."""
    from runlean.config import AnalyzeConfig
    from runlean.pipeline import analyze
    from runlean.pose.networks import open_networks

    config = AnalyzeConfig(model=model, feet="off", device="cpu", overlay=False, report=False)
    networks = open_networks(config)
    for film in films:
        begun = time.perf_counter()
        found = analyze(film, config=config, networks=networks)
        seconds = time.perf_counter() - begun
        line = {"event": "video", "frames": found.summary.source.n_frames, "seconds": seconds}
        print(json.dumps({**line, "contacts": found.strides.num_rows, "status": "done"}), flush=True)


def _timed(commands: list[list[str]], as_json: bool = False) -> dict[str, float]:
    """Run commands side by side; frames per second of all together, with their start and once they are under way."""
    _adopt_orphans()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    ended: list[tuple[float, float, int]] = []
    running = [subprocess.Popen([sys.executable, *c], stdout=subprocess.PIPE, text=True) for c in commands]
    frames_of_all = [0]

    def listen(process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        if as_json:
            frames_of_all[0] += int(json.loads(process.stdout.read())["source"]["n_frames"])
            return
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "video":
                assert event["status"] == "done", event
                assert event["contacts"] > 0, event
                ended.append((time.perf_counter() - started, event["seconds"], event["frames"]))

    listeners = [threading.Thread(target=listen, args=(process,)) for process in running]
    for thread in listeners:
        thread.start()
    for thread, process in zip(listeners, running, strict=True):
        thread.join()
        assert process.wait() == 0, process.args
    wall = time.perf_counter() - started
    with contextlib.suppress(ChildProcessError):  # the batch's fork server and its workers, left to this process
        while os.waitpid(-1, 0):
            pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    frames = frames_of_all[0] or sum(n for _, _, n in ended)
    found = {"frames": frames, "wall_s": wall, "cpu_s": cpu, "fps": frames / wall, "cpu_ms": 1e3 * cpu / frames}
    if not as_json:
        found |= under_way(ended, WORKERS)
    return found


def _adopt_orphans() -> None:
    """Let what a child leaves behind become this process's own, so that its CPU time is counted (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def under_way(ended: list[tuple[float, float, int]], workers: int) -> dict[str, float]:
    """Frames per second while all are at work and none is at its first film.

    Parameters
    ----------
    ended : list of (end, seconds, frames)
        Per film: when it ended, how long it took, how many frames it has.
    workers : int

    Notes
    -----
    A film that lies only partly between the two moments counts by that part of its time.
    """
    films = sorted((end - seconds, end, frames) for end, seconds, frames in ended)
    begin = max(end for _, end, _ in films[:workers])
    stop = sorted(end for _, end, _ in films)[-workers]
    inside = sum(n * max(0.0, min(b, stop) - max(a, begin)) / (b - a) for a, b, n in films)
    return {"first_s": begin, "fps_under_way": inside / (stop - begin)}


def short(model: str, folder: Path) -> dict[str, float]:
    """What a batch adds to a film of 2 s after its first: from outcome to outcome against the analysis itself."""
    import av

    from runlean.archive.dataset import Dataset
    from runlean.clips import clip_path

    films = folder / "short"
    films.mkdir()
    for number in range(6):
        with av.open(str(clip_path(CLIP))) as clip, av.open(str(films / f"s{number}.mp4"), "w") as film:
            source = clip.streams.video[0]
            stream = film.add_stream("libx264", rate=60)
            stream.width, stream.height, stream.pix_fmt = source.width, source.height, "yuv420p"
            stream.options = {"preset": "veryfast", "crf": "23"}
            for index, frame in enumerate(clip.decode(source)):
                if 40 * number <= index < 40 * number + 120:
                    frame.pts, frame.time_base = index - 40 * number, Fraction(1, 60)
                    film.mux(stream.encode(frame.reformat(format="yuv420p")))
            film.mux(stream.encode(None))
    command = [sys.executable, "-m", "runlean", "batch", str(films), "-o", str(folder / "shorts"), "--workers", "1"]
    ends = []
    process = subprocess.Popen([*command, *_network(model), "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == "video":
            ends.append((time.perf_counter(), json.loads(line)["path"]))
    assert process.wait() == 0
    rows = Dataset(folder / "shorts").query("SELECT path, analysis_s FROM videos").to_pylist()
    spent = {row["path"]: row["analysis_s"] for row in rows}
    whole = ends[-1][0] - ends[0][0]
    analysis = sum(spent[path] for _, path in ends[1:])
    return {"films": len(ends) - 1, "wall_s": whole, "analysis_s": analysis, "added_pct": 100 * (whole / analysis - 1)}


def table(saved: dict[str, Any]) -> str:
    """The table of docs/archives.md."""
    lines = [
        "| network, rounds | frames a second, batch: with its start, under way | single runs side by side: the same | "
        "batch / single: with start, under way (median, least, most) | CPU ms a frame | two `runlean analyze` | "
        "a film of 2 s: added |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for model, kept in saved.items():
        rounds = [r for r in kept["rounds"] if "batch" in r and "alone" in r]
        if not rounds:
            continue

        def of(way: str, key: str, rounds: list[dict[str, Any]] = rounds) -> list[float]:
            return [r[way][key] for r in rounds if way in r]

        ratios = []
        for key in ("fps", "fps_under_way"):
            pairs = [a / b for a, b in zip(of("batch", key), of("alone", key), strict=True)]
            ratios.append(f"{statistics.median(pairs):.3f} ({min(pairs):.3f} to {max(pairs):.3f})")
        middle = statistics.median
        plainly = f"{middle(of('analyze', 'fps')):.1f}" if of("analyze", "fps") else "-"
        added = f"{middle([s['added_pct'] for s in kept['short']]):.1f} %" if kept["short"] else "-"
        speeds = [f"{middle(of(way, 'fps')):.1f}, {middle(of(way, 'fps_under_way')):.1f}" for way in ("batch", "alone")]
        lines.append(
            f"| {model}, {len(rounds)} | {' | '.join(speeds)} | {', '.join(ratios)} | "
            f"{middle(of('batch', 'cpu_ms')):.1f} against {middle(of('alone', 'cpu_ms')):.1f} | {plainly} | {added} |"
        )
    machine = next(iter(saved.values()))["machine"]
    lines += ["", f"{machine['processor']}, {machine['cores']} cores; {WORKERS} workers, `--feet off`, 960 x 540."]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
