"""What a user installs: built from the tree and from the sdist, opened and looked into."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = [
    "runlean/py.typed",
    "runlean/models/weights/movenet_thunder.onnx",
    "runlean/models/weights/movenet_lightning.onnx",
    "runlean/models/weights/movenet_multipose_heads.onnx",
    "runlean/models/weights/blazepose_full.onnx",
    "runlean/models/weights/LICENSE-weights.md",
    "runlean/clips/LICENSE-clips.md",
    "runlean/clips/ship_tm_right_60.mp4",
    "runlean/clips/ship_tm_right_60.gt.json",
    "runlean/clips/ship_tm_right_60.gt.npz",
    "runlean/clips/ship_og_waist_30.mp4",
    "runlean/clips/ship_og_waist_30.gt.json",
    "runlean/clips/ship_og_waist_30.gt.npz",
    "runlean/clips/treadmill_male_30.mp4",
    "runlean/clips/treadmill_male_30.json",
    "runlean_kernels/py.typed",
    "runlean_kernels/jit.py",
]


def build(kind: str, source: Path, target: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(target), str(source)],
        check=True,
        capture_output=True,
    )
    [made] = target.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_everything_that_ships(wheel: Path) -> None:
    names = names_in(wheel)
    assert [name for name in SHIPPED if name not in names] == []
    tree = [p for folder in ("runlean", "kernels/runlean_kernels") for p in (ROOT / folder).rglob("*") if p.is_file()]
    own = {p.relative_to(ROOT).as_posix().removeprefix("kernels/") for p in tree if "__pycache__" not in p.parts}
    assert own <= names


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in names_in(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"runlean", "runlean_kernels"}
    assert not [name for name in names_in(wheel) if "test" in Path(name).name or "__pycache__" in name]


def test_only_clips_that_may_be_published_ship(wheel: Path) -> None:
    videos = {Path(name).stem for name in names_in(wheel) if name.endswith((".mp4", ".avi", ".mov", ".webm"))}
    assert videos == {"ship_tm_right_60", "ship_og_waist_30", "treadmill_male_30"}


@pytest.mark.slow
def test_sdist_builds_the_same_wheel_and_it_works(wheel: Path, tmp_path: Path) -> None:
    sdist = build("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [source] = (tmp_path / "unpacked").iterdir()
    again = build("wheel", source, tmp_path / "wheel")
    assert names_in(again) == names_in(wheel)
    with zipfile.ZipFile(again) as archive:
        archive.extractall(tmp_path / "site")
    # -I: neither this checkout nor the editable install may help
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "import runlean, runlean_kernels.jit\n"
        "from runlean.models import check_models\n"
        "from runlean.clips import CLIPS, clip_path\n"
        "assert all(clip_path(name).is_file() for name in CLIPS)\n"
        "assert all(ok for *_, ok, _, _ in check_models())\n"
        "print(runlean.__file__, runlean_kernels.jit.__file__)"
    )
    run = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count(str(tmp_path / "site")) == 2
