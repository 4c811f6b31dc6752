"""The order in which rules are judged: defaults and derived values, each after what it reads, then checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.language.problems import Place, Problem
from engine.rules.kinds.base import RuleKind


@dataclass(frozen=True, slots=True)
class Plan:
    """Rules in the order they are judged, and the circles that make such an order impossible."""

    rules: tuple[RuleKind, ...]
    problems: tuple[Problem, ...]


def planned(rules: Sequence[RuleKind]) -> Plan:
    """Order bound rules. What sets a field comes after the rules whose fields it reads, otherwise defaults go first.

    So a default may take a derived value, and a derived value a default. Of two rules that set the same field the
    later written one is judged later, a default before both. Circles are RUL-513.
    """
    setting = sorted((rule for rule in rules if rule.phase != "check"), key=lambda rule: rule.phase != "default")
    ordered, circles = _sorted(setting)
    return Plan((*ordered, *(rule for rule in rules if rule.phase == "check")), tuple(circles))


def _sorted(rules: list[RuleKind]) -> tuple[list[RuleKind], list[Problem]]:
    """Rules, each after those it needs; a circle is reported once and then taken as written."""
    needs = {index: _needed(rules, index) for index in range(len(rules))}
    order: list[int] = []
    problems: list[Problem] = []
    left = list(range(len(rules)))
    while left:
        ready = next((index for index in left if not needs[index] & set(left)), None)
        if ready is None:
            circle = _circle(needs, left)
            problems.append(_problem([rules[index] for index in circle]))
            ready = circle[0]
        order.append(ready)
        left.remove(ready)
    return [rules[index] for index in order], problems


def _needed(rules: list[RuleKind], index: int) -> set[int]:
    """The rules that must be judged before one: those that write what it reads, and earlier writers of its field."""
    rule = rules[index]
    reads, writes = rule.reads(), rule.writes()
    needed = {other for other in range(len(rules)) if rules[other].writes() & reads}
    return needed | {other for other in range(index) if rules[other].writes() & writes}


def _circle(needs: dict[int, set[int]], left: list[int]) -> list[int]:
    """One circle among rules of which each still waits for another, starting with the first written."""
    path = [left[0]]
    while True:
        following = min(needs[path[-1]] & set(left))
        if following in path:
            circle = path[path.index(following) :]
            start = circle.index(min(circle))
            return circle[start:] + circle[:start]
        path.append(following)


def _problem(circle: list[RuleKind]) -> Problem:
    """A circle, told with the rules in it; the places of the others come as related places."""
    names = tuple(rule.id for rule in [*circle, circle[0]])
    related: tuple[tuple[Place, str], ...] = tuple((rule.place, rule.id) for rule in circle[1:] if rule.place)
    return Problem("RUL-513", {"rule": circle[0].id, "circle": " → ".join(names)}, circle[0].place, (), related)
