"""Reads XML from anybody: elements with their exact places, and nothing that XML can do beyond elements and text.

Document type declarations are refused as such, so there are no entities to expand, nothing outside is ever fetched,
and what is read is never larger than the file. Size, depth and number of elements have limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from engine.language.problems import Place, Problem, Refused

MOST_BYTES = 8_000_000
MOST_ELEMENTS = 500_000
DEEPEST = 100

_BETWEEN = " "
"""What expat puts between the namespace and the name; no namespace holds a blank."""


@dataclass(slots=True)
class Element:
    """One element: its namespace and name, attributes, text directly inside, elements inside."""

    namespace: str
    name: str
    attributes: Mapping[str, str]
    place: Place
    text: str = ""
    text_place: Place | None = None
    inside: list[Element] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Element]:
        """The elements directly inside with this name, in the namespace of this one."""
        return (one for one in self.inside if one.name == name and one.namespace == self.namespace)

    def first(self, name: str) -> Element | None:
        """The first of them."""
        return next(self.all(name), None)

    def get(self, name: str) -> str | None:
        """An attribute without its outer blanks; None for one that is not there or empty."""
        return (self.attributes.get(name) or "").strip() or None


def read_xml(file: str, content: bytes) -> Element:
    """The root element. Raises `Refused`: DMN-101 no XML, DMN-102 too large, DMN-103 declarations in it."""
    if len(content) > MOST_BYTES:
        raise Refused((Problem("DMN-102", {"limit": MOST_BYTES, "what": "bytes"}, Place(file, 1, 1, 1, 1)),))
    return _Builder(file).read(content)


class _Builder:
    """Listens to the parser and builds elements."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0
        self.parser = expat.ParserCreate(namespace_separator=_BETWEEN)
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.refuse_declaration
        self.parser.EntityDeclHandler = self.refuse_declaration
        self.parser.ExternalEntityRefHandler = self.refuse_declaration
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def read(self, content: bytes) -> Element:
        """Parse all of it."""
        try:
            self.parser.Parse(content, True)  # noqa: FBT003 - the signature of expat
        except expat.ExpatError as error:
            place = Place(self.file, error.lineno, error.offset + 1, error.lineno, error.offset + 1)
            raise Refused((Problem("DMN-101", {"reason": expat.ErrorString(error.code)}, place),)) from error
        except (ValueError, LookupError) as error:  # an encoding that there is not
            raise Refused((Problem("DMN-101", {"reason": str(error)}, Place(self.file, 1, 1, 1, 1)),)) from error
        assert self.root is not None, "a document without a root is an error of the parser"
        return self.root

    def place(self) -> Place:
        """Where the parser stands."""
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        return Place(self.file, line, column, line, column)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.count += 1
        if self.count > MOST_ELEMENTS or len(self.open) >= DEEPEST:
            what, limit = ("levels", DEEPEST) if len(self.open) >= DEEPEST else ("elements", MOST_ELEMENTS)
            self._refuse("DMN-102", what=what, limit=limit)
        namespace, _, local = name.rpartition(_BETWEEN)
        element = Element(namespace, local, attributes, self.place())
        if self.open:
            self.open[-1].inside.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, _name: str) -> None:
        """An element ends."""
        self.open.pop()

    def characters(self, text: str) -> None:
        """Text inside the present element."""
        element = self.open[-1]
        if element.text_place is None and text.strip():
            element.text_place = self.place()
        element.text += text

    def refuse_declaration(self, *_what: object) -> NoReturn:
        """A document type or entity declaration, or a reference to something outside."""
        self._refuse("DMN-103")

    def _refuse(self, code: str, **parameters: object) -> NoReturn:
        raise Refused((Problem(code, parameters, self.place()),))
