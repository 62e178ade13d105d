"""What did the copyright rules cost Sora: none, from the first day, or only in the new year?

Differs from the baseline in the date of the event copyright, which lowers the worth of a clip to
its maker and to others by A38, or in characters that Disney licenses (A88).
"""

from __future__ import annotations

from collections.abc import Mapping

from scenarios import baseline
from scenarios.asking.bands import verdict
from scenarios.asking.findings import Findings
from scenarios.asking.question import END, LAUNCH, Measure, builder, main_arm
from scenarios.inputs.assumptions import Inputs, load_inputs
from sim.scenario import Scenario

NAME = "copyright"
EVIDENCE = ("SOR056", "SOR057", "SOR059")
ASSUMPTIONS = ("A38", "A88")
LICENSED = "Disney characters from January"

CLIPS = Measure("clips", "sora", LAUNCH, END)
STARTED = Measure("activations", "sora", LAUNCH, END)
USERS = Measure("daily_active", "sora", "2026-03-01", END)
COMPUTE = Measure("compute_usd", "sora", LAUNCH, END)
SHARES = Measure("shares_friends", "sora", LAUNCH, END)
MEASURES = (CLIPS, STARTED, USERS, COMPUTE, SHARES)


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return no restriction, one from the first day, and a late one."""
    given = inputs or load_inputs()
    base = baseline.scenario(given)
    worth = float(given.assumptions["A88"].high or 1.0)
    disney = base.event("disney").changed(
        NAME, date="2026-01-15", multiply={"rel_demand": worth, "rel_sharing": worth}
    )
    return {
        "no restriction": base.without("copyright"),
        "from the first day": base.moved("copyright", LAUNCH),
        "from January": base.moved("copyright", "2026-01-01"),
        LICENSED: base.with_event(disney),
    }


def scenario() -> Scenario:
    """Return the world without the restriction."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def answer(found: Findings) -> str:
    """Phrase what the rules took away."""
    arm = "no restriction"
    started = found.ratio(arm, STARTED)
    return (
        f"Without the copyright rules the number of clips to "
        f"{END} would have changed by {found.ratio(arm, CLIPS)}. Those sent to friends change by "
        f"{found.ratio(arm, SHARES)} and the compute bill "
        f"by {found.change(arm, COMPUTE)}; the number who start changes by {started} "
        f"({verdict(started, 'a gain', 'a loss', 'not told from chance')}). The size of the drop "
        f"(A38) is assumed: no count of clips by day is public. If the characters that Disney "
        f"licenses came in January and were worth all that A88 allows, clips would change by "
        f"{found.ratio(LICENSED, CLIPS)}."
    )


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
