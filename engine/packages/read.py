"""Reads the files of one layer: which part each file is, its source nodes, and what is wrong with its name and place.

Nothing is validated here beyond the way a package is laid out: known folders, one thing per file, the file named like
the thing. A file that cannot be used *poisons* its id: nobody is told that something defined in it does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import PurePosixPath

from engine.entities.schema_file import entity_from_json_schema
from engine.language.problems import Place, Problem
from engine.language.scope import suggestion
from engine.language.source import MappingNode, Node, ScalarNode, read_source
from engine.packages.bodies import ENDING, Bodies
from engine.packages.files import PackageFiles, file_place, misnamed
from engine.packages.overlay import child, entry, text_of
from engine.packages.parts import BY_FOLDER, BY_KEY, IGNORED_FOLDERS, PARTS, Part

MANIFEST = "app.yaml"
SOURCE_ENDINGS = (".yaml", ".yml", ".json")
SCHEMA_ENDING = ".schema.json"


@dataclass(frozen=True)
class PartFile:
    """One file that holds one part, or differences to a part of a lower layer."""

    part: Part
    id: str
    node: MappingNode

    @property
    def place(self) -> Place:
        """Where the thing is named."""
        named = child(self.node, self.part.key)
        return named.place if named is not None and not self.part.single else self.node.place


@dataclass
class LayerSource:
    """One layer, read: its parts in order of file names, its manifest, texts by full file name, and what was wrong."""

    name: str
    manifest: Node | None = None
    parts: list[PartFile] = field(default_factory=list)
    poisoned: set[tuple[str, str]] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    bodies: dict[str, Bodies] = field(default_factory=dict)


def read_layer(files: PackageFiles) -> LayerSource:
    """Read every file of a layer."""
    source = LayerSource(files.name)
    for part in PARTS:
        if part.bodies:
            held = {inside: files.files[inside] for inside in files.files if _is_body(PurePosixPath(inside), part)}
            source.bodies[part.folder] = Bodies(files.name, part.folder, held)
    for inside in sorted(files.files):
        _read_file(source, files, inside)
    for bodies in source.bodies.values():
        source.problems += [
            _misplaced(files.name, PurePosixPath(*PurePosixPath(each.file).parts[1:])) for each in bodies.unused()
        ]
    if MANIFEST not in files.files:
        source.problems.append(Problem("PKG-280", {"layer": files.name}, file_place(f"{files.name}/{MANIFEST}")))
    return source


def _read_file(source: LayerSource, files: PackageFiles, inside: str) -> None:
    """Sort one file by its folder, and read it when it is a part or the manifest."""
    wrong = misnamed(source.name, inside)
    if wrong is not None:
        source.problems.append(wrong)
        return
    path = PurePosixPath(inside)
    folder = path.parts[0] if len(path.parts) > 1 else ""
    if path.suffix == ".md" or folder in IGNORED_FOLDERS:
        return
    if inside == MANIFEST:
        source.manifest = _node(source, files, inside)
    elif folder in BY_FOLDER and len(path.parts) == 2 and path.suffix in SOURCE_ENDINGS:
        _read_part(source, files, inside, BY_FOLDER[folder])
    elif folder in source.bodies and _is_body(path, BY_FOLDER[folder]):
        return  # read with the part that names it
    else:
        source.problems.append(_misplaced(source.name, path))


def _is_body(path: PurePosixPath, part: Part) -> bool:
    """Whether a file may be the body of a table in a part."""
    return part.bodies and path.parent.as_posix() == part.folder and path.suffix == ENDING


def _misplaced(layer: str, path: PurePosixPath) -> Problem:
    """A file that no room reads: in an unknown folder, too deep, or beside `app.yaml`."""
    known = (*BY_FOLDER, *IGNORED_FOLDERS)
    place = file_place(f"{layer}/{path}")
    folder = path.parts[0] if len(path.parts) > 1 else ""
    if folder and folder not in known:
        close = suggestion(folder, known)
        return Problem("PKG-285", {"folder": folder, "suggestion": close, "known": known}, place)
    close = suggestion(path.name, (MANIFEST,) if not folder else ())
    return Problem("PKG-286", {"file": str(path), "suggestion": close}, place)


@lru_cache(maxsize=1024)
def read_once(name: str, text: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """The nodes of a text. They never change, so a file that did not change is not read again."""
    return read_source(name, text)


def _node(source: LayerSource, files: PackageFiles, inside: str) -> Node | None:
    """The source nodes of a file; its text is kept for showing problems."""
    name = f"{files.name}/{inside}"
    try:
        text = files.files[inside].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = files.files[inside][: error.start].count(b"\n") + 1
        source.problems.append(Problem("PKG-291", {"file": inside}, Place(name, line, 1, line, 1)))
        return None
    source.texts[name] = text
    node, problems = read_once(name, text)
    source.problems.extend(problems)
    return None if any(problem.severity == "error" for problem in problems) else node


def _read_part(source: LayerSource, files: PackageFiles, inside: str, part: Part) -> None:
    """Read the file of one part, and see that it is named like the part in it."""
    name = PurePosixPath(inside).name
    schema = part.key == "entity" and name.endswith(SCHEMA_ENDING)
    stem = name.removesuffix(SCHEMA_ENDING) if schema else PurePosixPath(inside).stem
    part_id = part.key if part.single else stem
    node = _node(source, files, inside)
    if node is not None and schema:
        node = _from_json_schema(source, stem, node)
    if node is not None and part.bodies:
        node = source.bodies[part.folder].spread(node, source.problems)
    place = file_place(f"{source.name}/{inside}")
    twin = next((known for known in source.parts if known.part is part and known.id == part_id), None)
    if node is None:
        source.poisoned.add((part.attribute, part_id))
    elif not isinstance(node, MappingNode):
        source.problems.append(Problem("PKG-288", {"key": part.key, "id": part_id, "folder": part.folder}, node.place))
        source.poisoned.add((part.attribute, part_id))
    elif twin is not None:
        related = ((twin.place, "first"),)
        source.problems.append(Problem("PKG-290", {"id": part_id, "key": part.key}, place, (), related))
    else:
        source.parts.append(PartFile(part, part_id, _named(source, part, part_id, node)))


def _from_json_schema(source: LayerSource, part_id: str, node: Node) -> Node | None:
    """The entity that a JSON Schema file describes, as nodes that keep the places of the schema."""
    entity: Node | None
    entity, problems = entity_from_json_schema(part_id, node)
    source.problems.extend(problems)
    return entity


def _named(source: LayerSource, part: Part, part_id: str, node: MappingNode) -> MappingNode:
    """The node with `key: id` as the file name says, after reporting where it says something else."""
    node = _without_foreign_keys(source, part, node)
    if part.single:
        return node
    found = entry(node, part.key)
    if found is None:
        close = get_close_matches(part.key, [key.text for key, _ in node.items], n=1)
        wrong = entry(node, close[0]) if close and close[0] not in part.model.model_fields else None
        place = wrong[0].place if wrong else _start(node)
        parameters = {"key": part.key, "id": part_id, "folder": part.folder}
        source.problems.append(Problem("PKG-288", parameters, place, (part.attribute, part_id)))
        kept = tuple(item for item in node.items if item is not wrong)
        return MappingNode(node.place, ((_scalar(part.key, place), _scalar(part_id, place)), *kept))
    key, value = found
    if text_of(value) == part_id:
        return node
    parameters = {"key": part.key, "written": text_of(value) or "", "file": PurePosixPath(value.place.file).name}
    source.problems.append(Problem("PKG-287", parameters, value.place, (part.attribute, part_id)))
    source.poisoned.add((part.attribute, text_of(value) or ""))
    named = (key, _scalar(part_id, value.place))
    return MappingNode(node.place, tuple(named if item is found or item[0] is key else item for item in node.items))


def _without_foreign_keys(source: LayerSource, part: Part, node: MappingNode) -> MappingNode:
    """A file may not define a second thing: the naming key of another part is refused, and left out with its keys."""
    allowed, foreign = {*part.model.keys(), "set"}, set[str]()
    for key, _ in node.items:
        other = BY_KEY.get(key.text)
        if other is not None and other is not part and key.text not in allowed:
            parameters = {"key": key.text, "folder": other.folder, "own": part.key}
            source.problems.append(Problem("PKG-289", parameters, key.place))
            foreign |= {key.text, *other.model.keys()} - allowed
    return MappingNode(node.place, tuple(item for item in node.items if item[0].text not in foreign))


def _start(node: Node) -> Place:
    """The first character of a node."""
    place = node.place
    return Place(place.file, place.line, place.column, place.line, place.column)


def _scalar(text: str, place: Place) -> ScalarNode:
    """A plain text node standing at a place."""
    return ScalarNode(place=place, value=text, text=text, style="plain")
