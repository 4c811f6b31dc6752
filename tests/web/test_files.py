from __future__ import annotations

import re

from engine.web.files import FOLDER, address_of, static_files


def test_the_budget_of_style_and_script() -> None:
    packed = {name.split(".")[-1]: len(file.packed) for name, file in static_files().items() if "formwork" in name}
    assert packed["css"] <= 12 * 1024
    assert packed["js"] <= 6 * 1024


def test_the_name_says_the_bytes() -> None:
    assert re.fullmatch(r"/static/formwork\.[0-9a-f]{12}\.css", address_of("formwork.css"))
    assert address_of("formwork.css").removeprefix("/static/") in static_files()


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_evaluated() -> None:
    for path in FOLDER.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//cdn|\beval\(|new Function|localStorage|sessionStorage|@import|url\(", text), (
            path.name
        )
