"""Browsers: one in memory over the application with fake operations, and a real one for pages as people see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.web.app import build_app
from tests.web import chromium, fakes, shop
from tests.web.client import TestClient


@pytest.fixture(scope="session")
def chrome() -> Iterator[chromium.Browser]:
    """One running browser for all tests of this process."""
    with chromium.started() as running:
        yield running


@pytest.fixture(scope="session")
def food_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the food business and its seeds, built once; tests work on copies."""
    return shop.built_quietly(tmp_path_factory.mktemp("food"))


@pytest.fixture
def kept() -> fakes.Kept:
    """What the fake operations were asked."""
    return fakes.Kept()


@pytest.fixture
def site() -> fakes.Site:
    """As much of a site as the web looks at."""
    return fakes.Site()


@pytest.fixture
def browser(kept: fakes.Kept, site: fakes.Site) -> Callable[..., TestClient]:
    """Opens a browser: `browser()` is nobody, `browser(signed_in=True)` holds a session."""

    def open_one(*, signed_in: bool = False, **more: Any) -> TestClient:
        more.setdefault("base_url", "http://shop.test")
        client = TestClient(
            build_app(site, doors=fakes.doors(kept)), follow_redirects=False, raise_server_exceptions=False, **more
        )
        client.headers["Accept"] = "text/html"
        client.headers["Accept-Language"] = "zh-CN,zh;q=0.9,en;q=0.5"
        if signed_in:
            prefix = "__Host-" if str(more["base_url"]).startswith("https") else ""
            client.cookies.set(f"{prefix}session", fakes.TOKEN)
        return client

    return open_one
