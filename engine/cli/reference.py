"""`formwork reference`: the pages under docs/reference, made from the tables themselves, so that they stay true."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from engine.cli.speak import LanguageOption, note, refuse
from engine.entities.fields import KINDS
from engine.entities.fields.base import FieldKind
from engine.language.declared import Declared
from engine.language.reference import reference_page
from engine.packages.parts import PARTS
from engine.packages.scenario import Given, Scenario, Seed
from engine.packages.story.acts import Act, Acts, Enter
from engine.packages.story.expectations import Expectation, Expectations
from engine.rules.kinds import AnyRule
from engine.rules.kinds.base import RuleKind
from engine.workflows.flow_steps import FlowSteps
from engine.workflows.flow_steps.base import FlowStepKind
from engine.workflows.steps import Steps
from engine.workflows.steps.base import StepKind

FOLDER = Path("docs/reference")
MADE = "<!-- made by `formwork reference`; do not edit -->\n\n"
LABEL = frozenset({"zh", "en"})
"""The keys of a text that people read, by which its schema is told from other objects."""
WORDS = {"string": "text", "integer": "whole number", "boolean": "`true`, `false`", "object": "`{…}`"}


def reference(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write the pages into")] = FOLDER,
    chosen: LanguageOption = None,
) -> None:
    """Write the reference of formulas, of the parts of a package, of kinds and of scenarios. 生成参考文档。

    Example: formwork reference --out docs/reference
    """
    del chosen
    if out.exists() and not out.is_dir():
        refuse("CLI-116", path=str(out))
    out.mkdir(parents=True, exist_ok=True)
    written = pages()
    for name, text in written.items():
        (out / name).write_text(text, encoding="utf-8")
    note(f"写了 {len(written)} 个文件到 {out}", f"{len(written)} files written to {out}")


def pages() -> Mapping[str, str]:
    """Every page of the reference by the name of its file."""
    return {
        "formulas.zh.md": MADE + reference_page("zh"),
        "formulas.en.md": MADE + reference_page("en"),
        "kinds.md": MADE + kinds_page(),
        "parts.md": MADE + parts_page(),
        "scenarios.md": MADE + scenarios_page(),
    }


def parts_page() -> str:
    """Every sort of part that a package is made of, with its folder and the keys of its files."""
    lines = ["# Parts of a package", "", "One thing per file, named by its id. A key in **bold** has to be there."]
    for part in PARTS:
        where = f"{part.folder}/{part.key}.yaml" if part.single else f"{part.folder}/*.yaml"
        lines += [
            "",
            f"## {part.en.capitalize()} {part.zh} (`{where}`)",
            "",
            inspect.cleandoc(part.model.__doc__ or ""),
        ]
        lines += ["", *_keys(part.model, frozenset())]
        for path, inner, schema in _inside(part.model.model_json_schema(by_alias=True)):
            lines += ["", f"Keys of `{path}`:", "", *_table(inner, schema.get("$defs", {}), frozenset())]
    return "\n".join([*lines, ""])


def kinds_page() -> str:
    """Field, rule and step kinds with their keys and an example of each."""
    rules: Sequence[type[RuleKind]] = get_args(get_args(AnyRule)[0])
    steps: Sequence[type[StepKind]] = [get_args(step)[0] for step in get_args(Steps)]
    flow_steps: Sequence[type[FlowStepKind]] = [get_args(step)[0] for step in get_args(FlowSteps)]
    parts = [
        "# Field, rule and step kinds",
        "",
        "A key in **bold** has to be there. A *formula* is checked when the package is loaded.",
        *_section("Fields (`entities/*.yaml`, under `fields`)", FieldKind, KINDS, _field_example),
        *_section(
            "Rules (`rules/*.yaml`, under `items`)",
            RuleKind,
            _by_word(rules, "kind"),
            lambda kind: kind.example.strip(),
        ),
        *_section(
            "Steps (`workflows/*.yaml`, under `steps` of a transition)",
            StepKind,
            {step.word: step for step in steps},
            lambda kind: f"- {kind.example}",
        ),
        *_section(
            "Flow steps (`workflows/*.yaml`, under `steps` of a flow)",
            FlowStepKind,
            {step.word: step for step in flow_steps},
            lambda kind: f"- {kind.example}",
        ),
    ]
    return "\n".join([*parts, ""])


def scenarios_page() -> str:
    """What a scenario may say: its own keys, the kinds of steps under `when`, those of expectations under `then`."""
    kinds: Sequence[type[Act]] = [get_args(kind)[0] for kind in get_args(Acts)]
    expected: Sequence[type[Expectation]] = [get_args(kind)[0] for kind in get_args(Expectations)]
    parts = [
        "# Scenarios and seeds",
        "",
        "Stories that business people write, one per file in `scenarios/`, run by `formwork test`. References are",
        "written as codes, values as people type them. A key in **bold** has to be there.",
        *_section("Files", Declared, {"scenario": Scenario, "given": Given, "seed": Seed}, _file_example),
        *_section("Steps (under `when`)", Act, {kind.word: kind for kind in kinds}, lambda kind: f"- {kind.example}"),
        *_section(
            "Expectations (under `then`)",
            Expectation,
            {kind.word: kind for kind in expected},
            lambda kind: f"- {kind.example}",
        ),
    ]
    return "\n".join([*parts, ""])


def _file_example(kind: type[Declared]) -> str:
    """A short file of each sort."""
    record = "{entity: item, values: {code: FLOUR, name: Flour}}"
    lines = {
        Scenario: (
            "scenario: order_placed",
            "covers: [C061]",
            'clock: "2026-03-02 09:00"',
            "seed: [people, goods]",
            f"given: [{record}]",
            f"when: [{Enter.example}]",
            "then: [{of: enter, state: posted}]",
        ),
        Given: (f"- {record}",),
        Seed: (
            "seed: week",
            'clock: "-91d"',
            "every: 7",
            f"records: [{record}]",
            "when: [{id: order, as: keeper, entity: order, values: {item: FLOUR}, transition: post}]",
        ),
    }
    return "\n".join(lines[kind])


def _by_word(kinds: Sequence[type[Declared]], key: str) -> Mapping[str, type[Declared]]:
    """Kinds by the one value that their key may have."""
    return {str(get_args(kind.model_fields[key].annotation)[0]): kind for kind in kinds}


def _section(title: str, base: type[Declared], kinds: Mapping[str, type[Any]], example: Any) -> Iterator[str]:
    """One sort of kinds: the keys they all have, then each by itself."""
    common = frozenset(base.model_fields)
    yield from ("", f"## {title}")
    if common:
        yield from ("", "Keys of every kind:", "", *_keys(base, frozenset()))
    for word, kind in kinds.items():
        yield from ("", f"### `{word}`", "", inspect.cleandoc(kind.__doc__ or ""), "")
        yield from ("```yaml", example(kind), "```")
        own = list(_keys(kind, common | {"kind"}))
        if own:
            yield from ("", *own)


def _field_example(kind: type[FieldKind]) -> str:
    """A field with the keys of the kind's first sample, and what can be typed into it."""
    sample = kind.samples[0]
    declared = "".join(f", {key}: {_inline(value)}" for key, value in sample.declared.items())
    typed = [raw for raw in sample.good if isinstance(raw, str)][:3]
    remark = (
        f"   # typed: {'  '.join(typed)}" if typed and all("\n" not in raw and len(raw) < 40 for raw in typed) else ""
    )
    return f"- {{id: name, kind: {kind.model_fields['kind'].default}{declared}}}{remark}"


def _inline(value: object) -> str:
    """A declared value as people write it in one line of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_inline(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inline(inner) for inner in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _inside(whole: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """The mappings inside a part, by the path of their key; what has kinds is told on the page of kinds."""
    known: Mapping[str, Any] = whole.get("$defs", {})

    def within(path: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
        for key, one in schema.get("properties", {}).items():
            inner = known.get(_referred_to(one), {})
            if set(inner.get("properties", LABEL)) - LABEL:
                yield f"{path}{key}", inner, whole
                yield from within(f"{path}{key}.", inner)

    yield from within("", known[_name_of(whole)] if "$ref" in whole else whole)


def _referred_to(schema: Mapping[str, Any]) -> str:
    """The one model that a key takes, alone, in a list or by name; empty where there is none or there are several."""
    match schema:
        case {"$ref": _}:
            return _name_of(schema)
        case {"anyOf": list(several)}:
            found = {_referred_to(one) for one in several} - {""}
            return found.pop() if len(found) == 1 else ""
        case {"items": dict(inner)} | {"additionalProperties": dict(inner)}:
            return _referred_to(inner)
    return ""


def _keys(model: type[Declared], without: frozenset[str]) -> Iterator[str]:
    """The table of a model's keys."""
    schema = model.model_json_schema(by_alias=True)
    known: Mapping[str, Any] = schema.get("$defs", {})
    if "$ref" in schema:  # a model that may hold itself, such as lines
        schema = known[_name_of(schema)]
    yield from _table(schema, known, without)


def _table(schema: Mapping[str, Any], known: Mapping[str, Any], without: frozenset[str]) -> Iterator[str]:
    """The keys of a schema as a table; `known` are the models that it refers to."""
    rows = [
        (f"**{key}**" if key in schema.get("required", ()) else key, takes(one, known), _default(one), _said(one))
        for key, one in schema.get("properties", {}).items()
        if key not in without
    ]
    if rows:
        yield from ("| key | takes | default | meaning |", "| --- | --- | --- | --- |")
        yield from ("|".join(("", *(f" {cell} " if cell else " " for cell in row), "")) for row in rows)


def takes(schema: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """What a key takes, in a few words; `known` are the models that the schema refers to."""
    match schema:
        case {"format": "formula"}:
            return "*formula*"
        case {"const": only}:
            return f"`{only}`"
        case {"enum": list(allowed)}:
            return ", ".join(f"`{one}`" for one in allowed)
        case {"anyOf": list(several)}:
            return " or ".join(dict.fromkeys(takes(one, known) for one in several if one.get("type") != "null"))
        case {"oneOf": _} | {"discriminator": _}:
            return "`{…}`"
        case {"$ref": _}:
            inner = known.get(_name_of(schema), {}).get("properties", {})
            return f"`{{{', '.join(inner)}}}`"
        case {"type": "array"}:
            return f"list of {takes(schema.get('items', {}), known)}"
        case {"type": "object", "properties": dict(inner)} if set(inner) == LABEL:
            return "`{zh: …, en: …}`"
        case {"type": str(one)}:
            return WORDS.get(one, one)
    return "anything"


def _name_of(schema: Mapping[str, Any]) -> str:
    """The model that a schema refers to."""
    return str(schema["$ref"]).rpartition("/")[2]


def _said(schema: Mapping[str, Any]) -> str:
    """The description, safe inside a table."""
    return str(schema.get("description", "")).replace("|", "\\|")


def _default(schema: Mapping[str, Any]) -> str:
    """The default, where it says something."""
    value = schema.get("default")
    return "" if value is None or value in ([], {}) else f"`{_inline(value)}`"
