"""The command: ``python -m scenarios run NAME`` and others, also installed as ``clipmarket``.

Whatever is wrong with the input is answered by one line and exit code 2.
"""

from __future__ import annotations

from scenarios.command.app import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
