"""A runner whose answer is known on paper: feet that stand still on the belt, a knee by two-link geometry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from runlean.gait.analyze import analyze_gait
from runlean.gait.options import GaitOptions
from runlean.gait.result import GaitResult
from runlean.pose.tracks import CameraTrack, PoseTracks
from runlean.skeleton import CANONICAL


@dataclass(frozen=True)
class PaperRunner:
    """Known kinematics; lengths in metres, 1 m = ``scale`` px."""

    speed: float = 3.0
    cadence_spm: float = 170.0
    contact_time_s: float = 0.25
    lean_deg: float = 7.0
    bounce_m: float = 0.08
    direction: int = 1
    overground: bool = False
    fps: float = 60.0
    duration_s: float = 6.0
    scale: float = 300.0
    noise_px: float = 0.0
    roll_deg: float = 0.0
    feet: bool = True
    knee_forward: bool = True
    camera_speed_px: float = 0.0
    thigh: float = 0.42
    shank: float = 0.43
    trunk: float = 0.50
    reach: float = 0.22
    first_contact_s: float = 0.1

    @property
    def stride_s(self) -> float:
        return 120.0 / self.cadence_spm

    def contacts(self) -> list[tuple[float, int]]:
        """(time, side) of every contact within the clip."""
        step = self.stride_s / 2
        n = int((self.duration_s - self.first_contact_s) / step) + 1
        return [(self.first_contact_s + k * step, k % 2) for k in range(n)]

    def tracks(self, seed: int = 0) -> PoseTracks:
        t = np.arange(int(self.duration_s * self.fps)) / self.fps
        points = self._points(t)
        xy = np.stack([points[name] for name in CANONICAL[:21]], axis=1)
        xy[..., 0] *= self.direction
        xy = xy * self.scale * np.array([1.0, -1.0])
        if self.overground:
            xy[..., 0] += self.direction * self.speed * self.scale * t[:, None]
        xy += np.array([600.0, 600.0])
        camera = None
        if self.camera_speed_px:
            dx = self.camera_speed_px * t
            xy[..., 0] += dx[:, None]
            zeros = np.zeros(len(t))
            camera = CameraTrack(dx, zeros, zeros > 0, zeros.astype(np.int64), True)
        angle = np.radians(-self.roll_deg)
        x, y = xy[..., 0] - 640, xy[..., 1] - 360
        xy = np.stack([640 + np.cos(angle) * x - np.sin(angle) * y, 360 + np.sin(angle) * x + np.cos(angle) * y], -1)
        xy = xy + np.random.default_rng(seed).normal(0, self.noise_px, xy.shape) if self.noise_px else xy
        n_points = 21 if self.feet else 17
        n = len(t)
        box = np.concatenate([np.nanmin(xy, axis=1), np.nanmax(xy, axis=1)], axis=1)
        return PoseTracks(
            keypoint_names=CANONICAL[:n_points],
            track_id=np.array([1], np.int32),
            offsets=np.array([0, n], np.int64),
            frame=np.arange(n, dtype=np.int64),
            time_s=t,
            xy=np.ascontiguousarray(xy[:, :n_points]),
            score=np.ones((n, n_points)),
            box=box,
            width=1280,
            height=720,
            fps=self.fps,
            camera=camera,
        )

    def _points(self, t: np.ndarray) -> dict[str, np.ndarray]:
        """Points relative to a spot that travels with the body, y up, running to +x."""
        step = self.stride_s / 2
        # lowest in the middle of every stance
        phase = 2 * np.pi * (t - self.first_contact_s - self.contact_time_s / 2) / step
        hip = np.stack([np.zeros_like(t), 0.80 - self.bounce_m / 2 * np.cos(phase)], axis=1)
        lean = np.radians(self.lean_deg)
        up = np.array([np.sin(lean), np.cos(lean)])
        shoulder = hip + self.trunk * up
        head = shoulder + 0.22 * up
        out = {"nose": head + np.array([0.10, 0.02])}
        out["left_eye"] = out["right_eye"] = head + np.array([0.08, 0.05])
        for side, name in enumerate(("left", "right")):
            out[f"{name}_ear"], out[f"{name}_shoulder"], out[f"{name}_hip"] = head, shoulder, hip
            swing = 0.25 * np.sin(2 * np.pi * (t - self.first_contact_s) / self.stride_s + np.pi * side)
            out[f"{name}_elbow"] = shoulder + np.stack([swing, np.full_like(t, -0.28)], axis=1)
            out[f"{name}_wrist"] = out[f"{name}_elbow"] + [0.22, 0.05]
            ankle, pitch = self._foot(t - self.first_contact_s - side * step)
            out[f"{name}_ankle"] = ankle
            out[f"{name}_knee"] = _knee(hip, ankle, self.thigh, self.shank, 1 if self.knee_forward else 0)
            heel = ankle + np.stack([-0.05 * np.cos(pitch), -0.06 - 0.05 * np.sin(pitch)], axis=1)
            out[f"{name}_heel"] = heel
            out[f"{name}_big_toe"] = heel + 0.22 * np.stack([np.cos(pitch), np.sin(pitch)], axis=1)
        return out

    def _foot(self, since: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ankle and foot pitch; contact at 0, modulo the stride."""
        u = np.mod(since, self.stride_s)
        contact, swing_s = self.contact_time_s, self.stride_s - self.contact_time_s
        stance = u < contact
        x_off = self.reach - self.speed * contact
        s = np.clip((u - contact) / swing_s, 0, 1)
        # Hermite: leaves and meets the belt at the belt's own speed
        h00, h10 = 2 * s**3 - 3 * s**2 + 1, s**3 - 2 * s**2 + s
        h01, h11 = -2 * s**3 + 3 * s**2, s**3 - s**2
        m = -self.speed * swing_s
        x = np.where(stance, self.reach - self.speed * u, h00 * x_off + h10 * m + h01 * self.reach + h11 * m)
        heel_off = np.clip((u - 0.55 * contact) / (0.45 * contact), 0, 1) ** 2
        y = np.where(stance, 0.08 + 0.05 * heel_off, 0.08 + 0.05 * (1 - s) ** 2 + 0.30 * np.sin(np.pi * s) ** 2)
        pitch = np.where(
            stance, np.radians(12) * np.clip(1 - u / (0.15 * contact), 0, 1) - np.radians(35) * heel_off, 0.0
        )
        pitch = np.where(~stance, np.radians(-35) * (1 - s) ** 2 + np.radians(12) * s**4, pitch)
        return np.stack([x, y], axis=1), pitch


def _knee(hip: np.ndarray, ankle: np.ndarray, thigh: float, shank: float, bend: int) -> np.ndarray:
    line = ankle - hip
    length = np.clip(np.hypot(*line.T), 0.05, 0.999 * (thigh + shank))
    along = (thigh**2 - shank**2 + length**2) / (2 * length)
    across = bend * np.sqrt(np.maximum(0, thigh**2 - along**2))
    unit = line / np.hypot(*line.T)[:, None]
    normal = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    return hip + along[:, None] * unit + across[:, None] * normal


@pytest.fixture(scope="session")
def paper_runner() -> Callable[..., PaperRunner]:
    return PaperRunner


@pytest.fixture(scope="session")
def analyzed() -> Callable[..., GaitResult]:
    """Gait of a paper runner, or of tracks: ``analyzed(runner, seed=0, **options)``."""

    def analyze(runner: PaperRunner | PoseTracks, seed: int = 0, **options: object) -> GaitResult:
        tracks = runner.tracks(seed) if isinstance(runner, PaperRunner) else runner
        return analyze_gait(tracks, GaitOptions(**options))

    return analyze


@pytest.fixture(scope="session")
def matched() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Errors of contacts and toe-offs (s), once every contact is found at its foot and nothing besides.

    A contact counts that is down and up again inside the clip with ``margin`` seconds to spare; others may be told.
    """

    def match(runner: PaperRunner, result: GaitResult, margin: float = 0.06) -> tuple[np.ndarray, np.ndarray]:
        when, foot = (np.array(v) for v in zip(*runner.contacts(), strict=True))
        told, side = result.strides["contact_s"], result.strides["side"]
        nearest = np.abs(told[:, None] - when).argmin(axis=1)
        assert len(set(nearest)) == len(nearest), "one contact told twice"
        assert side.tolist() == ["right" if foot[i] else "left" for i in nearest]
        whole = (when > margin) & (when + runner.contact_time_s < runner.duration_s - margin)
        assert set(np.flatnonzero(whole)) <= set(nearest), "a contact was missed"
        off = result.strides["toe_off_s"] - when[nearest] - runner.contact_time_s
        return told - when[nearest], off

    return match
