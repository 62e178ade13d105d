"""The page of metrics: every number of a run, with unit, meaning, and how days make a month."""

from __future__ import annotations

from collections.abc import Iterable

from docs.book.markdown import cell, code, table, target
from sim.metrics import DERIVED, RECORDED, Metric

_OF_A_MONTH = {"sum": "sum", "last": "last day", "mean": "mean", "ratio": "ratio of sums"}


def _rows(metrics: Iterable[Metric]) -> list[list[str]]:
    return [
        [target(code(one.name), f"metric-{one.name}"), one.unit, _OF_A_MONTH[one.monthly],
         cell(one.text)]
        for one in metrics
    ]  # fmt: skip


def page() -> str:
    """Return the page."""
    headings = ["metric", "unit", "of a month", "what it is"]
    return "\n".join([
        "# Metrics\n",
        "Every number that `results.daily`, `results.table`, stores and charts have, per day and "
        "platform, in people and USD. *Of a month*: how days make a month, or any other period.\n",
        "## Recorded\n\nCounted each evening.\n",
        table(headings, _rows(RECORDED)),
        "\n## Derived\n\nWorked out of recorded ones when asked for.\n",
        table(headings, _rows(DERIVED)),
    ]) + "\n"  # fmt: skip
