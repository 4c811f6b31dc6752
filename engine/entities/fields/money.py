"""An amount of money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.entities.columns import MONEY_SCALE, Column, plain
from engine.entities.fields.base import FormatContext, Outcome, ParseContext, Raw, Sample, lookup, refused
from engine.entities.fields.number import Number, narrow
from engine.entities.record import Value
from engine.language.types import MoneyType, Type
from engine.language.values import money_scale

_WITH_CODE = re.compile(r"(?:([A-Z]{3})\s*)?([^A-Z]+?)(?:\s*([A-Z]{3}))?")
_CODE = re.compile(r"[A-Z]{3}")


class MoneyField(Number):
    """An amount in one currency: `currency` is an ISO 4217 code or the path of a field that holds one.

    A value has at most the digits of its currency (CNY 2, JPY 0), or `scale` digits where prices are finer than coins.
    The currency may be typed with the amount (`CNY 12.50`, `{"amount": …, "currency": …}`); another one is refused.
    """

    widget: ClassVar[str] = "money"
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {"currency": "CNY"},
            (12, "12.50", "1,234.56", "CNY 3.5", "3.5 CNY", {"amount": "3.5", "currency": "CNY"}, {"amount": 3}),
            (("0.005", "VAL-112"), ("USD 1", "VAL-124"), (True, "VAL-110"), ("", ""), ({"currency": "CNY"}, "VAL-110")),
        ),
        Sample({"currency": "JPY"}, (12, "1,000"), (("0.5", "VAL-112"), (Decimal("0.5"), "VAL-112"))),
        Sample({"currency": "CNY", "scale": 4}, ("0.0035",), (("0.00005", "VAL-112"),)),
    )

    kind: Literal["money"] = "money"
    currency: Annotated[str, Field(min_length=1, max_length=200)]
    scale: Annotated[int, Field(ge=0, le=MONEY_SCALE)] | None = None

    def type(self) -> Type:
        """An amount in this currency."""
        return MoneyType(self.currency)

    def currency_in(self, scope: Mapping[str, object]) -> str | None:
        """The code of the currency a value is in, for one record; None where it is not known."""
        found = self.currency if _CODE.fullmatch(self.currency) else lookup(scope, self.currency)
        return found if isinstance(found, str) else None

    def stored_places(self) -> int:
        """The same for all currencies, so that one column can hold them."""
        return MONEY_SCALE

    def places(self, scope: Mapping[str, object]) -> int:
        """The digits of the currency, or those declared."""
        if self.scale is not None:
            return self.scale
        code = self.currency_in(scope)
        return min(money_scale(code), MONEY_SCALE) if code is not None else MONEY_SCALE

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The amount; a currency typed with it has to be the declared one."""
        amount, code = _split(raw)
        own = self.currency_in(context.scope)
        if code is not None and code != own:
            return refused("VAL-124", typed=code, currency=own or self.currency)
        return super().read(amount, context)

    def format(self, value: Value, context: FormatContext) -> str:
        """At least the digits of the currency."""
        if not isinstance(value, Decimal):
            return ""
        code = self.currency_in(context.scope)
        least = min(money_scale(code), MONEY_SCALE) if code is not None else 0
        shortest = plain(value)
        exponent = shortest.as_tuple().exponent
        assert isinstance(exponent, int)
        return f"{shortest:.{max(least, -exponent)}f}"

    def column(self) -> Column:
        """Counted in 1/10000."""
        return Column("scaled", MONEY_SCALE)

    def json_schema(self) -> dict[str, object]:
        """A number or text, maybe with the currency beside it."""
        places = self.places({})
        amount = _amount_schema(self, places)
        code = self.currency_in({})
        currency = {"const": code} if code else {"type": "string"}
        named = {
            "type": "object",
            "properties": {"amount": amount, "currency": currency},
            "required": ["amount"],
            "additionalProperties": False,
        }
        return {"anyOf": [amount, named]}
