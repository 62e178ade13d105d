"""Runs that differ only in events from a date on share their past, which is simulated once.

The runs of a batch form a tree: they go together to the day before their events first differ, part
there into those that agree on that date, and so on. A market branched at a date has the bits of one
run from its start (`Market.branch`), so the tree changes no result.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from sim.experiments.work.running import Outcome, Task, attempt, market_of, run_within
from sim.market import Market
from sim.results import Results
from sim.scenario import Scenario

T = TypeVar("T")
#: Trunks a worker keeps for the next batch of the same seed.
KEPT_TRUNKS = 2


@dataclass(frozen=True)
class Twig:
    """A task as it stands in the tree.

    Parameters
    ----------
    place
        Index in its batch.
    task
        What is to be done.
    """

    place: int
    task: Task

    @cached_property
    def start(self) -> dt.date:
        """Day 0."""
        return dt.date.fromisoformat(self.task.scenario["market"]["start"])

    @cached_property
    def events(self) -> Mapping[str, dt.date]:
        """Events as text, with their dates; what is dated before the start holds from day 0."""
        return {
            json.dumps(event, sort_keys=True): max(dt.date.fromisoformat(event["date"]), self.start)
            for event in self.task.scenario["events"]
        }

    @property
    def history(self) -> list[tuple[dt.date, str]]:
        """Events in order of date; runs that part late are neighbors if sorted by it."""
        return sorted((date, text) for text, date in self.events.items())

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario."""
        return Scenario.from_dict(self.task.scenario)

    def past(self, date: dt.date) -> frozenset[str]:
        """Return the events before a date."""
        return frozenset(text for text, day in self.events.items() if day < date)


def stem(scenario: Mapping[str, Any]) -> str:
    """Return what two runs must have in common to share a past: all but their events and name."""
    return json.dumps([scenario["market"], scenario["platforms"]], sort_keys=True)


def first_difference(twigs: Sequence[Twig]) -> dt.date | None:
    """Return the first date on which the events of some runs are not those of the others."""
    everywhere = set(twigs[0].events).intersection(*(twig.events for twig in twigs))
    dates = [day for twig in twigs for text, day in twig.events.items() if text not in everywhere]
    return min(dates, default=None)


def run_together(tasks: Sequence[Task], finish: Callable[[Results], T]) -> list[Outcome[T]]:
    """Do tasks in this worker, each stretch that some have in common once.

    Parameters
    ----------
    finish
        Turns results into what is sent back.
    """
    outcomes: dict[int, Outcome[T]] = {}
    groups: dict[str, list[Twig]] = {}
    for place, task in enumerate(tasks):
        groups.setdefault(stem(task.scenario), []).append(Twig(place, task))
    for group in groups.values():
        outcomes.update(_grow(None, group, finish))
    return [outcomes[place] for place in range(len(tasks))]


def _grow(
    market: Market | None, twigs: list[Twig], finish: Callable[[Results], T]
) -> Iterator[tuple[int, Outcome[T]]]:
    """Yield the outcomes of runs that have a market in common so far; it is theirs to use up."""
    last = twigs[-1]
    splits = first_difference(twigs)
    if len(twigs) == 1 or splits is None:
        yield from _finished(market, twigs, finish)
        return
    if market is None and splits <= last.start:
        for group in _parted(twigs, splits):
            yield from _grow(None, group, finish)
        return
    shared = attempt(lambda: _shared_past(market, twigs, splits))
    trunk = shared.value
    if trunk is None:
        for twig in twigs:
            yield twig.place, Outcome(shared.status, None, shared.error, shared.details,
                                      shared.seconds, shared.worker)  # fmt: skip
        return
    # The trunk has the events of the last run and goes on as itself, once the others branched off.
    for group in sorted(_parted(twigs, splits), key=lambda group: group[-1] is last):
        own = group[-1] is last and market is not None
        yield from _grow(trunk if own else trunk.branch(group[-1].scenario), group, finish)


def _parted(twigs: list[Twig], splits: dt.date) -> list[list[Twig]]:
    """Return the runs in groups that agree on all events up to and on a date."""
    groups: dict[frozenset[str], list[Twig]] = {}
    for twig in twigs:
        groups.setdefault(twig.past(splits + dt.timedelta(days=1)), []).append(twig)
    return list(groups.values())


def _finished(
    market: Market | None, twigs: list[Twig], finish: Callable[[Results], T]
) -> Iterator[tuple[int, Outcome[T]]]:
    """Run to the end; runs without any difference (they may differ in name) are run each."""
    for twig in twigs:
        own = twig is twigs[-1]

        def work(twig: Twig = twig, own: bool = own) -> T:
            if market is None:
                lives = market_of(twig.task)
            else:
                lives = market if own else market.branch(twig.scenario)
            return finish(run_within(lives, twig.task.timeout))

        yield twig.place, attempt(work)


def _shared_past(market: Market | None, twigs: list[Twig], splits: dt.date) -> Market:
    """Return a market that has lived to the evening before the runs part."""
    last = twigs[-1]
    if market is not None:
        return _lived(market, last, splits)
    shelf = _shelf()
    trunk = next((t for t in reversed(shelf) if t.leads_to(last, splits)), None)
    if trunk is not None and trunk.date == splits:
        shelf.remove(trunk)
        shelf.append(trunk)
        return trunk.market
    start = market_of(last.task) if trunk is None else trunk.market.branch(last.scenario)
    grown = _lived(start, last, splits)
    shelf.append(Trunk(stem(last.task.scenario), last.past(splits), splits, grown))
    del shelf[:-KEPT_TRUNKS]
    return grown


def _lived(market: Market, twig: Twig, splits: dt.date) -> Market:
    end = min(splits, market.config.until + dt.timedelta(days=1))
    if market.date < end:
        run_within(market, twig.task.timeout, end - dt.timedelta(days=1))
    return market


@dataclass(frozen=True)
class Trunk:
    """A past that further batches may share; its market is branched, never run on.

    Parameters
    ----------
    stem, past
        Market and platforms, and the events it has seen.
    date
        The morning at which it stands.
    market
        The market.
    """

    stem: str
    past: frozenset[str]
    date: dt.date
    market: Market

    def leads_to(self, twig: Twig, splits: dt.date) -> bool:
        """Return whether a run that parts from others on a date has this past."""
        return (
            self.date <= splits
            and self.stem == stem(twig.task.scenario)
            and self.past == twig.past(self.date)
        )


_KEPT = threading.local()


def _shelf() -> list[Trunk]:
    """Return the trunks of this thread; a market is no thing for two threads at once."""
    if not hasattr(_KEPT, "trunks"):
        _KEPT.trunks = []
    return _KEPT.trunks  # type: ignore[no-any-return]
