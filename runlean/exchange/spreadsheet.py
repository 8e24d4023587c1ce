"""CSV: both tables as they are, for R, Excel and everything else."""

from __future__ import annotations

from pathlib import Path

from runlean.exchange.recording import Recording


def write_frames_csv(recording: Recording, path: Path) -> None:
    """Write the frames table: the columns of frames.parquet, missing an empty field, full precision."""
    import pyarrow.csv as pacsv

    pacsv.write_csv(recording.frames, path, pacsv.WriteOptions(quoting_style="needed"))


def write_strides_csv(recording: Recording, path: Path) -> None:
    """Write the strides table in the same way."""
    import pyarrow.csv as pacsv

    pacsv.write_csv(recording.strides, path, pacsv.WriteOptions(quoting_style="needed"))
