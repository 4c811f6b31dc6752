"""The shape of the house: floors, sizes, names and docstrings, read from the source with `ast`. Nothing is imported."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "engine"
APPS = ROOT / "apps"

FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"language"}),
    frozenset({"entities"}),
    frozenset(
        {
            "access",
            "forms",
            "rules",
            "workflows",
            "ledgers",
            "conversions",
            "dmn",
            "structures",
            "matching",
            "planning",
            "codes",
            "reports",
        }
    ),
    frozenset({"packages", "storage"}),
    frozenset({"operations"}),
    frozenset({"web", "cli"}),
)
"""Rooms by floor, lowest first. A room imports from lower floors only; rooms of one floor are strangers."""

ALLOWED_UPSTAIRS = {("engine/cli/serve.py", "web")}
"""The one meeting of two faces: the command that starts the web server."""

LAST_RESORTS = {("web", "guard.py"), ("operations", "wake.py")}
"""Where one mistake must not stop the others: a request ends as a 500, the wake loop goes on; both log it."""

MODULE_LINES, FUNCTION_LINES, FOLDER_DEPTH = 400, 60, 3
VAGUE = frozenset(
    {"utils", "util", "helper", "helpers", "manager", "managers", "common", "misc", "base_utils", "shared"}
)

CODE = re.compile(r"\b(?:YAML|PKG|REF|EXP|RUL|MIG|UX|VAL|ACC|WFL|LED|STO|IMP|RPT|WEB|CLI|OPS|CNV|ALR|DMN)-\d{3}\b")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp|opt|mnt|srv|private)/[\w.-]+")


@cache
def modules() -> Mapping[Path, ast.Module]:
    """Every module of the engine with its syntax tree."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ENGINE.rglob("*.py"))}


def none(found: Iterable[object]) -> None:
    """Fail with every single thing that was found, one a line."""
    lines = sorted(str(one) for one in found)
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def name_of(path: Path) -> str:
    """`engine/rules/kinds/table.py` → `engine.rules.kinds.table`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def floor_of(room: str) -> int:
    return next((index for index, rooms in enumerate(FLOORS) if room in rooms), len(FLOORS))


def imports_of(tree: ast.Module, *, at_run_time: bool = False) -> Iterator[str]:
    """The dotted names a module imports; `at_run_time` leaves out those for type checking and inside functions."""
    skipped = set()
    if at_run_time:
        for node in ast.walk(tree):
            typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
            if typing_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                skipped |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    """The rooms of the engine that a module imports from."""
    names = (name.split(".") for name in imports_of(modules()[path]))
    return {parts[1] for parts in names if parts[0] == "engine" and len(parts) > 1 and (ENGINE / parts[1]).is_dir()}


def test_every_room_stands_on_a_floor() -> None:
    """A new folder below engine/ has to be given its floor here."""
    rooms = {path.name for path in ENGINE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    none(rooms - frozenset().union(*FLOORS))


def test_rooms_import_downwards_only() -> None:
    """Nothing imports from its own floor or from above; the packages room and the storage room never meet."""
    wrong = [
        (shown(path), room)
        for path in modules()
        if len(path.relative_to(ENGINE).parts) > 1
        for own in [path.relative_to(ENGINE).parts[0]]
        for room in rooms_imported(path)
        if room != own and floor_of(room) >= floor_of(own) and (shown(path), room) not in ALLOWED_UPSTAIRS
    ]
    none(wrong)


def test_no_module_imports_itself_through_others() -> None:
    """Imports that run when a module is loaded make no circle."""
    known = {name_of(path): path for path in modules()}
    graph = {
        name: {found for found in imports_of(modules()[path], at_run_time=True) if found in known and found != name}
        for name, path in known.items()
    }
    none(circle_in(graph))


def test_no_folder_imports_itself_through_others() -> None:
    """Nor do folders, at every depth, counting only rooms as folders of their own."""
    graph: dict[str, set[str]] = {}
    for path in modules():
        parts = path.relative_to(ENGINE).parts
        if len(parts) > 1:
            graph.setdefault(parts[0], set()).update(rooms_imported(path) - {parts[0]})
    none(circle_in(graph))


def circle_in(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """One circle of the graph, or nothing."""
    done: set[str] = set()

    def visit(node: str, above: list[str]) -> list[str]:
        if node in above:
            return [*above[above.index(node) :], node]
        if node in done:
            return []
        for following in sorted(graph.get(node, ())):
            found = visit(following, [*above, node])
            if found:
                return found
        done.add(node)
        return []

    return next((found for node in sorted(graph) if (found := visit(node, []))), [])


def test_modules_and_functions_stay_small() -> None:
    """Raising one of these numbers takes a decision record."""
    long = [(shown(path), lines) for path in modules() if (lines := path.read_text("utf-8").count("\n")) > MODULE_LINES]
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long.append((f"{shown(path)}:{node.lineno} {node.name}", lines))
    none(long)


def test_folders_stay_shallow() -> None:
    """`engine/room/kinds/x.py` is as deep as it gets."""
    none([shown(path) for path in modules() if len(path.relative_to(ENGINE).parts) > FOLDER_DEPTH])


def test_everything_public_says_what_it_is_for() -> None:
    """A docstring on every module (empty `__init__.py` aside), class and function without an underscore."""
    silent: list[str] = []
    for path, tree in modules().items():
        if tree.body and ast.get_docstring(tree) is None:
            silent.append(shown(path))
        for node in public(tree):
            if ast.get_docstring(node) is None:
                silent.append(f"{shown(path)}:{node.lineno} {node.name}")
    none(silent)


def public(tree: ast.AST) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public classes and functions of a module, and public methods of public classes; overrides may be silent."""
    for node in getattr(tree, "body", ()):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        decorators = {ast.unparse(decorator).split(".")[-1] for decorator in node.decorator_list}
        if not decorators & {"overload", "setter", "override"}:
            yield node
        if isinstance(node, ast.ClassDef):
            inherits = bool(node.bases)
            yield from (
                inner for inner in public(node) if not (inherits and not isinstance(inner, ast.ClassDef) and inner.body)
            )


def test_every_function_is_typed() -> None:
    """Arguments and answers carry types; the type checker says the rest."""
    untyped = [
        f"{shown(path)}:{node.lineno} {node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (
            node.returns is None
            or any(
                argument.annotation is None and argument.arg not in {"self", "cls"}
                for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            )
        )
        and node.name != "__init__"
    ]
    none(untyped)


def test_no_float_is_ever_made() -> None:
    """No float literal and no call of `float` below the faces, where numbers are values of the business."""
    found = []
    for path, tree in modules().items():
        if path.relative_to(ENGINE).parts[0] in {"web", "cli"}:
            continue
        for node in ast.walk(tree):
            call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            if (call or literal) and not _about_the_machine(node, tree):
                found.append(f"{shown(path)}:{node.lineno}")
    none(found)


def _about_the_machine(node: ast.AST, tree: ast.Module) -> bool:
    """Pauses, timeouts and likeness of words are the machine's own numbers, told by the names on the line."""
    line = getattr(node, "lineno", 0)
    around = [inner for inner in ast.walk(tree) if getattr(inner, "lineno", None) == line]
    names = {getattr(inner, "id", "") or getattr(inner, "arg", "") or getattr(inner, "attr", "") for inner in around}
    return any(
        re.search(r"seconds|pause|sleep|jitter|timeout|interval|cutoff", str(name), re.IGNORECASE) for name in names
    )


def test_no_clock_and_no_chance_below_operations() -> None:
    """Time and ids are handed in; only `operations.identity` and the faces ask the machine."""
    asked = re.compile(r"\.(now|utcnow|today|time|monotonic|uuid4|uuid1|token_\w+|randbits|randbelow|random)$")
    found = []
    for path, tree in modules().items():
        if floor_of(room_of(path)) >= floor_of("operations"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                text = ast.unparse(node.func)
                if asked.search(text) and text.split(".")[0] in {
                    "datetime",
                    "date",
                    "time",
                    "uuid",
                    "secrets",
                    "random",
                }:
                    found.append(f"{shown(path)}:{node.lineno} {text}")
    none(found)


def room_of(path: Path) -> str:
    parts = path.relative_to(ENGINE).parts
    return parts[0] if len(parts) > 1 else "language"


def test_names_say_something() -> None:
    """No module is called utils, helper, manager, common or misc."""
    none([shown(path) for path in modules() if path.stem in VAGUE or path.parent.name in VAGUE])


def test_errors_are_never_swallowed_whole() -> None:
    """No bare or broad `except`, but where a programmer's mistake may not end everything else."""
    broad = [
        f"{shown(path)}:{node.lineno}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and path.parts[-2:] not in LAST_RESORTS
    ]
    none(broad)


def test_apps_hold_declarations_only() -> None:
    """No Python under apps/."""
    none([shown(path) for path in APPS.rglob("*") if path.suffix in {".py", ".pyc", ".so", ".sh", ".js"}])


def test_the_engine_knows_no_app() -> None:
    """No app is named in the engine, in no file of any kind; an example in a docstring of the command line may."""
    names = sorted(path.parent.name for path in APPS.glob("*/app.yaml"))
    wanted = re.compile(rf"(?<![a-z])(?:{'|'.join(names)})(?![a-z])")
    found = []
    for path in sorted(ENGINE.rglob("*")):
        if path.suffix not in {".py", ".html", ".css", ".js"} or "cli" in path.parts:
            continue
        tree = modules().get(path)
        texts = names_and_texts(tree) if tree is not None else [(1, path.read_text(encoding="utf-8"))]
        found += [f"{shown(path)}:{line} {text[:60]}" for line, text in texts if wanted.search(text)]
    none(found)


def names_and_texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Identifiers and texts of a module; docstrings and comments, which may give examples, are left out."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


@pytest.mark.parametrize("folder", ["engine", "apps", "tests", "docs", "."])
def test_no_path_of_a_machine(folder: str) -> None:
    """Nothing in the repository knows where it was written."""
    found = []
    for path in tracked(ROOT / folder, deep=folder != "."):
        if path == Path(__file__) or path.suffix in {".png", ".woff2", ".ico", ".gz"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{shown(path)}: {match.group()}" for match in MACHINE_PATHS.finditer(text)]
    none(found)


def tracked(folder: Path, *, deep: bool) -> Iterator[Path]:
    """Files that belong to the repository, or would if they were added."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", str(folder)]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and (deep or path.parent == ROOT):
            yield path


@cache
def catalogue() -> Mapping[str, Mapping[str, object]]:
    """Every entry of the catalogue by code; fails where a code stands twice."""
    found: dict[str, Mapping[str, object]] = {}
    for path in sorted((ENGINE / "language" / "catalogue").glob("*.yaml")):
        said = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")) or {}
        assert set(said) & set(found) == set(), path.name
        found |= said
    return found


def test_every_code_that_is_raised_is_in_the_catalogue() -> None:
    """A code without words would be a traceback at the moment it is needed."""
    used = {
        (code, shown(path))
        for path, tree in modules().items()
        for _, text in names_and_texts(tree)
        for code in CODE.findall(text)
    }
    none((code, file) for code, file in used if code not in catalogue())


def test_every_code_speaks_both_languages_with_the_same_parameters() -> None:
    """zh and en say the same things; hints and explanations too."""
    parameter = re.compile(r"\{([a-z_]+)\}")
    wrong = []
    for code, said in catalogue().items():
        pairs = [said, *(said[name] for name in ("hint", "explain") if name in said)]
        for pair in pairs:
            assert isinstance(pair, dict), code
            texts = [str(pair.get(language) or "") for language in ("zh", "en")]
            if "" in texts or set(parameter.findall(texts[0])) != set(parameter.findall(texts[1])):
                wrong.append(code)
    none(wrong)


def test_the_tests_mirror_the_engine() -> None:
    """Every kind has a test file of its own, or is covered by the generic suite of its folder."""
    kinds = ("rules/kinds", "workflows/steps", "workflows/flow_steps", "entities/fields")
    folders = [ENGINE / folder for folder in kinds]
    missing = [
        shown(folder) for folder in folders if not list((ROOT / "tests" / folder.relative_to(ENGINE)).glob("test_*.py"))
    ]
    none(missing)
