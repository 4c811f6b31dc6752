"""The one catalogue of everything that can be said to people about a mistake, in zh and en.

Each file in the folder `catalogue/` holds the codes of one prefix:

    EXP-401: {severity: error, zh: "…{name}…", en: "…", hint: {zh: …, en: …}, explain: {zh: …, en: …}, bad: |…, good: |…}

To add a code: one entry in the file of its prefix. A code is never given another meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML

from engine.language.problems import Problem

FOLDER = Path(__file__).parent / "catalogue"
LANGUAGES = ("zh", "en")
SEVERITIES = ("error", "warning", "info")

_PARAMETER = re.compile(r"\{([a-z_]+)\}")


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


@lru_cache(maxsize=1)
def entries() -> Mapping[str, Entry]:
    """All entries by code, from every file of the folder."""
    found: dict[str, Entry] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for code, said in (YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")) or {}).items():
            assert code not in found, f"{code} is in the catalogue twice"
            found[code] = _entry(code, said)
    return MappingProxyType(found)


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
    """What to do about it; None where the catalogue has no advice, or it would be empty for these parameters."""
    said = entries()[problem.code].hint
    if said is None:
        suggested = problem.parameters.get("suggestions")
        return _did_you_mean(suggested, language) if suggested else None
    needed = _PARAMETER.findall(said[language])
    if any(problem.parameters.get(name) in (None, "", ()) for name in needed):
        suggested = problem.parameters.get("suggestions")
        return _did_you_mean(suggested, language) if suggested else None
    return _filled(said[language], problem.parameters, language)


def explain(code: str, language: str) -> str | None:
    """Everything the catalogue knows about a code, for `formwork explain CODE`; None for a code that does not exist."""
    entry = entries().get(code)
    if entry is None:
        return None
    words = {"zh": ("级别", "错误的写法", "正确的写法"), "en": ("severity", "wrong", "right")}[language]
    parts = [f"{code}  ({words[0]}: {entry.severity})", entry.text[language]]
    parts += [said[language] for said in (entry.explain, entry.hint) if said is not None]
    for title, example in ((words[1], entry.bad), (words[2], entry.good)):
        if example:
            parts.append(f"{title}:\n" + "\n".join(f"    {line}" for line in example.rstrip().splitlines()))
    return "\n\n".join(parts)


def _did_you_mean(suggested: object, language: str) -> str:
    names = worded(suggested, language)
    return f"你是不是想写 {names}？" if language == "zh" else f"did you mean {names}?"


def _filled(template: str, parameters: Mapping[str, object], language: str) -> str:
    """The template with its parameters; a parameter that is missing is a programmer's mistake."""
    return _PARAMETER.sub(lambda found: worded(parameters[found.group(1)], language), template)


def worded(value: object, language: str) -> str:
    """A parameter in words."""
    match value:
        case Mapping() if language in value:
            return str(value[language])
        case tuple() | list() | frozenset() | set():
            each = [worded(item, language) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
            return ("、" if language == "zh" else ", ").join(each)
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
