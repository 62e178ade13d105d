"""``clipmarket list``: the scenarios, with their questions."""

from __future__ import annotations

import scenarios


def list_scenarios() -> None:
    """List the scenarios, with the question each one asks."""
    from scenarios.command.console import catalogue
    from scenarios.command.screen import make_console

    make_console().print(catalogue(scenarios.first_lines()))
