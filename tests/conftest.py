"""What holds for every test: no screen, invariants switched on."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.verification import PROPERTY, Verified

if TYPE_CHECKING:
    from sim.experiments.work.running import Task
    from sim.results import Results

# Before any test imports the packages (and in the processes that a test starts): charts are drawn
# without a screen, and every market checks its invariants each day.
os.environ["MPLBACKEND"] = "Agg"
os.environ["CLIPMARKET_CHECK"] = "1"
# `make test &`: a shell has Ctrl-C ignored in the background, by whatever is started there too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make golden` write the golden numbers instead of comparing with them."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write tests/golden.json anew instead of comparing with it (make golden)",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether this run writes the golden numbers."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def verified(request: pytest.FixtureRequest) -> Verified:
    """Compare with an oracle: one row of docs/VERIFICATION.md, asserted as it is kept."""
    kept = request.node.user_properties
    return Verified(lambda finding: kept.append((PROPERTY, tuple(finding))))


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds of the runs that are really done, in order."""
    from sim.experiments.store import kept_runs
    from sim.experiments.work.running import run_task

    seeds: list[int] = []

    def note(task: Task) -> Results:
        seeds.append(task.seed)
        return run_task(task)

    monkeypatch.setattr(kept_runs, "run_task", note)
    return seeds
