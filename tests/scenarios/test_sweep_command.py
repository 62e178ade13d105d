"""Sweeps from the command line: good ones, going on, and one line for whatever is wrong."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from scenarios.__main__ import main
from scenarios.command.console import OF_A_STORE, OF_A_STORE_NARROW
from scenarios.command.store_table import show_points
from sim.experiments import Store
from sim.minding import MINDS

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("--users", "300", "--until", "2025-10-06", "--set", "market.start=2025-09-28")
TWO = ("--vary", "sora.free_quota_per_day=1,30")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; return exit code, output, errors."""
    code = 0
    try:
        main(list(arguments))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_a_sweep_prints_what_it_came_to_and_goes_on_when_given_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder, log = tmp_path / "store", tmp_path / "log.jsonl"
    command = ("sweep", "baseline", *TWO, *QUICK, "--out", str(folder), "--log", str(log))
    code, out, err = run(capsys, *command, "--replicates", "2")
    assert code == 0
    # The quota is varied, and the baseline lets nobody mind it.
    assert [line for line in err.splitlines() if MINDS not in line] == []
    assert "4 runs: 0 done, 4 left" in out
    assert "sora: mean over seeds" in out
    assert "0 were there before" in out
    code, out, _ = run(capsys, *command, "--replicates", "3")
    assert code == 0
    assert "6 runs: 4 done, 2 left" in out
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["begin", *["run"] * 4, "end",
                                                 "begin", *["run"] * 2, "end"]  # fmt: skip
    assert {line["seed"] for line in lines if line["event"] == "run"} == {1, 2, 3}
    assert lines[-1]["done"] == 6


METRICS = ("installs", "clips", "burn_usd", "compute_usd", "revenue_usd", "cac_loaded_usd")


@pytest.mark.parametrize("width", [60, 80, 120, 300])
@pytest.mark.parametrize("asked", [(), METRICS])
def test_numbers_are_never_cut_to_fit_a_screen(width: int, asked: tuple[str, ...]) -> None:
    """What was asked for stands in as many tables as it takes; else the most important is shown."""
    means = {name: [123_456_789.0, 99_999.0] for name in {*OF_A_STORE, *METRICS}}
    frame = pd.DataFrame(
        {"platform": "sora", "status": "done", "sora.free_quota_per_day": [1, 30], **means}
    )
    frame = pd.concat([frame, frame.assign(**{n: [1e6, 2e5] for n in means})])
    console = Console(width=width, file=io.StringIO(), highlight=False)
    show_points(console, frame, list(asked), None)
    shown = console.file.getvalue()
    assert "…" not in shown
    # The first line of a heading holds names, the second units.
    first = [line.removeprefix(" sora.").split() for line in shown.splitlines() if " sora." in line]
    named = tuple(name for line in first for name in line)
    assert named == asked or (not asked and named in (OF_A_STORE, OF_A_STORE_NARROW))
    if width == 300:
        assert named == (asked or OF_A_STORE)
        assert len(first) == 1


def test_results_prints_a_store_and_draws_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = str(tmp_path / "store")
    vary = (*TWO, "--vary", "sora.p_active=0.2,0.4")
    assert run(capsys, "sweep", "baseline", *vary, *QUICK, "--out", folder, "--quiet")[:2] == (
        0,
        "",
    )
    code, out, err = run(capsys, "results", folder, "--metric", "clips", "--platform", "sora",
                         "--check", "--rebuild")  # fmt: skip
    assert (code, err) == (0, "")
    assert "4 runs" in out
    names = {path.name for path in (tmp_path / "store" / "charts").iterdir()}
    assert names == {"heat-clips-sora.png", "fan-clips-sora.png", "tornado-clips-sora.png",
                     "parallel-sora.png"}  # fmt: skip


@pytest.fixture
def finished(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> str:
    """Return the folder of a small store."""
    folder = str(tmp_path / "store")
    assert run(capsys, "sweep", "baseline", *TWO, *QUICK, "--out", folder, "--quiet")[0] == 0
    return folder


def no_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every disk be one that may only be read; root could write where others may not."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("sim.files.tempfile.mkstemp", refuse)
    ways = Path.open

    def only_read(self: Path, mode: str = "r", *given: Any, **named: Any) -> Any:
        return ways(self, mode, *given, **named) if mode[0] == "r" else refuse()

    monkeypatch.setattr(Path, "open", only_read)


def test_what_may_only_be_read_is_printed_and_checked(
    finished: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in Path(finished).rglob("*") if path.is_file()}
    no_writing(monkeypatch)
    code, out, err = run(capsys, "results", finished)
    assert (code, err) == (0, "")
    assert "2 runs" in out
    assert "No charts: cannot write" in out
    code, out, err = run(capsys, "results", finished, "--check")
    assert (code, err) == (0, "")
    assert "2 runs" in out
    assert "Checked, and left as it is: cannot write" in out
    # Where writing is all that was asked for, it is an error.
    for option in ("--quiet", "--rebuild"):
        code, out, err = run(capsys, "results", finished, option)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "Read-only file system" in err
    assert {p: p.read_bytes() for p in Path(finished).rglob("*") if p.is_file()} == before


def test_a_check_of_what_may_only_be_read_tells_of_damage(
    finished: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = min(Path(finished).glob("runs/*/*.parquet"))
    content = bytearray(one.read_bytes())
    content[len(content) // 2] ^= 1
    one.write_bytes(content)
    no_writing(monkeypatch)
    code, out, _ = run(capsys, "results", finished, "--check")
    assert code == 0
    assert f"{one.name}: damaged (it is not as it was written); not used." in out
    assert one.read_bytes() == content


def test_charts_are_never_written_outside_the_store(
    finished: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (Path(finished) / "charts").symlink_to(outside)
    code, out, _ = run(capsys, "results", finished)
    assert code == 0
    assert "2 runs" in out
    assert "leads out of" in out
    assert list(outside.iterdir()) == []


def test_results_never_mixes_versions_of_the_model(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("sweep", "baseline", *TWO, *QUICK, "--out", str(tmp_path), "--quiet")
    assert run(capsys, *command)[0] == 0
    for module in ("identity", "store"):
        monkeypatch.setattr(f"sim.experiments.store.{module}.model_version", lambda: "f" * 64)
    assert run(capsys, *command, "--replicates", "3")[0] == 0
    code, out, _ = run(capsys, "results", str(tmp_path), "--metric", "unaware")
    assert code == 0
    assert "another version of the model are left out" in " ".join(out.split())
    rows = [line.split() for line in out.splitlines() if line.split()[:1] in (["1"], ["30"])]
    assert len(rows) >= 2
    assert {row[1] for row in rows} == {"1"}


def test_sensitivity_prints_indices_and_draws_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ("sensitivity", "baseline", "--vary", "A16", "--vary", "sora.utility=-2..2",
               *QUICK, "--size", "2", "--seeds", "2", "--out", str(tmp_path))  # fmt: skip
    code, out, err = run(capsys, *command)
    assert (code, err) == (0, "")
    for name in ("sora.friend_strength", "sora.utility", "market.seed", "mu_star"):
        assert name in out
    table = pd.read_csv(tmp_path / "charts" / "morris-installs-sora.csv", index_col=0)
    assert len(table) == 3
    assert (tmp_path / "charts" / "morris-installs-sora.png").stat().st_size > 10_000


def test_a_table_of_points_and_short_names(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """An alias, a path in full, and the beginning of a field that has only one end."""
    points = tmp_path / "points.csv"
    points.write_text("quota,sora.p_active,google.free_quota\n3,0.2,1\n6,0.3,2\n")
    code, _, err = run(capsys, "sweep", "baseline", "--table", str(points), *QUICK,
                       "--out", str(tmp_path / "store"), "--quiet")  # fmt: skip
    assert (code, err) == (0, "")
    frame = Store(tmp_path / "store").frame()
    assert "google.free_quota_per_day" in frame
    assert sorted(set(frame["sora.p_active"])) == [0.2, 0.3]
    with pytest.raises(SystemExit, match="2"):
        main(["sweep", "baseline", "--table", str(points), *TWO])


def test_failed_runs_are_told_and_end_with_exit_code_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ("sweep", "baseline", *TWO, *QUICK, "--out", str(tmp_path), "--timeout")
    code, out, _ = run(capsys, *command, "1e-6")
    assert code == 1
    assert "2 failed (--retry-failed runs them again)" in out
    assert "failed: not done after 1e-06 s" in out
    assert run(capsys, *command, "600", "--retry-failed")[0] == 0


BAD = {
    "nothing varied": ((), "nothing is varied"),
    "no value": (("--vary", "quota"), "PATH=VALUES"),
    "unknown path": (("--vary", "qota=3"), "Did you mean 'quota'"),
    "unknown field": (("--vary", "sora.p_activ=3"), "Did you mean 'p_active'"),
    "more than one meaning": (
        ("--vary", "free_quota=3"),
        "could be google.free_quota_per_day, sora",
    ),
    "unknown event": (("--vary", "event:pack.date=2025-10-01"), "Did you mean 'packs'"),
    "out of range": (("--vary", "sora.p_active=2"), "p_active = '2'"),
    "a range in a grid": (("--vary", "sora.p_active=0.1..0.5"), "a grid needs values"),
    "twice": ((*TWO, *TWO), "varied twice"),
    "no range": (("--vary", "A2"), "no range in assumptions.toml"),
    "no part of a run": (("--vary", "A45"), "is no part of a run"),
    "two designs": ((*TWO, "--latin", "4", "--sobol", "4"), "give one of them"),
    "no points": ((*TWO, "--latin", "0"), "points = 0"),
    "no replicates": ((*TWO, "--replicates", "0"), "replicates = 0"),
    "half a replicate": ((*TWO, "--replicates", "1.5"), "--replicates 1.5"),
    "no time": ((*TWO, "--timeout", "0"), "timeout = 0"),
    "no table": (("--table", "nowhere.csv"), "nowhere.csv: cannot be read"),
    "no workers": ((*TWO, "--workers", "0"), "workers = 0"),
    "two places": ((*TWO, "--workers", "1", "--cluster", "tcp://x"), "give one of them"),
    "no folder": ((*TWO, "--out", " "), "must name a folder"),
    "log in no folder": ((*TWO, "--log", "no/where/log"), "--log no/where/log"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_code_2(
    case: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, expected = BAD[case]
    code, out, err = run(capsys, "sweep", "baseline", *QUICK, *arguments)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1, err
    assert err.startswith("clipmarket: ")
    assert expected in err
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("results", "nowhere"), "no store of runs"),
        (("results",), "Missing argument"),
        (("sensitivity", "baseline", "--vary", "A16", "--seeds", "1"), "at least 2 are needed"),
        (
            ("sensitivity", "baseline", "--method", "fast"),
            "clipmarket: --method 'fast': no such method. Allowed: morris, sobol.\n",
        ),
        (("sensitivity", "baseline", "--metric", "instals"), "'installs'"),
    ],
)
def test_bad_input_of_the_other_commands_is_one_line_too(
    command: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, *command)
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert expected in err


def test_a_store_in_use_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from scenarios import baseline

    with Store(tmp_path / "store", baseline.scenario()):
        code, _, err = run(capsys, "sweep", "baseline", *TWO, *QUICK, "--out",
                           str(tmp_path / "store"))  # fmt: skip
    assert code == 2
    assert "another process" in err


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_an_interrupt_ends_cleanly_and_the_same_command_goes_on(
    number: signal.Signals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C, or what a batch system sends: workers end, the log and the store are whole."""
    log = tmp_path / "log"
    many = ("--vary", "sora.p_active=0.1..0.5:200", "--workers", "1", "--log", str(log))
    command = [sys.executable, "-m", "scenarios", "sweep", "baseline", *many, *QUICK,
               "--out", str(tmp_path / "store")]  # fmt: skip
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:  # fmt: skip
        end = time.monotonic() + 120
        while not (log.exists() and '"run"' in log.read_text()) and time.monotonic() < end:
            time.sleep(0.05)
        running.send_signal(number)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert len(err.strip().splitlines()) == 1, err
    assert "interrupted: 200 runs: " in err
    assert "The same command goes on" in err
    store = Store(tmp_path / "store")
    assert store.notes == []
    assert 0 < len(store) < 200
    assert f"{len(store)} done" in err
    last = json.loads(log.read_text().splitlines()[-1])
    assert (last["event"], last["done"]) == ("stopped", len(store))
