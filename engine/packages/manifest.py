"""What `app.yaml` may say: who the package is, what it stands on, and the menu.

Every layer has one. The name, the layers below and the plugins belong to the layer that states them; currency, zone,
languages, menu and engine range are inherited from the layers below when a layer does not state them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.language.declared import Declared, Identifier, Label


class Plugin(Declared):
    """An installed distribution whose kinds, functions or channels this app uses, pinned to one version."""

    distribution: str
    version: str


class MenuItem(Declared):
    """One entry of the menu: opens the list of an entity, or a report."""

    id: Identifier | None = None
    label: Label | None = None
    entity: Identifier | None = None
    report: Identifier | None = None


class MenuGroup(Declared):
    """A titled group of menu entries."""

    id: Identifier
    label: Label | None = None
    items: tuple[MenuItem, ...] = ()


class Manifest(Declared):
    """`app.yaml` of one layer."""

    app: Identifier
    format: Literal[1]
    version: str = "0.1.0"
    title: Label | None = None
    kind: Literal["app", "module"] = "app"
    extends: Identifier | None = None
    uses: tuple[Identifier, ...] = ()
    engine: str | None = None
    currency: str | None = None
    zone: str | None = None
    languages: tuple[Literal["zh", "en"], ...] | None = None
    menu: tuple[MenuGroup, ...] = ()
    plugins: tuple[Plugin, ...] = Field(default=())
