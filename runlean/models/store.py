"""Where network files lie, and that they are what they should be."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from pathlib import Path

from runlean.errors import ModelError
from runlean.models.registry import MODELS, ModelInfo
from runlean_kernels.folders import user_cache_dir

_WEIGHTS = Path(__file__).parent / "weights"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_info(name: str) -> ModelInfo:
    """The registry's entry.

    Raises
    ------
    ModelError
        For a name that is not in it; says which are.
    """
    if name in MODELS:
        return MODELS[name]
    near = difflib.get_close_matches(name, MODELS, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise ModelError(f"model {name!r}: expected one of {', '.join(MODELS)}, or an .onnx file; {hint}".rstrip(" ;"))


def list_models() -> list[ModelInfo]:
    """Every known network, shipped ones first."""
    return list(MODELS.values())


def pulled_folder() -> Path:
    """Folder of the networks that ``runlean models pull`` fetched."""
    return user_cache_dir() / "models"


def model_path(info: ModelInfo) -> Path | None:
    """Where the file of a network lies on this machine, or None where it is not."""
    path = _WEIGHTS / info.file if info.file else pulled_folder() / f"{info.name}.onnx"
    return path if path.is_file() else None


def pins() -> dict[str, str]:
    """SHA-256 of every pulled network at its first pull."""
    try:
        data = json.loads((pulled_folder() / "pins.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in data.items()} if isinstance(data, dict) else {}


def expected_sha256(info: ModelInfo) -> str | None:
    """The hash that the file must have: the registry's, else the one pinned at its first pull."""
    return info.sha256 or pins().get(info.name)


def locate(info: ModelInfo) -> tuple[Path, str]:
    """Path and SHA-256 of a network's file, checked.

    Raises
    ------
    ModelError
        Where the file is missing or is not the one that was published.
    """
    path = model_path(info)
    if path is None:
        if info.url:
            raise ModelError(f"{info.name}: its file is not on this machine; fetch it: runlean models pull {info.name}")
        raise ModelError(f"{info.name}: its file is not part of the package; {info.note or 'reinstall runlean'}")
    found = sha256_of(path)
    wanted = expected_sha256(info)
    if wanted and found != wanted:
        again = "reinstall runlean" if info.shipped else f"runlean models pull {info.name}"
        raise ModelError(
            f"{info.name}: {path.name} is damaged or another network: expected sha256 {wanted[:12]}..., "
            f"came {found[:12]}...; {again}"
        )
    return path, found


def is_file_name(name_or_path: str | os.PathLike[str]) -> bool:
    """True where what was given means a file and not a name of the registry."""
    if isinstance(name_or_path, os.PathLike):
        return True
    return name_or_path.lower().endswith(".onnx") or "/" in name_or_path or os.sep in name_or_path


def check_models() -> list[tuple[str, Path | None, bool, str | None, str]]:
    """Look at every network's file.

    Returns
    -------
    list of (name, path, ok, sha256, message)
        One entry per network of the registry. ``ok`` is False only where a file is missing that should be
        here, or is not the one that was published; a network that was never pulled is ok and says so.
    """
    rows: list[tuple[str, Path | None, bool, str | None, str]] = []
    for info in list_models():
        path = model_path(info)
        if path is None:
            how = f"runlean models pull {info.name}" if info.url else "give the file to --model"
            message = "missing: reinstall runlean" if info.shipped else f"not on this machine: {how}"
            rows.append((info.name, None, not info.shipped, None, message))
            continue
        found, wanted = sha256_of(path), expected_sha256(info)
        if wanted is None:
            rows.append((info.name, path, True, found, "no hash known to compare with"))
        elif found == wanted:
            rows.append((info.name, path, True, found, "as published" if info.sha256 else "as first pulled"))
        else:
            again = "reinstall runlean" if info.shipped else f"runlean models pull {info.name}"
            rows.append((info.name, path, False, found, f"expected sha256 {wanted[:12]}...: {again}"))
    return rows
