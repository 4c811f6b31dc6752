"""The flat names of an HTML form or a table's columns as the nested content that JSON would say.

`lines-0-quantity` is the field `quantity` of the first row of `lines`. Rows keep their order, gaps close up. A name
that does not fit is kept as it is, so that the reader can say that it knows no such field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.entities.fields.base import Raw

_CELL = re.compile(r"([a-z][a-z0-9_]*)-([0-9]{1,6})-([a-z][a-z0-9_]*)")


def unflatten(pairs: Iterable[tuple[str, Raw]]) -> dict[str, Raw]:
    """Pairs of names and raw values as nested content. Of a name given twice the last value counts.

    Rows win over a bare value of the same name: an empty `lines=` beside the rows only says that the lines were shown.
    """
    plain: dict[str, Raw] = {}
    rows: dict[str, dict[int, dict[str, Raw]]] = {}
    for name, value in pairs:
        match = _CELL.fullmatch(name)
        if match is None:
            plain[name] = value
        else:
            rows.setdefault(match[1], {}).setdefault(int(match[2]), {})[match[3]] = value
    nested: dict[str, Raw] = {
        name: [by_number[number] for number in sorted(by_number)] for name, by_number in rows.items()
    }
    return {**plain, **nested}


def is_flat(names: Iterable[str]) -> bool:
    """Whether some of the names are flat ones. Ids of fields have no hyphen, so nothing else can look like it."""
    return any(_CELL.fullmatch(name) for name in names)
