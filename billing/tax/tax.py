"""Tax of a line, and the breakdown of a document (EN 16931 BG-23)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from contracts.rated_line import Nature
from contracts.taxed import Treatment
from quantities.money import Money
from quantities.rounding import Rounding


class TaxCategory(StrEnum):
    """EN 16931 BT-151, as far as it is used."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"


#: The category of each treatment.
CATEGORIES: Mapping[Treatment, TaxCategory] = MappingProxyType(
    {treatment: TaxCategory[treatment.name] for treatment in Treatment}
)


@dataclass(frozen=True, slots=True)
class Tax:
    """How a line is taxed.

    Attributes:
        category: EN 16931's.
        rate: in percent.
        reason: what the document must say where no tax is charged (BT-120; Directive 2006/112/EC Art. 226 (11a)).
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
