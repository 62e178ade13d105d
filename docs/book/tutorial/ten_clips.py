"""What if the free quota had been ten clips a day from the start?

Differs from the baseline in the free quota alone.
"""

from scenarios import baseline
from scenarios.asking.question import END, LAUNCH, Measure, builder, main_arm

NAME = "ten_clips"
EVIDENCE, ASSUMPTIONS = ("SOR083", "SOR085"), ("A5", "A6")
MEASURES = (Measure("compute_usd", "sora", LAUNCH, END), Measure("clips", "sora", LAUNCH, END))


def variants(inputs=None):
    """Return an arm for each quota."""
    base = baseline.scenario(inputs).without("quota_cut")
    return {f"{n} clips": base.set("sora.free_quota_per_day", n) for n in (10, 3)}


def scenario():
    """Return the first arm."""
    return main_arm(variants(), NAME)


build = builder(scenario)


def answer(found):
    """Put what was measured into words."""
    return f"Ten free clips change the compute bill by {found.ratio('10 clips', MEASURES[0])}."
