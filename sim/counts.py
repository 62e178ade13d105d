"""The vocabulary of what is counted: where people stand, what moved them, what happens in a day.

Each word is declared here once; its number stands in the columns of people, in the day's tally and
in the record, its name in metrics, tables and files.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal, Self

Monthly = Literal["sum", "last", "mean", "ratio"]


class Status(IntEnum):
    """Where a user stands with a platform."""

    UNAWARE = 0
    AWARE = 1
    WAITING = 2
    ACTIVE = 3
    LOST = 4


class Cause(IntEnum):
    """What led to an install: the exposure acted on (for activations, also a friend's code)."""

    NONE = 0
    PRESS = 1
    OPENING = 2
    INTEREST = 3
    PAID = 4
    OWNED = 5
    FEED = 6
    FRIEND = 7
    INVITE = 8
    BY_HAND = 9
    CHART = 10


class Way(IntEnum):
    """How a user brings another one who starts: what he did, in the order of what counts first."""

    CODE = 0  # gave a friend an invite
    PUBLIC_CODE = 1  # made an invite public
    CLIP = 2  # sent the clip that a friend acted on
    FEED = 3  # ... that somebody acted on who saw it on the outside feed
    PRESENCE = 4  # was there, without which a friend would not have installed


def name_of(code: IntEnum) -> str:
    """Return the name of a status, cause or count as metrics and tables write it."""
    return code.name.lower()


STATUSES = tuple(map(name_of, Status))
CAUSES = tuple(map(name_of, Cause))
VIRAL_WAYS = tuple(map(name_of, Way))
#: The same in words, in their order.
WAY_TEXTS = (
    "by a friend's invite", "by an invite made public", "by a friend's clip",
    "by a clip on the feed", "by friends who are there",
)  # fmt: skip
#: What may lead somebody to start of his own accord, and of that what he is exposed to.
LEADING = tuple(name_of(c) for c in Cause if c not in (Cause.NONE, Cause.BY_HAND))
EXPOSURES = tuple(cause for cause in LEADING if cause != name_of(Cause.INVITE))
#: Causes for which a friend can be thanked, and is rewarded where rewards are paid: a view on the
#: outside feed has no sender.
REWARDED_CAUSES = (Cause.FRIEND, Cause.INVITE)


def of_one(
    text: str, unit: str = "people/day", monthly: Monthly = "sum"
) -> tuple[str, str, Monthly, bool]:
    """Declare a count that is the same whatever people do on other platforms."""
    return text, unit, monthly, False


class Count(IntEnum):
    """What is counted each day, per platform, in agents, clips or events.

    The members are the columns of the day's tally, in this order. One with a unit is a metric of
    its own name (`name_of`); one without is needed by other totals only.

    Parameters
    ----------
    text
        What is counted.
    unit
        Of the metric; empty for what is none.
    monthly
        How days make a month (`sim.metrics.Metric`).
    across
        False if it is the same whatever people do on other platforms (`of_one`).
    """

    text: str
    unit: str
    monthly: Monthly
    across: bool

    def __new__(
        cls, text: str, unit: str = "people/day", monthly: Monthly = "sum", across: bool = True
    ) -> Self:
        """Give the member the next number, and keep what it means."""
        number = len(cls.__members__)
        count = int.__new__(cls, number)
        count._value_ = number
        count.text, count.unit, count.monthly, count.across = text, unit, monthly, across
        return count

    NEWLY_AWARE = of_one("Hear of it for the first time.")
    INSTALLS = of_one("First installs.")
    REINSTALLS = of_one("Install again after giving up.")
    GATED = of_one("Install and must wait for an invite.")
    ACTIVATIONS = of_one("Start to use it, for the first time.")
    RETURNS = of_one("Come back after having left.")
    GAVE_UP = of_one("Stop waiting for an invite.")
    DROPOUTS = of_one("Leave.")
    DAILY_ACTIVE = of_one("Use it that day.", "people", "mean")
    CREATORS = of_one("Make at least one clip that day.", "people", "mean")
    MULTI_HOMERS = "Are there and were on another the day before.", "people", "mean"
    CLIPS_FREE = of_one("Clips within the free quota.", "clips/day")
    CLIPS_SUBSCRIBER = of_one("Clips within a plan.", "clips/day")
    CLIPS_PACK = of_one("Clips from packs.", "clips/day")
    CLIPS_ONBOARDING = of_one("Free clips of users in their first 30 days.", "clips/day")
    CLIPS_REFUSED = of_one("Wanted beyond the quota and not bought.", "clips/day")
    CLIPS_UNSERVED = of_one("Ordered and turned away, for want of capacity.", "clips/day")
    QUOTA_HITS = of_one("User-days that reach the quota.")
    SHARES_FRIENDS = of_one("Clips sent to friends.", "clips/day")
    SHARES_FEED = of_one("Clips sent to the outside feed.", "clips/day")
    PACKS = of_one("Packs sold.", "packs/day")
    PACK_BUYERS = of_one("Buy a pack.")
    NEW_SUBSCRIBERS = of_one("Take a plan.")
    CANCELLATIONS = of_one("Give a plan up.")
    PLANS_BILLED = of_one("Plans billed.")
    HIGH_PLANS_BILLED = of_one("High plans billed.")
    NEW_PAYERS = of_one("Pay for the first time.")
    CODES_ISSUED = of_one("Invite codes issued.", "codes/day")
    CODES_USED_FRIEND = "Codes used that a friend gave.", ""
    CODES_USED_PUBLIC = "Codes used out of the public pool.", ""
    CODES_PUBLIC = "Codes that users pass to the public pool.", ""
    CODES_IDLE = "Codes that will never be passed on.", ""
    VIEWS = of_one("Clips of others watched inside it.", "views/day")


#: Clips of a day, by tier.
CLIPS = (Count.CLIPS_FREE, Count.CLIPS_SUBSCRIBER, Count.CLIPS_PACK)
#: Invite codes used, wherever they came from.
CODES_USED = (Count.CODES_USED_FRIEND, Count.CODES_USED_PUBLIC)
