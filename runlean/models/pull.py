"""Fetch a network that does not ship: resumable, checked for size, its hash pinned at the first time."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runlean.errors import ModelError, OutputError
from runlean.models.registry import ModelInfo
from runlean.models.store import model_info, model_path, pins, pulled_folder, sha256_of

#: Called with (bytes here, bytes in all or None) while a file comes in.
Progress = Callable[[int, int | None], None]

_CHUNK: Final = 1 << 18
_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Pulled:
    """What `pull` left on this machine.

    Attributes
    ----------
    info : ModelInfo
    path : Path
        The ONNX file.
    sha256 : str
        Its hash.
    pinned_now : bool
        True where this was the first pull: no hash was known before, and this one holds from now on.
    """

    info: ModelInfo
    path: Path
    sha256: str
    pinned_now: bool


def pull(name: str, url_override: str | None = None, progress: Progress | None = None) -> Pulled:
    """Fetch a network of the registry into the cache folder.

    Parameters
    ----------
    name : str
        Name of the registry.
    url_override : str, optional
        Take it from here (a mirror) and not from the registry's address. The hash must be the same.
    progress : callable, optional
        Called with (bytes here, bytes in all or None).

    Returns
    -------
    Pulled
        Of a network that ships: where it lies; nothing is fetched.

    Raises
    ------
    ModelError
        Unknown name; nothing to fetch; the server refuses, the file is short, no archive, holds no network,
        or is not the one that was pinned. What came so far is kept, and the next pull goes on from there.
    OutputError
        The cache folder cannot be written.

    Notes
    -----
    A broken download stays as ``NAME.part`` with the server's ETag or date beside it; it is continued only
    when the server says that the file is still the same, and begun anew otherwise.
    """
    info = model_info(name)
    if info.shipped:
        path = model_path(info)
        if path is None:
            raise ModelError(f"{name}: its file ships with runlean and is not there; reinstall runlean")
        return Pulled(info, path, sha256_of(path), pinned_now=False)
    url = url_override or info.url
    if url is None:
        raise ModelError(f"{name}: expected an address to fetch it from, the registry has none; {info.note}")
    folder = pulled_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{name}.part"
        _download(name, url, part, info.archive_bytes, progress)
        fresh = _unpack(name, part)
        return _keep(info, fresh, folder)
    except OSError as error:
        if isinstance(error, ModelError | OutputError):
            raise
        raise OutputError(f"{folder}: expected a folder that can be written; {error}") from error


def _download(name: str, url: str, part: Path, expected: int | None, progress: Progress | None) -> None:
    """Bring ``part`` to its full length."""
    # loaded here: to list the networks must not cost the TLS library
    import http.client
    import urllib.error
    import urllib.request

    tag_file = part.with_suffix(".part.json")
    begun = _begun(part, tag_file, url)
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "runlean", "Accept-Encoding": "identity"})
    except ValueError:
        raise ModelError(f"{name}: expected an address (https://...), came {url!r}; use another address") from None
    if begun:
        request.add_header("Range", f"bytes={begun[0]}-")
        request.add_header("If-Range", begun[1])
    try:
        with contextlib.closing(urllib.request.urlopen(request, timeout=_TIMEOUT_S)) as answer:
            start = begun[0] if begun and answer.status == 206 else 0
            length = answer.headers.get("Content-Length")
            total = start + int(length) if length and length.isdigit() else expected
            validator = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
            if validator and not validator.startswith("W/"):
                tag_file.write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")
            else:
                tag_file.unlink(missing_ok=True)
            here = start
            with part.open("r+b" if start else "wb") as file:
                file.seek(start)
                file.truncate()
                while chunk := answer.read(_CHUNK):
                    file.write(chunk)
                    here += len(chunk)
                    if progress is not None:
                        progress(here, total)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and begun:  # the part is as long as the file, or longer: begin anew
            part.unlink(missing_ok=True)
            tag_file.unlink(missing_ok=True)
            _download(name, url, part, expected, progress)
            return
        raise ModelError(f"{name}: {url} answered {error.code} {error.reason}; try again later") from error
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise ModelError(f"{name}: {url} did not come through ({reason}); pull again to go on") from error
    if total is not None and here != total:
        raise ModelError(f"{name}: expected {total} bytes from {url}, came {here}; pull again to go on")
    if expected is not None and here != expected:
        part.unlink(missing_ok=True)
        raise ModelError(f"{name}: expected {expected} bytes as published, {url} has {here}; use another address")
    tag_file.unlink(missing_ok=True)


def _begun(part: Path, tag_file: Path, url: str) -> tuple[int, str] | None:
    """(bytes here, validator) of a download that can be continued."""
    try:
        record = json.loads(tag_file.read_text(encoding="utf-8"))
        length = part.stat().st_size
        return (length, str(record["validator"])) if length and record["url"] == url else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _unpack(name: str, part: Path) -> Path:
    """The ONNX file of a finished download: itself, or the one inside the archive."""
    fresh = part.with_suffix(".fresh")
    if not zipfile.is_zipfile(part):
        os.replace(part, fresh)
        return fresh
    try:
        with zipfile.ZipFile(part) as archive:
            inside = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".onnx")]
            if len(inside) != 1:
                raise ModelError(f"{name}: expected one .onnx in the archive, came {len(inside)}; use another address")
            # The entry is copied as a stream to a name of our own: what path it claims to have does not
            # matter.
            with archive.open(inside[0]) as source, fresh.open("wb") as target:
                shutil.copyfileobj(source, target)
    except zipfile.BadZipFile as error:
        part.unlink(missing_ok=True)
        raise ModelError(f"{name}: the archive is damaged ({error}); pull again") from error
    part.unlink()
    return fresh


def _keep(info: ModelInfo, fresh: Path, folder: Path) -> Pulled:
    """Compare with the known hash, look whether it is the network it should be, and put it in its place."""
    sha256 = sha256_of(fresh)
    wanted = info.sha256 or pins().get(info.name)
    try:
        if wanted is not None and sha256 != wanted:
            raise ModelError(
                f"{info.name}: expected sha256 {wanted}, came {sha256}: the file at this address has changed; "
                f"if that is right, delete its line in {folder / 'pins.json'} and pull again"
            )
        _must_fit(info, fresh)
        path = folder / f"{info.name}.onnx"
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    if wanted is None:
        _pin(folder, info.name, sha256)
    return Pulled(info, path, sha256, pinned_now=wanted is None)


def _must_fit(info: ModelInfo, path: Path) -> None:
    from runlean.models.recognise import describe, recognise_family

    wanted = describe(info.family, info.keypoint_names, info.input_width, info.input_height)
    try:
        found = recognise_family(path)
    except ModelError as error:
        raise ModelError(
            f"{info.name}: expected {wanted}, came a file that is no network of a known family; use another address"
        ) from error
    came = (found.family, found.keypoint_names, found.input_width, found.input_height)
    if came != (info.family, info.keypoint_names, info.input_width, info.input_height):
        raise ModelError(f"{info.name}: expected {wanted}, came {describe(*came)}; use another address")


def _pin(folder: Path, name: str, sha256: str) -> None:
    """Write the hash down, atomically."""
    content = json.dumps({**pins(), name: sha256}, indent=2, sort_keys=True) + "\n"
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".json")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    os.replace(temporary, folder / "pins.json")
