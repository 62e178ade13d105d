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
    """First touch: what made a user aware (and, for activations, a friend's invite code)."""

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


def name_of(code: IntEnum) -> str:
    """Return the name of a status, cause or count as metrics and tables write it."""
    return code.name.lower()


STATUSES = tuple(map(name_of, Status))
CAUSES = tuple(map(name_of, Cause))
#: Causes in which other users did the work; their part of activations is the k-factor.
VIRAL_CAUSES = tuple(map(name_of, (Cause.FEED, Cause.FRIEND, Cause.INVITE)))


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
        True if it hangs on what people do on other platforms.
    """

    text: str
    unit: str
    monthly: Monthly
    across: bool

    def __new__(
        cls, text: str, unit: str = "people/day", monthly: Monthly = "sum", across: bool = False
    ) -> Self:
        """Give the member the next number, and keep what it means."""
        number = len(cls.__members__)
        count = int.__new__(cls, number)
        count._value_ = number
        count.text, count.unit, count.monthly, count.across = text, unit, monthly, across
        return count

    NEWLY_AWARE = "Hear of it for the first time."
    INSTALLS = "First installs."
    REINSTALLS = "Install again after giving up."
    GATED = "Install and must wait for an invite."
    ACTIVATIONS = "Start to use it."
    RETURNS = "Come back after having left."
    GAVE_UP = "Stop waiting for an invite."
    DROPOUTS = "Leave."
    DAILY_ACTIVE = "Use it that day.", "people", "mean"
    CREATORS = "Make at least one clip that day.", "people", "mean"
    MULTI_HOMERS = "Are there and were on another the day before.", "people", "mean", True
    CLIPS_FREE = "Clips within the free quota.", "clips/day"
    CLIPS_SUBSCRIBER = "Clips within a plan.", "clips/day"
    CLIPS_PACK = "Clips from packs.", "clips/day"
    CLIPS_ONBOARDING = "Free clips of users in their first 30 days.", "clips/day"
    CLIPS_REFUSED = "Wanted beyond the quota and not bought.", "clips/day"
    QUOTA_HITS = "User-days that reach the quota."
    SHARES_FRIENDS = "Clips sent to friends.", "clips/day"
    SHARES_FEED = "Clips sent to the outside feed.", "clips/day"
    PACKS = "Packs sold.", "packs/day"
    PACK_BUYERS = "Buy a pack."
    NEW_SUBSCRIBERS = "Take a plan."
    CANCELLATIONS = "Give a plan up."
    PLANS_BILLED = "Plans billed."
    NEW_PAYERS = "Pay for the first time."
    CODES_ISSUED = "Invite codes issued.", "codes/day"
    CODES_USED_FRIEND = "Codes used that a friend gave.", ""
    CODES_USED_PUBLIC = "Codes used out of the public pool.", ""
    CODES_PUBLIC = "Codes that users pass to the public pool.", ""
    CODES_IDLE = "Codes that will never be passed on.", ""


#: Clips of a day, by tier.
CLIPS = (Count.CLIPS_FREE, Count.CLIPS_SUBSCRIBER, Count.CLIPS_PACK)
#: Invite codes used, wherever they came from.
CODES_USED = (Count.CODES_USED_FRIEND, Count.CODES_USED_PUBLIC)
