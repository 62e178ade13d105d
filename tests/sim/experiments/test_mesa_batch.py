"""`mesa.batch_run` gives what a sweep gives."""

from __future__ import annotations

import mesa
import numpy as np
import pytest

from sim.errors import ConfigError
from sim.experiments import ensemble
from sim.experiments.mesa_batch import BatchMarkets
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
