"""The report: one HTML page that says what was measured, how surely, and what a coach would say."""

from runlean.report.document import render_report, write_report

__all__ = ["render_report", "write_report"]
