"""Cross checks of postings: what one side of a movement loses the other side gains."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.problems import Problem
from engine.packages.look import Look


def conserved_measures_balance(look: Look) -> Iterator[Problem]:
    """REF-337: an entry moves a conserved measure on one side only, and no other entry is its far side."""
    for part_id, posting in look.app.postings.items():
        for entry in posting.entries:
            ledger = look.app.ledgers.get(entry.ledger)
            kept = [m.id for m in ledger.measures if m.conserve and m.id in entry.measures] if ledger else []
            if not kept or len(entry.sides) != 1:
                continue
            sign = entry.sides[0][0]
            far = (other for other in posting.entries if other.ledger == entry.ledger and len(other.sides) == 1)
            if not any(other.sides[0][0] == -sign for other in far):
                missing = "to" if sign < 0 else "from"
                path = ("postings", part_id, "entries", entry.id)
                yield look.at("REF-337", path, entry=entry.id, measure=kept[0], ledger=entry.ledger, missing=missing)


def reversals(look: Look) -> Iterator[Problem]:
    """REF-316: a posting takes back one that the same documents never make."""
    for part_id, posting in look.app.postings.items():
        if posting.reverses is None or look.poison.has("postings", posting.reverses):
            continue
        same = [each.posting for each in look.app.postings.values() if each.entity == posting.entity and each.entries]
        if posting.reverses not in same:
            yield look.unknown("REF-316", posting.reverses, same, ("postings", part_id, "reverses"))
