"""The seam for kinds from outside: what installed distributions offer through entry points.

A distribution offers field kinds (`formwork.fields`: a `FieldKind` class), functions of the formula language
(`formwork.functions`: a `Function`) and notice channels (`formwork.channels`: a callable that sends one notice).
Nothing is taken because it is installed: an app names the distribution and its version in `app.yaml` (`plugins:`), and
both count in the app's digest. Whoever names no plugin gets none, so an app means the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from typing import Any

from engine.entities.schema import Entity, entity_model
from engine.language.declared import Declared
from engine.language.problems import Problem
from engine.language.scope import suggestion
from engine.packages.manifest import Plugin

GROUPS = {"fields": "formwork.fields", "functions": "formwork.functions", "channels": "formwork.channels"}
"""Attribute of `Plugins` → entry point group."""


@dataclass(frozen=True)
class Plugins:
    """What the plugins of an app offer, by name, and the lines that pin them in the digest."""

    fields: Mapping[str, type[Any]] = field(default_factory=dict)
    functions: Mapping[str, Any] = field(default_factory=dict)
    channels: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    pinned: tuple[str, ...] = ()

    def model(self, model: type[Declared]) -> type[Declared]:
        """The model of a part: of entities one whose fields may also be of the kinds that the plugins offer."""
        return entity_model(tuple(self.fields.values())) if model is Entity else model


def read_plugins(named: Iterable[Plugin], taken: Mapping[str, Iterable[str]]) -> tuple[Plugins, tuple[Problem, ...]]:
    """Load what the named distributions offer.

    `taken` are the names the engine itself has, by attribute (`fields`, `functions`, `channels`). Problems: not
    installed (PKG-270), another version (PKG-271), a name taken (PKG-272), an entry that cannot be loaded (PKG-273).
    """
    offered: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    owners = {(group, name): "engine" for group, names in taken.items() for name in names}
    problems: list[Problem] = []
    pinned: list[str] = []
    for plugin in named:
        found, wrong = _installed(plugin)
        problems.extend(wrong)
        if found is None:
            continue
        pinned.append(f"{plugin.distribution}=={found.version}")
        for group, entry_group in GROUPS.items():
            for point in found.entry_points.select(group=entry_group):
                owner = owners.setdefault((group, point.name), plugin.distribution)
                if owner != plugin.distribution:
                    parameters = {"name": point.name, "distribution": plugin.distribution, "owner": owner}
                    problems.append(Problem("PKG-272", parameters, plugin.place))
                    continue
                loaded, wrong = _loaded(point, plugin)
                problems.extend(wrong)
                if loaded is not None:
                    offered[group][point.name] = loaded
    return Plugins(**offered, pinned=tuple(pinned)), tuple(problems)


def _installed(plugin: Plugin) -> tuple[Distribution | None, tuple[Problem, ...]]:
    """The installed distribution a plugin names, in the version it names."""
    try:
        found = distribution(plugin.distribution)
    except (PackageNotFoundError, ValueError):
        known = sorted({each.metadata["Name"] for each in distributions() if _offers(each)})
        parameters = {"distribution": plugin.distribution, "suggestion": suggestion(plugin.distribution, known)}
        return None, (Problem("PKG-270", parameters, plugin.place),)
    if found.version != plugin.version:
        parameters = {"distribution": plugin.distribution, "named": plugin.version, "installed": found.version}
        return None, (Problem("PKG-271", parameters, plugin.place),)
    return found, ()


def _offers(candidate: Distribution) -> bool:
    """Whether a distribution offers anything to Formwork."""
    return any(point.group in GROUPS.values() for point in candidate.entry_points)


def _loaded(point: Any, plugin: Plugin) -> tuple[Any, tuple[Problem, ...]]:
    """What an entry point names; a distribution that is broken is a problem of the app that names it."""
    try:
        return point.load(), ()
    except (ImportError, AttributeError) as error:
        parameters = {"name": point.name, "distribution": plugin.distribution, "error": str(error)}
        return None, (Problem("PKG-273", parameters, plugin.place),)
