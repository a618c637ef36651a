"""What the law of its issuer makes of the totals of a document, written down so that they come out so for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing.invoices.invoice import Line, Totals, total
from billing.records.inputs import DeclaredVat, DocumentTax, RateRecord
from billing.tax.jurisdiction import TaxRounding
from billing.tax.law_book import LawBook
from billing.tax.tax import TaxGroup
from contracts.contract import Contract
from contracts.indexation.lookup import Lookup, no_index, value_of
from contracts.parties import Party
from quantities.arithmetic import product
from quantities.money import exponent_then
from quantities.number import EXACT, plain
from quantities.proportion import proportioned
from quantities.rounding import Rounding

#: Of lines whose rate is no sum, beside others of the same rate whose is.
_NO_PART = ""


@dataclass(frozen=True, slots=True)
class Issuing:
    """By what a document is totalled.

    Attributes:
        contract: the version that it is by.
        on: the last day of its period.
        law: of all places, the tenant's rows first.
        lookup: finds rates of exchange.
        owner: in whose name it is issued; None for the contract's supplier.
    """

    contract: Contract
    on: date
    law: LawBook = field(default_factory=LawBook)
    lookup: Lookup = no_index
    owner: Party | None = None

    @property
    def issuer(self) -> Party:
        """Whose document it is."""
        return self.owner or self.contract.supplier

    def totalled(self, lines: Sequence[Line]) -> tuple[Totals, DocumentTax | None]:
        """Total rounded lines as the law of the issuer's country has it.

        Returns:
            The totals, and what of them no sum of the lines tells; None where there is nothing of it.

        Raises:
            IndexValueMissing: the rate of exchange of a tax point is not known yet.
        """
        of_issuer = self.law.documents(self.issuer.country, self.on)
        level = TaxRounding.RATE if of_issuer is None else of_issuer.tax_rounding
        totals = total(lines, self.contract.currency, level)
        return totals, _noted(totals, level, self._declared(lines, level))

    def _declared(self, lines: Sequence[Line], level: TaxRounding) -> DeclaredVat | None:
        """Convert the VAT where it is declared in another currency, and the contract says by which rate."""
        contract = self.contract
        terms = None if contract.tax is None else contract.tax.rate_of_exchange
        currency = self.law.currency(self.issuer.country, self.on)
        if terms is None or currency is None or currency == contract.currency:
            return None
        by_month = vat_by_month(lines, contract.currency, level)
        rates = tuple(
            RateRecord(
                month=month,
                index=terms.index,
                value=value.value,
                per_unit=terms.per_unit_of_tax_currency,
                id=value.id,
            )
            for month in by_month
            for value in (value_of(terms.index, month, self.lookup),)
        )
        return _converted_by(by_month, currency, rates)


def part_of(noted: DocumentTax | None, lines: Sequence[Line], currency: str) -> tuple[Totals, DocumentTax | None]:
    """Total some lines of a piece of work that come to a document of their own, as the whole of it was totalled."""
    if noted is None:
        return total(lines, currency), None
    totals, declared = total(lines, currency, noted.level), noted.declared
    if declared is not None:
        declared = _converted_by(vat_by_month(lines, currency, noted.level), declared.currency, declared.rates)
    return totals, _noted(totals, noted.level, declared)


def _noted(totals: Totals, level: TaxRounding, declared: DeclaredVat | None) -> DocumentTax | None:
    noted = DocumentTax(
        rounded_at=None if level is TaxRounding.RATE else level,
        rounding=totals.rounding or None,
        withheld=totals.withheld or None,
        declared=declared,
    )
    return noted if noted != DocumentTax() else None


def _converted_by(by_month: Mapping[str, Decimal], currency: str, rates: Sequence[RateRecord]) -> DeclaredVat | None:
    """Convert VAT by the rates of its months; None where there is none."""
    needed = tuple(rate for rate in rates if rate.month in by_month)
    if not needed:
        return None
    return DeclaredVat(currency=currency, vat=converted(by_month, currency, needed), rates=needed)


def totals_of(lines: Sequence[Line], currency: str, noted: DocumentTax | None) -> Totals:
    """Total the lines of a stored document as they were totalled."""
    return total(lines, currency, (noted or DocumentTax()).level)


def tax_by_part(group: TaxGroup, lines: Sequence[Line], currency: str) -> dict[str, Decimal]:
    """Divide the tax of a group by what its rate is the sum of: a state's and a district's.

    Args:
        group: of the breakdown of a document.
        lines: of the document, each with what its rate is the sum of.
        currency: of the amounts.

    Returns:
        By name what each has, to the cent, all together the tax of the group; nothing where its rates are no sums.
    """
    weights: dict[str, Decimal] = {}
    for line in lines:
        if line.tax.group == group.tax.group and line.proof.tax is not None:
            for name, percent in (line.proof.tax.parts or {_NO_PART: line.tax.rate}).items():
                weights[name] = weights.get(name, Decimal(0)) + product(line.net, percent)
    if not weights.keys() - {_NO_PART}:
        return {}
    divided = proportioned({name: plain(weight) for name, weight in weights.items()}, group.amount, currency)
    return {name: amount for name, amount in divided.items() if name != _NO_PART}


def vat_by_month(lines: Sequence[Line], currency: str, level: TaxRounding) -> dict[str, Decimal]:
    """Divide the VAT of a document by the months of its tax points; the last month has what the others leave of it.

    Months in which nothing bears any are left out.
    """
    months: dict[str, list[Line]] = {}
    taxed = (line for line in lines if line.tax.rate)
    for line in sorted(taxed, key=lambda line: line.tax_point):
        months.setdefault(f"{line.tax_point:%Y-%m}", []).append(line)
    by_month, left = dict[str, Decimal](), total(lines, currency, level).vat
    for place, (month, of_month) in enumerate(months.items(), start=1):
        by_month[month] = left if place == len(months) else total(of_month, currency, level).vat
        left -= by_month[month]
    return by_month


def converted(by_month: Mapping[str, Decimal], currency: str, rates: Sequence[RateRecord]) -> Decimal:
    """Convert the VAT of each month at its own rate, rounded half up, and add it up (Directive 2006/112/EC, 230)."""
    return sum((_converted(by_month.get(rate.month, Decimal(0)), currency, rate) for rate in rates), Decimal(0))


def _converted(vat: Decimal, currency: str, rate: RateRecord) -> Decimal:
    unrounded = EXACT.divide(vat, rate.value) if rate.per_unit else product(vat, rate.value)
    return Rounding.HALF_UP.to_places(unrounded, exponent_then(currency))
