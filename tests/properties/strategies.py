"""Any market: strategies that draw every parameter of a platform from its declared bounds."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any, get_args

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from sim.graph import Graph, build_graph
from sim.interventions import Event, Opening
from sim.market import Market
from sim.market_config import Region, Segment
from sim.platform_config import PlatformConfig
from sim.scenario import Scenario
from tests.worlds import CHECKED, date, limit_scenario, lived

DAYS = 12
GRAPHS = (
    "well_mixed", "complete", "small_world(degree=4, rewire=0.2)", "erdos_renyi(degree=3)",
    "power_law_cluster(degree=6, triangles=0.5)", "blocks(degree=2, groups=2, mixing=0.1)",
    "configuration(law=regular, degree=4)",
)  # fmt: skip
#: Markets tried for each property; `make science` tries more.
EXAMPLES = int(os.environ.get("CLIPMARKET_EXAMPLES", "4"))
#: The same examples on every run: a property that fails tomorrow was false today.
FIXED = settings(
    derandomize=True, deadline=None, max_examples=EXAMPLES, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
#: Where the bounds of a field say less than good sense: people do not make 10,000 clips a day.
_RANGES: dict[str, tuple[float, float]] = {
    "utility": (-2.0, 4.0), "friend_utility": (-1.0, 2.0), "subscribe_intercept": (-6.0, 1.0),
    "subscribe_friends": (-1.0, 1.0), "subscribe_willingness": (-1.0, 1.0),
    "opening_cash_usd": (-1e6, 1e6), "marketing_usd_per_day": (0.0, 500.0),
    "usd_per_gpu_hour": (0.0, 50.0), "gpu_minutes_per_clip": (0.0, 60.0),
    "wright_reference_clips": (1.0, 1e4), "dropout_alpha": (0.1, 5.0), "dropout_beta": (0.1, 20.0),
    "capacity_gpu_hours_per_day": (0.5, 50.0), "public_codes_per_day": (0.0, 20.0),
    "code_delay_days": (1.0, 5.0), "ad_reference_usd_per_day": (1.0, 1e3),
    "paid_churn_alpha": (0.1, 5.0), "paid_churn_beta": (0.1, 20.0), "pack_usd": (0.0, 5.0),
    "feed_saturation_views": (0.1, 10.0), "free_quota_per_day": (0, 8),
    "subscriber_quota_per_day": (0, 20), "high_plan_quota_per_day": (0, 40),
    "subscription_usd_per_month": (0.0, 30.0), "high_plan_usd_per_month": (0.0, 60.0),
    "plan_other_usd": (0.0, 30.0), "high_plan_other_usd": (0.0, 60.0),
    "pack_clips": (1, 12), "codes_per_user": (0, 6), "friend_utility_threshold": (1, 4),
    "chart_half_installs": (1.0, 50.0), "chart_memory_days": (1.0, 9.0),
    "views_per_visit": (0.0, 30.0), "wright_learning_rate": (0.0, 0.4),
}  # fmt: skip
_FADE = (0.5, 40.0)
_WEEK, _HOLIDAY = (0.0, 0.5, 1.0, 1.0, 1.5, 2.0, 1.0), {"2025-01-02": 0.5, "2025-01-06": 2.0}
#: Identity, dates, strategies and tables: not numbers of a mechanism.
_LEFT_OUT = {
    "label", "owner", "color", "launch", "facts", "luck", "strategies", "reach_per_day", "running",
    "cost_date", "reach_regions", "surface_quota_per_day", "plan_surface",
    "cpi_by_system", "rel_cpi_by_region",
}  # fmt: skip


def _number(name: str, kind: type, field: Any) -> SearchStrategy[Any]:
    limits = {type(m).__name__: m for m in field.metadata}
    low = getattr(limits.get("Ge"), "ge", None)
    high = getattr(limits.get("Le"), "le", None)
    if name in _RANGES:
        low, high = _RANGES[name]
    elif name.endswith("fade_days"):
        low, high = _FADE
    low = 0.0 if low is None else low
    high = low + 2.0 if high is None else high
    if kind is int:
        return st.integers(int(low), int(high))
    # Eighths and the ends: sums of few of them are exact, and shrink to something readable.
    steps = st.integers(0, 8).map(lambda k: low + (high - low) * k / 8)
    return steps.map(float)


def terms() -> SearchStrategy[dict[str, Any]]:
    """Draw the terms of a platform: each field at its default or anywhere in its bounds."""
    optional: dict[str, SearchStrategy[Any]] = {}
    for name, field in PlatformConfig.model_fields.items():
        if name in _LEFT_OUT or name == "interest_per_day":
            continue
        kinds = get_args(field.annotation) or (field.annotation,)
        if bool in kinds:
            optional[name] = st.booleans()
        elif dt.date in kinds:
            optional[name] = st.sampled_from([None, date(0), date(3), date(DAYS + 1)])
        elif str in {type(kind) for kind in kinds}:
            optional[name] = st.sampled_from(kinds)
        else:
            number = _number(name, int if int in kinds else float, field)
            optional[name] = st.one_of(st.none(), number) if type(None) in kinds else number
    # A market in which nothing is heard of tells nothing.
    loud = st.sampled_from([0.1, 0.5, 2.0])
    return st.fixed_dictionaries({"interest_per_day": loud}, optional=optional)


def people() -> SearchStrategy[dict[str, Any]]:
    """Draw the fields of a market that are about people."""
    return st.fixed_dictionaries(
        {
            "mean_clips": st.sampled_from([0.0, 1.0, 4.0]),
            "rate_shape": st.sampled_from([0.1, 1.0, float("inf")]),
            "rival_penalty": st.sampled_from([0.0, 0.5, 5.0]),
            "taste_correlation": st.sampled_from([0.0, 0.5, 1.0]),
            "contagion": st.sampled_from(["share", "count", "threshold"]),
            "sharing_threshold": st.sampled_from([0.0, 0.3, 1.0]),
            "willingness_sd": st.sampled_from([0.0, 1.0]),
            "median_willingness_usd": st.sampled_from([0.01, 0.5]),
            "price_noise": st.sampled_from([0.1, 1.0]),
            "attention_budget": st.sampled_from([0.5, 5.0]),
            "visit_substitution": st.sampled_from([0.0, 0.5, 1.0]),
            "clip_substitution": st.sampled_from([0.0, 0.5, 1.0]),
            "exposure_by_weekday": st.sampled_from([(), _WEEK]),
            "visits_by_weekday": st.sampled_from([(), _WEEK]),
            "exposure_by_date": st.sampled_from([{}, _HOLIDAY]),
            "visits_by_date": st.sampled_from([{}, _HOLIDAY]),
            "n_people": st.sampled_from([100.0, 12_345.0]),
            "seed": st.integers(0, 2**64 - 1),
        }
    )


@st.composite
def scenarios(
    draw: Any, n_users: tuple[int, int] = (8, 60), n_platforms: tuple[int, int] = (1, 3)
) -> Scenario:
    """Draw a market of a few users: two regions and systems, a surface, access opened by events."""
    names = "abc"[: draw(st.integers(*n_platforms))]
    blocks = {name: draw(terms()) for name in names}
    given = draw(people())
    regions = {
        "here": Region(share=0.7, os={"ios": 0.4, "android": 0.6}),
        "there": Region(share=0.3, os={"ios": 0.0, "android": 1.0}, rel_awareness=0.5),
    }
    segments = {"fun": Segment(share=0.8), "work": Segment(share=0.2, rel_demand=2.0)}
    surfaces = {"tube": {"ios": 0.5, "android": 0.9}}
    events = []
    for name in names:
        if draw(st.booleans()):
            blocks[name]["reach_per_day"] = {"tube": 0.2}
            blocks[name]["cpi_by_system"] = draw(st.sampled_from([{}, {"ios": 9.0}]))
            blocks[name]["rel_cpi_by_region"] = draw(st.sampled_from([{}, {"there": 0.5}]))
            blocks[name]["reach_regions"] = draw(st.sampled_from([{}, {"tube": ["here"]}]))
            blocks[name]["surface_quota_per_day"] = draw(st.sampled_from([{}, {"tube": 2}]))
            blocks[name]["plan_surface"] = draw(st.sampled_from(["", "tube"]))
        for k in range(draw(st.integers(1, 2))):
            where = draw(st.sampled_from([("here",), ("here", "there")]))
            systems = draw(st.sampled_from([("ios",), ("ios", "android")]))
            day = draw(st.integers(0, 5))
            events.append(
                Event(id=f"open {name} {k}", date=date(day), platform=name,
                      open=Opening(regions=where, os=systems))
            )  # fmt: skip
    n = draw(st.integers(*n_users))
    return limit_scenario(
        n, blocks, draw(st.sampled_from(GRAPHS)), DAYS, events, opened=False,
        regions=regions, segments=segments, surfaces=surfaces, **given,
    )  # fmt: skip


def graph_of(scenario: Scenario) -> Graph:
    """Return the friend graph that a scenario describes."""
    market = scenario.market
    return build_graph(market.graph, market.n_users, market.seed)


def run(scenario: Scenario, days: int = DAYS, **more: Any) -> Market:
    """Run a market for some days; its own invariants are checked every night."""
    return lived(Market(scenario, execution=CHECKED, **more), days)
