"""Names of people → ids of a package: letters without accents, blanks as underscores, each only once."""

from __future__ import annotations

import keyword
import re
import unicodedata

LONGEST = 60

RESERVED = frozenset(
    {*(word.lower() for word in keyword.kwlist), "line", "today", "now", "functions", "actor", "settings", "id"}
    | {"null", "nil", "yes", "no", "on", "off", "value"}
)
"""Words that mean something else where a formula or YAML reads them."""


class Names:
    """The ids taken so far."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def fresh(self, name: str, otherwise: str) -> str:
        """An id for a name that no other name has; `otherwise` where nothing of the name can be kept."""
        base = slug(name) or otherwise
        if base in RESERVED or not base[0].isalpha():
            base = f"{otherwise}_{base}"
        base = base[:LONGEST].rstrip("_")
        found, number = base, 2
        while found in self._taken:
            found, number = f"{base[: LONGEST - 4]}_{number}", number + 1
        self._taken.add(found)
        return found


def slug(name: str) -> str:
    """What of a name can stand in an id."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    plain = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
