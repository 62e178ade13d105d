"""What a platform is, as data: some ninety numbers in thirteen groups, none named by a company.

Each group is one submodel of the day; the symbols in the texts are those of ``docs/ODD.md``.
Values with a fact id stand in ``scenarios/data/platforms.toml``, assumptions with their number in
``scenarios/data/assumptions.toml``; the defaults here are neutral (the mechanism is switched off).
"""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any, Literal

from pydantic import field_validator

from sim.activity_config import Activity, Company, Creating, Sharing
from sim.config import Config, par
from sim.offer_config import INF, Offer, Paying

#: Invite codes in one person's hands: the columns that count them hold 8 bits.
MAX_CODES = 250


def platform_key(name: str) -> int:
    """Return the 32-bit key of a platform's luck, which goes with its name, not with its place."""
    return zlib.crc32(name.encode("utf-8")) or 1


class Identity(Config):
    """Name, owner and colour."""

    label: str = par(..., "text", "Name on charts and tables.", fixed=True)
    owner: str = par("", "text", "Company behind the platform.", fixed=True)
    luck: str = par(
        "",
        "text",
        "Name whose luck it takes, its own if empty: a platform under another name, the same luck.",
        fixed=True,
    )
    color: str = par("#777777", "color", "The platform's one color on every chart.", fixed=True)
    launch: dt.date = par(..., "date", "First day of awareness; nothing happens before it.")
    facts: tuple[str, ...] = par((), "fact ids", "Facts behind the block as a whole.", fixed=True)


class Access(Config):
    """Invites and memory. Which regions and systems are open, and when, is told by events."""

    invites_required: bool = par(False, "switch", "Installers wait for an invite code.")
    codes_per_user: int = par(
        0, "codes", "m: codes given to each newly activated user.", low=0, high=MAX_CODES
    )
    p_code_used: float = par(1.0, "probability", "A code is ever passed on.", low=0, high=1)
    code_delay_days: float = par(
        1.0, "days", "Mean time from activation to passing a code.", low=1, high=365
    )
    code_delay_form: Literal["fixed", "memoryless"] = par(
        "fixed", "form", "Delay of a code: the same for all, or geometric with the same mean."
    )
    share_codes_to_friends: float = par(
        1.0, "share", "φ: codes kept for waiting friends; the rest goes public.", low=0, high=1
    )
    public_codes_per_day: float = par(
        0.0, "people/day", "Codes the company itself hands to waiting people.", low=0
    )
    p_give_up: float = par(
        0.0, "probability/day", "A waiting installer gives up waiting.", low=0, high=1
    )
    p_recall: float = par(
        1.0,
        "probability/day",
        "Once access opens, someone who has been waiting for it acts on it that day.",
        low=0,
        high=1,
    )
    rel_awareness_closed: float = par(
        1.0, "multiplier", "Awareness among people who cannot use the platform yet.", low=0, high=1
    )


class Awareness(Config):
    """Competing hazards of hearing of the platform, per day."""

    press_per_day: float = par(0.0, "hazard/day", "a: launch press on day one.", low=0)
    press_fade_days: float = par(8.0, "days", "τ: e-folding time of launch press.", low=1e-6)
    press_onset_days: float = par(
        0.0, "days", "Time in which launch press comes up; 0 = all of it on day one.", low=0
    )
    opening_pulse_per_day: float = par(
        0.0, "hazard/day", "b: pulse among people to whom access has just opened.", low=0
    )
    opening_pulse_at_launch: bool = par(
        True, "switch", "A pulse too where access opens on the day of launch, beside the press."
    )
    opening_fade_days: float = par(2.0, "days", "E-folding time of the opening pulse.", low=1e-6)
    interest_per_day: float = par(0.0, "hazard/day", "c: background interest at launch.", low=0)
    interest_fade_days: float = par(INF, "days", "τ_c: its e-folding time; inf = none.", low=1e-6)
    interest_floor_per_day: float = par(
        0.0,
        "hazard/day",
        "c0: background interest never falls below it (a name that is known).",
        low=0,
    )
    chart_per_day: float = par(
        0.0, "hazard/day", "κ: the most that the store's chart of installs makes people see.", low=0
    )
    chart_half_installs: float = par(
        100_000.0, "people/day", "C0: installs a day at which it is half of that.", low=1e-9
    )
    chart_memory_days: float = par(
        7.0, "days", "τ_k: over which the chart averages installs, e-folding.", low=1
    )
    friend_strength: float = par(0.0, "hazard per unit of X", "β: friends who share.", low=0)
    feed_strength: float = par(0.0, "hazard per view", "η_x: outside feed.", low=0)
    feed_saturation_views: float = par(
        INF, "views per person and day", "Z0: feed views at which the effect halves.", low=1e-9
    )
    views_per_share: float = par(1.0, "views", "Outside views of one shared clip.", low=0)
    rel_exposure_lost: float = par(
        0.0, "multiplier", "Exposure of people who have left (1 = as anybody).", low=0, high=1
    )
    return_per_day: float = par(0.0, "hazard/day", "r_back: people who left return.", low=0)
    pull_per_share: float = par(
        0.0, "hazard per unit of X", "β_r: friends' clips pull people back who left.", low=0
    )
    reach_per_day: dict[str, float] = par(
        {}, "hazard/day", "r_s: owned reach by surface that is switched on."
    )

    reach_regions: dict[str, list[str]] = par(
        {}, "regions", "Where a surface carries it; everywhere if it is not named."
    )

    @field_validator("reach_per_day")
    @classmethod
    def _reach_is_a_hazard(cls, reach: dict[str, float]) -> dict[str, float]:
        for surface, value in reach.items():
            if not 0.0 <= value < INF:
                raise ValueError(f"reach on {surface!r} must be a finite hazard >= 0")
        return reach


class Choice(Config):
    """Does somebody who notices the platform install it."""

    utility: float = par(0.0, "log odds", "δ: attraction of the platform.")
    taste_sd: float = par(0.0, "log odds", "σ_θ: spread of personal taste.", low=0, fixed=True)
    friend_utility: float = par(0.0, "log odds", "η: weight of friends who are there.")
    friend_utility_form: Literal["log", "threshold"] = par(
        "log", "form", "Friends persuade by log(1 + n), or only once there are so many of them."
    )
    friend_utility_threshold: int = par(
        2, "friends", "Friends who must be there in the threshold form.", low=1, high=10_000
    )
    friction: float = par(
        0.0, "log odds", "Effort of installing; 0 on a surface the person has.", low=0
    )


class Cost(Config):
    """GPU time, its price, and how it falls."""

    gpu_minutes_per_clip: float = par(
        0.0, "GPU-minutes", "GPU time of one clip, when it was observed.", low=0
    )
    usd_per_gpu_hour: float = par(
        0.0, "USD/GPU-hour", "Price of GPU time, when it was observed.", low=0
    )
    cost_date: dt.date | None = par(
        None, "date", "Day on which cost was observed; earlier days are dearer; none = launch."
    )
    learning: Literal["none", "moore", "wright"] = par(
        "none", "form", "Cost falls with time, with cumulative clips, or not at all."
    )
    learning_share_minutes: float = par(
        1.0,
        "share",
        "Part of the fall, by logarithms, in GPU time; the rest in price.",
        low=0,
        high=1,
    )
    moore_factor_per_year: float = par(1.0, "times/year", "Cheaper by this factor a year.", low=1)
    wright_learning_rate: float = par(
        0.0, "share", "Saving at each doubling of clips.", low=0, high=0.99
    )
    wright_reference_clips: float = par(
        1e6, "clips", "X0: clips made when cost was observed; dearer before.", low=1
    )
    wright_prior_clips: float = par(
        1.0, "clips", "B: experience before the first clip, as clips that would give it.", low=1
    )
    capacity_gpu_hours_per_day: float | None = par(
        None, "GPU-hours/day", "GPU time there is, never passed; none = no limit.", low=1e-9
    )
    degraded_sensitivity: float = par(
        0.0, "elasticity", "s: how demand falls with congestion, wanted over capacity.", low=0
    )


class Marketing(Config):
    """Bought and owned reach."""

    marketing_usd_per_day: float = par(0.0, "USD/day", "B: paid media.", low=0)
    cpi_usd: float | None = par(
        None,
        "USD/install",
        "Cost per install at the reference budget, alike for all; none = by system.",
        low=1e-9,
    )
    cpi_by_system: dict[str, float] = par(
        {}, "USD/install", "The same by operating system, where cpi_usd is none."
    )
    rel_cpi_by_region: dict[str, float] = par(
        {}, "multiplier", "Cost per install in a region against what it is elsewhere."
    )
    ad_elasticity: float = par(1.0, "elasticity", "ε: installs to budget.", low=0.01, high=1)
    ad_reference_usd_per_day: float = par(100_000.0, "USD/day", "B0.", low=1e-9)
    referral_reward_usd: float = par(
        0.0, "USD/activation", "Paid for each start by a friend's clip or code.", low=0
    )
    owned_cpm_usd: float = par(
        0.0, "USD/1000 impressions", "What owned reach could have been sold for.", low=0
    )
    impressions_per_notice: float = par(
        100.0, "impressions", "Owned impressions shown for one person who takes notice.", low=0
    )

    @field_validator("cpi_by_system", "rel_cpi_by_region")
    @classmethod
    def _installs_cost_something(cls, costs: dict[str, float]) -> dict[str, float]:
        for name, value in costs.items():
            if not 1e-9 <= value < INF:
                raise ValueError(f"cost of an install for {name!r} must be finite and > 0")
        return costs


class Cash(Config):
    """The purse."""

    opening_cash_usd: float = par(0.0, "USD", "Cash on day 0.", fixed=True)
    owner_loss_usd_per_quarter: float = par(
        0.0, "USD/quarter", "Loss of the whole company, for comparison; 0 = not told.", low=0
    )
    fixed_usd_per_day: float = par(0.0, "USD/day", "Cost that does not depend on use.", low=0)
    running: bool = par(True, "switch", "The service is up; off = no clip, no awareness.")


class StrategyConfig(Config):
    """A strategy by name, with its own numbers (see ``agents/platforms/strategies.py``)."""

    name: str = par(..., "text", "Name in the catalogue.")
    parameters: dict[str, Any] = par({}, "values", "Its own numbers.")


class PlatformConfig(
    Cash,
    Marketing,
    Cost,
    Paying,
    Sharing,
    Creating,
    Offer,
    Company,
    Activity,
    Choice,
    Awareness,
    Access,
    Identity,
):
    """One platform: the groups above in one flat set, plus its strategies."""

    strategies: tuple[StrategyConfig, ...] = par(
        (), "list", "Decisions taken each morning, in this order.", fixed=True
    )

    @property
    def surfaces_named(self) -> frozenset[str]:
        """Surfaces that any value speaks of; each must be one of the market."""
        plan = frozenset({self.plan_surface} - {""})
        return plan.union(self.reach_per_day, self.reach_regions, self.surface_quota_per_day)

    @property
    def regions_named(self) -> frozenset[str]:
        """Regions that any value speaks of; each must be one of the market."""
        reached = (region for regions in self.reach_regions.values() for region in regions)
        return frozenset(self.rel_cpi_by_region).union(reached)


GROUPS: tuple[type[Config], ...] = (
    Identity, Access, Awareness, Choice, Activity, Company, Offer, Creating, Sharing, Paying, Cost,
    Marketing, Cash,
)  # fmt: skip
