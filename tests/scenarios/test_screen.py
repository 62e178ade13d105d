"""Where the command's words go: full disks, pipes without a reader, logs, Ctrl-C twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

import pytest

from scenarios.command import app, interrupts
from scenarios.command.screen import guarded
from scenarios.command.sweep_console import Telling
from sim.errors import DataError
from sim.experiments import Serial, Store, sweep
from tests.scenarios.test_command import QUICK, run
from tests.worlds import tiny

ROOT = Path(__file__).resolve().parents[2]
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")


def command(
    *arguments: str, stdout: Any = subprocess.PIPE, **more: Any
) -> subprocess.Popen[str]:  # fmt: skip
    """Start the command as a program of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "scenarios", *arguments], cwd=ROOT, stdout=stdout,
        stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, **more,
    )  # fmt: skip


def ended(program: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """Return exit code and lines of errors."""
    with program:
        _, err = program.communicate(timeout=120)
    return program.returncode, err.strip().splitlines()


@needs_full
def test_a_full_disk_behind_the_screen_is_one_line_and_the_files_of_the_run_are_whole(
    tmp_path: Path,
) -> None:
    with FULL.open("w") as full:
        code, said = ended(command("run", "baseline", *QUICK, "--out", str(tmp_path), stdout=full))
    assert (code, len(said)) == (2, 1), said
    assert "the output cannot be written to" in said[0]
    assert {"daily.parquet", "page.html"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("arguments", [("list",), ("--help",), ("run", "--help")])
def test_a_reader_that_leaves_is_no_error(arguments: tuple[str, ...]) -> None:
    """As of ``| head -1``: what every other program does, 141 of the shell and not a word."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert ended(command(*arguments, stdout=writing)) == (app.CLOSED_PIPE, [])
    finally:
        os.close(writing)


def test_a_screen_that_is_closed_is_no_error() -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -m scenarios list >&-', sys.executable],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_cut_short_is_not_taken_for_an_interrupt(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """typer reads EOFError as the end of what somebody types."""

    def cut(*_: object) -> None:
        raise EOFError("Ran out of input")

    monkeypatch.setattr("scenarios.first_lines", cut)
    code, _, err = run(capsys, "list")
    assert code == 2
    assert err.splitlines() == [err.strip()]
    assert "ended too early (Ran out of input)" in err
    with pytest.raises(DataError):
        guarded(cut)()


@needs_full
def test_a_log_without_room_is_refused_before_any_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = run(capsys, "sweep", "baseline", "--vary", "quota=3,6", *QUICK, "--out",
                       str(tmp_path / "s"), "--log", str(FULL))  # fmt: skip
    assert code == 2
    assert err.strip().splitlines()[-1].startswith("clipmarket: --log /dev/full: cannot be written")
    assert not list(tmp_path.rglob("runs/*/*.parquet"))


class _Fills:
    """A file on a disk that is full after the first line."""

    def __init__(self, file: IO[str]) -> None:
        self.file, self.lines = file, 0

    def write(self, text: str) -> None:
        self.lines += 1
        if self.lines > 1:
            raise OSError(28, "No space left on device")
        self.file.write(text)

    def flush(self) -> None:
        self.file.flush()

    def close(self) -> None:
        self.file.close()


def test_a_log_that_breaks_in_the_middle_costs_no_run_and_is_told_at_the_end(
    tmp_path: Path,
) -> None:
    telling = Telling(tmp_path / "log", quiet=True)
    assert telling._log is not None
    telling._log = _Fills(telling._log)  # type: ignore[assignment]
    with telling:
        sweep(tiny(until="2025-10-01"), {"sora.p_active": [0.2, 0.3]}, store=tmp_path / "s",
              executor=Serial(), watch=telling.watch)  # fmt: skip
    assert len(Store(tmp_path / "s")) == 2
    with pytest.raises(DataError, match=r"log: cannot be written \(No space left"):
        telling.check_log()


def test_two_interrupts_without_a_pause_end_in_one_line(tmp_path: Path) -> None:
    """The second one comes while workers are ended; they are ended all the same."""
    log = tmp_path / "log"
    program = command("sweep", "baseline", "--vary", "sora.p_active=0.1..0.5:200", *QUICK,
                      "--workers", "1", "--quiet", "--log", str(log),
                      "--out", str(tmp_path / "s"))  # fmt: skip
    end = time.monotonic() + 120
    while not (log.exists() and '"run"' in log.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    for _ in range(5):
        program.send_signal(signal.SIGINT)
        time.sleep(0.01)
    code, said = ended(program)
    assert (code, len(said)) == (130, 1), said
    assert "interrupted: 200 runs" in said[0]
    assert Store(tmp_path / "s").notes == []


def test_only_the_first_interrupt_counts_until_patience_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left: list[int] = []
    monkeypatch.setattr("os._exit", left.append)
    with interrupts.pressed_once():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        assert left == []
        monkeypatch.setattr(interrupts, "PATIENCE", -1.0)
        signal.raise_signal(signal.SIGINT)
        assert left == [130]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_command_in_the_background_goes_on_as_its_shell_wants() -> None:
    """Shells have SIGINT ignored for what ends with &."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts.pressed_once():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
