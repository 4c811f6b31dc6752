"""Cross checks of approval flows: every way through one leads to an end, and whoever is asked can answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from engine.entities.fields.reference import ReferenceField
from engine.language.problems import Place, Problem
from engine.language.scope import suggestion
from engine.language.suggest import close
from engine.packages.look import Look
from engine.packages.poison import contains
from engine.workflows.approve import DECISIONS
from engine.workflows.flow_steps.approve import ADMINISTRATOR, Approve
from engine.workflows.flow_steps.base import FlowStepKind
from engine.workflows.flow_steps.end import End
from engine.workflows.flow_steps.route import Route
from engine.workflows.schema import Flow, Transition, Workflow
from engine.workflows.steps.deadline import Deadline
from engine.workflows.steps.notify import Notify
from engine.workflows.who import AnyWho, ManagerOf, PersonIn, roles_in

NEEDED = ("open", *DECISIONS)
"""The actions that somebody who decides needs grants for."""

BY_ITSELF = {
    "deadline": {"zh": "期限", "en": "deadline"},
    "schedule": {"zh": "定时任务", "en": "schedule"},
}


def flows_exist(look: Look) -> Iterator[Problem]:
    """WFL-130: a transition runs a flow that is not there; WFL-141: no transition runs a flow."""
    for _, workflow in _with_flows(look):
        known = [flow.id for flow in workflow.flows]
        for transition in workflow.transitions:
            if transition.runs is not None and transition.runs not in known:
                place = transition.place_at("runs")
                yield _unknown("WFL-130", transition.runs, known, place, transition=transition.id)
        run = {transition.runs for transition in workflow.transitions}
        for flow in workflow.flows:
            if flow.id not in run:
                yield Problem("WFL-141", {"flow": flow.id}, flow.place_at("id"))


def flow_ends_taken(look: Look) -> Iterator[Problem]:
    """WFL-131: a transition waits for an end that no flow has; WFL-132, WFL-144: an end that none or two wait for."""
    for _, workflow in _with_flows(look):
        ends = [f"{flow.id}.{end}" for flow in workflow.flows for end in flow.ends]
        meant: set[str] = set()
        for transition in workflow.transitions:
            if transition.on is not None and transition.on not in ends:
                meant.update(close(transition.on, ends)[:1])
                yield _unknown("WFL-131", transition.on, ends, transition.place_at("on"))
        if _is_broken(look, workflow):
            continue
        for transition in workflow.transitions:
            flow = workflow.flow(transition.runs) if transition.runs is not None else None
            if flow is not None:
                yield from _taken_once(workflow, transition, flow, meant)


def _is_broken(look: Look, workflow: Workflow) -> bool:
    """Whether something in a transition could not be read: what it waits for is then not known."""
    places = [transition.place for transition in workflow.transitions if transition.place is not None]
    return any(contains(place, broken) for place in places for broken in look.poison.places)


def _taken_once(workflow: Workflow, runs: Transition, flow: Flow, meant: Collection[str]) -> Iterator[Problem]:
    """Exactly one transition leads on from the state in which a flow runs, for each of its ends.

    `meant` are ends that some transition waits for under a misspelt name.
    """
    missing: list[str] = []
    for end in flow.ends:
        name, told = f"{flow.id}.{end}", {"flow": flow.id, "end": end, "state": runs.to}
        waiting = [each for each in workflow.transitions if each.on == name and runs.to in each.source]
        missing += [end] if not waiting and name not in meant else []
        for other in waiting[1:]:
            yield Problem("WFL-144", {**told, "first": waiting[0].id, "second": other.id}, other.place_at("on"))
    if missing:
        parameters = {"flow": flow.id, "end": tuple(missing), "state": runs.to, "example": f"{flow.id}.{missing[0]}"}
        yield Problem("WFL-132", parameters, runs.place_at("runs"))


def flow_transitions(look: Look) -> Iterator[Problem]:
    """WFL-139: a transition called like a decision; WFL-140: one that a flow takes says who, confirm or runs."""
    for _, workflow in _with_flows(look):
        for transition in workflow.transitions:
            if transition.id in DECISIONS and workflow.flows:
                yield Problem("WFL-139", {"transition": transition.id}, transition.place_at("id"))
            keys = [key for key in ("who", "confirm", "runs") if getattr(transition, key)]
            if transition.on is not None and keys:
                told = {"transition": transition.id, "keys": tuple(keys)}
                yield Problem("WFL-140", told, transition.place_at(keys[0]))


def flow_taken_by_itself(look: Look) -> Iterator[Problem]:
    """WFL-145: a deadline or a schedule takes a transition that only a flow takes."""
    for part_id, workflow in _with_flows(look):
        by_flow = {transition.id for transition in workflow.transitions if transition.on is not None}
        for transition in workflow.transitions:
            for step in transition.steps:
                if isinstance(step, Deadline) and step.then in by_flow:
                    yield _by_itself(step.then, "deadline", step.place_at("then"))
        for schedule in look.app.schedules.values():
            if schedule.entity == part_id and schedule.take in by_flow:
                yield _by_itself(schedule.take, "schedule", schedule.place_at("take"))


def _by_itself(transition: str, by: str, place: Place | None) -> Problem:
    return Problem("WFL-145", {"transition": transition, "by": BY_ITSELF[by]}, place)


def flow_steps_sound(look: Look) -> Iterator[Problem]:
    """WFL-133, WFL-143: a route without `else`, or with more after it; WFL-134: an id twice; WFL-135: out of reach."""
    for _, _, flow in _flows(look):
        seen: set[str] = set()
        for step in flow.every_step:
            name = step.id
            if name is not None and name in seen:
                yield Problem("WFL-134", {"flow": flow.id, "name": name}, step.place_at(step.word))
            seen.add(name or "")
            if isinstance(step, Route):
                yield from _ways(step)
        for block in _blocks(flow.steps):
            yield from _out_of_reach(block)


def _ways(route: Route) -> Iterator[Problem]:
    """What is wrong with the cases of a route."""
    if not route.complete:
        yield Problem("WFL-133", {"route": route.route}, route.place_at("route"))
    last = next((at for at, case in enumerate(route.cases) if case.otherwise is not None), len(route.cases))
    for case in route.cases[last + 1 :]:
        yield Problem("WFL-143", {"route": route.route}, case.place)


def _blocks(steps: Sequence[FlowStepKind]) -> Iterator[Sequence[FlowStepKind]]:
    """Every list of steps: the flow's own, and those inside its steps."""
    yield steps
    for step in steps:
        for block in step.blocks:
            yield from _blocks(block)


def _out_of_reach(block: Sequence[FlowStepKind]) -> Iterator[Problem]:
    """The steps of a list after one in which the flow always ends."""
    end = next((at for at, step in enumerate(block) if step.ends), len(block))
    for step in block[end + 1 :]:
        yield Problem("WFL-135", {"step": step.id or step.word}, step.place)


def flow_end_names(look: Look) -> Iterator[Problem]:
    """WFL-136: a rejection leads to an end that the flow does not have; WFL-137: so does an `end` step."""
    for _, _, flow in _flows(look):
        if flow.reject is not None and flow.reject not in flow.ends:
            yield _unknown("WFL-136", flow.reject, flow.ends, flow.place_at("reject"), flow=flow.id)
        for step in flow.every_step:
            if isinstance(step, End) and step.end not in flow.ends:
                yield _unknown("WFL-137", step.end, flow.ends, step.place_at("end"), flow=flow.id)


def flow_roles(look: Look) -> Iterator[Problem]:
    """REF-306: a step names a role that is not declared; WFL-138: one that decides and has no grants for it.

    WFL-147: administrators, who are asked where nobody else can decide, have no grants for it.
    """
    for part_id, _, flow in _flows(look):
        for step in flow.every_step:
            for role in roles_in(step.named):
                if role not in look.app.roles and not look.poison.has("roles", role):
                    yield _unknown("REF-306", role, look.app.roles, step.place_at("who" if _decides(step) else "to"))
            for role in roles_in(step.named) if _decides(step) else ():
                told: dict[str, object] = {"step": step.id, "role": role, "entity": part_id}
                yield from _lacking(look, "WFL-138", told, step.place_at("who"))
        if flow.empty == "to_admin":
            told = {"flow": flow.id, "role": ADMINISTRATOR, "entity": part_id}
            yield from _lacking(look, "WFL-147", told, flow.place_at("empty"))


def _lacking(look: Look, code: str, told: Mapping[str, object], place: Place | None) -> Iterator[Problem]:
    """The actions that a role needs to decide and no grant of it allows."""
    role, entity = look.app.roles.get(str(told["role"])), str(told["entity"])
    if role is None or entity not in look.app.entities:
        return
    lacking = tuple(action for action in NEEDED if not any(grant.covers(entity, action) for grant in role.grants))
    if lacking:
        yield Problem(code, {**told, "actions": lacking}, place)


def flow_labels(look: Look) -> Iterator[Problem]:
    """UX-701: a step where people decide that has no label, and no role whose title could stand for one."""
    for part_id, _, flow in _flows(look):
        for step in flow.every_step:
            if isinstance(step, Approve) and step.label is None and not any(roles_in(step.who)):
                path = ("workflows", part_id, "flows", flow.id)
                yield Problem("UX-701", {"name": step.approve}, step.place_at("approve"), path)


def flow_notices(look: Look) -> Iterator[Problem]:
    """REF-338: a step sends a notice that is not there; REF-339: one about another entity."""
    for part_id, _, flow in _flows(look):
        for step in flow.every_step:
            name = getattr(step, "notice", None)
            notice = look.app.notices.get(name) if isinstance(name, str) else None
            if isinstance(name, str) and notice is None and not look.poison.has("notices", name):
                yield _unknown("REF-338", name, look.app.notices, step.place_at("notice"))
            elif notice is not None and notice.entity != part_id:
                told = {"name": name, "entity": part_id, "other": notice.entity}
                yield Problem("REF-339", told, step.place_at("notice"))


def people_in_fields(look: Look) -> Iterator[Problem]:
    """REF-302, WFL-146: `person(x)` or `manager_of(x)` in a workflow where `x` is no field, or none with a person."""
    for part_id, workflow in look.app.workflows.items():
        for named, place in _everybody_named(workflow):
            field = named.field if isinstance(named, PersonIn) else named.of if isinstance(named, ManagerOf) else None
            if field in (None, "applicant") or part_id not in look.app.entities:
                continue
            fields = look.app.entities[part_id].by_id
            holder = fields.get(str(field))
            if holder is None:
                known = [each.id for each in fields.values() if isinstance(each, ReferenceField)]
                yield _unknown("REF-302", str(field), known, place, entity=part_id)
            elif not isinstance(holder, ReferenceField) or holder.to != "person":
                yield Problem("WFL-146", {"field": field, "text": named.text}, place)


def _everybody_named(workflow: Workflow) -> Iterator[tuple[AnyWho, Place | None]]:
    """Everybody that transitions, their steps and the steps of flows name, with the place."""
    for transition in workflow.transitions:
        yield from ((who, transition.place_at("who")) for who in transition.who)
        for step in transition.steps:
            if isinstance(step, Notify):
                yield from ((who, step.place_at("to")) for who in step.to)
    for flow in workflow.flows:
        for each in flow.every_step:
            yield from ((who, each.place_at("who" if _decides(each) else "to")) for who in each.named)


def _decides(step: FlowStepKind) -> bool:
    return isinstance(step, Approve)


def _with_flows(look: Look) -> Iterator[tuple[str, Workflow]]:
    """The workflows that can be looked at whole."""
    for part_id, workflow in look.app.workflows.items():
        if not look.poison.has("workflows", part_id):
            yield part_id, workflow


def _flows(look: Look) -> Iterator[tuple[str, Workflow, Flow]]:
    """All flows of all workflows."""
    for part_id, workflow in _with_flows(look):
        for flow in workflow.flows:
            yield part_id, workflow, flow


def _unknown(code: str, name: str, known: Iterable[str], place: Place | None, **more: object) -> Problem:
    """The problem of a name that is not there, with what was probably meant and what there is."""
    names = tuple(known)
    return Problem(code, {"name": name, "suggestion": suggestion(name, names), "known": names, **more}, place)
