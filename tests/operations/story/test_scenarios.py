"""Scenarios as people write them: what comes true, what does not and is told with its line, by one process or more."""

from __future__ import annotations

import pytest

from engine.language.problems import Refused
from engine.operations import scenarios
from engine.operations.scenarios import ScenarioResult, run_scenarios, stories_of
from engine.operations.story import acts as story_acts
from engine.packages.schema import App
from engine.packages.story import acts
from engine.packages.story.expectations import WORDS
from tests.operations.story.conftest import Tell

BREAD = "{company: NORTH, source: OUT, target: N1, lines: [{item: BREAD, quantity: 20, last_day: 2026-03-05}]}"
ENTER = f"when:\n  - {{id: enter, as: ann, entity: move, values: {BREAD}, transition: post}}\n"


def missed(result: ScenarioResult) -> list[tuple[str, str, str]]:
    return [(each.what, each.expected, each.found) for each in result.missed]


def test_every_sort_of_step_and_expectation_comes_true(shop: App) -> None:
    """The scenario of the shop has one of each."""
    results = list(run_scenarios(shop))
    assert [missed(result) for result in results] == [[] for _ in results]
    told = stories_of(shop)[0].scenario
    assert {act.word for act in told.when} == set(acts.WORDS)
    assert {expected.word for expected in told.then} == set(WORDS)


WRONG = [
    ("{of: enter, state: draft}", ("enter: state", "draft", "posted")),
    ("{of: enter, number: M0009}", ("enter: number", "M0009", "M0001")),
    ("{of: enter, values: {size: large}}", ("enter: size", "large", "small")),
    ("{of: enter, values: {lines: [{quantity: 21}]}}", ("enter: lines[0].quantity", "21", "20")),
    ("{of: enter, values: {lines: []}}", ("enter: lines: lines", "0", "1")),
    ("{of: enter, refused: [RUL-501]}", ("enter: refused", "RUL-501", "—")),
    ("{of: enter, warned: [RUL-503]}", ("enter: warned", "RUL-503", "—")),
    ("{of: enter, says: {zh: 过期, en: Past}}", ("enter: says (zh)", "过期", "—")),
    ("{of: enter, at: [lines.0.item]}", ("enter: at", "lines.0.item", "—")),
    (
        "{ledger: stock, grain: on_hand, key: {item: BREAD, store: N1}, amounts: {quantity: 21}}",
        ("stock.on_hand {'item': 'BREAD', 'store': 'N1'}: quantity", "21", "20"),
    ),
    (
        "{ledger: stock, grain: on_hand, key: {item: BRAED, store: N1}, amounts: {quantity: 0}}",
        ("stock.on_hand {'item': 'BRAED', 'store': 'N1'}: item", "BRAED", "no such value"),
    ),
    (
        "{report: stock, as: ann, count: 2}",
        ("stock: rows", "2", "1 (BREAD, Bread, 2.50, North store, 2026-03-05, 3, 20)"),
    ),
    ("{report: stock, as: ann, where: {code: MILK}, rows: [{}]}", ("stock: rows", "1", "0 ()")),
    ("{report: stock, as: ann, rows: [{days_left: 2}]}", ("stock 1: days_left", "2", "3")),
    ("{report: stock, as: ann, hidden: [cost]}", ("stock: cost", "hidden", "visible")),
    ("{report: stock, as: sue, visible: [cost]}", ("stock: cost", "visible", "hidden")),
    ("{report: stock, as: sue, refused: [OPS-130]}", ("stock: refused", "OPS-130", "—")),
    ("{report: on_hand, as: sue, count: 1}", ("on_hand", "rows", "refused OPS-130")),
    ("{notices: {to: bo}}", ("notices {'to': 'bo'}", "1+", "0 (M0001 is posted)")),
    ("{notices: {text: posted}, count: 2}", ("notices {'text': 'posted'}", "2", "1 (M0001 is posted)")),
    ("{why: enter, names: [note_for_large]}", ("why enter", "note_for_large", "size, differs, fresh, post")),
    ("{why: enter, names: [size], values: {pieces: 21}}", ("why enter: pieces", "21", "20")),
]
"""Expectations that do not come true, and what has to be told."""


def test_what_does_not_come_true_is_told_with_its_line(tell: Tell) -> None:
    result = tell(f"{ENTER}then:\n" + "".join(f"  - {expectation}\n" for expectation, _ in WRONG))
    told = {(each.place.line, *about) for each, about in zip(result.missed, missed(result), strict=True) if each.place}
    assert {(line, *about) for line, (_, about) in enumerate(WRONG, start=8)} <= told
    assert {each.place and each.place.file for each in result.missed} == {"shop/scenarios/told.yaml"}


def test_a_step_that_should_have_gone_through_is_told_with_its_reasons(tell: Tell) -> None:
    wrong = ENTER.replace("target: N1", "target: OUT")
    result = tell(f"{wrong}then:\n  - {{of: enter, state: posted}}\n")
    (only,) = result.missed
    assert (only.expected, only.found) == ("done", "refused RUL-501")
    assert [problem.code for problem in only.problems] == ["RUL-501"]


def test_a_refusal_that_nobody_speaks_of_is_told(tell: Tell) -> None:
    wrong = ENTER.replace("target: N1", "target: OUT")
    result = tell(f"{wrong}then:\n  - {{notices: {{to: bo}}, count: 0}}\n")
    assert missed(result) == [("enter", "done", "refused RUL-501")]


def test_a_change_of_lines_goes_into_the_lines_there_are(tell: Tell) -> None:
    """By their position, as on a page: what is not typed stays; a line more is a new one."""
    two = "{item: BREAD, quantity: 20, last_day: 2026-03-05}, {item: BREAD, quantity: 30, last_day: 2026-03-06}"
    draft = BREAD.replace("{item: BREAD, quantity: 20, last_day: 2026-03-05}", two)
    result = tell(
        f"when:\n  - {{id: enter, as: ann, entity: move, values: {draft}}}\n"
        "  - {id: change, as: ann, document: enter, values: {lines: [{quantity: 21}, {}, {item: BREAD, quantity: 5}]}}\n"
        "then:\n  - {of: change, values: {lines: [{quantity: 21, last_day: 2026-03-05}, {quantity: 30}, {quantity: 5}]}}\n"
    )
    assert missed(result) == []


def test_what_is_given_has_to_go_through(tell: Tell) -> None:
    given = "given:\n  - {entity: item, values: {name: Nameless}}\n"
    result = tell(f"{given}{ENTER}then:\n  - {{of: enter, state: posted}}\n")
    assert missed(result) == [("given 1 (item)", "saved", "refused VAL-101")]


REFUSED = [
    ("{as: bo, document: enter, transition: reverse}", "ACC-112"),  # of another company
    ("{as: ann, document: enter, transition: reverse}", "ACC-110, WFL-102"),  # not hers
    ("{as: gone, document: enter, transition: reverse}", "ACC-101"),  # left
    ("{by: keeper, set: large, to: 5}", "ACC-110"),
    ("{as: meg, set: large, to: few}", "VAL-204"),
    ("{as: meg, set: large, to: 5, for: WEST}", "ACC-112"),
    ("{as: meg, open: item, record: NONE}", "ACC-112"),
    ("{by: administrator, open: item}", "ACC-110"),
]


def test_a_refusal_is_what_came_of_a_step(tell: Tell) -> None:
    acts = "".join(f"  - {{id: x{n}, {act.strip('{}')}}}\n" for n, (act, _) in enumerate(REFUSED))
    expected = "".join(f"  - {{of: x{n}, refused: [{codes}]}}\n" for n, (_, codes) in enumerate(REFUSED))
    assert missed(tell(f"{ENTER}{acts}then:\n{expected}")) == []


def test_a_repeat_that_does_it_again_is_a_failure(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where requests had no key the second click would make a second document."""
    keys = iter(range(100))
    submit = story_acts.submit
    monkeypatch.setattr(
        story_acts,
        "submit",
        lambda site, actor, asked: submit(site, actor, story_acts.replace(asked, key=f"key {next(keys)}")),
    )
    result = tell(f"{ENTER}  - {{id: again, repeat: enter}}\nthen:\n  - {{of: again, state: posted}}\n")
    assert missed(result) == [("repeat enter", "answered again", "done again")]


def test_a_setting_counts_from_its_day_on(tell: Tell) -> None:
    body = f"""
when:
  - {{id: less, as: meg, set: large, to: 10, from: "2026-03-03", for: NORTH}}
  - {{id: today, as: ann, entity: move, values: {BREAD}, transition: post}}
  - {{id: tomorrow, as: ann, entity: move, values: {BREAD}, transition: post, at: "+1d"}}
then:
  - {{of: today, state: posted}}
  - {{of: tomorrow, refused: [RUL-501]}}
"""
    assert missed(tell(body)) == []


SCHEDULE = """
schedule: lapse_drafts
label: {zh: 清理草稿, en: Lapse drafts}
at: "02:00"
entity: move
take: lapse
"""


def test_what_is_due_happens_by_itself(tell: Tell) -> None:
    body = f"""
when:
  - {{id: draft, as: ann, entity: move, values: {BREAD}}}
  - {{id: evening, wake: true, at: "2026-03-02 23:59"}}
  - {{id: seen, as: ann, document: draft, values: {{note: still here}}}}
  - {{id: night, wake: true, at: "+1d 02:00"}}
then:
  - {{of: seen, state: draft, ends: lapsed}}
"""
    assert missed(tell(body, {"schedules/lapse_drafts.yaml": SCHEDULE})) == []


def test_what_cannot_be_done_by_itself_is_a_failure_of_the_story(tell: Tell) -> None:
    body = f"""
when:
  - {{id: draft, as: ann, entity: move, values: {BREAD.replace("target: N1", "target: OUT")}}}
  - {{id: night, wake: true, at: "+1d 02:00"}}
then:
  - {{of: draft, state: draft}}
"""
    result = tell(body, {"schedules/lapse_drafts.yaml": SCHEDULE})
    assert missed(result) == [("wake night: schedule:lapse_drafts", "done", "RUL-501")]


def test_several_processes_give_the_same_in_the_same_order(shop: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenarios, "WORTH_A_PROCESS", 1)
    stories = stories_of(shop)
    (alone,) = run_scenarios(shop, stories[:1])
    together = list(run_scenarios(shop, stories[:1] * 3, jobs=2))
    assert [each.exercised for each in together] == [alone.exercised] * 3
    assert all(each.passed for each in together)


def test_scenarios_are_chosen_by_name(shop: App) -> None:
    assert [each.scenario.scenario for each in stories_of(shop, only=["everything"])] == ["everything"]
    with pytest.raises(Refused) as refused:
        stories_of(shop, only=["everthing"])
    (problem,) = refused.value.problems
    assert (problem.code, problem.parameters["suggestions"]) == ("PKG-317", ("everything",))


def test_layers_below_are_played_only_when_asked(shop: App) -> None:
    assert len(stories_of(shop, all_layers=True)) == len(stories_of(shop))
