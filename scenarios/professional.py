"""What if education, advertising and games grow from a tenth of the people to a third?

Differs from the baseline in the shares of the segments (A66 in place of A4): professionals make as
many clips or more and pay two to six times as much.
"""

from __future__ import annotations

from collections.abc import Mapping

from scenarios import baseline
from scenarios.asking.bands import quoted
from scenarios.asking.findings import Findings
from scenarios.asking.question import (
    END,
    REFERENCE,
    Asked,
    Measure,
    Number,
    Values,
    builder,
    main_arm,
)
from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.scenario import Scenario

NAME = "professional"
EVIDENCE = ("SOR082", "SOR034", "SOR089")
ASSUMPTIONS = ("A4", "A7", "A66")
SINCE = "2025-12-01"

SPENT = Measure("in_app_spend_usd", "sora", SINCE, END)
COMPUTE = Measure("compute_usd", "sora", SINCE, END)
CONTRIBUTION = Measure("contribution_usd", "sora", SINCE, END)
CONVERSION = Measure("conversion", "sora", SINCE, END)
CLIPS = Measure("clips", "sora", SINCE, END)
MEASURES = (SPENT, COMPUTE, CONTRIBUTION, CONVERSION, CLIPS)
ALL = "all three uses"


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return each use grown alone, and all three."""
    given = inputs or load_inputs()
    base = baseline.scenario(given)
    segments = base.market.segments
    share = float(given.value("A66"))
    uses = [name for name in segments if name != "entertainment"]

    def grown(names: list[str]) -> Scenario:
        others = sum(segments[use].share for use in names)
        parts = {use: share * segments[use].share / others for use in names}
        rest = (1.0 - share) / (1.0 - others)
        changed = {
            name: {**segment.model_dump(), "share": parts.get(name, segment.share * rest)}
            for name, segment in segments.items()
        }
        return base.with_market(segments=changed)

    return {ALL: grown(uses), **{use: grown([use]) for use in uses}}


def scenario() -> Scenario:
    """Return a third of the people in professional use."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def _times(get: Asked) -> Values:
    return get(ALL, SPENT) / get(REFERENCE, SPENT)


NUMBER = Number("in-app spend with all three uses over the baseline's", "times", _times)
COVERED = Number(
    "compute covered by spend", "share", lambda get: get(ALL, SPENT) / get(ALL, COMPUTE)
)


def answer(found: Findings) -> str:
    """Phrase how much more is spent, and how much of the compute it covers."""
    leaders = found.leaders(SPENT)
    return (
        f"With professional use at a third of the people, in-app spend from {SINCE} to {END} is "
        f"{found.number} that of the baseline, and pays {found.work(COVERED)} of the compute. "
        f"Most comes with {quoted(leaders)}: {found.value(leaders[0], SPENT)}, against "
        f"{found.value(REFERENCE, SPENT)}. Compute changes by {found.ratio(ALL, COMPUTE)}."
    )


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
