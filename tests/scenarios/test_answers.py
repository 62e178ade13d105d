"""The words of answers follow bands: each claim on both sides of its bar, and across it.

The findings are made up: a measure of an arm is given for every replicate, and no market is run.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import scenarios
from scenarios import (
    bought_reach,
    cheaper_clips,
    decline,
    google_push,
    headline,
    new_entrant,
    paid_launch,
    professional,
    referral,
    smaller_quota,
    stop_rule,
    survive,
)
from scenarios.asking import answers
from scenarios.asking.bands import Band, quoted, verdict
from scenarios.asking.findings import Findings
from scenarios.asking.lab import Size
from scenarios.asking.question import REFERENCE, Measure, read
from scenarios.asking.tipping import LATE, SOON, kept, tipping
from sim.scenario import Scenario
from tests.worlds import daily, limit_market, lived

ROOT = Path(__file__).resolve().parents[2]
N = 21
#: Replicates of chance alone; their band is from -.9 to .9.
CHANCE = np.linspace(-1.0, 1.0, N)
SIDES = ("above", "below", "across")
Given = Mapping[tuple[str, Measure], Any]


class MadeUp:
    """Replicates of one arm: numbers by measure, 1 where nothing is given."""

    n = N
    platforms = ("google", "sora")

    def __init__(self, scenario: Scenario, given: Mapping[Measure, Any]) -> None:
        self.scenario, self.given = scenario, given

    def total(self, *measure: str) -> np.ndarray[Any, Any]:
        return np.broadcast_to(np.asarray(self.given.get(Measure(*measure), 1.0), float), N)


def made_up(name: str, given: Given) -> Findings:
    """Return findings of a question from measures by arm."""
    question = read(scenarios.load(name))
    arms = question.arms()
    assert {arm for arm, _ in given} <= set(arms)
    runs = {
        arm: MadeUp(scenario, {m: v for (a, m), v in given.items() if a == arm})
        for arm, scenario in arms.items()
    }
    return Findings(question, arms, runs)


def said(name: str, given: Given) -> str:
    return made_up(name, given).headline


def around(bar: float, spread: float) -> dict[str, Any]:
    """Return replicates above a bar, below it, and across it with their median above."""
    return {
        "above": bar + spread * (3.0 + CHANCE),
        "below": bar - spread * (3.0 + CHANCE),
        "across": bar + spread * (0.1 + CHANCE),
    }


@pytest.mark.parametrize(
    ("band", "bar", "word"),
    [
        (Band(2.0, 1.5, 3.0), 1.0, "above"),
        (Band(2.0, 0.5, 3.0), 1.0, "neither"),
        (Band(0.5, 0.1, 0.9), 1.0, "below"),
        (Band(1.0, 1.0, 1.0), 1.0, "neither"),
        (Band(2.0, 1.5, 3.0), Band(1.0, 0.5, 1.4), "above"),
        (Band(2.0, 1.5, 3.0), Band(1.0, 0.5, 1.6), "neither"),
        (Band(2.0, 1.5, 3.0), Band(4.0, 3.1, 5.0), "below"),
        (Band.of(np.array([np.nan])), 0.0, "neither"),
    ],
)
def test_a_band_is_compared_with_a_number_or_with_another_band(
    band: Band, bar: Band | float, word: str
) -> None:
    assert verdict(band, "above", "below", "neither", bar=bar) == word


def test_replicates_without_a_value_are_told_and_leave_the_verdict_open() -> None:
    """Where nobody more starts there is no price of a start: those with one are the lucky ones."""
    few = Band.of(np.array([1.0] * 8 + [np.nan] * 2), "USD")
    most = Band.of(np.array([1.0] * 18 + [2.0] * 20 + [np.nan] * 2), "USD")
    assert str(few) == "$1 (no value in 20% of replicates)"
    assert str(most) == "$2 ($1 to $2; no value in 5% of replicates)"
    assert verdict(few, "more", "less", "open") == "open"
    assert verdict(most, "more", "less", "open") == "more"
    assert verdict(most, "more", "less", "open", bar=few._replace(low=0.1, high=0.2)) == "open"


def test_how_far_a_band_is_from_nothing() -> None:
    """Across 0 the least distance is 0: its nearer end is no bound."""
    assert Band(-2.0, -3.0, -1.0).size[:3] == (2.0, 1.0, 3.0)
    assert Band(0.5, -0.5, 2.0).size[:3] == (0.5, 0.0, 2.0)


def test_arms_that_chance_does_not_part_lead_together() -> None:
    """By paired change: at the same luck a small lead can be told, however wide both bands are."""
    arms = ("6 free, packs $4", "6 free, packs $1.5", "6 free, packs $20")
    values = (CHANCE, CHANCE - 0.1, -CHANCE)
    given = {(a, paid_launch.CONTRIBUTION): v for a, v in zip(arms, values, strict=True)}
    found = made_up("paid_launch", given)
    assert found.leaders(paid_launch.CONTRIBUTION, arms) == (arms[0], arms[2])
    assert quoted(["a"]) == "“a”"
    assert quoted(["a", "b", "c"]) == "“a”, “b” or “c” (chance does not tell which)"


WORDS: dict[str, tuple[str, str, str]] = {
    "survive": ("a day of use lacks $", "lacks nothing", "Whether a day of use in March"),
    "cheaper_clips": ("must fall another", "By 2026-03-31 clips pay", "chance does not tell"),
    "paid_launch": ("and covers its", "still does not cover", "may or may not cover"),
    "bought_reach": ("cost another $", "costs less", "cannot be told from chance"),
    "decline": ("would rise most under “no Google”", "would rise in none", "chance does not tell"),
    "headline": ("then it is reached", "is not reached", "chance does not tell"),
    "stop_rule": ("should go on", "should have stopped", "cannot tell from this"),
    "referral": ("more than ads", "less than ads", "within chance as much as ads"),
    "new_entrant": ("It adds to Sora's", "It takes some of Sora's", "chance does not tell"),
    "google_push": ("Google takes some of", "Google adds to", "Google is not told from chance"),
}


def given_for(name: str, side: str, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Return measures that put the claim of an answer on a side of its bar."""
    around_0, around_1 = around(0.0, 1.0)[side], around(1.0, 0.1)[side]
    if name == "survive":
        return {(REFERENCE, survive.CONTRIBUTION): -around_0}
    if name == "cheaper_clips":
        return {(REFERENCE, cheaper_clips.COST): around_1}
    if name == "paid_launch":
        best = "paywall: packs $4"
        rest = {(arm, paid_launch.CONTRIBUTION): -50.0 for arm in paid_launch.variants()}
        return {**rest, (best, paid_launch.CONTRIBUTION): around_0}
    if name == "bought_reach":
        return {(bought_reach.MATCH, bought_reach.COMPUTE): 1.0 + around_0}
    if name == "decline":
        rest = {(arm, decline.CLIPS): 0.1 for arm in decline.variants()}
        fallen = {(arm, decline.MARCH): 0.5 for arm in (REFERENCE, *decline.variants())}
        return {**rest, **fallen, ("no Google", decline.CLIPS): around_1}
    if name == "headline":
        claim = 15e6
        return {(headline.FORBES, headline.COMPUTE): around(claim, 1e6)[side]}
    if name == "stop_rule":
        monkeypatch.setattr(stop_rule, "stopped_on", lambda found, arm: "on a day")
        monkeypatch.setattr(Findings, "number", Band.of(around_0, "USD"))
        return {}
    if name == "referral":
        bar = made_up(name, {}).work(referral.price_of_a_start(referral.ADS))
        assert not np.isfinite(bar.middle)
        monkeypatch.setattr(Findings, "number", Band.of(around(5.0, 1.0)[side], "USD"))
        monkeypatch.setattr(Findings, "work", lambda found, number: Band(5.0, 4.5, 5.5, "USD"))
        return {}
    if name == "new_entrant":
        return {(new_entrant.ENTERS, new_entrant.SORA_USERS): around_1}
    if name == "google_push":
        return {(google_push.NO_GOOGLE, google_push.SORA): around_1}
    raise AssertionError(f"{name} has no words")


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", WORDS)
def test_an_answer_claims_what_its_band_shows(
    name: str, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Across the bar it says so, though the median lies above."""
    words = dict(zip(SIDES, WORDS[name], strict=True))
    answer = said(name, given_for(name, side, monkeypatch))
    assert {s for s, word in words.items() if word in answer} == {side}, answer


def test_free_clips_that_brought_nobody_have_no_price() -> None:
    given = {("6 free clips", smaller_quota.STARTED): 5.0}
    price = made_up("smaller_quota", given).work(smaller_quota.price_of_a_start("6 free clips"))
    assert price.known == 0.0


def test_clips_that_earn_nothing_are_said_to() -> None:
    given = {(REFERENCE, cheaper_clips.REVENUE): 0.0}
    answer = said("cheaper_clips", given)
    assert answer.startswith("At the prices charged clips earn nothing, and pay at no cost.")
    assert "costs meet" not in answer
    assert "sold earns" not in answer


def test_what_a_clip_made_and_a_clip_sold_earn_are_both_told() -> None:
    """Nine in ten are free: one made earns a tenth of one sold, and the factors say so."""
    given = {(REFERENCE, cheaper_clips.CLIPS): 10.0, (REFERENCE, cheaper_clips.COST): 2.0}
    answer = said("cheaper_clips", given)
    assert "must fall another 20 times" in answer
    assert "only 10 % of them are sold" in answer
    assert "A clip that is sold earns $1 per clip, and must fall 2 times" in answer


def test_no_google_is_a_number_like_any_other_cause() -> None:
    """Half as steep a fall without it: half of the fall goes."""
    given = {(arm, decline.MARCH): 0.5 for arm in (REFERENCE, *decline.variants())}
    answer = said("decline", {**given, (decline.NO_GOOGLE, decline.MARCH): 0.75})
    assert "no Google: 50 %;" in answer
    assert "no quota cut: 0 %;" in answer


@pytest.mark.parametrize("side", SIDES)
def test_what_a_rival_does_is_said_by_what_changes_without_it(side: str) -> None:
    """Each way for itself: Sora may lose by Google, and Google not by Sora."""
    words = dict(zip(SIDES, ("takes some of", "adds to", "is not told from chance"), strict=True))
    other = {"above": "below", "below": "across", "across": "above"}[side]
    sides = around(1.0, 0.1)
    given = {
        (google_push.NO_GOOGLE, google_push.SORA_USERS): sides[side],
        (google_push.NO_SORA, google_push.USERS): sides[other],
    }
    answer = said("google_push", given)
    assert f"It {words[side]}" in answer
    assert f"and it {words[other]}" in answer


@pytest.mark.parametrize(
    ("side", "words"),
    [("above", "Veo gains daily users"), ("below", "Veo loses daily users"),
     ("across", "whether Veo's daily users move")],
)  # fmt: skip
def test_paid_media_are_said_to_cost_the_rival_only_if_they_do(side: str, words: str) -> None:
    given = {(bought_reach.MATCH, bought_reach.VEO_USERS): around(1.0, 0.1)[side]}
    of_match, _, _ = said("bought_reach", given).partition("At the largest budget")
    assert words in of_match


@pytest.mark.parametrize(
    ("side", "words"),
    [("above", "minding keeps users"), ("below", "minding a limit loses users"),
     ("across", "cannot be told from chance")],
)  # fmt: skip
def test_what_minding_does_is_said_by_the_change_of_the_change(side: str, words: str) -> None:
    given = {
        (smaller_quota.ARM, smaller_quota.USERS): around(0.5, 0.1)[side],
        (smaller_quota.UNMINDED, smaller_quota.USERS): 0.5,
    }
    assert said("smaller_quota", given).endswith(f"{words}.")


def test_an_arm_in_which_nobody_minds_is_no_way_to_charge_and_closes_no_gap() -> None:
    """However much it leaves: people are others there."""
    unminded = [arm for arm in paid_launch.variants() if arm.startswith(paid_launch.NOBODY)]
    assert unminded == [f"{paid_launch.NOBODY}{way}" for way in paid_launch.AGAIN]
    found = said("paid_launch", {(arm, paid_launch.CONTRIBUTION): 1e6 for arm in unminded})
    ways = len(paid_launch.variants()) - len(unminded)
    assert found.startswith(f"Of {ways} ways")
    first, _, _ = found.partition("If nobody minded")
    assert paid_launch.NOBODY not in first
    given = {(arm, survive.CONTRIBUTION): -5.0 for arm in (REFERENCE, *survive.variants())}
    given[survive.UNMINDED, survive.CONTRIBUTION] = 5.0
    assert "none of the changes tried closes it alone." in said("survive", given)


def test_a_price_at_the_end_of_those_tried_is_said_to_be() -> None:
    for price, words in (("50", "end of those tried"), ("16", "")):
        best = f"paywall: packs ${price}"
        rest = {(arm, paid_launch.CONTRIBUTION): -50.0 for arm in paid_launch.variants()}
        answer = said("paid_launch", {**rest, (best, paid_launch.CONTRIBUTION): 1.0})
        assert ("end of those tried" in answer) == bool(words)
        rest = {(arm, survive.CONTRIBUTION): -50.0 for arm in survive.variants()}
        wall = survive.wall(float(price))
        answer = said("survive", {**rest, (wall, survive.CONTRIBUTION): 1.0})
        assert ("an end of the prices tried" in answer) == bool(words)


def test_costs_meet_on_a_day_only_where_clips_lose_for_sure() -> None:
    for side, cost in around(1.0, 0.1).items():
        answer = said("cheaper_clips", {(REFERENCE, cheaper_clips.COST): cost})
        assert ("costs meet in" in answer) == (side == "above")


@pytest.mark.parametrize(
    ("side", "words"),
    [("above", "“ads” would close it alone."),
     ("below", "none of the changes tried closes it alone."),
     ("across", "none of the changes tried closes it alone for sure; “ads” may, within chance.")],
)  # fmt: skip
def test_a_change_closes_the_gap_only_if_its_band_does(side: str, words: str) -> None:
    given = {(arm, survive.CONTRIBUTION): -5.0 for arm in (REFERENCE, *survive.variants())}
    assert words in said(
        "survive", {**given, ("ads", survive.CONTRIBUTION): around(0.0, 1.0)[side]}
    )


@pytest.mark.parametrize(
    ("panel", "words"),
    [(0.2e6 + CHANCE, "cannot be true"), (0.8e6 + CHANCE, "can be true"),
     (3e6 + CHANCE, "cannot be true"), (0.67e6 + 1e5 * CHANCE, "may or may not be true"),
     (1.01e6 + 1e5 * CHANCE, "may or may not be true")],
)  # fmt: skip
def test_a_panel_can_be_true_only_within_what_was_counted(panel: Any, words: str) -> None:
    answer = said("headline", {(headline.PANEL, headline.DAILY_USERS): panel})
    assert f"The retention panel {words} beside" in answer


@pytest.mark.parametrize(
    ("side", "words"),
    [("above", "Installs fall by"), ("below", "Installs do not fall"),
     ("across", "Whether installs fall")],
)  # fmt: skip
def test_installs_fall_only_if_the_band_says_so(side: str, words: str) -> None:
    given = {(REFERENCE, decline.MARCH): 1.0 - around(0.0, 0.1)[side]}
    assert said("decline", given).startswith(words)


def test_the_most_spent_is_shared_where_chance_does_not_part_it() -> None:
    arms = list(professional.variants())
    given = {(arm, professional.SPENT): CHANCE if arm == arms[0] else -9.0 for arm in arms}
    assert f"Most comes with “{arms[0]}”:" in said("professional", given)
    given[arms[1], professional.SPENT] = -CHANCE
    assert "(chance does not tell which)" in said("professional", given)


def tipping_text(k: Any, left: Any) -> str:
    """Return what is said of tipping where k falls from world to world, and so much is left."""

    class Told:
        size = Size()

        def numbers(self, grid: list[Any], measures: Any, replicates: int) -> list[Any]:
            if len(measures) == 1:  # beyond the range
                return [{measures[0]: np.array([0.3 * 2.0**i])} for i in range(len(grid))]
            first, soon, late = measures
            found = []
            for i in range(len(grid) // 2):
                found.append({first: k - 0.01 * abs(5 - i), soon: 0 * left + 1, late: 0 * left + 1})
                found.append({first: k, soon: 0 * left + 2, late: 2.0 ** (left - 0.01 * i)})
            return found

    given = {(REFERENCE, referral.VIRAL): np.ones(N)}
    return tipping(made_up("referral", given), Told(), referral.VIRAL).text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("k", "words"),
    [(0.4 + 0.1 * CHANCE, "nowhere does it reach 1"), (1.4 + 0.1 * CHANCE, "the market tips"),
     (0.95 + 0.1 * CHANCE, "chance does not tell whether it reaches 1")],
)  # fmt: skip
def test_a_market_tips_where_the_band_of_the_highest_cell_does(k: Any, words: str) -> None:
    text = tipping_text(k, 0.4 + 0.1 * CHANCE)
    assert words in text
    # 0.3, 0.6, 1.2 at 1, 4, 16 times the high end of .15: straight in logs.
    assert "k reaches 1 at a strength of about 1.67" in text


@pytest.mark.parametrize(
    ("left", "words"),
    [(0.4 + 0.1 * CHANCE, "it fades everywhere"), (1.4 + 0.1 * CHANCE, "it grows there"),
     (0.98 + 0.1 * CHANCE, "chance does not tell whether it fades")],
)  # fmt: skip
def test_a_head_start_decides_where_it_grows(left: Any, words: str) -> None:
    assert words in tipping_text(0.4 + 0.1 * CHANCE, left)


def test_a_head_start_is_told_to_grow_where_friends_alone_persuade() -> None:
    """Λ(-7) want it alone, Λ(-7 + 4·log 6) with five of ten friends there; 30 % leave a day.

    From 3 % the users fade to a handful, from 40 % they grow to most: two ends at the same luck,
    by the measure of the answer. Without friends both starts come to the same end.
    """
    terms = {"utility": -7.0, "friend_utility": 4.0, "interest_per_day": 100.0, "p_dropout": 0.3,
             "rel_exposure_lost": 1.0}  # fmt: skip

    def users(seeds: int, **other: float) -> dict[Any, Any]:
        graph = "small_world(degree=10, rewire=1)"
        market = limit_market(3_000, {"sora": {**terms, **other}}, graph, days=40)
        market.users.activate("sora", range(seeds))
        active = daily(lived(market), "daily_active")[:, 0].astype(float)
        return {SOON: active[1:3].mean(), LATE: active[-5:].mean()}

    assert kept(users(100), users(1_200)) > 1.5
    alone = {"utility": -2.0, "friend_utility": 0.0}
    assert abs(kept(users(100, **alone), users(1_200, **alone))) < 0.1


class Stopped:
    """Days of use of an owner: the last is given for every replicate."""

    platforms = ("google", "sora")
    dates = pd.date_range("2026-01-01", periods=10)

    def __init__(self, last: Any) -> None:
        self.last = np.asarray(last)

    def array(self, name: str) -> np.ndarray[Any, Any]:
        used = np.arange(10) <= self.last[:, None]
        return np.stack([used, used], axis=2).astype(float)


@pytest.mark.parametrize(
    ("last", "words"),
    [([3] * N, "on 2026-01-04"), ([9] * N, "not at all"),
     ([3] * 8 + [9] * 13, "on 2026-01-04 at the earliest or not at all")],
)  # fmt: skip
def test_an_owner_who_stops_in_some_runs_is_not_said_to_stop(last: list[int], words: str) -> None:
    found = Findings(read(stop_rule), {}, {"arm": Stopped(last)})
    assert stop_rule.stopped_on(found, "arm") == words


@pytest.mark.parametrize(
    ("middle", "spread", "words"),
    [(0.95, 0.01, "so nearly all are multi-homers"), (0.7, 0.1, "so most are multi-homers"),
     (0.55, 0.1, "so chance does not tell"), (0.3, 0.1, "so most are new to both"),
     (0.08, 0.05, "so most are new to both"), (0.05, 0.02, "so nearly all are new to both")],
)  # fmt: skip
def test_people_are_called_by_where_the_band_of_their_part_lies(
    middle: float, spread: float, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Findings, "work", lambda found, number: Band.of(middle + spread * CHANCE))
    text = answers._shorts({"google_push": made_up("google_push", {})}, None)  # type: ignore[arg-type]
    assert words in text


@pytest.mark.parametrize(
    ("price", "words"),
    [(300.0, "Free clips were the dearer way"), (1.0, "Free clips were the cheaper way"),
     (11.0, "Chance does not tell whether free clips or ads were the cheaper way")],
)  # fmt: skip
def test_free_clips_are_dearer_than_ads_only_beyond_both_bands(
    price: float, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = {
        smaller_quota.price_of_a_start("6 free clips").text: Band(price, 0.8 * price, 1.2 * price),
        bought_reach.price_of_a_start("$100 k a day").text: Band(10.0, 9.0, 11.0),
    }
    monkeypatch.setattr(Findings, "work", lambda found, number: prices[number.text])
    both = {name: made_up(name, {}) for name in ("smaller_quota", "bought_reach")}
    assert words in answers._free_clips(both, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [*scenarios.questions("all"), *map("asking/{}".format, ("answers", "frontiers", "contest"))],
)
def test_no_answer_compares_an_end_or_a_median_itself(name: str) -> None:
    """Bands are compared in `verdict` alone; whether an assumption has an end may be asked."""
    tree = ast.parse((ROOT / "scenarios" / f"{name}.py").read_text(encoding="utf-8"))
    compared = {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and not isinstance(node.ops[0], ast.Is | ast.IsNot)
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and part.attr in {"low", "high", "middle"}
    }
    assert compared == set()
