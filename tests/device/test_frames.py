"""Frames on a device: the reader puts them there, crops and small pictures come from there, networks read there."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter

from runlean.clips import clip_path
from runlean.device.batch import CropBatch
from runlean.device.bound import BoundNetwork
from runlean.device.graph_session import open_graph
from runlean.device.memory import HostMemory
from runlean.device.nvdec import Nvdec, array_of_dlpack
from runlean.device.store import Device, DeviceStore
from runlean.errors import DeviceError
from runlean.models import load_detector, load_pose_model
from runlean.models.family import DeviceModel
from runlean.pose.crop import crop_affine_batch, crop_batch, luma_thumbnail, picture_to_rgb
from runlean.pose.crops import CropJob, CropWorkers, cut
from runlean.pose.estimate import estimate_poses
from runlean.video import VideoReader

CLIP = "ship_tm_right_60"


class FirstFrames:
    def __init__(self, reader, n):
        self.info, self._reader, self._n = reader.info, reader, n

    def __iter__(self):
        for _, frame in zip(range(self._n), self._reader, strict=False):
            yield frame


def frames_of(n, store=None):
    with VideoReader(clip_path(CLIP), 1, store) as reader:
        return [frame for _, frame in zip(range(n), reader, strict=False)]


@pytest.fixture(scope="module")
def pairs(host_device):
    """The same frames here and there."""
    return list(zip(frames_of(3), frames_of(3, DeviceStore(host_device)), strict=True))


def test_a_reader_with_a_store_gives_the_same_frames(pairs):
    for here, there in pairs:
        assert (here.index, here.time_s, here.layout, here.info) == (
            there.index, there.time_s, there.layout, there.info,
        )  # fmt: skip
        assert there.planes == ()
        np.testing.assert_array_equal(here.rgb(), there.rgb())


def test_crops_and_small_pictures_come_back_alike(pairs):
    here, there = pairs[0]
    boxes = np.array([[200.0, 100, 500, 400], [-60.0, -40, 300, 320], [700.0, 300, 1100, 700]])
    a, b = np.empty((2, 3, 64, 64, 3), np.uint8)
    crop_batch(here, boxes, a)
    crop_batch(there, boxes, b)
    assert np.abs(a.astype(int) - b).max() <= 2
    turned = np.array([[[3.0, -1.0, 200.0], [1.0, 3.0, 100.0]]])
    crop_affine_batch(here, turned, a[:1])
    crop_affine_batch(there, turned, b[:1])
    np.testing.assert_array_equal(a[0], b[0])
    picture_to_rgb(here, 60, 40, a[0])
    picture_to_rgb(there, 60, 40, b[0])
    assert np.abs(a[0].astype(int) - b[0]).max() <= 2
    small, small_there = np.empty((2, 27, 48), np.float32)
    luma_thumbnail(here, small)
    luma_thumbnail(there, small_there)
    np.testing.assert_allclose(small, small_there, atol=0.02)


def job_of(frames):
    boxes = tuple(np.array([[380.0, 120, 560, 480], [300.0, 90, 480, 450]])[: 1 + i % 2] for i in range(len(frames)))
    rest = np.array([[430.0, 150, 640, 500]])
    others = tuple(tuple(rest if j else rest[:0] for j in range(len(b))) for b in boxes)
    return CropJob(tuple(frames), boxes, others)


@pytest.mark.parametrize("feet", [False, True])
def test_a_job_of_device_frames_gives_the_keypoints_of_the_cpu(pairs, feet):
    model = load_pose_model("movenet-lightning", device="cpu")
    second = load_pose_model("blazepose-full", device="cpu") if feet else None
    assert isinstance(model, DeviceModel)
    answers = []
    for side in (0, 1):
        with CropWorkers(model, second, 1, 2) as workers:
            workers.submit(job_of([pair[side] for pair in pairs]))
            answers += list(workers.answers(1))
    here, there = answers
    assert here.xy.shape == (4, 17, 2)
    sure = here.score > 0.3
    assert np.median(np.linalg.norm(here.xy - there.xy, axis=2)[sure]) < 0.1
    assert np.abs(here.score - there.score).max() < 0.05
    if feet:
        sure = here.feet_score > 0.3
        assert sure.sum() > 40
        assert np.median(np.linalg.norm(here.feet_xy - there.feet_xy, axis=2)[sure]) < 0.1


def test_a_whole_pass_with_frames_on_the_device(host_device):
    detector, model = load_detector(device="cpu"), load_pose_model("movenet-lightning", device="cpu")
    tracks = []
    for store in (None, DeviceStore(host_device)):
        with VideoReader(clip_path(CLIP), 1, store) as reader:
            tracks.append(estimate_poses(FirstFrames(reader, 34), detector, model, threads=2))
    here, there = tracks
    assert here.n_tracks == there.n_tracks == 1
    np.testing.assert_array_equal(here.frame, there.frame)
    sure = here.score > 0.3
    assert sure.sum() > 150
    assert np.median(np.linalg.norm(here.xy - there.xy, axis=2)[sure]) < 0.2
    np.testing.assert_allclose(here.camera.dx_px, there.camera.dx_px, atol=0.1)


def test_a_batch_longer_than_a_bucket_keeps_its_order(host_device, pairs, monkeypatch):
    monkeypatch.setattr(
        "runlean.device.bound.split_batch", lambda n, _: [(a, min(a + 4, n), 4) for a in range(0, n, 4)]
    )
    model = load_pose_model("movenet-lightning", device="cpu")
    boxes = np.array([[300.0 + 20 * i, 60, 660 + 20 * i, 420] for i in range(6)])
    here, there = pairs[0]
    crops = np.empty((6, 192, 192, 3), np.uint8)
    crop_batch(here, boxes, crops)
    batch = there.device.batch(6, 192, 192)
    crop_batch(there, boxes[:3], batch[:3])
    crop_batch(there, boxes[3:], batch[3:6])
    (expected, score), (found, found_score) = model.predict(crops), model.predict(batch)
    sure = score > 0.3
    assert np.median(np.abs(found - expected)[sure]) < 0.1
    assert np.abs(found_score - score).max() < 0.05


def test_planes_by_dlpack_are_the_decoders_own():
    picture = av.VideoFrame.from_ndarray(np.random.default_rng(0).integers(0, 256, (48 * 3 // 2, 70), np.uint8), "nv12")
    found, layout = Nvdec(0).planes(picture)
    assert (layout.kind, layout.sub_x, layout.sub_y, layout.bit_depth) == ("semiplanar", 1, 1, 8)
    for plane, raw, columns in zip(found, picture.planes, (70, 70), strict=True):
        assert plane.pointer == raw.buffer_ptr
        assert plane.row_bytes == raw.line_size
        expected = np.frombuffer(raw, np.uint8).reshape(raw.height, -1)[:, :columns]
        np.testing.assert_array_equal(HostMemory().view(plane), expected)
    del picture, raw
    assert HostMemory().view(found[0]).shape == (48, 70)  # the capsule keeps the memory


def test_planes_of_ten_bits_are_read_at_the_top_of_sixteen():
    wide = av.VideoFrame.from_ndarray(np.full((32, 64, 3), 100, np.uint8), "rgb24").reformat(format="p010le")
    (luma, chroma), layout = Nvdec(0).planes(wide)
    assert layout.bit_depth == 16
    assert luma.dtype == chroma.dtype == np.uint16
    assert (luma.shape, chroma.shape) == ((32, 64), (16, 64))
    np.testing.assert_array_equal(
        HostMemory().view(luma), np.frombuffer(wide.planes[0], np.uint16).reshape(32, -1)[:, :64]
    )


def test_other_formats_are_left_to_the_copy():
    assert Nvdec(0).planes(av.VideoFrame(64, 32, "yuv444p")) is None
    with pytest.raises(DeviceError, match="expected a plane of 8- or 16-bit samples by DLPack"):
        array_of_dlpack(np.zeros((4, 4), np.float32))
    with pytest.raises(DeviceError, match="strides"):
        array_of_dlpack(np.zeros((4, 8), np.uint8)[:, ::2])


class EngineFrame:
    """A decoded picture as the engines hand it over: format cuda, planes by DLPack."""

    def __init__(self, picture, size=None):
        self._picture = picture
        self.format, self.sw_format = SimpleNamespace(name="cuda"), picture.format
        self.width, self.height = size or (picture.width, picture.height)
        self.colorspace, self.color_range, self.planes = picture.colorspace, picture.color_range, picture.planes


def test_frames_of_the_engines_are_not_copied(host_device):
    picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), "rgb24").reformat(format="nv12")
    store = DeviceStore(host_device, Nvdec(0))
    info = SimpleNamespace(coded_width=64, coded_height=48)
    frame, _ = store.take(EngineFrame(picture), VideoReformatter(), info)
    assert (store.decoded_there, store.uploaded) == (1, 0)
    np.testing.assert_array_equal(frame.planes()[0], np.frombuffer(picture.planes[0], np.uint8).reshape(48, -1)[:, :64])
    assert store.header_of(EngineFrame(picture)) == "nv12"
    # decoded here after all (another format, another size in mid-stream): uploaded, and the count says so
    frame, layout = store.take(picture.reformat(width=32, format="yuv444p"), VideoReformatter(), info)
    assert (store.decoded_there, store.uploaded) == (1, 1)
    assert layout.kind == "planar"
    assert frame.planes()[0].shape == (48, 64)


def test_the_engines_are_asked_for_as_pyav_takes_it():
    accelerator = Nvdec(2).hwaccel()
    assert accelerator.is_hw_owned
    assert accelerator.device_id == 2
    assert accelerator.options == {"primary_ctx": "1"}
    assert not accelerator.allow_software_fallback


def test_a_network_elsewhere_gets_its_crops_here(pairs):
    _, there = pairs[0]
    assert there.device.feeds("CPUExecutionProvider")
    assert not there.device.feeds("CUDAExecutionProvider")
    model = SimpleNamespace(
        provider="CUDAExecutionProvider", takes_device_batches=True, crop=load_pose_model(device="cpu").crop,
        info=SimpleNamespace(input_height=32, input_width=32),
    )  # fmt: skip
    crops, _ = cut(job_of([there]), model)
    assert isinstance(crops, np.ndarray)
    assert crops.any()


class Captured:
    """A session opened for CUDA graphs; fails when it runs for the ``nth`` time, or replays without reading anew."""

    def __init__(self, inner, nth=1_000, stale=False):
        self._inner, self._left, self._stale, self.threads = inner, nth, stale, []

    def io_binding(self):
        return self._inner.io_binding()

    def run_with_iobinding(self, binding, options=None):
        self.threads.append(threading.current_thread().name)
        self._left -= 1
        if self._left <= 0:
            raise RuntimeError("cudaStreamEndCapture failed")
        if not self._stale:
            self._inner.run_with_iobinding(binding, options)


class TwoSessions:
    """A network's sessions: the plain one for every shape, and one for CUDA graphs."""

    def __init__(self, plain, captured):
        self._plain, self._captured, self.asked = plain, captured, []

    def of(self, shape):
        return self._plain

    def captured(self, shape):
        self.asked.append(shape)
        return self._captured


SIZE = (2, 192, 192, 3)


@pytest.mark.parametrize(
    ("nth", "stale", "used"), [(1_000, False, True), (1, False, False), (10, False, False), (1_000, True, False)]
)
def test_graphs_are_used_only_where_a_replay_answers_like_a_plain_run(host_device, nth, stale, used):
    """Each buffer is captured by four runs and replayed; the tenth run is the replay of the second buffer."""
    network, again = (load_pose_model("movenet-lightning", device="cpu")._network for _ in range(2))
    crops, notes = np.random.default_rng(7).integers(0, 256, SIZE, np.uint8), []
    (expected,) = network.run(crops, ["keypoints"])

    def fill(buffer):
        host_device.memory.view(buffer)[...] = crops

    captured = Captured(again.sessions.of(SIZE), nth, stale)
    network.sessions = sessions = TwoSessions(network.sessions.of(SIZE), captured)
    bound = BoundNetwork(network, host_device.memory, graphs=True, note=notes.append)
    for _ in range(2):
        bound.capture(SIZE, ["keypoints"])
    runs = len(captured.threads)
    assert bound.uses_graphs == used
    assert sessions.asked == [SIZE]  # opened once per size
    for _ in range(3):  # both buffers, and one of them again
        (found,) = bound.run(SIZE, fill, ["keypoints"])
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert len(captured.threads) == runs + 3 * used
    refused = "movenet_lightning: CUDA graphs gave other answers than plain runs, or failed: they are not used"
    assert notes == ([] if used else [refused])


def test_a_network_that_refuses_graphs_runs_plainly_and_says_so(host_device):
    network, notes = load_pose_model("movenet-lightning", device="cpu")._network, []
    network.sessions = TwoSessions(network.sessions.of(SIZE), None)
    bound = BoundNetwork(network, host_device.memory, graphs=True, note=notes.append)
    bound.capture(SIZE, ["keypoints"])
    bound.capture((1, *SIZE[1:]), ["keypoints"])
    assert not bound.uses_graphs
    assert notes == ["movenet_lightning: ONNX Runtime refuses CUDA graphs for it; plain runs are used"]
    assert bound.run(SIZE, lambda _: None, ["keypoints"])[0].shape == (2, 17, 3)


def test_graphs_are_captured_in_a_quiet_moment_and_run_in_one_thread(host_device, monkeypatch):
    """ONNX Runtime keeps graphs per thread, and whatever another thread does on the GPU breaks a capture."""
    monkeypatch.setattr("runlean.device.store.GPU_BUCKETS", (2,))
    monkeypatch.setattr("runlean.models.session.GPU_BUCKETS", (1, 2))
    model, again = (load_pose_model("movenet-lightning", device="cpu") for _ in range(2))
    captured = Captured(again._network.sessions.of(SIZE))
    model.provider = model._network.provider = "CUDAExecutionProvider"
    model._network.sessions = TwoSessions(model._network.sessions.of(SIZE), captured)
    device = Device(host_device.memory, host_device.cropper, graphs=True)
    alone = []
    run = captured.run_with_iobinding
    captured.run_with_iobinding = lambda *a: (alone.append(device.gate._owner), run(*a))
    for _ in range(2):  # the second time there is nothing left to do
        device.warm((model, None))
    assert len(captured.threads) == 11  # two buffers captured and replayed, and the answer
    assert alone == [threading.get_ident()] * 11
    with ThreadPoolExecutor(2) as pool:
        assert len(list(pool.map(lambda n: model.predict(CropBatch(device, n, 192, 192)), (2, 2, 2, 1)))) == 4
    assert len(captured.threads) == 11 + 3  # the batch of one was never captured, and is not now
    assert set(captured.threads) == {"runlean-graphs_0"}


def test_a_network_that_nobody_holds_takes_its_buffers_along(host_device):
    """A script that analyses one video after another opens networks for each."""
    device = Device(host_device.memory, host_device.cropper)
    model = load_pose_model("movenet-lightning", device="cpu")
    model.predict(CropBatch(device, 1, 192, 192))
    held = weakref.ref(device.bound(model._network)), weakref.ref(model._network)
    del model
    gc.collect()
    assert [one() for one in held] == [None, None]


def test_what_onnx_runtime_raises_becomes_one_line(host_device):
    network = load_pose_model("movenet-lightning", device="cpu")._network
    network.sessions = TwoSessions(Captured(network.sessions.of(SIZE), nth=1), None)
    bound = BoundNetwork(network, host_device.memory)
    with pytest.raises(DeviceError, match=r"cudaStreamEndCapture failed; .*use --device cpu"):
        bound.run(SIZE, lambda _: None, ["keypoints"])


def test_a_device_on_which_onnx_runtime_takes_another_provider_is_refused(monkeypatch):
    """Here the CUDA provider cannot start: the graph must not quietly run on the CPU under a GPU's name."""
    memory = SimpleNamespace(kind="cuda", index=0)
    fallen = SimpleNamespace(get_providers=lambda: ["CPUExecutionProvider"])
    monkeypatch.setattr("onnxruntime.InferenceSession", lambda *_, **__: fallen)
    with pytest.raises(DeviceError, match="expected CUDAExecutionProvider, ONNX Runtime took CPUExecutionProvider"):
        open_graph(b"", memory)
