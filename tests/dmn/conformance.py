"""The cases of a DMN compatibility kit: values in, results wanted, read from their files."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

NAME = "dmn-level-2"
PLACES = [folder / "shared" / "conformance" / NAME for folder in Path(__file__).parents[2:]]
FOLDER = next((place for place in PLACES if place.is_dir()), PLACES[0])

_CASES = "{http://www.omg.org/spec/DMN/20160719/testcase}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True)
class Case:
    """One wanted result: the model, the values handed in, the decision asked for."""

    model: Path
    id: str
    inputs: dict[str, object]
    decision: str
    expected: object

    @property
    def name(self) -> str:
        """Model, case and decision."""
        return f"{self.model.stem}-{self.id}-{self.decision}"


def cases() -> Iterator[Case]:
    """Every result of every case, in the order of the files."""
    for file in sorted(FOLDER.glob("*/*-test-*.xml")):
        root = ElementTree.parse(file).getroot()
        model = file.parent / str(root.findtext(f"{_CASES}modelName"))
        for case in root.iter(f"{_CASES}testCase"):
            inputs = {str(node.get("name")): value_in(node) for node in case.findall(f"{_CASES}inputNode")}
            for wanted in case.findall(f"{_CASES}resultNode"):
                inner = wanted.find(f"{_CASES}expected")
                expected = value_in(inner) if inner is not None else None
                yield Case(model, str(case.get("id")), inputs, str(wanted.get("name")), expected)


def value_in(node: ElementTree.Element) -> object:
    """The value, list or structure in an element."""
    components = node.findall(f"{_CASES}component")
    if components:
        return {str(one.get("name")): value_in(one) for one in components}
    listed = node.find(f"{_CASES}list")
    if listed is not None:
        return [value_in(item) for item in listed.findall(f"{_CASES}item")]
    value = node.find(f"{_CASES}value")
    if value is None or value.get(f"{_XSI}nil") == "true":
        return None
    text = value.text or ""
    kind = str(value.get(f"{_XSI}type")).rpartition(":")[2]
    if kind == "boolean":
        return text == "true"
    return Decimal(text) if kind in {"decimal", "double", "integer", "int", "long"} else text
