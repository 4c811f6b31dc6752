"""How the command line speaks: in which language, what goes to which stream, and how it ends.

Exit codes: 0 done, 1 what was asked for has problems (a package, a document, a file), 2 the command itself could not
run (a path, an address, a port, a database), 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Annotated, NoReturn

import typer

from engine.language.catalogue import hint, message
from engine.language.problems import Problem, Refused

DONE, PROBLEMS, UNABLE = 0, 1, 2
INTERRUPTED = 130
LANGUAGES = ("zh", "en")
STOPS = {"zh": "。", "en": "."}

UNABLE_PREFIXES = frozenset({"CLI", "STO", "OPS"})
"""Prefixes of problems that are about the machine rather than about what was asked for."""

_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """The language people read: the one asked for, else that of the terminal, else English."""
    return _chosen.get() or language_of(os.environ)


def language_of(environment: os._Environ[str] | dict[str, str]) -> str:
    """`zh` where the locale of an environment is Chinese, else `en`."""
    names = ("FORMWORK_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    said = next((environment[name] for name in names if environment.get(name)), "")
    return "zh" if said.lower().startswith("zh") else "en"


def choose(asked: str | None) -> str | None:
    """Keep the language asked for by `--language`; a usage error for one that there is not."""
    if asked is not None:
        if asked not in LANGUAGES:
            raise typer.BadParameter(f"expected zh or en, not {asked!r}")
        _chosen.set(asked)
    return asked


def forget_language() -> None:
    """Go back to the language of the terminal: a process may run several commands."""
    _chosen.set(None)


LanguageOption = Annotated[
    str | None,
    typer.Option(
        "--language", help="zh or en; default: the language of the terminal", callback=choose, show_default=False
    ),
]


def say(zh: str, en: str) -> None:
    """One line on standard output in the reader's language."""
    typer.echo(zh if language() == "zh" else en)


def note(zh: str, en: str) -> None:
    """One line on standard error: what goes on, never part of the answer."""
    typer.echo(zh if language() == "zh" else en, err=True)


def complain(problems: Iterable[Problem]) -> int:
    """Every problem as one line on standard error; gives the exit code that fits them."""
    code = DONE
    for problem in problems:
        typer.echo(line_of(problem), err=True)
        unable = problem.code[:3] in UNABLE_PREFIXES
        if problem.severity == "error":
            code = max(code, UNABLE if unable else PROBLEMS)
    return code


def line_of(problem: Problem) -> str:
    """`error: the message. What to do. [CODE]` without a line break."""
    advice = hint(problem, language())
    where = f"{problem.place.file}:{problem.place.line}:{problem.place.column}: " if problem.place else ""
    path = f"{'.'.join(str(step) for step in problem.path)}: " if problem.path and not problem.place else ""
    text = " ".join(part for part in (_sentence(message(problem, language()), advice), advice) if part)
    return f"{where}{problem.severity}: {path}{' '.join(text.split())} [{problem.code}]"


def _sentence(text: str, more: str | None) -> str:
    """The message with its full stop where something follows it."""
    return text if not more or text.endswith((".", "。", "？", "?", "!", ":", "：")) else f"{text}{STOPS[language()]}"


def counted(count: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def refuse(code: str, /, **parameters: object) -> NoReturn:
    """End with one problem."""
    raise Refused((Problem(code, parameters),))


def stop(code: int) -> NoReturn:
    """End with an exit code, everything having been said."""
    raise typer.Exit(code)


def on_terminal() -> bool:
    """Whether a person watches standard error."""
    return sys.stderr.isatty()
