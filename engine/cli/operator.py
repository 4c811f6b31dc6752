"""Whoever works at the command line: the operator of the machine, or a person of the site named by log-in."""

from __future__ import annotations

from engine.access.actor import Actor
from engine.cli.speak import language, refuse
from engine.operations.people import PERSON, actor_of, player
from engine.operations.site import Site
from engine.storage import records

OPERATOR = "operator"
"""How the journal names whoever has the machine itself: the command line needs no password, so it hides no name."""


def operator(site: Site, login: str | None = None) -> Actor:
    """The person with a log-in, with exactly that person's rights; without one, the operator with every role."""
    if login is not None:
        return person(site, login)

    with site.reading() as (connection, running):
        return player(connection, running, OPERATOR, running.app.roles, language())


def person(site: Site, login: str) -> Actor:
    """The person with a log-in as they would be after signing in; refused where there is none or it is switched off."""

    with site.reading() as (connection, running):
        where = (records.equals(running.tables, PERSON, ("code",), login),)
        found = records.list_records(connection, running.tables, PERSON, where=where)
        actor = actor_of(connection, running, found[0].id, site.clock()) if found else None
    return actor if actor is not None else refuse("CLI-108", login=login)
