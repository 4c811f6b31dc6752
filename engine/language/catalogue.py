"""The one catalogue of everything that can be said to people about a mistake, in zh and en.

Each file in the folder `catalogue/` holds the codes of one prefix:

    EXP-401: {severity: error, zh: "…{name}…", en: …, hint: {zh: …, en: …}, explain: {zh: …, en: …}, bad: |…, good: |…}

`{name}` stands for a parameter of the problem. What stands in `[[ … ]]` is left out when one of its parameters is
empty.
To add a code: one entry in the file of its prefix. A code is never given another meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from engine.language.problems import Problem

FOLDER = Path(__file__).parent / "catalogue"
LANGUAGES = ("zh", "en")
SEVERITIES = ("error", "warning", "info")

_CODE = re.compile(r"^([A-Z]+-[0-9]+):", re.MULTILINE)
_PARAMETER = re.compile(r"\{([a-z_]+)\}")
_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_EMPTY: tuple[object, ...] = (None, "", (), [])
_NEAR = {"zh": "你是不是想写 {names}？", "en": "did you mean {names}?"}
_HEADINGS = {
    "zh": ("级别", "怎么改", "错误的写法", "正确的写法"),
    "en": ("severity", "what to do", "wrong", "right"),
}
_SEVERITY_WORDS = {
    "zh": {"error": "错误", "warning": "警告", "info": "提示"},
    "en": {severity: severity for severity in SEVERITIES},
}
_OR = {"zh": " 或 ", "en": " or "}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalogue says for one code."""

    code: str
    severity: str
    text: Mapping[str, str]
    hint: Mapping[str, str] | None = None
    explain: Mapping[str, str] | None = None
    bad: str | None = None
    good: str | None = None


class _Entries(Mapping[str, Entry]):
    """All entries by code. A start of the engine needs a few of them, so each is read when it is first asked for."""

    def __init__(self, blocks: Mapping[str, str]) -> None:
        self._blocks = blocks
        self._read: dict[str, Entry] = {}

    def __getitem__(self, code: str) -> Entry:
        if code not in self._read:
            said = YAML(typ="safe", pure=True).load(self._blocks[code])
            self._read[code] = _entry(code, said[code])
        return self._read[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)


@lru_cache(maxsize=1)
def entries() -> Mapping[str, Entry]:
    """All entries by code, from every file of the folder."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for code, block in blocks(path.read_text(encoding="utf-8")):
            assert code not in found, f"{code} is in the catalogue twice"
            found[code] = block
    return _Entries(found)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """The entries of a catalogue file as (code, text), cut at the lines that begin with a code."""
    starts = list(_CODE.finditer(text))
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        yield start.group(1), text[start.start() : following.start() if following else len(text)]


def _entry(code: str, said: Mapping[str, Any]) -> Entry:
    text = {language: said[language] for language in LANGUAGES}
    optional = {name: said.get(name) for name in ("hint", "explain", "bad", "good")}
    return Entry(code, said.get("severity", "error"), text, **optional)


def severity_of(code: str) -> str:
    """error, warning or info."""
    return entries()[code].severity


def message(problem: Problem, language: str) -> str:
    """One sentence that says what is wrong."""
    return _filled(entries()[problem.code].text[language], problem.parameters, language)


def hint(problem: Problem, language: str) -> str | None:
    """What to do about it: what was probably meant, then the catalogue's advice; None where there is neither."""
    parts = [part for part in (did_you_mean(problem, language), remedy(problem, language)) if part]
    return " ".join(parts) or None


def remedy(problem: Problem, language: str) -> str | None:
    """The catalogue's advice; None where it has none, or where a parameter it needs is empty."""
    said = entries()[problem.code].hint
    if said is None:
        return None
    required = _PARAMETER.findall(_OPTIONAL.sub("", said[language]))
    if any(problem.parameters.get(name) in _EMPTY for name in required):
        return None
    return _filled(said[language], problem.parameters, language)


def did_you_mean(problem: Problem, language: str) -> str | None:
    """What was probably meant, from the parameter `suggestions`; None where nothing is near or a text says so."""
    near = problem.parameters.get("suggestions")
    entry = entries()[problem.code]
    said = entry.text[language] + (entry.hint[language] if entry.hint else "")
    if near in _EMPTY or "{suggestions}" in said:
        return None
    names = [str(name) for name in near] if isinstance(near, tuple | list) else [str(near)]
    return _NEAR[language].replace("{names}", _OR[language].join(f"“{name}”" for name in names))


def explain(code: str, language: str) -> str | None:
    """Everything the catalogue knows about a code, for `formwork explain CODE`; None for a code that does not exist."""
    entry = entries().get(code)
    if entry is None:
        return None
    words = _HEADINGS[language]
    parts = [f"{code}  ({words[0]}: {_SEVERITY_WORDS[language][entry.severity]})", _bare(entry.text[language])]
    if entry.explain is not None:
        parts.append(entry.explain[language])
    if entry.hint is not None:
        parts.append(f"{words[1]}: {_bare(entry.hint[language])}")
    for title, example in ((words[2], entry.bad), (words[3], entry.good)):
        if example:
            parts.append(f"{title}:\n" + "\n".join(f"    {line}" for line in example.rstrip().splitlines()))
    return "\n\n".join(parts)


def _bare(template: str) -> str:
    """A template as people may read it: parameters as <name>, optional parts as they are."""
    return _PARAMETER.sub(r"<\1>", _OPTIONAL.sub(r"\1", template))


def placeholders(template: str) -> frozenset[str]:
    """The parameters a template uses."""
    return frozenset(_PARAMETER.findall(template))


def _filled(template: str, parameters: Mapping[str, object], language: str) -> str:
    """The template with its parameters; a parameter that is missing is a programmer's mistake."""

    def kept(found: re.Match[str]) -> str:
        empty = any(parameters.get(name) in _EMPTY for name in _PARAMETER.findall(found.group(1)))
        return "" if empty else found.group(1)

    return _PARAMETER.sub(lambda found: worded(parameters[found.group(1)], language), _OPTIONAL.sub(kept, template))


def worded(value: object, language: str) -> str:
    """A parameter in words."""
    match value:
        case Mapping() if language in value:
            return str(value[language])
        case tuple() | list() | frozenset() | set():
            rows = sorted(value, key=str) if isinstance(value, set | frozenset) else value
            return ("、" if language == "zh" else ", ").join(worded(item, language) for item in rows)
        case bool():
            return {"zh": ("否", "是"), "en": ("no", "yes")}[language][value]
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case None:
            return "—"
        case _:
            return str(value)
