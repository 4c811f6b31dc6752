from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.web import fakes

Open = Callable[..., Any]


def test_a_file_of_a_person_is_never_a_page_of_ours(browser: Open) -> None:
    """ASVS 3.2.1, 5.4.2."""
    answer = browser(signed_in=True).get("/attachments/a1")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8.html"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_is_taken(browser: Open) -> None:
    someone = browser(signed_in=True)
    sent = {"data": {"_csrf": fakes.CSRF}, "files": {"file": ("../../x.html", b"<b>")}}
    answer = someone.post("/attachments", **sent)
    assert (answer.status_code, answer.json()["id"]) == (201, "a1")
    assert someone.post("/attachments", data={"_csrf": fakes.CSRF}).status_code == 400


def test_json_cannot_pretend_to_be_a_file(browser: Open) -> None:
    """A file can only come out of a multipart body."""
    headers = {"X-CSRF-Token": fakes.CSRF}
    sent = {"file": {"name": "/etc/passwd", "content": "x"}, "uploads": {"file": "x"}}
    assert browser(signed_in=True).post("/attachments", json=sent, headers=headers).status_code == 400
