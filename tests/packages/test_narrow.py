from dataclasses import replace

from engine.language.problems import Problem
from engine.language.source import read_source
from engine.packages.load import load
from engine.packages.narrow import narrowed
from engine.packages.poison import Poison, contains, prune
from tests.packages.test_layers import ITEM, layer
from tests.packages.test_overlay import node

TEXT = "ledger: stock\ngrains:\n  - id: cell\n    by: [item, pool]\n  - id: item\n    by: [place]\n"


def grain(root, index: int):
    return root.items[1][1].items[index]


def test_a_problem_about_a_block_moves_to_the_word_it_names():
    root = node(TEXT, "a/ledgers/stock.yaml")
    moved = narrowed(Problem("LED-113", {"name": "pool"}, grain(root, 0).place), root)
    assert (moved.place.line, moved.place.column) == (4, 16)


def test_the_id_of_the_block_itself_is_not_the_word():
    root = node(TEXT, "a/ledgers/stock.yaml")
    problem = Problem("LED-113", {"name": "item"}, grain(root, 1).place)
    assert narrowed(problem, root) == problem


def test_a_misspelt_kind_key_is_the_mistake_not_its_absence():
    root = node("items:\n  - id: a\n    knid: require\n", "a/rules/x.yaml")
    head = root.items[0][1].items[0].items[0][0].place
    told = narrowed(Problem("PKG-206", {"key": "kind"}, head), root)
    assert (told.code, told.parameters["key"], told.place.line) == ("PKG-201", "knid", 3)
    other = node("items:\n  - id: a\n    that: x\n", "a/rules/x.yaml")
    assert narrowed(Problem("PKG-206", {"key": "kind"}, head), other).code == "PKG-206"


def test_a_wrong_key_is_cut_out_alone_and_an_item_that_lacks_something_as_a_whole():
    root = node("fields:\n  - {id: a, kind: text, requird: true}\n  - {id: b, kind: money}\n", "a/entities/x.yaml")
    first, second = root.items[0][1].items
    poison = Poison()
    problems = [
        Problem("PKG-201", {"key": "requird"}, first.items[2][0].place),
        Problem("PKG-202", {"key": "currency"}, second.items[0][0].place),
    ]
    cut = prune(root, problems, poison)
    assert [[key.text for key, _ in item.items] for item in cut.items[0][1].items] == [["id", "kind"]]
    assert poison.names == {"b"}
    assert prune(root, [replace(problems[0], place=None)], poison) is root


def test_a_block_holds_its_whole_last_line():
    root, _ = read_source("a/x.yaml", "a:\n  b: [c, d]\n")
    inner = root.items[0][1]
    assert contains(root.place, inner.items[0][1].place)
    assert not contains(inner.items[0][0].place, inner.items[0][1].place)


def test_the_echo_of_a_mistake_is_not_told():
    poison = Poison({("entities", "item")}, names={"price"})
    unknown = [Problem("EXP-420", {"name": name}) for name in ("price", "prise")]
    assert [problem.parameters["name"] for problem in poison.without_consequences(unknown)] == ["prise"]
    assert poison.has("entities", "item")
    assert not poison.has("forms", "item")
    assert poison.ids("entities") == ("item",)
    assert list(Poison(everything=True).without_consequences(unknown)) == []


def test_numbers_as_formulas_have_a_place_too():
    wrong = ITEM.replace("kind: text, required", "kind: text, default: 5, required")
    _, problems = load([layer("shop", entities__item=wrong)])
    assert [(problem.code, problem.place.line) for problem in problems] == [("EXP-449", 5)]


def test_a_formula_of_several_lines_is_told_at_the_line_of_the_name():
    rules = "rules: item\nitems:\n  - id: a\n    kind: require\n    that: code is not None\n      and wieght > 0\n"
    _, problems = load([layer("shop", entities__item=ITEM, rules__item=rules)])
    assert [(problem.code, problem.place.line, problem.place.column) for problem in problems] == [("EXP-420", 6, 11)]
