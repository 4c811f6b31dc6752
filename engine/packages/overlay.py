"""Lays the differences a higher layer states over a definition of a lower layer, by id, on source nodes.

A file whose part is already defined below says only what differs:

    entity: item
    set: {title: "{code} {name}"}             # a key of the part itself; `null` gives the key back to its default
    fields:
      - {id: step, set: {default: 0.001}}     # a key of an item
      - {id: shelf_days, add: {kind: integer}, after: name}
      - {id: note, remove: true}
      - id: lines                             # items inside an item, as deep as needed
        fields: [{id: price, set: {min: 0}}]

`set` replaces the whole value under a key. Everything keeps the place where it was written, so every effective value
knows its file, line and layer; what was replaced is kept in the history (`engine.packages.origin` shows it).
Wrong overlays are problems PKG-252 to PKG-259.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.language.problems import Place, Problem
from engine.language.scope import suggestion
from engine.language.source import MappingNode, Node, ScalarNode, SequenceNode

Path = tuple[str, ...]

OPERATIONS = ("set", "add", "remove", "after", "before")


@dataclass
class History:
    """What overlays replaced: for each path (by ids) the nodes that stood there before, oldest first."""

    replaced: dict[Path, list[Node]] = field(default_factory=dict)
    removed: dict[Path, tuple[Place, Node]] = field(default_factory=dict)

    def replace(self, path: Path, old: Node) -> None:
        """Keep the node that a `set` replaced."""
        self.replaced.setdefault(path, []).append(old)


def entry(node: Node | None, key: str) -> tuple[ScalarNode, Node] | None:
    """The key node and the value under a key of a mapping, or None (also when the node is no mapping)."""
    if isinstance(node, MappingNode):
        return next((item for item in node.items if item[0].text == key), None)
    return None


def child(node: Node | None, key: str) -> Node | None:
    """The value under a key of a mapping, or None."""
    found = entry(node, key)
    return found[1] if found else None


def text_of(node: Node | None) -> str | None:
    """The text of a scalar as it was written, or None."""
    return node.text if isinstance(node, ScalarNode) else None


def id_of(node: Node) -> str | None:
    """What an item of a list is known by: its `id`; a menu entry is known by the entity or report it opens."""
    for key in ("id", "entity", "report"):
        text = text_of(child(node, key))
        if text is not None:
            return text
    return None


class Overlay:
    """One pass that lays one file over one definition, collecting all problems."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.problems: list[Problem] = []

    def lay(self, base: MappingNode, change: MappingNode, path: Path, own: frozenset[str]) -> MappingNode:
        """The base with the differences of `change` applied; `own` are keys that name the thing (`id`, `entity`)."""
        effective = base
        for key, value in change.items:
            if key.text in own:
                continue
            if key.text == "set":
                effective = self._set(effective, value, path)
            elif isinstance(value, SequenceNode) and _changeable(child(base, key.text), value):
                effective = self._list(effective, key, value, (*path, key.text))
            else:
                self._whole(base, key, value, path)
        return effective

    def _whole(self, base: MappingNode, key: ScalarNode, value: Node, path: Path) -> None:
        """A key stated outright although the thing is defined below, or a list that has no ids to change it by."""
        old = entry(base, key.text)
        code = "PKG-257" if isinstance(value, SequenceNode) and old else "PKG-252"
        related = ((old[0].place if old else base.place, "defined"),)
        self._problem(code, key.place, path, related, key=key.text, id=path[-1])

    def _set(self, base: MappingNode, values: Node, path: Path) -> MappingNode:
        """Replace the values under the keys named; null removes the key."""
        if not isinstance(values, MappingNode):
            self._problem("PKG-256", values.place, path, operation="set")
            return base
        items = list(base.items)
        for key, value in values.items:
            index = next((i for i, (known, _) in enumerate(items) if known.text == key.text), None)
            if index is None:
                items.extend([] if _null(value) else [(key, value)])
                continue
            self.history.replace((*path, key.text), items[index][1])
            items[index : index + 1] = [] if _null(value) else [(key, value)]
        return MappingNode(base.place, tuple(items))

    def _list(self, base: MappingNode, key: ScalarNode, changes: SequenceNode, path: Path) -> MappingNode:
        """Apply the changes of one list of items, in the order written."""
        found = entry(base, key.text)
        old = found[1] if found else None
        items = list(old.items) if isinstance(old, SequenceNode) else []
        for change in changes.items:
            self._item(items, change, path)
        place = old.place if old is not None else changes.place
        new = SequenceNode(place, tuple(items))
        kept = [(known, new if known.text == key.text else value) for known, value in base.items]
        return MappingNode(base.place, tuple(kept if found else [*kept, (key, new)]))

    def _item(self, items: list[Node], change: Node, path: Path) -> None:
        """Apply one change to the list of items."""
        name = id_of(change)
        if not isinstance(change, MappingNode) or name is None:
            self._problem("PKG-258", change.place, path)
            return
        index = _index(items, name)
        if child(change, "add") is not None:
            self._add(items, change, name, (*path, name))
        elif index is None:
            self._absent(items, change, name, path)
        elif child(change, "remove") is not None:
            self._remove(items, change, index, (*path, name))
        else:
            self._change(items, change, index, (*path, name))

    def _absent(self, items: list[Node], change: MappingNode, name: str, path: Path) -> None:
        """A change to something that is not there: a misspelt id, or a new item without `add`."""
        known = _names(items)
        place = _name_place(change)
        removed = self.history.removed.get((*path, name))
        if removed is not None:
            layer = removed[0].file.split("/", 1)[0]
            self._problem("PKG-264", place, path, ((removed[0], "removed"),), id=name, layer=layer)
        elif any(key.text in OPERATIONS for key, _ in change.items):
            self._problem("PKG-253", place, path, id=name, suggestion=suggestion(name, known), known=known)
        else:
            self._problem("PKG-259", place, path, id=name, suggestion=suggestion(name, known))

    def _add(self, items: list[Node], change: MappingNode, name: str, path: Path) -> None:
        """Insert a new item whose keys stand under `add`."""
        body, index = child(change, "add"), _index(items, name)
        self._only(change, ("id", "add", "after", "before"), path)
        if index is not None:
            related = ((_name_place(items[index]), "defined"),)
            self._problem("PKG-254", _name_place(change), path[:-1], related, id=name)
        elif not isinstance(body, MappingNode):
            self._problem("PKG-256", change.place, path, operation="add")
        else:
            own = [item for item in change.items if item[0].text == "id"]
            item = MappingNode(change.place, (*own, *(pair for pair in body.items if pair[0].text != "id")))
            items.insert(self._position(items, change, len(items), path), item)

    def _remove(self, items: list[Node], change: MappingNode, index: int, path: Path) -> None:
        """Take an item out of the list."""
        self._only(change, ("id", "remove"), path)
        value = child(change, "remove")
        if isinstance(value, ScalarNode) and value.value is True:
            self.history.removed[path] = (change.place, items[index])
            del items[index]
        else:
            self._problem("PKG-256", value.place if value else change.place, path, operation="remove")

    def _change(self, items: list[Node], change: MappingNode, index: int, path: Path) -> None:
        """Change keys or inner lists of an item, and move it when `after` or `before` is said."""
        old = items[index]
        assert isinstance(old, MappingNode)
        own = frozenset({"id", "after", "before"} | ({"entity", "report"} if child(change, "id") is None else set()))
        if all(key.text in {"id"} for key, _ in change.items):
            self._problem("PKG-252", change.place, path[:-1], ((old.place, "defined"),), key="id", id=path[-1])
        items[index] = self.lay(old, change, path, own)
        if child(change, "after") is not None or child(change, "before") is not None:
            item = items.pop(index)
            items.insert(self._position(items, change, index, path), item)

    def _position(self, items: list[Node], change: MappingNode, default: int, path: Path) -> int:
        """Where `after:` or `before:` puts an item; the default when neither is said or the name is unknown."""
        for word, offset in (("after", 1), ("before", 0)):
            anchor = child(change, word)
            if anchor is not None:
                name = text_of(anchor) or ""
                index = _index(items, name)
                if index is not None:
                    return index + offset
                known = _names(items)
                self._problem(
                    "PKG-255", anchor.place, path, word=word, id=name, suggestion=suggestion(name, known), known=known
                )
        return default

    def _only(self, change: MappingNode, allowed: tuple[str, ...], path: Path) -> None:
        """A problem for every key that may not stand beside `add` or `remove`."""
        naming = () if child(change, "id") is not None else ("entity", "report")
        for key, _ in change.items:
            if key.text not in (*allowed, *naming):
                self._problem("PKG-260", key.place, path, key=key.text, operation=allowed[1], id=path[-1])

    def _problem(
        self, code: str, place: Place, path: Path, related: tuple[tuple[Place, str], ...] = (), **parameters: object
    ) -> None:
        self.problems.append(Problem(code, parameters, place, path, related))


def _changeable(old: Node | None, change: SequenceNode) -> bool:
    """Whether a list can be changed item by item: its items are mappings known by an id."""
    items = [*(old.items if isinstance(old, SequenceNode) else ()), *change.items]
    return (old is None or isinstance(old, SequenceNode)) and all(isinstance(item, MappingNode) for item in items)


def _null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def _index(items: list[Node], name: str) -> int | None:
    return next((index for index, item in enumerate(items) if id_of(item) == name), None)


def _names(items: Iterable[Node]) -> tuple[str, ...]:
    return tuple(name for name in map(id_of, items) if name is not None)


def _name_place(item: Node) -> Place:
    """The place of the id of an item: the narrowest place that names it."""
    value = child(item, "id") or child(item, "entity") or child(item, "report")
    return value.place if value else item.place


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node with its path by ids (by position where an item has no id), parents first."""
    yield path, node
    if isinstance(node, MappingNode):
        for key, value in node.items:
            yield from walk(value, (*path, key.text))
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.items):
            yield from walk(item, (*path, id_of(item) or str(index)))
