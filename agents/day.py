"""The order of one user's day. Written once: compiled for all rows, run as Python for one.

Decisions come in as functions. The compiled loop hands in the rules; a promoted `User` hands in his
own methods, which call the same rules unless a subclass says otherwise. Everything here moves
states and counts whole numbers, so both ways give the same bits.

Each function writes only the user's own row, and reads of others only what was true yesterday.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from agents import rules
from agents.state import (
    PENT_UP_BITS,
    SEEN_BITS,
    SEEN_PACKED,
    SEEN_PAYING,
    SEEN_PRESENT,
    Cause,
    Flag,
    Status,
    Stir,
)
from agents.world import ACTIVATIONS_BY, EXPOSURES_BY, INSTALLS_BY, MOVES, Count
from sim.compiled import either_way

_UNAWARE = np.int64(Status.UNAWARE)
_AWARE = np.int64(Status.AWARE)
_WAITING = np.int64(Status.WAITING)
_ACTIVE = np.int64(Status.ACTIVE)
_LOST = np.int64(Status.LOST)
_INVITE = int(Cause.INVITE)
_PENT_UP = int(Flag.PENT_UP)
_CODE = int(Flag.CODE)
_FRIEND_CODE = int(Flag.FRIEND_CODE)
_SUBSCRIBED = int(Flag.SUBSCRIBED)
_HAS_PAID = int(Flag.HAS_PAID)
_ENGAGED = int(Stir.ENGAGED)
_PROMOTED = int(Stir.PROMOTED)
_LOST_SOMEWHERE = int(Stir.LOST)
_CODES_SOMEWHERE = int(Stir.CODES)
_PENT_UP_SOMEWHERE = int(Stir.PENT_UP)

_N = {count.name: int(count) for count in Count}
_NEWLY_AWARE = _N["NEWLY_AWARE"]
_INSTALLS = _N["INSTALLS"]
_REINSTALLS = _N["REINSTALLS"]
_GATED = _N["GATED"]
_ACTIVATIONS = _N["ACTIVATIONS"]
_RETURNS = _N["RETURNS"]
_GAVE_UP = _N["GAVE_UP"]
_DROPOUTS = _N["DROPOUTS"]
_DAILY_ACTIVE = _N["DAILY_ACTIVE"]
_CREATORS = _N["CREATORS"]
_CLIPS_FREE = _N["CLIPS_FREE"]
_CLIPS_SUBSCRIBER = _N["CLIPS_SUBSCRIBER"]
_CLIPS_PACK = _N["CLIPS_PACK"]
_CLIPS_ONBOARDING = _N["CLIPS_ONBOARDING"]
_CLIPS_REFUSED = _N["CLIPS_REFUSED"]
_QUOTA_HITS = _N["QUOTA_HITS"]
_TO_FRIENDS = _N["SHARES_FRIENDS"]
_TO_FEED = _N["SHARES_FEED"]
_PACKS = _N["PACKS"]
_PACK_BUYERS = _N["PACK_BUYERS"]
_SUBSCRIBERS = _N["SUBSCRIBED"]
_CANCELED = _N["CANCELED"]
_PLANS_BILLED = _N["PLANS_BILLED"]
_NEW_PAYERS = _N["NEW_PAYERS"]
_MULTI_HOMERS = _N["MULTI_HOMERS"]
_CODES_ISSUED = _N["CODES_ISSUED"]
_CODES_USED_FRIEND = _N["CODES_USED_FRIEND"]
_CODES_USED_PUBLIC = _N["CODES_USED_PUBLIC"]
_CODES_PUBLIC = _N["CODES_PUBLIC"]
_CODES_IDLE = _N["CODES_IDLE"]
_EXPOSURES_BY = EXPOSURES_BY
_INSTALLS_BY = INSTALLS_BY
_ACTIVATIONS_BY = ACTIVATIONS_BY
_MOVES = MOVES
_N_STATUS = len(Status)

#: A user's first days, whose free clips count as the cost of winning him (MODEL: 30 days).
ONBOARDING_DAYS = 30

CompiledRule = Callable[..., Any]


class Decisions(NamedTuple):
    """What a user decides; the same signature whether compiled rule or Python method."""

    notices: CompiledRule
    remembers: CompiledRule
    adopts: CompiledRule
    gives_up: CompiledRule
    comes_back: CompiledRule
    visits: CompiledRule
    wants_clips: CompiledRule
    buys: CompiledRule
    shares_friends: CompiledRule
    shares_feed: CompiledRule
    subscribes: CompiledRule
    cancels: CompiledRule
    leaves: CompiledRule


RULES = Decisions(
    notices=rules.notices,
    remembers=rules.remembers,
    adopts=rules.adopts,
    gives_up=rules.gives_up,
    comes_back=rules.comes_back,
    visits=rules.visits,
    wants_clips=rules.wants_clips,
    buys=rules.buys,
    shares_friends=rules.shares_friends,
    shares_feed=rules.shares_feed,
    subscribes=rules.subscribes,
    cancels=rules.cancels,
    leaves=rules.leaves,
)


@either_way
def move(w, tally, row, p, to):  # type: ignore[no-untyped-def]
    """Change the status and count the move; the only place where a status changes by rule."""
    came_from = int(w.member[row, p].status)
    w.member[row, p].status = to
    tally.counts[p, _MOVES + came_from * _N_STATUS + to] += 1
    if came_from == _UNAWARE:
        tally.unaware_by_cell[p, int(w.cell[row])] -= 1


@either_way
def refresh(w, row):  # type: ignore[no-untyped-def]
    """Let the byte that the scan reads say again what statuses and marks say."""
    stir = int(w.stir[row]) & _PROMOTED
    for p in range(w.terms.size):
        me = w.member[row, p]
        status = int(me.status)
        if status in (_ACTIVE, _WAITING):
            stir |= _ENGAGED
        elif status == _LOST:
            stir |= _LOST_SOMEWHERE
        elif status == _AWARE and int(me.marks) & _PENT_UP:
            stir |= _PENT_UP_SOMEWHERE << (p % PENT_UP_BITS)
        if int(me.codes_ready) > 0:
            stir |= _CODES_SOMEWHERE
    w.stir[row] = stir


@either_way
def activate(w, tally, row, p):  # type: ignore[no-untyped-def]
    """Start using the platform today; in the invite phase new codes come with it."""
    me = w.member[row, p]
    flags = int(me.marks)
    cause = _INVITE if flags & _FRIEND_CODE else int(me.cause)
    move(w, tally, row, p, _ACTIVE)
    me.day_activated = w.day
    tally.counts[p, _ACTIVATIONS] += 1
    tally.counts[p, _ACTIVATIONS_BY + cause] += 1
    if flags & _CODE:
        used = _CODES_USED_FRIEND if flags & _FRIEND_CODE else _CODES_USED_PUBLIC
        tally.counts[p, used] += 1
        me.marks = flags & ~(_CODE | _FRIEND_CODE)
    n_codes = int(w.terms[p].codes_per_user)
    if w.terms[p].invites_required and n_codes > 0 and int(me.codes) == 0:
        me.codes = n_codes
        tally.counts[p, _CODES_ISSUED] += n_codes


@either_way
def install(w, tally, row, p):  # type: ignore[no-untyped-def]
    """Install: start at once where no invite is needed, else wait for one.

    Somebody who left keeps the account and returns without an invite.
    """
    me = w.member[row, p]
    if int(me.status) == _LOST:
        tally.counts[p, _RETURNS] += 1
        move(w, tally, row, p, _ACTIVE)
        me.day_activated = w.day
        return
    if int(me.day_installed) < 0:
        me.day_installed = w.day
        tally.counts[p, _INSTALLS] += 1
        tally.counts[p, _INSTALLS_BY + int(me.cause)] += 1
    else:
        tally.counts[p, _REINSTALLS] += 1
    if w.terms[p].invites_required:
        tally.counts[p, _GATED] += 1
        move(w, tally, row, p, _WAITING)
    else:
        activate(w, tally, row, p)


@either_way
def was_there(w, row, p):  # type: ignore[no-untyped-def]
    """Was the user on the platform yesterday."""
    return (int(w.sights[p // SEEN_PACKED, row]) >> (SEEN_BITS * (p % SEEN_PACKED))) & SEEN_PRESENT


@either_way
def look_around(w, tally, row, heard, decide):  # type: ignore[no-untyped-def]
    """Be exposed: return the bit mask of platforms considered today.

    An exposure is a consideration if access is open. Those whom it reached before that remember,
    and consider on a day after it opened. Nobody considers by mere waiting.

    Parameters
    ----------
    heard
        Bit mask of the platforms to which the user may turn today; to others he certainly does not.
    """
    considered = 0
    for p in range(w.terms.size):
        me = w.member[row, p]
        status = int(me.status)
        if not (heard >> p) & 1 or status in (_ACTIVE, _WAITING) or not w.terms[p].running:
            continue
        if status == _LOST:
            if was_there(w, row, p):
                continue  # left only last night
            if decide.comes_back(w, row, p):
                install(w, tally, row, p)
                continue
        is_open = bool(w.reach[p, int(w.cell[row])].open)
        cause = int(decide.notices(w, row, p))
        if cause > 0:
            tally.counts[p, _EXPOSURES_BY + cause] += 1
            if status == _UNAWARE:
                me.cause = cause
                tally.counts[p, _NEWLY_AWARE] += 1
                move(w, tally, row, p, _AWARE)
                if not is_open:
                    me.marks = int(me.marks) | _PENT_UP
            if is_open:
                considered |= 1 << p
        elif is_open and status == _AWARE and int(me.marks) & _PENT_UP:
            considered |= int(decide.remembers(w, row, p)) << p
    return considered


@either_way
def choose(w, tally, row, considered, decide):  # type: ignore[no-untyped-def]
    """Install some, all or none of the platforms considered today."""
    chosen = 0
    for k in range(w.terms.size):
        p = int(w.terms[k].turn)
        if (considered >> p) & 1:
            me = w.member[row, p]
            me.marks = int(me.marks) & ~_PENT_UP
            if decide.adopts(w, row, p, considered, chosen):
                chosen |= 1 << p
    for p in range(w.terms.size):
        if (chosen >> p) & 1:
            install(w, tally, row, p)


@either_way
def wait(w, tally, row, p, decide):  # type: ignore[no-untyped-def]
    """Wait for an invite: start with a code, or because none is needed any more, or give up."""
    me = w.member[row, p]
    if int(me.marks) & _CODE:
        activate(w, tally, row, p)
    elif not w.terms[p].invites_required:
        if decide.remembers(w, row, p):
            activate(w, tally, row, p)
    elif int(me.day_installed) < w.day and decide.gives_up(w, row, p):
        tally.counts[p, _GAVE_UP] += 1
        move(w, tally, row, p, _AWARE)


@either_way
def make_clips(w, tally, row, p, decide):  # type: ignore[no-untyped-def]
    """Wish for clips, make what quota, credit and purse allow; return (made, at the quota)."""
    me = w.member[row, p]
    terms = w.terms[p]
    flags = int(me.marks)
    subscribed = (flags & _SUBSCRIBED) > 0
    quota = int(terms.subscriber_quota if subscribed else terms.free_quota)
    demand = int(decide.wants_clips(w, row, p))
    in_quota = min(demand, quota)
    excess = demand - in_quota
    credit = int(me.credit)
    paid = min(excess, credit)
    credit -= paid
    excess -= paid
    if excess > 0 and terms.pack_on_sale and decide.buys(w, row, p):
        size = int(terms.pack_clips)
        packs = (excess + size - 1) // size
        credit = packs * size - excess
        paid += excess
        excess = 0
        me.purchases = min(int(me.purchases) + packs, 65535)
        tally.counts[p, _PACKS] += packs
        tally.counts[p, _PACK_BUYERS] += 1
        if not flags & _HAS_PAID:
            tally.counts[p, _NEW_PAYERS] += 1
            me.marks = flags | _HAS_PAID
    me.credit = credit
    made = in_quota + paid
    me.clips_last = made
    me.clips_total = int(me.clips_total) + made
    tally.counts[p, _CLIPS_SUBSCRIBER if subscribed else _CLIPS_FREE] += in_quota
    tally.counts[p, _CLIPS_PACK] += paid
    tally.counts[p, _CLIPS_REFUSED] += excess
    if not subscribed and w.day - int(me.day_activated) < ONBOARDING_DAYS:
        tally.counts[p, _CLIPS_ONBOARDING] += in_quota
    if made > 0:
        tally.counts[p, _CREATORS] += 1
    segment = int(w.kinds[int(w.cell[row])].segment)
    tally.by_segment[p, segment, 0] += 1
    tally.by_segment[p, segment, 1] += made
    tally.by_segment[p, segment, 2] += paid
    return made, demand >= quota


@either_way
def use(w, tally, row, k, p, decide):  # type: ignore[no-untyped-def]
    """Spend an active day: clips, sharing, and perhaps a subscription; return if at the quota."""
    me = w.member[row, p]
    tally.counts[p, _DAILY_ACTIVE] += 1
    tally.by_day[0, p, int(me.day_activated)] += 1
    last = int(me.day_active)
    if last >= 0:
        tally.by_day[1, p, last] -= 1
    tally.by_day[1, p, w.day] += 1
    me.day_active = w.day
    made, at_quota = make_clips(w, tally, row, p, decide)
    if made > 0:
        to_friends = int(decide.shares_friends(w, row, p, made))
        w.awake.sent[p, k] = to_friends
        tally.counts[p, _TO_FRIENDS] += to_friends
        tally.counts[p, _TO_FEED] += int(decide.shares_feed(w, row, p, made))
    if at_quota:
        tally.counts[p, _QUOTA_HITS] += 1
    return at_quota


@either_way
def pay_plan(w, tally, row, p, was_active, decide):  # type: ignore[no-untyped-def]
    """Subscribe on a day of use, or renew and be billed, or cancel, every 30 days."""
    me = w.member[row, p]
    terms = w.terms[p]
    flags = int(me.marks)
    if flags & _SUBSCRIBED:
        age = w.day - int(me.day_subscribed)
        if age > 0 and age % rules.BILLING_DAYS == 0:
            if not terms.plan_on_sale or decide.cancels(w, row, p):
                me.marks = flags & ~_SUBSCRIBED
                tally.counts[p, _CANCELED] += 1
            else:
                tally.counts[p, _PLANS_BILLED] += 1
    elif was_active and terms.plan_on_sale and decide.subscribes(w, row, p):
        tally.counts[p, _SUBSCRIBERS] += 1
        tally.counts[p, _PLANS_BILLED] += 1
        if not flags & _HAS_PAID:
            tally.counts[p, _NEW_PAYERS] += 1
        me.marks = flags | _SUBSCRIBED | _HAS_PAID
        me.day_subscribed = w.day


@either_way
def live(w, tally, row, k, p, decide):  # type: ignore[no-untyped-def]
    """Live one day on a platform: visit or not, pay, perhaps drop out at its end."""
    me = w.member[row, p]
    for q in range(w.terms.size):
        if q != p and was_there(w, row, q):
            tally.counts[p, _MULTI_HOMERS] += 1
            break
    at_quota = False
    was_active = bool(decide.visits(w, row, p))
    if was_active:
        at_quota = use(w, tally, row, k, p, decide)
    me.hits = ((int(me.hits) << 1) & 0x7F) | (1 if at_quota else 0)
    pay_plan(w, tally, row, p, was_active, decide)
    if int(me.codes) > 0 and w.terms[p].invites_required:
        part = rules.passes_codes(w, row, p)
        me.codes = int(me.codes) - part[0] - part[1] - part[2]
        me.codes_ready = int(me.codes_ready) + part[0]
        tally.counts[p, _CODES_PUBLIC] += part[1]
        tally.counts[p, _CODES_IDLE] += part[2]
    if decide.leaves(w, row, p):
        tally.counts[p, _DROPOUTS] += 1
        move(w, tally, row, p, _LOST)
        flags = int(me.marks)
        if flags & _SUBSCRIBED:
            tally.counts[p, _CANCELED] += 1
            me.marks = flags & ~_SUBSCRIBED


@either_way
def person_day(w, tally, row, k, heard, decide):  # type: ignore[no-untyped-def]
    """Live one day: look around, choose, and on each platform wait or live.

    Parameters
    ----------
    k
        Place of the user among the awake, where his day is noted for others.
    """
    if heard != 0:
        considered = look_around(w, tally, row, heard, decide)
        if considered != 0:
            choose(w, tally, row, considered, decide)
    seen = 0
    for p in range(w.terms.size):
        me = w.member[row, p]
        if w.terms[p].running:
            status = int(me.status)
            if status == _WAITING:
                wait(w, tally, row, p, decide)
                status = int(me.status)
            if status == _ACTIVE:
                live(w, tally, row, k, p, decide)
                seen |= SEEN_PRESENT << (SEEN_BITS * p)
        if int(me.marks) & _SUBSCRIBED:
            seen |= SEEN_PAYING << (SEEN_BITS * p)
    w.awake.seen[k] = seen
    refresh(w, row)
