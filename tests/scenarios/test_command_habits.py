"""What people type: the same words for one value and for many, and no result lost over another."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import baseline
from scenarios.__main__ import main
from scenarios.command.chosen import chosen_scenario, folder_of
from scenarios.command.foretold import foretell, spelled
from scenarios.command.values import setting
from scenarios.inputs.assumptions import load_inputs
from sim.errors import ConfigError
from sim.scenario import Scenario
from tests.worlds import small, tiny


def with_set(*settings: str) -> Scenario:
    return chosen_scenario("baseline", 300, None, None, None, None, [*map(setting, settings)])


@pytest.mark.parametrize(
    ("text", "read", "expected"),
    [
        ("sora.p_active=0.3", lambda s: s.platforms["sora"].p_active, 0.3),
        ("sora.free_quota=7", lambda s: s.platforms["sora"].free_quota_per_day, 7),
        ("marketing=5", lambda s: s.platforms["sora"].marketing_usd_per_day, 5.0),
        ("price=3", lambda s: s.event("packs").set["pack_usd"], 3.0),
        ("event:packs.set.pack_usd=3", lambda s: s.event("packs").set["pack_usd"], 3.0),
        ("event:packs.date=2026-01-02", lambda s: str(s.event("packs").date), "2026-01-02"),
        ("event:packs=off", lambda s: "packs" in {e.id for e in s.events}, False),
        ("sora.pack_usd@2026-02-01=2", lambda s: any(e.set == {"pack_usd": 2.0} for e in s.events),
         True),
        ("sora.subscription_usd_per_month=none",
         lambda s: s.platforms["sora"].subscription_usd_per_month, None),
        ("google.reach_per_day.youtube=0.001",
         lambda s: s.platforms["google"].reach_per_day["youtube"], 0.001),
    ],
)  # fmt: skip
def test_one_value_is_set_as_many_are_varied(text: str, read: object, expected: object) -> None:
    assert callable(read)
    assert read(with_set(text)) == expected


def test_an_assumption_is_set_by_its_number() -> None:
    one = load_inputs().assumptions["A16"]
    changed, plain = with_set("A16=0.011"), with_set()
    assert changed.fingerprint != plain.fingerprint
    assert changed.fingerprint == with_set(*(f"{path}=0.011" for path in one.paths)).fingerprint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sora.price=3", "Did you mean 'pack_usd'"),
        ("sora.quota=3", "Did you mean 'free_quota_per_day'"),
        ("sora.budget=3", "Did you mean 'marketing_usd_per_day'"),
        ("market.users=3", "Did you mean 'n_users'"),
        ("A68=3", "is no part of a run"),
        ("event:pakcs.date=2026-01-01", "Did you mean 'packs'"),
    ],
)
def test_what_there_is_not_leads_to_what_is_meant(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as problem:
        with_set(text)
    assert str(problem.value).startswith("--set ")


def test_a_changed_run_goes_beside_the_plain_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    size = ("--users", "300", "--until", "2025-05-22")
    main(["run", "baseline", *size])
    before = Path("out/baseline/daily.parquet").read_bytes()
    for _ in range(2):
        main(["run", "baseline", *size, "--set", "sora.p_active=0.3"])
    assert Path("out/baseline/daily.parquet").read_bytes() == before
    (other,) = (path for path in Path("out").iterdir() if path.name != "baseline")
    assert other.name.startswith("baseline-")
    assert f"Written to out/{other.name}" in capsys.readouterr().out
    assert folder_of(baseline.scenario(), baseline.scenario()) == Path("out/baseline")


def test_a_branch_says_what_differs() -> None:
    market = small(n_users=300)
    market.run("2025-06-01")
    own = market.scenario_config
    with pytest.raises(ConfigError, match=r"sora\.p_active \(0\.\d+ and 0\.3\)"):
        market.branch(own.set("sora.p_active", 0.3))
    with pytest.raises(ConfigError, match=r"market\.n_people"):
        market.branch(own.set("market.n_people", 1e6))
    with pytest.raises(ConfigError, match="platform google, which only one of them has"):
        market.branch(own.without_platform("google"))


def test_many_runs_are_foretold_and_too_many_refused(capsys: pytest.CaptureFixture[str]) -> None:
    foretell(tiny(), 3, 3, 2, False, False)
    assert capsys.readouterr().err == ""
    foretell(tiny(20_000, until="2026-03-31"), 1_000_000, 1_000_000, 2, False, False)
    line = capsys.readouterr().err
    assert "1,000,000 runs: about" in line
    assert "hours" in line
    foretell(tiny(20_000), 100_000, 100_000, 2, False, True)
    assert capsys.readouterr().err == ""
    with pytest.raises(ConfigError, match="their list alone needs about"):
        foretell(tiny(), 10**12, 10**12, 2, False, False)
    with pytest.raises(ConfigError, match="runs at once need about"):
        foretell(tiny(10**9), 64, 64, 64, False, False)
    assert [spelled(s) for s in (5.0, 45.0, 90.0, 7_200.0, 3e6)] == [
        "5 seconds", "a minute", "2 minutes", "2 hours", "35 days",
    ]  # fmt: skip


def test_a_sweep_of_millions_says_so_before_it_lays_out_its_points(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Laying them out takes hours; whoever mistyped a number sees it at once."""

    def laid_out(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.experiments.latin", laid_out)
    size = ("--users", "200", "--until", "2025-06-01", "--out", str(tmp_path / "s"))
    with pytest.raises(SystemExit):
        main(["sweep", "baseline", *size, "--latin", "1e6", "--vary", "sora.p_active=0..1"])
    assert "1,000,000 runs: about" in capsys.readouterr().err
