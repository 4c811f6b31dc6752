"""The operations that the web calls, in one value.

An endpoint calls `incoming.doors.<operation>`. `build_app` fills the value with the real functions; a test about HTTP
itself may hand in others. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.operations.account import OpenSession, change_password, end_sessions, sessions
from engine.operations.attach import Attached, attach, fetch
from engine.operations.browse import browse, lookup
from engine.operations.drill import Behind, movements_behind
from engine.operations.explain import Explanation, explain, why
from engine.operations.home import Home, MenuSection, home, menu
from engine.operations.inbox import Inbox, count, inbox
from engine.operations.listing import FilterOption, Listing
from engine.operations.notices import Notices, received
from engine.operations.open import Opened, open_document, reread
from engine.operations.report import run_report
from engine.operations.sign_in import Session, SignedIn, actor_for, sign_in, sign_out
from engine.operations.standing import Standing, standing
from engine.operations.submit import Submitted, submit


@dataclass(frozen=True, slots=True)
class Doors:
    """Every operation a page or a JSON answer can need, by the name it has in `engine.operations`."""

    sign_in: Callable[..., SignedIn] = sign_in
    actor_for: Callable[..., Session | None] = actor_for
    sign_out: Callable[..., None] = sign_out
    change_password: Callable[..., SignedIn] = change_password
    sessions: Callable[..., tuple[OpenSession, ...]] = sessions
    end_sessions: Callable[..., None] = end_sessions
    home: Callable[..., Home] = home
    menu: Callable[..., tuple[MenuSection, ...]] = menu
    inbox: Callable[..., Inbox] = inbox
    waiting: Callable[..., int] = count
    notices: Callable[..., Notices] = received
    open_document: Callable[..., Opened] = open_document
    submit: Callable[..., Submitted] = submit
    reread: Callable[..., Opened] = reread
    browse: Callable[..., Listing] = browse
    lookup: Callable[..., tuple[FilterOption, ...]] = lookup
    run_report: Callable[..., Listing] = run_report
    movements_behind: Callable[..., Behind] = movements_behind
    standing: Callable[..., tuple[Standing, ...]] = standing
    explain: Callable[..., Explanation] = explain
    why: Callable[..., Explanation] = why
    attach: Callable[..., Attached] = attach
    fetch: Callable[..., tuple[Attached, bytes]] = fetch
