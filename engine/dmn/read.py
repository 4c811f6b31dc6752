"""DMN 1.1 to 1.5 XML → `Definitions`. What stands in other namespaces (diagrams, extensions) says nothing here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from engine.dmn.model import (
    Boxed,
    BoxedConditional,
    BoxedContext,
    BoxedList,
    Decision,
    DecisionTable,
    Definitions,
    Entry,
    InputClause,
    InputData,
    Invocation,
    ItemDefinition,
    KnowledgeModel,
    Literal,
    OutputClause,
    Parameter,
    Row,
    Unread,
    Written,
)
from engine.dmn.xml import Element, read_xml
from engine.language.problems import Problem, Refused

NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)
"""The models of DMN 1.1, 1.2, 1.3, 1.4 and 1.5."""

HITS = {
    "UNIQUE": "U", "ANY": "A", "PRIORITY": "P", "FIRST": "F", "RULE ORDER": "R", "OUTPUT ORDER": "O", "COLLECT": "C",
}  # fmt: skip
AGGREGATIONS = {"SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}

SAYS_NOTHING = frozenset(
    {
        *("description", "extensionElements", "variable", "question", "allowedAnswers", "annotation"),
        *("inputData", "decision", "businessKnowledgeModel", "itemDefinition", "encapsulatedLogic"),
        *("artifact", "textAnnotation", "association", "group", "elementCollection", "businessContextElement"),
        *("performanceIndicator", "organizationUnit", "knowledgeSource", "supportedObjective"),
        *("impactedPerformanceIndicator", "decisionMaker", "decisionOwner", "usingProcess", "usingTask"),
        *("informationRequirement", "knowledgeRequirement", "authorityRequirement"),
    }
)
"""Elements that are read, or that say nothing about what comes out."""

_ABOUT = frozenset({"description", "extensionElements", "variable"})


def read_dmn(file: str, content: bytes) -> Definitions:
    """What a DMN file says. Raises `Refused`: DMN-101 to DMN-103 for the XML, DMN-104 where it is no DMN."""
    root = read_xml(file, content)
    if root.name != "definitions" or root.namespace not in NAMESPACES:
        raise Refused((Problem("DMN-104", {"name": root.name, "namespace": root.namespace or "-"}, root.place),))
    decisions = tuple(_decision(one) for one in root.all("decision"))
    models = tuple(_model(one) for one in root.all("businessKnowledgeModel"))
    return Definitions(
        _name(root),
        root.place,
        tuple(_type(one) for one in root.all("itemDefinition")),
        tuple(
            InputData(one.get("id") or _name(one), _name(one), _type_of(one), one.place)
            for one in root.all("inputData")
        ),
        decisions,
        models,
        tuple(
            Unread(one.name, one.place)
            for one in root.inside
            if one.namespace == root.namespace and one.name not in SAYS_NOTHING
        ),
    )


def _name(element: Element) -> str:
    """The name of an element: that of its variable, else its own."""
    variable = element.first("variable")
    named = variable.get("name") if variable is not None else None
    return " ".join((element.get("name") or named or element.get("id") or element.name).split())


def _type_of(element: Element) -> str | None:
    """The type of its variable, or its own."""
    variable = element.first("variable")
    return (variable.get("typeRef") if variable is not None else None) or element.get("typeRef")


def _text(element: Element | None) -> Written | None:
    """The text in the element `text` inside; None where there is none."""
    inner = element.first("text") if element is not None else None
    if inner is None or not inner.text.strip():
        return None
    place = inner.text_place or inner.place
    return Written(inner.text.strip(), place)


def _type(element: Element) -> ItemDefinition:
    """An item definition or one of its components."""
    reference = element.first("typeRef")
    return ItemDefinition(
        _name(element),
        element.place,
        reference.text.strip() if reference is not None else None,
        tuple(_type(one) for one in element.all("itemComponent")),
        (element.get("isCollection") or "false") in ("true", "1"),
        _text(element.first("allowedValues")) or _text(element.first("typeConstraint")),
    )


def _decision(element: Element) -> Decision:
    """A decision with the ids it needs."""
    needs = [
        (one.get("href") or "").partition("#")[2] or (one.get("href") or "")
        for requirement in (*element.all("informationRequirement"), *element.all("knowledgeRequirement"))
        for one in requirement.inside
        if one.name in ("requiredInput", "requiredDecision", "requiredKnowledge")
    ]
    logic = next((one for one in element.inside if one.name in BOXED and one.namespace == element.namespace), None)
    return Decision(
        element.get("id") or _name(element),
        _name(element),
        _type_of(element),
        tuple(needs),
        boxed(logic) if logic is not None else Unread(_strange(element), element.place),
        element.place,
    )


def _strange(element: Element) -> str:
    """The name of an element in a decision that nobody knows; empty where there is just no logic."""
    names = (one.name for one in element.inside if one.namespace == element.namespace)
    return next((name for name in names if name not in SAYS_NOTHING), "")


def _model(element: Element) -> KnowledgeModel:
    """A business knowledge model."""
    logic = element.first("encapsulatedLogic")
    if logic is None:
        nothing = Unread("", element.place)
        return KnowledgeModel(element.get("id") or "", _name(element), _type_of(element), (), nothing, element.place)
    function = _function(logic)
    return replace(
        function,
        id=element.get("id") or _name(element),
        name=_name(element),
        type=_type_of(element) or function.type,
        place=element.place,
    )


def _function(element: Element) -> KnowledgeModel:
    """A function: that of a business knowledge model, or one that an entry of a context names."""
    inner = next((one for one in element.inside if one.name in BOXED), None)
    parameters = tuple(Parameter(_name(one), one.get("typeRef")) for one in element.all("formalParameter"))
    kind = element.get("kind") or "FEEL"
    read = boxed(inner) if inner is not None and kind == "FEEL" else Unread(f"{kind} function", element.place)
    type_ = element.get("typeRef") or (inner.get("typeRef") if inner is not None else None)
    return KnowledgeModel(f"{element.place.line}:{element.place.column}", "", type_, parameters, read, element.place)


def boxed(element: Element) -> Boxed:
    """Any boxed expression."""
    reader = BOXED.get(element.name)
    return reader(element) if reader is not None else Unread(element.name, element.place)


def _inner(element: Element | None, place: Element) -> Boxed:
    """The expression directly inside an element."""
    inside = element.inside if element is not None else []
    inner = next((one for one in inside if one.namespace == place.namespace and one.name not in _ABOUT), None)
    return boxed(inner) if inner is not None else Unread("", (element or place).place)


def _literal(element: Element) -> Boxed:
    """A literal expression in FEEL; other languages are not read."""
    language = element.get("expressionLanguage") or "FEEL"
    text = _text(element)
    if "feel" not in language.lower() and language not in NAMESPACES:
        return Unread(f"literalExpression ({language})", element.place)
    return Literal(text) if text is not None else Unread("", element.place)


def _context(element: Element) -> Boxed:
    """A boxed context."""
    return BoxedContext(tuple(_entry(one) for one in element.all("contextEntry")), element.place)


def _entry(element: Element) -> Entry:
    """One entry; without a variable it is the result."""
    variable = element.first("variable")
    name = " ".join((variable.get("name") or "").split()) if variable is not None else None
    return Entry(name or None, _type_of(element), _inner(element, element), element.place)


def _invocation(element: Element) -> Boxed:
    """A boxed invocation, whose function has to be a name."""
    function = _text(element.first("literalExpression"))
    bindings = []
    for one in element.all("binding"):
        parameter = one.first("parameter")
        inner = next((each for each in one.inside if each.name not in ("parameter", *_ABOUT)), None)
        name = _name(parameter) if parameter is not None else None
        expression = boxed(inner) if inner is not None else Unread("", one.place)
        bindings.append(Entry(name, None, expression, one.place))
    return Invocation(function or Written("", element.place), tuple(bindings), element.place)


def _conditional(element: Element) -> Boxed:
    """A boxed conditional."""
    condition, then, otherwise = (_inner(element.first(name), element) for name in ("if", "then", "else"))
    return BoxedConditional(condition, then, otherwise, element.place)


def _list(element: Element) -> Boxed:
    """A boxed list."""
    inside = (one for one in element.inside if one.namespace == element.namespace and one.name not in _ABOUT)
    return BoxedList(tuple(boxed(one) for one in inside), element.place)


def _relation(element: Element) -> Boxed:
    """A relation: a list of contexts, one for each row."""
    columns = tuple(element.all("column"))
    rows = []
    for row in element.all("row"):
        cells = [one for one in row.inside if one.namespace == element.namespace and one.name not in _ABOUT]
        entries = (
            Entry(_name(column), column.get("typeRef"), boxed(cell), cell.place)
            for column, cell in zip(columns, cells, strict=False)
        )
        rows.append(BoxedContext(tuple(entries), row.place))
    return BoxedList(tuple(rows), element.place)


def _table(element: Element) -> Boxed:
    """A decision table."""
    policy = HITS.get(element.get("hitPolicy") or "UNIQUE")
    if policy is None:
        return Unread(f"decisionTable ({element.get('hitPolicy')})", element.place)
    aggregation = element.get("aggregation")
    sign = AGGREGATIONS.get(aggregation or "", "") if policy == "C" else ""
    inputs = tuple(_input(one) for one in element.all("input"))
    outputs = tuple(
        OutputClause(
            one.get("name"),
            one.get("typeRef"),
            _text(one.first("outputValues")),
            _text(one.first("defaultOutputEntry")),
            one.get("label"),
        )
        for one in element.all("output")
    )
    return DecisionTable(policy + sign, inputs, outputs, tuple(_row(one) for one in element.all("rule")), element.place)


def _input(element: Element) -> InputClause:
    """A column of conditions."""
    inner = element.first("inputExpression")
    expression = _text(inner) or Written(element.get("label") or "", element.place)
    type_ = inner.get("typeRef") if inner is not None else None
    return InputClause(expression, type_, _text(element.first("inputValues")), element.get("label"))


def _row(element: Element) -> Row:
    """A rule. An entry without text is `-` as a condition and `null` as a result."""
    tests = tuple(_text(one) or Written("-", one.place) for one in element.all("inputEntry"))
    results = tuple(_text(one) or Written("null", one.place) for one in element.all("outputEntry"))
    notes = tuple(text.text for one in element.all("annotationEntry") if (text := _text(one)) is not None)
    return Row(tests, results, element.place, notes)


def _unread(element: Element) -> Boxed:
    """An expression of a sort that is not read."""
    return Unread(element.name, element.place)


BOXED: Mapping[str, Callable[[Element], Boxed]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "invocation": _invocation,
    "conditional": _conditional,
    "list": _list,
    "functionDefinition": _function,
    "relation": _relation,
    **dict.fromkeys(("for", "filter", "some", "every"), _unread),
}
"""Element → how it is read."""
