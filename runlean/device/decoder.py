"""Where a video is decoded: a choice from what is known of the video, the GPU and measured speeds, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from runlean.errors import DeviceError
from runlean.video.groups import GROUP_ROOM

#: Pixel formats that the engines give in a layout that runlean crops from, with their bit depth.
TAKEN_FORMATS: Final = {
    "yuv420p": 8, "yuvj420p": 8, "nv12": 8, "yuv420p10le": 10, "p010le": 10, "yuv420p12le": 12, "p012le": 12,
}  # fmt: skip
#: Without a measurement, videos of fewer pixels are decoded on the CPU: an engine has a fixed cost per frame.
SMALL_PIXELS: Final = 960 * 540
#: Memory on the GPU for pictures that wait for their turn where several engines work on one video.
ROOM_BYTES: Final = 4e9


@dataclass(frozen=True, slots=True)
class Engine:
    """What a GPU's decoding engines take of one codec at one bit depth.

    Attributes
    ----------
    engines : int
        How many there are; each decodes one video at a time.
    min_width, min_height, max_width, max_height : int
        Pixels.
    """

    engines: int
    min_width: int
    min_height: int
    max_width: int
    max_height: int


@dataclass(frozen=True, slots=True)
class VideoKind:
    """What of a video decides where it is decoded.

    Attributes
    ----------
    codec, pix_fmt : str
        FFmpeg's names.
    width, height : int
        Coded size, pixels.
    interlaced : bool
    """

    codec: str
    pix_fmt: str
    width: int
    height: int
    interlaced: bool = False

    @property
    def bit_depth(self) -> int | None:
        """Bits of a sample where the engines may take the format, else None."""
        return TAKEN_FORMATS.get(self.pix_fmt)


@dataclass(frozen=True, slots=True)
class DecoderSpeeds:
    """Frames per second of a video or its kind; None where that was not measured, 0 where it was tried in vain."""

    cpu: float | None = None
    cuda: float | None = None


@dataclass(frozen=True, slots=True)
class DecoderChoice:
    """Where to decode, and why in one line."""

    decoder: str
    reason: str


def choose_decoder(
    asked: str,
    device: str,
    video: VideoKind,
    engine: Engine | None,
    speeds: DecoderSpeeds | None = None,
) -> DecoderChoice:
    """Choose the decoder of one video.

    Parameters
    ----------
    asked : {'auto', 'cpu', 'cuda'}
        From ``--decoder``.
    device : {'cpu', 'cuda'}
        Where the networks run.
    video : VideoKind
    engine : Engine or None
        What the GPU's engines take of this codec and depth; None where there is no GPU or it does not take them.
    speeds : DecoderSpeeds, optional
        Measured; without them small pictures go to the CPU and others to the GPU.

    Raises
    ------
    DeviceError
        When ``cuda`` was asked for and cannot decode this video: says why and what to do.

    Examples
    --------
    >>> video = VideoKind("h264", "yuv420p", 1920, 1080)
    >>> choose_decoder("auto", "cuda", video, Engine(7, 48, 16, 4096, 4096)).decoder
    'cuda'
    >>> choose_decoder("auto", "cpu", video, None).decoder
    'cpu'
    """
    if asked == "cpu":
        return DecoderChoice("cpu", "asked for")
    lack = _lack(device, video, engine)
    if asked == "cuda":
        if lack:
            raise DeviceError(f"decoder cuda: {lack}; use --decoder cpu, or leave it out")
        return DecoderChoice("cuda", "asked for")
    if lack:
        return DecoderChoice("cpu", lack)
    if speeds is not None and speeds.cuda == 0.0:
        return DecoderChoice("cpu", "decoding on the GPU was tried and failed")
    if speeds is not None and speeds.cpu is not None and speeds.cuda is not None:
        faster = "cuda" if speeds.cuda >= speeds.cpu else "cpu"
        return DecoderChoice(faster, f"measured: {speeds.cpu:.0f} frames/s on the CPU, {speeds.cuda:.0f} on the GPU")
    if video.width * video.height < SMALL_PIXELS:
        return DecoderChoice("cpu", f"{video.width}x{video.height} is small, and no speed was measured")
    return DecoderChoice("cuda", f"{video.codec} of {video.width}x{video.height}, and no speed was measured")


def _lack(device: str, video: VideoKind, engine: Engine | None) -> str:
    """Why the engines cannot decode this video; empty where they can."""
    if device != "cuda":
        return "the networks run on the CPU, and frames would have to come back from the GPU"
    if video.bit_depth is None:
        return f"pixel format {video.pix_fmt} is none that the GPU's engines give (4:2:0 with 8, 10 or 12 bits)"
    if video.codec == "libdav1d":
        return "FFmpeg decodes AV1 by libdav1d here, which uses no engine of a GPU"
    if engine is None:
        return f"this GPU's engines do not decode {video.codec} with {video.bit_depth} bits"
    if video.interlaced:
        return "the video is interlaced"
    if video.width < engine.min_width or video.height < engine.min_height:
        return f"{video.width}x{video.height} is below the engines' least of {engine.min_width}x{engine.min_height}"
    if video.width > engine.max_width or video.height > engine.max_height:
        return f"{video.width}x{video.height} is beyond the engines' {engine.max_width}x{engine.max_height}"
    return ""


def decoders_for(n_engines: int, video: VideoKind) -> int:
    """Engines that one video may use at once: all, as long as the pictures that wait have room.

    Each engine decodes a group of pictures of its own, and of every group behind the first up to `GROUP_ROOM` wait.

    Examples
    --------
    >>> decoders_for(7, VideoKind("h264", "yuv420p", 1920, 1080))
    7
    >>> decoders_for(7, VideoKind("hevc", "yuv420p10le", 3840, 2160))
    2
    """
    frame_bytes = 1.5 * video.width * video.height * (1 if video.bit_depth == 8 else 2)
    waiting = int(ROOM_BYTES / max(GROUP_ROOM * frame_bytes, 1.0))
    return max(1, min(n_engines, 1 + waiting))
