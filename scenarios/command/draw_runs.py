"""What commands that ask the draws of a posterior have in common: which, and who runs them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.command.asked import opened_lab, teller
from scenarios.command.chosen import chosen_posterior
from scenarios.command.executor import executor_of
from scenarios.command.fitting_options import progress

if TYPE_CHECKING:
    from scenarios.claiming.kept_markets import KeptMarkets
    from scenarios.fitting.posterior import Posterior

#: Draws of a posterior, and users of each of their markets.
N_TAKEN, DRAW_USERS = 200, 20_000
#: Whose numbers they are of, if nothing is said.
WHOM = "sora"
_FEWEST_DRAWS, _MOST_DRAWS = 10, 100_000


def checked_draws(n: int) -> int:
    """Return how many draws are taken.

    Raises
    ------
    ConfigError
        If they are too few to say anything, or too many.
    """
    from sim.checks import in_range

    return int(in_range("draws", n, _FEWEST_DRAWS, _MOST_DRAWS))


def posterior_of(given: Path) -> Posterior:
    """Return the posterior of ``--posterior``: the one shipped, or that of a file.

    Raises
    ------
    ConfigError, DataError
        If it is none, cannot be read, or is not of these assumptions.
    """
    from sim.errors import ConfigError

    found = chosen_posterior(given)
    if found is None:
        raise ConfigError(
            f"--posterior {given}: there is nothing to draw from. Give shipped or a file."
        )
    return found


@contextlib.contextmanager
def kept_markets(
    posterior: Posterior,
    users: int,
    seed: int,
    lab: Path | None,
    workers: int | None,
    cluster: str | None,
    quiet: bool,
) -> Iterator[KeptMarkets]:
    """Yield what runs the markets of a posterior, each kept as soon as it is done.

    Raises
    ------
    ConfigError, DataError
        If a market would not fit into memory, or the folder of runs cannot be used.
    """
    from scenarios.asking.lab import Size
    from scenarios.claiming.kept_markets import KeptMarkets
    from scenarios.inputs.assumptions import load_inputs
    from scenarios.inputs.sizing import check_size
    from sim.experiments.work.executors import Serial

    inputs = load_inputs()

    def nothing(what: str, done: int, total: int) -> None:
        del what, done, total

    trial = KeptMarkets(inputs, users, seed, Serial(), None, nothing)
    check_size(trial.scenario({}))
    stale_notes(posterior, quiet)
    size = Size(n_users=users, seed=seed, assumption_users=users)
    with (
        executor_of(workers, cluster) as executor,
        opened_lab(size, lab, quiet, executor=executor) as opened,
        progress(quiet) as tell,
    ):
        yield KeptMarkets(inputs, users, seed, opened.executor, opened.store, tell)


def stale_notes(posterior: Posterior, quiet: bool) -> None:
    """Say if a posterior is of another version of the model, of facts or of targets."""
    from scenarios.inputs.assumptions import load_inputs
    from scenarios.inputs.target_file import TARGETS_FILE
    from sim.files import file_digest
    from sim.versions import model_version

    now = {
        "facts": load_inputs().facts.sha256,
        "targets": file_digest(TARGETS_FILE),
        "model": model_version(),
    }
    stale = [name for name, made in now.items() if posterior.about[name] != made]
    if stale:
        teller(quiet)(
            f"The posterior was fitted with another version of: {', '.join(stale)}. Its draws may "
            "no longer agree with what was published; make it anew: calibrate."
        )


def about_run(posterior: Posterior, markets: KeptMarkets, n: int) -> dict[str, Any]:
    """Return what ties numbers to the posterior, the model and seeds."""
    from sim.versions import model_version

    return {
        "posterior": dict(posterior.about), "draws": n, "users": markets.n_users,
        "first_seed": markets.seed, "model": model_version(),
    }  # fmt: skip
