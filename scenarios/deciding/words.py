"""What a search came to, in sentences: the best policy, beside what was done, with its band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.asking.bands import INSIDE
from scenarios.deciding.policies import MeanBand
from scenarios.deciding.trials import AS_IT_WAS, Trials
from sim.experiments.search import Lever
from sim.numbers import amount, brief


def banded(band: MeanBand, unit: str, is_signed: bool = False) -> str:
    """Return a mean with the ends of its band."""
    bare = "USD" if unit.startswith("USD") else unit if unit == "share" else ""
    low, high = (amount(end, bare, is_signed) for end in (band.low, band.high))
    return f"{amount(band.mean, unit, is_signed)} ({low} to {high})"


#: Fields whose name says less than they are.
_FIELDS = {
    "pack_usd": "price of a pack",
    "subscription_usd_per_month": "price of the plan a month",
    "date": "day",
}


def label(path: str) -> str:
    """Return what a lever is, as people say it: the field, and the platform or event it is of.

    Examples
    --------
    >>> label("event:quota_cut.set.free_quota_per_day"), label("sora.marketing_usd_per_day")
    ('free quota per day from the quota cut on', 'marketing per day of Sora [USD]')
    """
    owner, _, rest = path.removeprefix("event:").partition(".")
    field = rest.split(".")[-1].partition("@")[0] or owner
    parts = field.split("_")
    words = _FIELDS.get(field, " ".join(part for part in parts if part != "usd"))
    dollars = " [USD]" if "usd" in parts else ""
    event = owner.replace("_", " ")
    if not path.startswith("event:"):
        return f"{words} of {event.capitalize()}{dollars}"
    return f"{words} of {event}" if field == "date" else f"{words} from the {event} on{dollars}"


def setting(value: Any) -> str:
    """Return a value of a lever as people read it."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return brief(float(value)) if is_number else str(value)


def policy(point: Mapping[str, Any], levers: Sequence[Lever]) -> str:
    """Return what a policy sets, in words; as it was if it changes nothing."""
    said = [
        f"{label(one.factor.name)} = {setting(point[one.factor.name])}"
        for one in levers
        if one.factor.name in point
    ]
    return ", ".join(said) or "as it was"


def conditions(outcome: Trials) -> str:
    """Return what had to be kept; empty where nothing had to be."""
    return " and ".join(one.text for one in outcome.conditions)


def headline(outcome: Trials, levers: Sequence[Lever]) -> str:
    """Say which policy is best, what it comes to, and whether it can be told from what was done."""
    goal, n = outcome.goals[0], len(outcome.points)
    unit = goal.measure.unit
    best = outcome.best
    if best is None:
        nearest = outcome.nearest
        near = (
            f" Nearest: {policy(outcome.points[nearest], levers)}, which does in "
            f"{outcome.chances[nearest]:.0%} of draws."
            if nearest is not None else " None of them can be: see trials.csv."
        )  # fmt: skip
        return f"None of {n} policies tried keeps {conditions(outcome)} on average.{near}"
    keeps = f", of those that keep {conditions(outcome)}," if outcome.conditions else ""
    found = banded(outcome.band(best), unit)
    if best == AS_IT_WAS:
        return f"No policy of {n} tried{keeps} has {goal.word} {goal.label} but what was done: " \
               f"{found}."  # fmt: skip
    gain = outcome.gain(best)
    told = (
        "which cannot be told from what was done" if gain.straddles
        else f"{banded(gain, unit, True)} against what was done"
    )  # fmt: skip
    return (
        f"{policy(outcome.points[best], levers)} has {goal.word} {goal.label} of {n} policies "
        f"tried{keeps or ''}{' ' if keeps else ': '}{found}, {told}."
    )


def more(outcome: Trials, levers: Sequence[Lever]) -> str:
    """Say how safe the best policy is, what the robust one is, and how far what was done lies."""
    if outcome.best is None or outcome.robust is None:
        return ""
    unit = outcome.goals[0].measure.unit
    said = [
        f"It is within {amount(float(outcome.regrets[outcome.best]), unit)} of the best policy "
        "tried in every draw (its largest regret)."
    ]
    if outcome.conditions:
        said.append(f"It keeps the condition in {outcome.chances[outcome.best]:.0%} of draws.")
    if outcome.robust != outcome.best:
        said.append(
            f"Least regret has {policy(outcome.points[outcome.robust], levers)}: "
            f"{amount(float(outcome.regrets[outcome.robust]), unit)} at most."
        )
    said.append(f"What was done: {banded(outcome.band(AS_IT_WAS), unit)}.")
    if len(outcome.goals) > 1:
        on = AS_IT_WAS in outcome.front
        said.append(
            f"{len(outcome.front)} policies lie on the frontier of both goals, what was done "
            f"{'among them' if on else 'not'}."
        )
    return " ".join(said)


def at_draws(n: int, posterior: bool) -> str:
    """Say what a band holds."""
    of = "markets drawn from the posterior" if posterior else "runs at the central values"
    return f"Bands hold {INSIDE:.0%} of {brief(n)} {of}, the same ones, at the same luck, for " \
           "every policy."  # fmt: skip
