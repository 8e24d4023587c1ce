"""``python -m runlean``."""

from runlean.cli.main import run

run()
