"""What is known of each user, column by column, and the codes that stand in them."""

from __future__ import annotations

from enum import IntEnum, IntFlag

import numpy as np

from sim.columns import Column


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


class Flag(IntFlag):
    """Small facts about a user on a platform that fit in one byte."""

    PENT_UP = 1  # became aware where access was closed; considers once it opens
    CODE = 2  # holds an invite code for today
    FRIEND_CODE = 4  # ... and a friend gave it
    SUBSCRIBED = 8
    PRESENT = 16  # was there at any time today
    HAS_PAID = 32  # has ever paid anything


#: Causes whose hazard is the same for all people of a cell; friends come on top, person by person.
CELL_CAUSES = (
    Cause.PRESS,
    Cause.OPENING,
    Cause.INTEREST,
    Cause.PAID,
    Cause.OWNED,
    Cause.FEED,
)

#: `visible`: what friends can see, always as of yesterday.
SEEN_PRESENT = 1
SEEN_PAYING = 2

#: Read for every user on every day, so each in an array of its own.
SCANNED = (
    Column("uid", np.uint32, 0, "id", "Key of the person's luck; rows may be permuted, uids not."),
    Column("cell", np.uint16, 0, "code", "Region, system, surfaces and segment (see Cells)."),
    Column("promoted", np.bool_, 0, "switch", "Stepped in Python by an agent of its own."),
    Column("status", np.uint8, 0, "Status", "Where the user stands.", True),
    Column("visible", np.uint8, 0, "bits", "What friends can see, as of yesterday.", True),
    Column("exposure", np.uint16, 0, "shares", "From friends yesterday; stops at 65,535.", True),
)

#: Read for awake users only, so together in one record per person ...
PERSON = (
    Column("rate", np.float32, 0, "clips/active day", "λ: creation rate before novelty wears off."),
    Column("willingness", np.float32, 0, "log USD/clip", "ω: log willingness to pay."),
)

#: ... and one per person and platform.
MEMBER = (
    Column("taste", np.float32, 0, "log odds", "θ: personal taste.", True),
    Column("dropout", np.float32, 0, "probability/day", "Own drop-out probability.", True),
    Column("clips_total", np.uint32, 0, "clips", "Made in total.", True),
    Column("clips_today", np.uint16, 0, "clips", "Made today; demand is cut at 600.", True),
    Column("shares", np.uint16, 0, "clips", "Sent to friends today.", True),
    Column("purchases", np.uint16, 0, "packs", "Packs bought, in total.", True),
    Column("day_installed", np.int16, -1, "day", "First install; < 32,767 days.", True),
    Column("day_activated", np.int16, -1, "day", "Last activation.", True),
    Column("day_subscribed", np.int16, -1, "day", "Start of the present subscription.", True),
    Column("day_active", np.int16, -1, "day", "Last day of use.", True),
    Column("cause", np.uint8, 0, "Cause", "First touch.", True),
    Column("marks", np.uint8, 0, "Flag", "Small facts.", True),
    Column("codes", np.uint8, 0, "codes", "Invite codes in hand; at most 250.", True),
    Column("codes_ready", np.uint8, 0, "codes", "Codes on offer to waiting friends.", True),
    Column("hits", np.uint8, 0, "bits", "Days at the quota: one bit for each of 7 days.", True),
    Column("credit", np.uint8, 0, "clips", "Left in a pack; a pack holds at most 250.", True),
)
