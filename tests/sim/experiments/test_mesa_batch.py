"""`mesa.batch_run` gives what a sweep gives."""

from __future__ import annotations

import mesa
import numpy as np
import pytest

from sim.errors import ConfigError
from sim.experiments import ensemble
from sim.experiments.mesa_batch import _COUNTS_SEEDS, BatchMarkets
from sim.market import Market
from tests.worlds import tiny


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("period", [-1, 1])
def test_batch_run_takes_paths_as_parameters(period: int) -> None:
    rows = mesa.batch_run(
        BatchMarkets(tiny()), {"market.seed": [1, 2], "sora.p_active": [0.2, 0.4]},
        data_collection_period=period, display_progress=False,
    )  # fmt: skip
    n_steps = 1 if period == -1 else 26
    assert len(rows) == 4 * n_steps
    for p_active in (0.2, 0.4):
        runs = ensemble(tiny().set("sora.p_active", p_active), 2)
        for seed in (1, 2):
            mine = [r["active.sora"] for r in rows
                    if (r["market.seed"], r["sora.p_active"]) == (seed, p_active)]  # fmt: skip
            expected = runs.array("active")[seed - 1, -n_steps:, 1]
            np.testing.assert_array_equal(mine, expected)


def test_the_seed_goes_by_mesas_own_words_too() -> None:
    for word in ("rng", "seed"):
        assert int(BatchMarkets(tiny())(**{word: 7}).seed) == 7
    with pytest.raises(ConfigError, match="rng = 'x'"):
        BatchMarkets(tiny())(rng="x")
    with pytest.raises(ConfigError, match="Did you mean 'sora'"):
        BatchMarkets(tiny())(**{"sra.p_active": 1})


MESA = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@MESA
@pytest.mark.parametrize("processes", [1, 2])
def test_iterations_are_replicates(processes: int) -> None:
    """Also in processes, where nobody can count how often the model was called."""
    rows = mesa.batch_run(
        BatchMarkets(tiny()), {"sora.p_active": [0.2, 0.4]}, number_processes=processes,
        iterations=3, display_progress=False,
    )  # fmt: skip
    for p_active in (0.2, 0.4):
        mine = {row["iteration"]: row["aware.sora"] for row in rows
                if row["sora.p_active"] == p_active}  # fmt: skip
        expected = ensemble(tiny().set("sora.p_active", p_active), 3).array("aware")[:, -1, 1]
        assert [mine[i] for i in range(3)] == list(expected)
        assert len(set(mine.values())) > 1


@MESA
def test_iterations_that_repeat_seeds_are_refused() -> None:
    with pytest.raises(ConfigError, match="would repeat the seeds"):
        mesa.batch_run(
            BatchMarkets(tiny()), {"market.seed": [1, 2]}, iterations=2, display_progress=False
        )
    with pytest.raises(ConfigError, match="give seeds once"):
        BatchMarkets(tiny())(**{"market.seed": 1, "rng": 2})


@MESA
@pytest.mark.skipif(not _COUNTS_SEEDS, reason="this version of Mesa has iterations alone")
def test_seeds_of_mesa_are_the_seeds() -> None:
    rows = mesa.batch_run(BatchMarkets(tiny()), {}, rng=[5, 6], display_progress=False)
    expected = ensemble(tiny(seed=5), 2).array("aware")[:, -1, 1]
    assert [row["aware.sora"] for row in rows] == list(expected)


class Counted(Market):
    """A market with a collector of its own, as a tutorial of Mesa would have it."""

    def __init__(self, n_users: int, rng: int | None = None) -> None:
        super().__init__(tiny(n_users))
        self.datacollector = mesa.DataCollector({"day": lambda model: model.day})

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


@MESA
def test_a_market_that_would_be_run_again_and_again_with_one_seed_is_refused() -> None:
    with pytest.raises(ConfigError, match="BatchMarkets"):
        mesa.batch_run(Market, {"scenario": [tiny()]}, display_progress=False)
    rows = mesa.batch_run(Counted, {"n_users": [100, 200]}, display_progress=False)
    assert [row["n_users"] for row in rows] == [100, 200]
    with pytest.raises(ConfigError, match="iteration 1 would be the run of iteration 0"):
        mesa.batch_run(Counted, {"n_users": 100}, iterations=2, display_progress=False)
