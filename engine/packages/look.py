"""What a cross check looks with: the app, what is known to be broken, and where things are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.language.problems import Place, Problem
from engine.language.scope import suggestion
from engine.packages.origin import place_at
from engine.packages.poison import Poison
from engine.packages.schema import App

SORTS = {
    "ALR-105": "notices",
    "REF-301": "entities",
    "REF-303": "entities",
    "REF-306": "roles",
    "REF-307": "postings",
    "REF-309": "ledgers",
    "REF-310": "reports",
    "REF-311": "series",
}
"""Codes about parts that do not exist → their attribute on `App`: broken parts of the sort are known by name."""

MOST_NAMED = 12
"""Known names told in a message; more would hide the answer."""


@dataclass(frozen=True)
class Look:
    """One look at an app."""

    app: App
    poison: Poison

    def place(self, *path: str) -> Place | None:
        """Where the thing at a path of ids is written, as exactly as it is known."""
        return place_at(self.app, path)

    def at(self, code: str, path: Iterable[str], **parameters: object) -> Problem:
        """A problem at a path of ids."""
        steps = tuple(path)
        return Problem(code, parameters, place_at(self.app, steps), steps)

    def unknown(self, code: str, name: str, known: Iterable[str], path: Iterable[str], **parameters: object) -> Problem:
        """The problem of a name that is not there, with what was probably meant and what there is."""
        names = (*known, *self.poison.ids(SORTS.get(code, "")))
        told = names[:MOST_NAMED] + (("…",) if len(names) > MOST_NAMED else ())
        return self.at(code, path, name=name, suggestion=suggestion(name, names), known=told, **parameters)
