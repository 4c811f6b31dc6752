"""What reading a form needs from the site: language, zone, units, constants, and the records that texts may name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.forms.read import ReadContext
from engine.operations.case import Case


def read_context(case: Case) -> ReadContext:
    raise NotImplementedError
