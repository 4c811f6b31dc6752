"""What no statement may contain, because it does not work on every database that speaks PostgreSQL's language."""

from __future__ import annotations

import re

FORBIDDEN = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "LISTEN/NOTIFY": r"^\s*(un)?listen\b|^\s*notify\b|pg_notify",
        "advisory locks": r"pg_(try_)?advisory",
        "session SET": r"^\s*set\s+(?!local\b)|set_config|^\s*reset\b",
        "sequences": r"\w (big|small)?serial\b(?!\s*=)|\bsequence\b|nextval|autoincrement|\bidentity\b",
        "triggers, rules, procedures": r"\bcreate\s+(or\s+replace\s+)?(trigger|rule|procedure|function)\b|^\s*do\s+\$",
        "deferrable constraints": r"\bdeferrable\b|initially\s+deferred|exclude\s+using",
        "savepoints": r"\bsavepoint\b",
        "temporary tables": r"\btemp(orary)?\s+table\b|with\s+hold",
        "stronger isolation by statement": r"\bserializable\b",
        "table locks": r"^\s*lock\s+table",
    }.items()
}


def offences(statement: str) -> list[str]:
    """What of the closed list a statement breaks."""
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(statement)]
