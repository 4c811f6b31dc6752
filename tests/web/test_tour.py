"""The tour is about pages that exist, shows every picture that is taken, and none that is not."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from engine.packages.load import load_folder
from engine.web.app import table
from tests.web import shop
from tests.web.tour import DOCS, PICTURES, PICTURES_TAKEN, Picture

TEXT = (DOCS / "tour.md").read_text(encoding="utf-8")


def test_every_picture_is_there_and_shown_and_no_other() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(pictures/([\w-]+)\.png\)", TEXT)
    assert sorted(shown) == sorted(picture.name for picture in PICTURES_TAKEN)
    assert {path.stem for path in PICTURES.glob("*")} == set(shown)
    for path in PICTURES.glob("*.png"):
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n", path.name
        assert path.stat().st_size < 200_000, f"{path.name} is too large for a repository"


def test_every_chapter_speaks_both_languages() -> None:
    for chapter in TEXT.split("\n## ")[1:]:
        title, _, body = chapter.partition("\n")
        assert re.search(r"[一-鿿].* · [A-Z]", title), title
        assert re.search(r"^[一-鿿]", body, re.MULTILINE), title
        assert re.search(r"^[A-Z][a-z]", body, re.MULTILINE), title


@pytest.mark.parametrize("picture", PICTURES_TAKEN, ids=lambda each: each.name)
def test_the_page_of_a_picture_exists(picture: Picture) -> None:
    app, _ = load_folder(shop.APP)
    assert app is not None
    path = urlsplit(picture.path).path
    assert any(route.path_regex.match(path) for route in table() if "GET" in (route.methods or ())), path
    kind, _, name = path.strip("/").partition("/")
    known = {"d": app.entities, "r": app.reports}.get(kind)
    assert known is None or name.partition("/")[0] in known
