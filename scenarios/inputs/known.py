"""What was known on a day: the facts that could be read by then."""

from __future__ import annotations

import datetime as dt

from scenarios.inputs.fact import Fact
from scenarios.inputs.facts import Facts
from scenarios.inputs.target_file import load_target_file


def known_on(fact: Fact) -> dt.date:
    """Return the day on which a fact could be read.

    Where ``targets.toml`` tells when it was published, that day; else the last day it speaks of.
    Panels are read by subscribers within a day or two, so that the end of a period stands for the
    day of its number, which the press may repeat weeks later.
    """
    told = load_target_file().published.get(fact.id)
    return fact.last_day if told is None else max(told.on, fact.last_day)


def facts_as_of(facts: Facts, date: dt.date) -> Facts:
    """Return the facts that could be read by the end of a day, in the order of the file.

    The hash remains that of the whole file: it says where they are from.
    """
    return Facts({one.id: one for one in facts.values() if known_on(one) <= date}, facts.sha256)
