"""What a role file may say, and what is refused."""

import pytest

from engine.language.catalogue import message


def test_a_role(role):
    found, problems = role("""
role: buyer
label: 采购员
grants:
  - {id: own, entity: receipt, actions: [list, open, create, post], where: created_by == actor.person}
  - {id: stock, report: stock}
  - {id: read, entity: all, actions: [list], fields: {read: [total, lines.price], write: [], hide: [note]}}
""")
    assert problems == ()
    own, stock, read = found.grants
    assert own.covers("receipt", "post")
    assert not own.covers("receipt", "edit")
    assert not stock.covers("receipt", "list")
    assert read.covers("anything", "list")


@pytest.mark.parametrize(
    ("grant", "code"),
    [
        ("{id: x, entity: receipt, report: stock}", "ACC-120"),
        ("{id: x}", "ACC-120"),
        ("{id: x, report: stock, where: total > 1}", "ACC-121"),
        ("{id: x, entity: all, where: total > 1}", "ACC-121"),
        ("{id: x, entity: receipt, where: total}", "EXP"),
        ("{id: x, entity: receipt, where: actor.boss == created_by}", "EXP"),
        ("{id: x, entity: receipt, fields: some}", "PKG"),
        ("{id: x, entity: receipt, fields: {reads: all}}", "PKG"),
        ("{id: x, entity: receipt, fields: {read: [a.b.c]}}", "PKG"),
    ],
)
def test_wrong_grants(role, grant, code):
    _, problems = role(f"role: x\ngrants:\n  - {grant}")
    assert problems
    assert problems[0].code.startswith(code)
    assert all(message(problem, language) for problem in problems for language in ("zh", "en"))
    assert problems[0].place.line == 3
