"""Can invites, rewards and sharing lower what a new user costs?

Differs from the baseline in ten invite codes in place of four (A64), in a reward (BEN005) for each
friend who starts, under which people send more clips to friends (A65), or in paid media at the
cost of those rewards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from scenarios import baseline
from scenarios.asking.bands import verdict
from scenarios.asking.findings import Findings
from scenarios.asking.question import (
    END,
    LAUNCH,
    REFERENCE,
    Asked,
    Measure,
    Number,
    Values,
    builder,
    main_arm,
)
from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.report.page import Exhibit
from sim.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.asking.lab import Lab

NAME = "referral"
EVIDENCE = ("SOR091", "BEN005", "BEN006", "BEN007")
ASSUMPTIONS = ("A9", "A16", "A20", "A24", "A29", "A64", "A65")

STARTED = Measure("activations", "sora", LAUNCH, END)
#: Of those who start by invitation: all cohorts together bring less than one each by arithmetic,
#: since everybody has one parent at the most.
VIRAL = Measure("k_factor", "sora", LAUNCH, "2025-10-28")
REWARDS = Measure("rewards_usd", "sora", LAUNCH, END)
SPENT = Measure("marketing_usd", "sora", LAUNCH, END)
LOADED = Measure("cac_loaded_usd", "sora", LAUNCH, END)
USERS = Measure("daily_active", "sora", "2026-03-01", END)
MEASURES = (STARTED, VIRAL, REWARDS, SPENT, LOADED, USERS)
REWARD, ADS = "reward for friends", "ads, $100 k a day"


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return the ways to let users bring users, and ads to compare them with."""
    given = inputs or load_inputs()
    base = baseline.scenario(given)
    codes = base.set("sora.codes_per_user", given.value("A64"))
    sharing = base.platforms["sora"].rel_sharing * given.value("A65")
    reward = base.set("sora.referral_reward_usd", given.facts["BEN005"].value)
    reward = reward.set("sora.rel_sharing", sharing)
    return {
        REWARD: reward,
        "more codes": codes,
        "sharing alone": base.set("sora.rel_sharing", sharing),
        ADS: base.set("sora.marketing_usd_per_day", 100e3),
    }


def scenario() -> Scenario:
    """Return the reward for friends."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def price_of_a_start(arm: str) -> Number:
    """Return rewards and marketing for one more person who starts."""

    def of(get: Asked) -> Values:
        more = get(arm, STARTED) - get(REFERENCE, STARTED)
        return (get(arm, REWARDS) + get(arm, SPENT)) / np.where(more > 0.0, more, np.nan)

    return Number("rewards and marketing for one more start", "USD per start", of)


NUMBER = price_of_a_start(REWARD)


def answer(found: Findings) -> str:
    """Phrase which of them brings users cheaper."""
    ads = found.work(price_of_a_start(ADS))
    cheaper = verdict(found.number, "more than", "less than", "within chance as much as", bar=ads)
    viral = found.change(REWARD, VIRAL)
    moves = verdict(viral, "rises", "falls", "moves no more than by chance,")
    return (
        f"A reward for each friend who starts changes starts by {found.change(REWARD, STARTED)} to "
        f"{END} at {found.number}, {cheaper} ads ({ads}). It is paid for every friend, also for "
        f"those who would have come anyway. More codes (A64) instead of four change starts by "
        f"{found.ratio('more codes', STARTED)}. The k-factor of the first month {moves} from "
        f"{found.value(REFERENCE, VIRAL).point} to {found.value(REWARD, VIRAL)}; counting the free "
        f"clips of the first month, a new user costs {found.value(REWARD, LOADED).point} against "
        f"{found.value(REFERENCE, LOADED).point}."
    )


K = Number("offspring of each who starts in the first month (k-factor)", "",
           lambda get: get(REFERENCE, VIRAL))  # fmt: skip


def exhibits(found: Findings, lab: Lab) -> list[Exhibit]:
    """Return who brings users where friends are rewarded, and the tipping map."""
    from scenarios.asking.attribution import by_cause
    from scenarios.asking.tipping import tipping

    return [by_cause(found, REWARD), tipping(found, lab, VIRAL)]


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
