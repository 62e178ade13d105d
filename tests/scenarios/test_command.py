"""The command as an analyst meets it: good runs, and one clear line for every bad one."""

from __future__ import annotations

import errno
import inspect
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

import scenarios
from scenarios import baseline
from scenarios.__main__ import main
from scenarios.command import values
from scenarios.command.app import app, with_option
from scenarios.command.console import drawn
from scenarios.command.run_page import run_page
from scenarios.command.tables import beside_facts, monthly
from scenarios.inputs import sizing
from scenarios.inputs.sizing import memory_needed, sized
from scenarios.inputs.targets import compare_to_facts
from sim.errors import ConfigError
from sim.market import Market
from sim.numbers import aligned, amount, brief, half_width, parameter
from tests.worlds import small

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("--users", "500", "--until", "2025-05-24")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; return exit code, output, errors."""
    code = 0
    try:
        main(list(arguments))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_list_tells_every_scenario_and_its_question(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "list")
    assert code == 0
    for name in scenarios.CATALOGUE:
        assert name in out


def test_a_run_prints_tables_and_writes_five_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = run(capsys, "run", "baseline", *QUICK, "--out", str(tmp_path / "a"))
    assert (code, err) == (0, "")
    assert "165,400 people" in out
    assert "facts" in out.lower()
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {"chart.png", "daily.parquet", "manifest.json", "monthly.csv", "page.html"}
    daily = pd.read_parquet(tmp_path / "a" / "daily.parquet")
    assert set(daily["platform"]) == {"google", "sora"}
    assert len(daily) == 2 * 5


def test_a_disk_that_became_full_costs_the_files_and_not_the_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What took an hour to compute is shown, though it cannot be kept."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("sim.files.tempfile.mkstemp", full)
    code, out, err = run(capsys, "run", "baseline", "--users", "300", "--until", "2025-10-06",
                         "--out", str(tmp_path))  # fmt: skip
    assert code == 2
    assert "installs" in out
    assert "Written to" not in out
    assert err.count("\n") == 1
    assert "No space left on device" in err


def test_threads_and_checks_change_no_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    frames = []
    for threads in ("1", "2"):
        out = tmp_path / threads
        size = ("--users", "5k", "--until", "2025-06-05", "--threads", threads)
        code, _, err = run(
            capsys, "run", "baseline", *size, "--check", "--quiet", "--out", str(out)
        )
        assert (code, err) == (0, "")
        frames.append(pd.read_parquet(out / "daily.parquet"))
    pd.testing.assert_frame_equal(*frames)


def test_a_setting_changes_what_it_names(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, _ = run(capsys, "run", "baseline", *QUICK, "--set", "google.free_quota_per_day=0",
                     "--quiet", "--out", str(tmp_path))  # fmt: skip
    assert code == 0
    assert pd.read_parquet(tmp_path / "daily.parquet")["clips_free"].sum() == 0


@pytest.mark.parametrize("name", ["baseline", "survive"])
def test_a_scenario_file_runs_by_itself_from_any_folder(name: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": ""}
    file = ROOT / "scenarios" / f"{name}.py"
    done = subprocess.run(
        [sys.executable, str(file), *QUICK, "--out", "x"],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x" / "chart.png").stat().st_size > 20_000


BAD = {
    "unknown scenario": (("run", "basline"), "Did you mean 'baseline'"),
    "no users": (("run", "baseline", "--users", "0"), "The option is --users"),
    "users no number": (("run", "baseline", "--users", "many"), "--users 'many'"),
    "users not whole": (("run", "baseline", "--users", "10.5"), "--users 10.5"),
    "users beyond all": (("run", "baseline", "--users", "1e30"), "less than or equal"),
    "people negative": (("run", "baseline", "--people", "-3"), "n_people = -3"),
    "more people than there are": (
        ("run", "baseline", "--people", "1e14"),
        "at most 1e+11. Give fewer. The option is --people",
    ),
    "people nan": (("run", "baseline", "--people", "nan"), "--people 'nan'"),
    "users in thousandths": (("run", "baseline", "--users", "1m"), "--users '1m'"),
    "no folder": (("run", "baseline", "--out", " "), "must name a folder"),
    "no folder for pages": (("answers", "--pages", ""), "--pages '': must name a folder"),
    "report of nothing moved": (("report", "all", "--assumptions", "-1"), "--assumptions -1"),
    "first day no date": (("compare", "baseline", "survive", "--since", "x"), "--since 'x'"),
    "no store": (("results", ""), "DIR '': must name a folder"),
    "seed negative": (("run", "baseline", "--seed", "-1"), "seed = -1"),
    "seed no number": (("run", "baseline", "--seed", "x"), "--seed 'x'"),
    "impossible date": (("run", "baseline", "--until", "2025-02-30"), "2025-02-30"),
    "end before start": (("run", "baseline", "--until", "2024-01-01"), "before start 2025-05-20"),
    "a comma": (("run", "baseline", "--users", "1,5M"), "can be read in two ways"),
    "unknown platform": (("run", "baseline", "--set", "sra.p_active=1"), "Did you mean 'sora'"),
    "unknown field": (("run", "baseline", "--set", "sora.p_activ=1"), "Did you mean 'p_active'"),
    "wrong type": (("run", "baseline", "--set", "sora.p_active=x"), "p_active = 'x'"),
    "out of range": (("run", "baseline", "--set", "sora.p_active=1.5"), "p_active = '1.5'"),
    "not finite": (("run", "baseline", "--set", "sora.utility=inf"), "finite"),
    "not a number": (("run", "baseline", "--set", "sora.utility=nan"), "finite"),
    "no value": (("run", "baseline", "--set", "sora.p_active"), "platform.field=value"),
    "unknown surface": (("run", "baseline", "--set", "google.reach_per_day.tv=1"), "'tv'"),
    "unknown region": (("run", "baseline", "--set", "market.regions.mars.share=1"), "mars"),
    "broken shares": (("run", "baseline", "--set", "market.segments.games.share=0.5"), "sum to 1"),
    "unknown graph": (("run", "baseline", "--graph", "smal_world"), "Did you mean 'small_world'"),
    "bad graph": (("run", "baseline", "--graph", "small_world(degree=x)"), "degree = 'x'"),
    "no edge file": (("run", "baseline", "--graph", "edges(nowhere.txt)"), "nowhere.txt"),
    "no threads": (("run", "baseline", "--threads", "0"), "threads = 0"),
    "unknown option": (("run", "baseline", "--sed", "1"), "--sed"),
    "unknown command": (("walk",), "walk"),
    "no name": (("run",), "Missing argument"),
    "no file": (("run", "nowhere.py"), "nowhere.py"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_code_2(
    case: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, expected = BAD[case]
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1, err
    assert err.startswith("clipmarket: ")
    assert expected in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("100000", 1e5), ("1e6", 1e6), ("0.1k", 100.0), ("100K", 1e5), ("1.5M", 1.5e6), ("2G", 2e9),
     ("1_000", 1e3), ("1,000,000", 1e6), (" 7 ", 7.0), (20_000, 2e4)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: object, expected: float) -> None:
    assert values.number(text) == expected
    assert values.whole(text) == expected


@pytest.mark.parametrize(
    "text", ["1,5M", "1,5", "1,00", "1m", "5m", "1kk", "k", "", "nan", "1e400", "²", "0x10"]
)
def test_what_can_be_read_in_two_ways_or_none_is_no_number(text: str) -> None:
    """A letter m is a thousandth or a minute to many, a comma a decimal point to half the world."""
    with pytest.raises(values.BadValueError):
        values.number(text)


def test_a_seed_beyond_what_a_float_holds_is_read_digit_by_digit() -> None:
    assert values.whole("18446744073709551615") == 2**64 - 1


@pytest.mark.parametrize(
    ("changed", "parameter", "option"),
    [({"n_users": 10_000_000}, "n_users", "--users"),
     ({"n_users": 100, "until": "2050-01-01"}, "market.until", "--until")],
)  # fmt: skip
def test_what_no_memory_holds_is_told_by_parameter_and_on_the_command_line_by_option(
    changed: dict[str, Any], parameter: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook has no options: only the command speaks of them."""
    monkeypatch.setattr(sizing, "memory", lambda: 1e9)
    with pytest.raises(ConfigError, match=rf"need about .* Give fewer .*{parameter}") as told:
        sizing.check_size(sized(baseline.scenario(), **changed))
    assert "--" not in str(told.value)
    assert with_option(str(told.value)).endswith(f"The option is {option}.")


def test_the_command_names_the_option_where_the_machine_names_the_parameter() -> None:
    assert with_option("n_users = 0: too few.") == "n_users = 0: too few. The option is --users."
    for message in ("--set market.n_users: no.", "until is before start."):
        assert with_option(message) == message


def shared_options() -> dict[str, list[inspect.Parameter]]:
    """Return the options that more than one command has, with how each declares it."""
    found: dict[str, list[inspect.Parameter]] = {}
    for command in app.registered_commands:
        assert command.callback is not None
        for one in inspect.signature(command.callback, eval_str=True).parameters.values():
            found.setdefault(one.name, []).append(one)
    return {name: many for name, many in found.items() if len(many) > 1}


#: What means another thing to each command that has it.
OF_THEIR_OWN = {"check", "metric", "platform", "structure"}


def test_an_option_of_several_commands_is_declared_once() -> None:
    """The file that answers are written to is called as the folders of the others are."""
    shared = shared_options()
    assert {"users", "seed", "until", "out", "quiet", "set_", "timeout"} <= shared.keys()
    for name in shared.keys() - OF_THEIR_OWN:
        declared = {id(one.annotation.__metadata__[0]) for one in shared[name]}
        assert len(declared) == (2 if name in ("out", "name") else 1), name


def test_a_table_says_the_same_on_a_screen_and_on_a_page() -> None:
    results = small(500).run("2025-10-07")
    sheets = [monthly(results, "sora"), beside_facts(compare_to_facts(results))]
    page = run_page(results, compare_to_facts(results)).html()
    for sheet in sheets:
        console = Console(width=300, file=io.StringIO())
        console.print(drawn(sheet, 300))
        shown = console.file.getvalue()  # type: ignore[attr-defined]
        for row in sheet.rows:
            assert all(str(cell) in shown for cell in row)
            assert all(f"<td>{cell}</td>" in page for cell in row[2:])
    assert "CAC paid" in [column.text for column in sheets[0].columns]
    narrow = sheets[0].narrow()
    assert "CAC paid" not in [column.text for column in narrow.columns]
    assert {len(row) for row in narrow.rows} == {len(narrow.columns)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def scenario(:\n", "SyntaxError"),
        ("x = 1\n", "defines no scenario()"),
        ("import nothing_of_that_name\n", "nothing_of_that_name"),
    ],
)
def test_a_broken_scenario_file_is_one_line(
    text: str, expected: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    code, _, err = run(capsys, "run", str(file))
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert expected in err


def test_out_must_be_a_folder_that_can_be_made(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    for out in (taken, taken / "below"):
        code, _, err = run(capsys, "run", "baseline", *QUICK, "--quiet", "--out", str(out))
        assert code == 2
        assert len(err.strip().splitlines()) == 1
    assert taken.read_text() == "mine"


def test_broken_edge_files_are_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for content in (b"", b"1 x\n", b"\x00\xff\x00", b"1\n"):
        file = tmp_path / "edges.txt"
        file.write_bytes(content)
        code, _, err = run(capsys, "run", "baseline", *QUICK, "--graph", f"edges({file})")
        assert code == 2
        assert len(err.strip().splitlines()) == 1
        assert "edges.txt" in err


def test_numbers_are_written_as_people_read_them() -> None:
    cases = {0.0: "0", 12.34: "12.3", 999.7: "1 k", 1_270_000: "1.27 M", -16.9e6: "-16.9 M",
             float("nan"): "–", float("inf"): "inf", 0.1234: "0.123", 1.23e12: "1230 G",
             999_499.0: "999 k", 999_501.0: "1 M"}  # fmt: skip
    assert {value: brief(value) for value in cases} == cases
    assert (brief(1_234_567, 6), brief(1_234_567, 4), brief(-20_000, 6)) == (
        "1.23457 M", "1.235 M", "-20 k",
    )  # fmt: skip
    assert [aligned(value) for value in (1e6, -12_000, 999.7, 7.0)] == [
        "1.00 M", "-12.0 k", "1.00 k", "7",
    ]  # fmt: skip
    assert (half_width(126.0), half_width(4.04e8)) == ("±130", "±400 M")
    assert (parameter(0.123456), parameter(4), parameter("log")) == ("0.1235", "4", "log")


def test_amounts_are_written_as_people_say_them() -> None:
    assert amount(-1_234_000, "USD/day") == "-$1.23 M per day"
    assert amount(0.12, "share", signed=True) == "+12 %"
    assert amount(3.3e6, "people") == "3.3 M people"
    assert amount(float("nan"), "people") == "no value"


def test_comparison_says_what_a_short_run_does_not_reach() -> None:
    market = small(500)
    comparison = compare_to_facts(market.run("2025-10-07")).set_index("target")
    assert comparison.loc["installs, first week", "near"] is not None
    assert comparison.loc["installs, November", "near"] is None


def test_memory_is_estimated_from_the_arrays_a_run_will_hold() -> None:
    """Not less than columns and graph; not more than a graph takes while it is built."""
    scenario = sized(baseline.scenario(), 20_000)
    market = Market(scenario)
    arrays = market.users.columns.nbytes + market.graph.nbytes
    need = memory_needed(scenario)[0] - memory_needed(sized(scenario, 1))[0]
    assert arrays <= need <= 1.5 * arrays
