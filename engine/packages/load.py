"""Files → one frozen `App`, or everything that is wrong with them.

Three stages, each over all files before the next begins: **shape** (source, layers, models), **names** (every formula
read against the names it may see) and **cross** (what no single part can see). What failed in one stage is *poisoned*
for the next: nobody is told twice about one mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.entities.fields import KINDS
from engine.language.declared import Declared, validate
from engine.language.functions import FUNCTIONS
from engine.language.problems import Problem
from engine.language.source import MappingNode, Node, ScalarNode
from engine.packages.bind import bind
from engine.packages.check import check
from engine.packages.files import PackageFiles, content_digest, file_place
from engine.packages.kinds import Plugins, read_plugins
from engine.packages.layers import Composition, arrange_folder, arrange_given, compose
from engine.packages.manifest import Manifest
from engine.packages.narrow import at_removal, in_text, narrowed, place_formulas
from engine.packages.notices import BUILT_IN_CHANNELS
from engine.packages.origin import Sources
from engine.packages.parts import PARTS
from engine.packages.poison import Poison, prune
from engine.packages.read import LayerSource, read_layer
from engine.packages.records import record_types
from engine.packages.schema import App

Loaded = tuple[App | None, tuple[Problem, ...]]
Pushable = Callable[[Any], Problem | None]

PRUNING_ROUNDS = 6

OF_MISSING_LAYERS = ("PKG-253", "PKG-255", "PKG-259", "PKG-261")
"""Complaints about differences to things that a missing layer may well define."""


@dataclass(frozen=True)
class Prepared:
    """The layers of an app read and laid over one another, with what was wrong so far. Nothing of it is judged yet.

    Whoever looks at many apps that differ a little prepares once and finishes each.
    """

    layers: tuple[PackageFiles, ...]
    sources: tuple[LayerSource, ...]
    whole: Composition
    problems: tuple[Problem, ...]


def load(layers: Sequence[PackageFiles], *, pushable: Pushable | None = None) -> Loaded:
    """Load the app on top of the given layers; `system` is added where it is not given.

    Gives the app and its warnings, or None and all problems, sorted by place. `pushable` says of a row formula's tree
    whether the database can judge it (a problem when it cannot); without it that check is left out.
    """
    return finish(prepare(layers), pushable)


def load_folder(path: Path, *, pushable: Pushable | None = None) -> Loaded:
    """Load the app in a folder; the layers it stands on are the folders beside it."""
    return finish(_prepared(*arrange_folder(path)), pushable)


def prepare(layers: Sequence[PackageFiles]) -> Prepared:
    """Read the files of the given layers and lay them over one another."""
    return _prepared(*arrange_given(layers))


def _prepared(layers: tuple[PackageFiles, ...], problems: Iterable[Problem]) -> Prepared:
    sources = tuple(read_layer(layer) for layer in layers)
    return Prepared(layers, sources, compose(sources), tuple(problems))


def finish(prepared: Prepared, pushable: Pushable | None = None) -> Loaded:
    """The three stages, over what was prepared."""
    layers, sources, whole = prepared.layers, prepared.sources, prepared.whole
    problems = list(prepared.problems)
    missing = any(problem.code in {"PKG-250", "PKG-251"} for problem in problems)
    problems += (problem for problem in whole.problems if not (missing and problem.code in OF_MISSING_LAYERS))
    poison = Poison(set(whole.poisoned), everything=missing, doubtful=whole.doubtful)
    app, shape = _shape(layers, sources, whole, poison)
    problems += shape
    poison.places.update(problem.place for problem in problems if problem.severity == "error" and problem.place)
    if app is not None:
        nodes = [node for part in app.origins.nodes.values() for node in _all_nodes(part)]
        names = [layer.name for layer in layers]
        bound = (in_text(narrowed(each, *nodes), app.sources) for each in bind(app, poison, pushable))
        later = (*bound, *check(app, poison))
        problems += (at_removal(each, whole.history, names) for each in poison.without_consequences(later))
    ordered = tuple(sorted(set_of(problems), key=_order))
    failed = any(problem.severity == "error" for problem in ordered)
    return None if failed else app, ordered


def _all_nodes(part: Mapping[str, Node] | Node) -> tuple[Node, ...]:
    """The nodes of one sort of part."""
    return tuple(part.values()) if isinstance(part, Mapping) else (part,)


def set_of(problems: Iterable[Problem]) -> list[Problem]:
    """Problems without repetition: one code at one place is told once."""
    seen: dict[tuple[object, ...], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.code, problem.place, problem.place is None and problem.path), problem)
    return list(seen.values())


def _order(problem: Problem) -> tuple[object, ...]:
    """Problems by file, line and column; those without a place first."""
    place = problem.place or file_place("")
    return (place.file, place.line, place.column, problem.code)


def _shape(
    layers: tuple[PackageFiles, ...], sources: Sequence[LayerSource], whole: Composition, poison: Poison
) -> tuple[App | None, list[Problem]]:
    """Every effective node read into its model; the app as far as it can be read."""
    top = layers[-1].name
    manifest, problems = _manifest(top, whole, poison)
    if manifest is None:
        return None, problems
    plugins, wrong = read_plugins(manifest.plugins, _taken())
    problems += wrong
    parts, unread = _parts(whole, poison, plugins)
    problems += unread
    nodes: dict[str, Any] = {
        part.attribute: (
            file_node(whole, part.attribute, part.key)
            if part.single
            else {part_id: file.node for part_id, file in whole.parts.get(part.attribute, {}).items()}
        )
        for part in PARTS
    }
    nodes["app"] = whole.manifest
    origins = Sources({name: node for name, node in nodes.items() if node is not None}, whole.history)
    app = App(
        manifest=manifest,
        layers=layers,
        digest=content_digest(layers, plugins.pinned),
        sources=MappingProxyType({name: text for source in sources for name, text in source.texts.items()}),
        origins=origins,
        plugins=plugins,
        **parts,
    )
    return replace(app, records=record_types(app)), problems


def file_node(whole: Composition, attribute: str, key: str) -> Node | None:
    """The list inside the file of a single part (`units/units.yaml` → the node under `units`)."""
    file = whole.parts.get(attribute, {}).get(key)
    if file is None:
        return None
    return next((value for name, value in file.node.items if name.text == key), file.node)


def _taken() -> Mapping[str, Iterable[str]]:
    """The names the engine has itself, which a plugin may not take."""
    return {"fields": tuple(KINDS), "functions": tuple(FUNCTIONS), "channels": BUILT_IN_CHANNELS}


def _manifest(top: str, whole: Composition, poison: Poison) -> tuple[Manifest | None, list[Problem]]:
    """The effective manifest; where it cannot be read one of the name only, so that the rest is still looked at."""
    problems: list[Problem] = []
    manifest: Manifest | None = None
    if whole.manifest is not None:
        manifest, found = _salvage(Manifest, whole.manifest, ("app",), poison)
        problems += found
        if manifest is None and found:
            manifest, _ = _salvage(Manifest, _named(whole.manifest, top), ("app",), poison)
        if manifest is not None and manifest.app != top:
            place = next(value.place for key, value in whole.manifest.items if key.text == "app")
            problems.append(Problem("PKG-292", {"written": manifest.app, "folder": top}, place))
    return manifest or Manifest(app=top if top.isidentifier() else "app", format=1), problems


def _named(node: MappingNode, top: str) -> MappingNode:
    """The manifest with a sound name and format, so that what is wrong with them does not hide the rest."""
    nowhere = file_place(node.place.file)
    sound = {"app": ScalarNode(nowhere, top, top), "format": ScalarNode(nowhere, 1, "1")}
    kept = tuple(item for item in node.items if item[0].text not in sound)
    return MappingNode(node.place, (*((ScalarNode(nowhere, key, key), value) for key, value in sound.items()), *kept))


def _parts(whole: Composition, poison: Poison, plugins: Plugins) -> tuple[dict[str, Any], list[Problem]]:
    """The arguments of `App` that are parts."""
    parts: dict[str, Any] = {}
    problems: list[Problem] = []
    for part in PARTS:
        models: dict[str, Declared] = {}
        for part_id, file in whole.parts.get(part.attribute, {}).items():
            path = (part.attribute,) if part.single else (part.attribute, part_id)
            model, found = _salvage(plugins.model(part.model), file.node, path, poison)
            problems += found
            if model is None:
                poison.add(part.attribute, part_id)
            else:
                models[part_id] = model
        parts[part.attribute] = models.get(part.key) if part.single else MappingProxyType(models)
    return parts, problems


def _salvage(model: type[Any], node: MappingNode, path: tuple[str, ...], poison: Poison) -> tuple[Any, list[Problem]]:
    """Read a node into its model. What is wrong is reported once, cut out, and the rest is read again."""
    value, problems = validate(model, node, path)
    found = [narrowed(problem, node) for problem in problems]
    current = node
    for _ in range(PRUNING_ROUNDS):
        if value is not None:
            break
        pruned = prune(current, problems, poison)
        if not isinstance(pruned, MappingNode) or pruned is current:
            return None, found
        current = pruned
        value, problems = validate(model, current, path)
    place_formulas(value, current)
    return value, found
