"""What if people had paid from the launch on: packs, a plan, a paywall, or looking at ads?

Differs from the baseline in what is sold from 2025-09-30 on, and in six free clips a day from the
start; in all arms people who meet the limit leave sooner (A59).
"""

from __future__ import annotations

from collections.abc import Mapping

from scenarios import baseline
from scenarios.asking.findings import Findings, quoted, verdict
from scenarios.asking.question import END, LAUNCH, REFERENCE, Measure, Number, builder, main_arm
from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.smaller_quota import minding
from sim.scenario import Scenario

NAME = "paid_launch"
EVIDENCE = ("SOR082", "SOR083", "SOR085", "OAI001", "BEN008", "BEN010", "BEN028")
ASSUMPTIONS = ("A7", "A39", "A51", "A52", "A53", "A59", "A67")

CONTRIBUTION = Measure("contribution_usd", "sora", LAUNCH, END)
REVENUE = Measure("revenue_usd", "sora", LAUNCH, END)
COMPUTE = Measure("compute_usd", "sora", LAUNCH, END)
USERS = Measure("daily_active", "sora", "2026-03-01", END)
CLIPS = Measure("clips", "sora", LAUNCH, END)
CONVERSION = Measure("conversion", "sora", LAUNCH, END)
MEASURES = (CONTRIBUTION, REVENUE, COMPUTE, USERS, CLIPS, CONVERSION)


def reference(inputs: Inputs) -> Scenario:
    """Return history, with people who mind the limit."""
    return minding(baseline.scenario(inputs), inputs)


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return the ways of charging, the one that happened (packs of $4) first."""
    given = inputs or load_inputs()
    base = reference(given).without("quota_cut").set("sora.free_quota_per_day", 6)
    packs = base.event("packs")

    def sold(pack_usd: float, free: int = 6) -> Scenario:
        changed = packs.changed("packs", date=LAUNCH, set={"pack_usd": pack_usd})
        return base.with_event(changed).set("sora.free_quota_per_day", free)

    plan = sold(4.0).set("sora.subscription_usd_per_month", given.facts["OAI001"].value)
    for field, assumption in (("intercept", "A51"), ("hits", "A52"), ("friends", "A53")):
        plan = plan.set(f"sora.subscribe_{field}", given.value(assumption))
    ads = sold(4.0).set("sora.other_revenue_usd_per_active_day", given.value("A67"))
    return {
        "6 free, packs $4": sold(4.0),
        "6 free, packs $1.50": sold(1.5),
        "6 free, packs $20": sold(20.0),
        "6 free, packs $4, plan $20": plan,
        "6 free, packs $4, ads": ads,
        "paywall: packs $4": sold(4.0, free=0),
    }


def scenario() -> Scenario:
    """Return packs from the launch on."""
    return main_arm(variants(), NAME)


build = builder(scenario)

NUMBER = Number(
    "contribution with packs of $4 from the launch on",
    "USD",
    lambda get: get("6 free, packs $4", CONTRIBUTION),
)


def answer(found: Findings) -> str:
    """Phrase which way of charging loses least, and at which price in users."""
    leaders = found.leaders(CONTRIBUTION)
    frees = found.leaders(
        CONTRIBUTION, [arm for arm in found.variants if not arm.startswith("paywall")]
    )
    best, free = leaders[0], frees[0]
    money, other = found.value(best, CONTRIBUTION), found.value(free, CONTRIBUTION)
    covers = verdict(money, "covers", "still does not cover", "may or may not cover")
    text = (
        f"Of {len(found.variants)} ways to charge from the launch on, {quoted(leaders)} leaves "
        f"most: {money} to {END}, and {covers} its compute. As it was, that is "
        f"{found.value(REFERENCE, CONTRIBUTION)}; “{best}” changes daily users in March by "
        f"{found.ratio(best, USERS)} if people mind the limit as assumed (A59)."
    )
    if best != free:
        text += (
            f" With clips still free the best is {quoted(frees)}: {other}, daily users "
            f"{found.ratio(free, USERS)}."
        )
    return text


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
