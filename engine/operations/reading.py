"""What reading a form needs from the site: language, zone, units, constants, and the records that texts may name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from engine.entities.fields.base import Raw
from engine.forms.read import Named, ReadContext, named_in
from engine.operations.case import Case
from engine.operations.related import Related
from engine.operations.view import View


def read_context(case: Case) -> ReadContext:
    """Everything `forms.read` asks for, for one submission."""
    known = case.before.values if case.before else {}
    return ReadContext(
        language=case.actor.language,
        zone=case.zone(known),
        zone_paths=case.zone_paths,
        units=case.running.units,
        resolve=lambda named: resolve(case, named),
        new_id=case.site.new_id,
        scope=case.constants(known),
        draft=case.submission.transition is None and case.entity.entity in case.running.app.workflows,
    )


def resolve(case: Case, named: Sequence[Named]) -> Mapping[Named, Mapping[str, object] | None]:
    """The records that people named, as formulas see them.

    They are kept with the case: formulas look at the same records, and they are judged again under lock.
    """
    found = case.view.find(named)
    case.related.add(found.values())
    return {each: case.related.view(each[0], record.id) for each, record in found.items()}


def foretell(view: View, entity: str, raws: Iterable[Mapping[str, Raw]]) -> None:
    """Find all at once what many documents of an entity name, before each of them asks for its own.

    What that refers to is read as well: defaults such as `sold_as.item` lead there.
    """
    entities = view.running.app.entities
    found = view.find(named for raw in raws for named in named_in(entities[entity], raw)).values()
    behind: dict[str, set[str]] = defaultdict(set)
    for record in found:
        for name, target in entities[record.entity].references.items():
            id = record.values.get(name)
            if isinstance(id, str):
                behind[target].add(id)
    for target, ids in behind.items():
        view.read(target, frozenset(ids))
    Related(view.running.app, view.read, view.pool).add(found)
