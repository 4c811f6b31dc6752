"""Cross checks of workflows: states that can be reached and left, and the roles, postings and channels they name."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.problems import Problem
from engine.packages.look import Look
from engine.packages.notices import BUILT_IN_CHANNELS
from engine.workflows.schema import Workflow
from engine.workflows.steps.make import Make
from engine.workflows.who import roles_in

ANY_ROLE = {"zh": "任何角色", "en": "any role"}


def states_exist(look: Look) -> Iterator[Problem]:
    """REF-305: a transition comes from or leads to a state that is not declared, or the start is none."""
    for part_id, workflow in look.app.workflows.items():
        known = [state.id for state in workflow.states]
        if workflow.start is not None and workflow.start not in known:
            yield look.unknown("REF-305", workflow.start, known, ("workflows", part_id, "start"))
        for transition in workflow.transitions:
            path = ("workflows", part_id, "transitions", transition.id)
            if transition.to not in known:
                yield look.unknown("REF-305", transition.to, known, (*path, "to"))
            for name in transition.source:
                if name not in known:
                    yield look.unknown("REF-305", name, known, (*path, "from", name))


def states_lead_somewhere(look: Look) -> Iterator[Problem]:
    """REF-330: a state no way leads to; REF-331: a state that is not final and that no way leaves."""
    for part_id, workflow in look.app.workflows.items():
        known = {state.id for state in workflow.states}
        named = {name for transition in workflow.transitions for name in (*transition.source, transition.to)}
        if not named <= known or workflow.first not in known or look.poison.has("workflows", part_id):
            continue
        reached = _reached(workflow)
        left = {name for transition in workflow.transitions for name in transition.source}
        for state in workflow.states:
            path = ("workflows", part_id, "states", state.id)
            if state.id not in reached:
                yield look.at("REF-330", path, name=state.id, start=workflow.first)
            elif state.id not in left and not state.final:
                yield look.at("REF-331", path, name=state.id)


def _reached(workflow: Workflow) -> set[str]:
    """The states some way from the start leads to."""
    reached, waiting = {workflow.first}, [workflow.first]
    while waiting:
        current = waiting.pop()
        for transition in workflow.transitions:
            if current in transition.source and transition.to not in reached:
                reached.add(transition.to)
                waiting.append(transition.to)
    return reached


def final_states_end(look: Look) -> Iterator[Problem]:
    """REF-332: a state is called final and a transition leaves it."""
    for part_id, workflow in look.app.workflows.items():
        final = {state.id for state in workflow.states if state.final}
        for transition in workflow.transitions:
            for name in sorted(final & set(transition.source)):
                path = ("workflows", part_id, "transitions", transition.id, "from")
                yield look.at("REF-332", path, name=name, transition=transition.id)


def roles_named(look: Look) -> Iterator[Problem]:
    """REF-306: a transition is for a role that is not declared."""
    for part_id, workflow in look.app.workflows.items():
        for transition in workflow.transitions:
            for role in roles_in(transition.who):
                if role not in look.app.roles and not look.poison.has("roles", role):
                    path = ("workflows", part_id, "transitions", transition.id, "who")
                    yield look.unknown("REF-306", role, look.app.roles, path)


def transitions_granted(look: Look) -> Iterator[Problem]:
    """REF-333: no role has a grant for a transition, or the role it is for has none: it can never be taken.

    One that an approval flow takes needs no grant: the decision had one.
    """
    for part_id, workflow in look.app.workflows.items():
        if part_id not in look.app.entities:
            continue
        for transition in workflow.transitions:
            if transition.on is not None:
                continue
            named = tuple(roles_in(transition.who))
            roles = [look.app.roles[name] for name in named if name in look.app.roles] or list(look.app.roles.values())
            if any(name not in look.app.roles for name in named):
                continue
            granted = any(grant.covers(part_id, transition.id) for role in roles for grant in role.grants)
            if not granted and not any(attribute == "roles" for attribute, _ in look.poison.parts):
                path = ("workflows", part_id, "transitions", transition.id)
                yield look.at("REF-333", path, transition=transition.id, entity=part_id, roles=named or ANY_ROLE)


def postings_named(look: Look) -> Iterator[Problem]:
    """REF-307: a transition makes a posting that is not declared; REF-334: one of another entity's documents."""
    for part_id, workflow in look.app.workflows.items():
        for transition in workflow.transitions:
            for position, name in enumerate(transition.posts):
                path = ("workflows", part_id, "transitions", transition.id, "posts", str(position))
                posting = look.app.postings.get(name)
                if posting is None and not look.poison.has("postings", name):
                    yield look.unknown("REF-307", name, look.app.postings, path)
                elif posting is not None and posting.entity != part_id:
                    yield look.at("REF-334", path, name=name, entity=part_id, other=posting.entity)


def unused_postings(look: Look) -> Iterator[Problem]:
    """REF-335: a posting that no transition makes."""
    used = {
        name
        for workflow in look.app.workflows.values()
        for transition in workflow.transitions
        for name in transition.posts
    }
    for part_id, posting in look.app.postings.items():
        if part_id not in used and not look.poison.has("workflows", posting.entity):
            yield look.at("REF-335", ("postings", part_id, "posting"), name=part_id)


def step_names(look: Look) -> Iterator[Problem]:
    """REF-304: a deadline takes a transition that is not there; REF-314: a notice goes by an unknown channel."""
    channels = (*BUILT_IN_CHANNELS, *look.app.plugins.channels)
    for part_id, workflow in look.app.workflows.items():
        transitions = [transition.id for transition in workflow.transitions]
        for transition in workflow.transitions:
            for position, step in enumerate(transition.steps):
                path = ("workflows", part_id, "transitions", transition.id, "steps", str(position))
                then, channel = getattr(step, "then", None), getattr(step, "notify", None)
                if isinstance(then, str) and then not in transitions:
                    yield look.unknown("REF-304", then, transitions, (*path, "then"), entity=part_id)
                if isinstance(channel, str) and channel not in (*channels, *look.app.notices):
                    yield look.unknown("REF-314", channel, channels, (*path, "notify"))


def made_records(look: Look) -> Iterator[Problem]:
    """REF-301: a transition makes a record of an unknown entity; WFL-153: one that lacks a value it must have."""
    for part_id, workflow in look.app.workflows.items():
        for transition in workflow.transitions:
            for position, step in enumerate(transition.steps):
                path = ("workflows", part_id, "transitions", transition.id, "steps", str(position))
                if isinstance(step, Make):
                    yield from _made(look, step, path)


def _made(look: Look, step: Make, path: tuple[str, ...]) -> Iterator[Problem]:
    """One step that makes records."""
    entity = look.app.entities.get(step.make)
    if entity is None:
        if not look.poison.has("entities", step.make):
            yield look.unknown("REF-301", step.make, look.app.entities, (*path, "make"))
        return
    ruleset = look.app.rules.get(step.make)
    derived = {name[0] for rule in ruleset.items for name in rule.writes()} if ruleset is not None else set()
    is_draft = step.make in look.app.workflows
    for field in entity.fields:
        filled = field.id in {*step.values, *step.initial, *derived} or field.default is not None
        lacking = field.required and field.kind != "lines" and not filled and not is_draft
        if lacking or (field.id in entity.identity and field.id not in step.values):
            yield look.at("WFL-153", (*path, "values"), name=field.id, entity=step.make)


def scheduled_transitions(look: Look) -> Iterator[Problem]:
    """REF-304: a schedule takes a transition that the entity's workflow does not have."""
    for part_id, schedule in look.app.schedules.items():
        workflow = look.app.workflows.get(schedule.entity)
        known = [transition.id for transition in workflow.transitions] if workflow is not None else []
        known_entity = schedule.entity in look.app.entities
        if known_entity and schedule.take not in known and not look.poison.has("workflows", schedule.entity):
            path = ("schedules", part_id, "take")
            yield look.unknown("REF-304", schedule.take, known, path, entity=schedule.entity)


def numbers_issued(look: Look) -> Iterator[Problem]:
    """REF-336: an entity has a number series, but no transition of its documents issues the number."""
    for part_id, workflow in look.app.workflows.items():
        entity = look.app.entities.get(part_id)
        if (
            entity is not None
            and entity.series in look.app.series
            and not any(each.numbers for each in workflow.transitions)
        ):
            yield look.at("REF-336", ("workflows", part_id, "workflow"), entity=part_id, series=entity.series)
