"""Which tool's file it is, by what is in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal

from runlean.errors import KeypointError
from runlean.exchange.extra import need

Kind = Literal[
    "openpose", "alphapose", "mmpose", "coco", "named", "trc", "deeplabcut_csv", "deeplabcut_h5", "sleap_h5",
    "sleap_slp", "movement",
]  # fmt: skip

#: Names that no video has: whatever is in such a file, it is told as a file of poses that is not known.
_SUFFIXES: Final = frozenset({".h5", ".hdf5", ".slp", ".csv", ".json", ".trc", ".nc", ".mot", ".c3d", ".npz", ".pkl"})
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
KNOWN: Final = (
    "DeepLabCut h5 or csv, SLEAP h5 or slp, an OpenPose folder, AlphaPose, MMPose, COCO or named-keypoint JSON, "
    "Sports2D TRC in pixels, movement NetCDF"
)


def is_pose_file(path: Path) -> bool:
    """Whether a path is a file of poses, or a folder, rather than a video: a look at its first bytes, then at its name.

    Examples
    --------
    >>> from runlean.clips import clip_path
    >>> is_pose_file(clip_path("ship_tm_right_60"))
    False
    """
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            head = file.read(256)
    except OSError:
        return False
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return (
        path.suffix.lower() in _SUFFIXES
        or head.startswith((_HDF5, b"CDF\x01", b"CDF\x02"))
        or text.startswith((b"{", b"[", b"PathFileType", b"scorer,", b'"scorer"'))
    )


def recognise(path: Path) -> tuple[Kind, Any]:
    """Kind of a pose file, and the JSON document where it is one.

    Raises
    ------
    KeypointError
        It is of no kind that is known.
    """
    if path.is_dir():
        if not any(path.glob("*.json")):
            raise KeypointError(
                f"{path}: expected a video, or a folder of OpenPose JSON files, it holds none; for a folder of videos: "
                "runlean batch"
            )
        return "openpose", None
    with path.open("rb") as file:
        head = file.read(256)
    if head.startswith(_HDF5):
        return _hdf5(path), None
    if head.startswith((b"CDF\x01", b"CDF\x02")):
        return "movement", None
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"PathFileType"):
        return "trc", None
    if text.startswith((b"scorer,", b'"scorer"')):
        return "deeplabcut_csv", None
    if not text.startswith((b"{", b"[")):
        raise KeypointError(f"{path}: expected {KNOWN}; this {'file is empty' if not head else 'is none of them'}")
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise KeypointError(f"{path}: expected JSON that is whole, {error}; write it again") from None
    kind = _json(document)
    if kind is None:
        raise KeypointError(f"{path}: expected {KNOWN}; this JSON is none of them")
    return kind, document


def _hdf5(path: Path) -> Kind:
    h5py = need("h5py", "an HDF5 file")
    try:
        with h5py.File(path, "r") as file:
            names = set(file)
    except OSError as error:
        raise KeypointError(f"{path}: expected an HDF5 file that is whole ({error})") from None
    if "df_with_missing" in names:
        return "deeplabcut_h5"
    if {"tracks", "node_names"} <= names:
        return "sleap_h5"
    if {"pred_points", "metadata"} <= names:
        return "sleap_slp"
    if {"position", "confidence"} <= names:
        return "movement"
    raise KeypointError(f"{path}: expected {KNOWN}; this HDF5 file holds {', '.join(sorted(names)[:6])}")


def _json(document: Any) -> Kind | None:
    if isinstance(document, dict):
        if {"keypoint_names", "frames"} <= set(document):
            return "named"
        if {"images", "annotations"} <= set(document):
            return "coco"
        return "mmpose" if "instance_info" in document else None
    first = document[0] if isinstance(document, list) and document else None
    if isinstance(first, dict):
        if {"image_id", "keypoints"} <= set(first):
            return "alphapose"
        if "instances" in first:
            return "mmpose"
    return None
