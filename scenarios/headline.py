"""What would have to be true for $15 M a day, and for 4 M downloads, and can both sides be true?

Differs from the baseline in one published number taken at its word at a time: the retention panel
(SOR045 to SOR047), whose users do not tire of visits; downloads counted as users who make as many
clips as was claimed and never tire (SOR017, SOR075, SOR076); more people (A1); a greater wish for
clips (A5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from scenarios import baseline
from scenarios.asking.bands import verdict
from scenarios.asking.closed_form import fitted_dropout
from scenarios.asking.findings import Findings
from scenarios.asking.question import (
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
from scenarios.inputs.targets import Target, targets
from sim.numbers import amount, brief
from sim.report.page import Exhibit, Table
from sim.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.asking.lab import Lab

NAME = "headline"
EVIDENCE = (
    "SEED008", "SOR009", "SOR010", "SOR016", "SOR017", "SOR023", "SOR041", "SOR042", "SOR045",
    "SOR046", "SOR047", "SOR075", "SOR076", "SOR077", "SOR078", "SOR089",
)  # fmt: skip
ASSUMPTIONS = ("A1", "A5", "A33", "A34", "A35", "A101", "A106")
DAY = "2025-11-10"

COMPUTE = Measure("compute_usd", "sora", DAY, DAY)
COST = Measure("unit_cost_usd", "sora", DAY, DAY)
CLIPS = Measure("clips", "sora", DAY, DAY)
USERS = Measure("daily_active", "sora", DAY, DAY)
CREATORS = Measure("creators", "sora", DAY, DAY)
DAILY_USERS = Measure("daily_active", "sora", "2025-11-01", "2025-11-30")
HALLOWEEN = Measure("installs", "sora", LAUNCH, "2025-10-31")
NOVEMBER = Measure("installs", "sora", "2025-11-01", "2025-11-30")
MEASURES = (COMPUTE, COST, CLIPS, USERS, CREATORS, DAILY_USERS, HALLOWEEN, NOVEMBER)
PANEL, FORBES = "retention as in the panel", "every download a user"
MORE_PEOPLE, MORE_CLIPS = "120 M people", "10 clips wanted a day"
_UNTOLD = "may or may not be true"


def _fact(inputs: Inputs, fact: str) -> float:
    return inputs.facts[fact].number


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return one arm for each number taken at its word."""
    given = inputs or load_inputs()
    base = baseline.scenario(given)
    panel = [_fact(given, fact) / 100.0 for fact in ("SOR045", "SOR046", "SOR047")]
    alpha, beta = fitted_dropout((1, 7, 30), panel)
    per_user = _fact(given, "SOR075") / 100.0 * _fact(given, "SOR076")

    def sora(scenario: Scenario, **values: float | None) -> Scenario:
        changed = scenario.platforms["sora"].changed("headline", **values)
        return scenario.with_platform("sora", changed)

    everyone = base.without("copyright").with_market(mean_clips=per_user)
    return {
        PANEL: sora(base, dropout_alpha=alpha, dropout_beta=beta, p_active=1.0, visit_floor=1.0),
        FORBES: sora(
            everyone,
            p_dropout=0.0,
            p_active=1.0,
            novelty_floor=1.0,
            visit_floor=1.0,
            p_create=None,
        ),
        MORE_PEOPLE: base.with_market(n_people=given.assumptions["A1"].high),
        MORE_CLIPS: base.with_market(mean_clips=given.assumptions["A5"].high),
    }


def scenario() -> Scenario:
    """Return the world in which the retention panel is right."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def _clips_each(get: Asked) -> Values:
    clips = _fact(get.inputs, "SEED008") / get(REFERENCE, COST)
    return clips / get(REFERENCE, USERS)


def _people(get: Asked) -> Values:
    needed = _fact(get.inputs, "SEED005") / get(REFERENCE, HALLOWEEN)
    return needed * float(get.inputs.value("A1"))


NUMBER = Number(
    f"clips of each daily user on {DAY} that make the claimed bill", "clips per day", _clips_each
)
PEOPLE = Number("people in the pool that make the claimed downloads", "people", _people)
EACH = Number(
    "clips of each daily user", "clips per day",
    lambda get: get(REFERENCE, CLIPS) / get(REFERENCE, USERS),
)  # fmt: skip


def answer(found: Findings) -> str:
    """Phrase what both headlines need, and whether both sides can be true."""
    forbes, claim = found.value(FORBES, COMPUTE), _fact(found.inputs, "SEED008")
    reaches = verdict(forbes, "then it is reached", "even then it is not reached",
                      "whether that reaches it, chance does not tell", bar=claim)  # fmt: skip
    people, pool = found.work(PEOPLE), found.inputs.assumptions["A1"]
    can = verdict(people, "cannot be true", "can be true", _UNTOLD, bar=float(pool.high or 0.0))
    panel = found.value(PANEL, DAILY_USERS)
    low, high = (_fact(found.inputs, fact) for fact in ("SOR041", "SOR042"))
    beside = verdict(
        panel, "cannot be true", verdict(panel, "can be true", "cannot be true", _UNTOLD, bar=low),
        _UNTOLD, bar=high,
    )  # fmt: skip
    return (
        f"{amount(claim, 'USD')} a day on {DAY} needs {found.number} from each daily user, and "
        f"they make {found.work(EACH)}. The bill of that day is {found.value(REFERENCE, COMPUTE)}. "
        f"With every download an active user who never tires it is {forbes}; {reaches}. "
        f"{amount(_fact(found.inputs, 'SEED005'), 'downloads')} by Halloween need {people} who "
        f"could care, or more press, and {can} (A1). The retention panel {beside} beside "
        f"the published daily users: it gives {panel} in November, where {_said(found)} were "
        f"counted."
    )


def _said(found: Findings) -> str:
    low, high = (_fact(found.inputs, fact) / 1e6 for fact in ("SOR041", "SOR042"))
    return f"{low:.2f} to {high:.1f} M"


def exhibits(found: Findings, lab: Lab) -> list[Exhibit]:
    """Return which published numbers hold in which arm."""
    arms = list(found.ensembles)
    rows, held = [], dict.fromkeys(arms, 0)
    for text, low, high, tolerance, simulated in _published(found, lab):
        said = f"{brief(low)} to {brief(high)}" if low != high else brief(low)
        row = [text, said]
        for arm in arms:
            value = simulated(arm)
            near = low * (1.0 - tolerance) <= value <= high * (1.0 + tolerance)
            held[arm] += near
            row.append(f"{brief(value)}\n{'holds' if near else 'does not'}")
        rows.append(row)
    rows.append(["hold", "", *(f"{held[arm]} of {len(rows)}" for arm in arms)])
    best = max(held.values())
    everything = "One arm holds them all." if best == len(rows) - 1 else (
        f"No arm tried holds all of them, the best {best} of {len(rows) - 1}: each side of a "
        "contradiction is an arm of its own, never an average."
    )  # fmt: skip
    return [
        Exhibit(
            "Which published numbers can be true together",
            f"Median of each arm beside what was published; within the tolerance of "
            f"scenarios/data/targets.toml it holds. {everything}",
            table=Table(["published", "number", *arms], rows),
        )
    ]


def _published(
    found: Findings, lab: Lab
) -> Iterator[tuple[str, float, float, float, Callable[[str], float]]]:
    """Yield (text, low, high, tolerance, value of an arm) of all that ends by November."""
    from scenarios.asking.seen import seen_retention

    def median(arm: str, target: Target) -> float:
        return target.median(found.ensembles[arm].results)

    head = found.ensembles[REFERENCE].results[0]
    for one in targets(found.inputs):
        if one.reached(head) and one.platform == "sora":
            text = f"{one.name} [{one.unit}] ({', '.join(one.facts)})"
            yield text, one.low, one.high, one.tolerance, partial(median, target=one)

    panel = {1: "SOR045", 7: "SOR046", 30: "SOR047"}
    seen = {arm: seen_retention(lab, found.scenarios[arm], "sora", tuple(panel))
            for arm in found.ensembles}  # fmt: skip

    def kept(arm: str, day: int) -> float:
        return 100.0 * seen[arm][day].middle

    for day, fact in panel.items():
        value = _fact(found.inputs, fact)
        yield f"active on day {day} [%] ({fact})", value, value, 0.5, partial(kept, day=day)
    claim = _fact(found.inputs, "SEED008")
    yield (f"compute on {DAY} [USD/day] (SEED008)", claim, claim, 0.25,
           lambda arm: found.value(arm, COMPUTE).middle)  # fmt: skip


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
