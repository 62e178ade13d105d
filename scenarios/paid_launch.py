"""What if people had paid from the launch on: packs, a plan, a paywall, or looking at ads?

Differs from the baseline in what is sold from 2025-09-30 on, and in six free clips a day from the
start, or thirty until enough have become loyal (A87). People who meet a limit leave sooner (A59),
but in two arms in which nobody minds it.
"""

from __future__ import annotations

from collections.abc import Mapping

from scenarios import baseline
from scenarios.asking.bands import quoted, verdict
from scenarios.asking.findings import Findings
from scenarios.asking.question import END, LAUNCH, REFERENCE, Measure, Number, builder, main_arm
from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.inputs.forces import without_forces
from sim.platform_config import StrategyConfig
from sim.scenario import Scenario

NAME = "paid_launch"
EVIDENCE = ("SOR082", "SOR083", "SOR084", "SOR085", "OAI001", "OAI002", "BEN008", "BEN010",
            "BEN028")  # fmt: skip
ASSUMPTIONS = ("A7", "A39", "A51", "A52", "A53", "A59", "A67", "A69", "A70", "A71", "A76", "A87")

CONTRIBUTION = Measure("contribution_usd", "sora", LAUNCH, END)
REVENUE = Measure("revenue_usd", "sora", LAUNCH, END)
COMPUTE = Measure("compute_usd", "sora", LAUNCH, END)
USERS = Measure("daily_active", "sora", "2026-03-01", END)
CLIPS = Measure("clips", "sora", LAUNCH, END)
CONVERSION = Measure("conversion", "sora", LAUNCH, END)
#: USD a pack, with six free clips a day and with none, low to high.
FREE_PACKS, WALL_PACKS, WALL = (4.0, 1.5, 10.0, 20.0), (4.0, 10.0, 16.0, 25.0, 50.0), "paywall:"
LOYAL = "free until loyal, then 1 free"
#: Ways that are tried once more where nobody minds a limit, and how they are called there.
NOBODY = "nobody minds: "
AGAIN = ("6 free, packs $4", f"{WALL} packs $4")
MEASURES = (CONTRIBUTION, REVENUE, COMPUTE, USERS, CLIPS, CONVERSION)


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return the ways of charging, the one that happened (packs of $4) first."""
    given = inputs or load_inputs()
    base = baseline.scenario(given).without("quota_cut").set("sora.free_quota_per_day", 6)
    packs = base.event("packs")

    def sold(pack_usd: float, free: int = 6) -> Scenario:
        changed = packs.changed("packs", date=LAUNCH, set={"pack_usd": pack_usd})
        return base.with_event(changed).set("sora.free_quota_per_day", free)

    plans = sold(4.0)
    for tier, fact in (("subscription", "OAI001"), ("high_plan", "OAI002")):
        plans = plans.set(f"sora.{tier}_usd_per_month", given.facts[fact].value)
    ads = sold(4.0).set("sora.other_revenue_usd_per_active_day", given.value("A67"))
    ways = {
        **{f"6 free, packs ${usd:g}": sold(usd) for usd in FREE_PACKS},
        "6 free, packs $4, plans $20 and $200": plans,
        "6 free, packs $4, ads": ads,
        LOYAL: _charging_later(given),
        **{f"{WALL} packs ${usd:g}": sold(usd, free=0) for usd in WALL_PACKS},
    }
    return {**ways, **{f"{NOBODY}{way}": without_forces(ways[way], ("limits",)) for way in AGAIN}}


def _charging_later(given: Inputs) -> Scenario:
    """Let everybody in for thirty free clips, and charge once so many have become loyal (C8)."""
    base = baseline.scenario(given).without("quota_cut", "packs")
    rule = StrategyConfig(
        name="charge_when_loyal",
        parameters={"loyal_people": given.value("A87"), "pack_usd": 4.0, "free_quota_per_day": 1},
    )
    later = base.platforms["sora"].changed(NAME, strategies=(rule,))
    return base.with_platform("sora", later)


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
    ways = [arm for arm in found.variants if not arm.startswith(NOBODY)]
    leaders = found.leaders(CONTRIBUTION, ways)
    frees = found.leaders(CONTRIBUTION, [arm for arm in ways if not arm.startswith(WALL)])
    best, free = leaders[0], frees[0]
    money, other = found.value(best, CONTRIBUTION), found.value(free, CONTRIBUTION)
    covers = verdict(money, "covers", "still does not cover", "may or may not cover")
    text = (
        f"Of {len(ways)} ways to charge from the launch on, {quoted(leaders)} leaves "
        f"most: {money} to {END}, and {covers} its compute. As it was, that is "
        f"{found.value(REFERENCE, CONTRIBUTION)}; “{best}” changes daily users in March by "
        f"{found.ratio(best, USERS)}.{_end(best)}"
    )
    if best != free:
        text += (
            f" With clips still free the best is {quoted(frees)}: {other}, daily users "
            f"{found.ratio(free, USERS)}."
        )
    return f"{text} {_minding(found)}"


def _minding(found: Findings) -> str:
    """Say what it does to two ways of charging that people mind a limit."""
    said = []
    for way in AGAIN:
        users = found.ratio(f"{NOBODY}{way}", USERS, way)
        left = found.change(f"{NOBODY}{way}", CONTRIBUTION, way)
        come = verdict(users, "more", "fewer", "as many (within chance)")
        stays = verdict(left, "more", "less", "as much (within chance)")
        said.append(
            f"“{way}” would have {come} daily users in March ({users}) and leave {stays} ({left})"
        )
    return f"If nobody minded a limit (A59 at zero), {'; '.join(said)}."


def _end(arm: str) -> str:
    """Say that a price is the lowest or highest tried, so that another may leave more."""
    ends = [f"{WALL} packs ${usd:g}" for usd in (min(WALL_PACKS), max(WALL_PACKS))]
    ends += [f"6 free, packs ${usd:g}" for usd in (min(FREE_PACKS), max(FREE_PACKS))]
    return " Its price is an end of those tried: another may leave more." if arm in ends else ""


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
