"""An invoice as a value: lines in their final shape, totals that add rounded lines (EN 16931 BG-22, BG-25)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing.records.proof import LineProof
from billing.tax.jurisdiction import TaxRounding
from billing.tax.tax import Tax, TaxedAmount, TaxGroup, breakdown, breakdown_by_line
from contracts.rated_line import Nature
from quantities.money import Money
from quantities.number import trimmed
from quantities.rounding import Rounding
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
    def gross(self) -> Decimal | None:
        """The amount with tax, where the agreed price has the tax in it."""
        return self.proof.gross

    @property
    def seller(self) -> str:
        """Who sells it, in whose name the contract's supplier does; empty of what it sells itself."""
        return self.proof.seller or ""

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
    """BT-109, BT-110, BT-112 and the breakdown they come from.

    Attributes:
        net: the sum of the lines.
        vat: of all groups.
        gross: ``net`` and ``vat``.
        groups: the VAT breakdown.
        rounding: BT-114, what brings ``gross`` to the agreed prices that have the tax in them.
        withheld: what the customer takes off what it pays, and pays to its own state.
    """

    net: Decimal
    vat: Decimal
    gross: Decimal
    groups: tuple[TaxGroup, ...]
    rounding: Decimal = Decimal(0)
    withheld: Decimal = Decimal(0)

    @property
    def payable(self) -> Decimal:
        """What is to be paid to the supplier (BT-115): what is withheld is paid for it, as BT-113 has it."""
        return self.gross + self.rounding - self.withheld


def total(lines: Sequence[Line], currency: str, tax_rounding: TaxRounding = TaxRounding.RATE) -> Totals:
    """Total lines that are rounded already: net is their sum, gross is net plus VAT (BR-CO-10, BR-CO-15, BR-CO-17).

    VAT is rounded half up, once for each pair of category and rate, or at each line and added up. No lines come to
    zeros. Where prices have the tax in them, the VAT of a rate is still its base times the rate, as BR-CO-17 wants it;
    the cents by which net and VAT miss the agreed prices are the rounding amount (BT-114, BR-CO-16). Of VAT that is
    rounded at each line there are none: that of a line is what its price has above its net amount.
    """
    amounts = [TaxedAmount(line.tax, line.net, line.gross) for line in lines]
    by_rate = tax_rounding is TaxRounding.RATE
    groups = breakdown(amounts, currency) if by_rate else breakdown_by_line(amounts, currency)
    net = sum((line.net for line in lines), Decimal(0))
    vat = sum((group.amount for group in groups), Decimal(0))
    rounding = _missing(amounts, groups, currency) if by_rate else Decimal(0)
    return Totals(net, vat, net + vat, groups, rounding, _withheld(lines, currency))


def _withheld(lines: Sequence[Line], currency: str) -> Decimal:
    """Add up what is withheld, rounded half up, once for each percent."""
    bases: dict[Decimal, Decimal] = {}
    for line in lines:
        if line.proof.withholding is not None:
            percent = line.proof.withholding.percent
            bases[percent] = bases.get(percent, Decimal(0)) + line.net
    shares = ((Money(base, currency) * (percent / 100)).rounded(Rounding.HALF_UP) for percent, base in bases.items())
    return sum((share.amount for share in shares), Decimal(0))


def _missing(amounts: Sequence[TaxedAmount], groups: Sequence[TaxGroup], currency: str) -> Decimal:
    """Say what the groups miss of the agreed prices with tax; what has no tax in its price bears that of its rate."""
    missing = Decimal(0)
    for group in groups:
        of_group = [amount for amount in amounts if amount.group == group.tax.group]
        with_tax = [amount.gross for amount in of_group if amount.gross is not None]
        if with_tax:
            others = breakdown([amount for amount in of_group if amount.gross is None], currency)
            agreed = sum(with_tax, Decimal(0)) + sum((other.taxable + other.amount for other in others), Decimal(0))
            missing += agreed - group.taxable - group.amount
    return missing


def series_name(own: str, letters: str) -> str:
    """Name the series of a document: the issuer's own, and the letters of a type of document that has its own."""
    return "-".join(part for part in (own, letters) if part)


def invoice_number(year: int, sequence: int, series: str = "") -> str:
    """Write the number of an invoice: the series of its legal entity, its year, and its place in that year."""
    return f"{series}-{year}-{sequence:06d}" if series else f"{year}-{sequence:06d}"
