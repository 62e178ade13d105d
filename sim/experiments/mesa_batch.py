"""For those who know ``mesa.batch_run``: markets as it wants them.

``mesa.batch_run(BatchMarkets(scenario), {"sora.p_active": [.2, .4]}, iterations=5)``; iteration i
has the scenario's seed + i, as replicate i of a sweep. ``rng=[1, 2]`` gives the seeds themselves.
Nothing is kept if it is killed, so `sweep` is the better choice for anything long.
"""

from __future__ import annotations

import inspect
from functools import cached_property
from typing import Any

import mesa

from sim.batches import SEED_WORDS, turn_of_batch
from sim.errors import ConfigError
from sim.execution import Execution
from sim.experiments.paths import varied
from sim.experiments.work.running import prepare
from sim.experiments.work.shelf import shared_graph
from sim.experiments.work.sources import HasScenario, source, undrawn
from sim.market import Market
from sim.metrics import CATALOGUE
from sim.scenario import Scenario

_SEED = "market.seed"
#: Newer versions of Mesa number a list of seeds where older ones number repetitions.
_COUNTS_SEEDS = "rng" in inspect.signature(mesa.batch_run).parameters


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

    varies_by_iteration = True

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
        self.source = undrawn(source(scenario), "batch_run")

    def __call__(self, **parameters: Any) -> Market:
        """Return a market, ready to be stepped.

        Raises
        ------
        ConfigError
            If a parameter cannot be, or iterations would repeat a seed.
        """
        prepare(self.source.setup)
        turn = turn_of_batch()
        seeds = {word: parameters.pop(word, None) for word in SEED_WORDS}
        given = [_whole(word, seed) for word, seed in seeds.items() if seed is not None]
        if given and _SEED in parameters:
            raise ConfigError(f"{_SEED} and rng: give seeds once, as either of them.")
        scenario = self.source.scenario
        if given:
            scenario = scenario.with_market(seed=given[0])
        if turn is not None and turn.iteration:
            if _SEED in parameters or (given and not _COUNTS_SEEDS):
                raise ConfigError(
                    f"iterations and {_SEED}: iteration {turn.iteration} would repeat the seeds of "
                    "iteration 0. Give one of them: iterations take seed, seed + 1, ..."
                )
            if not given:
                scenario = scenario.with_market(seed=scenario.market.seed + turn.iteration)
        scenario = varied(scenario, parameters)
        return BatchMarket(scenario, shared_graph(scenario.market), Execution(threads=1))


def _whole(word: str, seed: Any) -> int:
    try:
        return int(seed)
    except (TypeError, ValueError):
        raise ConfigError(
            f"{word} = {seed!r}: must be a whole number, the seed of the scenario."
        ) from None
