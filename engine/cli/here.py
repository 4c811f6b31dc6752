"""File names as people in the present folder would open them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from engine.language.problems import Place, Problem


class Here:
    """Turns `food/app.yaml`, as places in a package name it, into `apps/food/app.yaml`, which an editor can open.

    The engine's own layer lies in no folder of the author's and keeps its name.
    """

    def __init__(self, folder: Path) -> None:
        self._parent = folder.resolve().parent
        here = Path.cwd()
        shown = self._parent.relative_to(here) if self._parent.is_relative_to(here) else self._parent
        self._prefix = "" if shown == Path() else f"{shown.as_posix()}/"

    def file(self, name: str) -> str:
        """The name of a file as seen from the present folder."""
        return self._prefix + name if (self._parent / name.split("/", 1)[0]).is_dir() else name

    def problem(self, problem: Problem) -> Problem:
        """A problem with all its places as seen from the present folder."""
        return replace(
            problem,
            place=self._moved(problem.place) if problem.place else None,
            related=tuple((self._moved(place), word) for place, word in problem.related),
        )

    def problems(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Problems as seen from the present folder."""
        return tuple(self.problem(problem) for problem in problems)

    def _moved(self, place: Place) -> Place:
        return replace(place, file=self.file(place.file))
