"""An amount of money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from engine.entities.columns import MONEY_SCALE
from engine.entities.fields.base import FormatContext, Outcome, ParseContext, Raw, Sample, lookup, refused
from engine.entities.fields.number import Number
from engine.entities.misdeclared import misdeclared
from engine.entities.record import Value
from engine.language.currencies import is_currency
from engine.language.numbers import format_number
from engine.language.types import MoneyType, Type
from engine.language.values import money_scale

_CODE = re.compile("[A-Z]{3}")
_BESIDE = re.compile(r"(?P<before>[A-Z]{3}) *(?P<first>[^A-Z]+)|(?P<second>[^A-Z]+?) *(?P<behind>[A-Z]{3})")


def known_currency(currency: str) -> str:
    """The same text; raises the error of a code that is no currency. A path is checked where it leads."""
    if _CODE.fullmatch(currency) and not is_currency(currency):
        raise misdeclared("UX-712", currency=currency)
    return currency


class MoneyField(Number):
    """An amount in one currency: `currency` is an ISO 4217 code or the path of a field that holds one.

    A value has at most the digits of its currency (CNY 2, JPY 0), or `scale` digits where prices are finer than coins.
    The currency may be typed with the amount (`CNY 12.50`, `{"amount": …, "currency": …}`); another one is refused.
    """

    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            {"currency": "CNY"},
            (12, "12.50", "1,234.56", "CNY 3.5", "3.5 CNY", {"amount": "3.5", "currency": "CNY"}, {"amount": 3}),
            (
                ("0.005", "VAL-112"),
                ("USD 1", "VAL-124"),
                ({"amount": 1, "currency": "USD"}, "VAL-124"),
                ({"currency": "CNY"}, "VAL-201"),
                (True, "VAL-201"),
                ("NaN", "VAL-201"),
                (2**63, "VAL-113"),
            ),
        ),
        Sample({"currency": "JPY"}, (12, "1,000"), (("0.5", "VAL-112"), (Decimal("0.5"), "VAL-112"))),
        Sample({"currency": "CNY", "scale": 4}, ("0.0035",), (("0.00005", "VAL-112"),)),
    )

    kind: Literal["money"] = "money"
    currency: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(known_currency)]
    scale: Annotated[int, Field(ge=0, le=MONEY_SCALE)] | None = None

    def type(self) -> Type:
        """An amount in this currency."""
        return MoneyType(self.currency)

    def paths(self) -> tuple[str, ...]:
        """The currency, where it is read from another field."""
        return () if _CODE.fullmatch(self.currency) else (self.currency,)

    def unit_in(self, scope: Mapping[str, object]) -> str | None:
        """The code of the currency; None where the field that holds it is empty or holds no currency."""
        found = lookup(scope, self.currency) if self.paths() else self.currency
        return found if isinstance(found, str) and is_currency(found) else None

    def stored_places(self) -> int:
        """The same for all currencies, so that one column can hold them."""
        return MONEY_SCALE

    def places(self, scope: Mapping[str, object]) -> int:
        """The digits declared, else those of the currency."""
        if self.scale is not None:
            return self.scale
        code = self.unit_in(scope)
        return MONEY_SCALE if code is None else min(money_scale(code), MONEY_SCALE)

    def read(self, raw: Raw, context: ParseContext) -> Outcome:
        """The amount; a currency typed with it has to be the declared one."""
        amount, code = _apart(raw)
        own = self.unit_in(context.scope)
        if code is not None and code != own:
            return refused("VAL-124", typed=code, currency=own or self.currency)
        return super().read(amount, context)

    def format(self, value: Value, context: FormatContext) -> str:
        """At least the digits of the currency."""
        code = self.unit_in(context.scope)
        return format_number(value, money_scale(code) if code else 0) if isinstance(value, Decimal) else ""

    def json_schema(self) -> dict[str, object]:
        """A number or text, or an object with the currency beside it."""
        code = self.unit_in({})
        named = rf"({code} *)?{self.text_pattern()}( *{code})?" if code else f"([A-Z]{{3}} *)?{self.text_pattern()}"
        amount = {"anyOf": [self.number_schema(), {"type": "string", "pattern": f"^{named}$"}]}
        currency: dict[str, object] = {"const": code} if code else {"type": "string"}
        both = {
            "type": "object",
            "properties": {"amount": amount, "currency": currency},
            "required": ["amount"],
            "additionalProperties": False,
        }
        return {"anyOf": [amount, both]}


def _apart(raw: Raw) -> tuple[Raw, str | None]:
    """The amount and the currency typed with it."""
    if isinstance(raw, Mapping):
        code = raw.get("currency")
        return (raw.get("amount") if raw.keys() <= {"amount", "currency"} else None), None if code is None else str(
            code
        )
    match = _BESIDE.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        return raw, None
    return match["first"] or match["second"], match["before"] or match["behind"]
