"""Who set a value: the file, line and layer of any effective value of an app, and what it overrode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.language.problems import Place, Problem, Refused
from engine.language.scope import suggestion
from engine.language.source import MappingNode, Node, ScalarNode, SequenceNode, to_data
from engine.packages.overlay import History, Path, child, id_of

if TYPE_CHECKING:
    from engine.packages.schema import App

ENGINE_LAYER = "engine"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an effective value was written: place, layer, the value as plain data, and what it overrode, newest first.

    A value nobody wrote is the engine's own default: its layer is `engine` and its place None.
    """

    place: Place | None
    layer: str
    value: object
    overridden: tuple[Origin, ...] = ()


@dataclass(frozen=True)
class Sources:
    """The effective nodes of an app by part, and the history of what overlays replaced.

    `nodes` maps an attribute of `App` to its parts by id (`entities` → `item` → node); `app` stands under `app`.
    """

    nodes: Mapping[str, Mapping[str, Node] | Node]
    history: History


def layer_of(place: Place) -> str:
    """The layer a place belongs to: the first part of its file name."""
    return place.file.split("/", 1)[0]


def who_set(app: App, path: str) -> Origin:
    """The origin of the value at a dotted path of ids, such as `entities.item.fields.step.default` or `app.title.zh`.

    Raises `Refused` with REF-390 (unknown part of the path) or REF-391 (removed by a layer).
    """
    steps = tuple(step for step in path.split(".") if step)
    found = _find(app.origins, steps, path)
    if found is None:
        return Origin(None, ENGINE_LAYER, _default(app, steps, path))
    return _origin(found, app.origins.history.replaced.get(steps, ()))


def _origin(node: Node, replaced: Iterable[Node]) -> Origin:
    """The origin of a node with the ones it replaced, newest first."""
    chain = tuple(Origin(old.place, layer_of(old.place), to_data(old)) for old in reversed(tuple(replaced)))
    return Origin(node.place, layer_of(node.place), to_data(node), chain)


def _find(sources: Sources, steps: Path, path: str) -> Node | None:
    """The effective node at a path; None where the last step may be a default nobody wrote."""
    current: Mapping[str, Any] | Node = sources.nodes
    for index, step in enumerate(steps):
        below = _below(current, step)
        if below is None:
            removed = sources.history.removed.get(steps[: index + 1])
            if removed is not None:
                parameters = {"path": path, "step": step, "layer": layer_of(removed[0])}
                raise Refused((Problem("REF-391", parameters, removed[0]),))
            if index == len(steps) - 1 and isinstance(current, MappingNode):
                return None
            raise Refused((_unknown(path, step, _names(current)),))
        current = below
    if isinstance(current, Mapping):
        raise Refused((_unknown(path, "", _names(current)),))
    return current


def _below(current: Mapping[str, Any] | Node, step: str) -> Mapping[str, Any] | Node | None:
    """What one step leads to: a part, the value of a key, the item with an id, or the item at a position."""
    if isinstance(current, Mapping):
        return current.get(step)
    if isinstance(current, MappingNode):
        return child(current, step)
    if isinstance(current, SequenceNode):
        for index, item in enumerate(current.items):
            if step in {id_of(item), str(index)} or (isinstance(item, ScalarNode) and item.text == step):
                return item
    return None


def _names(current: Mapping[str, Any] | Node) -> tuple[str, ...]:
    """The steps that could follow."""
    if isinstance(current, Mapping):
        return tuple(current)
    if isinstance(current, MappingNode):
        return tuple(key.text for key, _ in current.items)
    if isinstance(current, SequenceNode):
        return tuple(id_of(item) or str(index) for index, item in enumerate(current.items))
    return ()


def _unknown(path: str, step: str, known: tuple[str, ...]) -> Problem:
    """The problem of a step that leads nowhere."""
    return Problem("REF-390", {"path": path, "step": step, "known": known, "suggestion": suggestion(step, known)})


def _default(app: App, steps: Path, path: str) -> object:
    """The default the engine gives a key that nobody wrote; raises `Refused` when there is no such key."""
    current: Any = app
    for step in steps:
        known: tuple[str, ...] = ()
        if isinstance(current, Mapping):
            known = tuple(str(key) for key in current)
            below = current.get(step)
        elif isinstance(current, tuple):
            known = tuple(getattr(item, "id", "") or "" for item in current)
            below = next((item for item in current if getattr(item, "id", None) == step), None)
        else:
            known = tuple(type(current).model_fields) if hasattr(type(current), "model_fields") else ()
            below = getattr(current, step) if step in known or current is app else None
            if step in known and below is None:
                return None
        if below is None:
            raise Refused((_unknown(path, step, known),))
        current = below
    return current


def place_at(app: App, path: Iterable[str]) -> Place | None:
    """The place of the deepest node that a path of ids leads to."""
    current: Mapping[str, Any] | Node = app.origins.nodes
    place: Place | None = None
    for step in path:
        below = _below(current, step)
        if below is None:
            break
        current = below
        if not isinstance(current, Mapping):
            place = current.place
    return place
