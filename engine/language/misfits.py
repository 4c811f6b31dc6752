"""What pydantic refuses, as problems with codes, exact places and allowed values.

An error of pydantic names the way to the value (`loc`). That way is walked in the node tree; steps that are not in the
file (the tag of a union, the name of a branch) are passed over, and the branches of one union are told as one problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import ErrorDetails

from engine.language.nodes import MappingNode, Node, ScalarNode, SequenceNode, inner_place, step_into
from engine.language.problems import Place, Problem
from engine.language.suggest import close

Path = tuple[str | int, ...]
Wording = Mapping[str, str]

EXPECTED: Mapping[str, Wording] = {
    "string": {"zh": "文字", "en": "a text"},
    "int": {"zh": "整数", "en": "a whole number"},
    "bool": {"zh": "true 或 false", "en": "true or false"},
    "decimal": {"zh": "数字", "en": "a number"},
    "list": {"zh": "列表", "en": "a list"},
    "tuple": {"zh": "列表", "en": "a list"},
    "set": {"zh": "列表", "en": "a list"},
    "frozen_set": {"zh": "列表", "en": "a list"},
    "dict": {"zh": "键和值", "en": "keys with values"},
    "model": {"zh": "键和值", "en": "keys with values"},
    "mapping": {"zh": "键和值", "en": "keys with values"},
    "date": {"zh": "日期（如 2026-01-31）", "en": "a date (such as 2026-01-31)"},
    "datetime": {"zh": "时间（如 2026-01-31T08:00:00Z）", "en": "a time (such as 2026-01-31T08:00:00Z)"},
    "time": {"zh": "时刻（如 08:30）", "en": "a time of day (such as 08:30)"},
    "none_required": {"zh": "空值", "en": "nothing"},
}
_FLAGS = {"yes": "true", "on": "true", "y": "true", "是": "true", "1": "true"} | {
    "no": "false", "off": "false", "n": "false", "否": "false", "0": "false",
}  # fmt: skip
_OR = {"zh": " 或 ", "en": " or "}
_ENDINGS = ("", "_type", "_parsing", "_from_datetime_parsing", "_from_float", "_from_date_parsing", "_attributes_type")
_KINDS = ("union_tag_invalid", "union_tag_not_found", "step_word")


@dataclass
class Spot:
    """Where an error's `loc` leads in the node tree."""

    node: Node
    parent: Node
    key: ScalarNode | None = None
    path: list[str | int] = field(default_factory=list)
    """The way by ids instead of indexes."""
    branches: list[tuple[int, str]] = field(default_factory=list)
    """Steps that are not in the file, with the length of the path at which they stood."""


def spot_of(root: Node, loc: Sequence[str | int], *, ends_in_key: bool) -> Spot:
    """Walk a `loc`. `ends_in_key`: its last step is a key that may not be in the file."""
    spot = Spot(root, root)
    for index, step in enumerate(loc):
        found = step_into(spot.node, step)
        if found is None:
            if not (ends_in_key and index == len(loc) - 1):
                spot.branches.append((len(spot.path), str(step)))
            continue
        if _stands_for_tag(spot.node, found[1], loc, index, ends_in_key=ends_in_key):
            spot.branches.append((len(spot.path), str(step)))
            continue
        spot.parent, (spot.key, spot.node) = spot.node, found
        spot.path.append(_named(spot.node, step))
    return spot


def _stands_for_tag(node: Node, value: Node, loc: Sequence[str | int], index: int, *, ends_in_key: bool) -> bool:
    """Whether a step is the tag of a union although the mapping has a key of that name: `{notify: mail, …}`.

    It is, when the rest of the way cannot be walked from the value but can be from the mapping itself.
    """
    rest = loc[index + 1 :]
    if not rest or step_into(value, rest[0]) is not None:
        return False
    scalar, in_list = isinstance(value, ScalarNode), index > 0 and isinstance(loc[index - 1], int)
    if step_into(node, rest[0]) is not None:
        return scalar or in_list
    return scalar and ends_in_key and len(rest) == 1


def _named(node: Node, step: str | int) -> str | int:
    """An item of a list goes by its id in paths."""
    found = step_into(node, "id") if isinstance(step, int) and isinstance(node, MappingNode) else None
    return found[1].text if found is not None and isinstance(found[1], ScalarNode) and found[1].text else step


def problems_of(
    errors: Iterable[ErrorDetails], root: Node, path: Path, keys: Mapping[Place, tuple[str, ...]]
) -> tuple[Problem, ...]:
    """All errors as problems, each mistake once; `keys` are the keys that may be written, by place of the mapping."""
    spotted = [(details, spot_of(root, details["loc"], ends_in_key=_ends_in_key(details))) for details in errors]
    unique: dict[tuple[object, ...], Problem] = {}
    for group in _unions([each for each in spotted if not _echo(*each)]):
        for problem in _of_group(group, path, keys):
            unique.setdefault((problem.code, problem.place, str(problem.parameters)), problem)
    return tuple(unique.values())


def _echo(details: ErrorDetails, spot: Spot) -> bool:
    """A list is called too short when some of its items (or the one that stands for it) could not be read: no news."""
    count = len(spot.node.items) if isinstance(spot.node, SequenceNode | MappingNode) else 1
    return details["type"] == "too_short" and count >= details.get("ctx", {}).get("min_length", 0)


def _ends_in_key(details: ErrorDetails) -> bool:
    return details["type"] in ("missing", "extra_forbidden")


Spotted = tuple[ErrorDetails, Spot]


def _unions(spotted: Sequence[Spotted]) -> list[list[Spotted]]:
    """Errors that are branches of one union stand together; every other error stands alone."""
    groups: dict[tuple[object, ...], list[Spotted]] = {}
    for index, (details, spot) in enumerate(spotted):
        depth = spot.branches[0][0] if spot.branches else -1
        same = ("union", tuple(map(str, spot.path[:depth]))) if spot.branches else ("alone", index)
        groups.setdefault(same, []).append((details, spot))
    return list(groups.values())


def _of_group(group: list[Spotted], path: Path, keys: Mapping[Place, tuple[str, ...]]) -> list[Problem]:
    """The problems of one union: those of the branch that was meant; where none fits at all, one for all branches."""
    names = {spot.branches[0][1] for _, spot in group if spot.branches}
    if len(names) < 2:
        return [problem for details, spot in group for problem in problems_from(details, spot, path, keys)]
    inside = [each for each in group if len(each[1].path) > each[1].branches[0][0] or _ends_in_key(each[0])]
    if inside:
        best = min(names, key=lambda name: (_count(inside, name) or len(group) + 1, name))
        meant = [each for each in inside if each[1].branches[0][1] == best]
        return [problem for details, spot in meant for problem in problems_from(details, spot, path, keys)]
    said = [details for details, _ in group if details["type"] == "formwork"]
    details, spot = group[0]
    if said:
        return problems_from(said[0], spot, path, keys)
    words = [words for details, _ in group if (words := expected(details["type"])) is not None]
    if not words:
        return problems_from(details, spot, path, keys)
    either = {name: joint.join(dict.fromkeys(each[name] for each in words)) for name, joint in _OR.items()}
    return [_wrong_type(spot, either, "", (*path, *spot.path))]


def _count(group: list[Spotted], name: str) -> int:
    return sum(spot.branches[0][1] == name for _, spot in group)


def problems_from(
    details: ErrorDetails, spot: Spot, path: Path, keys: Mapping[Place, tuple[str, ...]]
) -> list[Problem]:
    """One complaint of pydantic as a problem; a type of ours may name several mistakes at once, in `also`."""
    if details["type"] == "formwork":
        context = details.get("ctx", {})
        return [_said(spot, each, (*path, *spot.path)) for each in (context, *context.get("also", ()))]
    return [problem_of(details, spot, path, keys)]


def problem_of(details: ErrorDetails, spot: Spot, path: Path, keys: Mapping[Place, tuple[str, ...]]) -> Problem:
    """One complaint of pydantic itself as a problem."""
    where, kind = (*path, *spot.path), details["type"]
    context: Mapping[str, Any] = details.get("ctx", {})
    if kind == "extra_forbidden":
        name = str(details["loc"][-1])
        allowed = keys.get(spot.parent.place, ())
        place = spot.key.place if spot.key else spot.node.place
        return Problem("PKG-201", {"key": name, "allowed": allowed, "suggestions": close(name, allowed)}, place, where)
    if kind == "missing":
        return Problem("PKG-202", {"key": str(details["loc"][-1])}, head(spot.node), where)
    if kind in _KINDS:
        return _kind_problem(kind, spot, context, where)
    if kind in ("literal_error", "enum"):
        return _choice_problem(spot, str(context.get("expected", "")), where)
    return _value_problem(details, spot, context, where)


def _said(spot: Spot, context: Mapping[str, Any], where: Path) -> Problem:
    """A mistake that a field type of ours has named: {"code", "parameters", "offset", "length", "within", "on_key"}."""
    node, key = spot.node, spot.key
    for step in context.get("within", ()):
        found = step_into(node, step)
        if found is not None:
            (key, node), where = found, (*where, step)
    parameters = dict(context["parameters"])
    if context.get("on_key") and key is not None:
        return Problem(context["code"], parameters, key.place, where)
    offset = context.get("offset")
    if offset is not None and isinstance(node, ScalarNode):
        return Problem(context["code"], parameters, inner_place(node, offset, context.get("length") or 1), where)
    return Problem(context["code"], parameters, node.place, where)


def _kind_problem(kind: str, spot: Spot, context: Mapping[str, Any], where: Path) -> Problem:
    """A kind that does not exist, or none where one is needed."""
    if not isinstance(spot.node, MappingNode):
        return _wrong_type(spot, EXPECTED["model"], "", where)
    if kind == "step_word":
        return _word_problem(spot.node, str(context.get("words", "")), where)
    name = str(context.get("discriminator", "'kind'")).strip("'")
    if kind == "union_tag_not_found":
        return Problem("PKG-206", {"key": name}, head(spot.node), where)
    allowed = _quoted(str(context.get("expected_tags", "")))
    found = step_into(spot.node, name)
    text = str(context.get("tag", ""))
    if found is None:
        return Problem("PKG-206", {"key": name}, head(spot.node), where)
    parameters = {"text": text, "allowed": allowed, "suggestions": close(text, allowed)}
    return Problem("PKG-205", parameters, found[1].place, (*where, name))


def _word_problem(node: MappingNode, words: str, where: Path) -> Problem:
    """A mapping that is told by the key it begins with, and has no such key."""
    allowed = tuple(each.strip() for each in words.split(","))
    if not node.items:
        return Problem("PKG-212", {"text": "{}", "allowed": allowed, "suggestions": ()}, node.place, where)
    near = [(key, close(key.text, allowed)) for key, _ in node.items]
    key, meant = next(((key, found) for key, found in near if found), near[0])
    return Problem("PKG-212", {"text": key.text, "allowed": allowed, "suggestions": meant}, key.place, where)


def _choice_problem(spot: Spot, choices: str, where: Path) -> Problem:
    """A value that is none of those allowed."""
    if isinstance(spot.node, ScalarNode) and spot.node.value is None and not spot.node.style:
        return _empty(spot, {"zh": choices, "en": choices}, where)
    allowed = _quoted(choices) or (choices,)
    text = written(spot.node)
    return Problem(
        "PKG-204", {"text": text, "allowed": allowed, "suggestions": close(text, allowed)}, spot.node.place, where
    )


def _quoted(text: str) -> tuple[str, ...]:
    """The names that pydantic lists in quotes."""
    return tuple(re.findall(r"'([^']*)'", text))


def expected(kind: str) -> Wording | None:
    """What a type of error says was expected, in words; None where it is not about the type."""
    names = sorted(EXPECTED, key=len, reverse=True)
    return next((EXPECTED[name] for name in names if kind in [f"{name}{ending}" for ending in _ENDINGS]), None)


def _value_problem(details: ErrorDetails, spot: Spot, context: Mapping[str, Any], where: Path) -> Problem:
    """A value of the wrong type, size or form."""
    place, text, kind = spot.node.place, written(spot.node), details["type"]
    if kind == "string_pattern_mismatch":
        identifier = str(context.get("pattern", "")).startswith("^[a-z][a-z0-9_]")
        if identifier:
            return Problem("PKG-207", {"text": text, "example": _as_identifier(text)}, place, where)
        return Problem("PKG-211", {"text": text, "pattern": str(context.get("pattern", ""))}, place, where)
    words = expected(kind)
    if words is not None:
        return _wrong_type(spot, words, kind, where)
    if kind in ("too_short", "too_long", "string_too_short", "string_too_long"):
        limit = context.get("min_length", context.get("max_length"))
        return Problem("PKG-213" if "short" in kind else "PKG-214", {"limit": limit}, place, where)
    if kind.startswith(("greater_than", "less_than")):
        limit = next((context[name] for name in ("gt", "ge", "lt", "le") if name in context), "")
        code = "PKG-215" if kind.startswith("greater") else "PKG-216"
        return Problem(code, {"text": text, "limit": str(limit)}, place, where)
    return Problem("PKG-209", {"reason": details["msg"].removeprefix("Value error, ")}, place, where)


def _wrong_type(spot: Spot, words: Wording, kind: str, where: Path) -> Problem:
    """A value of the wrong type: how it should be written, as far as that can be told."""
    node, text = spot.node, written(spot.node)
    if isinstance(node, ScalarNode) and node.value is None and not node.style:
        return _empty(spot, words, where)
    if kind.startswith("string") and isinstance(node, ScalarNode) and not isinstance(node.value, str):
        return Problem("PKG-208", {"text": text}, node.place, where)
    if isinstance(node, ScalarNode) and node.style in ("'", '"'):
        text = f"{node.style}{text}{node.style}"
    return Problem("PKG-203", {"text": text, "expected": words, "example": _example(node, words)}, node.place, where)


def _empty(spot: Spot, words: Wording, where: Path) -> Problem:
    """A key with nothing after it."""
    key = spot.key.text if spot.key is not None else "-"
    place = spot.key.place if spot.key is not None else spot.node.place
    return Problem("PKG-220", {"key": key, "expected": words}, place, where)


def _example(node: Node, words: Wording) -> str:
    """The value as it was probably meant; empty where that cannot be told."""
    if not isinstance(node, ScalarNode):
        return ""
    if words == EXPECTED["bool"]:
        return _FLAGS.get(node.text.lower(), "")
    if words == EXPECTED["list"] and node.text and not re.search(r"[\[\]{},:#]", node.text):
        return f"[{node.text}]"
    number = r"[-+]?[0-9]+" if words == EXPECTED["int"] else r"[-+]?[0-9]+(\.[0-9]+)?"
    if words in (EXPECTED["int"], EXPECTED["decimal"]) and node.style and re.fullmatch(number, node.text):
        return node.text
    return ""


def _as_identifier(text: str) -> str:
    """An id made of what was written; empty where nothing is left of it."""
    name = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()).strip("_")[:63]
    return name if re.match("[a-z]", name) else ""


def head(node: Node) -> Place:
    """Where to point when something is missing in a node: its first key, or the node itself."""
    return node.items[0][0].place if isinstance(node, MappingNode) and node.items else node.place


def written(node: Node) -> str:
    """What stands in the file, short enough for a message."""
    match node:
        case ScalarNode():
            text = " ".join(node.text.split())
            return text if len(text) <= 60 else f"{text[:57]}…"
        case SequenceNode():
            return "[…]"
        case _:
            return "{…}"
