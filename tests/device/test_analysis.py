"""A whole analysis with frames on a device says where everything was done."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

import runlean
from runlean.clips import clip_path
from runlean.config import AnalyzeConfig
from runlean.device.decoder import DecoderChoice
from runlean.device.place import Place
from runlean.device.store import DeviceStore
from runlean.models.providers import GpuProbe
from runlean.pose.networks import open_networks
from runlean.pose.video_pass import open_video
from runlean.video import VideoReader, grid


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory):
    """The first 0.6 s of a clip that ships, half size."""
    path = tmp_path_factory.mktemp("clips") / "short.mp4"
    with VideoReader(clip_path("ship_tm_right_60")) as reader, av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(60), options={"crf": "18"})
        stream.width, stream.height, stream.pix_fmt = 480, 270, "yuv420p"
        for _, frame in zip(range(36), reader, strict=False):
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.rgb()[::2, ::2]), "rgb24"))
            )
        container.mux(stream.encode(None))
    return path


def test_an_analysis_with_frames_on_the_device_is_that_of_the_cpu(short_clip, host_device, monkeypatch):
    options = {"model": "movenet-lightning", "feet": "off", "device": "cpu"}
    here = runlean.analyze(short_clip, **options)
    place = Place(DeviceStore(host_device), DecoderChoice("cpu", "asked for"), ("the engines were away",))
    monkeypatch.setattr("runlean.pose.video_pass.place_of", lambda *_: place)
    monkeypatch.setattr("runlean.device.place.probe_gpu", lambda: GpuProbe(True, True, 1, (), False))
    networks = open_networks(AnalyzeConfig(**options))
    networks.pose.notes.append("movenet-lightning: TensorRT was not taken")
    there = runlean.analyze(short_clip, networks=networks, **options | {"device": "auto"})
    assert place.store.uploaded == 36
    assert here.summary.processing == {
        "decoder": "cpu", "decoder_reason": "no GPU is used", "crops": "cpu", "precision": "fp32",
    }  # fmt: skip
    assert there.summary.processing == {
        "decoder": "cpu", "decoder_reason": "asked for", "crops": "gpu (graph)", "precision": "fp32",
    }  # fmt: skip
    unused = [w.message for w in there.summary.warnings if w.code == "gpu_not_used"]
    assert unused[:2] == ["The engines were away.", "Movenet-lightning: TensorRT was not taken."]
    # nothing stands in for ONNX Runtime's GPU: its networks fell back, and that is said
    assert [line.partition(",")[0] for line in unused[2:]] == [
        "Network movenet-lightning runs on the CPU", "Network movenet-multipose runs on the CPU",
    ]  # fmt: skip
    assert "gpu_not_used" not in {w.code for w in here.summary.warnings}
    assert here.frames.num_rows == there.frames.num_rows > 20
    for name in ("left_hip_x_px", "right_knee_y_px", "nose_x_px"):
        a, b = (table.column(name).to_numpy() for table in (here.frames, there.frames))
        np.testing.assert_allclose(a, b, atol=0.5)


def test_frames_of_a_long_video_s_segment_stay_on_the_device(host_device, tmp_path, monkeypatch):
    for name, seconds in {"SEGMENT_S": 0.5, "BEFORE_S": 0.2, "BEHIND_S": 0.1, "LONG_S": 1.0}.items():
        monkeypatch.setattr(grid, name, seconds)
    path = tmp_path / "long.mp4"
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(30), options={"g": "10", "sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(60):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(noise, 2 * i, axis=1), "rgb24")))
        container.mux(stream.encode(None))
    laid = grid.grid_of(path)
    assert len(laid.segments) >= 3
    store, settings = DeviceStore(host_device), AnalyzeConfig(device="cpu", threads=1)
    place = Place(store, DecoderChoice("cpu", "asked for"))
    with open_video(path, settings, laid, 1, place) as there, open_video(path, settings, laid, 1) as here:
        pairs = list(zip(there, here, strict=True))
        assert there.complete
        assert there.place is place
    assert store.uploaded == len(pairs) == laid.segments[1].read_stop - laid.segments[1].read_first
    for a, b in pairs:
        assert (a.index, a.time_s) == (b.index, b.time_s)
        assert a.device is not None
        for p, q in zip(a.device.planes(), b.planes, strict=True):
            np.testing.assert_array_equal(p, q)
