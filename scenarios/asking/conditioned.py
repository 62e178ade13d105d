"""How far the range of an assumption goes before the baseline loses a target that it keeps.

Until all assumptions are fitted together, an end of a range counts only as far as the facts allow:
values at which the market misses what it meets now say nothing about the market that was observed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from scenarios import baseline
from scenarios.asking.question import Measure, Values
from scenarios.inputs.assumptions import Inputs
from scenarios.inputs.targets import Target, targets
from sim.scenario import Scenario

End: TypeAlias = Literal["low", "high"]
ENDS: tuple[End, ...] = get_args(End)
#: Runs that find how far an end may go, after the one at the end itself: to an eighth of the way.
_HALVINGS = 3
#: Returns the values of measures for each of some scenarios.
Measured: TypeAlias = Callable[[Sequence[Scenario], Sequence[Measure]], list[dict[Measure, Values]]]


class Allowed(NamedTuple):
    """What the targets leave of the way to an end.

    Parameters
    ----------
    part
        Of the way from the value of the baseline to the end, 1 for all of it.
    lost
        Targets that the baseline keeps and the end itself does not.
    """

    part: float = 1.0
    lost: tuple[str, ...] = ()


Ends: TypeAlias = Mapping[tuple[str, End], Allowed]


def allowed_value(inputs: Inputs, ends: Ends, one: str, end: End) -> float:
    """Return the farthest value toward an end that targets allow; the end's own if none binds."""
    part = ends[one, end].part if (one, end) in ends else 1.0
    return float(inputs.moved(one, end, part).value(one))


def allowed_ends(inputs: Inputs, measured: Measured) -> Ends:
    """Return, for both ends of each assumption with a range, how far it may go.

    An end that keeps all targets which the baseline keeps (of the same size and luck) counts whole;
    another as far as halving its way finds it to.
    """
    ends = [
        (one.id, end)
        for one in inputs.assumptions.values()
        if one.low is not None and one.high is not None
        for end in ENDS
    ]
    kept = _missed(measured, [inputs])[0]
    everything = _missed(measured, [inputs.moved(one, end) for one, end in ends])
    lost = {
        which: tuple(name for name in missed if name not in kept)
        for which, missed in zip(ends, everything, strict=True)
    }
    bound = [which for which in ends if lost[which]]
    good, bad = dict.fromkeys(bound, 0.0), dict.fromkeys(bound, 1.0)
    for _ in range(_HALVINGS):
        middle = {which: (good[which] + bad[which]) / 2.0 for which in bound}
        tried = _missed(measured, [inputs.moved(*which, middle[which]) for which in bound])
        for which, missed in zip(bound, tried, strict=True):
            (good if missed <= kept else bad)[which] = middle[which]
    return {which: Allowed(good.get(which, 1.0), lost[which]) for which in ends}


def _missed(measured: Measured, many: Sequence[Inputs]) -> list[set[str]]:
    """Return the targets that each of some inputs misses."""
    missed: list[set[str]] = [set() for _ in many]
    every = [targets(inputs) for inputs in many]
    worlds = [baseline.scenario(inputs) for inputs in many]
    last = max(target.last for target in every[0]) if every else None
    for platform in dict.fromkeys(target.platform for target in every[0]) if every else ():
        needed = _measures(target for target in every[0] if target.platform == platform)
        found = measured([world.with_market(until=last) for world in worlds], needed)
        for place, (of_world, values) in enumerate(zip(every, found, strict=True)):
            for target in of_world:
                if target.platform == platform and not _near(target, values):
                    missed[place].add(target.name)
    return missed


def _measure(metric: str, platform: str, first: dt.date, last: dt.date) -> Measure:
    return Measure(metric, platform, str(first), str(last))


def _measures(some: Iterable[Target]) -> tuple[Measure, ...]:
    """Return the measures that some targets are made of, by asking them."""
    needed: dict[Measure, None] = {}

    def note(metric: str, platform: str, first: dt.date, last: dt.date) -> float:
        needed[_measure(metric, platform, first, last)] = None
        return 1.0

    for target in some:
        target.read(note)
    return tuple(needed)


def _near(target: Target, values: Mapping[Measure, Values]) -> bool:
    """Whether the mean of the replicates is near; one without a value is not."""
    found = target.read(lambda *over: float(np.mean(values[_measure(*over)])))
    return bool(np.isfinite(found)) and target.near(found)
