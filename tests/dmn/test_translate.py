"""Whole files: what is hostile is refused, what cannot be said is told and only that is left out."""

from __future__ import annotations

import pytest

from engine.dmn.read import NAMESPACES
from engine.dmn.translate import import_dmn
from engine.dmn.xml import DEEPEST, MOST_BYTES
from engine.language.catalogue import message
from engine.language.problems import Refused
from tests.dmn.written import (
    NAMESPACE,
    alias,
    answer,
    decision,
    definitions,
    given,
    imported,
    invocation,
    literal,
    model,
    problems_of,
    structure,
    table,
)

GOOD = decision("good", "number", literal("1 + 1"))

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    f'<definitions xmlns="{NAMESPACE}" name="&b;"/>'
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "DMN-101"),
        (b"not XML", "DMN-101"),
        (b"<definitions>", "DMN-101"),
        (b"\xff\xfe\x00\x01", "DMN-101"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "DMN-101"),
        (b"<a>&undefined;</a>", "DMN-101"),
        (LAUGHS.encode(), "DMN-103"),
        (b'<!DOCTYPE d SYSTEM "http://example.org/d.dtd"><d/>', "DMN-103"),
        (b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><d>&x;</d>', "DMN-103"),
        (b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1), "DMN-102"),
        (b"<a>" + b" " * MOST_BYTES + b"</a>", "DMN-102"),
        (b"<definitions/>", "DMN-104"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "DMN-104"),
        (definitions().encode(), "DMN-105"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_place(content: bytes, code: str) -> None:
    """Never a traceback, never anything fetched or expanded."""
    with pytest.raises(Refused) as refused:
        import_dmn("bad.dmn", content, "bad")
    assert [problem.code for problem in refused.value.problems] == [code]
    assert refused.value.problems[0].place is not None
    assert refused.value.problems[0].place.file == "bad.dmn"


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_version_is_read(namespace: str) -> None:
    """DMN 1.1 to 1.5 differ in their namespace."""
    assert answer(definitions(GOOD, namespace=namespace), {}).results == {"good": 2}


def test_diagrams_and_extensions_say_nothing() -> None:
    """Elements of other namespaces are passed over, also inside."""
    strange = '<x:shape xmlns:x="urn:tool"><x:decision name="no"/></x:shape>'
    assert not problems_of(definitions(strange, GOOD.replace("</decision>", f"{strange}</decision>")))


@pytest.mark.parametrize(
    ("parts", "code", "words"),
    [
        ((decision("bad", "number", ""),), "DMN-115", "bad"),
        ((decision("bad", "tNothing", literal("1")),), "DMN-111", "tNothing"),
        ((given("x", "tNothing"), decision("bad", "number", literal("x"), "x")), "DMN-111", "tNothing"),
        ((alias("tA", "tB"), alias("tB", "tA"), decision("bad", "tA", literal("1"))), "DMN-111", "tA"),
        ((decision("bad", "number", literal("x"), "x"),), "DMN-112", "x"),
        ((decision("bad", "number", literal("bad"), "bad"),), "DMN-113", "bad"),
        ((given("x", None), decision("bad", "string", literal("x"), "x")), "DMN-118", "x"),
        ((decision("bad", None, "<relation/>"),), "DMN-125", "list"),
        ((decision("bad", None, "<for/>"),), "DMN-116", "for"),
        ((decision("bad", None, "<context/>"),), "DMN-125", "context"),
        ((given("bad"), decision("bad", "number", literal("1"))), "DMN-106", "bad"),
        (
            (given("x"), decision("bad", "number", table(["x"], ["y"], ["-", "1"], hit="PRIORITY", more={
                "y": "<outputValues><text>1,</text></outputValues>"}), "x")),
            "DMN-121", "1,",
        ),
        ((decision("bad", "number", "<functionDefinition>" + literal("1") + "</functionDefinition>"),),
            "DMN-116", "functionDefinition",
        ),
        (
            (decision("bad", "number", '<literalExpression expressionLanguage="urn:js"><text>1</text></literalExpression>'),),
            "DMN-116", "urn:js",
        ),
        ((decision("bad", "number", '<decisionTable hitPolicy="LAST"/>'),), "DMN-116", "LAST"),
        ((given("x"), decision("bad", "number", table(["x"], ["y"], ["1", "2", "3"]), "x")), "DMN-117", "3"),
        ((model("f", {"x": "number"}, literal("f(x)")), decision("bad", "number", literal("f(1)"))), "DMN-119", "f"),
        ((model("f", {"x": "number"}, literal("x")), decision("bad", "number", literal("f(1, 2)"))), "DMN-130", "f"),
        ((model("f", {"x": "number"}, literal("x")), decision("bad", "number", literal("f(y: 2)"))), "DMN-122", "y"),
        ((model("f", {"x": "number"}, literal("x")), decision("bad", "number", literal("f + 1"))), "DMN-126", "f"),
        ((decision("bad", "number", invocation("g", x=literal("1"))),), "DMN-123", "g"),
        ((given("x"), decision("bad", "number", table(["x"], ["y"], ["strange(?)", "1"]), "x")), "DMN-123", "strange"),
        ((given("x"), decision("bad", "number", table(["x"], ["y"], [">", "1"]), "x")), "DMN-121", ">"),
        ((given("x"), decision("bad", "number", table(["x"], ["y"], ["-", "1 +"]), "x")), "DMN-121", "1 +"),
        (("<decisionService name='s' id='s'/>",), "DMN-110", "decisionService"),
        (("<import name='other' namespace='urn:o' importType='dmn'/>",), "DMN-110", "import"),
    ],
)  # fmt: skip
def test_what_cannot_be_translated_is_told_and_the_rest_is_there(parts: tuple[str, ...], code: str, words: str) -> None:
    """One problem, by code, with a place and with what it is about; the good decision still answers."""
    made = imported(definitions(*parts, GOOD))
    others = [problem.code for problem in made.problems if problem.code != "DMN-114"]
    assert others == [code], made.problems
    problem = made.problems[0]
    assert problem.place is not None
    assert words in message(problem, "en")
    assert message(problem, "zh")
    assert "id: good" in made.files["decisions/sample.yaml"]


def test_what_needs_something_left_out_is_left_out_too() -> None:
    """And told by its own name."""
    text = definitions(
        decision("bad", "number", literal("for i in [1] return i")),
        decision("next", "number", literal("bad + 1"), "bad"),
        GOOD,
    )
    assert [(problem.code, problem.parameters["decision"]) for problem in problems_of(text)] == [
        ("DMN-125", "bad"),
        ("DMN-114", "next"),
    ]


def test_decisions_may_stand_in_any_order() -> None:
    """Each after those it needs."""
    text = definitions(
        decision("third", "number", literal("second + first"), "second", "first"),
        decision("second", "number", literal("first * 2"), "first"),
        decision("first", "number", literal("1")),
    )
    assert answer(text, {}).results == {"first": 1, "second": 2, "third": 3}


def test_a_decision_without_logic_is_missing() -> None:
    """It stays, with a warning."""
    assert answer(definitions(decision("empty", "number", "")), {}).results == {"empty": None}


def test_every_problem_of_a_file_comes_at_once() -> None:
    """Not only the first, each at its line."""
    text = definitions(
        "\n", given("x"),
        "\n", decision("a", "number", literal("y"), "x"),
        "\n", decision("b", "number", table(["x"], ["y"], ["z", "w"], ["-", "1"]), "x"),
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        imported(text)
    found = [problem for problem in refused.value.problems if problem.code != "DMN-105"]
    assert [(problem.code, problem.place.line if problem.place else 0) for problem in found] == [
        ("DMN-122", 4),
        ("DMN-122", 5),
        ("DMN-122", 5),
    ]


def test_structures_within_structures() -> None:
    """Handed in as they are, by id or by name."""
    address = structure("tAddress", Zip_Code="string")
    person = "".join(
        ('<itemDefinition name="tPerson"><itemComponent name="Home Address"><typeRef>tAddress</typeRef></itemComponent>',
         '<itemComponent name="Ages" isCollection="true"><typeRef>number</typeRef></itemComponent></itemDefinition>')
    )  # fmt: skip
    text = definitions(
        address, person, given("Person", "tPerson"),
        decision("Zip", "string", literal("Person.Home Address.Zip Code"), "Person"),
        decision("Oldest", "number", literal("max(Person.Ages)"), "Person"),
    )  # fmt: skip
    handed = {"Person": {"Home Address": {"Zip Code": "200000"}, "Ages": [3, 41]}}
    assert answer(text, handed).results == {"zip": "200000", "oldest": 41}
