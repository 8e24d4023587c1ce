"""report.html of a dataset: what was found over all videos, and what could not be analysed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import runlean
from runlean.archive.columns import runner_metrics
from runlean.archive.dataset import Dataset
from runlean.archive.durable import write_durably
from runlean.archive.layout import SUMMARIES, table_file
from runlean.archive.named import find_video
from runlean.errors import OutputError
from runlean.tables import write_table

#: Rows of the long tables; the dataset holds them all.
MOST_ROWS: Final = 1000
SHOWN: Final = ("cadence_spm", "trunk_lean_deg", "contact_time_s", "duty_factor", "overstride_frac")


def write_overview(dataset: Dataset, target: str | os.PathLike[str] | None = None) -> Path:
    """Write a dataset's report: one page, one file.

    Parameters
    ----------
    dataset : Dataset
    target : path, optional
        Default: report.html in the dataset.

    Raises
    ------
    OutputError
        The page cannot be written.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    page = Path(target) if target is not None else dataset.folder / "report.html"
    environment = Environment(
        loader=PackageLoader("runlean.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    html = environment.get_template("dataset.html.j2").render(**_contents(dataset))
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        write_durably(page, html.encode())
    except OSError as error:
        raise OutputError(f"{page}: the report cannot be written ({error.strerror}); choose another place") from error
    return page


def write_video_report(dataset: Dataset, video: str, folder: str | os.PathLike[str]) -> Path:
    """Take one video out of a dataset into a folder of its own, as ``runlean analyze`` leaves it, with its report.

    Parameters
    ----------
    dataset : Dataset
    video : str
        Its ``video_id`` (or the beginning of it), or its file name.
    folder : path

    Raises
    ------
    DatasetError
        No such video, several, or one that failed.
    OutputError
        The folder cannot be written.
    """
    from runlean.report import write_report

    video_id = find_video(dataset, video)
    out = Path(folder)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in ("frames", "strides"):
            table = dataset.table(name, [video_id]).drop_columns("video_id")
            write_table(table, out / f"{name}.parquet")
        (out / "summary.json").write_bytes((dataset.folder / table_file(SUMMARIES, video_id)).read_bytes())
    except OSError as error:
        raise OutputError(f"{out}: the report cannot be written ({error.strerror}); choose another place") from error
    return write_report(out)


def _contents(dataset: Dataset) -> dict[str, Any]:
    videos = dataset.query(
        "SELECT count(*) FILTER (status = 'done') AS done, count(*) FILTER (status = 'failed') AS failed, "
        "coalesce(sum(duration_s), 0) / 3600 AS hours, coalesce(sum(n_contacts), 0)::BIGINT AS contacts FROM videos"
    ).to_pylist()[0]
    runners = dataset.query(
        "SELECT v.file_name, r.* FROM runners r JOIN videos v USING (video_id) ORDER BY v.path, r.runner_id"
    )
    rows = runners.slice(0, MOST_ROWS).to_pylist()
    return {
        "name": dataset.folder.absolute().name,
        "version": runlean.__version__,
        "line": f"{videos['done']} videos analysed ({videos['hours']:.1f} hours), {videos['failed']} failed, "
        f"{runners.num_rows} runners, {videos['contacts']} foot contacts",
        "metrics": _metrics(dataset),
        "kinds": [
            tuple(row.values())
            for row in dataset.query(
                "SELECT gait, mode, view, lean_class, count(*) AS n FROM runners GROUP BY ALL "
                "ORDER BY n DESC, 1, 2, 3, 4"
            ).to_pylist()
        ],
        "failures": [
            (row["path"], row["error"])
            for row in dataset.query(
                f"SELECT path, error FROM videos WHERE status = 'failed' ORDER BY path LIMIT {MOST_ROWS}"
            ).to_pylist()
        ],
        "headings": [f"{q.label.lower()} ({q.unit or '-'})" for q in runner_metrics() if q.name in SHOWN],
        "runners": [
            [row["file_name"], row["runner_id"], row["n_contacts"]]
            + [_number(row[q.name]) for q in runner_metrics() if q.name in SHOWN]
            + [(row["lean_class"] or "-").replace("_", " ")]
            for row in rows
        ],
        "left_out": runners.num_rows - len(rows),
    }


def _metrics(dataset: Dataset) -> list[dict[str, Any]]:
    quantities = runner_metrics()
    columns = ", ".join(
        f"count({q.name}), median({q.name}), quantile_cont({q.name}, 0.1), quantile_cont({q.name}, 0.9), "
        f"min({q.name}), max({q.name})"
        for q in quantities
    )
    answer = dataset.query(f"SELECT {columns} FROM runners WHERE gait = 'running'")
    values = [column[0].as_py() for column in answer.columns]
    found = []
    for i, q in enumerate(quantities):
        n, *spread = values[6 * i : 6 * i + 6]
        if n:
            found.append({"label": q.label, "unit": q.unit, "n": n, "values": [_number(v) for v in spread]})
    return found


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
