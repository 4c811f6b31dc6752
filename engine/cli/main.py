"""The `formwork` command: the table of verbs, and the one place where problems become lines and exit codes.

To add a verb: one file beside this one with a function, and one line in `VERBS`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

import typer
from typer.exceptions import TyperException

from engine.cli.speak import INTERRUPTED, UNABLE, LanguageOption, complain, forget_language, language, line_of
from engine.language.problems import Problem, Refused

VERBS: dict[str, tuple[str, str]] = {
    "check": ("engine.cli.check", "check"),
    "test": ("engine.cli.test", "run"),
    "serve": ("engine.cli.serve", "serve"),
    "demo": ("engine.cli.demo", "demo"),
    "import": ("engine.cli.bring", "bring"),
    "migrate": ("engine.cli.migrate", "migrate"),
    "publish": ("engine.cli.publish", "publish"),
    "explain": ("engine.cli.explain", "explain"),
    "who-set": ("engine.cli.who_set", "who_set"),
    "schema": ("engine.cli.schema", "schema"),
    "new": ("engine.cli.new", "new"),
    "verify": ("engine.cli.verify", "verify"),
    "password": ("engine.cli.password", "password"),
}
"""Verb → module and function. Modules are named, not imported, so that `check` starts without a web server."""

HELP = "Formwork (模板): a business application is a folder of YAML. Example: formwork check apps/food"


def command(verbs: Iterable[str]) -> typer.Typer:
    """The command with some of its verbs."""
    app = typer.Typer(
        name="formwork",
        help=HELP,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=HELP)(_before)
    for verb in verbs:
        module, function = VERBS[verb]
        app.command(verb)(getattr(import_module(module), function))
    return app


def _before(chosen: LanguageOption = None) -> None:
    """What may stand before the verb: the language."""
    del chosen


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code; what goes wrong is one line each on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show Chinese shows marks, not a traceback
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit code."""
    forget_language()
    asked = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    named = [argument for argument in asked if argument in VERBS][:1]
    try:
        code = command(named or VERBS)(asked, prog_name="formwork", standalone_mode=False)
    except Refused as refused:
        return complain(refused.problems) or UNABLE
    except typer.Exit as ended:
        return ended.exit_code
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except TyperException as mistake:
        typer.echo(f"error: {_one_line(mistake.format_message())}", err=True)
        return mistake.exit_code
    except BrokenPipeError:
        _forget_output()
        return 0
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problem = Problem("CLI-103", {"path": str(error.filename or "?"), "reason": reason})
        typer.echo(line_of(problem), err=True)
        return UNABLE
    if code == INTERRUPTED:
        typer.echo(line_of(Problem("CLI-113")), err=True)
    return code if isinstance(code, int) else 0


def _one_line(text: str) -> str:
    """A usage error, with where to look."""
    more = "（见 formwork --help）" if language() == "zh" else " (see formwork --help)"
    return " ".join(text.split()) + more


def _forget_output() -> None:
    """Whoever read our output has gone: nothing more is to be said, also not when Python shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
