"""What a story may name: the parts of the app, the people of its seeds, its files and the steps told so far.

Every name is looked up when the story is read, so a story that can be played speaks of nothing unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.entities.fields.base import FieldKind
from engine.entities.fields.lines import LinesField
from engine.language.catalogue import entries
from engine.language.declared import Declared
from engine.language.problems import Place, Problem
from engine.language.suggest import close
from engine.packages.schema import App

Wording = Mapping[str, str]

MOST_NAMED = 12
"""Known names told in a message; more would hide the answer."""

SORTS: Mapping[str, Wording] = {
    "alert": {"zh": "提醒", "en": "alert"},
    "code": {"zh": "问题代码", "en": "problem code"},
    "column": {"zh": "列", "en": "column"},
    "conversion": {"zh": "转换单据", "en": "conversion"},
    "dimension": {"zh": "维度", "en": "dimension"},
    "entity": {"zh": "实体", "en": "entity"},
    "field": {"zh": "字段", "en": "field"},
    "file": {"zh": "文件", "en": "file"},
    "grain": {"zh": "余额", "en": "grain"},
    "ledger": {"zh": "账簿", "en": "ledger"},
    "level": {"zh": "级别", "en": "level"},
    "log-in": {"zh": "登录名", "en": "log-in of a seeded person"},
    "mapping": {"zh": "导入映射", "en": "import mapping"},
    "measure": {"zh": "度量", "en": "measure"},
    "report": {"zh": "报表", "en": "report"},
    "role": {"zh": "角色", "en": "role"},
    "rule": {"zh": "规则、取数方式或转换", "en": "rule, draw or transition"},
    "seed": {"zh": "种子数据", "en": "seed"},
    "setting": {"zh": "设置", "en": "setting"},
    "state": {"zh": "状态", "en": "state"},
    "transition": {"zh": "转换", "en": "transition"},
}


@dataclass(frozen=True, slots=True)
class Told:
    """An earlier step: its word (`entity`, `import`, …) and the entity of the record it left, if it left one."""

    word: str
    entity: str | None = None


@dataclass(slots=True)
class Cast:
    """Everything that can be named at one point of a story. `steps` grows as the story goes on."""

    app: App
    logins: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    steps: dict[str, Told] = field(default_factory=dict)

    def known(self, sort: str, name: str | None, known: Iterable[str], place: Place | None) -> Iterator[Problem]:
        """PKG-310 for a name that is not among the known ones, with what was probably meant; nothing for no name."""
        names = tuple(known)
        if name is None or name in names:
            return
        told = names[:MOST_NAMED] + (("…",) if len(names) > MOST_NAMED else ())
        parameters = {"sort": SORTS[sort], "name": name, "known": told, "suggestions": close(name, names)}
        yield Problem("PKG-310", parameters, place)

    def codes(self, of: Declared, key: str) -> Iterator[Problem]:
        """PKG-310 for a problem code that the catalogue does not have."""
        for position, code in enumerate(getattr(of, key) or ()):
            yield from self.known("code", code, entries(), of.place_at(key, position))

    def step(self, name: str, place: Place | None, words: Iterable[str] = ()) -> Iterator[Problem]:
        """IMP-130 for a step that was not told before; PKG-314 for one of another sort than those with these words."""
        told, wanted = self.steps.get(name), tuple(words)
        if told is None:
            parameters = {"name": name, "known": tuple(self.steps), "suggestions": close(name, self.steps)}
            yield Problem("IMP-130", parameters, place)
        elif wanted and told.word not in wanted:
            yield Problem("PKG-314", {"name": name, "word": told.word, "wanted": wanted}, place)

    def entity_of(self, step: str | None) -> str | None:
        """The entity of the record that an earlier step left; None where it left none."""
        told = self.steps.get(step or "")
        return told.entity if told is not None and told.entity in self.app.entities else None

    def transition(self, entity: str | None, name: str | None, place: Place | None) -> Iterator[Problem]:
        """PKG-310 for a transition that the documents of an entity do not have."""
        if entity is not None:
            workflow = self.app.workflows.get(entity)
            yield from self.known(
                "transition", name, [each.id for each in workflow.transitions] if workflow else (), place
            )

    def fields(self, entity: str | None, of: Declared, key: str) -> Iterator[Problem]:
        """PKG-310 for every name in a mapping of values, also in its lines, that is no field."""
        if entity is not None:
            yield from self._fields(self.app.entities[entity].by_id, getattr(of, key), of, (key,))

    def _fields(
        self, fields: Mapping[str, FieldKind], values: Mapping[str, Any], of: Declared, path: tuple[str | int, ...]
    ) -> Iterator[Problem]:
        for name, value in values.items():
            yield from self.known("field", str(name), fields, of.key_place(*path, name))
            kind = fields.get(str(name))
            if isinstance(kind, LinesField) and isinstance(value, list | tuple):
                inside = {each.id: each for each in kind.fields}
                for row, line in enumerate(value):
                    if isinstance(line, Mapping):
                        named = {key: held for key, held in line.items() if key != "id"}
                        yield from self._fields(inside, named, of, (*path, name, row))

    def field_paths(self, entity: str | None, of: Declared, key: str) -> Iterator[Problem]:
        """PKG-310 for every path in a list (`price`, `lines.price`, `lines.0.price`) that is no field."""
        if entity is not None:
            paths = [path for path, _ in self.app.entities[entity].every_field()]
            for position, path in enumerate(getattr(of, key) or ()):
                named = ".".join(part for part in path.split(".") if not part.isdecimal())
                yield from self.known("field", named, paths, of.place_at(key, position))

    def columns(self, report: str, of: Declared, *keys: str, besides: Iterable[str] = ()) -> Iterator[Problem]:
        """PKG-310 for every name under these keys (a mapping, a list of names or of rows) that is no column."""
        declared = self.app.reports.get(report)
        if declared is None:
            return
        known = [*(column.id for column in declared.columns), *besides]
        for key in keys:
            written = getattr(of, key) or ()
            if isinstance(written, Mapping):
                for name in written:
                    yield from self.known("column", name, known, of.key_place(key, name))
                continue
            for position, each in enumerate(written):
                for name in each if isinstance(each, Mapping) else (each,):
                    place = of.key_place(key, position, name) if isinstance(each, Mapping) else None
                    yield from self.known("column", name, known, place or of.place_at(key, position))
