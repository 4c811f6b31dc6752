"""A real site to attack: the vault app, published, furnished and peopled once, and copied for each test that writes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from engine.cli.operator import operator
from engine.operations import sign_in
from engine.operations.case import Submission
from engine.operations.publish import migrate, publish
from engine.operations.scenarios import Clock
from engine.operations.site import Site, open_site
from engine.operations.story.plant import plant
from engine.operations.submit import submit
from engine.packages.scenario import read_seeds
from engine.packages.schema import App
from tests.doors.visitors import give_password
from tests.operations.conftest import NOW
from tests.operations.world import SEEDS
from tests.security.attacker import Attacker
from tests.security.vault import PEOPLE, SEEDED, vault


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Passwords are hashed with the least that argon2 allows; what the real parameters are has a test of its own."""
    kept, sign_in._HASHER = sign_in._HASHER, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    sign_in._nobody.cache_clear()
    yield
    sign_in._HASHER = kept
    sign_in._nobody.cache_clear()


@pytest.fixture(scope="session")
def vault_app() -> App:
    """The vault app, loaded once."""
    return vault()


@pytest.fixture(scope="session")
def vault_file(vault_app: App, tmp_path_factory: pytest.TempPathFactory, cheap_hashes: None) -> Path:
    """The furnished site as a SQLite file."""
    path = tmp_path_factory.mktemp("vault") / "vault.db"
    furnish_vault(f"sqlite:///{path}", vault_app)
    return path


def furnish_vault(url: str, app: App) -> None:
    """Publish the vault app and bring in goods, people and passwords."""
    clock = Clock(NOW)
    site = open_site(url, clock=clock)
    migrate(site, app, False)
    publish(site, app.layers, "test")
    furnish_from_food(site)
    people(site)
    give_password(site, *SEEDED, *PEOPLE)
    site.close()


def furnish_from_food(site: Site) -> None:
    """The seeded people and master data of the food layer."""
    assert isinstance(site.clock, Clock)
    food = next(layer for layer in site.app().layers if layer.name == "food")
    seeds, problems = read_seeds(food)
    assert not problems
    plant(site, site.clock, [seed for seed in seeds if seed.seed in SEEDS], lambda done, total: None)


def people(site: Site) -> None:
    """The second company and the people who hold the roles of the vault."""
    boss = operator(site)

    def bring(entity: str, **raw: object) -> None:
        submit(site, boss, Submission(entity, None, None, raw, None, f"people:{entity}:{raw['code']}"))

    bring("company", code="DELI", name="晨麦熟食")
    for login, (role, company) in PEOPLE.items():
        bring("person", code=login, name=f"{login} 人", language="en")
        if role is not None:
            bring("assignment", code=login, person=login, role=role, company=company)
    bring("shelf", code="7", name="seven")


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until a test moves it."""
    return Clock(NOW)


def copy_of(vault_file: Path, folder: Path, app: App, clock: Clock) -> Site:
    """A furnished site in a folder; the app it has published is known, so that no test loads it again."""
    shutil.copyfile(vault_file, folder / "site.db")
    opened = open_site(f"sqlite:///{folder / 'site.db'}", clock=clock)
    opened._apps[app.digest] = app
    return opened


@pytest.fixture
def site(vault_file: Path, vault_app: App, tmp_path: Path, clock: Clock) -> Iterator[Site]:
    """A furnished site of the test's own."""
    opened = copy_of(vault_file, tmp_path, vault_app, clock)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared(vault_file: Path, vault_app: App, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A furnished site for the tests of one file that leave nothing behind."""
    opened = copy_of(vault_file, tmp_path_factory.mktemp("shared"), vault_app, Clock(NOW))
    yield opened
    opened.close()


@pytest.fixture
def enter(site: Site) -> Callable[..., Attacker]:
    """`enter("reader")` is somebody signed in at the JSON door, `enter()` nobody."""
    return lambda login=None, **more: Attacker(site, login, **more)
