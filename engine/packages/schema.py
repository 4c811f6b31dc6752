"""`App`: everything a package says, with all its layers laid over one another, frozen.

An `App` that the loader gives is valid: it found no error. Every map is keyed by the part's id and keeps the order of
the layers, lowest first, then of the file names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.access.schema import Role
    from engine.conversions.schema import Conversion
    from engine.entities.schema import Entity
    from engine.entities.units import Units
    from engine.forms.schema import Form
    from engine.language.declared import Label
    from engine.language.types import RecordType
    from engine.ledgers.schema import Ledger, Posting
    from engine.packages.alerts import Alert
    from engine.packages.files import PackageFiles
    from engine.packages.kinds import Plugins
    from engine.packages.manifest import Manifest, MenuGroup
    from engine.packages.mapping import Mapping as ImportMapping
    from engine.packages.notices import Notice
    from engine.packages.origin import Sources
    from engine.packages.schedules import Schedule
    from engine.packages.series import Series
    from engine.packages.settings import Setting
    from engine.reports.schema import Report
    from engine.rules.decision import Decision
    from engine.rules.schema import RuleSet
    from engine.workflows.schema import Workflow


@dataclass(frozen=True, eq=False)
class App:
    """One application as declared.

    `layers` are the files of every layer, lowest first (`system` is always the lowest); `digest` is their content
    address and what documents carry; `sources` maps file names as places name them (`food/entities/item.yaml`) to
    text; `origins` knows who set every value; `records` are the entities as the formula language sees them.
    """

    manifest: Manifest
    layers: tuple[PackageFiles, ...]
    digest: str
    sources: Mapping[str, str]
    origins: Sources
    plugins: Plugins
    entities: Mapping[str, Entity] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    rules: Mapping[str, RuleSet] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    ledgers: Mapping[str, Ledger] = field(default_factory=dict)
    postings: Mapping[str, Posting] = field(default_factory=dict)
    conversions: Mapping[str, Conversion] = field(default_factory=dict)
    reports: Mapping[str, Report] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    mappings: Mapping[str, ImportMapping] = field(default_factory=dict)
    notices: Mapping[str, Notice] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    units: Units | None = None
    records: Mapping[str, RecordType] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The app's id."""
        return self.manifest.app

    @property
    def version(self) -> str:
        """The version the top layer states."""
        return self.manifest.version

    @property
    def title(self) -> Label | None:
        """The app's title for people."""
        return self.manifest.title

    @property
    def menu(self) -> tuple[MenuGroup, ...]:
        """The menu, with the groups of the layers below first."""
        return self.manifest.menu

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages every label must be written in."""
        return self.manifest.languages or ("zh", "en")

    @property
    def currency(self) -> str:
        """The currency of the companies unless they say otherwise (ISO 4217)."""
        return self.manifest.currency or "CNY"

    @property
    def zone(self) -> str:
        """The time zone of the companies unless they say otherwise (IANA name)."""
        return self.manifest.zone or "Asia/Shanghai"
