"""The command ``runlean``: its commands, and what becomes of every error."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
from types import FrameType
from typing import Annotated

import typer

from runlean import __version__
from runlean.cli import analyze, batch, bench, demo, doctor, export, migrate, models, query, report, study
from runlean.errors import ConfigError, RunleanError

INPUT_FAILED = 1
WRONG_USAGE = 2

app = typer.Typer(
    name="runlean",
    help="Running video into measurements: trunk lean, cadence, contact and flight, overstride.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"runlean {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole traceback of an error (or set RUNLEAN_DEBUG=1).")
    ] = False,
) -> None:
    if debug:
        os.environ["RUNLEAN_DEBUG"] = "1"


app.command("analyze")(analyze.analyze)
app.command("batch")(batch.batch)
app.command("query")(query.query)
app.command("migrate")(migrate.migrate)
app.command("report")(report.report)
app.command("export")(export.export)
app.command("cohort")(study.cohort)
app.command("compare")(study.compare)
app.command("session")(study.session)
app.add_typer(models.app, name="models")
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)
app.command("bench")(bench.bench)


def run(args: list[str] | None = None) -> None:
    """Run the command line and leave the process with its exit status.

    0: done; 1: the input could not be analysed; 2: wrong usage; 3: some videos of a batch
    failed; 130: interrupted; 143: terminated. An error is one
    line on stderr.
    """
    stopped: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.append(128 + number)
        raise KeyboardInterrupt

    # a scheduler's SIGTERM unwinds like Ctrl-C, so that nothing half-written stays behind
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        app(args=batch.with_ray_address(sys.argv[1:] if args is None else args), prog_name="runlean")
    except (KeyboardInterrupt, SystemExit) as end:
        if stopped:
            sys.exit(stopped[0])
        raise end
    except BrokenPipeError:
        # the reader of stdout has left (`runlean ... | head`); Python would complain once more when it flushes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(INPUT_FAILED)
    except RunleanError as error:
        if _debugging():
            raise
        _say(str(error))
        sys.exit(WRONG_USAGE if isinstance(error, ConfigError) else INPUT_FAILED)
    except Exception as error:
        if stopped:  # what is interrupted in the middle of compiling may come out as another error
            sys.exit(stopped[0])
        if _debugging():
            raise
        _say(
            f"unexpected {type(error).__name__}: {error}; this is a defect of runlean; "
            f"the whole traceback is in {_write_log()} (RUNLEAN_DEBUG=1 shows it here)"
        )
        sys.exit(INPUT_FAILED)


def _debugging() -> bool:
    return os.environ.get("RUNLEAN_DEBUG", "") not in ("", "0")


def _say(message: str) -> None:
    print("runlean: " + " ".join(message.split()), file=sys.stderr)


def _write_log() -> str:
    """Write the traceback of the exception in hand to a file of its own; return the file's name."""
    with tempfile.NamedTemporaryFile("w", prefix="runlean-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write(f"runlean {__version__}, arguments {sys.argv[1:]}\n")
        traceback.print_exc(file=file)
    return file.name
