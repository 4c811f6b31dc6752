"""Small DMN files for tests, written from what matters in them, and the way from one to a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from engine.dmn.translate import Imported, import_dmn
from engine.language.problems import Problem
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.rules.decide import Decided, decide

NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"
CLOCK: Mapping[str, object] = {}


def definitions(*parts: str, namespace: str = NAMESPACE) -> str:
    """A whole file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions name="sample" xmlns="{namespace}">{"".join(parts)}</definitions>'


def given(name: str, type_: str | None = "number") -> str:
    """An input; its id is its name."""
    kind = f" typeRef={quoteattr(type_)}" if type_ else ""
    return (
        f"<inputData name={quoteattr(name)} id={quoteattr(name)}><variable name={quoteattr(name)}{kind}/></inputData>"
    )


def structure(name: str, **fields: str) -> str:
    """An item definition with components, `_` in a name being a blank."""
    parts = "".join(
        f"<itemComponent name={quoteattr(one.replace('_', ' '))}><typeRef>{kind}</typeRef></itemComponent>"
        for one, kind in fields.items()
    )
    return f"<itemDefinition name={quoteattr(name)}>{parts}</itemDefinition>"


def alias(name: str, of: str, allowed: str | None = None, *, collection: bool = False) -> str:
    """An item definition that is another type, with allowed values or as a list."""
    values = f"<allowedValues><text>{escape(allowed)}</text></allowedValues>" if allowed else ""
    listed = ' isCollection="true"' if collection else ""
    return f"<itemDefinition name={quoteattr(name)}{listed}><typeRef>{of}</typeRef>{values}</itemDefinition>"


def literal(text: str) -> str:
    """A literal expression."""
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def decision(name: str, type_: str | None, logic: str, *needs: str, models: Sequence[str] = ()) -> str:
    """A decision; its id is its name."""
    kind = f" typeRef={quoteattr(type_)}" if type_ else ""
    inputs = "".join(
        f"<informationRequirement><requiredInput href={quoteattr('#' + need)}/></informationRequirement>"
        for need in needs
    )
    known = "".join(
        f"<knowledgeRequirement><requiredKnowledge href={quoteattr('#' + model)}/></knowledgeRequirement>"
        for model in models
    )
    variable = f"<variable name={quoteattr(name)}{kind}/>"
    return f"<decision name={quoteattr(name)} id={quoteattr(name)}>{variable}{inputs}{known}{logic}</decision>"


def model(name: str, parameters: Mapping[str, str], logic: str, type_: str | None = None) -> str:
    """A business knowledge model."""
    formal = "".join(
        f"<formalParameter name={quoteattr(one)} typeRef={quoteattr(kind)}/>" for one, kind in parameters.items()
    )
    kind = f" typeRef={quoteattr(type_)}" if type_ else ""
    return (
        f"<businessKnowledgeModel name={quoteattr(name)} id={quoteattr(name)}><variable name={quoteattr(name)}{kind}/>"
        f"<encapsulatedLogic>{formal}{logic}</encapsulatedLogic></businessKnowledgeModel>"
    )


def table(
    inputs: Sequence[str],
    outputs: Sequence[str],
    *rows: Sequence[str],
    hit: str = "UNIQUE",
    more: Mapping[str, str] | None = None,
) -> str:
    """A decision table. `more` holds attributes and, under the name of an output, elements inside it."""
    extra = dict(more or {})
    columns = "".join(f"<input><inputExpression><text>{escape(one)}</text></inputExpression></input>" for one in inputs)
    results = "".join(
        f"<output{f' name={quoteattr(one)}' if len(outputs) > 1 else ''}>{extra.pop(one, '')}</output>"
        for one in outputs
    )
    rules = "".join(
        "<rule>"
        + "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in row[: len(inputs)])
        + "".join(f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in row[len(inputs) :])
        + "</rule>"
        for row in rows
    )
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in extra.items())
    return f'<decisionTable hitPolicy="{hit}"{attributes}>{columns}{results}{rules}</decisionTable>'


def context(**entries: str) -> str:
    """A boxed context; the entry `result` is its result."""
    return (
        "<context>"
        + "".join(
            f"<contextEntry>{f'<variable name={quoteattr(name)}/>' if name != 'result' else ''}{logic}</contextEntry>"
            for name, logic in entries.items()
        )
        + "</context>"
    )


def invocation(function: str, **bindings: str) -> str:
    """A boxed invocation."""
    bound = "".join(
        f"<binding><parameter name={quoteattr(name)}/>{logic}</binding>" for name, logic in bindings.items()
    )
    return f"<invocation>{literal(function)}{bound}</invocation>"


def imported(text: str) -> Imported:
    """What comes of a file."""
    return import_dmn("sample.dmn", text.encode(), "sample")


def problems_of(text: str) -> list[Problem]:
    """Everything that is wrong with a file."""
    return list(imported(text).problems)


def answer(text: str, inputs: Mapping[str, object], clock: Mapping[str, object] = CLOCK) -> Decided:
    """Import, check, decide."""
    made = imported(text)
    assert not [problem for problem in made.problems if problem.severity == "error"], made.problems
    app, problems = load((PackageFiles("sample", {name: part.encode() for name, part in made.files.items()}),))
    assert app is not None, (problems, made.files)
    return decide(app.decisions[made.decision], inputs, clock)  # type: ignore[arg-type]


def one(
    feel: str, type_: str | None = None, clock: Mapping[str, object] = CLOCK, **inputs: tuple[str, object]
) -> object:
    """The value of one expression over inputs given as (type, value)."""
    names = [given(name, kind) for name, (kind, _) in inputs.items()]
    text = definitions(*names, decision("found", type_, literal(feel), *inputs))
    return answer(text, {name: value for name, (_, value) in inputs.items()}, clock).results["found"]
