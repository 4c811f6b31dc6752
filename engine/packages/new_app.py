"""The files of a fresh app: small, complete, and without a single problem when checked.

`formwork new bakery` writes them. They show one of each of the parts that nearly every app has (an entity, a rule, a
workflow, a role, a menu) in the shortest form that works, with the comments a first-time author needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.language.problems import Problem, Refused

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")

_APP = """\
# What this app is, and what it stands on. `formwork check apps/{name}` says what is wrong, with line and remedy.
app: {name}
format: 1
version: 0.1.0
title: {{zh: {title}, en: {title}}}
{extends}"""

_MENU = """\
menu:
  - id: {name}_work
    label: {{zh: 日常, en: Daily work}}
    items:
      - {{entity: task}}
"""

_ENTITY = """\
# A document: something that happens on a day and gets a number when it is done.
entity: task
label: {zh: 任务, en: Task}
kind: document
title: "{name}"
effective: due_on
fields:
  - {id: name, kind: text, required: true, searchable: true, label: {zh: 名称, en: Name}}
  - {id: due_on, kind: date, required: true, default: today(), label: {zh: 日期, en: Due on}}
  - {id: hours, kind: decimal, scale: 2, min: 0, label: {zh: 工时, en: Hours}}
  - {id: note, kind: text, multiline: true, label: {zh: 备注, en: Note}}
"""

_RULES = """\
# Rules hold at every door: form, JSON and import.
rules: task
items:
  - id: long_needs_note
    kind: require
    when: hours > 8
    that: note is not None
    at: note
    message: {zh: 超过 8 小时要写备注, en: More than 8 hours need a note}
"""

_WORKFLOW = """\
# The life of a task. Each transition is a button for those who hold the role.
workflow: task
states:
  - {id: open, label: {zh: 未完成, en: Open}, editable: true}
  - {id: done, label: {zh: 已完成, en: Done}, final: true}
transitions:
  - {id: finish, label: {zh: 完成, en: Finish}, from: open, to: done, who: role(worker)}
"""

_ROLE = """\
# Who may do what. People get roles in the app itself, never here.
role: worker
label: {zh: 员工, en: Worker}
grants:
  - {id: tasks, entity: task, actions: [list, open, create, edit, finish]}
"""

_README = """\
# {title}

- `formwork check apps/{name}` finds every mistake, with file, line and remedy.
- `formwork who-set apps/{name} {value}` says where a value comes from.
- One thing per file, named by its id: {files}.
"""


def new_app(
    name: str, *, title: str | None = None, extends: str | None = None, sample: bool = True
) -> Mapping[str, str]:
    """The files of a fresh app by path inside its folder; without the sample those alone that every app has.

    Raises `Refused` (PKG-293) when the name is no identifier.
    """
    if not _NAME.fullmatch(name):
        raise Refused((Problem("PKG-293", {"name": name}),))
    words = title or name
    base = f"extends: {extends}\n" if extends else ""
    app = _APP.format(name=name, title=words, extends=base)
    if not sample:
        read_me = _README.format(
            name=name, title=words, value="title.zh", files="`entities/item.yaml`, `rules/item.yaml`"
        )
        return {"app.yaml": app, "README.md": read_me}
    files = "`entities/task.yaml`, `rules/task.yaml`, `roles/worker.yaml`"
    return {
        "app.yaml": app + _MENU.format(name=name),
        "entities/task.yaml": _ENTITY,
        "rules/task.yaml": _RULES,
        "workflows/task.yaml": _WORKFLOW,
        "roles/worker.yaml": _ROLE,
        "README.md": _README.format(name=name, title=words, value="entities.task.fields.hours.scale", files=files),
    }
