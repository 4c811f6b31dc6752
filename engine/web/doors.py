"""The operations that the web calls, in one value.

An endpoint calls `incoming.doors.<operation>`. `build_app` fills the value with the real functions; a test about HTTP
itself may hand in others. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.operations.attach import attach, fetch
from engine.operations.browse import browse, lookup
from engine.operations.explain import explain, why
from engine.operations.home import home, menu
from engine.operations.open import open_document, reread
from engine.operations.report import run_report
from engine.operations.sign_in import actor_for, sign_in, sign_out
from engine.operations.submit import submit

Operation = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Doors:
    """Every operation a page or a JSON answer can need, by the name it has in `engine.operations`."""

    sign_in: Operation = sign_in
    actor_for: Operation = actor_for
    sign_out: Operation = sign_out
    home: Operation = home
    menu: Operation = menu
    open_document: Operation = open_document
    submit: Operation = submit
    reread: Operation = reread
    browse: Operation = browse
    lookup: Operation = lookup
    run_report: Operation = run_report
    explain: Operation = explain
    why: Operation = why
    attach: Operation = attach
    fetch: Operation = fetch
