"""The table of parts: what a package is made of. A new part is one line here and one attribute on `App`."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access.schema import Role
from engine.conversions.schema import Conversion
from engine.entities.schema import Entity
from engine.entities.units import Units
from engine.forms.schema import Form
from engine.language.declared import Declared
from engine.ledgers.schema import Ledger, Posting
from engine.packages.alerts import Alert
from engine.packages.mapping import Mapping
from engine.packages.notices import Notice
from engine.packages.schedules import Schedule
from engine.packages.series import Series
from engine.packages.settings import Setting
from engine.reports.schema import Report
from engine.rules.decision import Decision
from engine.rules.schema import RuleSet
from engine.workflows.schema import Workflow


@dataclass(frozen=True)
class Part:
    """One sort of part: the key that names it in its file, the folder of its files, its model, its attribute on `App`.

    `single` parts exist once per app: their file is named by the key and holds no id of its own. `bodies`: long tables
    may stand as CSV beside them.
    """

    key: str
    folder: str
    model: type[Declared]
    attribute: str
    zh: str
    en: str
    single: bool = False
    bodies: bool = False


PARTS: tuple[Part, ...] = (
    Part("units", "units", Units, "units", "单位", "units", single=True),
    Part("setting", "settings", Setting, "settings", "设置", "setting"),
    Part("entity", "entities", Entity, "entities", "实体", "entity"),
    Part("series", "series", Series, "series", "编号规则", "number series"),
    Part("form", "forms", Form, "forms", "表单", "form"),
    Part("rules", "rules", RuleSet, "rules", "规则", "rules", bodies=True),
    Part("decision", "decisions", Decision, "decisions", "决策", "decision", bodies=True),
    Part("workflow", "workflows", Workflow, "workflows", "流程", "workflow"),
    Part("ledger", "ledgers", Ledger, "ledgers", "账簿", "ledger"),
    Part("posting", "postings", Posting, "postings", "过账", "posting"),
    Part("conversion", "conversions", Conversion, "conversions", "单据转换", "conversion"),
    Part("report", "reports", Report, "reports", "报表", "report"),
    Part("role", "roles", Role, "roles", "角色", "role"),
    Part("mapping", "mappings", Mapping, "mappings", "导入映射", "import mapping"),
    Part("notice", "notices", Notice, "notices", "通知", "notice"),
    Part("schedule", "schedules", Schedule, "schedules", "定时任务", "schedule"),
    Part("alert", "alerts", Alert, "alerts", "提醒", "alert"),
)

BY_FOLDER = {part.folder: part for part in PARTS}
BY_KEY = {part.key: part for part in PARTS}

IGNORED_FOLDERS = ("docs", "scenarios", "seed")
"""Folders other rooms read: documentation, scenarios and demonstration records."""
