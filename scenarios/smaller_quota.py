"""What does a smaller free quota do to burn, sharing, installs and conversion: 30, 10, 6 or 3?

Differs from the baseline in the quota from 2025-11-28 on. People who meet a limit leave sooner
(A59), but in two arms in which nobody minds it, with the cut and without.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scenarios import baseline
from scenarios.asking.bands import verdict
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
from scenarios.inputs.forces import without_forces
from sim.scenario import Scenario

NAME = "smaller_quota"
EVIDENCE = ("SOR083", "SOR085", "SOR053", "BEN001")
ASSUMPTIONS = ("A5", "A6", "A36", "A59")
CUT = "2025-11-28"
QUOTAS = (6, 10, 3, 1)
ARM, UNMINDED, UNMINDED_NO_CUT = "6 free clips", "nobody minds: cut", "nobody minds: no cut"

COMPUTE = Measure("compute_usd", "sora", CUT, END)
USERS = Measure("daily_active", "sora", "2026-03-01", END)
INSTALLS = Measure("installs", "sora", CUT, END)
STARTED = Measure("activations", "sora", CUT, END)
SHARES = Measure("shares_friends", "sora", CUT, END)
CONVERSION = Measure("conversion", "sora", CUT, END)
HITS = Measure("hit_rate", "sora", CUT, END)
MEASURES = (COMPUTE, USERS, INSTALLS, STARTED, SHARES, CONVERSION, HITS)


def reference(inputs: Inputs) -> Scenario:
    """Return the world without the cut: thirty free clips a day for good."""
    return baseline.scenario(inputs).without("quota_cut")


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return an arm for each quota; then the cut and no cut where nobody minds a limit."""
    base = baseline.scenario(inputs or load_inputs())
    cut, unminded = base.event("quota_cut"), without_forces(base, ("limits",))

    def quota(clips: int) -> Scenario:
        changed = cut.changed("quota", set={"free_quota_per_day": clips})
        return base.with_event(changed)

    return {
        **{f"{clips} free clips": quota(clips) for clips in QUOTAS},
        UNMINDED: unminded,
        UNMINDED_NO_CUT: unminded.without("quota_cut"),
    }


def scenario() -> Scenario:
    """Return the cut as it happened."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def _relative(get: Asked) -> Values:
    return get(ARM, COMPUTE) / get(REFERENCE, COMPUTE) - 1.0


NUMBER = Number(
    "change of compute cost by 6 instead of 30 free clips", "share", _relative, signed=True
)


def price_of_a_start(arm: str) -> Number:
    """Return the free clips, in USD, that brought one more person to start."""

    def of(get: Asked) -> Values:
        spent = get(REFERENCE, COMPUTE) - get(arm, COMPUTE)
        more = get(REFERENCE, STARTED) - get(arm, STARTED)
        return spent / np.where(more > 0.0, more, np.nan)

    return Number("free clips for one more start", "USD per start", of)


def _minding(get: Asked) -> Values:
    """Return how much more daily users change by the cut since people mind a limit."""
    unminded = get(UNMINDED, USERS) / get(UNMINDED_NO_CUT, USERS)
    return get(ARM, USERS) / get(REFERENCE, USERS) - unminded


MINDING = Number("what minding adds to the change of users", "share", _minding, signed=True)


def answer(found: Findings) -> str:
    """Phrase what the cut did."""
    arm = ARM
    users, unminded = found.ratio(arm, USERS), found.ratio(UNMINDED, USERS, UNMINDED_NO_CUT)
    minding = verdict(
        found.work(MINDING), "minding keeps users", "minding a limit loses users",
        "what minding does to users cannot be told from chance",
    )  # fmt: skip
    before, after = (found.inputs.facts[fact].value for fact in ("SOR083", "SOR085"))
    return (
        f"Cutting the free quota from {before:g} to {after:g} clips a day changes the compute bill "
        f"from {CUT} to {END} by {found.number}. Clips sent to friends change by "
        f"{found.ratio(arm, SHARES)}, installs by {found.ratio(arm, INSTALLS)}, daily users in "
        f"March by {users} ({verdict(users, 'a gain', 'a loss', 'not told from chance')}); "
        f"first payers are {found.value(arm, CONVERSION)} of installs, against "
        f"{found.value(REFERENCE, CONVERSION)} without the cut. The free clips that the cut took "
        f"away had brought a new user for {found.work(price_of_a_start(arm))}. If nobody minded a "
        f"limit (A59 at zero) the cut would change daily users in March by {unminded}: {minding}."
    )


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
