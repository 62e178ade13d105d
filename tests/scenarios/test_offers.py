"""What offers come to is what runs of the market come to; no cost is counted twice."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from scenarios import baseline
from scenarios.asking.closed_form import days_of_use, retention
from scenarios.asking.frontiers import UserDay, needed_d30, year_of_use
from scenarios.asking.lab import Lab, Size, lab
from scenarios.asking.offers import PACKS_USD, TriedOffer, best, offers
from scenarios.inputs.sizing import sized
from sim.execution import Execution
from sim.experiments import Serial
from sim.market import Market

SINCE, UNTIL, FROM = "2026-01-15", "2026-02-14", "2026-01-01"
N = 4_000
TERMS = baseline.scenario().platforms["sora"]
#: A day of use that earns six cents and takes three clips; ten free ones in the first 30 days.
DAY = UserDay(income_usd=0.06, clips=3.0, onboarding_clips=10.0)


@pytest.fixture(scope="module")
def found() -> Iterator[tuple[Lab, list[TriedOffer]]]:
    size = Size(n_users=N, replicates=1, assumption_users=N, assumption_replicates=1)
    with lab(size, Serial()) as opened:
        yield opened, offers(baseline.scenario(), opened, FROM, SINCE, UNTIL)


def test_revenue_of_a_day_of_use_is_the_runs_own(found: tuple[Lab, list[TriedOffer]]) -> None:
    """The offer that is in force already: packs of ten for $4 beside six free clips, one truth."""
    same = next(o for o in found[1] if (o.quota, o.pack_usd) == (6, 4.0))
    world = sized(baseline.scenario(), N, 1, until=UNTIL)
    run = Market(world, execution=Execution(threads=1)).run()
    p = run.platforms.index("sora")
    for name, value in (("revenue_usd", same.revenue_usd), ("clips", same.clips),
                        ("active_days", same.days)):  # fmt: skip
        assert run.total(name, SINCE, UNTIL)[p] == value > 0.0


def test_a_best_price_lies_inside_those_tried(found: tuple[Lab, list[TriedOffer]]) -> None:
    """With nothing free at no cost of a clip: neither the cheapest pack nor the dearest."""
    top = best(found[1], 0, 0.0)
    assert top.is_inside
    assert "end of those tried" not in top.price
    assert PACKS_USD[0] < top.offer.pack_usd < PACKS_USD[-1]
    rising = [TriedOffer(0, usd, 10.0 * usd, 1.0, 1.0) for usd in (1.0, 2.0, 3.0)]
    assert not best(rising, 0, 0.5).is_inside
    assert best(rising, 0, 0.5).price == "$3, an end of those tried"


def test_a_paywall_pays_where_free_clips_do_not(found: tuple[Lab, list[TriedOffer]]) -> None:
    walls, free = (best(found[1], quota, 0.7).offer.left(0.7) for quota in (0, 6))
    assert walls >= 0.0 > free


def test_at_its_own_cost_an_offer_leaves_nothing(found: tuple[Lab, list[TriedOffer]]) -> None:
    for offer in found[1]:
        for ads in (0.0, 0.05):
            if math.isfinite(offer.pays_at(ads)):
                assert offer.left(offer.pays_at(ads), ads) == pytest.approx(0.0, abs=1e-6)


def test_dearer_packs_never_sell_more(found: tuple[Lab, list[TriedOffer]]) -> None:
    for quota in (0, 6):
        sold = [o.revenue_usd / o.pack_usd for o in found[1] if o.quota == quota]
        assert sold == sorted(sold, reverse=True)


def test_the_loaded_cost_moves_with_the_cost_of_a_clip() -> None:
    """$5.38 at any cost of a clip was none: ten clips at a dollar are ten dollars."""
    for cost in (0.0, 0.1, 1.0):
        assert year_of_use(DAY, TERMS, TERMS, cost, 3.6, 0.15)[1] == pytest.approx(3.6 + 10 * cost)


def test_no_clip_is_counted_twice() -> None:
    """Whatever a year of clips costs is either in the loaded cost or in the year."""
    left, loaded = year_of_use(DAY, TERMS, TERMS, 0.2, 0.0, 0.15)
    later = days_of_use(TERMS, 0.15, 30)
    year = days_of_use(TERMS, 0.15)
    assert left - loaded == pytest.approx(0.06 * year - 0.2 * (10.0 + 3.0 * later))


@pytest.mark.parametrize(("cost", "bought"), [(0.005, 0.3), (0.01, 0.0), (0.001, 1.0)])
def test_needed_retention_repays_exactly(cost: float, bought: float) -> None:
    """At the retention found, a year of use is worth what the user cost."""
    d30 = needed_d30(DAY, TERMS, cost, bought, 0.15)
    if d30 == 0.0:
        worst = TERMS.changed("x", dropout_alpha=1e3)
        left, loaded = year_of_use(DAY, worst, TERMS, cost, bought, 0.15)
        assert left >= loaded
        return
    alphas = np.exp(np.linspace(-9, 6, 4_001))
    curves = [TERMS.changed("x", dropout_alpha=float(a)) for a in alphas]
    near = min(curves, key=lambda t: abs(float(retention(t, (30,))[0]) - d30))
    left, loaded = year_of_use(DAY, near, TERMS, cost, bought, 0.15)
    assert left == pytest.approx(loaded, rel=0.02, abs=1e-3)


def test_no_retention_repays_a_loss_or_a_price_beyond_reach() -> None:
    assert math.isnan(needed_d30(DAY, TERMS, 0.6, 3.6, 0.15))
    assert math.isnan(needed_d30(DAY, TERMS, 0.001, 360.0, 0.15))
    assert needed_d30(UserDay(5.0, 0.0, 0.0), TERMS, 1.0, 3.6, 0.15) == 0.0
