"""The registry and the files behind it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runlean.errors import ModelError
from runlean.models import MODELS, check_models, list_models, load_detector, load_pose_model, model_info
from runlean.models import store as store
from runlean.models.points import COCO_133
from runlean.models.store import is_file_name, locate, model_path, sha256_of
from runlean.skeleton import CANONICAL, COCO_17

SHIPPED = ("movenet-thunder", "movenet-lightning", "movenet-multipose", "blazepose-full")


def test_shipped_files_are_there_and_are_the_published_ones():
    for name in SHIPPED:
        info = model_info(name)
        path, sha256 = locate(info)
        assert path.stat().st_size > 1_000_000
        assert sha256 == info.sha256


def test_every_entry_is_complete():
    for info in list_models():
        assert info.name == info.name.lower()
        assert info.licence
        assert info.source
        assert len(set(info.keypoint_names)) == len(info.keypoint_names)
        assert info.file or info.url or info.note, f"{info.name}: no way to get it"
        assert set(COCO_17) <= set(info.keypoint_names), f"{info.name}: gait needs COCO's 17"
    assert tuple(n for n, info in MODELS.items() if info.shipped) == SHIPPED


def test_networks_with_feet_name_them_canonically():
    feet = {"left_heel", "right_heel", "left_big_toe", "right_big_toe"}
    for name in ("blazepose-full", "rtmpose-m-halpe26", "rtmw-m-wholebody"):
        assert feet <= set(MODELS[name].keypoint_names) & set(CANONICAL)


def test_wholebody_has_133_distinct_points_with_the_feet_behind_the_body():
    assert len(set(COCO_133)) == 133
    assert COCO_133[17:23] == (
        "left_big_toe",
        "left_small_toe",
        "left_heel",
        "right_big_toe",
        "right_small_toe",
        "right_heel",
    )


def test_an_unknown_name_says_what_there_is_and_what_was_meant():
    with pytest.raises(ModelError, match=r"movenet-thunder, .*did you mean movenet-lightning\?"):
        model_info("movenet-lightnin")


def test_a_damaged_shipped_file_is_refused(tmp_path, monkeypatch):
    whole = model_path(model_info("movenet-lightning")).read_bytes()
    (tmp_path / "movenet_lightning.onnx").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    monkeypatch.setattr(store, "_WEIGHTS", tmp_path)
    with pytest.raises(ModelError, match=r"damaged.*05e740223259.*reinstall"):
        load_pose_model("movenet-lightning", device="cpu")
    rows = {name: (ok, message) for name, _, ok, _, message in check_models()}
    assert not rows["movenet-lightning"][0]
    assert rows["movenet-thunder"] == (False, "missing: reinstall runlean")


def test_check_models_is_right_about_an_intact_installation(cache_folder):
    rows = {name: (path, ok, sha256, message) for name, path, ok, sha256, message in check_models()}
    assert list(rows) == list(MODELS)
    assert all(ok for _, ok, _, _ in rows.values())
    assert rows["movenet-thunder"][3] == "as published"
    assert rows["rtmpose-m"] == (None, True, None, "not on this machine: runlean models pull rtmpose-m")


def test_a_network_that_is_not_here_says_how_to_get_it(cache_folder):
    with pytest.raises(ModelError, match="runlean models pull rtmpose-m-halpe26"):
        load_pose_model("rtmpose-m-halpe26", device="cpu")
    with pytest.raises(ModelError, match="tools/rebuild_weights"):
        load_pose_model("blazepose-heavy", device="cpu")


def test_pose_networks_and_detectors_are_not_mixed_up():
    with pytest.raises(ModelError, match="use it as the detector"):
        load_pose_model("movenet-multipose", device="cpu")
    with pytest.raises(ModelError, match="movenet-multipose"):
        load_detector("movenet-lightning", device="cpu")


@pytest.mark.parametrize(
    ("given", "is_file"),
    [("movenet-thunder", False), ("net.onnx", True), ("NET.ONNX", True), ("a/b", True), (Path("x"), True)],
)
def test_names_and_files_are_told_apart(given, is_file):
    assert is_file_name(given) is is_file


def test_a_shipped_network_given_as_a_file_is_known_by_its_hash(tmp_path):
    copy = tmp_path / "mine.onnx"
    copy.write_bytes(model_path(model_info("movenet-lightning")).read_bytes())
    model = load_pose_model(copy, device="cpu")
    assert model.info.name == "movenet-lightning"
    assert model.info.sha256 == sha256_of(copy)


def test_listing_loads_neither_numba_nor_onnxruntime():
    probe = (
        "import sys, runlean.models as m; m.list_models(); m.check_models();"
        "print(sorted({'numba', 'onnxruntime', 'av', 'ssl'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
