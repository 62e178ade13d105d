"""What lies on disk is attacked: a little of ``make attack``, and whether the attack can fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.execution import Execution
from sim.market import Market
from tests import attack
from tests.attack import SILENT, TOLD, TRACEBACK, count, flips, forged


def test_every_flipped_bit_is_harmless_or_told(tmp_path: Path) -> None:
    found, wrong = count(flips(80, 1, tmp_path))
    assert wrong == []
    assert found[TOLD] > 40


@pytest.mark.filterwarnings("ignore")
def test_a_forged_market_is_refused_or_lives_to_the_end(tmp_path: Path) -> None:
    found, wrong = count(forged(60, 1, tmp_path))
    assert wrong == []
    assert found[TOLD] > 20


def test_a_reader_that_believes_what_it_reads_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the digest, numbers change in silence and footers end in tracebacks."""
    read: Callable[[Path], bytes] = Path.read_bytes
    monkeypatch.setattr("sim.experiments.store.sealed.read_sealed", read)
    found, wrong = count(flips(80, 1, tmp_path))
    assert found[SILENT] > 0
    assert len(wrong) == min(20, found[SILENT] + found[TRACEBACK])


@pytest.mark.filterwarnings("ignore")
def test_a_market_that_is_not_looked_at_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Believed at the door, it breaks on the way."""
    load = Market.load

    def believe(path: Path, execution: Execution) -> Market:
        with monkeypatch.context() as at_the_door:
            at_the_door.setattr(Market, "check", lambda market: None)
            return load(path, execution)

    monkeypatch.setattr(Market, "load", believe)
    found, _ = count(forged(60, 1, tmp_path))
    assert found[SILENT] > 0


def test_the_command_says_how_often_each_way_and_ends_accordingly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert attack.main(["--flips", "3", "--forged", "0"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("3 bits flipped in a store: ")
    assert "0 silent, 0 traceback" in first
    assert second.startswith("0 saved markets forged: ")
    monkeypatch.setattr(attack, "as_read", lambda *_: SILENT)
    assert attack.main(["--flips", "1", "--forged", "0"]) == 1
    assert "silent: " in capsys.readouterr().out
