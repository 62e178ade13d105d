"""For those who know ``mesa.batch_run``: markets as it wants them.

``mesa.batch_run(BatchMarkets(scenario), {"market.seed": range(5), "sora.p_active": [.2, .4]})``.
Nothing is kept if it is killed, so `sweep` is the better choice for anything long.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sim.errors import ConfigError
from sim.execution import Execution
from sim.experiments.paths import varied
from sim.experiments.work.running import prepare
from sim.experiments.work.shelf import shared_graph
from sim.experiments.work.sources import HasScenario, source
from sim.market import Market
from sim.metrics import CATALOGUE
from sim.scenario import Scenario

#: Under which `batch_run` hands seeds in, in one version of Mesa or another.
SEED_WORDS = ("rng", "seed")


class Diary:
    """The record of a market as Mesa's DataCollector would hold it; a step is a day, from 0."""

    agent_reporters: dict[str, Any] = {}  # noqa: RUF012 (what Mesa reads, always empty)
    _agent_records: dict[int, Any] = {}  # noqa: RUF012
    _agenttype_records: dict[int, Any] = {}  # noqa: RUF012

    def __init__(self, market: Market) -> None:
        self._market = market

    @property
    def _collection_steps(self) -> list[int]:
        return list(range(self._market.record.n_days))

    @cached_property
    def model_vars(self) -> dict[str, list[float]]:
        """Every metric of every platform, such as ``clips.sora``: a value a day."""
        results = self._market.results
        return {
            f"{name}.{platform}": results.array(name)[:, p].tolist()
            for name in CATALOGUE
            for p, platform in enumerate(results.platforms)
        }


class BatchMarket(Market):
    """A market whose record `batch_run` can read."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.datacollector = Diary(self)


class BatchMarkets:
    """What stands in for a model class: called with parameters by path, returns a market.

    Parameters
    ----------
    scenario
        What is varied. A parameter is a path (see `sim.experiments.paths`); ``rng`` or ``seed``, a
        whole number, is the seed.
    """

    def __init__(self, scenario: Scenario | HasScenario) -> None:
        self.source = source(scenario)

    def __call__(self, **parameters: Any) -> Market:
        """Return a market, ready to be stepped."""
        prepare(self.source.setup)
        scenario = self.source.scenario
        for word in SEED_WORDS:
            seed = parameters.pop(word, None)
            if seed is not None:
                scenario = scenario.with_market(seed=_whole(word, seed))
        scenario = varied(scenario, parameters)
        return BatchMarket(scenario, shared_graph(scenario.market), Execution(threads=1))


def _whole(word: str, seed: Any) -> int:
    try:
        return int(seed)
    except (TypeError, ValueError):
        raise ConfigError(
            f"{word} = {seed!r}: must be a whole number, the seed of the scenario."
        ) from None
