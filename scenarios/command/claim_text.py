"""From ``compute_usd@2025-11-10 = 15e6`` to a claim, or one line on how to write one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scenarios.asking.question import Measure
from scenarios.claiming.claims import WITHIN, Claim, Relation
from scenarios.command import values
from scenarios.command.draw_runs import WHOM
from scenarios.command.values import BadValueError
from sim.checks import chosen, short
from sim.errors import ConfigError
from sim.scenario import Scenario

_EXAMPLE = '"compute_usd@2025-11-10 = 15e6" or "installs.sora@2025-09-30..2025-10-31 >= 4M"'
_CLAIM = re.compile(
    r"(?P<metric>[A-Za-z]\w*)(\.(?P<platform>\w+))?\s*@\s*(?P<first>[^\s.<>=]+)"
    r"(\s*\.\.\s*(?P<last>[^\s.<>=]+))?\s*(?P<relation><=|>=|<|>|=|between\b)\s*(?P<value>.+)"
)
_RELATIONS: Mapping[str, Relation] = {
    "=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "between": "between",
}  # fmt: skip


def claim_of(text: str, scenario: Scenario, platform: str | None, within: float | None) -> Claim:
    """Read METRIC[.PLATFORM]@DATE[..DATE] and what is said of it.

    Parameters
    ----------
    scenario
        Whose platforms and days it may be about.
    platform
        As an option says; None leaves it to the text.
    within
        Tolerance of ``=``, as a share; None leaves it at the usual one.

    Raises
    ------
    BadValueError, ConfigError, UnknownNameError
        If it is no claim, or about what there is not.
    """
    found = _CLAIM.fullmatch(text.strip())
    if found is None:
        raise BadValueError(
            f"{short(text)}: must be a metric, @, a day or days, one of = < <= > >= or between "
            f"A and B, and a number, such as {_EXAMPLE}; or the name of a claim, such as C4."
        )
    said = found["platform"]
    if said and platform and said != platform:
        raise ConfigError(f"--platform {platform}: the claim is about {said}. Give one of them.")
    whom = chosen("platform", said or platform or WHOM, scenario.platforms)
    days = [values.date(found[which]) for which in ("first", "last") if found[which]]
    for day in days:
        if not scenario.market.start <= day <= scenario.market.until:
            raise ConfigError(
                f"{day}: must be a day of the run, {scenario.market.start} to "
                f"{scenario.market.until}. Give one of these days."
            )
    relation = _RELATIONS[found["relation"]]
    if within is not None and relation != "=":
        raise ConfigError(f"--within: is for claims of =, and this one says {relation}. Leave it.")
    measure = Measure(found["metric"], whom, str(days[0]), str(days[-1]))
    return Claim(
        measure, relation, _numbers(found["value"], relation),
        within=WITHIN if within is None else within,
    )  # fmt: skip


def _numbers(text: str, relation: Relation) -> tuple[float, ...]:
    if relation != "between":
        return (values.number(text),)
    ends = re.split(r"\s+and\s+", text.strip())
    if len(ends) != 2:
        raise BadValueError(f"{short(text)}: must be two numbers, such as between 1M and 2M.")
    low, high = map(values.number, ends)
    return low, high
