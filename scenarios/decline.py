"""How much of the decline after November is novelty, copyright, competition or spent interest?

Differs from the baseline in one cause taken away at a time: no wearing off of novelty, no copyright
rules, no Google, interest that never fades, no store's chart, no cut of the quota.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from scenarios import baseline
from scenarios.asking.bands import quoted, verdict
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

NAME = "decline"
EVIDENCE = ("SOR023", "SOR024", "SOR031", "SOR056", "SOR085")
ASSUMPTIONS = ("A9", "A14", "A15", "A36", "A38", "A59", "A99", "A100", "A106", "A109", "A112")

NOVEMBER = Measure("installs", "sora", "2025-11-01", "2025-11-30")
MARCH = Measure("installs", "sora", "2026-03-01", END)
CLIPS = Measure("clips", "sora", "2026-03-01", END)
USERS = Measure("daily_active", "sora", "2026-03-01", END)
MEASURES = (MARCH, NOVEMBER, CLIPS, USERS)
INTEREST, NO_GOOGLE = "interest never fades", "no Google"


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return the worlds without one cause each."""
    base = baseline.scenario(inputs or load_inputs())
    return {
        INTEREST: base.set("sora.interest_fade_days", float("inf")),
        "novelty never wears off": base.set("sora.novelty_floor", 1.0).set("sora.visit_floor", 1.0),
        "no copyright rules": base.without("copyright"),
        "no quota cut": base.without("quota_cut"),
        "no store's chart": without_forces(base, ("chart",)),
        NO_GOOGLE: base.without_platform("google"),
    }


def scenario() -> Scenario:
    """Return the world in which interest never fades."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def fall(get: Asked, arm: str = REFERENCE) -> Values:
    """Return by which part installs fall from November to March."""
    return 1.0 - get(arm, MARCH) / get(arm, NOVEMBER)


NUMBER = Number(
    "part of the fall of installs, November to March, that goes with fading interest", "share",
    lambda get: 1.0 - fall(get, INTEREST) / fall(get),
)  # fmt: skip


def _taken_off(arm: str, get: Asked) -> Values:
    """Return the part of the fall that goes when one cause does."""
    return 1.0 - fall(get, arm) / fall(get)


def _left_over(get: Asked) -> Values:
    """Return the part of the fall that no single cause takes along."""
    rest = np.ones(1)
    for arm in variants(get.inputs):
        rest = rest - _taken_off(arm, get)
    return rest


def answer(found: Findings) -> str:
    """Phrase each cause's part of the fall."""
    whole = found.work(Number("fall", "share", fall))
    moved = found.work(Number("change", "share", lambda get: -fall(get), signed=True))
    parts = {
        arm: found.work(Number(arm, "share", partial(_taken_off, arm))) for arm in found.variants
    }
    said = "; ".join(f"{arm}: {band}" for arm, band in parts.items())
    leaders = found.leaders(CLIPS)
    clips = found.ratio(leaders[0], CLIPS)
    rise = verdict(
        clips, f"Clips in March would rise most under {quoted(leaders)} ({clips}).",
        f"Clips in March would rise in none of these worlds; least is lost under "
        f"{quoted(leaders)} ({clips}).",
        f"Whether clips in March would rise in any of these worlds, chance does not tell; most are "
        f"made under {quoted(leaders)} ({clips}).",
    )  # fmt: skip
    falls = verdict(
        whole, f"Installs fall by {whole} from November to March.",
        f"Installs do not fall from November to March: they change by {moved}.",
        f"Whether installs fall from November to March, chance does not tell: they change by "
        f"{moved}.",
    )  # fmt: skip
    left = found.work(Number("rest", "share", _left_over))
    return (
        f"{falls} Taking one cause away removes of that fall — {said}; the rest, {left}, is that "
        f"Android's opening came in November and that those who wanted the app have it. {rise} "
        f"Installs alone, which is what is published, cannot tell these causes apart."
    )


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
