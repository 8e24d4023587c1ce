from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pytest

from runlean.skeleton import CANONICAL
from runlean.tables import frames_table, strides_table

#: A figure one unit high, feet at (0, 1), facing right, its trunk bent forward a little.
FIGURE = {
    "nose": (0.10, 0.06), "left_eye": (0.09, 0.05), "right_eye": (0.09, 0.05), "left_ear": (0.06, 0.06),
    "right_ear": (0.06, 0.06), "left_shoulder": (0.04, 0.19), "right_shoulder": (0.04, 0.19),
    "left_elbow": (0.10, 0.33), "right_elbow": (-0.06, 0.33), "left_wrist": (0.20, 0.28),
    "right_wrist": (0.02, 0.42), "left_hip": (0.0, 0.48), "right_hip": (0.0, 0.48), "left_knee": (0.14, 0.68),
    "right_knee": (0.02, 0.72), "left_ankle": (0.10, 0.90), "right_ankle": (-0.16, 0.84), "left_heel": (0.06, 0.95),
    "right_heel": (-0.21, 0.82), "left_big_toe": (0.18, 0.95), "right_big_toe": (-0.14, 0.93),
}  # fmt: skip


class Scene:
    """Tables of runners who stand at given places, and a gray video to draw them on."""

    def __init__(self, n: int = 12, width: int = 320, height: int = 240, fps: int = 30) -> None:
        self.n, self.width, self.height, self.fps = n, width, height, fps
        self.names = [name for name in CANONICAL if name in FIGURE]
        self.frames: dict[str, list[np.ndarray]] = {}
        self.strides: dict[str, list[Any]] = {}
        self.runners: list[dict[str, Any]] = []

    def add(
        self, runner_id: int, x: float, y: float, height: float, *, direction: str = "right", lean: float = 8.0,
        rows: range | None = None, filled: bool = False, roll: float = 0.0,
    ) -> Scene:  # fmt: skip
        rows = range(self.n) if rows is None else rows
        frame = np.array(rows)
        side = 1 if direction == "right" else -1
        columns: dict[str, Any] = {
            "runner_id": np.full(len(rows), runner_id),
            "frame": frame,
            "time_s": frame / self.fps,
            "filled": np.full(len(rows), filled),
            "phase": np.where(frame % 8 < 4, "left_stance", "flight").astype(object),
            "trunk_lean_deg": np.full(len(rows), lean),
        }
        for name in self.names:
            columns[f"{name}_x_px"] = np.full(len(rows), x + side * height * FIGURE[name][0])
            columns[f"{name}_y_px"] = np.full(len(rows), y + height * (FIGURE[name][1] - 1.0))
            columns[f"{name}_score"] = np.ones(len(rows))
        for name, values in columns.items():
            self.frames.setdefault(name, []).append(values)
        for stride in range(2):
            contact = stride * 8 / self.fps
            for name, value in {
                "runner_id": runner_id, "stride": stride, "side": "left", "contact_s": contact,
                "toe_off_s": contact + 4 / self.fps, "contact_time_s": 4 / self.fps, "cadence_spm": 172.0,
            }.items():  # fmt: skip
                self.strides.setdefault(name, []).append(value)
        self.runners.append(
            {"runner_id": runner_id, "direction": direction, "mode": "treadmill", "roll": {"deg": roll}}
        )
        return self

    @property
    def frames_table(self) -> pa.Table:
        return frames_table({k: np.concatenate(v) for k, v in self.frames.items()}, self.names)

    @property
    def strides_table(self) -> pa.Table:
        return strides_table({k: np.array(v, dtype=object if k == "side" else None) for k, v in self.strides.items()})

    def video(self, path: Path, *, rotation_deg: int = 0, pix_fmt: str = "yuv420p", codec: str = "libx264",
              aspect: Fraction | None = None, stamps: list[int] | None = None) -> Path:  # fmt: skip
        """A gray video whose upright picture is width x height."""
        swapped = rotation_deg in (90, 270)
        width, height = (self.height, self.width) if swapped else (self.width, self.height)
        if aspect is not None:
            width = round(width / aspect)
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=self.fps)
            stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
            stream.codec_context.time_base = Fraction(1, 15360)
            if aspect is not None:
                stream.codec_context.sample_aspect_ratio = aspect
            if rotation_deg:
                stream.set_display_rotation(-rotation_deg)
            for i in range(self.n):
                picture = np.full((height, width, 3), 120, np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
                frame.pts, frame.time_base = stamps[i] if stamps else i * 512, Fraction(1, 15360)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path


@pytest.fixture
def scene() -> Callable[..., Scene]:
    return Scene
