"""The only place that opens containers: frames with times in, frames out."""

from runlean.video.clock import Timing
from runlean.video.frame import Frame, VideoInfo
from runlean.video.layout import Layout
from runlean.video.reader import Damage, VideoReader, sha256_of
from runlean.video.writer import VideoWriter

__all__ = ["Damage", "Frame", "Layout", "Timing", "VideoInfo", "VideoReader", "VideoWriter", "sha256_of"]
