"""The `formwork` command: the table of verbs, and the one place where problems become lines and exit codes.

To add a verb: one file beside this one with a function, and one line in `VERBS`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer
from typer.exceptions import TyperException

from engine.cli import (
    bring,
    check,
    demo,
    explain,
    migrate,
    new,
    password,
    publish,
    schema,
    serve,
    test,
    verify,
    who_set,
)
from engine.cli.speak import INTERRUPTED, UNABLE, LanguageOption, complain, forget_language, language, line_of
from engine.language.problems import Problem, Refused

Verb = tuple[str, Callable[..., None]]

VERBS: tuple[Verb, ...] = (
    ("check", check.check),
    ("test", test.run),
    ("serve", serve.serve),
    ("demo", demo.demo),
    ("import", bring.bring),
    ("migrate", migrate.migrate),
    ("publish", publish.publish),
    ("explain", explain.explain),
    ("who-set", who_set.who_set),
    ("schema", schema.schema),
    ("new", new.new),
    ("verify", verify.verify),
    ("password", password.password),
)

app = typer.Typer(
    name="formwork",
    help="Formwork (模板): a business application is a folder of YAML. Example: formwork check apps/food",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def formwork(chosen: LanguageOption = None) -> None:
    """Formwork (模板): a business application is a folder of YAML."""
    del chosen


for _name, _verb in VERBS:
    app.command(_name)(_verb)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and end the process with its exit code; what goes wrong is one line each on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show Chinese shows marks, not a traceback
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run one command; gives its exit code."""
    forget_language()
    asked = sys.argv[1:] if arguments is None else arguments
    try:
        code = app(asked or ["--help"], prog_name="formwork", standalone_mode=False)
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
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
