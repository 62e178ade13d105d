"""Write docs/VERIFICATION.md: what the science tests expect, and what was measured.

``make verify`` loads this as a pytest plugin. Every assertion that holds is reported by pytest with
the values it compared; nothing in the page is written by hand.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "VERIFICATION.md"
FOLDERS = ("science", "docking")
HEAD = """# Verification

Written by `make verify`; do not edit. Each claim is a test; below it, its reasoning, then every
comparison as it was made, measured value first. A claim that failed would stand as FAILED.
"""
#: A comparison longer than this holds arrays and says nothing to a reader.
_LONGEST = 160
_NUMBER = re.compile(r"np\.(?:float64|int64|float32|bool)\(([^()]*)\)")


class Page:
    """Collects passed assertions by test, and writes the page at the end."""

    def __init__(self) -> None:
        self.comparisons: dict[str, list[str]] = defaultdict(list)
        self.outcomes: dict[str, str] = {}
        self.docs: dict[str, str] = {}

    def pytest_assertion_pass(self, item: pytest.Item, lineno: int, orig: str, expl: str) -> None:
        """Keep an assertion as pytest explains it: values in the place of names."""
        first = _NUMBER.sub(r"\1", expl.splitlines()[0]).strip()
        compares = any(sign in orig for sign in ("==", "<", ">"))
        if compares and len(first) <= _LONGEST and first not in self.comparisons[item.nodeid]:
            self.comparisons[item.nodeid].append(first)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the reasoning of each test."""
        for item in items:
            function = getattr(item, "function", None)
            self.docs[item.nodeid] = " ".join((function.__doc__ or "").split()) if function else ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome."""
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome

    def pytest_sessionfinish(self) -> None:
        """Write the page."""
        PAGE.write_text("\n".join(self._lines()) + "\n", encoding="utf-8")

    def _lines(self) -> list[str]:
        counts = defaultdict(int)
        for outcome in self.outcomes.values():
            counts[outcome] += 1
        told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items()))
        lines = [HEAD, f"{len(self.outcomes)} claims: {told}."]
        file = ""
        for nodeid, outcome in self.outcomes.items():
            path, _, name = nodeid.partition("::")
            if path != file:
                file = path
                lines += ["", f"## {path}"]
            mark = {"passed": "", "failed": "**FAILED** ", "skipped": "(skipped) "}[outcome]
            lines += ["", f"### {mark}{name.removeprefix('test_').replace('_', ' ')}"]
            if self.docs.get(nodeid):
                lines += ["", self.docs[nodeid]]
            shown = self.comparisons.get(nodeid, [])
            if shown:
                lines += ["", *(f"- `{text}`" for text in shown[:12])]
            if len(shown) > 12:
                lines.append(f"- and {len(shown) - 12} more")
        return lines


def pytest_configure(config: pytest.Config) -> None:
    """Start collecting."""
    config.pluginmanager.register(Page(), "verification page")
