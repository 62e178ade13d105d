"""Compare once, for the assertion and for the page alike: ``verified``, and docs/VERIFICATION.md.

A science test hands each comparison to the fixture ``verified``, which keeps a row of the table and
asserts that it holds; so the table and the assertion cannot disagree. ``make verify`` loads this
file as a pytest plugin, which collects the rows and writes the page. Nothing in it is written by
hand.
"""

from __future__ import annotations

import math
import platform
import re
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "VERIFICATION.md"
MUTANTS = ROOT / "docs" / "MUTANTS.md"
PROPERTY = "verified"

#: What each oracle claims, in the order of the table. A run that leaves one out fails.
ORACLES = {
    "O1": "a well-mixed crowd follows Bass in daily steps",
    "O2": "shorter steps bring it to the continuous curve",
    "O3": "a ring follows its exact recursion",
    "O5": "an independent cascade reaches the giant component",
    "O7": "outbreaks exist only above the percolation threshold",
    "O8": "cascades below it are branching processes",
    "O9": "invites grow by Euler and Lotka's equation",
    "O10": "gain and loss of users balance at a root",
    "O11": "a cohort survives as the shifted beta-geometric",
    "O12": "daily users are installs times retention",
    "O13": "choice is logit, mixed over tastes",
    "O14": "without rivalry platforms are chosen independently",
    "O17": "constant exposure makes people aware at 1 - exp(-λt)",
    "O18": "competing causes share what they bring by their hazards",
    "O19": "clips in quota, hits and refusals are moments of demand",
    "O20": "creators concentrate as a Gamma says",
    "O21": "the cost of a clip falls by Moore or by Wright",
    "O22": "three acquisition costs are what they say",
    "O23": "lifetime value and payback have closed forms",
    "O24": "contribution changes sign at the break-even price",
    "O25": "people, codes, clips and cents are conserved",
    "O26": "the spread between runs falls with the root of n",
    "O27": "the order of people does not matter",
    "O28": "the names of platforms carry luck and no meaning",
    "O29": "worlds differ only from the day a policy makes them",
    "O30": "results do not depend on how many agents stand for people",
    "O31": "nobody gets in without access or a code",
    "O32": "a peer effect that is put in can be estimated",
    "O33": "a budget buys the installs its price says",
    "O34": "what a policy does not touch does not change",
    "O35": "apps in use share out one day by taste",
    "O36": "friends on a rival draw, friends who left push, and friends' clips pull back",
    "O37": "visiting is not creating, and who only watches is counted",
    "O38": "visits tire by age, and freshen",
    "O39": "the store's chart averages installs",
    "O40": "weekdays and holidays multiply news and visits",
}

HEAD = """# Verification

Written by `make verify`; do not edit. Each row is one comparison that a test makes and asserts, at
a fixed seed; where a test compares many values, the row shows the one nearest to its limit. The
reasoning, with formula, source and the argument for the tolerance, is the docstring of the test.
Expected values come from closed forms, from exact recursions or from software of others, never
from this model.
"""


class Finding(NamedTuple):
    """One row of the table."""

    topic: str
    claim: str
    expected: str
    measured: str
    tolerance: str
    holds: bool


class Verified:
    """Compares, keeps the row, asserts. The topic is an oracle, or the software compared with."""

    def __init__(self, keep: Callable[[Finding], None]) -> None:
        self._keep = keep

    def __call__(
        self,
        topic: str,
        claim: str,
        measured: npt.ArrayLike,
        expected: npt.ArrayLike,
        tolerance: npt.ArrayLike,
    ) -> None:
        """Assert |measured - expected| <= tolerance, for each value of an array."""
        found, wanted, limit = (
            np.asarray(a, float).ravel()
            for a in np.broadcast_arrays(
                *(np.asarray(v, float) for v in (measured, expected, tolerance))
            )
        )
        assert found.size > 0, f"{topic} {claim}: nothing was compared"
        gap = np.abs(found - wanted)
        holds = bool(np.all(gap <= limit))  # NaN never holds
        badness = np.where(np.isnan(gap), np.inf, gap - limit)
        with np.errstate(divide="ignore", invalid="ignore"):
            used = np.where(limit > 0, gap / limit, badness)
        worst = int(np.argmax(np.where(np.isnan(used), np.inf, used)))
        self._say(
            topic,
            claim + (f" (worst of {found.size})" if found.size > 1 else ""),
            show(wanted[worst]),
            show(found[worst]),
            f"± {show(limit[worst])}",
            holds,
        )

    def same(self, topic: str, claim: str, measured: Any, expected: Any) -> None:
        """Assert that two arrays, numbers or texts are equal, to the last bit."""
        if isinstance(measured, str):
            differ, size = int(measured != expected), 1
        else:
            found, wanted = np.broadcast_arrays(np.asarray(measured), np.asarray(expected))
            assert found.size > 0, f"{topic} {claim}: nothing was compared"
            differ, size = int(np.count_nonzero(found != wanted)), found.size
        values = f"{size:,} value{'s' if size > 1 else ''} equal"
        self._say(topic, claim, values, f"{differ:,} differ", "exact", differ == 0)

    def above(self, topic: str, claim: str, measured: float, bound: float) -> None:
        """Assert measured > bound."""
        value = float(measured)
        self._say(topic, claim, f"> {show(bound)}", show(value), "bound", value > bound)

    def below(self, topic: str, claim: str, measured: float, bound: float) -> None:
        """Assert measured < bound."""
        value = float(measured)
        self._say(topic, claim, f"< {show(bound)}", show(value), "bound", value < bound)

    def _say(self, *cells: Any) -> None:
        finding = Finding(*cells)
        self._keep(finding)
        assert finding.holds, (
            f"{finding.topic}, {finding.claim}: measured {finding.measured}, "
            f"expected {finding.expected} ({finding.tolerance})"
        )


def four_se(p: float, n: float) -> float:
    """Return four standard errors of a share p among n independent people."""
    return 4.0 * math.sqrt(p * (1.0 - p) / n)


def show(value: float) -> str:
    """Write a number with five digits, whole numbers in full."""
    if float(value).is_integer() and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:.5g}"


class Page:
    """Collects the rows of all tests, and writes the page at the end."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, Finding]] = []
        self.outcomes: dict[str, str] = {}
        self.began = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of a test and what it compared."""
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome
        if report.when == "call":
            for name, cells in report.user_properties:
                if name == PROPERTY:
                    self.rows.append((report.nodeid, Finding(*cells)))  # type: ignore[misc]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the page; an oracle that nothing was compared with is a failure."""
        # Several processes report in any order; the page has one.
        self.rows.sort(key=lambda row: row[0])
        if self.missing:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        PAGE.write_text("\n".join(self._lines()) + "\n", encoding="utf-8")

    @property
    def missing(self) -> list[str]:
        """Oracles without a row."""
        have = {finding.topic for _, finding in self.rows}
        return [oracle for oracle in ORACLES if oracle not in have]

    def _lines(self) -> list[str]:
        counts: dict[str, int] = {}
        for outcome in self.outcomes.values():
            counts[outcome] = counts.get(outcome, 0) + 1
        told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items()))
        bad = sum(not finding.holds for _, finding in self.rows)
        packages = ", ".join(f"{name} {version(name)}" for name in ("mesa", "numpy", "numba"))
        lines = [
            HEAD,
            f"{len(self.outcomes)} tests: {told}; {len(self.rows)} comparisons, {bad} fail. "
            f"Python {platform.python_version()}, {packages}; "
            f"{time.monotonic() - self.began:.0f} s.",
        ]
        if self.missing:
            lines += ["", f"**Nothing was compared with {', '.join(self.missing)}.**"]
        oracles = {oracle: f"{oracle} — {claim}" for oracle, claim in ORACLES.items()}
        lines += self._table("Oracles", "oracle", lambda path, topic: topic in ORACLES, oracles)
        lines += self._table("Docking", "software", lambda path, topic: "/docking/" in path)
        lines += self._table(
            "Everything else",
            "topic",
            lambda path, topic: "/docking/" not in path and topic not in ORACLES,
        )
        failed = [test for test, outcome in self.outcomes.items() if outcome != "passed"]
        if failed:
            lines += ["", "## Tests that did not pass", ""]
            lines += [f"- {self.outcomes[test]}: `{test}`" for test in failed]
        if MUTANTS.exists():
            lines += ["", "## Mutants", "", *_summary(MUTANTS.read_text(encoding="utf-8"))]
        return lines

    def _table(
        self,
        title: str,
        first: str,
        chosen: Callable[[str, str], bool],
        order: dict[str, str] | None = None,
    ) -> list[str]:
        rows = [
            (path, row) for path, row in self.rows if chosen(path.partition("::")[0], row.topic)
        ]
        if order is not None:
            place = {topic: i for i, topic in enumerate(order)}
            rows.sort(key=lambda pair: place[pair[1].topic])
        if not rows:
            return []
        lines = ["", f"## {title}", ""]
        lines += [f"| {first} | claim | expected | measured | tolerance | holds |"]
        lines += ["|---|---|---|---|---|---|"]
        told = ""
        for _, row in rows:
            if order is not None and row.topic != told:
                told = row.topic
                lines.append(f"| **{row.topic}** | **{ORACLES[row.topic]}** | | | | |")
            cells = (*row[:5], "yes" if row.holds else "**NO**")
            lines.append("| " + " | ".join(re.sub(r"\|", r"\\|", cell) for cell in cells) + " |")
        return lines


def _summary(text: str) -> list[str]:
    """Return the table of totals of the page on mutants."""
    table = [line for line in text.splitlines() if line.startswith("|")]
    end = next((i for i, line in enumerate(table) if line.startswith("| **all**")), -1)
    names = "Survivors and equivalent mutants by name: [MUTANTS.md](MUTANTS.md), by `make mutants`."
    return [*table[: end + 1], "", names]


def pytest_configure(config: pytest.Config) -> None:
    """Start collecting; where tests run in several processes, in the first one alone."""
    if hasattr(config, "workerinput"):
        return
    config.pluginmanager.register(Page(), "verification page")
