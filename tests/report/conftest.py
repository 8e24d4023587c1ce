"""The meaning room's analyses, whose answers are known on paper, as folders."""

import importlib.util
from pathlib import Path

import pytest

from runlean.report import write_report
from runlean.tables import write_table

_SPEC = importlib.util.spec_from_file_location(
    "analyses_on_paper", Path(__file__).parents[1] / "meaning" / "conftest.py"
)
paper = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(paper)


def write_folder(folder, gait, band=(5.0, 10.0)):
    frames, strides = paper.make_tables(gait)
    write_table(frames, folder / "frames.parquet")
    write_table(strides, folder / "strides.parquet")
    (folder / "summary.json").write_text(paper.make_summary(gait, band).to_json(), encoding="utf-8")
    return folder


@pytest.fixture
def make_gait():
    return paper.make_gait


@pytest.fixture
def folder(tmp_path):
    """Function: GaitResult -> folder of an analysis."""

    def make(gait, **options):
        return write_folder(tmp_path, gait, **options)

    return make


@pytest.fixture
def page(tmp_path):
    """Function: fields and columns -> text of report.html."""

    def make(n=20, **changes):
        write_folder(tmp_path, paper.make_gait(n, **changes))
        return write_report(tmp_path).read_text(encoding="utf-8")

    return make
