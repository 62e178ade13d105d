"""What `mesa.batch_run` does with a market: the turn it is at, which it tells no model.

A model of Mesa draws its own seed, so that iterations differ. A market's luck is keyed by the seed
of its scenario: the same scenario five times would be the same run five times, and a standard error
of nothing. So the turn is looked up in the loop of `batch_run` itself.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from sim.errors import ConfigError

#: Under which `batch_run` hands seeds in, in one version of Mesa or another.
SEED_WORDS = ("rng", "seed")
_LOOP, _MODULE = "_model_run_func", "mesa.batchrunner"
_WAY = (
    "Give batch_run BatchMarkets(scenario), of sim.experiments.mesa_batch, or use "
    "sim.ensemble(scenario, replicates)."
)


class Turn(NamedTuple):
    """One run of `batch_run`.

    Parameters
    ----------
    iteration
        From 0: of the list of seeds, or of repetitions.
    given
        What the model is called with.
    """

    iteration: int
    given: Mapping[str, Any]

    @property
    def has_seed(self) -> bool:
        """Whether the model is called with a seed."""
        return any(self.given.get(word) is not None for word in SEED_WORDS)


def turn_of_batch() -> Turn | None:
    """Return the turn of the `batch_run` that is calling; None if none is."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == _LOOP and frame.f_globals.get("__name__") == _MODULE:
            _, iteration, given = frame.f_locals["run"]
            return Turn(int(iteration), given)
        frame = frame.f_back  # type: ignore[assignment]
    return None


def check_batch(is_plain: bool) -> None:
    """Refuse a market that `batch_run` would run again and again with one seed.

    Parameters
    ----------
    is_plain
        Whether it is a market as it is, which collects nothing for `batch_run`.

    Raises
    ------
    ConfigError
        Naming the way.
    """
    turn = turn_of_batch()
    if turn is None:
        return
    if is_plain:
        raise ConfigError(f"mesa.batch_run(Market, ...): a market has no DataCollector. {_WAY}")
    if turn.iteration and not turn.has_seed:
        raise ConfigError(
            f"mesa.batch_run: iteration {turn.iteration} would be the run of iteration 0, to the "
            f"last bit: the seed stands in the scenario. {_WAY}"
        )
