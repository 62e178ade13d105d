"""What is known of each user, column by column, and the codes that stand in them."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np

from sim.columns import Column
from sim.counts import Cause, Status
from sim.offer_config import MAX_PACK
from sim.platform_config import MAX_CODES


class Flag(IntEnum):
    """Small facts about a user on a platform, a bit each of one byte.

    No `IntFlag`: compiled code combines bits of plain numbers only.
    """

    PENT_UP = 1  # became aware where access was closed; considers once it opens
    CODE = 2  # holds an invite code for today
    FRIEND_CODE = 4  # ... and a friend gave it
    SUBSCRIBED = 8
    HIGH_PLAN = 16  # ... to the high plan
    HAS_PAID = 32  # has ever paid anything
    VISITS = 64  # is there today; no more at night
    CREATES = 128  # ... and makes something


#: Flags that are set in the course of a day and gone by night.
OF_THE_DAY = Flag.VISITS | Flag.CREATES


class Stir(IntEnum):
    """What can make something happen to a user without any news: the one byte a scan reads.

    Always as the statuses and marks say (`agents.day.moves.refresh`). Pent-up demand has a bit by
    platform; beyond the fourth platform bits are shared, which costs a look and changes nothing.
    """

    ENGAGED = 1  # active or waiting somewhere
    PROMOTED = 2  # stepped in Python by an agent of its own
    LOST = 4  # has left a platform, and might come back
    CODES = 8  # may have invite codes on offer
    PENT_UP = 16  # ... on platform 0; the bits above for platforms 1 to 3


#: Bits for pent-up demand, from `Stir.PENT_UP` up.
PENT_UP_BITS = 4

#: Causes whose hazard is the same for all people of a cell; friends come on top, person by person.
CELL_CAUSES = (
    Cause.PRESS,
    Cause.OPENING,
    Cause.INTEREST,
    Cause.PAID,
    Cause.OWNED,
    Cause.FEED,
    Cause.CHART,
)


class Sight(IntEnum):
    """What can be seen of a person on a platform, always as of yesterday, and has been seen by him.

    Once `FRIEND_PAYS` is set it stays; whoever lacks it need not look for friends who pay.
    """

    PRESENT = 1  # was there
    PAYING = 2  # has a plan
    FRIEND_PAYS = 4  # has had a friend who paid, some day
    LEFT = 8  # has left, and not come back


#: Bits of `Sight` for each platform.
SEEN_BITS = 4
#: Platforms whose bits share one byte.
SEEN_PACKED = 2


def _user(name: str, dtype: type[np.generic], unit: str, text: str, **more: Any) -> Column:
    return Column(name, dtype, 0, unit, text, **more)


def _member(
    name: str, dtype: type[np.generic], unit: str, text: str, blank: int = 0, **more: Any
) -> Column:
    more = {"record": "member", **more}
    return Column(name, dtype, blank, unit, text, per_platform=True, **more)


#: What is read for many users a day stands in arrays of its own, and so does what few are asked
#: for; what every awake user needs stands in one record per person ("person") and one per person
#: and platform ("member", 32 bytes: two platforms fill one line of memory).
COLUMNS = (
    _user("uid", np.uint32, "id", "Key of the person's luck; rows may be permuted, uids not.",
          derived=True),
    _user("cell", np.uint16, "code", "Region, system, surfaces and segment (see Cells)."),
    _user("promoted", np.bool_, "switch", "Stepped in Python by an agent of its own.",
          derived=True),
    _user("stir", np.uint8, "Stir", "What can happen without any news.", inner=True),
    _member("status", np.uint8, "Status", "Where the user stands.", high=max(Status)),
    _member("visible", np.uint8, "bits", "What friends can see, as of yesterday.", record="",
            derived=True),
    _member("sights", np.uint8, "bits", "The same, two platforms to a byte.", record="",
            packed=SEEN_PACKED, inner=True, high=2 ** (SEEN_BITS * SEEN_PACKED) - 1),
    _member("exposure", np.uint16, "shares", "From friends yesterday; more is refused.",
            record=""),
    _member("taste", np.float32, "log odds", "θ: personal taste.", trait=True),
    _user("rate", np.float32, "clips/active day", "λ: creation rate before novelty wears off.",
          record="person", low=0, trait=True),
    _user("willingness", np.float32, "log USD/clip", "ω: log willingness to pay.",
          record="person", trait=True),
    _member("dropout", np.float32, "probability/day", "Own drop-out probability.", low=0, high=1,
            trait=True),
    _member("clips_total", np.uint32, "clips", "Made in total; 65,535 a day for 32,767 days fit."),
    _member("views_total", np.uint32, "views", "Clips of others watched there, in total.",
            record=""),
    _member("clips_today", np.uint16, "clips", "Made today; demand is cut at 600.", record="",
            derived=True),
    _member("clips_last", np.uint16, "clips", "Made on the last day of use.", inner=True),
    _member("shares", np.uint16, "clips", "Sent to friends today.", record="", derived=True),
    _member("purchases", np.uint32, "packs", "Packs bought, in total; at most 16,777,215.",
            record="", derived=True),
    _member("packs_low", np.uint16, "packs", "The same: the lower 16 bits.", inner=True),
    _member("packs_high", np.uint8, "packs", "... and the 8 above.", inner=True),
    _member("day_installed", np.int16, "day", "First install; < 32,767 days.", -1, low=-1),
    _member("day_activated", np.int16, "day", "First activation; stays what it was.", -1, low=-1),
    _member("day_returned", np.int16, "day", "Latest return after having left.", -1, low=-1),
    _member("parent", np.int16, "day", "Start of whoever brought the user; -1: nobody did.", -1,
            record="", low=-1),
    _member("day_subscribed", np.int16, "day", "Start of the present subscription.", -1,
            record="", low=-1),
    _member("day_active", np.int16, "day", "Last day of use.", -1, low=-1),
    _member("cause", np.uint8, "Cause", "What made the user consider it, last.", high=max(Cause)),
    _member("marks", np.uint8, "Flag", "Small facts.", high=sum(Flag) - OF_THE_DAY),
    _member("codes", np.uint8, "codes", "Invite codes in hand; at most 250.", high=MAX_CODES),
    _member("codes_ready", np.uint8, "codes", "Codes on offer to waiting friends; at most 250.",
            high=MAX_CODES),
    _member("hits", np.uint8, "bits", "Days at the quota: one bit for each of 7 days.",
            high=2**7 - 1),
    _member("credit", np.uint8, "clips", "Left in a pack; a pack holds at most 250.",
            high=MAX_PACK),
)  # fmt: skip
#: Clips of friends that are counted for one person and day: what an exposure of 16 bits holds.
MOST_EXPOSURE = 65_535
#: The cohort of a parent where there is none.
NOBODY = -1
#: Most packs that can be counted for one person.
MOST_PACKS = 2**24 - 1
