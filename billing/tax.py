"""VAT: which side owes it at which rate, and the breakdown of an invoice (EN 16931 BG-23).

The rate is that of the supply's tax point, never of the invoice's day: an adjustment of June bears June's rate. Rates
are data with the day from which they hold; a rate that changes is a line more, and old invoices still find theirs.

First data: the standard rates of the European Union's members. Not tax advice; whether a supply is services, hire of
movables or goods, and so where it is taxed, is the supplier's to know. What is not covered here is refused by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from contracts.parties import Party
from contracts.rated_line import Nature
from quantities.errors import Conflict
from quantities.money import Money
from quantities.rounding import Rounding


class NoTaxRule(Conflict):
    """No tax rule covers these countries and this day."""


class TaxCategory(StrEnum):
    """EN 16931 BT-151, as far as it is used."""

    STANDARD = "S"
    REVERSE_CHARGE = "AE"
    OUT_OF_SCOPE = "O"


@dataclass(frozen=True, slots=True)
class Tax:
    """How a line is taxed.

    Attributes:
        category: EN 16931's.
        rate: in percent.
        reason: what the invoice must say where no tax is charged (Directive 2006/112/EC Art. 226 (11a)).
    """

    category: TaxCategory
    rate: Decimal
    reason: str = ""


#: Damages compensate and pay for nothing, a deposit pays for nothing yet: neither bears VAT. EN 16931 wants them on a
#: document of their own (BR-O-11), as an e-invoice at least.
OUTSIDE = Tax(TaxCategory.OUT_OF_SCOPE, Decimal(0), "Outside the scope of VAT")
UNTAXED = frozenset({Nature.DAMAGES, Nature.DEPOSIT})


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """One line of the VAT breakdown: BT-116, BT-117, BT-118, BT-119."""

    tax: Tax
    taxable: Decimal
    amount: Decimal


_D = date
#: Standard rates in percent, each from its first day. EU members since before that day.
STANDARD_RATES: dict[str, tuple[tuple[date, str], ...]] = {
    "AT": ((_D(2016, 1, 1), "20"),),
    "BE": ((_D(1996, 1, 1), "21"),),
    "BG": ((_D(2007, 1, 1), "20"),),
    "CY": ((_D(2014, 1, 13), "19"),),
    "CZ": ((_D(2013, 1, 1), "21"),),
    "DE": ((_D(2007, 1, 1), "19"), (_D(2020, 7, 1), "16"), (_D(2021, 1, 1), "19")),
    "DK": ((_D(1992, 1, 1), "25"),),
    "EE": ((_D(2009, 7, 1), "20"), (_D(2024, 1, 1), "22"), (_D(2025, 7, 1), "24")),
    "ES": ((_D(2012, 9, 1), "21"),),
    "FI": ((_D(2013, 1, 1), "24"), (_D(2024, 9, 1), "25.5")),
    "FR": ((_D(2014, 1, 1), "20"),),
    "GR": ((_D(2016, 6, 1), "24"),),
    "HR": ((_D(2013, 7, 1), "25"),),
    "HU": ((_D(2012, 1, 1), "27"),),
    "IE": ((_D(2012, 1, 1), "23"), (_D(2020, 9, 1), "21"), (_D(2021, 3, 1), "23")),
    "IT": ((_D(2013, 10, 1), "22"),),
    "LT": ((_D(2009, 9, 1), "21"),),
    "LU": ((_D(2015, 1, 1), "17"), (_D(2023, 1, 1), "16"), (_D(2024, 1, 1), "17")),
    "LV": ((_D(2012, 7, 1), "21"),),
    "MT": ((_D(2004, 1, 1), "18"),),
    "NL": ((_D(2012, 10, 1), "21"),),
    "PL": ((_D(2011, 1, 1), "23"),),
    "PT": ((_D(2011, 1, 1), "23"),),
    "RO": ((_D(2017, 1, 1), "19"), (_D(2025, 8, 1), "21")),
    "SE": ((_D(1990, 7, 1), "25"),),
    "SI": ((_D(2013, 7, 1), "22"),),
    "SK": ((_D(2011, 1, 1), "20"), (_D(2025, 1, 1), "23")),
}


def standard_rate(country: str, on: date) -> Decimal:
    """Look up the standard rate of a country at a tax point, in percent.

    Raises:
        NoTaxRule: no rate is known of that country on that day.
    """
    held = [rate for first, rate in STANDARD_RATES.get(country, ()) if first <= on]
    if not held:
        raise NoTaxRule(f"no VAT rate is known for {country} on {on}", found=country, expected=sorted(STANDARD_RATES))
    return Decimal(held[-1])


def decide(supplier: Party, customer: Party, on: date) -> Tax:
    """Decide how a supply of services between two parties is taxed.

    Within one country, its standard rate. Between two members of the European Union, a customer with a VAT id owes the
    tax (Art. 44 and 196 of Directive 2006/112/EC). Anything else is not covered yet.

    Raises:
        NoTaxRule: a country is not covered, or the customer of another country has no VAT id.
    """
    if supplier.country == customer.country:
        return Tax(TaxCategory.STANDARD, standard_rate(supplier.country, on))
    for party in (supplier, customer):
        standard_rate(party.country, on)  # a member, on that day
        if party.vat_id is None:
            raise NoTaxRule(
                f"{party.name} states no VAT id, so the reverse charge from {supplier.country} to {customer.country} "
                "does not apply",
                found=None,
                expected="vat_id",
            )
    return Tax(TaxCategory.REVERSE_CHARGE, Decimal(0), "Reverse charge")


def breakdown(lines: Iterable[tuple[Tax, Decimal]], currency: str) -> tuple[TaxGroup, ...]:
    """Group net amounts by tax and compute each group's VAT, rounded once per group (EN 16931 BR-CO-17).

    Args:
        lines: how each line is taxed, and its rounded net amount.
        currency: of the amounts.

    Returns:
        One group for each category and rate, in the order of category and rate.
    """
    groups: dict[tuple[TaxCategory, Decimal], tuple[Tax, Decimal]] = {}
    for tax, net in lines:
        key = (tax.category, tax.rate)
        groups[key] = tax, (groups[key][1] if key in groups else Decimal(0)) + net
    return tuple(
        TaxGroup(tax, taxable, (Money(taxable, currency) * (tax.rate / 100)).rounded(Rounding.HALF_UP).amount)
        for _, (tax, taxable) in sorted(groups.items())
    )
