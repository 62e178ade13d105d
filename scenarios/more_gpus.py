"""Quota cut or more GPUs?

Differs from the baseline in that GPU-hours are limited (A110), so that clips beyond them are turned
away, and in what is done on the day of the quota cut: the cut as it happened (the arm that all are
compared with), nothing, or more GPUs. In two arms nobody minds a limit (A59).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from scenarios import baseline
from scenarios.asking.bands import Band, verdict
from scenarios.asking.days import days_with
from scenarios.asking.findings import Findings
from scenarios.asking.question import (
    END,
    LAUNCH,
    REFERENCE,
    Asked,
    Measure,
    Number,
    Values,
    builder,
)
from scenarios.inputs.assumptions import Inputs, load_inputs
from scenarios.inputs.forces import without_forces
from scenarios.smaller_quota import CUT
from sim.interventions import Event
from sim.numbers import amount
from sim.report.page import Exhibit, Table
from sim.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.asking.lab import Lab

NAME = "more_gpus"
EVIDENCE = ("SOR041", "SOR073", "SOR074", "SOR081", "SOR083", "SOR085", "SOR089", "MKT001")
ASSUMPTIONS = ("A5", "A36", "A59", "A80", "A84", "A110", "A111")
#: Rent of a GPU-hour by contract, and daily users as they were counted in November.
RENT, COUNTED = "MKT001", "SOR041"
#: Last day before the cut, and days from the cut to the end.
EVE = "2025-11-27"
DAYS = (dt.date.fromisoformat(END) - dt.date.fromisoformat(CUT)).days + 1
#: Part of what is ordered up to which hardly anybody is turned away.
HARDLY = 0.01

CONTRIBUTION = Measure("contribution_usd", "sora", CUT, END)
COMPUTE = Measure("compute_usd", "sora", CUT, END)
USERS = Measure("daily_active", "sora", "2026-03-01", END)
INSTALLS = Measure("installs", "sora", CUT, END)
CLIPS_BEFORE = Measure("clips", "sora", LAUNCH, EVE)
UNSERVED_BEFORE = Measure("clips_unserved", "sora", LAUNCH, EVE)
CLIPS = Measure("clips", "sora", CUT, END)
UNSERVED = Measure("clips_unserved", "sora", CUT, END)
CROWDED_BEFORE = Measure("congestion", "sora", "2025-11-01", EVE)
CROWDED = Measure("congestion", "sora", CUT, END)
USED = Measure("utilization", "sora", CUT, END)
HOUR = Measure("gpu_hour_usd", "sora", CUT, END)
USERS_BEFORE = Measure("daily_active", "sora", "2025-11-01", "2025-11-18")
MEASURES = (
    CONTRIBUTION, COMPUTE, USERS, INSTALLS, CLIPS, UNSERVED, USED, CROWDED, HOUR, CLIPS_BEFORE,
    UNSERVED_BEFORE, CROWDED_BEFORE, USERS_BEFORE,
)  # fmt: skip

NO_CUT, MORE, NO_LIMIT = "no cut", "no cut, more GPUs", "no cut, no limit of GPUs"
LOW_CUT, LOW_NO_CUT, LOW_MORE = (f"fewest GPUs: {done}" for done in ("cut", NO_CUT, MORE))
UNMINDED_CUT, UNMINDED_MORE = (f"nobody minds: {done}" for done in ("cut", MORE))
#: Arms without the cut, and the arm with the cut and as many GPUs until then.
AGAINST = {
    NO_CUT: REFERENCE, MORE: REFERENCE, LOW_NO_CUT: LOW_CUT, LOW_MORE: LOW_CUT,
    UNMINDED_MORE: UNMINDED_CUT,
}  # fmt: skip


def fewest_hours(inputs: Inputs) -> float:
    """Return the fewest GPU-hours a day that the record allows: the low end of A110."""
    one = inputs.assumptions["A110"]
    return float(one.value if one.low is None else one.low)


def reference(inputs: Inputs) -> Scenario:
    """Return the quota cut as it happened, with the GPU-hours of the record."""
    return _limited(inputs, inputs.value("A110"))


def variants(inputs: Inputs | None = None) -> Mapping[str, Scenario]:
    """Return no cut, on the same GPUs, on more and without a limit; on the fewest; unminded."""
    given = inputs or load_inputs()

    def more(cut: Scenario) -> Scenario:
        factor = {"capacity_gpu_hours_per_day": given.value("A111")}
        grown = Event(id=NAME, date=cut.event("quota_cut").date, platform="sora", multiply=factor)
        return cut.without("quota_cut").with_event(grown)

    record, fewest = reference(given), _limited(given, fewest_hours(given))
    unminded = without_forces(record, ("limits",))
    return {
        MORE: more(record),
        NO_CUT: record.without("quota_cut"),
        NO_LIMIT: baseline.scenario(given).without("quota_cut"),
        LOW_CUT: fewest,
        LOW_NO_CUT: fewest.without("quota_cut"),
        LOW_MORE: more(fewest),
        UNMINDED_CUT: unminded,
        UNMINDED_MORE: more(unminded),
    }


def _limited(inputs: Inputs, hours: float) -> Scenario:
    """Return history with so many GPU-hours a day."""
    return baseline.scenario(inputs).set("sora.capacity_gpu_hours_per_day", hours)


def scenario() -> Scenario:
    """Return the quota cut as it happened, with the GPU-hours of the record."""
    return reference(load_inputs()).renamed(NAME)


build = builder(scenario)


def _change(get: Asked) -> Values:
    return get(MORE, CONTRIBUTION) - get(REFERENCE, CONTRIBUTION)


NUMBER = Number(
    "change of contribution by more GPUs instead of the cut, paid as clips are made", "USD",
    _change, signed=True,
)  # fmt: skip


def extra_hours(inputs: Inputs, arm: str) -> float:
    """Return the GPU-hours that an arm has more than before the cut, to the end."""
    before = {MORE: inputs.value("A110"), LOW_MORE: fewest_hours(inputs)}
    before[UNMINDED_MORE] = before[MORE]
    return float(before.get(arm, 0.0)) * (float(inputs.value("A111")) - 1.0) * DAYS


def extra_cost(arm: str) -> Number:
    """Return what the GPU-hours more cost, used or not, at the price behind a clip."""
    return Number(
        "GPU-hours more, used or not", "USD",
        lambda get: extra_hours(get.inputs, arm) * get(arm, HOUR),
    )  # fmt: skip


def rented(arm: str) -> Number:
    """Return the change of contribution against the cut if all GPUs are paid, used or not.

    Those of before are paid in both arms: what clips take of them costs nothing more.
    """

    def of(get: Asked) -> Values:
        cut = AGAINST[arm]
        left = get(arm, CONTRIBUTION) + get(arm, COMPUTE)
        return left - get(cut, CONTRIBUTION) - get(cut, COMPUTE) - extra_cost(arm).of(get)

    return Number("change of contribution, GPUs paid used or not", "USD", of, signed=True)


def price_of_a_user(arm: str, used_or_not: bool = False) -> Number:
    """Return what a daily user of March more than with the cut costs, by way of paying."""

    def of(get: Asked) -> Values:
        cut = AGAINST[arm]
        kept = get(arm, USERS) - get(cut, USERS)
        spent = get(cut, CONTRIBUTION) - get(arm, CONTRIBUTION)
        spent = -rented(arm).of(get) if used_or_not else spent
        return spent / np.where(kept > 0.0, kept, np.nan)

    return Number("cost of a daily user kept", "USD", of)


def turned_away(arm: str, clips: Measure = CLIPS, unserved: Measure = UNSERVED) -> Number:
    """Return the part of the clips ordered that is turned away."""
    return Number(
        "part of clips ordered that is turned away", "share",
        lambda get: get(arm, unserved) / (get(arm, unserved) + get(arm, clips)),
    )  # fmt: skip


def _which(change: Band) -> str:
    """Say which leaves more: more GPUs, by their change against the cut, or the cut."""
    return verdict(change, "more GPUs leave more", "the cut leaves more",
                   "chance does not tell which leaves more")  # fmt: skip


def _shortage(found: Findings) -> str:
    """Say when GPUs are short, and whether they are when the cut comes."""
    before = found.work(turned_away(REFERENCE, CLIPS_BEFORE, UNSERVED_BEFORE))
    cut, no_cut, more = (found.work(turned_away(arm)) for arm in (REFERENCE, NO_CUT, MORE))
    short = verdict(
        no_cut, "GPUs are short without the cut", "GPUs are hardly short by then, cut or no cut",
        "chance does not tell whether GPUs are short by then", bar=HARDLY,
    )  # fmt: skip
    enough = verdict(more, "too few", "enough", "chance does not tell whether enough", bar=HARDLY)
    away = days_with(found, REFERENCE, "clips_unserved", "sora")
    return (
        f"With the GPU-hours of the record (A110) and the cut, people are turned away {away}: "
        f"{before} of the clips ordered before the cut, {cut} after. Without the cut it would be "
        f"{no_cut} after, so {short}. With more GPUs it would be {more} ({enough}), "
        f"{found.value(MORE, USED)} of them used, and clips change by "
        f"{found.ratio(MORE, CLIPS, NO_CUT)} against the same GPUs without the cut."
    )


def _if_rented(found: Findings) -> str:
    """Say what is left if GPUs are paid whether used or not."""
    inputs, more = found.inputs, found.work(rented(MORE))
    by_contract = extra_hours(inputs, MORE) * inputs.facts[RENT].number
    return (
        f"Rented whether used or not, the GPU-hours more cost {found.work(extra_cost(MORE))} at "
        f"the price behind a clip ({amount(by_contract, 'USD')} by a contract, {RENT}), while "
        f"clips use {found.change(MORE, COMPUTE)}; then more GPUs change what is left by {more} "
        f"({_which(more)}), and no cut on the GPUs that are paid anyway by "
        f"{found.work(rented(NO_CUT))}."
    )


def _with_fewest(found: Findings) -> str:
    """Say the same of the fewest GPUs, and whether the users that were counted fit them."""
    cut, no_cut, more = (found.work(turned_away(arm)) for arm in (LOW_CUT, LOW_NO_CUT, LOW_MORE))
    change = found.change(LOW_MORE, CONTRIBUTION, LOW_CUT)
    counted, users = found.inputs.facts[COUNTED].number, found.value(LOW_CUT, USERS_BEFORE)
    beside = verdict(users, "more than", "fewer than", "within chance", bar=counted)
    return (
        f"With the fewest GPU-hours of the record (low end of A110; daily users of November are "
        f"then {users}, {beside} the {amount(counted, 'people')} of {COUNTED}) {cut} of the clips "
        f"ordered after the cut are turned away and without it {no_cut}. With more GPUs it is "
        f"{more}: they change what is left by {change} ({_which(change)}), and daily users in "
        f"March by {found.ratio(LOW_MORE, USERS, LOW_CUT)}, no cut alone by "
        f"{found.ratio(LOW_NO_CUT, USERS, LOW_CUT)}."
    )


def answer(found: Findings) -> str:
    """Phrase what each way leaves and keeps, when GPUs are short, and what idle ones cost."""
    number = found.number
    return (
        f"With GPU time paid as clips are made, {found.inputs.value('A111'):g} times the GPU-hours "
        f"instead of the quota cut change what is left from {CUT} to {END} by {number}: "
        f"{_which(number)}. They change daily users in March by {found.ratio(MORE, USERS)} and "
        f"installs by {found.ratio(MORE, INSTALLS)}; a daily user kept costs "
        f"{found.work(price_of_a_user(MORE))}. {_shortage(found)} {_if_rented(found)} "
        f"{_with_fewest(found)} With no limit of GPUs and no cut clips would change by "
        f"{found.ratio(NO_LIMIT, CLIPS_BEFORE)} before the day of the cut and by "
        f"{found.ratio(NO_LIMIT, CLIPS)} after. If nobody minded a limit (A59 at zero) more GPUs "
        f"instead of the cut would change daily users in March by "
        f"{found.ratio(UNMINDED_MORE, USERS, UNMINDED_CUT)}."
    )


def exhibits(found: Findings, lab: Lab) -> list[Exhibit]:
    """Return what is wanted of the GPUs by date, and each way beside both ways of paying."""
    from scenarios.asking.question_page import source_text
    from sim.report.bands import over_time

    rows = []
    for arm, cut in AGAINST.items():
        users, left = found.ratio(arm, USERS, cut), found.change(arm, CONTRIBUTION, cut)
        numbers = (price_of_a_user(arm), rented(arm), price_of_a_user(arm, used_or_not=True))
        each, idle_too, each_idle_too = (found.work(number) for number in numbers)
        cells = (found.work(turned_away(arm)), users, left, each, idle_too, each_idle_too)
        rows.append([arm, *(str(cell).replace(" (", "\n(", 1) for cell in cells)])
    return [
        Exhibit(
            "When GPUs are short",
            "Above 1 clips are turned away. Means of a week; median, and bands of 50, 80 and 95 % "
            "of replicates.",
            over_time(
                {arm: found.ensembles[arm] for arm in (REFERENCE, NO_CUT)}, "wanted_over_capacity",
                "sora", "GPU time wanted over GPU time there is", source_text(found), REFERENCE,
            ),
        ),
        Exhibit(
            "Paid as clips are made, and whether used or not",
            "Against the cut on as many GPUs. Used or not: GPUs of before are paid in both arms, "
            "those more from the day of the cut on, at the price behind a clip.",
            table=Table(
                ["", "turned away after the cut", "daily users in March",
                 "contribution, paid as made", "for each daily user kept",
                 "contribution, paid used or not", "for each daily user kept"],
                rows,
            ),
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    from scenarios.command.as_file import run_file

    run_file(__file__)
