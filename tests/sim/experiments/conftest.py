"""Workers that the tests of experiments share: starting one takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.experiments import LocalProcesses


@pytest.fixture(scope="session")
def local() -> Iterator[LocalProcesses]:
    """Two local worker processes."""
    with LocalProcesses(2) as executor:
        yield executor
