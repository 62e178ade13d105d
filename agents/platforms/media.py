"""Paid media: what an install costs by kind of people, and how many a budget is to bring today."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.cells import Cells
from agents.platforms.ledger import paid_reach
from sim.platform_config import PlatformConfig

_PerCell = npt.NDArray[np.float64]

#: USD per install where nothing is said.
USUAL_CPI_USD = 4.0


class Campaign(NamedTuple):
    """What paid media are to do today; people whose install costs alike are one audience.

    Parameters
    ----------
    audience
        (C,) number of the audience to which a cell belongs, -1 where no ad is shown.
    installs
        (audiences,) expected installs, in agents, that the budget pays for.
    """

    audience: npt.NDArray[np.int64]
    installs: _PerCell


def cpi_by_cell(terms: PlatformConfig, cells: Cells) -> _PerCell:
    """Return (C,) USD per install at the reference budget, by system and region.

    One number for all (``cpi_usd``), or that of each system; times the factor of the region.
    """
    by_system = [
        terms.cpi_usd or terms.cpi_by_system.get(name, USUAL_CPI_USD) for name in cells.systems
    ]
    factors = [terms.rel_cpi_by_region.get(name, 1.0) for name in cells.regions]
    return np.asarray(np.array(by_system)[cells.os] * np.array(factors)[cells.region])


def mean_cpi(
    cpi_usd: _PerCell, people: npt.ArrayLike, otherwise: npt.ArrayLike | None = None
) -> float:
    """Return what an install costs on average where each head gets the same money: harmonic.

    Parameters
    ----------
    cpi_usd, people
        (C,) USD per install and people to whom ads are shown.
    otherwise
        (C,) people to go by if there are none.
    """
    heads = np.asarray(people, float)
    if otherwise is not None and not heads.any():
        heads = np.asarray(otherwise, float)
    return float(heads.sum() / (heads / cpi_usd).sum())


def campaign(
    terms: PlatformConfig, cpi_usd: _PerCell, audience: npt.ArrayLike, weight: float
) -> Campaign:
    """Return what today's budget is to bring: the same money for each head, at the head's CPI.

    n = (B/CPI)·(B/B0)^(ε-1) people a day, CPI by `mean_cpi`. Where nobody is left to see an ad, the
    whole of it is for nobody.

    Parameters
    ----------
    cpi_usd
        (C,) USD per install at the reference budget.
    audience
        (C,) agents with access who have not heard of the platform.
    weight
        People per agent.
    """
    heads = np.asarray(audience, float)
    costs, kind = np.unique(cpi_usd, return_inverse=True)
    there = heads.sum() > 0.0
    by_cost = np.bincount(kind, heads if there else None, costs.size) / costs
    cpi = mean_cpi(cpi_usd, heads if there else np.ones(heads.size))
    bought = paid_reach(
        terms.marketing_usd_per_day, cpi, terms.ad_elasticity, terms.ad_reference_usd_per_day
    )
    installs = float(bought) / weight * by_cost / by_cost.sum()
    return Campaign(np.where(heads > 0.0, kind, -1).astype(np.int64), installs)
