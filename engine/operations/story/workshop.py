"""Makes fresh sites for playing: the tables once, each set of seeds once for each clock; a site is a copy of that.

A workshop may stand on another one: it is then for an app that differs a little, and takes over what would be the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from engine.language.problems import Refused
from engine.operations.identity import utc_now, uuid7
from engine.operations.publish import migrate, publish_app
from engine.operations.shape import shape_of
from engine.operations.site import Site
from engine.operations.story.exercised import Part
from engine.operations.story.given import bring
from engine.operations.story.stage import PLAYER, Clock, Missed, Story
from engine.packages.files import PackageFiles
from engine.packages.scenario import Scenario, instant_of, read_seeds, seeds_of
from engine.packages.schema import App
from engine.storage.database import Database, open_scratch
from engine.storage.shape import Shape
from engine.storage.tables import Tables, tables_for

SUFFIXES = ("", "-wal", "-shm")
"""What the name of a SQLite file is followed by in the names of the files beside it."""


@dataclass(frozen=True, slots=True)
class Template:
    """A furnished site as a file: what went wrong while its seeds were brought, and which parts had a say in it."""

    path: Path
    missed: tuple[Missed, ...] = ()
    exercised: frozenset[Part] = frozenset()


class Workshop:
    """Fresh sites of one app, made in a folder that is thrown away afterwards.

    `on` is a workshop of nearly the same app: its tables serve where they are the same, and with `furnished` its seeded
    sites serve too, because what differs had no say in them. `bare` is a site with the tables that is there already.
    """

    def __init__(
        self, app: App, folder: Path, *, on: Workshop | None = None, furnished: bool = False, bare: Path | None = None
    ) -> None:
        self.app, self.folder = app, folder
        self.shape: Shape = shape_of(app)
        below = on if on is not None and on.shape == self.shape else None
        self.tables: Tables = below.tables if below is not None else tables_for(self.shape)
        self._number: Iterator[int] = on._number if on is not None else count()
        self._database: Database = below._database if below is not None else open_scratch(self._path())
        self._below = below if furnished else None
        self._bare: Path | None = below.bare() if below is not None else bare
        self._templates: dict[tuple[object, ...], Template] = {}

    def begun(self, scenario: Scenario) -> datetime:
        """The instant at which a scenario begins."""
        return instant_of(scenario.clock, self.app.zone, utc_now())

    @contextmanager
    def story(self, layer: PackageFiles, scenario: Scenario) -> Iterator[Story]:
        """A scenario ready to be played: on a site of its own, with its seeds."""
        template = self.template(layer, scenario)
        with self._opened(layer, scenario, template.path) as story:
            story.missed += template.missed
            story.exercised |= template.exercised
            yield story

    def template(self, layer: PackageFiles, scenario: Scenario) -> Template:
        """The furnished site that the site of a scenario is a copy of."""
        if self._below is not None:
            return self._below.template(layer, scenario)
        key = (layer.name, scenario.seed, self.begun(scenario))
        if key not in self._templates:
            self._templates[key] = self._furnish(layer, scenario)
        return self._templates[key]

    def bare(self) -> Path:
        """A site with tables and nothing in them."""
        if self._bare is None:
            self._bare = self._path()
            site = self._site(self._bare, utc_now)
            migrate(site, self.app, allow_destructive=False)
            site.close()
        return self._bare

    def _furnish(self, layer: PackageFiles, scenario: Scenario) -> Template:
        """Publish the app, at the clock of the scenario, and bring the seeds."""
        seeds, problems = read_seeds(layer)
        if problems:
            raise Refused(problems)
        path = self._path()
        with self._opened(layer, scenario, self.bare(), path) as story:
            publish_app(story.site, self.app, PLAYER)
            bring(story, [record for seed in seeds_of(scenario, seeds) for record in seed.records], "seed")
            return Template(path, tuple(story.missed), frozenset(story.exercised))

    @contextmanager
    def _opened(
        self, layer: PackageFiles, scenario: Scenario, template: Path, kept: Path | None = None
    ) -> Iterator[Story]:
        """A site that is a copy of a template; it goes afterwards unless it is to be kept."""
        path = kept or self._path()
        shutil.copyfile(template, path)
        clock = Clock(self.begun(scenario))
        site = self._site(path, clock)
        site.know(self.app, self.tables)
        story = Story(site, clock, scenario.scenario, layer, self.folder, clock.now)
        site.watch = story.watch
        try:
            yield story
        finally:
            site.close()
            if kept is None:
                for suffix in SUFFIXES:
                    path.with_name(path.name + suffix).unlink(missing_ok=True)

    def _site(self, path: Path, clock: Callable[[], datetime]) -> Site:
        """The site in a file; there is one at a time."""
        self._database.move_to(path)
        return Site(self._database, clock, uuid7)

    def _path(self) -> Path:
        """A file name that nobody has."""
        return self.folder / f"site-{next(self._number)}.db"
