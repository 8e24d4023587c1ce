"""What can be known to be wrong before anything is made: told in one line, and no dataset is left behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runlean.archive.meta import match_meta, read_csv
from runlean.archive.places import Found
from runlean.archive.sources import as_text
from runlean.config import AnalyzeConfig
from runlean.errors import ConfigError, ModelError


def check_workers(workers: int | None) -> None:
    """Refuse a count that makes no sense."""
    if workers is not None and workers < 1:
        raise ConfigError(f"--workers: expected a whole number from 1, came {workers}")


def check_network(config: AnalyzeConfig) -> None:
    """Refuse a network that no worker could open: misspelt, missing, damaged, of no known family.

    Raises
    ------
    ModelError
    """
    from runlean.models.load import load_pose_model
    from runlean.models.store import is_file_name, locate, model_info

    if is_file_name(config.model):
        # what it is, only opening it tells
        load_pose_model(config.model, device="cpu")
        return
    info = model_info(config.model)
    if info.task != "pose":
        raise ModelError(f"{info.name}: expected a pose network, came one that finds persons")
    locate(info)


def check_device(config: AnalyzeConfig) -> None:
    """Refuse a device of this machine that no worker could use.

    Raises
    ------
    DeviceError, ConfigError
    """
    if config.device == "cpu":
        return
    from runlean.models.providers import choose_providers, probe_gpu

    gpu = probe_gpu()
    choose_providers(config.device, gpu.usable, gpu.lack, gpu.n_gpus, config.tensorrt)


def engines_line(config: AnalyzeConfig, device: str) -> str | None:
    """What to say where workers have to build TensorRT's engines before their first video; None where they have not.

    Parameters
    ----------
    config : AnalyzeConfig
    device : str
        Of the first worker.
    """
    from runlean.models.engines import missing_engines
    from runlean.models.load import FEET_MODEL
    from runlean.models.providers import TENSORRT, choose_providers, parse_device, probe_gpu
    from runlean.models.recognise import recognise_family
    from runlean.models.session import GPU_BUCKETS, Network
    from runlean.models.store import is_file_name, locate, model_info, sha256_of
    from runlean.pose.networks import wants_feet

    if config.device == "cpu" or TENSORRT not in (usable := probe_gpu().usable):
        return None
    if choose_providers(device, usable, tensorrt=config.tensorrt)[0] != TENSORRT:
        return None
    missing, names = 0, [config.model]
    points = (recognise_family(config.model) if is_file_name(config.model) else model_info(config.model)).keypoint_names
    if wants_feet(config.feet, points):
        names.append(FEET_MODEL)
    for name in names:
        path = Path(name) if is_file_name(name) else locate(model_info(name))[0]
        sha256 = sha256_of(path)
        network = Network(path, sha256, device="cpu", precision=config.precision)
        axes = network.inputs[0][2]
        missing += missing_engines(network.path.stem, network.sha256, parse_device(device)[1], axes, GPU_BUCKETS)
    if not missing:
        return None
    return (
        f"{missing} TensorRT engines are built before the first video: some minutes each, once per network, GPU and "
        "version; --tensorrt off goes without"
    )


def check_meta(meta: Path, found: Sequence[Found]) -> None:
    """Refuse a metadata file that cannot be read, or of which two lines fit one of the videos.

    Raises
    ------
    ConfigError

    Notes
    -----
    Copies of one video under names that two lines fit are known by their content only, and so found at the first query.
    """
    match_meta(read_csv(meta), {one.path: {as_text(one.path)} for one in found}, str(meta))
