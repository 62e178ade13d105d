"""The fifteen questions of the model, answered in one file.

Every number is measured when the file is written; where the range of assumptions leaves an answer
open, the file says so.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import scenarios
from scenarios import bought_reach, google_push, referral, smaller_quota, survive
from scenarios.asking.attribution import PHASES
from scenarios.asking.bands import Band, verdict
from scenarios.asking.closed_form import retention, terms_on
from scenarios.asking.common_luck import saved
from scenarios.asking.findings import Findings
from scenarios.asking.frontiers import needed_d30, year_of_use
from scenarios.asking.lab import Lab
from scenarios.asking.question import END, REFERENCE, Measure, Number, read
from scenarios.asking.question_page import label, page_of
from scenarios.asking.seen import seen_retention
from scenarios.asking.tipping import tipping
from sim.files import write_text_aside
from sim.numbers import amount

#: From this factor between the ends of a range on, only the order of magnitude is told.
_WIDE = 3.0
#: From this part on, it is nearly all.
_NEARLY_ALL = 0.9


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
        "Chance does not tell whether free clips or ads were the cheaper way", bar=paid,
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
                   "chance does not tell whether most are new to both", bar=0.5)  # fmt: skip
    many = verdict(both, "nearly all are multi-homers", most, most, bar=_NEARLY_ALL)
    return verdict(both, many, "nearly all are new to both", many, bar=1.0 - _NEARLY_ALL)


def _one_fact(all_found: Mapping[str, Findings], lab: Lab) -> str:
    first = Counter(found.drivers[0] for found in all_found.values() if found.drivers)
    if not first:
        return "Assumptions were not varied, so this run cannot tell."
    one, times = first.most_common(1)[0]
    first_found = next(found for found in all_found.values() if one in found.drivers)
    assumption = first_found.inputs.assumptions[one]
    others = ", ".join(f"{name} ({n})" for name, n in first.most_common(4)[1:])
    return (
        f"The one behind {label(first_found, one)} ({assumption.paths[0]}, {assumption.unit}): it "
        f"moves the number of {times} of {len(all_found)} scenarios more than any other assumption "
        f"does. Next: {others or 'none'}. What is known of it: {assumption.reason}"
    )


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
             "the ranges in scenarios/data/assumptions.toml", _one_fact),
    Answered("Under which users x share x clips x cost is “$15 M a day” true?", "headline",
             "sora.dropout_alpha, market.mean_clips, market.n_people"),
)  # fmt: skip


def certainty(found: Findings) -> str:
    """Say what the data can tell about the number, from how far assumptions move it."""
    if not found.swings:
        return "Assumptions were not varied."
    _, low, high, _, _, _ = found.assumed
    of_one = f" {found.alone} decides it alone." if found.alone else ""
    if low < 0.0 < high:
        return f"Values that keep the targets leave its sign open.{of_one}"
    ends = sorted((abs(low), abs(high)))
    if found.valueless or ends[0] == 0.0 or not ends[1] / ends[0] <= _WIDE:
        none = ", and at some of them there is none" if found.valueless else ""
        return f"Values that keep the targets leave {found.range_said}{none}.{of_one}"
    return (
        f"Values that keep the targets tell it to within a factor of {ends[1] / ends[0]:.2g}."
        f"{of_one}"
    )


def _section(number: int, one: Answered, all_found: Mapping[str, Findings], lab: Lab) -> list[str]:
    lines = [f"## {number}. {one.text}", ""]
    own = one.more(all_found, lab) if one.more else ""
    if one.scenario is None:
        return [*lines, _bold(own), "", f"- Switch: {one.switch}.", ""]
    found = all_found[one.scenario]
    if one.number is not None:
        found = lab.about(found, one.number)
        lines += [_bold(own), ""]
    else:
        lines += [f"{_bold(found.headline)} {own}".strip(), ""]
    return [
        *lines,
        f"- {found.bands}", f"- {certainty(found)}",
        f"- Switch: {one.switch}. Scenario: `python -m scenarios report {one.scenario}`.", "",
    ]  # fmt: skip


def _bold(text: str) -> str:
    """Set the first sentence in bold."""
    first, stop, rest = text.partition(". ")
    return f"**{first}.** {rest}" if stop else f"**{first}**"


def _table(all_found: Mapping[str, Findings]) -> list[str]:
    rows = []
    for name, found in all_found.items():
        number = found.number
        first = found.drivers[0] if found.drivers else "–"
        rows.append(
            f"| `{name}` | {found.question.number.text} | {number} | {found.range_said} | {first} |"
        )
    return [
        "| scenario | number | median (90 % of replicates) | assumptions, one at a time | moved "
        "most by |", "|---|---|---|---|---|", *rows, "",
    ]  # fmt: skip


def text_of(all_found: Mapping[str, Findings], lab: Lab) -> str:
    """Return the whole file."""
    size, inputs = lab.size, next(iter(all_found.values())).inputs
    ranged = sum(
        one.low is not None and one.high is not None for one in inputs.assumptions.values()
    )
    lines = [
        "# Answers", "",
        f"Written by `make answers`: {size.replicates} replicates of {size.n_users:,} users; each "
        f"of {ranged} assumptions with a range moved to both its ends, as far as the baseline "
        "keeps the targets that it keeps, "
        f"{size.assumption_replicates} run of {size.assumption_users:,} users each, at the same "
        "luck. Two bands stand behind every number: what chance does to it, and what it becomes "
        "when one assumption goes to the end of its range. All numbers are of the model; what no "
        "public number pins down is said.", "",
        *_table(all_found),
    ]  # fmt: skip
    for number, one in enumerate(QUESTIONS, start=1):
        lines += _section(number, one, all_found, lab)
    told = {one.scenario for one in QUESTIONS if one.number is None}
    lines += ["## Also asked", ""]
    for name, found in all_found.items():
        if name not in told:
            lines += [f"**{found.question.asks}** {found.headline}", "", f"- {found.bands}",
                      f"- {certainty(found)}", ""]  # fmt: skip
    lines += saved(all_found)
    return "\n".join(lines)


def write_answers(lab: Lab, path: Path, pages: Path | None = None) -> Path:
    """Ask every question, write the file, and the pages if a folder is given."""
    all_found: dict[str, Findings] = {}
    asked = {name: read(scenarios.load(name)) for name in scenarios.questions("all")}
    lab.expect(list(asked.values()))
    for name, question in asked.items():
        all_found[name] = lab.ask(question)
        if pages is not None:
            page_of(all_found[name], lab).write(pages / f"{name}.html")
    text = text_of(all_found, lab)
    write_text_aside(path, text)
    return path
