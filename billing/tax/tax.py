"""Tax of a line, and the breakdown of a document (EN 16931 BG-23)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from contracts.rated_line import Nature
from contracts.taxed import Treatment
from quantities.money import Money, exponent
from quantities.number import EXACT
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

    @property
    def group(self) -> tuple[TaxCategory, Decimal]:
        """Which line of the breakdown it belongs to."""
        return self.category, self.rate

    def on(self, taxable: Decimal, currency: str) -> Decimal:
        """Compute the tax on an amount, rounded half up."""
        return (Money(taxable, currency) * (self.rate / 100)).rounded(Rounding.HALF_UP).amount

    def without(self, gross: Decimal, currency: str) -> Decimal:
        """Take the tax out of an amount that has it in it; what is left is rounded half up."""
        net = EXACT.divide(gross * 100, self.rate + 100)
        return Rounding.HALF_UP.to_places(net, exponent(currency))


@dataclass(frozen=True, slots=True)
class TaxedAmount:
    """A rounded amount of one tax: without it, and with it where the agreed price is."""

    tax: Tax
    net: Decimal
    gross: Decimal | None = None

    @property
    def group(self) -> tuple[TaxCategory, Decimal]:
        """Which line of the breakdown it belongs to."""
        return self.tax.group


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


def breakdown(lines: Iterable[TaxedAmount], currency: str) -> tuple[TaxGroup, ...]:
    """Group net amounts by tax and compute each group's VAT, rounded once per group (EN 16931 BR-CO-17).

    Args:
        lines: how each line is taxed, and its rounded net amount.
        currency: of the amounts.

    Returns:
        One group for each category and rate, in the order of category and rate.
    """
    return tuple(
        TaxGroup(tax, taxable := sum((line.net for line in of_group), Decimal(0)), tax.on(taxable, currency))
        for tax, of_group in _groups(lines)
    )


def breakdown_by_line(lines: Iterable[TaxedAmount], currency: str) -> tuple[TaxGroup, ...]:
    """Group net amounts by tax and add up their VAT, rounded at each line; of a price with tax it is what is in it."""
    return tuple(
        TaxGroup(
            tax,
            sum((line.net for line in of_group), Decimal(0)),
            sum((tax_of_line(line, currency) for line in of_group), Decimal(0)),
        )
        for tax, of_group in _groups(lines)
    )


def tax_of_line(line: TaxedAmount, currency: str) -> Decimal:
    """Compute the VAT of a line by itself, rounded half up; of a price with tax it is what is in it."""
    return line.tax.on(line.net, currency) if line.gross is None else line.gross - line.net


def _groups(lines: Iterable[TaxedAmount]) -> Iterator[tuple[Tax, Sequence[TaxedAmount]]]:
    """Put lines of one category and rate together; the reason is that of the last of them."""
    groups: dict[tuple[TaxCategory, Decimal], list[TaxedAmount]] = {}
    for line in lines:
        groups.setdefault(line.group, []).append(line)
    return ((of_group[-1].tax, of_group) for _, of_group in sorted(groups.items()))
