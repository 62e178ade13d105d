"""What an install costs that is bought today: of those who have access, as the market works it out.

The same functions as the model's own (`agents.platforms.media`), asked without a run.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from agents.cells import Cells
from agents.platforms.media import cpi_by_cell, mean_cpi
from scenarios.asking.closed_form import terms_on
from sim.scenario import Scenario


def cost_of_install(scenario: Scenario, platform: str, date: str) -> float:
    """Return USD per install at the reference budget, over all who have access on a date.

    By system and region, the same money for each head (facts BEN001 to BEN004, A85). Those who have
    heard already are not left out, which only a run can tell.
    """
    day, cells = dt.date.fromisoformat(date), Cells(scenario.market)
    is_open = np.zeros(len(cells), bool)
    for event in scenario.events:
        if event.platform == platform and event.open is not None and event.date <= day:
            is_open |= cells.mask(event.open.regions, event.open.os)
    people = cells.share * is_open if is_open.any() else cells.share
    return mean_cpi(cpi_by_cell(terms_on(scenario, platform, date), cells), people)
