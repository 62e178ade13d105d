"""The fifteen questions: who answers each, what changes the answer, and what else is to be said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scenarios import bought_reach, google_push, referral, smaller_quota, survive
from scenarios.asking.attribution import PHASES
from scenarios.asking.bands import Band, verdict
from scenarios.asking.closed_form import retention, terms_on
from scenarios.asking.findings import Findings
from scenarios.asking.frontiers import needed_d30, year_of_use
from scenarios.asking.lab import Lab
from scenarios.asking.question import END, REFERENCE, Measure, Number
from scenarios.asking.seen import seen_retention
from scenarios.asking.shares import STRUCTURE, Share, explained, published, shares
from scenarios.asking.tipping import tipping
from sim.numbers import amount

#: From this part on, it is nearly all.
_NEARLY_ALL = 0.9
#: Numbers that may be published, of which it is told how far they would narrow answers.
FURTHER = {
    "daily users of Sora in March": Measure("daily_active", "sora", "2026-03-01", END),
    "clips of Sora in March": Measure("clips", "sora", "2026-03-01", END),
    "in-app spend of Sora in March": Measure("in_app_spend_usd", "sora", "2026-03-01", END),
    "installs of Sora in March": Measure("installs", "sora", "2026-03-01", END),
    "daily users of Veo in March": Measure("daily_active", "google", "2026-03-01", END),
    "clips of Veo in March": Measure("clips", "google", "2026-03-01", END),
}


@dataclass(frozen=True)
class Answered:
    """One of the fifteen questions.

    Parameters
    ----------
    text
        The question.
    scenario
        Who gives the answer; None if all of them together do.
    switch
        What changes it.
    more
        Says what the scenario's own answer does not; None if it says all.
    number
        The number of this answer, if it is not the scenario's own; ``more`` then stands alone.
    """

    text: str
    scenario: str | None
    switch: str
    more: Callable[[Mapping[str, Findings], Lab], str] | None = None
    number: Number | None = None


def _payback(all_found: Mapping[str, Findings], lab: Lab) -> str:
    found = all_found["survive"]
    terms = terms_on(found.scenarios[REFERENCE], "sora", END)
    cost = found.value(REFERENCE, survive.COST).middle
    price = found.inputs.facts[survive.BOUGHT].number
    discount, ads = (float(found.inputs.value(one)) for one in ("A68", "A67"))
    day, said = survive.user_day(found, ads), []
    for fall in (1.0, 10.0, 100.0):
        d30 = needed_d30(day, terms, cost / fall, price, discount)
        loaded = year_of_use(day, terms, terms, cost / fall, price, discount)[1]
        left = day.income_usd - cost / fall * day.clips
        said.append(
            f"at ${cost / fall:.3f} a clip, where a user costs {amount(loaded, 'USD')} loaded and "
            f"a later day of use leaves {amount(left, 'USD')}, "
            f"{'none' if math.isnan(d30) else f'{d30:.0%}'}"
        )
    own = float(retention(terms, (30,))[0])
    seen = seen_retention(lab, found.scenarios[REFERENCE], "sora", (30,))[30]
    return (
        f"Part of new users active on day 30 at which a year of use, ads included (A67), repays "
        f"what a user costs, the install bought at {amount(price, 'USD')} ({survive.BOUGHT}) and "
        f"free clips of the first 30 days: {'; '.join(said)}. The baseline has {seen}; by a user's "
        f"own drop-out and the tiring of visits alone, by which days of use are counted here, it "
        f"would be {own:.1%}. Clips of the first 30 days stand in the cost and not in the year."
    )


def _phases(all_found: Mapping[str, Findings], lab: Lab) -> str:
    found = all_found["open_launch"]
    said = [
        f"{name} {found.value(REFERENCE, Measure('k_factor', 'sora', since, date))}"
        for name, since, date in PHASES
    ]
    return f"k-factor (offspring per adopter, to {END}) by phase: {'; '.join(said)}."


def _free_clips(all_found: Mapping[str, Findings], lab: Lab) -> str:
    quota, ads = all_found["smaller_quota"], all_found["bought_reach"]
    clips = quota.work(smaller_quota.price_of_a_start("6 free clips"))
    paid = ads.work(bought_reach.price_of_a_start("$100 k a day"))
    dearer = verdict(
        clips, "Free clips were the dearer way", "Free clips were the cheaper way",
        "The band does not tell whether free clips or ads were the cheaper way", bar=paid,
    )  # fmt: skip
    return (
        f"$1 M of the free clips beyond six a day brought {amount(1e6 / clips.middle, 'people')} "
        f"({clips}); $1 M of ads at $100 k a day brings {amount(1e6 / paid.middle, 'people')} "
        f"({paid}). {dearer} to win users at the margin; what keeps those who are there is not in "
        "this number."
    )


def _tipping(all_found: Mapping[str, Findings], lab: Lab) -> str:
    return tipping(all_found["referral"], lab, referral.VIRAL).text


def _shorts(all_found: Mapping[str, Findings], lab: Lab) -> str:
    found = all_found["google_push"]
    sooner, later = google_push.SOONER, google_push.LATER
    users = found.change(sooner, google_push.USERS, later)
    both = found.work(google_push.BOTH_PART)
    return (
        f"Shorts in June instead of December changes Veo's daily users in March by {users}; of "
        f"those it wins and keeps {both} are also on Sora, so {_mostly(both)}."
    )


def _mostly(both: Band) -> str:
    """Say whether people are on both platforms, by the part that is."""
    most = verdict(both, "most are multi-homers", "most are new to both",
                   "the band does not tell whether most are new to both", bar=0.5)  # fmt: skip
    many = verdict(both, "nearly all are multi-homers", most, most, bar=_NEARLY_ALL)
    return verdict(both, many, "nearly all are new to both", many, bar=1.0 - _NEARLY_ALL)


def one_fact(all_found: Mapping[str, Findings], lab: Lab) -> str:
    """Say which one thing, known, would take away most of the variance of answers."""
    known = {name: shares(found) for name, found in all_found.items()}
    if not any(found.drawn for found in all_found.values()):
        return "Without draws of a posterior this cannot be told."
    by_assumption = _mean_parts(known.values())
    by_number = _mean_parts(
        explained(found.values(found.question.number), published(found, FURTHER))
        for found in all_found.values()
    )
    inputs = next(iter(all_found.values())).inputs
    first = next((one for one in by_assumption if one.what != STRUCTURE), None)
    if first is None:
        return "No assumption alone makes so much of any number's variance that draws can tell it."
    assumption = inputs.assumptions[first.what]
    times = sum(
        bool(of) and next((o.what for o in of if o.what != STRUCTURE), "") == first.what
        for of in known.values()
    )
    rest = [one for one in by_assumption if one is not first][:3]
    return (
        f"{first.what} ({assumption.paths[0]}, {assumption.unit}): to know it would take away "
        f"{first.part:.0%} of the variance of an answer's number, on average over the "
        f"{len(all_found)} scenarios, and in {times} of them more than to know any other "
        f"assumption would. Next: {listed(rest)}. What is known of it: {assumption.reason} Of "
        f"numbers that may be published, these would take away most: {listed(by_number[:3])}."
    )


def _mean_parts(every: Iterable[Sequence[Share]]) -> list[Share]:
    """Return the mean part that goes with each thing, over some numbers, the largest first."""
    total: Counter[str] = Counter()
    n = 0
    for n, parts in enumerate(every, start=1):  # noqa: B007
        total.update({one.what: one.part for one in parts})
    return [Share(what, part / n) for what, part in total.most_common()]


def listed(parts: Sequence[Share]) -> str:
    """Name things with the part that goes with each."""
    return ", ".join(f"{one.what} ({one.part:.0%})" for one in parts) or "none"


QUESTIONS = (
    Answered("Which price x quota x unit cost brings contribution to zero?", "survive",
             "sora.free_quota_per_day, sora.pack_usd, sora.gpu_minutes_per_clip"),
    Answered("How far and by when must the cost of a clip fall?", "cheaper_clips",
             "sora.moore_factor_per_year, sora.learning"),
    Answered("Which D30 retention pays back the loaded acquisition cost?", "survive",
             "sora.dropout_alpha, sora.p_active, sora.visit_floor", _payback, survive.UNPAID),
    Answered("Which marketing budget equals Google's surfaces?", "bought_reach",
             "sora.marketing_usd_per_day, google.reach_per_day"),
    Answered("The k-factor by phase, and would no invites have done better?", "open_launch",
             "sora.invites_required", _phases),
    Answered("What did free clips buy, per $1 M, against ads?", "smaller_quota",
             "sora.free_quota_per_day, sora.marketing_usd_per_day", _free_clips,
             smaller_quota.price_of_a_start("6 free clips")),
    Answered("What does 30 to 6 do to burn, sharing, installs, conversion?", "smaller_quota",
             "event quota_cut"),
    Answered("How much of the decline is novelty, copyright, competition, exhausted interest, and "
             "can data tell?", "decline",
             "sora.interest_fade_days, sora.novelty_floor, sora.visit_floor, sora.chart_per_day, "
             "event copyright, google left out"),
    Answered("Is there tipping in the plausible region?", "referral",
             "sora.friend_strength, sora.friend_utility, rival_penalty", _tipping, referral.K),
    Answered("Shorts three months earlier or later: new users or multi-homers?", "google_push",
             "event shorts", _shorts,
             google_push.BOTH_PART),
    Answered("Graph family, degree tail, clustering, n, M: what moves?", "friend_graph",
             "market.graph, market.n_users, market.n_people"),
    Answered("Packs, subscription, paywall, ads: least negative cash with users kept?",
             "paid_launch", "sora.pack_usd, sora.subscription_usd_per_month"),
    Answered("When should a rational owner stop?", "stop_rule", "strategy stop_rule"),
    Answered("Which one extra fact would narrow the decision most?", None,
             "the ranges in scenarios/data/assumptions.toml", one_fact),
    Answered("Under which users x share x clips x cost is “$15 M a day” true?", "headline",
             "sora.dropout_alpha, market.mean_clips, market.n_people"),
)  # fmt: skip
