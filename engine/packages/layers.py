"""Which layers an app stands on, in which order, and what they make together.

`system` is the lowest layer of every app; above it the chain of `extends`, then the modules of `uses`, then the app.
A part that only one layer holds is taken as it is; a part that a lower layer holds is changed by id (`overlay`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path as FilePath

from engine.language.problems import Place, Problem
from engine.language.scope import suggestion
from engine.language.source import MappingNode, Node, ScalarNode, SequenceNode
from engine.packages.files import PackageFiles, file_place, scan_folder
from engine.packages.overlay import History, Overlay, child, entry, id_of, text_of, walk
from engine.packages.read import MANIFEST, LayerSource, PartFile, read_once

SYSTEM = "system"
SYSTEM_FOLDER = FilePath(__file__).parent / "system"

INHERITED = ("currency", "zone", "languages", "engine")
"""Keys of the manifest that a layer takes from the layers below when it does not state them."""

Finder = Callable[[str], PackageFiles | None]


@cache
def system_layer() -> PackageFiles:
    """The built-in base layer every app stands on."""
    files, problems = scan_folder(SYSTEM_FOLDER)
    assert not problems, problems
    return files


def stated(files: PackageFiles) -> tuple[ScalarNode | None, tuple[ScalarNode, ...]]:
    """What a manifest says its layer stands on: the node of `extends` and those of `uses`; nothing if unreadable."""
    content = files.files.get(MANIFEST)
    if content is None:
        return None, ()
    node, _ = read_once(f"{files.name}/{MANIFEST}", content.decode("utf-8-sig", "replace"))
    base, modules = child(node, "extends"), child(node, "uses")
    used = modules.items if isinstance(modules, SequenceNode) else ()
    return (
        base if isinstance(base, ScalarNode) and base.value is not None else None,
        tuple(item for item in used if isinstance(item, ScalarNode)),
    )


def arrange(app: PackageFiles, find: Finder) -> tuple[tuple[PackageFiles, ...], tuple[Problem, ...]]:
    """The layers of an app, lowest first, the app last; a problem for each that is absent or stands on itself."""
    order: dict[str, PackageFiles] = {}
    problems: list[Problem] = []

    def visit(layer: PackageFiles, above: tuple[str, ...]) -> None:
        base, modules = stated(layer)
        for named in (*((base,) if base is not None else ()), *modules):
            name = named.text
            if name in (*above, layer.name):
                chain = " → ".join((*above, layer.name, name))
                problems.append(Problem("PKG-251", {"layer": name, "chain": chain}, named.place))
            elif name not in order:
                found = find(name)
                if found is None:
                    problems.append(
                        Problem(
                            "PKG-250",
                            {"layer": name, "by": layer.name, "suggestion": suggestion(name, ())},
                            named.place,
                        )
                    )
                else:
                    visit(found, (*above, layer.name))
        order[layer.name] = layer

    lowest = find(SYSTEM) or system_layer()
    order[SYSTEM] = lowest
    if app.name != SYSTEM:
        visit(app, ())
    return tuple(order.values()), tuple(problems)


def arrange_given(layers: Sequence[PackageFiles]) -> tuple[tuple[PackageFiles, ...], tuple[Problem, ...]]:
    """Put given layers in order; the app is the layer that no other stands on, the last given of several."""
    by_name = {layer.name: layer for layer in layers}
    below = {node.text for layer in layers for base, used in [stated(layer)] for node in (base, *used) if node}
    tops = [layer for layer in layers if layer.name not in below and layer.name != SYSTEM]
    top = tops[-1] if tops else layers[-1]
    return arrange(top, by_name.get)


def arrange_folder(path: FilePath) -> tuple[tuple[PackageFiles, ...], tuple[Problem, ...]]:
    """The layers of the app in a folder; the layers it stands on are the folders beside it."""
    scanned: list[Problem] = []
    folder = path.resolve()

    def find(name: str) -> PackageFiles | None:
        if not (folder.parent / name / MANIFEST).is_file():
            return None
        files, problems = scan_folder(folder.parent / name)
        scanned.extend(problems)
        return files

    files, problems = scan_folder(folder)
    scanned.extend(problems)
    layers, arranged = arrange(files, find)
    beside = sorted(entry.parent.name for entry in folder.parent.glob(f"*/{MANIFEST}"))
    return layers, (*scanned, *(_with_suggestion(problem, beside) for problem in arranged))


def _with_suggestion(problem: Problem, known: Iterable[str]) -> Problem:
    """The problem of a missing layer with the names that were probably meant."""
    if problem.code != "PKG-250":
        return problem
    close = suggestion(str(problem.parameters["layer"]), known)
    return Problem(problem.code, {**problem.parameters, "suggestion": close}, problem.place)


@dataclass
class Composition:
    """The effective source of an app: nodes of its parts by attribute and id, its manifest, and how they came about."""

    manifest: MappingNode | None = None
    parts: dict[str, dict[str, PartFile]] = field(default_factory=dict)
    poisoned: set[tuple[str, str]] = field(default_factory=set)
    doubtful: set[tuple[str, str]] = field(default_factory=set)
    history: History = field(default_factory=History)
    problems: list[Problem] = field(default_factory=list)


def compose(layers: Sequence[LayerSource]) -> Composition:
    """Lay the layers over one another, lowest first."""
    whole = Composition()
    for layer in layers:
        whole.problems.extend(layer.problems)
        whole.poisoned |= layer.poisoned
        _compose_manifest(whole, layer)
        for file in layer.parts:
            _compose_part(whole, file)
    return whole


def _compose_part(whole: Composition, file: PartFile) -> None:
    """Take a definition, or lay differences over the definition below."""
    attribute, part_id = file.part.attribute, file.id
    known = whole.parts.setdefault(attribute, {})
    below = known.get(part_id)
    twice = duplicates(file.node, (attribute, part_id))
    whole.problems.extend(twice)
    if twice:
        whole.doubtful.add((attribute, part_id))
    if below is None:
        if (attribute, part_id) in whole.poisoned:
            return
        if _is_change(file.node):
            parameters = {"key": file.part.key, "id": part_id, "suggestion": suggestion(part_id, known)}
            whole.problems.append(Problem("PKG-261", parameters, file.place, (attribute, part_id)))
            whole.poisoned.add((attribute, part_id))
        else:
            known[part_id] = file
    elif not _is_change(file.node):
        parameters = {"key": file.part.key, "id": part_id, "layer": below.place.file.split("/")[0]}
        related = ((below.place, "defined"),)
        whole.problems.append(Problem("PKG-262", parameters, file.place, (attribute, part_id), related))
    else:
        overlay = Overlay(whole.history)
        own = frozenset() if file.part.single else frozenset({file.part.key})
        path = (attribute,) if file.part.single else (attribute, part_id)
        known[part_id] = PartFile(file.part, part_id, overlay.lay(below.node, file.node, path, own))
        whole.problems.extend(overlay.problems)


def _is_change(node: Node) -> bool:
    """Whether a file states differences: somewhere in it stands `set`, or an item with `add`, `remove`, `after`."""
    if isinstance(node, MappingNode) and entry(node, "set") is not None and child(node, "kind") is None:
        return True
    return any(_item_changes(inner) for _, inner in walk(node) if isinstance(inner, SequenceNode))


def _item_changes(items: SequenceNode) -> bool:
    """Whether an item of a list is a change. A rule with `set: field` is none: the `set` of a change is a mapping."""
    for item in items.items:
        if any(child(item, word) is not None for word in ("add", "remove")):
            return True
        if isinstance(child(item, "set"), MappingNode):
            return True
        if child(item, "id") is not None and any(child(item, word) is not None for word in ("after", "before")):
            return True
    return False


def _compose_manifest(whole: Composition, layer: LayerSource) -> None:
    """The manifest of the layer, with what it inherits: single keys, and the menu of the layers below in front."""
    if not isinstance(layer.manifest, MappingNode):
        whole.manifest = None
        return
    own, below = layer.manifest, whole.manifest
    whole.problems.extend(duplicates(own, ("app",)))
    if below is None:
        whole.manifest = own
        return
    items = list(own.items)
    for name in INHERITED:
        inherited, stated_here = entry(below, name), entry(own, name)
        if inherited is not None and stated_here is None:
            items.append(inherited)
        elif inherited is not None:
            whole.history.replace(("app", name), inherited[1])
    menu_below, menu_here = entry(below, "menu"), entry(own, "menu")
    if menu_below is not None and menu_here is not None:
        menu = _menu(whole, menu_below[1], menu_here[1])
        items = [(key, menu if key.text == "menu" else value) for key, value in items]
    elif menu_below is not None:
        items.append(menu_below)
    whole.manifest = MappingNode(own.place, tuple(items))


def _menu(whole: Composition, below: Node, here: Node) -> Node:
    """The menu of the layers below with the groups of this layer: new groups and entries are appended without `add`."""
    if not isinstance(below, SequenceNode) or not isinstance(here, SequenceNode):
        return here
    groups = list(below.items)
    changes = []
    for group in here.items:
        name = id_of(group)
        index = next((i for i, known in enumerate(groups) if name is not None and id_of(known) == name), None)
        if index is None and not _item_changes(SequenceNode(here.place, (group,))):
            groups.append(group)
        elif index is not None and not _is_change(SequenceNode(here.place, (group,))):
            groups[index] = _grown(groups[index], group)
        else:
            changes.append(group)
    overlay = Overlay(whole.history)
    key = ScalarNode(place=below.place, value="menu", text="menu", style="plain")
    base = MappingNode(below.place, ((key, SequenceNode(below.place, tuple(groups))),))
    change = MappingNode(here.place, ((key, SequenceNode(here.place, tuple(changes))),))
    laid = overlay.lay(base, change, ("app",), frozenset())
    whole.problems.extend(overlay.problems)
    return child(laid, "menu") or here


def _grown(old: Node, new: Node) -> Node:
    """A menu group with the entries and the keys of a later layer's group of the same id."""
    assert isinstance(old, MappingNode)
    assert isinstance(new, MappingNode)
    items = [item for item in old.items if item[0].text == "items" or entry(new, item[0].text) is None]
    for key, value in new.items:
        if key.text != "items":
            items.append((key, value))
    more, own = child(new, "items"), child(old, "items")
    if isinstance(more, SequenceNode):
        joined = SequenceNode(more.place, (*(own.items if isinstance(own, SequenceNode) else ()), *more.items))
        found = entry(old, "items") or entry(new, "items")
        assert found is not None
        items = [*(item for item in items if item[0].text != "items"), (found[0], joined)]
    return MappingNode(old.place, tuple(items))


def duplicates(node: Node, path: tuple[str, ...]) -> list[Problem]:
    """A problem for every item of a list whose id the same list already has, with the place of the first."""
    problems: list[Problem] = []
    for inner_path, inner in walk(node, path):
        if not isinstance(inner, SequenceNode):
            continue
        first: dict[str, Place] = {}
        for item in inner.items:
            named = child(item, "id")
            name = text_of(named)
            if named is None or name is None:
                continue
            if name in first:
                related = ((first[name], "first"),)
                problems.append(Problem("PKG-263", {"id": name}, named.place, (*inner_path, name), related))
            first.setdefault(name, named.place)
    return problems


def manifest_place(layers: Sequence[PackageFiles]) -> Place:
    """The place of the top layer's `app.yaml` as a whole."""
    return file_place(f"{layers[-1].name}/{MANIFEST}")
