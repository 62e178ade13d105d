"""The duel of moves: what a move may change, the same luck in every cell, and the command."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios import baseline, google_push, new_entrant, smaller_quota
from scenarios.__main__ import main
from scenarios.asking.lab import measured
from scenarios.command.duel import DUEL_PAGE, PAYOFFS_FILE
from scenarios.command.duel_sheets import dependence, headlines, turns
from scenarios.dueling.duels import GOALS, PAYOFFS, Duel, Played
from scenarios.dueling.moves import ALL_MOVES, Move, move, moves_of, together
from scenarios.dueling.shipped_moves import GOOGLE, OPENAI, as_it_was
from scenarios.fitting.posterior import Posterior, write_posterior
from scenarios.fitting.priors import priors
from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.errors import ConfigError, UnknownNameError
from sim.experiments import LocalProcesses, Serial, Store
from sim.experiments.store import kept_runs
from sim.experiments.work.driving import ExperimentError
from sim.market import Market
from sim.metrics import metric_of
from sim.platform_config import StrategyConfig
from sim.scenario import Scenario

INPUTS = load_inputs()
UNTIL = dt.date(2025, 11, 8)
SMALL = ("--users", "300", "--draws", "2", "--until", str(UNTIL), "--lab", "none",
         "--openai", "as_it_was,charge_early", "--google", "unchanged,more_free")  # fmt: skip


def small_duel(posterior: Posterior | None = None) -> Duel:
    """Return two moves against two, twice, of 300 users: eight runs of half a year."""
    return Duel(
        moves_of(OPENAI, ["as_it_was", "charge_early"]),
        moves_of(GOOGLE, ["unchanged", "more_free"]),
        INPUTS, posterior, n_draws=2, n_users=300, until=UNTIL,
    )  # fmt: skip


def drawn_posterior() -> Posterior:
    """Return three draws of two assumptions, one of them of a market without friends."""
    about = {"vintage": "", "as_of": "2025-12-31", "n_users": 1, "seed": 1, "facts": "",
             "targets": "", "model": ""}  # fmt: skip
    names, values = ("A41", "A49"), np.array([[0.002, 3.0], [0.004, 4.0], [0.008, 5.0]])
    structures = ("market", "market", "no_network")
    central = {one: float(INPUTS.value(one)) for one in names}
    return Posterior(names, values, np.full(3, 1 / 3), structures, central, about)


@pytest.fixture(scope="module")
def played() -> Played:
    return small_duel().play(Serial())


@pytest.mark.parametrize("one", ALL_MOVES.values(), ids=lambda one: f"{one.platform}-{one.key}")
def test_a_move_is_told_and_changes_its_own_side_alone(one: Move) -> None:
    """The first of each side changes nothing, every other does; ids are those of the data."""
    base = baseline.scenario(INPUTS)
    arm = one.arm(base, INPUTS)
    first = moves_of(one.platform)[0]
    assert (arm == base) == (one == first)
    assert one.text.endswith(".")
    assert len(one.text) < 120
    for assumption in one.assumptions:
        INPUTS.value(assumption)
    for fact in one.facts:
        assert INPUTS.facts[fact].id == fact
    (rival,) = {OPENAI, GOOGLE} - {one.platform}
    both = together([(one.platform, arm), (rival, base)])
    assert both == arm
    assert together([(rival, base), (one.platform, arm)]) == arm


def test_two_moves_meet_as_each_stands_in_its_question() -> None:
    base = baseline.scenario(INPUTS)
    quota, surfaces = (moves_of(OPENAI, ["fewer_free"])[0], moves_of(GOOGLE, ["every_surface"])[0])
    both = together([(one.platform, one.arm(base, INPUTS)) for one in (quota, surfaces)])
    sora, google = smaller_quota.variants(INPUTS)["3 free clips"], google_push.variants(INPUTS)[
        google_push.ALL]  # fmt: skip
    assert both.event("quota_cut") == sora.event("quota_cut")
    assert both.event("quota_cut") != base.event("quota_cut")
    for event in ("on_android_os", "on_search"):
        assert both.event(event) == google.event(event)
    assert both.platforms == base.platforms


def test_a_move_of_one_side_may_not_change_the_other() -> None:
    def cheat(base: Scenario, inputs: Inputs) -> Scenario:
        return base.set("google.free_quota_per_day", 1)

    def nothing(base: Scenario, inputs: Inputs) -> Scenario:
        return None  # type: ignore[return-value]

    base = baseline.scenario(INPUTS)
    with pytest.raises(ConfigError, match="Change those of sora alone"):
        Move("cheat", OPENAI, "cheat", "Cheat.", cheat).arm(base, INPUTS)
    with pytest.raises(ConfigError, match="must be a Scenario"):
        Move("nothing", OPENAI, "nothing", "Do nothing.", nothing).arm(base, INPUTS)
    with pytest.raises(ConfigError, match="Shorten it"):
        Move("long", OPENAI, "x" * 25, "Too long.", cheat)
    with pytest.raises(ConfigError, match="there is one already"):
        move(OPENAI, "mine")(_named_like_a_shipped_one())
    move(OPENAI, "as it was")(as_it_was)  # the same once more, as a file that is loaded twice
    with pytest.raises(UnknownNameError, match="Did you mean 'charge_early'"):
        moves_of(OPENAI, ["charge_erly"])
    with pytest.raises(ConfigError, match="named twice"):
        moves_of(OPENAI, ["as_it_was", "as_it_was"])


def _named_like_a_shipped_one() -> object:
    def charge_early(base: Scenario, inputs: Inputs) -> Scenario:
        return base

    return charge_early


def test_a_draw_has_one_luck_and_one_set_of_parameters_in_all_cells() -> None:
    asked = small_duel(drawn_posterior())
    cells = list(asked.cells())
    assert len(cells) == asked.n_runs == 8
    assert [one.market.seed for one in cells] == [1] * 4 + [2] * 4
    reach = [one.platforms["google"].reach_per_day["gemini_app"] for one in cells]
    assert len(set(reach[:4])) == len(set(reach[4:])) == 1
    assert reach[0] != reach[4]
    assert set(reach) <= {0.002, 0.004, 0.008}
    for one, told in zip(cells, reach, strict=True):
        assert (one.market.graph == "well_mixed") == (told == 0.008)
    # Row by row: the first two are OpenAI as it was, the first and third Google as it was.
    packs = [one.event("packs").date for one in cells[:4]]
    assert packs[0] == packs[1] != packs[2] == packs[3]
    free = [one.platforms["google"].free_quota_per_day for one in cells[:4]]
    assert free[0] == free[2] != free[1] == free[3]


def test_payoffs_are_those_of_a_run_by_itself(played: Played) -> None:
    """Cell (1, 1) of draw 1: the last run, done once more outside of the duel."""
    asked = played.duel
    results = Market(list(asked.cells())[7]).run()
    np.testing.assert_array_equal(
        played.values[:, :, 1, 1, 1].ravel(), measured(results, asked.measures())
    )
    month = results.array("daily_active")[-30:].mean(axis=0)
    p = results.platforms.index(OPENAI)
    assert played.of(GOALS["users"], 0)[1, 1, 1] == pytest.approx(month[p])
    left = results.array("contribution_usd").sum(axis=0)
    assert played.of(GOALS["contribution"], 0)[1, 1, 1] == pytest.approx(left[p])
    share = played.of(GOALS["share"], 0) + played.of(GOALS["share"], 1)
    np.testing.assert_allclose(share, 1.0)
    assert {metric_of(one.metric).name for one in PAYOFFS} == {one.metric for one in PAYOFFS}


def test_the_table_is_the_same_with_a_store_and_two_workers_after_a_stop(
    played: Played, tmp_path: Path, ran: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after three of eight runs, it does the other five, and all is as without a stop."""
    add = Store.add

    def stopped(self: Store, run: kept_runs.RunFile) -> None:
        add(self, run)
        if len(self) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, Store(tmp_path, baseline.scenario()) as store:
        patch.setattr(Store, "add", stopped)
        with pytest.raises(KeyboardInterrupt):
            small_duel().play(Serial(), store)
    ran.clear()
    with Store(tmp_path, baseline.scenario()) as store:
        again = small_duel().play(Serial(), store)
    assert len(ran) == 5
    np.testing.assert_array_equal(again.values, played.values)
    local = LocalProcesses(2)
    try:
        elsewhere = small_duel().play(local)
    finally:
        local.shutdown()
    np.testing.assert_array_equal(elsewhere.values, played.values)


@pytest.mark.slow
def test_a_killed_duel_goes_on(tmp_path: Path) -> None:
    """Killed with -9 once some runs are kept; the same command then writes the same table."""
    words = [*SMALL[:6], "--posterior", "none", "--quiet", *SMALL[8:]]
    command = [sys.executable, "-m", "scenarios", "duel", *words]

    def kept(folder: str) -> int:
        return len(list((tmp_path / folder).glob("runs/*/*.parquet")))

    def ask(folder: str) -> list[str]:
        return [*command, "--lab", str(tmp_path / folder), "--out", str(tmp_path / f"{folder}-out")]

    killed = subprocess.Popen(ask("lab"))
    while kept("lab") < 2 and killed.poll() is None:
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert 2 <= kept("lab") < 8
    for folder in ("lab", "whole"):
        subprocess.run(ask(folder), check=True)
    tables = [(tmp_path / f"{one}-out" / PAYOFFS_FILE).read_bytes() for one in ("lab", "whole")]
    assert tables[0] == tables[1]


def test_a_run_that_fails_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(base: Scenario, inputs: Inputs) -> Scenario:
        rule = StrategyConfig(name="match_reach", parameters={"rival": "nobody",
                                                              "max_usd_per_day": 1.0})  # fmt: skip
        sora = base.platforms[OPENAI].changed("broken", strategies=(rule,))
        return base.with_platform(OPENAI, sora)

    bad = Move("broken", OPENAI, "broken", "Fail.", broken)
    asked = replace(small_duel(), moves_a=(bad,), moves_b=moves_of(GOOGLE, ["unchanged"]))
    with pytest.raises(ExperimentError, match=r"2 of 2 runs .* 'nobody'"):
        asked.play(Serial())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"moves_a": ()}, "each side needs moves of one platform"),
        ({"moves_a": moves_of(GOOGLE)}, "both sides are google"),
        ({"n_draws": 0}, "draws = 0"),
        ({"until": dt.date(2025, 10, 10)}, "must be 30 days or more after 2025-09-30"),
    ],
)
def test_what_is_no_duel_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        replace(small_duel(), **changes)


def test_tables_hold_what_the_game_says(played: Played) -> None:
    goals = [GOALS["contribution"]] * 2
    for side, line in enumerate(headlines(played, goals)):
        assert ("OpenAI", "Google")[side] in line
        assert "of 2 draws" in line
    for row in dependence(played).rows:
        parts = [float(str(cell).removesuffix(" %")) for cell in row[1:]]
        assert sum(parts) == pytest.approx(100.0, abs=0.3)
    assert any("end" in str(row[0]) for row in turns(played, goals).rows)


def test_the_command_writes_table_and_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "posterior.parquet"
    used = {one.id: one for one in priors(INPUTS)}
    wide = drawn_posterior()
    assert set(wide.names) <= set(used)
    write_posterior(path, wide)
    main(["duel", *SMALL, "--posterior", str(path), "--workers", "1", "--wants", "users,share",
          "--out", str(tmp_path)])  # fmt: skip
    said = capsys.readouterr()
    assert "posterior of 3 markets, in 2 structures of the model, fitted" in " ".join(
        said.err.split()
    )
    for word in (
        "Best answers",
        "Equilibria",
        "Regret",
        "Who depends on whose move",
        "charge early",
    ):
        assert word in said.out
    table = pd.read_csv(tmp_path / PAYOFFS_FILE)
    assert len(table) == 4 * 2 * len(PAYOFFS)
    assert set(table[OPENAI]) == {"as_it_was", "charge_early"}
    known = table[table["known"] > 0]
    assert (known["q05"] <= known["q50"]).all()
    assert (known["q50"] <= known["q95"]).all()
    assert (known.loc[known["payoff"] != "runway", "known"] == 2).all()
    page = (tmp_path / DUEL_PAGE).read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    for word in ("A69", "more free clips", "daily users in the last month", "for share of clips"):
        assert word in page


OWN = '''"""A move of one's own."""

from scenarios.dueling.moves import move


@move("sora", "half price")
def half_price(base, inputs):
    """Sell packs at half the price."""
    return base.with_event(base.event("packs").changed("half", set={"pack_usd": 2.0}))
'''


def test_a_move_of_ones_own_meets_the_others_and_the_entrant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    words = [
        *SMALL[:2],
        "--draws",
        "1",
        *SMALL[4:8],
        "--openai",
        "as_it_was,half_price",
        "--google",
        "unchanged",
    ]
    # In this process: what a worker process adds is tried out above.
    monkeypatch.setattr(
        "scenarios.command.duel.executor_of", lambda *_: contextlib.nullcontext(Serial())
    )
    try:
        main(["duel", *words, "--posterior", "none", "--moves", str(file), "--entrant",
              "--out", str(tmp_path)])  # fmt: skip
        mine = moves_of(OPENAI, ["half_price"])
    finally:
        del ALL_MOVES[OPENAI, "half_price"]
    assert "half price" in capsys.readouterr().out
    assert "Sell packs at half the price." in (tmp_path / DUEL_PAGE).read_text(encoding="utf-8")
    inputs = new_entrant.inputs()
    asked = Duel(mine, moves_of(GOOGLE, ["unchanged"]), inputs, n_draws=1, n_users=300, until=UNTIL)
    (cell,) = asked.cells()
    assert set(cell.platforms) == {"google", "sora", "vibes"}
    assert cell.event("packs").set["pack_usd"] == 2.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--wants", "glory"], "contribution"),
        (["--wants", "users,share,users"], "or two"),
        (["--openai", "charge_erly"], "charge_early"),
        (["--google", "charge_early"], "unknown move of google"),
        (["--draws", "0"], "draws"),
        (["--users", "0"], "users"),
        (["--until", "2025-10-10"], "30 days or more"),
        (["--posterior", "nowhere.parquet"], "no such file"),
        (["--moves", "nowhere.py"], "no such file"),
        (["--workers", "1", "--cluster", "tcp://127.0.0.1:1"], "one of them"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = words if "--posterior" in words else ["--posterior", "none", *words]
    with pytest.raises(SystemExit) as stop:
        main(["duel", "--quiet", *given])
    assert stop.value.code == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert "\n" not in error
