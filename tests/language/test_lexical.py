"""A typing mistake is named at its exact line, alone; a file that is right is never blamed."""

import random
from pathlib import Path

import pytest

from engine.language.lexical import blank_line, scan
from engine.language.source import read_source
from tests.language.mutations import KINDS

ROOT = Path(__file__).parents[2]
SAMPLE = (Path(__file__).parent / "sample.yaml").read_text(encoding="utf-8")
POSITIONS = 25
CLEAN = sorted([*(ROOT / "apps").rglob("*.yaml"), *(ROOT / "engine").rglob("*.yaml")])


def chosen(kind: str, most: int) -> list[tuple[str, int]]:
    """The same random places of a kind of mistake at every run."""
    cases = list(KINDS[kind](SAMPLE))
    random.Random(kind).shuffle(cases)
    return cases[:most]


def named(problems, line: int) -> bool:
    return any(problem.place.line == line for problem in problems)


def test_there_are_enough_kinds_of_mistakes():
    assert sum(len(chosen(kind, POSITIONS)) >= POSITIONS for kind in KINDS) >= 12
    assert SAMPLE.count("\n") >= 150


def test_the_sample_is_right():
    assert read_source("sample.yaml", SAMPLE)[1] == ()


def test_the_exact_line_is_named_for_at_least_95_of_100_mistakes():
    results = {
        (kind, line): named(scan("x.yaml", text)[1], line) for kind in KINDS for text, line in chosen(kind, POSITIONS)
    }
    missed = sorted(where for where, found in results.items() if not found)
    assert len(results) >= 500
    assert len(missed) <= len(results) * 0.05, missed


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_told_but_the_mistake(kind):
    for text, line in chosen(kind, 2):
        node, problems = read_source("x.yaml", text)
        assert {problem.place.line for problem in problems} == {line}, text.split("\n")[line - 1]
        assert node is not None


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_false_alarm_on_files_that_are_right(path):
    assert scan(path.name, path.read_text(encoding="utf-8"))[1] == []


def test_several_mistakes_are_told_together():
    text = SAMPLE
    for old, new in (
        ("kind: document", "kind：document"),
        ("  - id: note\n", "  -id: note\n"),
        ("from: draft\n", "from draft\n"),
        ("hit: F", "hit:F"),
        ("default: [full]", "default: [full"),
    ):
        assert text.count(old) >= 1
        text = text.replace(old, new, 1)
    _, problems = read_source("x.yaml", text)
    assert [problem.code for problem in problems] == ["YAML-131", "YAML-132", "YAML-134", "YAML-133", "YAML-136"]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("entity: item\nlabel：面粉\n", "YAML-131", 2, 6),
        ("entity: item\n品名：面粉\n", "YAML-131", 2, 3),
        ("fields:\n  - id：qty\n    kind: text\n", "YAML-131", 2, 7),
        ("roles: [a，b]\n", "YAML-131", 1, 10),
        ("roles: [草稿，审核]\n", "YAML-131", 1, 11),
        ("f: {id: a，kind: b}\n", "YAML-131", 1, 10),
        ("label: “面粉”\n", "YAML-131", 1, 8),
        ("roles: [“a”, b]\n", "YAML-131", 1, 9),
        ("roles: ［a, b］\n", "YAML-131", 1, 8),
        ("id:\u3000a\n", "YAML-131", 1, 4),
        ("a:\n\u3000b: 1\n", "YAML-131", 2, 1),
        ("a:\n  － id: 1\n", "YAML-131", 2, 3),
        ("a:\n\tb: 1\n", "YAML-130", 2, 1),
        ("a:\n  -id: 1\n", "YAML-132", 2, 3),
        ("a: 1\nb:2\n", "YAML-133", 2, 2),
        ("f: {id:a, kind: b}\n", "YAML-133", 1, 7),
        ("a: 1\nb 2\n", "YAML-134", 2, 1),
        ("label\n  zh: a\n", "YAML-134", 1, 1),
        ("f: {a: 1, b 2}\n", "YAML-134", 1, 11),
        ("help: {zh: 一件, en: One file, one thing}\n", "YAML-134", 1, 30),
        ("help: note: cool\n", "YAML-135", 1, 11),
        ("f: {zh: a: b}\n", "YAML-135", 1, 10),
        ("a: [1, 2\nb: 3\n", "YAML-136", 1, 4),
        ("a: 'x\nb: 3\n", "YAML-136", 1, 4),
        ("a: [[1, 2],\n  [3, 4\n]\nb: 1\n", "YAML-136", 2, 3),
        ("a: [\n  ['A, 1],\n  ['B', 2],\n]\n", "YAML-136", 2, 4),
        ("a:\n  - id: 1\n  - id 2\n", "YAML-134", 3, 5),
        ("a:\n  - {id: 1}\n  - id 2\n", "YAML-134", 3, 5),
        ("a:\n  - id 2\n  - {id: 1}\n", "YAML-134", 2, 5),
        ("a: [1, 2}\n", "YAML-137", 1, 9),
        ("a: 1, 2]\n", "YAML-137", 1, 8),
        ("a: [1]]\n", "YAML-137", 1, 7),
        ("- id: a\n   kind: b\n", "YAML-138", 2, 4),
        ("a:\n  - b: 1\n    c: 2\n   d: 3\n", "YAML-138", 4, 4),
        ("a:\n   b: 1\n  c: 2\n  d: 3\n", "YAML-138", 2, 4),
        ("title: {number} {name}\n", "YAML-139", 1, 8),
        ("title: {number}\n", "YAML-139", 1, 8),
        ("f: {that: x in [1]}\n", "YAML-139", 1, 16),
        ('p: "a\\d"\n', "YAML-140", 1, 6),
        ("a: @x\n", "YAML-141", 1, 4),
        ("that: > 5\n", "YAML-141", 1, 7),
        ("roles: - buyer\n", "YAML-142", 1, 8),
        ("help: 放到 #1 货架\n", "YAML-143", 1, 10),
        ("colour: #ff0000\n", "YAML-143", 1, 9),
        ("f: {id: a kind: b}\n", "YAML-144", 1, 10),
        ("a: [1, 2]\nf: [\n  [1],\n  [2]\n  [3]\n]\n", "YAML-144", 4, 5),
        ("that: 'A' == x\n", "YAML-145", 1, 11),
        ('label: 面粉"\n', "YAML-146", 1, 10),
        ("%YAML 1.2\n---\na: 1\n", "YAML-147", 1, 1),
        ("a: &x 1\n", "YAML-108", 1, 4),
        ("a: *x\n", "YAML-108", 1, 4),
        ("a: !!str 5\n", "YAML-109", 1, 4),
        ("? a\n: b\n", "YAML-111", 1, 1),
        ("a: 1\n---\nb: 2\n", "YAML-105", 2, 1),
    ],
)
def test_each_mistake_has_its_code_and_place(text, code, line, column):
    problem = scan("x.yaml", text)[1][0]
    assert (problem.code, problem.place.line, problem.place.column) == (code, line, column)


@pytest.mark.parametrize(
    "text",
    [
        "label: 单据：入库",
        "label: {zh: 单据：入库，出库, en: x}",
        "label: “草稿”状态不能过账",
        "label: 【重要】请填写",
        "- 单据：入库，出库",
        "# label：面粉\na: 1 # b：c",
        "help: |\n  id：qty\n  [a，b\n  \t- x\n  “a”",
        "help: >-\n  a: b\n   c: d",
        "a: 这是一段文字，\n  写在两行里",
        'a: "第一行：\n  第二行，"',
        "that: supplier.level in ['A', 'B'] and total > 5",
        "url: http://x.example/a:b",
        "time: 12:30",
        "a: [1, 2,\n  3]",
        "a: {b: 1,\n  c: 2,\n}",
        "a:\n- b\n- c\nd: 1",
        "- - a\n  - b\n- c",
        "---\na: 1\n...",
        "en: Suppliers'",
        'size: 5"',
        "a: x - y",
        "a: -5",
        "key with spaces: 1",
        "'it''s': \"a \\\"b\\\"\"",
        '{"a": [1, {"b":2}]}',
        "a: x#y",
        "en: Supplier’s note",
        "range: '[200..500]'",
        "a: 备注（选填），或留空",
        "a:\r\n  b: 1\r\n",
    ],
)
def test_what_is_only_text_is_left_alone(text):
    assert scan("x.yaml", text)[1] == []
    assert read_source("x.yaml", text)[1] == ()


def test_random_edits_never_break_the_reading():
    chance = random.Random(7)
    for _ in range(400):
        characters = list(SAMPLE)
        for _ in range(chance.randint(1, 5)):
            index = chance.randrange(len(characters))
            if chance.random() < 0.4:
                del characters[index]
            else:
                characters.insert(index, chance.choice("：，“”[]{}\"'-: #\t\n\u3000|>&*!@`%,\\"))
        lines, _ = scan("x.yaml", "".join(characters))
        assert len(lines) == "".join(characters).count("\n") + 1


def test_a_line_is_made_harmless_without_moving_the_others():
    assert blank_line("a:\n  - b: @\n    c: 1", 2) == "a:\n  - _1_:\n    c: 1"
    assert blank_line("a: 1", 9) == "a: 1"
