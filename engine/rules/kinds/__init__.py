"""The table of rule kinds: a new kind is one file and one line here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.rules.kinds.default import Default
from engine.rules.kinds.derive import Derive
from engine.rules.kinds.require import Require
from engine.rules.kinds.table import Table
from engine.rules.kinds.values import Values
from engine.rules.kinds.warn import Warn

AnyRule = Annotated[
    Require | Warn | Default | Derive | Table | Values,
    Field(discriminator="kind"),
]
"""Any rule, told by its `kind`."""
