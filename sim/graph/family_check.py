"""What every family of graphs promises, tried out; for the catalogue and for one's own alike."""

from __future__ import annotations

from collections.abc import Sequence

from sim.errors import ClipmarketError, ConfigError
from sim.graph.catalogue import FAMILIES
from sim.graph.graph import Graph, build_graph
from sim.graph.spec import GraphSpec, parse_graph

#: Numbers of users with which a family is tried; a family may refuse all but the last.
SIZES = (1, 2, 12, 40, 2_000)
#: How far the mean degree may be from the one asked for at the last size: four standard errors of a
#: heavy tail are 10 % there, and pairing at random drops 2 % of the edges.
DEGREE_TOLERANCE = 0.15


class BrokenFamilyError(ClipmarketError):
    """A family of graphs that does not do what every family promises."""


def check_family(spec: str, sizes: Sequence[int] = SIZES) -> None:
    """Try whether a family keeps the promises of the catalogue.

    Its parameters are declared with unit and meaning, its spec prints what it means, its rows are
    valid, the same seed gives the same bits, the mean degree is near its ``degree``, and numbers
    of users that do not fit it are refused in one line.

    Parameters
    ----------
    spec
        Name of a family, with parameters where its defaults are not to be tried.
    sizes
        Numbers of users, ascending; the last must be built.

    Raises
    ------
    BrokenFamilyError
        Naming the first promise that is broken.
    DataError
        If its rows are no graph.
    """
    parsed = parse_graph(spec)
    _check_declared(parsed.family)
    if parse_graph(str(parsed)) != parsed:
        raise _broken(spec, f"it prints as {parsed}, which means something else")
    for n_users in sizes[:-1]:
        try:
            _built(parsed, n_users)
        except ConfigError as error:
            if len(str(error).splitlines()) != 1:
                raise _broken(spec, f"it refuses {n_users:,} users in several lines") from error
    last = _built(parsed, sizes[-1])
    degree = getattr(parsed.parameters, "degree", None)
    if degree is not None and abs(last.mean_degree - degree) > DEGREE_TOLERANCE * degree:
        found = f"{last.mean_degree:.3g} friends each for {last.n_users:,} users"
        raise _broken(spec, f"degree = {degree:g}, but {found}")


def _broken(spec: str | GraphSpec, what: str) -> BrokenFamilyError:
    return BrokenFamilyError(f"graph family {spec}: {what}. See sim/graph/families.py.")


def _check_declared(family: str) -> None:
    for name, field in FAMILIES[family].parameters.model_fields.items():
        extra = field.json_schema_extra
        if not (isinstance(extra, dict) and extra.get("unit") and field.description):
            raise _broken(family, f"parameter {name} has no unit or meaning: declare it with par")


def _built(spec: GraphSpec, n_users: int) -> Graph:
    """Return a valid graph, the same every time it is built."""
    graph, again = (build_graph(spec, n_users, seed=1) for _ in range(2))
    graph.validate()
    if graph.n_users != n_users:
        raise _broken(spec, f"{graph.n_users:,} rows for {n_users:,} users")
    if graph.fingerprint() != again.fingerprint():
        raise _broken(spec, f"two graphs of one seed differ for {n_users:,} users")
    return graph
