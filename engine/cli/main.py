"""The `formwork` command: the table of verbs, and the one place where problems become lines and exit codes.

To add a verb: one file beside this one with a function, and one line in `VERBS`.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from engine.cli.speak import INTERRUPTED, UNABLE, LanguageOption, complain, forget_language, line_of
from engine.cli.usage import usage_line
from engine.language.problems import Problem, Refused

VERBS: dict[str, tuple[str, str]] = {
    "check": ("engine.cli.check", "check"),
    "test": ("engine.cli.test", "run"),
    "coverage": ("engine.cli.coverage", "cover"),
    "decide": ("engine.cli.decide", "decide"),
    "import-dmn": ("engine.cli.import_dmn", "import_dmn"),
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
    "set": ("engine.cli.set", "set_value"),
    "reference": ("engine.cli.reference", "reference"),
}
"""Verb → module and function. Modules are named, not imported, so that `check` starts without a web server."""

HELP = "Formwork (模板): a business application is a folder of YAML. Example: formwork check apps/food"


def command(verb: str | None = None) -> typer.Typer:
    """The command with one verb; or with all of them, which then only say what they are for."""
    app = typer.Typer(
        name="formwork",
        help=HELP,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(help=HELP)(_before)
    if verb is not None:
        module, function = VERBS[verb]
        app.command(verb)(getattr(import_module(module), function))
    else:
        for each in VERBS:
            app.command(each, short_help=summary(each))(_nothing)
    return app


def summary(verb: str) -> str:
    """The first line of a verb's own help, read without importing it: a list of verbs needs no web server."""
    module, function = VERBS[verb]
    found = find_spec(module)
    assert found is not None, module
    tree = ast.parse(Path(str(found.origin)).read_text(encoding="utf-8"))
    told = (
        ast.get_docstring(node) for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function
    )
    return (next(told) or "").partition("\n")[0]


def _nothing() -> None:
    """Stands for a verb in the list of verbs."""


def _version(asked: bool) -> None:
    if asked:
        python = ".".join(str(part) for part in sys.version_info[:3])
        typer.echo(f"formwork {version('formwork')} (Python {python})")
        raise typer.Exit


def _before(
    chosen: LanguageOption = None,
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """What may stand before the verb: the language."""
    del chosen, show_version


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
    verb = verb_in(asked)
    try:
        code = command(verb)(asked, prog_name="formwork", standalone_mode=False)
    except Refused as refused:
        return complain(refused.problems) or UNABLE
    except typer.Exit as ended:
        return ended.exit_code
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except TyperException as mistake:
        typer.echo(f"error: {usage_line(mistake.format_message(), verb)}", err=True)
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


def verb_in(asked: Sequence[str]) -> str | None:
    """The verb of a command line: its first word that is neither an option nor the value of one; None if unknown."""
    words = list(asked)
    while words and words[0].startswith("-"):
        del words[: 2 if words[0] == "--language" else 1]
    return words[0] if words and words[0] in VERBS else None


def _forget_output() -> None:
    """Whoever read our output has gone: nothing more is to be said, also not when Python shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
