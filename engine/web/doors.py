"""The operations that the web calls, in one value.

The endpoints never import an operation: they call `incoming.doors.<operation>`. `build_app` fills the value with the
real functions; a test about HTTP itself may hand in others. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Operation = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Doors:
    """Every operation a page or a JSON answer can need, by the name it has in `engine.operations`."""

    sign_in: Operation
    actor_for: Operation
    sign_out: Operation
    home: Operation
    open_document: Operation
    submit: Operation
    reread: Operation
    browse: Operation
    lookup: Operation
    run_report: Operation
    explain: Operation
    why: Operation
    attach: Operation
    fetch: Operation
    submission: Operation
    query: Operation


def operations() -> Doors:
    """The real operations."""
    from engine.operations.attach import attach, fetch
    from engine.operations.browse import browse, lookup
    from engine.operations.case import Submission
    from engine.operations.explain import explain, why
    from engine.operations.home import home
    from engine.operations.listing import Query
    from engine.operations.open import open_document
    from engine.operations.report import run_report
    from engine.operations.sign_in import actor_for, sign_in, sign_out
    from engine.operations.submit import submit

    return Doors(
        sign_in=sign_in,
        actor_for=actor_for,
        sign_out=sign_out,
        home=home,
        open_document=open_document,
        submit=submit,
        reread=reread,
        browse=browse,
        lookup=lookup,
        run_report=run_report,
        explain=explain,
        why=why,
        attach=attach,
        fetch=fetch,
        submission=Submission,
        query=Query,
    )
