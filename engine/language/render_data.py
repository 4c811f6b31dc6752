"""Problems for programs: JSON for editors and scripts, SARIF 2.1.0 (OASIS) for code review tools."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from engine.language.catalogue import entries, explain, hint, message
from engine.language.problems import Place, Problem

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By file and position; what has no place comes first; the same mistake at the same place only once."""
    unique = {_identity(problem): problem for problem in reversed(list(problems))}
    return tuple(sorted(unique.values(), key=_order))


def _identity(problem: Problem) -> tuple[object, ...]:
    return problem.code, problem.place, problem.path, str(sorted(problem.parameters.items(), key=str))


def _order(problem: Problem) -> tuple[object, ...]:
    place = problem.place or Place("", 0, 0, 0, 0)
    return place, problem.code, tuple(str(step) for step in problem.path), message(problem, "en")


def as_data(problem: Problem, language: str) -> dict[str, object]:
    """One problem as plain data: code, severity, texts, place, path and parameters."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": message(problem, language),
        "hint": hint(problem, language),
        "place": _place(problem.place),
        "path": list(problem.path),
        "related": [{"place": _place(place), "word": word} for place, word in problem.related],
        "parameters": {name: _plain(value) for name, value in problem.parameters.items()},
    }


def render_json(problems: Iterable[Problem], language: str) -> str:
    """All problems as one JSON document, sorted by file and place."""
    found = [as_data(problem, language) for problem in ordered(problems)]
    return json.dumps({"problems": found}, ensure_ascii=False, indent=2) + "\n"


def render_sarif(problems: Iterable[Problem], language: str) -> str:
    """All problems as a SARIF log: one rule per code, one result per problem, each with a stable fingerprint."""
    found = ordered(problems)
    codes = sorted({problem.code for problem in found})
    seen: dict[str, int] = {}
    driver = {
        "name": "formwork",
        "informationUri": "urn:formwork",
        "rules": [_rule(code, language) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"PACKAGES": {"description": {"text": "The folder that holds the packages."}}},
        "results": [_result(problem, codes.index(problem.code), language, seen) for problem in found],
    }
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _place(place: Place | None) -> dict[str, object] | None:
    if place is None:
        return None
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }


def _plain(value: object) -> object:
    """A parameter as JSON takes it; exact numbers and dates as text."""
    match value:
        case Mapping():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case set() | frozenset():
            return sorted((_plain(inner) for inner in value), key=str)
        case tuple() | list():
            return [_plain(inner) for inner in value]
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case bool() | int() | str() | None:
            return value
        case _:
            return str(value)


def _rule(code: str, language: str) -> dict[str, object]:
    """What SARIF wants to know of a code."""
    entry = entries()[code]
    text = entry.text[language]
    return {
        "id": code,
        "name": code.replace("-", ""),
        "shortDescription": {"text": (entry.explain or entry.text)[language]},
        "fullDescription": {"text": text},
        "help": {"text": explain(code, language) or text},
        "helpUri": f"urn:formwork:problem:{code}",
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
    }


def _result(problem: Problem, index: int, language: str, seen: dict[str, int]) -> dict[str, object]:
    """One problem. The fingerprint does not hold the line, so that it survives edits elsewhere in the file."""
    said = message(problem, language)
    advice = hint(problem, language)
    file = problem.place.file if problem.place else ""
    identity = "\0".join([problem.code, file, *map(str, problem.path), message(problem, "en")])
    seen[identity] = seen.get(identity, 0) + 1
    digest = hashlib.sha256(f"{identity}\0{seen[identity]}".encode()).hexdigest()
    result: dict[str, object] = {
        "ruleId": problem.code,
        "ruleIndex": index,
        "level": _LEVELS[problem.severity],
        "message": {"text": f"{said}\n{advice}" if advice else said or problem.code},
        "partialFingerprints": {"formwork/v1": digest},
    }
    if problem.place is not None:
        result["locations"] = [_location(problem.place, problem.path)]
    elif problem.path:
        result["locations"] = [{"logicalLocations": [_logical(problem.path)]}]
    if problem.related:
        result["relatedLocations"] = [
            {**_location(place, ()), "id": number, "message": {"text": word or "related"}}
            for number, (place, word) in enumerate(problem.related)
        ]
    return result


def _location(place: Place, path: tuple[str | int, ...]) -> dict[str, object]:
    region = {"startLine": place.line, "startColumn": place.column}
    if (place.end_line, place.end_column) > (place.line, place.column):
        region |= {"endLine": place.end_line, "endColumn": place.end_column}
    found: dict[str, object] = {
        "physicalLocation": {"artifactLocation": {"uri": place.file, "uriBaseId": "PACKAGES"}, "region": region}
    }
    if path:
        found["logicalLocations"] = [_logical(path)]
    return found


def _logical(path: tuple[str | int, ...]) -> dict[str, object]:
    return {"fullyQualifiedName": ".".join(str(step) for step in path)}
