"""Dated assignments, and what formulas see of an actor."""

from datetime import date

from engine.access.actor import Actor, Assignment, RoleAt, actor_scope, actor_type, roles_on

DAY = date(2026, 3, 1)


def test_assignments_hold_from_the_first_day_to_the_last():
    given = [
        Assignment("a", start=DAY, end=DAY),
        Assignment("b", end=date(2026, 2, 28)),
        Assignment("c", start=date(2026, 3, 2)),
        Assignment("d", "c1", "u1"),
    ]
    assert roles_on(given, DAY) == {RoleAt("a"), RoleAt("d", "c1", "u1")}


def test_an_actor_is_seen_from_the_role_in_question():
    actor = Actor("ann", "Ann", frozenset({RoleAt("r", "c1", "u1")}), "home", "en")
    assert actor_scope(actor)["company"] == {"id": "home"}
    seen = actor_scope(actor, RoleAt("r", "c1", "u1"))
    assert (seen["company"], seen["unit"], seen["person"]) == ({"id": "c1"}, {"id": "u1"}, {"id": "ann"})
    assert set(seen) == set(actor_type().fields)
