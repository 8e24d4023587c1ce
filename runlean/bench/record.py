"""What a benchmark found: stages with their medians, the two ratios, and the machine."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, medians over the repeats.

    Attributes
    ----------
    name : str
    cpu_ms, wall_ms : float
        Per frame.
    """

    name: str
    cpu_ms: float
    wall_ms: float

    @property
    def fps(self) -> float:
        """Frames per second of wall time."""
        return 1e3 / self.wall_ms if self.wall_ms > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class BenchResult:
    """Limits of the machine and the pipeline beside them, all from one run, interleaved.

    Attributes
    ----------
    model, feet : str
    video : str
        What was analysed.
    frames, repeats, cores : int
    stages : tuple of Stage
        ``decode``, ``crop``, ``network``, ``both at once`` (decoding and network side by side, nothing else),
        ``pipeline``, ``with overlay and report``.
    cpu_ratio : float
        CPU seconds of the pipeline over those of decoding and the network alone.
    wall_ratio : float
        Wall time of the pipeline over that CPU time shared evenly by all cores: no overlap can be better.
    wall_ratio_measured : float
        The same over the wall time of ``both at once``.
    overlay_ratio : float
        As ``cpu_ratio``, with overlay and report; NaN where that was left out.
    machine, versions : dict of str to str
    """

    model: str
    feet: str
    video: str
    frames: int
    repeats: int
    cores: int
    stages: tuple[Stage, ...]
    cpu_ratio: float
    wall_ratio: float
    wall_ratio_measured: float
    overlay_ratio: float
    machine: dict[str, str]
    versions: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; what is not known is null."""
        out = asdict(self)
        out["stages"] = {s.name: {"cpu_ms": s.cpu_ms, "wall_ms": s.wall_ms, "fps": s.fps} for s in self.stages}
        return {key: None if isinstance(value, float) and value != value else value for key, value in out.items()}

    def lines(self) -> list[str]:
        """As text."""
        out = [
            f"{self.video}: {self.frames} frames, {self.model}, feet {self.feet}, {self.cores} cores, "
            f"median of {self.repeats}",
            f"{'':<26}{'CPU ms/frame':>14}{'wall ms/frame':>15}{'frames/s':>10}",
        ]
        out += [f"{s.name:<26}{s.cpu_ms:>14.2f}{s.wall_ms:>15.2f}{s.fps:>10.1f}" for s in self.stages]
        out.append(f"pipeline against decoding and network alone: CPU {self.cpu_ratio:.3f} x")
        out.append(
            f"against the best possible overlap of the two: wall {self.wall_ratio:.3f} x (against the two at once, "
            f"as measured: {self.wall_ratio_measured:.3f} x)"
        )
        if self.overlay_ratio == self.overlay_ratio:
            out.append(f"with overlay and report: CPU {self.overlay_ratio:.3f} x")
        return out


def median(values: list[float]) -> float:
    """Median; NaN of nothing."""
    return statistics.median(values) if values else float("nan")
