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


def earlier_postings(look: Look) -> Iterator[Problem]:
    """REF-316, REF-328: a posting takes up one that the same documents never make, or changes what no ledger has."""
    for part_id, posting in look.app.postings.items():
        if posting.earlier is None or look.poison.has("postings", posting.earlier):
            continue
        same = [each.posting for each in look.app.postings.values() if each.entity == posting.entity and each.entries]
        if posting.earlier not in same:
            key = "reverses" if posting.reverses is not None else "moves_on"
            yield look.unknown("REF-316", posting.earlier, same, ("postings", part_id, key))
            continue
        ledgers = [look.app.ledgers.get(entry.ledger) for entry in look.app.postings[posting.earlier].entries]
        known = [each.id for ledger in ledgers if ledger is not None for each in ledger.dimensions]
        for name in posting.to:
            if name not in known:
                yield look.unknown("REF-328", name, known, ("postings", part_id, "to", name))


def taken_off(look: Look) -> Iterator[Problem]:
    """REF-320, REF-329: what a counted grain takes off is a kept balance by the same dimensions."""
    kept = [f"{ledger.ledger}.{grain.id}" for ledger in look.app.ledgers.values() for grain in ledger.kept]
    for part_id, ledger in look.app.ledgers.items():
        for grain in ledger.counted:
            if grain.less is None or look.poison.has("ledgers", grain.less.partition(".")[0]):
                continue
            path = ("ledgers", part_id, "grains", grain.id, "less")
            if grain.less not in kept:
                yield look.unknown("REF-320", grain.less, kept, path)
                continue
            name, _, other = grain.less.partition(".")
            found = look.app.ledgers[name].grain(other)
            if found is not None and _kinds(look, name, found.by) != _kinds(look, part_id, grain.by):
                yield look.at("REF-329", path, grain=grain.id, less=grain.less, by=", ".join(grain.by))


def _kinds(look: Look, ledger: str, names: tuple[str, ...]) -> dict[str, object]:
    """What some dimensions of a ledger are."""
    found = {each.id: each for each in look.app.ledgers[ledger].dimensions}
    return {name: (found[name].ref, found[name].choices, found[name].kind) for name in names if name in found}
