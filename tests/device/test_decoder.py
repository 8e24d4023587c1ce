"""Where a video is decoded: pure functions."""

from __future__ import annotations

import pytest

from runlean.device.decoder import (
    DecoderSpeeds,
    Engine,
    VideoKind,
    choose_decoder,
    decoders_for,
)
from runlean.errors import DeviceError

HD = VideoKind("h264", "yuv420p", 1920, 1080)
SMALL = VideoKind("h264", "yuv420p", 640, 360)
ENGINE = Engine(7, 48, 16, 4096, 4096)


@pytest.mark.parametrize(
    ("asked", "device", "video", "engine", "speeds", "chosen", "why"),
    [
        ("auto", "cuda", HD, ENGINE, None, "cuda", "no speed was measured"),
        ("auto", "cuda", SMALL, ENGINE, None, "cpu", "small"),
        ("auto", "cuda", SMALL, ENGINE, DecoderSpeeds(800, 2000), "cuda", "800 frames/s on the CPU, 2000 on the GPU"),
        ("auto", "cuda", HD, ENGINE, DecoderSpeeds(900, 700), "cpu", "measured"),
        ("auto", "cuda", HD, ENGINE, DecoderSpeeds(700, None), "cuda", "no speed was measured"),
        ("auto", "cpu", HD, ENGINE, None, "cpu", "networks run on the CPU"),
        ("auto", "cuda", HD, None, None, "cpu", "do not decode h264 with 8 bits"),
        ("auto", "cuda", VideoKind("libdav1d", "yuv420p", 1920, 1080), None, None, "cpu", "AV1 by libdav1d"),
        ("auto", "cuda", VideoKind("av1", "yuv420p10le", 1920, 1080), None, None, "cpu", "av1 with 10 bits"),
        ("auto", "cuda", VideoKind("h264", "yuv422p", 1920, 1080), ENGINE, None, "cpu", "pixel format yuv422p"),
        ("auto", "cuda", VideoKind("h264", "yuv420p", 1920, 1080, True), ENGINE, None, "cpu", "interlaced"),
        ("auto", "cuda", VideoKind("h264", "yuv420p", 5000, 1080), ENGINE, None, "cpu", "beyond the engines' 4096"),
        ("auto", "cuda", VideoKind("h264", "yuv420p", 32, 1080), ENGINE, None, "cpu", "least of 48x16"),
        ("cpu", "cuda", HD, ENGINE, DecoderSpeeds(1, 1000), "cpu", "asked for"),
        ("cuda", "cuda", SMALL, ENGINE, DecoderSpeeds(900, 1), "cuda", "asked for"),
    ],
)
def test_choice(asked, device, video, engine, speeds, chosen, why):
    choice = choose_decoder(asked, device, video, engine, speeds)
    assert choice.decoder == chosen
    assert why in choice.reason


@pytest.mark.parametrize(
    ("device", "video", "engine", "said"),
    [
        ("cpu", HD, None, "networks run on the CPU"),
        ("cuda", HD, None, "do not decode h264"),
        ("cuda", VideoKind("prores", "yuv422p10le", 1920, 1080), None, "pixel format yuv422p10le"),
    ],
)
def test_an_engine_that_was_asked_for_and_cannot_is_an_error(device, video, engine, said):
    with pytest.raises(DeviceError, match=rf"decoder cuda: .*{said}.*use --decoder cpu"):
        choose_decoder("cuda", device, video, engine)


@pytest.mark.parametrize(
    ("engines", "video", "at_once"),
    [
        (7, HD, 7),
        (1, HD, 1),
        (0, HD, 1),
        (7, VideoKind("hevc", "yuv420p", 3840, 2160), 3),
        (7, VideoKind("hevc", "yuv420p10le", 3840, 2160), 2),
        (7, VideoKind("hevc", "yuv420p10le", 8192, 8192), 1),
    ],
)
def test_engines_on_one_video_have_room_for_what_waits(engines, video, at_once):
    assert decoders_for(engines, video) == at_once
