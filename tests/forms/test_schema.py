from __future__ import annotations

from engine.entities.schema import Entity
from engine.forms.schema import Form, sections_of
from engine.language.declared import validate
from engine.language.source import read_source


def test_a_form_says_only_what_differs(receipt: Entity, form: Form) -> None:
    assert [section.id for section in sections_of(receipt, form)] == ["head", "lines"]
    assert sections_of(receipt, None)[0].fields[0] == "code"
    assert set(form.by_path) == {"seen", "note", "rate", "lines.best_before"}


def test_mistakes_have_places() -> None:
    text = "form: x\nentity: x\nsections:\n  - {id: a, columns: 9, fields: [Bad Path]}\nfields:\n"
    text += "  - {id: a, widget: slider, show: 1 +}\n"
    node, _ = read_source("forms/x.yaml", text)
    assert node is not None
    made, problems = validate(Form, node)
    assert made is None
    assert {(problem.code, problem.place.line if problem.place else 0) for problem in problems} == {
        ("PKG-216", 4),
        ("PKG-207", 4),
        ("PKG-204", 6),
        ("EXP-401", 6),
    }
