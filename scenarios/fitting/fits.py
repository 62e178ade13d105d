"""Fits of structures as of days, on one folder of runs: what one has run, no other runs again.

All structures are fitted by the same code, to the same record, from the same priors; as of several
days a structure has its prior ensemble in common.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenarios.fitting.calibration import LAST_KNOWN, Fit, HeldTo, fit
from scenarios.fitting.central import central_point
from scenarios.fitting.members import FitSetting, Members, MembersOf, Tell
from scenarios.fitting.posterior import Posterior
from scenarios.fitting.priors import priors
from scenarios.inputs.assumptions import load_inputs
from scenarios.inputs.target_file import TARGETS_FILE
from sim.files import file_digest
from sim.versions import model_version


@dataclass(frozen=True)
class Fits:
    """Where fits are done, and how large they are.

    Parameters
    ----------
    executor
        Where runs are done.
    folder
        Where they are kept.
    n_members, n_users, seed
        Of each ensemble, of each market, and the first of their seeds.
    tell
        Is told of progress.
    """

    executor: Executor
    folder: Path
    n_members: int
    n_users: int
    seed: int
    tell: Tell

    def of(self, structure: str, held: HeldTo) -> Fit:
        """Return the fit of a structure, its last ensemble to the end of the horizon.

        Raises
        ------
        ConfigError
            As `HeldTo.observations`.
        """
        members_of = self.members_of(structure)
        short, long = (
            members_of(self.seed, is_last, self._named(structure, held))
            for is_last in (False, True)
        )
        return fit(short, long, held.observations(load_inputs()), self.n_members, self.seed)

    def members_of(self, structure: str) -> MembersOf:
        """Return what makes the ensembles of a structure."""
        inputs = load_inputs()
        believed = priors(inputs)
        horizon = dt.date.fromisoformat(str(inputs.market["until"]))

        def made(seed: int, is_last: bool, tell: Tell) -> Members:
            until = horizon if is_last else LAST_KNOWN
            setting = FitSetting(structure, self.n_users, seed, until)
            return Members(inputs, believed, setting, self.executor, self.folder, tell)

        return made

    def _named(self, structure: str, held: HeldTo) -> Tell:
        def tell(what: str, done: int, total: int) -> None:
            self.tell(f"{structure} as of {held.as_of}, {what}", done, total)

        return tell

    def central(self, found: Fit, structure: str, held: HeldTo) -> dict[str, float]:
        """Return the central point of a fit, see `central_point`."""
        return central_point(
            self.members_of(structure)(self.seed, False, self._named(structure, held)), found
        )

    def posterior(
        self, found: Fit, structure: str, held: HeldTo, central: Mapping[str, float]
    ) -> Posterior:
        """Return the draws of a fit, each of the same weight, with what they were made from."""
        about = {
            "vintage": held.vintage,
            "as_of": str(held.as_of),
            "n_users": self.n_users,
            "seed": self.seed,
            "facts": load_inputs().facts.sha256,
            "targets": file_digest(TARGETS_FILE),
            "model": model_version(),
        }
        n = len(found.scores)
        names = tuple(one.id for one in found.priors)
        return Posterior(names, found.values, np.full(n, 1.0 / n), (structure,) * n, central, about)


def mixed(posteriors: Sequence[Posterior], weights: Sequence[float], n_draws: int) -> Posterior:
    """Return draws of several posteriors as one; the central point is that of the first.

    Parameters
    ----------
    weights
        Of each, above 0; each contributes in proportion, by draws of equal weight as far as whole
        numbers go, and at least one.
    n_draws
        About how many there are in all.
    """
    shares = np.asarray(weights, np.float64) / np.sum(weights)
    values, each, structures = [], [], []
    for one, share in zip(posteriors, shares, strict=True):
        n = min(max(1, round(n_draws * share)), len(one))
        kept = np.unique(np.linspace(0, len(one) - 1, n).round().astype(int))
        values.append(one.values[kept])
        each.append(np.full(len(kept), share / len(kept)))
        structures += [one.structures[k] for k in kept]
    first = posteriors[0]
    return Posterior(
        first.names, np.concatenate(values), np.concatenate(each), tuple(structures),
        first.central, first.about,
    )  # fmt: skip
