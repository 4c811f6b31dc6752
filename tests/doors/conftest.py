"""The sites of the operations' tests, for tests that come in through the doors people and programs use."""

from __future__ import annotations

from tests.operations.conftest import *  # noqa: F403  the fixtures of both databases, by their names
