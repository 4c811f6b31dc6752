"""The sites of the operations' tests, for tests that come in through the doors people and programs use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from engine.operations import sign_in
from tests.operations.conftest import *  # noqa: F403  the fixtures of both databases, by their names


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Passwords are hashed with the least that argon2 allows: these tests sign in often and judge other things."""
    kept, sign_in._HASHER = sign_in._HASHER, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    sign_in._nobody.cache_clear()
    yield
    sign_in._HASHER = kept
    sign_in._nobody.cache_clear()
