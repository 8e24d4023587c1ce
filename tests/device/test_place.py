"""The place of a video's frames: what is chosen on this machine, on one with a GPU, and when a choice fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import pytest

from runlean.clips import clip_path
from runlean.device import place as places
from runlean.device.decoder import DecoderChoice, DecoderSpeeds, Engine, VideoKind
from runlean.device.nvdec import Nvdec
from runlean.device.place import Place, kind_of_video, left_on_cpu, opened_at, place_of
from runlean.device.speeds import frames_per_second, key_of, known_speeds, measure_speeds
from runlean.device.store import Device, DeviceStore
from runlean.errors import DeviceError, VideoError
from runlean.models.providers import CPU, CUDA, GpuProbe
from runlean.video import VideoReader

CLIP = clip_path("ship_tm_right_60")
NO_GPU = GpuProbe(True, False, 0, (), False)
GPU = GpuProbe(True, True, 1, (), False)


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(places, "probe_gpu", lambda: NO_GPU)


@pytest.fixture
def gpu(monkeypatch, host_device, tmp_path):
    """A machine whose GPU is this process."""
    monkeypatch.setenv("RUNLEAN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(places, "probe_gpu", lambda: GPU)
    monkeypatch.setattr(places, "open_device", lambda index, notes: host_device)
    monkeypatch.setattr(places, "engine_of", lambda memory, video: Engine(7, 48, 16, 4096, 4096))
    return host_device


def test_without_a_gpu_frames_stay_here(no_gpu):
    for device in ("auto", "cpu"):
        place = place_of(CLIP, device)
        assert place.store is None
        assert place.choice.decoder == "cpu"
        assert place.all_notes == ()
        assert place.processing["crops"] == "cpu"


def test_what_was_asked_for_and_is_not_there_is_named(no_gpu):
    with pytest.raises(DeviceError, match=r"device cuda: .*no NVIDIA driver was found"):
        place_of(CLIP, "cuda")
    with pytest.raises(DeviceError, match=r"decoder cuda: the networks run on the CPU"):
        place_of(CLIP, "auto", "cuda")
    with pytest.raises(DeviceError, match="decoder cuda"):
        place_of(Path("nothing.mp4"), "cpu", "cuda")


def test_the_command_line_says_it_in_one_line(tmp_path):
    if places.probe_gpu().n_gpus:
        pytest.skip("this machine has a GPU")
    run = subprocess.run(
        [sys.executable, "-m", "runlean", "analyze", str(CLIP), "--device", "cuda", "-o", str(tmp_path / "out")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 1
    assert run.stdout == ""
    assert "device cuda: expected a usable NVIDIA GPU; " in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_header_is_read_without_decoding(tmp_path):
    assert kind_of_video(CLIP) == VideoKind("h264", "yuv420p", 960, 540)
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    assert kind_of_video(text) is None
    assert kind_of_video(tmp_path / "nothing.mp4") is None


def test_with_a_gpu_the_measured_decoder_is_taken_and_remembered(gpu, monkeypatch):
    asked = []

    def measured(path, store, name, video, threads):
        asked.append((store().nvdec.index, store().decoders, name))
        return DecoderSpeeds(900.0, 2500.0)

    monkeypatch.setattr(places, "measure_speeds", measured)
    place = place_of(CLIP, "auto", "auto")
    assert asked == [(0, 7, "cpu x7")]  # tried with as many engines as are used
    assert place.choice.decoder == "cuda"
    assert place.store.nvdec is not None
    assert place.processing == {
        "decoder": "cuda", "decoder_reason": place.choice.reason, "crops": "gpu (graph)", "decoders_at_once": "7",
    }  # fmt: skip
    assert place_of(CLIP, "cuda", "cpu").store.nvdec is None
    assert place_of(CLIP, "cuda", "cuda").store.nvdec is not None


def test_a_try_that_fails_is_a_note_and_the_cpu(gpu, monkeypatch):
    monkeypatch.setattr(places, "known_speeds", lambda *_: None)
    monkeypatch.setattr(places, "kind_of_video", lambda _: VideoKind("h264", "yuv420p", 1920, 1080))

    def fails(*_):
        raise DeviceError("no engine")

    monkeypatch.setattr(places, "measure_speeds", fails)
    place = place_of(CLIP)
    assert place.choice == DecoderChoice("cpu", "decoding on the GPU was tried and failed")
    assert place.store.nvdec is None
    assert place.all_notes == ("decoding on the GPU was tried and failed: no engine",)


def test_a_gpu_that_proves_itself_in_nothing_is_a_note(gpu, monkeypatch):
    def nothing(index, notes):
        notes.append("crops are cut on the CPU, and frames decoded there")

    monkeypatch.setattr(places, "open_device", nothing)
    place = place_of(CLIP)
    assert place.store is None
    assert place.all_notes == ("crops are cut on the CPU, and frames decoded there",)
    with pytest.raises(DeviceError, match="decoder cuda"):
        place_of(CLIP, "auto", "cuda")


def test_a_network_that_fell_back_under_auto_is_named(gpu):
    opened = {"one": CUDA, "other": CPU}
    (line,) = left_on_cpu("auto", opened)
    assert line.startswith("network other runs on the CPU, ONNX Runtime did not take the GPU for it")
    assert left_on_cpu("cpu", opened) == left_on_cpu("cuda", opened) == []


def test_engines_that_do_not_decode_the_file_after_all(host_device):
    place = Place(DeviceStore(host_device, Nvdec(0)), DecoderChoice("cuda", "measured"))
    # there is no GPU: FFmpeg cannot make the device, as on a machine whose engines refuse the file
    reader, now = opened_at(place, "auto", lambda store: VideoReader(CLIP, 1, store))
    with reader:
        assert next(iter(reader)).device is not None
    assert now.choice.decoder == "cpu"
    assert now.store.uploaded == 1
    assert "did not; it is decoded on the CPU" in now.all_notes[0]
    with pytest.raises(DeviceError, match="not on this GPU; use --decoder cpu"):
        opened_at(place, "cuda", lambda store: VideoReader(CLIP, 1, store))


def test_a_file_that_nobody_can_decode_is_the_files_fault(host_device, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(CLIP.read_bytes()[:2000])
    place = Place(DeviceStore(host_device, Nvdec(0)), DecoderChoice("cuda", "measured"))
    with pytest.raises(VideoError, match=r"broken\.mp4"):
        opened_at(place, "cuda", lambda store: VideoReader(broken, 1, store))


def test_speeds_are_measured_once_per_kind(host_device, tmp_path, monkeypatch):
    monkeypatch.setenv("RUNLEAN_CACHE_DIR", str(tmp_path))
    kind = kind_of_video(CLIP)
    assert known_speeds("a GPU", kind, 1) is None
    measured = measure_speeds(CLIP, lambda: DeviceStore(host_device), "a GPU", kind, 1)
    assert measured.cpu > 5
    assert measured.cuda > 5
    assert known_speeds("a GPU", kind, 1) == measured
    assert known_speeds("another", kind, 1) is None
    ffmpeg = ".".join(map(str, av.library_versions["libavcodec"]))
    assert key_of("a GPU", kind, 1) == f"a GPU|1 cores|libavcodec {ffmpeg}|h264|8 bit|2^19 px"
    (tmp_path / "decoder-speeds.json").write_text("[broken")
    assert known_speeds("a GPU", kind, 1) is None
    with pytest.raises(DeviceError, match=r"nothing\.mp4"):
        measure_speeds(tmp_path / "nothing.mp4", lambda: DeviceStore(host_device), "a GPU", kind, 1)


def test_a_speed_does_not_count_the_opening():
    assert frames_per_second(CLIP, 1) > 5


def test_notes_of_a_device_reach_the_place(host_device):
    device = Device(host_device.memory, host_device.cropper)
    place = Place(DeviceStore(device), DecoderChoice("cpu", "asked for"), ("first",))
    device.note("second")
    device.note("second")
    assert place.all_notes == ("first", "second")
