"""What the overlay's encoder costs with the quantizer that it has, and with the rate factor that it had.

    python benchmarks/encoding.py [VIDEO ...] [--seconds 2] [--turns 5]

The pictures of every video (left out: the grainy 1080p one of `runlean bench` and the films that ship) are encoded with
both settings in turn, on one thread; least of the turns. What was written is decoded and must hold every picture.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np

from runlean.bench import make_clip
from runlean.clips import clip_path
from runlean.video.writer import _ENCODERS

NAME, OVERLAYS = _ENCODERS[0]
#: The overlay's own settings first.
SETTINGS = {
    "fixed quantizer": OVERLAYS,
    "rate factor of 26": {key: value for key, value in OVERLAYS.items() if key != "qp"} | {"crf": "26"},
}
FILMS = ("treadmill_male_30",)


def encoded(pictures: list[av.VideoFrame], options: dict[str, str]) -> tuple[bytes, float]:
    """An MP4 file, and the CPU seconds of its encoding."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream(NAME, rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = pictures[0].width, pictures[0].height, "yuv420p"
        stream.codec_context.thread_count = 1
        begun = time.process_time()
        for index, picture in enumerate(pictures):
            picture.pts, picture.time_base = index, Fraction(1, 30)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
        spent = time.process_time() - begun
    return file.getvalue(), spent


def luma_of(picture: av.VideoFrame) -> np.ndarray:
    """Brightness as float64 (height, width)."""
    plane = picture.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width].astype(np.float64)


def quality_db(pictures: list[av.VideoFrame], file: bytes) -> float:
    """Peak signal over noise of the brightness, all pictures together."""
    with av.open(io.BytesIO(file)) as container:
        decoded = list(container.decode(video=0))
    if len(decoded) != len(pictures):
        raise SystemExit(f"expected {len(pictures)} pictures in what was encoded, came {len(decoded)}")
    errors = [np.mean((luma_of(a) - luma_of(b)) ** 2) for a, b in zip(pictures, decoded, strict=True)]
    return float(10 * np.log10(255**2 / np.mean(errors)))


def compared(video: Path, seconds: float, turns: int) -> str:
    """One line: the first setting against the second."""
    with av.open(str(video)) as source:
        stream = source.streams.video[0]
        count = max(2, round(seconds * float(stream.average_rate or 30)))
        pictures = [p.reformat(format="yuv420p") for p in islice(source.decode(stream), count)]
    files, spent = {}, {name: float("inf") for name in SETTINGS}
    for turn in range(turns):
        for name in list(SETTINGS)[:: 1 if turn % 2 == 0 else -1]:
            files[name], cpu_s = encoded(pictures, SETTINGS[name])
            spent[name] = min(spent[name], cpu_s)
    quality = {name: quality_db(pictures, file) for name, file in files.items()}
    ours, theirs = SETTINGS
    size = f"{len(pictures)} pictures of {pictures[0].width} x {pictures[0].height}"
    return (
        f"{video.name}, {size}: {1e3 * spent[ours] / len(pictures):.2f} CPU ms a picture, "
        f"{spent[ours] / spent[theirs]:.2f} of those with a {theirs}; "
        f"{quality[ours] - quality[theirs]:+.1f} dB, {len(files[ours]) / len(files[theirs]):.2f} of the bytes"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each video")
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        videos = asked.videos
        if not videos:
            grainy = make_clip(Path(folder) / "bench_1080p.mp4", asked.seconds)
            videos = [grainy, *(clip_path(name) for name in FILMS)]
        for video in videos:
            print(compared(video, asked.seconds, max(1, asked.turns)), flush=True)


if __name__ == "__main__":
    main()
