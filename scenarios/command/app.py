"""The command as a whole: its commands, its exit codes, and one line for whatever is wrong."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import Any

import typer

from scenarios.command.adopt import adopt
from scenarios.command.answer import answers
from scenarios.command.backtest import backtest
from scenarios.command.calibrate import calibrate
from scenarios.command.calibrated import calibration
from scenarios.command.claim import claim
from scenarios.command.compare import compare
from scenarios.command.duel import duel
from scenarios.command.force import forces
from scenarios.command.forecast import forecast
from scenarios.command.interrupts import StoppedError, pressed_once
from scenarios.command.listing import list_scenarios
from scenarios.command.mean_field import mean_field
from scenarios.command.optimize import optimize
from scenarios.command.recover import recover
from scenarios.command.report import report
from scenarios.command.results import results
from scenarios.command.rival import rivals
from scenarios.command.run import run
from scenarios.command.runway import runway
from scenarios.command.screen import ClosedPipeError, guarded, let_go
from scenarios.command.sensitivity import sensitivity
from scenarios.command.sweep import sweep
from scenarios.command.timing import timing
from scenarios.command.values import BadValueError
from sim.errors import ClipmarketError

BAD_INPUT = 2
INTERRUPTED = 130
#: What a shell reports of a program that its reader, such as head, has left.
CLOSED_PIPE = 141
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
app.command("list")(guarded(list_scenarios))
for command in (
    run, report, compare, answers, forces, mean_field, sweep, sensitivity, results, calibrate,
    calibration, recover, rivals, forecast, backtest, adopt, claim, runway,
    duel,
    optimize,
    timing,
):  # fmt: skip
    app.command()(guarded(command))


def main(arguments: list[str] | None = None) -> None:
    """Run the command; end with exit code 2 and one line if the input is at fault."""
    # Charts go to files: whatever screen is set up for matplotlib, none is needed.
    os.environ["MPLBACKEND"] = "agg"
    for stream in (sys.stdout, sys.stderr):
        # A screen that cannot show a letter gets a question mark, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace" if stream is sys.stdout else "backslashreplace")
    try:
        with pressed_once():
            code = _done(arguments)
    except StoppedError as stop:
        if arguments is None:  # a program on its way out, which a late Ctrl-C shall not disturb
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        _fail(str(stop), INTERRUPTED)
    if code:
        sys.exit(code)


def _done(arguments: list[str] | None) -> Any:
    """Run the command and return its exit code; say in one line what went wrong."""
    try:
        code = app(args=arguments, prog_name="clipmarket", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
        if code != INTERRUPTED:
            return code
    except (StoppedError, KeyboardInterrupt, typer.Abort) as stop:
        if isinstance(stop, StoppedError):
            raise
    except ClipmarketError as error:
        _fail(with_option(str(error)), BAD_INPUT)
    except BadValueError as error:
        _fail(error.format_message(), BAD_INPUT)
    except typer.TyperException as error:
        _fail(f"{error.format_message().rstrip('.')}. See clipmarket --help.", BAD_INPUT)
    except MemoryError:
        _fail("not enough memory. Give fewer --users.", BAD_INPUT)
    except (ClosedPipeError, BrokenPipeError, SystemExit) as end:
        # A help page without a reader is ended by rich, or by typer.
        if isinstance(end, SystemExit) and not isinstance(end.__context__, BrokenPipeError):
            raise
        let_go(sys.stdout)
        sys.exit(CLOSED_PIPE)
    except OSError as error:
        # What is written to files speaks for itself (`sim.files`): this was the screen, or a pipe.
        let_go(sys.stdout)
        _fail(
            f"{error.filename or 'the output'} cannot be written to ({error.strerror or error}). "
            "Files already written are complete; give another place.",
            BAD_INPUT,
        )
    raise StoppedError("interrupted; files already written are complete.")


def with_option(message: str) -> str:
    """Add to a message of the machine, which knows no command line, the option that it is about."""
    found = _PARAMETER.search(message)
    if found is None or "--" in message:
        return message
    return f"{message} The option is {_OPTIONS[found[1]]}."


def _fail(text: str, code: int) -> None:
    """Print one line and end."""
    try:
        print(f"clipmarket: {' '.join(text.split())}", file=sys.stderr, flush=True)
    except OSError:  # nobody to tell: the exit code says it
        let_go(sys.stderr)
    sys.exit(code)
