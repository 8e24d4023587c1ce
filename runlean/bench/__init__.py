"""What this machine can do at best, and where the pipeline stands against it."""

from runlean.bench.clip import make_clip
from runlean.bench.record import BenchResult, Stage
from runlean.bench.run import run_bench

__all__ = ["BenchResult", "Stage", "make_clip", "run_bench"]
