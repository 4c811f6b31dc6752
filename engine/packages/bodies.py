"""Long tables as CSV beside their YAML: `rows: prices.csv` stands for the rows of `rules/prices.csv`.

The first line names the columns, in any order: those of the table, and if wanted `id` and `valid`. The rows become the
source nodes that YAML would have given, each cell with its place in the CSV file, so whatever is wrong with a cell is
told there. An empty cell is one that is not written. RFC 4180, in UTF-8.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from engine.language.nodes import MappingNode, Node, ScalarNode, SequenceNode
from engine.language.problems import Place, Problem
from engine.language.scope import suggestion
from engine.packages.files import file_place

ENDING = ".csv"
KEY = "rows"
MOST_ROWS = 100_000
MOST_COLUMNS = 200
LONGEST_CELL = 2_000
OF_THE_ROW = ("id", "valid")
"""Columns that are no cells of the table but keys of the row."""

_CELL = re.compile(r'(?:"(?:[^"]|"")*"|[^,"])*')


class Bodies:
    """The CSV files of one folder of a layer; remembers which of them were asked for."""

    def __init__(self, layer: str, folder: str, files: Mapping[str, bytes]) -> None:
        self.layer = layer
        self.folder = folder
        self.files = files
        self.used: set[str] = set()

    def spread(self, node: Node, problems: list[Problem]) -> Node:
        """The same source with every `rows: name.csv` replaced by the rows in the file."""
        match node:
            case MappingNode(place, items):
                return MappingNode(
                    place,
                    tuple(
                        (key, self._rows(value, problems) if key.text == KEY and _names_file(value) else each)
                        for key, value in items
                        for each in (self.spread(value, problems),)
                    ),
                )
            case SequenceNode(place, items):
                return SequenceNode(place, tuple(self.spread(each, problems) for each in items))
        return node

    def _rows(self, named: Node, problems: list[Problem]) -> Node:
        """The rows of a file; where it cannot be used what is wrong, and no rows."""
        assert isinstance(named, ScalarNode)
        inside = f"{self.folder}/{named.text}"
        nothing = SequenceNode(named.place, ())
        if inside not in self.files:
            known = [PurePosixPath(each).name for each in self.files]
            parameters = {"file": named.text, "folder": self.folder, "suggestion": suggestion(named.text, known)}
            problems.append(Problem("PKG-300", parameters, named.place))
            return nothing
        self.used.add(inside)
        name = f"{self.layer}/{inside}"
        try:
            text = self.files[inside].decode("utf-8-sig")
            return SequenceNode(named.place, tuple(_read(name, text)))
        except UnicodeDecodeError as error:
            line = self.files[inside][: error.start].count(b"\n") + 1
            problems.append(Problem("PKG-291", {"file": inside}, Place(name, line, 1, line, 1)))
        except _Wrong as wrong:
            problems.append(wrong.problem)
        return nothing

    def unused(self) -> Iterator[Place]:
        """Where the files begin that nobody asked for."""
        yield from (file_place(f"{self.layer}/{inside}") for inside in sorted(self.files) if inside not in self.used)


class _Wrong(Exception):
    """A file that cannot be read as a table."""

    def __init__(self, code: str, place: Place, **parameters: object) -> None:
        super().__init__(code)
        self.problem = Problem(code, parameters, place)


def _names_file(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.text.endswith(ENDING)


def _read(name: str, text: str) -> Iterator[MappingNode]:
    """The rows of a text, empty lines left out. Raises `_Wrong`."""
    lines = text.splitlines(keepends=True)
    reader = csv.reader(lines, strict=True)
    header: list[ScalarNode] = []
    begun = 0
    try:
        for cells in reader:
            line, begun = begun + 1, reader.line_num
            if not any(cells):
                continue
            placed = _placed(name, line, reader.line_num, lines[line - 1 : reader.line_num], cells)
            if not header:
                header = _header(placed)
                continue
            if len(cells) != len(header):
                place = Place(name, line, 1, line, 1)
                raise _Wrong("PKG-301", place, found=len(cells), expected=len(header))
            if line > MOST_ROWS:
                raise _Wrong("PKG-302", Place(name, line, 1, line, 1), limit=MOST_ROWS)
            yield _row(header, placed)
    except csv.Error as error:
        line = max(reader.line_num, 1)
        raise _Wrong("PKG-303", Place(name, line, 1, line, 1), reason=str(error)) from error


def _header(cells: Sequence[ScalarNode]) -> list[ScalarNode]:
    """The names of the columns. Raises `_Wrong`."""
    seen: set[str] = set()
    for cell in cells:
        if not cell.text or cell.text in seen or len(cells) > MOST_COLUMNS:
            raise _Wrong("PKG-304", cell.place, name=cell.text)
        seen.add(cell.text)
    return list(cells)


def _row(header: Sequence[ScalarNode], cells: Sequence[ScalarNode]) -> MappingNode:
    """A row as YAML would say it: `{id: …, valid: …, cells: {column: cell}}`."""
    pairs = [(key, cell) for key, cell in zip(header, cells, strict=True) if cell.text]
    place = cells[0].place
    of_row = [(key, cell) for key, cell in pairs if key.text in OF_THE_ROW]
    held = MappingNode(place, tuple(pair for pair in pairs if pair[0].text not in OF_THE_ROW))
    return MappingNode(place, (*of_row, (ScalarNode(place, "cells", "cells"), held)))


def _placed(name: str, first: int, last: int, lines: Sequence[str], cells: Sequence[str]) -> list[ScalarNode]:
    """The cells of a record with their places; in one that goes over several lines all begin where it begins."""
    starts = [1] * len(cells)
    if first == last:
        at = 0
        for number in range(len(cells)):
            starts[number] = at + 1
            found = _CELL.match(lines[0], at)
            at = (found.end() if found is not None else at) + 1
    nodes = []
    for cell, start in zip(cells, starts, strict=True):
        text = cell.strip()
        place = Place(name, first, start, first, start + len(cell))
        if len(text) > LONGEST_CELL:
            raise _Wrong("PKG-305", place, limit=LONGEST_CELL)
        nodes.append(ScalarNode(place, text, text))
    return nodes
