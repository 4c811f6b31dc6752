"""What can be wrong, as values: a code, its parameters and the place.

The words are made at the face, from the catalogue (`catalogue.py`), in the language of whoever reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A range in a package file: 1-based lines and columns, end exclusive; `file` is `layer/path` with `/`."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake of a person (in a package, a document, a request).

    `place` is where in the package source, `path` where in the record or package ("lines", 2, "quantity"). `related`
    names further places with a word the renderers know ("defined").
    """

    code: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    place: Place | None = None
    path: tuple[str | int, ...] = ()
    related: tuple[tuple[Place, str], ...] = ()

    @property
    def severity(self) -> str:
        """error, warning or info, as the catalogue says for the code."""
        from engine.language.catalogue import severity_of  # noqa: PLC0415 - the catalogue speaks about problems

        return severity_of(self.code)


class Refused(Exception):
    """The only exception that people see: a stage ended with these problems."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(", ".join(problem.code for problem in self.problems))
