"""From a name or a file to a network that is ready to run."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runlean.errors import ModelError
from runlean.models.registry import MODELS, ModelInfo
from runlean.models.store import is_file_name, locate, model_info, sha256_of

if TYPE_CHECKING:
    from runlean.models.engines import Told
    from runlean.models.family import PersonDetector, PoseModel
    from runlean.models.session import Network

DEFAULT_MODEL = "movenet-thunder"
DEFAULT_DETECTOR = "movenet-multipose"
FEET_MODEL = "blazepose-full"


def load_pose_model(
    name_or_path: str | os.PathLike[str] = DEFAULT_MODEL,
    *,
    device: str = "auto",
    threads: int = 1,
    precision: str = "fp32",
    tensorrt: str = "auto",
    told: Told | None = None,
) -> PoseModel:
    """Open a pose network.

    Parameters
    ----------
    name_or_path : str or path
        A name of the registry (``list_models``), or an ONNX file of a family that runlean knows.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    threads : int
        Threads inside one call.
    precision : {"fp32", "fp16"}
        Of the network's convolutions.
    tensorrt : {"auto", "off"}
        ``auto`` takes TensorRT on a GPU where it is installed.
    told : callable, optional
        Told how many of TensorRT's engines are there, of how many, while some have to be built.

    Raises
    ------
    ModelError
        Unknown name; missing or damaged file; a file of no known family; a detector.
    DeviceError
        A GPU was asked for and cannot be used.
    """
    info, network = _open(name_or_path, device, threads, precision, tensorrt, told)
    if info.task != "pose":
        raise ModelError(f"{info.name}: expected a pose network, came one that finds persons; use it as the detector")
    return build_pose_model(info, network)


def load_detector(
    name_or_path: str | os.PathLike[str] = DEFAULT_DETECTOR,
    *,
    device: str = "auto",
    threads: int = 1,
    precision: str = "fp32",
    tensorrt: str = "auto",
    told: Told | None = None,
) -> PersonDetector:
    """Open a network that finds persons; parameters and errors as `load_pose_model`."""
    info, network = _open(name_or_path, device, threads, precision, tensorrt, told)
    if info.family == "rtmo":
        from runlean.models.rtmo import Rtmo

        return Rtmo(network, info)
    if info.family != "multipose":
        raise ModelError(f"{info.name}: expected a network that finds persons ({DEFAULT_DETECTOR}), came {info.family}")
    from runlean.models.multipose import MultiPose

    return MultiPose(network, info)


def build_pose_model(info: ModelInfo, network: Network) -> PoseModel:
    """The family's pre- and post-processing around an open network."""
    if info.family == "movenet":
        from runlean.models.movenet import MoveNet

        return MoveNet(network, info)
    if info.family == "blazepose":
        from runlean.models.blazepose import BlazePose

        return BlazePose(network, info)
    if info.family == "simcc":
        from runlean.models.simcc import SimccPose

        return SimccPose(network, info)
    if info.family == "rtmo":
        from runlean.models.rtmo import Rtmo

        return Rtmo(network, info)
    raise ModelError(f"{info.name}: expected a pose network, came family {info.family}")


def _open(
    name_or_path: str | os.PathLike[str], device: str, threads: int, precision: str, tensorrt: str, told: Told | None
) -> tuple[ModelInfo, Network]:
    from runlean.models.session import Network

    def opened(path: Path, sha256: str) -> Network:
        return Network(
            path, sha256, device=device, threads=threads, precision=precision, tensorrt=tensorrt, told=told
        )  # fmt: skip

    if not is_file_name(name_or_path):
        info = model_info(os.fspath(name_or_path))
        path, sha256 = locate(info)
        return replace(info, sha256=sha256), opened(path, sha256)
    path = Path(name_or_path)
    if not path.is_file():
        raise ModelError(f"{path}: expected an ONNX file, there is none; names are {', '.join(MODELS)}")
    sha256 = sha256_of(path)
    network = opened(path, sha256)
    known = next((entry for entry in MODELS.values() if entry.sha256 == sha256), None)
    if known is not None:
        return known, network
    from runlean.models.recognise import recognise

    return recognise(path, sha256, network.inputs, network.outputs), network
