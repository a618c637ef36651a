"""An invoice as a value: lines in their final shape, totals that add rounded lines (EN 16931 BG-22, BG-25)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing.records.proof import LineProof
from billing.tax.tax import Tax, TaxGroup, breakdown
from contracts.rated_line import Nature
from quantities.number import trimmed
from quantities.values import value_class


@dataclass(frozen=True, slots=True)
class Corrects:
    """Which line an adjustment adjusts: its invoice, and its charge and part there."""

    invoice: int
    number: str


@value_class(frozen=True, slots=True)
class Line:
    """One line. Fields that a first invoice leaves empty are here from the start; to add them later moves everything.

    Attributes:
        charge: the contract's name for it.
        part: which part of the charge's rule (the tier).
        label: what distinguishes the part for a reader.
        nature: consideration, price reduction or damages.
        quantity: BT-129, in ``unit``.
        unit: a listed unit, or ``each``.
        unit_price: BT-146, unrounded.
        net: BT-131, rounded by the contract's rule.
        service_first: BT-134, the first day.
        service_after_last: the day after BT-135.
        tax_point: the day whose rate the line bears.
        tax: category and rate.
        corrects: the line that this one adjusts, if it does.
        dimensions: of the customer's own books.
        allocation: amounts over accounting tags; they add up to ``net``.
        payees: amounts over payees; likewise.
        proof: rule and arithmetic, use and its evidence.
        tax_code: how a tax engine calls what is supplied.
        revenue_account: where it is posted.
        reduces: the charge that it reduces, which takes it along where it is disputed; not stored.
    """

    charge: str
    part: int
    label: str
    nature: Nature
    quantity: Decimal
    unit: str
    unit_price: Decimal
    net: Decimal
    service_first: date
    service_after_last: date
    tax_point: date
    tax: Tax
    proof: LineProof
    corrects: Corrects | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    allocation: Mapping[str, str] = field(default_factory=dict)
    payees: Mapping[str, str] = field(default_factory=dict)
    tax_code: str = ""
    revenue_account: str = ""
    reduces: str = field(default="", compare=False)

    @property
    def key(self) -> tuple[str, int, date]:
        """What identifies the line within its invoice: charge, part, and the first day of its service."""
        return self.charge, self.part, self.service_first

    @property
    def stated(self) -> tuple[Decimal, Decimal]:
        """Its quantity and unit price as a document states them.

        What is taken off has a quantity below zero, for a price never is (EN 16931 BR-27).
        """
        if self.unit_price < 0:
            return trimmed(-self.quantity), trimmed(-self.unit_price)
        return self.quantity, self.unit_price


@dataclass(frozen=True, slots=True)
class Totals:
    """BT-109, BT-110, BT-112 and the breakdown they come from."""

    net: Decimal
    vat: Decimal
    gross: Decimal
    groups: tuple[TaxGroup, ...]


def total(lines: Sequence[Line], currency: str) -> Totals:
    """Total lines that are rounded already: net is their sum, gross is net plus VAT (BR-CO-10, BR-CO-15, BR-CO-17).

    VAT is rounded half up, once for each pair of category and rate. No lines come to zeros.
    """
    groups = breakdown(((line.tax, line.net) for line in lines), currency)
    net = sum((line.net for line in lines), Decimal(0))
    vat = sum((group.amount for group in groups), Decimal(0))
    return Totals(net, vat, net + vat, groups)


def series_name(own: str, letters: str) -> str:
    """Name the series of a document: the issuer's own, and the letters of a type of document that has its own."""
    return "-".join(part for part in (own, letters) if part)


def invoice_number(year: int, sequence: int, series: str = "") -> str:
    """Write the number of an invoice: the series of its legal entity, its year, and its place in that year."""
    return f"{series}-{year}-{sequence:06d}" if series else f"{year}-{sequence:06d}"
