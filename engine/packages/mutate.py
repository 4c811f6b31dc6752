"""An app with one thing in it taken away: what can be taken away, and how, on the effective source nodes.

Whoever configures an app wants to know that a story would notice if a rule, a grant or a posting were not there. A
mutant is the same app with one node of its effective source dropped, or made to say that it never applies; nothing here
knows what the thing means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.language.problems import Place
from engine.language.source import MappingNode, Node, ScalarNode, SequenceNode
from engine.packages.layers import SYSTEM
from engine.packages.load import Loaded, Prepared, Pushable, finish
from engine.packages.origin import layer_of
from engine.packages.overlay import entry, id_of
from engine.packages.read import PartFile
from engine.packages.schema import App

Steps = tuple[str | int, ...]
"""The way to a node: keys of mappings and positions in lists."""

NEVER = "False"
"""The formula of what never applies."""

Edit = Callable[[Node], Node | None]
"""What becomes of a node; None: it is dropped."""


def drop(_node: Node) -> None:
    """Nothing is left of it."""


def never(node: Node) -> Node:
    """It applies under a condition that is never true."""
    assert isinstance(node, MappingNode)
    found = entry(node, "when")
    place = found[0].place if found is not None else node.place
    items = tuple(item for item in node.items if item[0].text != "when")
    return MappingNode(node.place, (*items, (ScalarNode(place, "when", "when"), ScalarNode(place, NEVER, NEVER))))


@dataclass(frozen=True, slots=True)
class Removal:
    """One sort of thing that can be taken away: where it stands in the parts of an attribute of `App`, and how.

    In `pattern` a `*` is an item of a list and `**` any way down; an empty pattern is the whole part.
    """

    attribute: str
    pattern: str
    edit: Edit = drop


REMOVALS: tuple[Removal, ...] = (
    Removal("entities", "fields.**.required"),
    Removal("entities", "fields.**.unique"),
    Removal("entities", "fields.**.min"),
    Removal("entities", "fields.**.max"),
    Removal("entities", "fields.**.step"),
    Removal("entities", "fields.**.default"),
    Removal("entities", "fields.**.readonly"),
    Removal("forms", "fields.*.show"),
    Removal("forms", "fields.*.require"),
    Removal("forms", "fields.*.lock"),
    Removal("rules", "items.*"),
    Removal("rules", "items.*.when"),
    Removal("rules", "items.*.rows.*"),
    Removal("rules", "items.*.default"),
    Removal("workflows", "states.*.editable"),
    Removal("workflows", "transitions.*", never),
    Removal("workflows", "transitions.*.who"),
    Removal("workflows", "transitions.*.when"),
    Removal("workflows", "transitions.*.numbers"),
    Removal("workflows", "transitions.*.posts.*"),
    Removal("workflows", "transitions.*.steps.*"),
    Removal("workflows", "transitions.*.runs"),
    Removal("workflows", "flows.**.steps.*"),
    Removal("workflows", "flows.**.else.*"),
    Removal("workflows", "flows.**.cases.*"),
    Removal("ledgers", "dimensions.*.when"),
    Removal("ledgers", "measures.*.step"),
    Removal("ledgers", "grains.*.where"),
    Removal("ledgers", "grains.*.min"),
    Removal("ledgers", "grains.*.max"),
    Removal("ledgers", "grains.*.less"),
    Removal("ledgers", "draws.*.where"),
    Removal("ledgers", "draws.*.order.*"),
    Removal("postings", "when"),
    Removal("postings", "entries.*", never),
    Removal("postings", "entries.*.when"),
    Removal("postings", "entries.*.draw"),
    Removal("conversions", ""),
    Removal("conversions", "when"),
    Removal("conversions", "lines.when"),
    Removal("reports", "where"),
    Removal("roles", "grants.*"),
    Removal("roles", "grants.*.where"),
    Removal("roles", "grants.*.fields"),
    Removal("mappings", "where"),
    Removal("mappings", "checks.*"),
    Removal("mappings", "columns.*.required"),
    Removal("schedules", ""),
    Removal("schedules", "where"),
    Removal("alerts", ""),
    Removal("alerts", "where"),
    Removal("alerts", "company"),
    Removal("alerts", "levels.*", never),
)
"""Everything that can be taken away. A new sort is one line.

What no story can miss is not among it: `conserve` says of postings what checking a package proves (REF-337, LED-125).
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be taken away: the part it stands in, the way to it (also by ids), where it is written."""

    attribute: str
    part: str
    steps: Steps
    ids: tuple[str, ...]
    place: Place
    edit: Edit

    @property
    def items(self) -> tuple[str, ...]:
        """The ids of the items of lists on the way to it; one without an id goes by its number."""
        return tuple(name for step, name in zip(self.steps, self.ids, strict=True) if isinstance(step, int))

    @property
    def condition(self) -> bool:
        """Whether it is the condition of the item it stands in."""
        return bool(self.steps) and self.steps[-1] in ("when", "where")

    @property
    def path(self) -> str:
        """The way as people write it: `rules.goods_receipt.items.not_expired`."""
        return ".".join((self.attribute, self.part, *self.ids))


def items_of(app: App) -> tuple[Item, ...]:
    """Everything in the effective app that can be taken away, in the order written; the engine's own layer aside."""
    found: dict[tuple[object, ...], Item] = {}
    for removal in REMOVALS:
        parts: Any = app.origins.nodes.get(removal.attribute)
        for part, node in parts.items() if isinstance(parts, Mapping) else ():
            for item in _items(removal, part, node):
                if layer_of(item.place) != SYSTEM:
                    found.setdefault((item.attribute, item.part, item.steps), item)
    return tuple(sorted(found.values(), key=lambda item: (item.place, item.path)))


def _items(removal: Removal, part: str, node: Node) -> Iterator[Item]:
    """The items of one sort in one part."""
    wanted = tuple(removal.pattern.split(".")) if removal.pattern else ()
    if not wanted:
        yield Item(removal.attribute, part, (), (), node.place, removal.edit)
        return
    for steps, ids, place in _walk(node):
        shape = tuple("*" if isinstance(step, int) else step for step in steps)
        if _fits(wanted, shape):
            yield Item(removal.attribute, part, steps, ids, place, removal.edit)


def _walk(node: Node, steps: Steps = (), ids: tuple[str, ...] = ()) -> Iterator[tuple[Steps, tuple[str, ...], Place]]:
    """Every node below, with the way to it; the value of a key stands where the key stands."""
    if isinstance(node, MappingNode):
        for key, value in node.items:
            way, named = (*steps, key.text), (*ids, key.text)
            yield way, named, key.place
            yield from _walk(value, way, named)
    elif isinstance(node, SequenceNode):
        for position, item in enumerate(node.items):
            way, named = (*steps, position), (*ids, id_of(item) or str(position + 1))
            yield way, named, item.place
            yield from _walk(item, way, named)


def _fits(pattern: Sequence[str], shape: Sequence[str]) -> bool:
    """Whether a way has the form of a pattern."""
    if not pattern:
        return not shape
    if pattern[0] == "**":
        return any(_fits(pattern[1:], shape[start:]) for start in range(len(shape) + 1))
    return bool(shape) and pattern[0] == shape[0] and _fits(pattern[1:], shape[1:])


def mutant(prepared: Prepared, item: Item, pushable: Pushable | None) -> Loaded:
    """The app without the item, or everything that is wrong with it then. It carries the digest of the whole app."""
    known = prepared.whole.parts[item.attribute]
    file = known[item.part]
    node = edited(file.node, item.steps, item.edit)
    if isinstance(node, MappingNode):
        parts = {**known, item.part: PartFile(file.part, file.id, node)}
    else:
        parts = {name: each for name, each in known.items() if name != item.part}
    whole = replace(prepared.whole, parts={**prepared.whole.parts, item.attribute: parts})
    return finish(replace(prepared, whole=whole), pushable)


def edited(node: Node, steps: Steps, edit: Edit) -> Node | None:
    """A node with the one at the end of a way edited; the same nodes where nothing changes."""
    if not steps:
        return edit(node)
    step, rest = steps[0], steps[1:]
    if isinstance(node, MappingNode):
        changed = ((key, edited(value, rest, edit) if key.text == step else value) for key, value in node.items)
        return MappingNode(node.place, tuple((key, value) for key, value in changed if value is not None))
    assert isinstance(node, SequenceNode)
    items = (edited(item, rest, edit) if at == step else item for at, item in enumerate(node.items))
    return SequenceNode(node.place, tuple(item for item in items if item is not None))
