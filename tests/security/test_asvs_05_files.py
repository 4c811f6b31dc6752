"""ASVS 5.0 chapter 5 and 3.2.1: what people upload never acts as ours, and what a package holds stays inside it."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.language.problems import Refused
from engine.operations.attach import LARGEST, MAGIC, TEXTS
from engine.operations.site import Site, files_of, layers_of
from engine.packages import files as limits
from engine.packages.files import PackageFiles, read_folder, scan_folder
from engine.packages.load import load, load_folder
from engine.storage.filters import pushable
from tests.operations.conftest import APPS
from tests.security.attacker import Attacker, entries, written
from tests.security.vault import LAYER

ENTER = Callable[..., Attacker]
HTML = b"<!doctype html><script>alert(document.cookie)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PDF, PNG, JPG, GIF, ZIP = b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"PK\x03\x04"

NEVER = [
    ("x.html", HTML),
    ("x.htm", HTML),
    ("x.xhtml", HTML),
    ("x.svg", SVG),
    ("x.svgz", SVG),
    ("x.xml", b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"),
    ("x.js", b"alert(1)"),
    ("x.mjs", b"alert(1)"),
    ("x.css", b"@import url(//evil.test)"),
    ("x.swf", b"FWS\x09"),
    ("x.jar", ZIP),
    ("x.exe", b"MZ"),
    ("x.sh", b"#!/bin/sh"),
    ("x.py", b"import os"),
    ("x.php", b"<?php system('x');"),
    ("x.hta", HTML),
    ("x.mht", HTML),
    ("x.url", b"[InternetShortcut]"),
    ("x.docm", ZIP),
    ("x.xlsm", ZIP),
    ("x", HTML),
    (".htaccess", b"AddType text/html .pdf"),
    ("pdf", PDF),
    ("x.pdf.html", PDF + HTML),
    ("x.pdf\u202elmth.", PDF),
    # the content is not what the ending says
    ("x.pdf", HTML),
    ("x.pdf", b" " + PDF),
    ("x.pdf", b""),
    ("x.png", GIF),
    ("x.png", SVG),
    ("x.jpg", PNG),
    ("x.gif", b"GIF90a"),
    ("x.zip", PDF),
    ("x.xlsx", PDF),
    ("x.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ("x.txt", b"a\x00b"),
    ("x.csv", PNG + b"\x00"),
]
SOMETIMES = [
    # polyglots: begin as what they say, and go on as something else
    ("p.pdf", PDF + HTML),
    ("p.pdf", PDF + ZIP + b"PK\x05\x06" + b"\0" * 18),
    ("p.gif", GIF + b"/*" + b"\0" * 8 + b"*/=1;alert(1)"),
    ("p.jpg", JPG + HTML),
    ("p.png", PNG + SVG),
    ("p.zip", ZIP + HTML),
    ("p.txt", HTML),
    ("p.txt", b"\xef\xbb\xbf" + HTML),
    ("p.csv", b"=cmd|' /C calc'!A0,\n" + HTML),
    ("p.json", b'"<script>alert(1)</script>"'),
    ("P.PDF", PDF),
]


def upload(visitor: Attacker, name: str, content: bytes, kind: str = "text/html") -> Any:
    """Send one file as a page would, with whatever type the sender says."""
    return visitor.client.post(
        "/attachments", files={"file": (name, content, kind)}, headers={"X-CSRF-Token": visitor.csrf}
    )


@pytest.mark.parametrize(("name", "content"), NEVER, ids=lambda part: repr(part)[:24])
def test_asvs_5_3_1_pages_and_scripts_are_not_kept(name: str, content: bytes, shared: Site) -> None:
    """Rows 26 and 53: by the ending, and by what the file begins with; the sender's word counts for nothing."""
    clerk = Attacker(shared, "clerk")
    before = written(shared)
    for kind in ("application/pdf", "text/html", "image/png"):
        answer = upload(clerk, name, content, kind)
        assert answer.status_code == 422, answer.text
        assert clerk.codes(answer) == ["OPS-121"]
    assert written(shared) == before


@pytest.mark.parametrize(("name", "content"), SOMETIMES, ids=lambda part: repr(part)[:24])
def test_asvs_3_2_1_what_is_kept_never_acts_as_a_page(name: str, content: bytes, site: Site, enter: ENTER) -> None:
    """A download in a sandbox, of the type that its ending stands for, never of the type that somebody said."""
    clerk = enter("clerk")
    kept = upload(clerk, name, content)
    assert kept.status_code == 201, kept.text
    for accept in ("text/html", "*/*", "application/json", "image/svg+xml"):
        given = clerk.get(f"/attachments/{kept.json()['id']}", headers={"Accept": accept})
        assert given.content == content
        assert given.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
        assert given.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert given.headers["x-content-type-options"] == "nosniff"
        assert given.headers["cache-control"] == "no-store"
        assert given.headers["cross-origin-resource-policy"] == "same-origin"
        kind = given.headers["content-type"].partition(";")[0]
        assert kind in {each for _, each in MAGIC.values()} | {each.partition(";")[0] for each in TEXTS.values()}
        assert kind not in {"text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"}


def test_asvs_5_2_1_limits_of_uploads(site: Site, enter: ENTER) -> None:
    """Row 52: bytes, parts, files, fields and headers of parts; without a word of it written."""
    clerk = enter("clerk")
    before = written(site)
    assert upload(clerk, "x.pdf", PDF + b"x" * (17 * 1024 * 1024)).status_code == 413
    assert LARGEST >= 16 * 1024 * 1024
    many: list[Any] = [(f"file{number}", (f"{number}.pdf", PDF)) for number in range(21)]
    headers = {"X-CSRF-Token": clerk.csrf}
    assert clerk.client.post("/attachments", files=many, headers=headers).status_code == 400
    twice: list[Any] = [("file", ("a.pdf", PDF)), ("file", ("b.pdf", PDF))]
    assert clerk.client.post("/attachments", files=twice, headers=headers).status_code == 400
    for content, kind in (
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary="),
        (b"--b\r\n" * 5000, "multipart/form-data; boundary=b"),
        (b"--b\r\n" + b"X: y\r\n" * 200_000, "multipart/form-data; boundary=b"),
        (b"--b\r\n" + b"X" * 1_000_000, "multipart/form-data; boundary=b"),
        (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-',
            "multipart/form-data; boundary=b",
        ),
        (
            b'--b\r\nContent-Disposition: form-data; filename="a.pdf"\r\n\r\n%PDF-\r\n--b--',
            "multipart/form-data; boundary=b",
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n%PDF-\r\n--b--',
            "multipart/form-data; boundary=b",
        ),
        (b"", "multipart/form-data; boundary=b"),
        (b"--b--", "multipart/form-data; boundary=b; charset=nonsense"),
    ):
        answer = clerk.client.post("/attachments", content=content, headers={**headers, "Content-Type": kind})
        assert answer.status_code in {400, 413, 415, 422}, (content[:40], answer.status_code, answer.text[:200])
    said = {"file": {"filename": "/etc/passwd", "path": "/etc/passwd", "content": "x"}}
    assert clerk.post("/attachments", said).status_code in {400, 422}, "n8n CVE-2026-21858: JSON is no upload"
    assert written(site) == before


def test_asvs_5_2_1_strangers_upload_nothing(site: Site, enter: ENTER) -> None:
    """Whoever is not signed in is sent away before a large body is read."""
    nobody = enter()
    token = nobody.get("/sign-in").json()["csrf"]
    read = []

    def pieces() -> Iterator[bytes]:
        for number in range(200):
            read.append(number)
            yield b"x" * 65536

    kind = {"Content-Type": "multipart/form-data; boundary=b", "X-CSRF-Token": token}
    assert nobody.client.post("/attachments", content=pieces(), headers=kind).status_code == 401
    assert upload(nobody, "x.pdf", PDF).status_code == 401


def test_asvs_8_2_2_files_of_others(site: Site, enter: ENTER) -> None:
    """A file that hangs nowhere belongs to whoever sent it; ids that look like others are nobody's."""
    kept = upload(enter("clerk"), "x.pdf", PDF).json()["id"]
    assert enter("clerk").get(f"/attachments/{kept}").status_code == 200
    for login in ("deli_clerk", "reader", "admin", "nobody"):
        answer = enter(login).get(f"/attachments/{kept}")
        missing = enter(login).get(f"/attachments/{kept[:-1]}x")
        assert answer.status_code == missing.status_code == 404
        assert answer.json()["problems"] == missing.json()["problems"]
    clerk = enter("clerk")
    for id in (
        kept.upper(),
        f"{kept} ",
        f" {kept}",
        f"{kept}%00",
        "%00",
        "x" * 5000,
        "*",
        "%",
    ):
        assert clerk.get(f"/attachments/{id}").status_code == 404, id
    assert enter().get(f"/attachments/{kept}").status_code == 401


# --- packages (row 55) -------------------------------------------------------------------------------------------


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Fail instead of waiting for ever: a pipe that nobody writes to never ends."""

    def late(*_: object) -> None:
        raise TimeoutError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The vault as a folder beside the layers it stands on; beside that a secret which no package may reach."""
    for name in ("trade", "food"):
        (tmp_path / name).symlink_to(APPS / name)
    for path, text in LAYER.items():
        (tmp_path / "vault" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "vault" / path).write_text(text, encoding="utf-8")
    (tmp_path / "secret.yaml").write_text("entity: secret\nfields: []\n", encoding="utf-8")
    return tmp_path / "vault"


def symlink_to_a_file(folder: Path) -> None:
    (folder / "entities" / "secret.yaml").symlink_to(folder.parent / "secret.yaml")


def symlink_to_passwd(folder: Path) -> None:
    (folder / "entities" / "passwd.yaml").symlink_to("/etc/passwd")


def symlink_to_a_folder(folder: Path) -> None:
    (folder / "mappings").symlink_to(folder.parent)


def symlink_to_itself(folder: Path) -> None:
    (folder / "entities" / "loop").symlink_to(folder)


def dangling_link(folder: Path) -> None:
    (folder / "entities" / "gone.yaml").symlink_to("/nowhere/x.yaml")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "entities" / "pipe.yaml")


def listening_socket(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder / "entities")
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.bind("door.yaml")
    finally:
        os.chdir(here)


def strange_ending(folder: Path) -> None:
    (folder / "entities" / "x.py").write_text("import os", encoding="utf-8")


def too_deep(folder: Path) -> None:
    deep = folder.joinpath(*"abcdef")
    deep.mkdir(parents=True)
    (deep / "x.yaml").write_text("x: 1", encoding="utf-8")


def too_large(folder: Path) -> None:
    with (folder / "entities" / "large.yaml").open("wb") as file:
        file.truncate(limits.MAX_FILE_BYTES + 1)


def too_large_together(folder: Path) -> None:
    (folder / "docs").mkdir()
    for number in range(limits.MAX_TOTAL_BYTES // limits.MAX_FILE_BYTES + 1):
        with (folder / "docs" / f"{number}.md").open("wb") as file:
            file.truncate(limits.MAX_FILE_BYTES)


def case_twins(folder: Path) -> None:
    (folder / "entities" / "Dossier.yaml").write_text("entity: Dossier\nfields: []\n", encoding="utf-8")


def unicode_twins(folder: Path) -> None:
    for name in ("caf\u00e9", "cafe\u0301"):
        (folder / "entities" / f"{name}.yaml").write_text(f"entity: {name}\nfields: []\n", encoding="utf-8")


def line_end_in_a_name(folder: Path) -> None:
    (folder / "entities" / "a\nb.yaml").write_text("entity: a\nfields: []\n", encoding="utf-8")


def backslash_in_a_name(folder: Path) -> None:
    (folder / "entities" / "..\\..\\x.yaml").write_text("entity: x\nfields: []\n", encoding="utf-8")


def bytes_in_a_name(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder / "entities") + b"/\xff\xfe.yaml")).write_text("x: 1", encoding="utf-8")


TRICKS = [
    symlink_to_a_file,
    symlink_to_passwd,
    symlink_to_a_folder,
    symlink_to_itself,
    dangling_link,
    pipe,
    listening_socket,
    strange_ending,
    too_deep,
    too_large,
    too_large_together,
    case_twins,
    unicode_twins,
    line_end_in_a_name,
    backslash_in_a_name,
    bytes_in_a_name,
]


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.__name__)
def test_asvs_5_3_3_a_folder_that_is_no_package_is_refused(trick: Callable[[Path], None], folder: Path) -> None:
    """Nothing behind a link, a device or beyond a limit is read: a problem with a name, in a moment."""
    trick(folder)
    with at_most(10):
        files, problems = scan_folder(folder)
        app, found = load_folder(folder, pushable=pushable)
    assert app is None
    assert [problem for problem in (*problems, *found) if problem.severity == "error"]
    assert not any(b"root:" in content or b"entity: secret" in content for content in files.files.values())
    assert all(isinstance(str(problem.place), str) for problem in found)


def test_asvs_5_3_3_read_folder_raises(folder: Path) -> None:
    assert read_folder(folder).name == "vault"
    symlink_to_passwd(folder)
    with pytest.raises(Refused):
        read_folder(folder)


def test_asvs_5_3_3_hidden_files_are_passed_over(folder: Path) -> None:
    for name in (".git", ".env"):
        (folder / name).mkdir()
        (folder / name / "x.yaml").write_text("password: x", encoding="utf-8")
    (folder / ".env.yaml").write_text("password: x", encoding="utf-8")
    app, _ = load_folder(folder, pushable=pushable)
    assert app is not None
    assert not [path for layer in app.layers for path in layer.files if ".env" in path or ".git" in path]


NAMES = [
    "../x.yaml",
    "../../etc/passwd.yaml",
    "entities/../../x.yaml",
    "entities/../x.yaml",
    "/etc/x.yaml",
    "//host/share/x.yaml",
    "C:/x.yaml",
    "C:\\x.yaml",
    "entities\\x.yaml",
    "entities/..\\x.yaml",
    "entities/./x.yaml",
    "entities//x.yaml",
    "./entities/x.yaml",
    "entities/x.yaml\x00.md",
    "entities/x\x00.yaml",
    "entities/x.yaml/",
    "entities/ x.yaml",
    "entities/x .yaml",
    "entities/X.yaml",
    "entities/x.yaml.exe",
    "entities/CON.yaml",
    "entities/.yaml",
    "entities/..yaml",
    "entities/x\n.yaml",
    "entities/\u202ex.yaml",
    "entities/ｘ.yaml",
    "~/x.yaml",
    "$HOME/x.yaml",
    "",
    ".",
    "..",
]
NOT_READ = [
    "../x.md",
    "/etc/x.md",
    "seed/../../x.yaml",
    "scenarios/../../../x.yaml",
    "docs/../../x.md",
    "a/b/c/d/e/f/g.md",
    "x\x00.md",
    "C:\\x.md",
]
"""Names that would hide among the files which a load never opens: they are stored all the same."""


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_asvs_5_3_2_names_that_lead_out_are_refused(name: str) -> None:
    """A package made of names and bytes (an upload, a database): no name that means another place on some machine."""
    files = {path: text.encode() for path, text in LAYER.items()} | {name: b"entity: x\nfields: []\n"}
    layers = (read_folder(APPS / "trade"), read_folder(APPS / "food"), PackageFiles("vault", files))
    app, problems = load(layers, pushable=pushable)
    assert app is None
    assert problems


@pytest.mark.parametrize("name", NOT_READ, ids=repr)
def test_asvs_5_3_2_names_that_lead_out_are_refused_also_where_nobody_reads(name: str) -> None:
    files = {path: text.encode() for path, text in LAYER.items()} | {name: b"x"}
    layers = (read_folder(APPS / "trade"), read_folder(APPS / "food"), PackageFiles("vault", files))
    app, _ = load(layers, pushable=pushable)
    assert app is None


@pytest.mark.parametrize("name", ["../vault", "a/b", "", ".", "vault\n", "C:", "vault/entities", "system/x"], ids=repr)
def test_asvs_5_3_2_names_of_layers(name: str) -> None:
    """A layer's name with a slash could pass for a file of another layer in the store."""
    files = {path: text.encode() for path, text in LAYER.items()}
    layers = (read_folder(APPS / "trade"), read_folder(APPS / "food"), PackageFiles(name, files))
    app, _ = load(layers, pushable=pushable)
    assert app is None


def test_asvs_5_3_2_what_is_stored_comes_back_as_the_same_layers(shared: Site) -> None:
    layers = shared.app().layers
    back = {layer.name: dict(layer.files) for layer in layers_of(files_of(layers))}
    assert back == {layer.name: dict(layer.files) for layer in layers}
    assert entries(shared)
