"""ISO 4217: the currencies in use and how many decimal places each has.

The list is the active codes of ISO 4217 (list one), including the fund and metal codes that have no decimal places of
their own; those have None and money in them is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

_TWO = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP
COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN
NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
_WITHOUT = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"

CURRENCIES: Mapping[str, int | None] = {
    code: scale
    for codes, scale in ((_TWO, 2), (_NONE, 0), (_THREE, 3), (_FOUR, 4), (_WITHOUT, None))
    for code in codes.split()
}
"""Decimal places by code; None for metals, funds and test codes, which are no money to count in."""


def is_currency(code: str) -> bool:
    """Whether the code is a currency that amounts can be in."""
    return CURRENCIES.get(code) is not None


def money_scale(code: str) -> int:
    """The decimal places of a currency: 2 for CNY, 0 for JPY, 3 for KWD. KeyError for a code that is no currency."""
    scale = CURRENCIES.get(code)
    if scale is None:
        raise KeyError(code)
    return scale
