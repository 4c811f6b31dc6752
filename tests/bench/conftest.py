"""The sites of the operations' tests, for what is measured against them."""

from __future__ import annotations

from tests.operations.conftest import *  # noqa: F403  the fixtures of both databases, by their names
