"""Small ONNX files with random weights and the shapes of the real networks, built for the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

OPSET = [helper.make_opsetid("", 17)]


def save(path: Path, nodes, inputs, outputs, constants) -> Path:
    graph = helper.make_graph(
        nodes,
        "random",
        inputs,
        outputs,
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=OPSET, ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def value_info(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def rtmpose(path: Path, points: int = 17, width: int = 192, height: int = 256, batch="N", seed: int = 0) -> Path:
    """[N,3,H,W] -> simcc_x [N,K,2 W], simcc_y [N,K,2 H]; every output depends on every pixel."""
    rng = np.random.default_rng(seed)
    cells = (width // 16) * (height // 16)
    nodes = [
        helper.make_node("Conv", ["input", "w1"], ["a"], strides=[16, 16], kernel_shape=[16, 16]),
        helper.make_node("Tanh", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w2"], ["c"], kernel_shape=[1, 1]),
        helper.make_node("Reshape", ["c", "cells"], ["d"]),
        helper.make_node("MatMul", ["d", "mx"], ["simcc_x"]),
        helper.make_node("MatMul", ["d", "my"], ["simcc_y"]),
    ]
    constants = {
        "w1": rng.normal(0, 0.1, (8, 3, 16, 16)).astype(np.float32),
        "w2": rng.normal(0, 1, (points, 8, 1, 1)).astype(np.float32),
        "cells": np.array([0, points, cells], np.int64),
        "mx": rng.normal(0, 0.1, (cells, 2 * width)).astype(np.float32),
        "my": rng.normal(0, 0.1, (cells, 2 * height)).astype(np.float32),
    }
    return save(
        path,
        nodes,
        [value_info("input", TensorProto.FLOAT, [batch, 3, height, width])],
        [
            value_info("simcc_x", TensorProto.FLOAT, [batch, points, 2 * width]),
            value_info("simcc_y", TensorProto.FLOAT, [batch, points, 2 * height]),
        ],
        constants,
    )


def rtmo(path: Path, persons: int = 3, side: int = 64, seed: int = 0) -> Path:
    """[N,3,S,S] -> dets [N,P,5], keypoints [N,P,17,3]; scores and places depend on the picture's mean colour."""
    rng = np.random.default_rng(seed)
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["colour"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["colour", "wd"], ["d0"]),
        helper.make_node("Add", ["d0", "bd"], ["d1"]),
        helper.make_node("Reshape", ["d1", "shape_d"], ["dets"]),
        helper.make_node("MatMul", ["colour", "wk"], ["k0"]),
        helper.make_node("Add", ["k0", "bk"], ["k1"]),
        helper.make_node("Reshape", ["k1", "shape_k"], ["keypoints"]),
    ]
    corner = rng.uniform(0, side / 2, (persons, 2))
    extent = rng.uniform(side / 8, side / 2, (persons, 2))
    score = np.linspace(0.9, 0.4, persons)
    dets = np.concatenate((corner, corner + extent, score[:, None]), axis=1)
    points = np.concatenate(
        (
            corner[:, None] + rng.uniform(0, 1, (persons, 17, 2)) * extent[:, None],
            rng.uniform(0.5, 1, (persons, 17, 1)),
        ),
        axis=2,
    )
    wk = rng.normal(0, 0.01, (3, persons, 17, 3))
    wk[..., 2] = 0
    wd = rng.normal(0, 0.01, (3, persons, 5))
    wd[..., 4] = 0
    constants = {
        "wd": wd.reshape(3, -1).astype(np.float32),
        "bd": dets.reshape(-1).astype(np.float32),
        "shape_d": np.array([0, persons, 5], np.int64),
        "wk": wk.reshape(3, -1).astype(np.float32),
        "bk": points.reshape(-1).astype(np.float32),
        "shape_k": np.array([0, persons, 17, 3], np.int64),
    }
    return save(
        path,
        nodes,
        [value_info("input", TensorProto.FLOAT, ["N", 3, side, side])],
        [
            value_info("dets", TensorProto.FLOAT, ["N", persons, 5]),
            value_info("keypoints", TensorProto.FLOAT, ["N", persons, 17, 3]),
        ],
        constants,
    )


def classifier(path: Path) -> Path:
    """[N,3,224,224] -> [N,10]: of no family of runlean's."""
    rng = np.random.default_rng(0)
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["m"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["m", "w"], ["classes"]),
    ]
    return save(
        path,
        nodes,
        [value_info("input", TensorProto.FLOAT, ["N", 3, 224, 224])],
        [value_info("classes", TensorProto.FLOAT, ["N", 10])],
        {"w": rng.normal(size=(3, 10)).astype(np.float32)},
    )


@pytest.fixture
def build_rtmpose():
    return rtmpose


@pytest.fixture
def build_rtmo():
    return rtmo


@pytest.fixture
def build_classifier():
    return classifier


@pytest.fixture
def cache_folder(tmp_path, monkeypatch):
    """A cache folder of the test's own; RUNLEAN_CACHE_DIR points to it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("RUNLEAN_CACHE_DIR", str(folder))
    return folder
