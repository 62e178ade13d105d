"""The command as a whole: its commands, its exit codes, and one line for whatever is wrong."""

from __future__ import annotations

import re
import sys

import typer

from scenarios.command.answer import answers
from scenarios.command.compare import compare
from scenarios.command.interrupts import StoppedError
from scenarios.command.listing import list_scenarios
from scenarios.command.report import report
from scenarios.command.results import results
from scenarios.command.run import run
from scenarios.command.sensitivity import sensitivity
from scenarios.command.sweep import sweep
from scenarios.command.values import BadValueError
from sim.errors import ClipmarketError

BAD_INPUT = 2
INTERRUPTED = 130
#: Parameters of the machine that are not called as their options are.
_OPTIONS = {
    "n_users": "--users", "n_people": "--people", "retry_failed": "--retry-failed",
    "market.until": "--until",
}  # fmt: skip
_PARAMETER = re.compile(rf"\b({'|'.join(map(re.escape, _OPTIONS))})\b")

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False,
    help="Simulate the contest of AI video platforms: who adopts, what it costs, who pays.",
)  # fmt: skip
app.command("list")(list_scenarios)
for command in (run, report, compare, answers, sweep, sensitivity, results):
    app.command()(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command; end with exit code 2 and one line if the input is at fault."""
    for stream in (sys.stdout, sys.stderr):
        # A screen that cannot show a letter gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace" if stream is sys.stdout else "backslashreplace")
    try:
        code = app(args=arguments, prog_name="clipmarket", standalone_mode=False)
    except StoppedError as stop:
        _fail(str(stop), INTERRUPTED)
    except ClipmarketError as error:
        _fail(with_option(str(error)), BAD_INPUT)
    except BadValueError as error:
        _fail(error.format_message(), BAD_INPUT)
    except typer.TyperException as error:
        _fail(f"{error.format_message().rstrip('.')}. See clipmarket --help.", BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except MemoryError:
        _fail("not enough memory. Give fewer --users.", BAD_INPUT)
    if code == INTERRUPTED:
        _fail("interrupted; files already written are complete.", INTERRUPTED)
    if code:
        sys.exit(code)


def with_option(message: str) -> str:
    """Add to a message of the machine, which knows no command line, the option that it is about."""
    found = _PARAMETER.search(message)
    if found is None or "--" in message:
        return message
    return f"{message} The option is {_OPTIONS[found[1]]}."


def _fail(text: str, code: int) -> None:
    """Print one line and end."""
    print(f"clipmarket: {' '.join(text.split())}", file=sys.stderr)
    sys.exit(code)
