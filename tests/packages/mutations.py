"""Mistakes people make, made on purpose at known places of package files.

A mutation is one small edit of one line. The generator knows nothing about how the loader works; it only knows how
YAML and formulas are mistyped: by keyboard, by input method, by copy and paste, by memory.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Files = Mapping[str, str]


@dataclass(frozen=True)
class Mutation:
    """One edit: which sort of mistake, in which file, on which line, and the whole text afterwards."""

    sort: str
    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.sort} {self.file}:{self.line}"


def swapped(word: str) -> str:
    """Two inner letters changed places, or a letter doubled in short words: what fingers do."""
    for index in range(1, len(word) - 1):
        if word[index] != word[index + 1]:
            return word[:index] + word[index + 1] + word[index] + word[index + 2 :]
    return word + word[-1]


Edit = Callable[[str], Iterator[str]]
WORD = r"[a-z][a-z0-9_]*"


def each_match(pattern: str, change: Callable[[re.Match[str]], str]) -> Edit:
    """Lines with the named part of one match of a pattern changed."""
    compiled = re.compile(pattern)

    def edit(line: str) -> Iterator[str]:
        for match in compiled.finditer(line):
            yield line[: match.start("x")] + change(match) + line[match.end("x") :]

    return edit


def misspelt(pattern: str) -> Edit:
    """The part of the pattern called x with two letters swapped."""
    return each_match(pattern, lambda match: swapped(match["x"]))


def replaced(pattern: str, by: str) -> Edit:
    """The part of the pattern called x replaced."""
    return each_match(pattern, lambda _: by)


FORMULA = r"(?:that|when|to|show|where|value|default): (?:[^'\"{}]*[ (])?"

KEYS = (
    "label kind fields required entity states items actions where columns message from who that "
    "title identity dimensions measures grains entries grants searchable scale readonly"
).replace(" ", "|")
KINDS = ("text decimal quantity money date choice flag reference lines integer require derive table default").replace(
    " ", "|"
)
FIELDS = ("total supplier place note quantity price company item received_on to_place issued_on").replace(" ", "|")

EDITS: Mapping[str, Edit] = {
    "misspelt key": misspelt(rf"(?:^ *(?:- )?|[{{,] ?)(?P<x>{KEYS})(?=: )"),
    "misspelt kind": misspelt(rf"kind: (?P<x>{KINDS})\b"),
    "misspelt reference": misspelt(r"\{id: \w+, kind: reference, to: (?P<x>\w+)"),
    "misspelt identity": misspelt(r"^identity: \[(?P<x>\w+)"),
    "misspelt ledger": misspelt(r"^ +ledger: (?P<x>\w+)"),
    "misspelt dimension": misspelt(r"by: \[(?P<x>\w+)"),
    "misspelt conserved dimension": misspelt(r"conserve: \[(?P<x>\w+)"),
    "misspelt ref": misspelt(r"ref: (?P<x>\w+)"),
    "misspelt posting": misspelt(r"posts: \[(?P<x>\w+)"),
    "misspelt role": misspelt(r"role\((?P<x>\w+)\)"),
    "misspelt who": misspelt(r"(?P<x>role)\(\w+\)"),
    "misspelt target state": misspelt(r"^ +to: (?P<x>draft|posted|reversed|cancelled)"),
    "misspelt source state": misspelt(r"^ +from: (?P<x>draft|posted|reversed|cancelled)"),
    "misspelt start": misspelt(r"^start: (?P<x>\w+)"),
    "misspelt series": misspelt(r"^series: (?P<x>\w+)"),
    "misspelt grant entity": misspelt(r"\{id: \w+, entity: (?P<x>\w+)"),
    "misspelt action": misspelt(r"actions: \[[^\]]*?(?P<x>edit|create|cancel|post|open)\b"),
    "misspelt menu entry": misspelt(r"- \{(?:entity|report): (?P<x>\w+)\}"),
    "misspelt column in filters": misspelt(r"filters: \[(?:\w+, )?(?P<x>\w{4,})"),
    "misspelt field in section": misspelt(r"fields: \[(?:\w+, )*?(?P<x>\w{4,})"),
    "misspelt field in formula": misspelt(rf"{FORMULA}(?:line\.)?(?P<x>{FIELDS})\b"),
    "misspelt path in formula": misspelt(r"(?:line\.item|supplier|line|place|settings|actor)\.(?P<x>\w{4,})"),
    "misspelt path of a unit": misspelt(r"unit: (?:line\.)?item\.(?P<x>unit)"),
    "unknown function": misspelt(r"(?P<x>today|sum|round_half_up|year|count|coalesce)\("),
    "unknown name in a template": misspelt(r"^(?:title|format): \"[^\"]*\{(?:year\()?(?P<x>\w{4,})"),
    "wrong choice": misspelt(r"(?:kind|state|level|tracking) (?:==|in|!=) \[?'(?P<x>\w{3,})'"),
    "unit mismatch": replaced(r"sum\((?P<x>lines\.amount)\)", "lines.quantity"),
    "wrong type": replaced(r"that: (?P<x>\w+ is not None|\w+(?:\.\w+)? (?:==|in|<|>)[^,]*)", "today() + 1 > 'x'"),
    "assignment for comparison": replaced(r"(?:that|where): [^'\"]*?\w (?P<x>==) ", "="),
    "missing kind": replaced(r"\{id: \w+(?P<x>, kind: \w+)", ""),
    "missing target": replaced(r"kind: reference(?P<x>, to: \w+)", ""),
    "missing id": replaced(r"\{(?P<x>id: \w+, )kind: ", ""),
    "missing label value": replaced(r"label: (?P<x>\{[^}]*\})", "[]"),
    "flag that is none": replaced(r"(?:required|searchable|readonly|numbers|final|sum): (?P<x>true)", "ja"),
    "number that is none": replaced(r"(?:max|scale|columns): (?P<x>[0-9]+)", "many"),
    "limit that is none": replaced(r"(?<!exclusive_)min: (?P<x>0)\b", "nothing_of_that_name"),
    "full-width colon": replaced(r"^ *(?:- )?\w+(?P<x>: )\S", "："),
    "full-width colon in a flow mapping": replaced(r"[{,] ?\w+(?P<x>: )\S", "："),
    "full-width comma": replaced(r"\w(?P<x>, )\w+: ", "，"),
    "full-width quotes": replaced(r"(?P<x>\"[^\"]*\")", "“text”"),
    "no space after colon": replaced(r"^ *(?:- )?\w+(?P<x>: )[\w\[{\"]", ":"),
    "removed colon": replaced(r"^ *\w+(?P<x>:)(?: |$)", ""),
    "unclosed quote": replaced(r"(?:title|format|default): \"[^\"]+(?P<x>\")$", ""),
    "unclosed bracket": replaced(r"(?P<x>\])$", ""),
    "unclosed brace": replaced(r"(?P<x>\})$", ""),
    "unclosed parenthesis": replaced(r"\w\([^()]*(?P<x>\))$", ""),
    "space too many": replaced(r"^(?P<x> +)\w+: \S", "           "),
    "tab": replaced(r"^(?P<x>  +)\w+: \S", "\t"),
    "dash without space": replaced(r"^ *-(?P<x> )\{", ""),
    "bad id": each_match(r"- \{id: (?P<x>\w+), (?:kind|entity|from|ref|by|ledger|set)\b",
        lambda match: match["x"].capitalize()),
    "unquoted code": replaced(r"(?:max|scale): (?P<x>[0-9]+)", "007"),
}  # fmt: skip


def duplicate_ids(lines: list[str]) -> Iterator[tuple[int, str]]:
    """An item that got the id of the item of the same list right above it."""
    previous: dict[int, str] = {}
    for index, line in enumerate(lines):
        found = re.match(r"^( *)- (\{)?id: (\w+)", line)
        indent = len(line) - len(line.lstrip())
        for deeper in [depth for depth in previous if depth > indent]:
            del previous[deeper]
        if not found:
            if line.strip() and not line.lstrip().startswith("#"):
                previous.pop(indent, None)
            continue
        if indent in previous:
            yield index, line.replace(f"id: {found[3]}", f"id: {previous[indent]}", 1)
        previous[indent] = found[3]


def candidates(files: Files) -> Iterator[Mutation]:
    """Every mutation of every file."""
    for name in sorted(files):
        lines = files[name].split("\n")
        for index, line in enumerate(lines):
            code = line.split(" #")[0].rstrip()
            if not code.strip() or code.lstrip().startswith("#"):
                continue
            for sort, edit in EDITS.items():
                for changed in edit(code):
                    if changed != code:
                        yield made(sort, name, lines, index, changed)
        for index, changed in duplicate_ids(lines):
            yield made("duplicate id", name, lines, index, changed)


def made(sort: str, name: str, lines: list[str], index: int, changed: str) -> Mutation:
    """The mutation that replaces one line."""
    return Mutation(sort, name, index + 1, "\n".join([*lines[:index], changed, *lines[index + 1 :]]))


def chosen(files: Files, seed: int, most_of_a_sort: int) -> list[Mutation]:
    """A fixed choice of mutations, no sort more often than allowed."""
    by_sort: dict[str, list[Mutation]] = {}
    for mutation in candidates(files):
        by_sort.setdefault(mutation.sort, []).append(mutation)
    picked: list[Mutation] = []
    for sort in sorted(by_sort):
        picked += random.Random(f"{seed} {sort}").sample(by_sort[sort], min(most_of_a_sort, len(by_sort[sort])))
    return picked
