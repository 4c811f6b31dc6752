from __future__ import annotations

from engine.operations.trace import TraceStep
from engine.web.reasons import reasons


def step(rule: str, verdict: str, line: int | None = None) -> TraceStep:
    path = () if line is None else ("lines", line)
    return TraceStep(rule, "require", "a.yaml", 1, rule, verdict, None, path=path, verdict=verdict)


def test_what_refused_comes_first_and_what_holds_is_folded() -> None:
    steps = [step("price", "set", 0), step("price", "set", 1), step("total", "set"), step("kind", "holds")]
    steps += [step("day", "holds", 0), step("day", "refused", 1), step("odd", "warned"), step("note", "skipped")]
    found = reasons(steps)
    assert [(each.rule, len(each.cases)) for each in found.decided] == [
        ("day", 1),
        ("odd", 1),
        ("price", 2),
        ("total", 1),
    ]
    assert [each.rule for each in found.folded] == ["kind", "day", "note"]
    assert found.decided[0].tone == "danger"
    assert [each.by_line for each in found.decided] == [True, False, True, False]


def test_nothing_to_tell() -> None:
    assert reasons(()).decided == reasons(()).folded == ()
