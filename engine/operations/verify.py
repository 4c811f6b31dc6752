"""Whether what a database holds is what was ever acknowledged: balances, chains, seals, tables."""

from __future__ import annotations

from engine.language.problems import Problem
from engine.operations.site import Site
from engine.storage import verify as storage_verify


def verify(site: Site) -> tuple[Problem, ...]:
    """Every difference found; nothing when all is well. Reads everything, so it takes its time."""
    running = site.running()
    return tuple(storage_verify.verify(site.database, running.tables))
