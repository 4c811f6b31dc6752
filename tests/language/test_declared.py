"""What a package declares becomes frozen models, or problems at the exact place: keys, values, kinds, all at once."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import BaseModel, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from engine.language.catalogue import LANGUAGES, hint, message
from engine.language.declared import Declared, Identifier, Label, close, validate
from engine.language.problems import Place
from engine.language.source import read_source


class Text(Declared):
    kind: Literal["text"]
    id: Identifier
    max: int | None = Field(default=None, ge=1, le=500)


class Number(Declared):
    kind: Literal["decimal"]
    id: Identifier
    scale: int = 2
    step: Decimal | None = None
    inner: "tuple[Item, ...]" = ()


Item = Annotated[Text | Number, Field(discriminator="kind")]
Number.model_rebuild()


class Notify(Declared):
    notify: str
    to: str
    after: int | None = None


class Assign(Declared):
    assign: Identifier
    to: str


STEPS = Annotated[Notify, Tag("notify")] | Annotated[Assign, Tag("assign")]


def word_of(value: Any) -> str | None:
    return next((key for key in value if key in ("notify", "assign")), None) if isinstance(value, dict) else None


Step = Annotated[
    STEPS,
    Discriminator(
        word_of,
        custom_error_type="step_word",
        custom_error_message="a step begins with one of {words}",
        custom_error_context={"words": "notify, assign"},
    ),
]


class Sum:
    """A stand-in for a formula: a text whose third character may be wrong."""

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(read_sum)


def read_sum(value: object) -> Sum:
    if not isinstance(value, str):
        raise PydanticCustomError("formwork", "", {"code": "EXP-400", "parameters": {}})
    if "?" in value:
        context = {"code": "EXP-401", "parameters": {"detail": "?"}, "offset": value.index("?"), "length": 1}
        raise PydanticCustomError("formwork", "", context)
    return Sum(value)


class Thing(Declared):
    entity: Identifier
    label: Label | None = None
    active: bool = True
    since: date | None = None
    mode: Literal["master", "document"] = "master"
    items: tuple[Item, ...] = ()
    steps: tuple[Step, ...] = ()
    first: Step = None  # type: ignore[assignment]
    who: str | tuple[str, ...] = ()
    ways: Text | tuple[Text, ...] = ()
    by: dict[str, Number] = {}
    that: Sum | None = None
    langs: tuple[str, ...] = Field(default=(), max_length=2)
    name: str | None = Field(default=None, min_length=2, max_length=4)
    code: str | None = Field(default=None, pattern="^[A-Z]{3}$")

    @model_validator(mode="after")
    def not_both(self) -> "Thing":
        if self.mode == "document" and self.name == "both":
            raise PydanticCustomError("two", "mode and name exclude each other")
        return self


def problems_of(text: str):
    node, problems = read_source("x.yaml", text)
    assert problems == ()
    made, found = validate(Thing, node, ("entities", "x"))
    assert (made is None) == bool(found)
    for problem in found:
        for language in LANGUAGES:
            assert message(problem, language)
            hint(problem, language)
    return found


def only(text: str):
    found = problems_of(text)
    assert len(found) == 1, found
    return found[0]


def at(problem) -> tuple[int, int, int]:
    return problem.place.line, problem.place.column, problem.place.end_column


def test_a_right_thing_knows_its_place():
    node, _ = read_source(
        "x.yaml", "entity: item\nlabel: {zh: 商品, en: Item}\nitems:\n  - {id: qty, kind: decimal, step: 0.5}\n"
    )
    thing, problems = validate(Thing, node)
    assert problems == ()
    assert thing.place == Place("x.yaml", 1, 1, 4, 40)
    assert thing.items[0].place == Place("x.yaml", 4, 5, 4, 40)
    assert thing.place_at("items", 0, "step").line == 4
    assert thing.place_at("label", "zh") == Place("x.yaml", 2, 13, 2, 15)
    assert thing.place_at("nothing") == thing.place
    assert thing.key_place("label") == Place("x.yaml", 2, 1, 2, 6)
    assert thing.items[0].step == Decimal("0.5")
    assert thing.label.text("en") == "Item"


def test_a_declared_thing_is_frozen_and_made_by_the_engine_has_no_place():
    thing = Thing(entity="item")
    assert thing.place is None
    assert thing.place_at("label") is None
    with pytest.raises(ValidationError):
        thing.entity = "other"  # type: ignore[misc]


def test_an_unknown_key_names_the_allowed_ones_and_what_was_meant():
    problem = only("entity: item\nlable: x\n")
    assert (problem.code, at(problem), problem.path) == ("PKG-201", (2, 1, 6), ("entities", "x", "lable"))
    assert "label" in problem.parameters["allowed"]
    assert problem.parameters["suggestions"][0] == "label"


def test_an_unknown_key_inside_a_kind_names_the_keys_of_that_kind():
    problem = only("entity: item\nitems:\n  - {id: a, kind: text, scale: 2}\n")
    assert (problem.code, at(problem)) == ("PKG-201", (3, 25, 30))
    assert problem.parameters["allowed"] == ("kind", "id", "max")
    assert problem.path == ("entities", "x", "items", "a", "scale")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("label: x\n", (1, 1, 6)),
        ("entity: item\nitems:\n  - {kind: text}\n", (3, 6, 10)),
        ("entity: item\nitems:\n  - kind: text\n    max: 5\n", (3, 5, 9)),
    ],
)
def test_a_missing_key_is_named_where_its_mapping_begins(text, place):
    problem = only(text)
    assert (problem.code, at(problem)) == ("PKG-202", place)


def test_an_unknown_kind_names_the_kinds():
    problem = only("entity: item\nitems: [{id: a, kind: decimel}]\n")
    assert (problem.code, at(problem)) == ("PKG-205", (2, 23, 30))
    assert problem.parameters["allowed"] == ("text", "decimal")
    assert problem.parameters["suggestions"] == ("decimal",)
    assert problem.path == ("entities", "x", "items", "a", "kind")


def test_a_kind_that_is_not_written():
    problem = only("entity: item\nitems: [{id: a}]\n")
    assert (problem.code, at(problem), problem.parameters["key"]) == ("PKG-206", (2, 10, 12), "kind")


def test_an_item_that_is_no_mapping():
    problem = only("entity: item\nitems: [text]\n")
    assert (problem.code, at(problem)) == ("PKG-203", (2, 9, 13))


@pytest.mark.parametrize(
    ("line", "code", "column", "parameters"),
    [
        ("entity: 商品", "PKG-207", 9, {"text": "商品", "example": ""}),
        ("entity: GoodsReceipt", "PKG-207", 9, {"example": "goods_receipt"}),
        ("entity: 5", "PKG-208", 9, {"text": "5"}),
        ("entity: true", "PKG-208", 9, {"text": "true"}),
        ("entity: 1.10", "PKG-208", 9, {"text": "1.10"}),
        ("entity: [a]", "PKG-203", 9, {"text": "[…]"}),
        ("entity:", "PKG-220", 1, {"key": "entity"}),
        ("active: yes", "PKG-203", 9, {"text": "yes", "example": "true"}),
        ("active: off", "PKG-203", 9, {"example": "false"}),
        ("active: 1", "PKG-203", 9, {"example": "true"}),
        ("since: 2026-13-01", "PKG-203", 8, {"text": "2026-13-01"}),
        ("since: 20260101", "PKG-203", 8, {}),
        ("mode: documnet", "PKG-204", 7, {"allowed": ("master", "document"), "suggestions": ("document",)}),
        ("mode:", "PKG-220", 1, {"key": "mode"}),
        ("langs: zh", "PKG-203", 8, {"example": "[zh]"}),
        ("langs: {zh: 1}", "PKG-203", 8, {"text": "{…}"}),
        ("langs: [a, b, c]", "PKG-214", 8, {"limit": 2}),
        ("langs: [a, 5]", "PKG-208", 12, {"text": "5"}),
        ("name: a", "PKG-213", 7, {"limit": 2}),
        ("name: abcde", "PKG-214", 7, {"limit": 4}),
        ("code: rmb", "PKG-211", 7, {"pattern": "^[A-Z]{3}$"}),
        ("who: {a: 1}", "PKG-203", 6, {"expected": {"zh": "文字 或 列表", "en": "a text or a list"}}),
        ("who: [a, 5]", "PKG-208", 10, {"text": "5"}),
        ("by: {a: {id: b, kind: decimal, scale: x}}", "PKG-203", 39, {"text": "x"}),
        ("by: [a]", "PKG-203", 5, {"text": "[…]"}),
        ('by: {a: {id: b, kind: decimal, step: "5"}}', "PKG-203", 38, {"text": '"5"', "example": "5"}),
        ("items: [{id: a, kind: text, max: 0}]", "PKG-215", 34, {"text": "0", "limit": "1"}),
        ("items: [{id: a, kind: text, max: 501}]", "PKG-216", 34, {"limit": "500"}),
        ("items: [{id: a, kind: text, max: 2.5}]", "PKG-203", 34, {"text": "2.5"}),
        ("items: [{id: a, kind: text, max: '7'}]", "PKG-203", 34, {"text": "'7'", "example": "7"}),
        ("label: [a]", "PKG-210", 8, {}),
        ("label: 2026", "PKG-210", 8, {}),
        ('label: ""', "PKG-219", 8, {}),
        ("label: {zh: 5}", "PKG-218", 13, {"language": "zh", "text": "5"}),
        ("label: {zh: a, fr: b}", "PKG-217", 16, {"language": "fr"}),
        ("that: a + ? b", "EXP-401", 11, {"detail": "?"}),
        ('that: "a + ? b"', "EXP-401", 12, {"detail": "?"}),
        ("that: [a]", "EXP-400", 7, {}),
    ],
)
def test_each_mistake_has_its_code_place_and_parameters(line, code, column, parameters):
    text = line if line.startswith("entity") else f"{line}\nentity: item"
    problem = only(f"{text}\n")
    assert (problem.code, problem.place.line, problem.place.column) == (code, 1, column)
    assert {name: problem.parameters[name] for name in parameters} == parameters


def test_a_label_tells_all_its_mistakes():
    found = problems_of("entity: a\nlabel: {zh: 5, eng: x}\n")
    assert [(problem.code, problem.path[-1]) for problem in found] == [("PKG-218", "zh"), ("PKG-217", "eng")]


def test_steps_are_told_by_their_word():
    problem = only("entity: a\nsteps: [{notfy: mail, to: x}]\n")
    assert (problem.code, at(problem)) == ("PKG-212", (2, 10, 15))
    assert problem.parameters["suggestions"] == ("notify",)
    assert problem.parameters["allowed"] == ("notify", "assign")


@pytest.mark.parametrize("key", ["steps: [", "first: "])
@pytest.mark.parametrize(
    ("step", "code", "last"),
    [
        ("{notify: mail, to: 5}", "PKG-208", "to"),
        ("{notify: mail}", "PKG-202", None),
        ("{notify: 5, to: x}", "PKG-208", "notify"),
        ("{notify: mail, to: x, aftr: 1}", "PKG-201", "aftr"),
        ("{assign: Who, to: x}", "PKG-207", "assign"),
    ],
)
def test_the_tag_of_a_union_is_no_part_of_the_way(key, step, code, last):
    problem = only(f"entity: a\n{key}{step}{']' if '[' in key else ''}\n")
    begin = ("entities", "x", "steps", 0) if "[" in key else ("entities", "x", "first")
    assert problem.code == code
    assert problem.path == (begin if last is None else (*begin, last))


def test_the_branch_that_was_meant_is_told():
    problem = only("entity: a\nways: [{kind: text, id: b, mx: 1}]\n")
    assert (problem.code, problem.path) == ("PKG-201", ("entities", "x", "ways", "b", "mx"))
    problem = only("entity: a\nways: {kind: text, id: b, mx: 1}\n")
    assert (problem.code, problem.path) == ("PKG-201", ("entities", "x", "ways", "mx"))


def test_all_mistakes_are_told_at_once():
    found = problems_of(
        "entity: Item\nlable: x\nactive: yes\nitems:\n  - {id: a, kind: txt}\n  - {kind: decimal, scale: x}\n"
        "  - id: c\n    kind: decimal\n    inner:\n      - {id: d, kind: text, max: 0}\n"
    )
    assert sorted((problem.code, problem.place.line) for problem in found) == [
        ("PKG-201", 2),
        ("PKG-202", 6),
        ("PKG-203", 3),
        ("PKG-203", 6),
        ("PKG-205", 5),
        ("PKG-207", 1),
        ("PKG-215", 10),
    ]
    assert ("entities", "x", "items", "c", "inner", "d", "max") in [problem.path for problem in found]


def test_a_list_is_not_called_short_because_its_items_are_wrong():
    class Short(Declared):
        items: tuple[Item, ...] = Field(min_length=1)

    node, _ = read_source("x.yaml", "items: [{id: a, kind: txt}]\n")
    assert [problem.code for problem in validate(Short, node)[1]] == ["PKG-205"]
    node, _ = read_source("x.yaml", "items: []\n")
    assert [problem.code for problem in validate(Short, node)[1]] == ["PKG-213"]


def test_a_mistake_of_the_whole_model_stands_at_its_place():
    problem = only("entity: a\nmode: document\nname: both\n")
    assert (problem.code, problem.place.line) == ("PKG-209", 1)
    assert problem.parameters["reason"] == "mode and name exclude each other"


@pytest.mark.parametrize("text", ["[1]", "5", "text"])
def test_a_file_that_is_no_mapping(text):
    problem = only(text)
    assert (problem.code, problem.place.line) == ("PKG-203", 1)


def test_models_that_are_not_declared_work_too():
    class Plain(BaseModel):
        a: int

    node, _ = read_source("x.yaml", "a: 1\n")
    assert validate(Plain, node) == (Plain(a=1), ())


def test_the_json_schema_still_forbids_other_keys():
    number = Number.model_json_schema()["$defs"]["Number"]
    assert number["additionalProperties"] is False
    assert number["properties"]["step"]["anyOf"][0]["type"] == "number"
    assert get_args(STEPS)


def test_close_is_offered_here_too():
    assert close("lable", ("label",)) == ("label",)
