"""``runlean models pull`` against a server of the test's own; nothing goes out of this machine."""

from __future__ import annotations

import http.server
import json
import threading
import zipfile
from dataclasses import dataclass, field, replace

import pytest

from runlean.errors import ModelError, OutputError
from runlean.models import MODELS, check_models, load_pose_model, pull
from runlean.models.store import model_path, pulled_folder, sha256_of

NAME = "rtmpose-m-halpe26"


@dataclass
class Archive:
    """What the server has, and what it was asked for."""

    content: bytes = b""
    etag: str = '"one"'
    ranges: bool = True
    cut_after: int | None = None
    status: int = 200
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def archive():
    state = Archive()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            span, condition = self.headers.get("Range"), self.headers.get("If-Range")
            state.asked.append((self.path, span))
            if state.status != 200:
                self.send_error(state.status)
                return
            start = 0
            if span and state.ranges and condition == state.etag:
                start = int(span.removeprefix("bytes=").rstrip("-"))
                if start >= len(state.content):
                    self.send_error(416)
                    return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(state.content) - start))
            self.send_header("ETag", state.etag)
            self.end_headers()
            stop = len(state.content) if state.cut_after is None else start + state.cut_after
            self.wfile.write(state.content[start:stop])

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/rtmpose.zip"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def network(build_rtmpose, tmp_path):
    return build_rtmpose(tmp_path / "end2end.onnx", 26).read_bytes()


def zipped(path, **files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_onnx", ".onnx"), content)
    return path.read_bytes()


def test_an_archive_comes_in_is_unpacked_pinned_and_runs(archive, network, tmp_path, cache_folder):
    archive.content = zipped(tmp_path / "a.zip", deploy__end2end_onnx=network, deploy__pipeline="{}")
    seen = []
    got = pull(NAME, archive.url, lambda here, total: seen.append((here, total)))
    assert got.path == pulled_folder() / f"{NAME}.onnx" == model_path(MODELS[NAME])
    assert got.path.read_bytes() == network
    assert got.pinned_now
    assert got.sha256 == sha256_of(got.path)
    assert seen[-1] == (len(archive.content), len(archive.content))
    assert sorted(p.name for p in pulled_folder().iterdir()) == ["pins.json", f"{NAME}.onnx"]
    assert len(load_pose_model(NAME, device="cpu").info.keypoint_names) == 26
    rows = {name: (ok, message) for name, _, ok, _, message in check_models()}
    assert rows[NAME] == (True, "as first pulled")


def test_a_broken_download_goes_on_where_it_stopped(archive, network, cache_folder):
    archive.content, archive.cut_after = network, 1000
    with pytest.raises(ModelError, match=r"expected \d+ bytes.*came 1000|did not come through"):
        pull(NAME, archive.url)
    assert (pulled_folder() / f"{NAME}.part").stat().st_size == 1000
    archive.cut_after = None
    assert pull(NAME, archive.url).path.read_bytes() == network
    assert archive.asked[-1][1] == "bytes=1000-"


def test_a_file_that_has_changed_meanwhile_is_begun_anew(archive, network, cache_folder):
    archive.content, archive.cut_after = bytes(len(network)), 1000
    with pytest.raises(ModelError):
        pull(NAME, archive.url)
    archive.content, archive.etag, archive.cut_after = network, '"two"', None
    assert pull(NAME, archive.url).path.read_bytes() == network


def test_a_server_without_ranges_is_begun_anew(archive, network, cache_folder):
    archive.content, archive.cut_after, archive.ranges = network, 1000, False
    with pytest.raises(ModelError):
        pull(NAME, archive.url)
    archive.cut_after = None
    assert pull(NAME, archive.url).path.read_bytes() == network


def test_a_part_as_long_as_the_file_is_begun_anew(archive, network, cache_folder):
    archive.content = network
    folder = pulled_folder()
    folder.mkdir(parents=True)
    (folder / f"{NAME}.part").write_bytes(bytes(len(network)))
    (folder / f"{NAME}.part.json").write_text(json.dumps({"url": archive.url, "validator": archive.etag}))
    assert pull(NAME, archive.url).path.read_bytes() == network
    assert len(archive.asked) == 2


def test_another_file_under_a_pinned_name_is_refused(archive, network, build_rtmpose, tmp_path, cache_folder):
    archive.content = network
    first = pull(NAME, archive.url)
    assert not pull(NAME, archive.url).pinned_now
    archive.content = build_rtmpose(tmp_path / "other.onnx", 26, seed=9).read_bytes()
    with pytest.raises(ModelError, match=rf"expected sha256 {first.sha256}.*pins.json"):
        pull(NAME, archive.url)
    assert first.path.read_bytes() == network
    assert not list(pulled_folder().glob("*.fresh"))


def test_a_pulled_file_that_was_changed_on_disk_is_refused(archive, network, build_rtmpose, tmp_path, cache_folder):
    archive.content = network
    path = pull(NAME, archive.url).path
    path.write_bytes(build_rtmpose(tmp_path / "other.onnx", 26, seed=9).read_bytes())
    with pytest.raises(ModelError, match=f"damaged or another.*runlean models pull {NAME}"):
        load_pose_model(NAME, device="cpu")


def test_the_size_that_was_published_must_come(archive, network, cache_folder, monkeypatch):
    archive.content = network
    monkeypatch.setitem(MODELS, NAME, replace(MODELS[NAME], archive_bytes=len(network) + 1))
    with pytest.raises(ModelError, match=f"expected {len(network) + 1} bytes as published"):
        pull(NAME, archive.url)
    assert model_path(MODELS[NAME]) is None


def test_another_network_than_the_name_says_is_refused(archive, build_rtmpose, tmp_path, cache_folder):
    archive.content = build_rtmpose(tmp_path / "body.onnx", 17).read_bytes()
    with pytest.raises(ModelError, match=r"expected RTMPose \(SimCC\), 26 points.*came RTMPose \(SimCC\), 17 points"):
        pull(NAME, archive.url)
    assert model_path(MODELS[NAME]) is None


@pytest.mark.parametrize("content", [b"", b"<html>not here</html>"])
def test_what_is_no_network_is_refused(content, archive, cache_folder):
    archive.content = content
    with pytest.raises(
        ModelError, match=rf"^{NAME}: expected RTMPose .*came a file that is no network of a known family; use another"
    ):
        pull(NAME, archive.url)
    assert model_path(MODELS[NAME]) is None


def test_an_archive_without_a_network_is_refused(archive, tmp_path, cache_folder):
    archive.content = zipped(tmp_path / "a.zip", readme="hello")
    with pytest.raises(ModelError, match=r"expected one \.onnx in the archive, came 0"):
        pull(NAME, archive.url)


def test_a_path_inside_the_archive_leads_nowhere_else(archive, network, tmp_path, cache_folder):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as evil:
        evil.writestr("../../escaped.onnx", network)
    archive.content = (tmp_path / "a.zip").read_bytes()
    assert pull(NAME, archive.url).path.read_bytes() == network
    assert not list(tmp_path.rglob("escaped.onnx"))


def test_a_server_that_refuses_or_is_not_there_says_so_in_one_line(archive, cache_folder):
    archive.status = 404
    with pytest.raises(ModelError, match="answered 404") as caught:
        pull(NAME, archive.url)
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="did not come through"):
        pull(NAME, "http://127.0.0.1:1/none.zip")


def test_a_shipped_network_needs_no_pull(cache_folder):
    got = pull("movenet-thunder", "http://127.0.0.1:1/none")
    assert got.path == model_path(MODELS["movenet-thunder"])
    assert not got.pinned_now


def test_what_is_no_address_is_said(cache_folder):
    with pytest.raises(ModelError, match=rf"^{NAME}: expected an address \(https://\.\.\.\), came 'here'; "):
        pull(NAME, "here")


def test_names_that_cannot_be_pulled(cache_folder):
    with pytest.raises(ModelError, match="rebuild_weights"):
        pull("blazepose-heavy")
    with pytest.raises(ModelError, match="did you mean"):
        pull("rtmpose-m-halpe")


def test_a_cache_that_cannot_be_written_is_an_output_error(archive, network, tmp_path, monkeypatch):
    archive.content = network
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RUNLEAN_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="can be written"):
        pull(NAME, archive.url)


def test_the_addresses_of_the_registry_are_openmmlabs_archive():
    for info in MODELS.values():
        if info.url:
            assert info.url.startswith("https://download.openmmlab.com/mmpose/v1/projects/")
            assert info.url.endswith(".zip")
