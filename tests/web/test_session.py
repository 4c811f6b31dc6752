from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from engine.web.session import cookie_name, language_of, safe_next


@pytest.mark.parametrize(
    "address",
    [
        "//evil",
        "/\\evil",
        "\\/evil",
        "https:evil",
        "https://evil",
        "javascript:alert(1)",
        "",
        None,
        "/a\nb",
        "/ x",
        "evil",
    ],
)
def test_no_way_out_of_this_site(address: str | None) -> None:
    """ASVS 3.7.2: no open redirect."""
    assert safe_next(address) == "/"


@pytest.mark.parametrize("address", ["/", "/d/item", "/d/item?q=%2f%2f", "/d/item?page=2"])
def test_a_path_of_ours_is_kept(address: str) -> None:
    assert safe_next(address) == address


@pytest.mark.parametrize(
    ("accept", "cookie", "language"),
    [
        ("", None, "zh"),
        ("en-GB,en;q=0.9", None, "en"),
        ("fr,en;q=0.3,zh;q=0.8", None, "zh"),
        ("fr", None, "zh"),
        ("en;q=nonsense", None, "zh"),
        ("en", "zh", "zh"),
        ("zh", "xx", "zh"),
        ("en," * 5000, None, "en"),
    ],
)
def test_language(accept: str, cookie: str | None, language: str) -> None:
    cookies = {"language": cookie} if cookie else {}
    assert language_of(Headers({"accept-language": accept}), cookies) == language


def test_the_cookie_is_bound_to_the_host_over_https() -> None:
    assert cookie_name("session", secure=True) == "__Host-session"
    assert cookie_name("session", secure=False) == "session"
