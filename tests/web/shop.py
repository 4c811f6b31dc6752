"""The food business as a site of its own, served over HTTP for a real browser."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import uvicorn
from argon2 import PasswordHasher
from starlette.applications import Starlette

from engine.cli.demo import build, log_ins
from engine.cli.password import person_id
from engine.cli.places import sound_app
from engine.operations import sign_in
from engine.operations.identity import utc_now
from engine.operations.publish import migrate, publish
from engine.operations.sign_in import set_password
from engine.operations.site import Clock as AnyClock
from engine.operations.site import Site, open_site
from engine.operations.story.plant import beginning, plant
from engine.operations.story.stage import Clock
from engine.packages.scenario import read_seeds
from engine.web.app import build_app
from tests.web.chromium import Page

APP = Path(__file__).parents[2] / "apps" / "food"
SECRET = "a-long-sentence-of-the-tests"


@contextmanager
def quick_hashes() -> Iterator[None]:
    """Hashes at a hundredth of their price: what they cost is tested where sign-in is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sign_in, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


def built(folder: Path, now: datetime) -> Path:
    """The file of a demonstration, as of an instant."""
    file = folder / "food.db"
    with quick_hashes():
        build(APP, f"sqlite:///{file}", SECRET, now)
    return file


def built_quietly(folder: Path) -> Path:
    """The file of a database with the app, its people and goods, and little done with them: sooner ready."""
    file, now = folder / "food.db", utc_now()
    app = sound_app(APP)
    seeds = [seed for seed in read_seeds(app.layers[-1])[0] if seed.every is None]
    site = open_site(f"sqlite:///{file}", clock=(clock := Clock(beginning(seeds, app.zone, now))))
    migrate(site, app, allow_destructive=False)
    publish(site, app.layers, "test")
    plant(site, clock, seeds, lambda done, total: None, now)
    with quick_hashes():
        for login in log_ins(seeds):
            set_password(site, person_id(site, login), SECRET)
    site.close()
    return file


@contextmanager
def opened(file: Path, folder: Path, **more: AnyClock) -> Iterator[Site]:
    """A site on a copy of a database."""
    for each in file.parent.glob(f"{file.name}*"):
        shutil.copy(each, folder / each.name)
    site = open_site(f"sqlite:///{folder / file.name}", **more)
    try:
        yield site
    finally:
        site.close()


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The address of an application that is served for as long as the block lasts."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def open_for_business(file: Path, folder: Path, **more: AnyClock) -> Iterator[str]:
    """The address of the food business, on a copy of its database."""
    with quick_hashes(), opened(file, folder, **more) as site, served(build_app(site)) as address:
        yield address


def enter(page: Page, address: str, login: str, secret: str = SECRET) -> None:
    """Sign in through the page, as whoever is there no longer."""
    page.ask("Network.clearBrowserCookies")
    page.go(f"{address}/sign-in")
    page.fill("#login", login)
    page.fill("#password", secret)
    page.click_to_open(".door-card .primary")
