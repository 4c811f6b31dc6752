from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.web.files import address_of

Open = Callable[..., Any]


def test_our_files_are_kept_for_a_year(browser: Open) -> None:
    answer = browser().get(address_of("formwork.css"), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "@layer" in answer.text


def test_no_other_file_is_given(browser: Open) -> None:
    for name in ("formwork.css", "..%2fapp.py", "formwork.000000000000.css", "%2e%2e/app.py"):
        assert browser().get(f"/static/{name}").status_code == 404
