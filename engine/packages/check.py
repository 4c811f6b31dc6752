"""The cross checks: what no single part can see. One small generator each; a new check is one line in `CHECKS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.language.problems import Problem
from engine.packages.checks import (
    alerts,
    conversions,
    entities,
    flows,
    forms,
    labels,
    ledgers,
    manifest,
    menu,
    roles,
    workflows,
)
from engine.packages.look import Look
from engine.packages.poison import Poison
from engine.packages.schema import App

Check = Callable[[Look], Iterator[Problem]]

CHECKS: tuple[Check, ...] = (
    manifest.currency_exists,
    manifest.zone_exists,
    manifest.engine_fits,
    entities.reference_targets,
    entities.named_fields,
    entities.zones_lead_somewhere,
    entities.identity_required,
    entities.series_exist,
    entities.reserved_ids,
    entities.renamed_fields,
    entities.units_exist,
    entities.currencies_exist,
    entities.unit_paths,
    forms.entities_exist,
    forms.form_fields,
    forms.required_fields_placed,
    forms.fields_seen,
    forms.mapping_fields,
    forms.notice_channels,
    forms.derived_twice,
    workflows.states_exist,
    workflows.states_lead_somewhere,
    workflows.final_states_end,
    workflows.roles_named,
    workflows.transitions_granted,
    workflows.postings_named,
    workflows.unused_postings,
    workflows.step_names,
    workflows.made_records,
    workflows.numbers_issued,
    workflows.scheduled_transitions,
    flows.flows_exist,
    flows.flow_ends_taken,
    flows.flow_transitions,
    flows.flow_taken_by_itself,
    flows.flow_steps_sound,
    flows.flow_end_names,
    flows.flow_roles,
    flows.flow_labels,
    flows.flow_notices,
    flows.people_in_fields,
    ledgers.conserved_measures_balance,
    ledgers.earlier_postings,
    ledgers.taken_off,
    conversions.converted_documents,
    conversions.filled_fields,
    conversions.open_balances,
    roles.grants_name_things,
    roles.grants_name_actions,
    roles.grants_name_fields,
    roles.roles_can_do_something,
    menu.menu_entries,
    menu.report_sources,
    menu.settings_used,
    menu.settings_fit,
    alerts.sources_exist,
    alerts.notices_fit,
    alerts.recipients_exist,
    labels.labels_present,
)


def check(app: App, poison: Poison) -> Iterator[Problem]:
    """Everything the cross checks find, in the order of the table."""
    look = Look(app, poison)
    for one in CHECKS:
        yield from one(look)
