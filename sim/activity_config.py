"""What people do on a platform once they are there, as data: stay, visit, create, watch, share.

Groups of `sim.platform_config.PlatformConfig`, with the same neutral defaults.
"""

from __future__ import annotations

import datetime as dt

from sim.config import Config, par


class Activity(Config):
    """Staying, visiting, and the wearing off of novelty."""

    p_active: float = par(
        1.0, "probability/day", "a0: visits today, given still there.", low=0, high=1
    )
    dropout_alpha: float = par(1.0, "shape", "α of the drop-out Beta.", low=1e-6, fixed=True)
    dropout_beta: float = par(1.0, "shape", "β of the drop-out Beta.", low=1e-6, fixed=True)
    p_dropout: float | None = par(
        None,
        "probability/day",
        "One drop-out probability for everybody, in place of the Beta.",
        low=0,
        high=1,
        fixed=True,
    )
    dropout_feed: float = par(0.0, "log hazard per view", "The feed lowers drop-out.", low=0)
    dropout_quota_hits: float = par(
        0.0, "log hazard", "Days at the quota (share of last 7) raise drop-out.", low=0
    )
    novelty_floor: float = par(1.0, "share", "ρ_inf: demand that remains for good.", low=0, high=1)
    novelty_fade_days: float = par(10.0, "days", "τ_n: e-folding time of novelty.", low=1e-6)
    visit_floor: float = par(
        1.0,
        "share",
        "v_inf: visits that remain for good, of those of the first days.",
        low=0,
        high=1,
    )
    visit_fade_days: float = par(10.0, "days", "τ_v: e-folding time of visits.", low=1e-6)
    freshened_on: dt.date | None = par(
        None, "date", "A new feature or a holiday, for which people come as if it were new."
    )
    freshening: float = par(
        1.0, "share", "How far visits come up again on that day.", low=0, high=1
    )


class Company(Config):
    """What friends and rivals do to staying."""

    dropout_friends: float = par(
        0.0, "log hazard", "Friends there (share of friends) lower drop-out.", low=0
    )
    dropout_friends_left: float = par(
        0.0, "log hazard", "ψ: friends who left (share of those who came) raise drop-out.", low=0
    )
    dropout_rival_friends: float = par(
        0.0,
        "log hazard",
        "ζ: a rival that one uses with more friends on it, by the log of their ratio.",
        low=0,
        couples=True,
    )


class Creating(Config):
    """Who of those that come makes something, and what the others watch."""

    p_create: float | None = par(
        None,
        "probability/visit",
        "c: a visit makes at least a clip; none = each wishes for Poisson many, perhaps for none.",
        low=0,
        high=1,
    )
    p_create_first: float = par(
        1.0, "probability/visit", "The same of the day of the first activation.", low=0, high=1
    )
    creator_persistence: float = par(
        0.0, "share", "ϱ: 0 = each visit anew, 1 = the same people create for good.", low=0, high=1
    )
    views_per_visit: float = par(
        0.0, "views", "Clips of others that a day of use has room for.", low=0, high=10_000
    )
    dropout_views: float = par(
        0.0, "log hazard", "A day with all the views there is room for lowers drop-out.", low=0
    )


class Sharing(Config):
    """What leaves the app."""

    p_share_friends: float = par(
        0.0, "probability/clip", "σ_f: a clip goes to friends.", low=0, high=1
    )
    p_share_feed: float = par(
        0.0, "probability/clip", "σ_x: a clip goes to the outside feed.", low=0, high=1
    )
