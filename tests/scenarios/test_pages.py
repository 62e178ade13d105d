"""The page in a real browser, the commands, the pictures, and what a newcomer reads in the docs."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

from scenarios import load, questions, scenario_of
from scenarios.__main__ import main
from scenarios.asking import fifteen
from scenarios.asking.question import read
from scenarios.command.run_page import run_page
from scenarios.inputs.assumptions import DATA, load_inputs
from scenarios.inputs.compose import compose
from scenarios.inputs.targets import compare_to_facts
from sim.errors import ConfigError
from sim.market import Market
from sim.report.bands import arms, heat, lines, tornado
from sim.report.network import cascades, draw_cascades, lorenz, neighborhood, spread
from sim.report.page import Exhibit, Page, Reference, Table
from tests.worlds import CHECKED, small

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium")
GUIDE = (ROOT / "docs" / "SCENARIOS.md").read_text(encoding="utf-8")


def block(language: str, holds: str) -> str:
    """Return the code block of the guide that holds a word."""
    found = re.findall(rf"```{language}\n(.*?)```", GUIDE, flags=re.DOTALL)
    return next(text for text in found if holds in text)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(list(arguments))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture(scope="module")
def market() -> Market:
    """A small market that has lived through invites, opening and packs."""
    lived = small(2_000)
    lived.run()
    return lived


def plain_page(**more: object) -> Page:
    samples = {"baseline": np.arange(20.0), "other <arm>": np.arange(20.0) + 5}
    figure = arms(samples, "installs", "people", "#1f77b4", "Source: none.", "baseline")
    exhibit = Exhibit("Arm by arm", "Words & signs.", figure, Table(["", "a"], [["x", "1\n(0)"]]))
    values = {
        "title": "T", "question": "Which?", "headline": "This <one>.", "bands": "Both.",
        "exhibits": [exhibit], "assumptions": [Reference("A1", "60 M", "People.")],
        "manifest": {"code": "x"},
    }  # fmt: skip
    return Page(**{**values, **more})  # type: ignore[arg-type]


def test_a_page_needs_nothing_from_outside() -> None:
    text = plain_page().html()
    assert not re.search(r'(?:src|href)\s*=\s*"(?!data:)', text)
    assert "<script" not in text
    assert "@import" not in text
    assert "url(" not in text


def test_words_on_a_page_cannot_become_markup() -> None:
    text = plain_page().html()
    assert "This &lt;one&gt;." in text
    assert "Words &amp; signs." in text


def test_the_same_numbers_give_the_same_page() -> None:
    assert plain_page().html() == plain_page().html()


def test_the_answer_stands_before_all_else() -> None:
    body = plain_page().html().partition("<body>")[2]
    words = re.sub(r"<[^>]+>", "\n", body).split("\n")
    said = [html.unescape(word.strip()) for word in words if word.strip()]
    assert said[:3] == ["Which?", "This <one>.", "Both."]


def screenshot(page: Path, width: int, height: int = 1400) -> np.ndarray:
    """Return what a browser shows of a page, (height, width, 3), without any network."""
    assert CHROMIUM is not None
    picture = page.with_suffix(f".{width}.png")
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--hide-scrollbars", f"--user-data-dir={page.parent / 'profile'}",
        f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=90)
    return np.asarray(matplotlib.image.imread(picture))[..., :3]


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
@pytest.mark.parametrize("width", [500, 1000])
def test_a_browser_shows_words_and_figure_within_the_window(tmp_path: Path, width: int) -> None:
    """The figure is drawn in the platform's color; nothing reaches the right margin (16 px)."""
    page = plain_page().write(tmp_path / "page.html")
    shown = screenshot(page, width)
    assert shown.shape[1] == width
    dark = (shown < 0.5).all(axis=-1)
    assert dark.sum() > 2_000, "no words"
    blue = np.abs(shown - np.array([0x1F, 0x77, 0xB4]) / 255).max(axis=-1) < 0.02
    assert blue.sum() > 50, "no figure"
    assert not dark[:, -12:].any(), "something is cut off at the right"


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_wide_table_takes_the_room_of_a_wide_window(tmp_path: Path) -> None:
    """Words keep to the middle 46 rem of 16 px; six long headings reach beyond, and end inside."""
    columns = [f"a heading of column {n}".replace(" ", "\u00a0") for n in range(6)]
    wide = Exhibit("Wide", table=Table(columns, [["1"] * len(columns)]))
    shown = screenshot(plain_page(exhibits=[wide]).write(tmp_path / "page.html"), 1440)
    dark = (shown < 0.5).all(axis=-1)
    beside = (1440 - 46 * 16) // 2 - 16
    assert dark[:, :beside].any()
    assert dark[:, -beside:].any()
    assert not dark[:, -12:].any(), "something is cut off at the right"


def test_the_page_of_a_run_holds_facts_and_months(market: Market) -> None:
    results = market.results
    text = run_page(results, compare_to_facts(results)).html()
    for part in ("SOR021", "2025-10", "Sora (OpenAI)", "scenario_sha256", "one run has no band"):
        assert part in text, part


def test_charts_refuse_nothing_that_can_be_measured() -> None:
    """NaN (nobody was acquired), no assumption that moves anything, a map with one value."""
    nan = np.full(5, np.nan)
    assert arms({"a": nan, "b": np.ones(5)}, "t", "share", "#1f77b4", "s", "a").axes
    assert tornado({}, 1.0, "t", "USD", "#1f77b4", "s").axes
    moves = {"A1": (-1.0, float("nan"))}
    assert tornado(moves, 1.0, "t", "USD", "#1f77b4", "s", (0.5, 1.5)).axes
    assert heat(np.zeros((2, 2)), [1, 2], [1, 2], "t", "x", "y", "s", here=(0, 1)).axes
    assert lines({"a": [1.0, np.nan]}, [1.0, 2.0], "t", "x", "y", "s", ["#1f77b4"]).axes


def test_cascades_count_everybody_who_started_once(market: Market) -> None:
    """A cascade is a tree; together they hold all who started, and each has one beginner."""
    started = market.users.columns["day_activated"][1] >= 0
    sizes = cascades(market, "sora")
    assert sizes.sum() == started.sum()
    assert sizes.min() >= 1
    brought = np.isin(market.users.columns["cause"][1][started], (7, 8)).sum()
    assert len(sizes) >= started.sum() - brought


def test_a_neighborhood_hangs_together(market: Market) -> None:
    rows = neighborhood(market.graph, 60, start=3)
    assert len(rows) == len(set(rows.tolist())) == 60
    assert 3 in rows
    inside = set(rows.tolist())
    for row in rows:
        friends = market.graph.indices[market.graph.indptr[row] : market.graph.indptr[row + 1]]
        assert inside & set(friends.tolist())


def test_pictures_show_dates_and_parts(market: Market) -> None:
    fresh = small(1_000)
    dates = ("2025-10-02", "2025-10-10", "2025-11-01", "2025-11-12")
    figure = spread(fresh, "sora", dates, neighborhood(fresh.graph, 50))
    assert [ax.get_title(loc="left")[:10] for ax in figure.axes[:4]] == list(dates)
    assert draw_cascades(market, "sora").axes[0].get_ylabel()
    written = [text.get_text() for text in lorenz(market, "sora").axes[0].texts]
    assert [text.split()[-1] for text in written] == ["clips"] * 3 + ["views"] * 3


def test_the_guide_adds_a_scenario_in_under_25_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = block("python", "ten_clips")
    assert len([line for line in code.splitlines() if line.strip()]) < 25
    file = tmp_path / "ten_clips.py"
    file.write_text(code, encoding="utf-8")
    question = read(load(str(file)))
    assert question.asks == "What if the free quota had been ten clips a day from the start?"
    assert list(question.arms()) == ["baseline", "10 clips", "3 clips"]
    assert scenario_of(str(file)).platforms["sora"].free_quota_per_day == 10
    market = load(str(file)).build(n_users=300, execution=CHECKED)
    assert market.run("2025-10-02").n_days > 0


def test_the_guide_adds_a_platform_by_data_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways of the guide: a file of its own, and the blocks inside the shipped files."""
    data = block("toml", "[platforms.third]")
    (tmp_path / "third.toml").write_text(data, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("matplotlib.pyplot.subplots", _no_screen)
    code = block("python", "third.toml").replace("n_users=20_000", "n_users=500")
    space: dict[str, object] = {}
    exec(compile(code, "guide", "exec"), space)
    market = space["market"]
    assert isinstance(market, Market)
    assert list(market.platforms) == ["google", "sora", "third"]
    assert market.results["installs"]["third"].sum() > 0
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    platform, marker, assumptions = data.partition("[[assumptions]]")
    for name, text in (("platforms", platform), ("assumptions", marker + assumptions)):
        with (folder / f"{name}.toml").open("a", encoding="utf-8") as file:
            file.write("\n" + text)
    inside = compose(load_inputs(folder), "baseline")
    assert inside.fingerprint == market.scenario_config.with_market(
        n_users=inside.market.n_users
    ).fingerprint  # fmt: skip


def _no_screen(*_: object, **__: object) -> tuple[object, object]:
    from matplotlib.figure import Figure

    figure = Figure()
    return figure, figure.subplots()


def test_a_file_that_adds_what_exists_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "twice.toml"
    file.write_text('[platforms.sora]\nlabel = "Again"\n')
    with pytest.raises(ConfigError, match="sora exists already"):
        load_inputs().extended(file)


def test_compare_prints_effects_with_their_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    size = ("--users", "500", "--replicates", "3", "--until", "2025-10-12")
    code, out, err = run(capsys, "compare", "baseline", "open_launch", *size)
    assert (code, err) == (0, "")
    assert "3 pairs of runs" in out
    for name in ("installs", "compute usd", "cac loaded usd"):
        assert name in out


def test_compare_of_a_scenario_with_itself_finds_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    size = ("--users", "300", "--replicates", "2", "--until", "2025-10-05")
    code, out, _ = run(capsys, "compare", "baseline", "baseline", *size)
    assert code == 0
    installs = next(line for line in out.splitlines() if line.strip().startswith("installs"))
    assert re.search(r"\s0\s+–\s+–\s+0%\s+0/2\s", installs), installs
    assert "no pair of 2 differs" in " ".join(out.split())


BAD = {
    "unknown question": (("report", "surviv"), "Did you mean 'survive'"),
    "no question": (("report", "baseline"), "has no MEASURES"),
    "no replicates": (("report", "survive", "--replicates", "0"), "replicates = 0"),
    "assumptions below 0": (("report", "survive", "--assumptions", "-1"), "--assumptions -1"),
    "no users": (("report", "survive", "--users", "0"), "n_users = 0"),
    "unknown scenario": (("compare", "baseline", "open_lunch"), "Did you mean 'open_launch'"),
    "unknown platform": (
        ("compare", "baseline", "copyright", "--platform", "sra", "--users", "100",
         "--replicates", "1", "--until", "2025-10-01"),
        "sra",
    ),
    "dates exchanged": (
        ("compare", "baseline", "copyright", "--since", "2025-11-02", "--until", "2025-11-01",
         "--users", "100", "--replicates", "1"),
        "2025-11-02",
    ),
    "out is a file": (("report", "survive", "--out", "README.md"), "is a file"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_exit_code_2(
    case: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text("mine")
    monkeypatch.chdir(tmp_path)
    arguments, expected = BAD[case]
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1, err
    assert expected in err


def test_all_stands_for_every_question() -> None:
    assert len(questions("all")) == 17
    assert "baseline" not in questions("all")


def test_fifteen_questions_are_answered_by_scenarios_that_exist() -> None:
    assert len(fifteen.QUESTIONS) == 15
    given = [one.scenario for one in fifteen.QUESTIONS if one.scenario is not None]
    assert len(given) == 14  # the fifteenth is answered by all of them together
    assert set(given) <= set(questions("all"))


@pytest.mark.slow
def test_common_luck_saves_most_of_the_runs() -> None:
    """Three policies, 20 pairs of 5,000 users to the end of the year; measured 2.8 and more.

    The least where people leave over a policy: who is there then is no longer the same people.
    """
    from sim.experiments import compare

    policies = (
        ("smaller_quota", "6 free clips", "compute_usd", "sora", "2025-11-28"),
        ("open_launch", "no invites", "activations", "sora", "2025-09-30"),
        ("google_push", "Shorts off", "activations", "google", "2025-09-16"),
    )
    for name, arm, metric, platform, since in policies:
        arms_of = read(load(name)).arms()
        a, b = (
            arms_of[one].with_market(n_users=5_000, until=pd.Timestamp("2025-12-31").date())
            for one in ("baseline", arm)
        )
        paired = compare(a, b, 20)
        assert paired.effect(metric, platform, since, "2025-12-31").variance_ratio > 2.0, name


@pytest.mark.slow
def test_every_question_is_answered_on_a_page(tmp_path: Path) -> None:
    """All seventeen, small: every page is there, every question has its section, no NaN shows."""
    size = ("--users", "2k", "--replicates", "1", "--draws", "2", "--assumptions", "0", "--quiet")
    main(["answers", *size, "--out", str(tmp_path / "A.md"), "--pages", str(tmp_path / "pages")])
    assert {page.stem for page in (tmp_path / "pages").iterdir()} == set(questions("all"))
    text = (tmp_path / "A.md").read_text(encoding="utf-8")
    for number in range(1, 16):
        assert f"\n## {number}. " in text
    assert "nan" not in text
