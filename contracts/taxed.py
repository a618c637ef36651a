"""What a contract says of tax: what is supplied, where, at which rate of that place, and on what evidence.

Clause: "The heat is taxed where it is used. The customer resells it and owes the tax itself; his certificate of
1 March 2026 is attached." Whether it is so is the supplier's to know; what the law of the place makes of it is not said
here (billing/tax/).
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from quantities.document import YesOrNo
from quantities.names import Name
from quantities.quantity import Magnitude
from quantities.terms import Terms
from quantities.worded import worded

#: A country (ISO 3166-1), or a part of it (ISO 3166-2): DE, US-CA.
_PLACE = worded(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", "a country, or a part of it as ISO 3166-2 writes it, as in ES or ES-CN")
PlaceCode = Annotated[str, Field(pattern=_PLACE)]


class SupplyKind(StrEnum):
    """What is supplied, as far as tax asks: heat, cold, gas and power are goods with a place of supply of their own."""

    SERVICE = "service"
    GOODS = "goods"
    NETWORK_ENERGY = "network_energy"


class Treatment(StrEnum):
    """How a supply is treated; without one stated, the law of its place says."""

    STANDARD = "standard"
    ZERO = "zero"
    EXEMPT = "exempt"
    REVERSE_CHARGE = "reverse_charge"
    INTRA_COMMUNITY = "intra_community"
    EXPORT = "export"
    OUT_OF_SCOPE = "out_of_scope"


class PriceBasis(StrEnum):
    """Whether the prices of a contract are ``without_tax``, which is added, or ``with_tax``, which is in them."""

    WITHOUT_TAX = "without_tax"
    WITH_TAX = "with_tax"


class TaxPaper(Terms):
    """A paper that a treatment rests on.

    Attributes:
        reference: which one, as it is filed: a certificate's number, a letter and its date.
        first: from which day it holds.
        after_last: the first day on which it holds no longer; without it, it does not expire.
    """

    reference: Name
    first: date
    after_last: date | None = None

    def holds(self, on: date) -> bool:
        """Whether it holds on a day."""
        return self.first <= on and (self.after_last is None or on < self.after_last)


class Withholding(Terms):
    """A tax that the customer takes off what it pays, and pays to the state of its own country for the supplier.

    Attributes:
        percent: of the net amount.
        law: by which it is taken off.
        treaty: the agreement between both countries that lowers it; it needs evidence.
        evidence: what the treaty's percent rests on: a certificate of residence.
        gross_up: whether the customer bears it: prices are raised so that the supplier has the agreed ones.
        first: from which day on.
        after_last: the first day on which it is taken off no longer.
    """

    percent: Annotated[Magnitude, Field(gt=0, lt=100)]
    law: Name
    treaty: Name | None = None
    evidence: tuple[TaxPaper, ...] = ()
    gross_up: YesOrNo = False
    first: date
    after_last: date | None = None

    def holds(self, on: date) -> bool:
        """Whether it is taken off on a day."""
        return self.first <= on and (self.after_last is None or on < self.after_last)

    def is_evident(self, on: date) -> bool:
        """Whether it rests on no treaty, or any of its evidence holds on a day."""
        return self.treaty is None or any(paper.holds(on) for paper in self.evidence)


class RateOfExchange(Terms):
    """Where a tax in another currency than the contract's is converted.

    Attributes:
        index: the series of the rate, whose value of the month of the tax point counts.
        per_unit_of_tax_currency: whether its values are of the contract's currency for one unit of the currency of the
            tax, as the European Central Bank's are for a tax in euros; otherwise the other way round.
    """

    index: Name
    per_unit_of_tax_currency: YesOrNo = False


class TaxTerms(Terms):
    """What of a supply decides its tax. Of a charge, what it leaves out is as the contract says for all of them.

    Attributes:
        supply: a service (the hire of a machine is one), goods, or energy out of a network.
        place: where it is supplied; without it, a service where its customer is, all else in the country of both
            parties, and where these are two it has to be stated.
        site: a site of the fleet, where a rate is that of a site.
        rate: the name of a rate of the place; without it, the one that its law gives.
        treatment: where it is another than the law gives by itself, as an exemption that somebody has to claim.
        relief: the name of a relief of the place's law that the supplier has elected.
        reseller: whether the customer sells on what it buys, as its certificate says.
        evidence: what a treatment, a relief or a reseller's standing rests on.
        price_basis: prices with tax or without; without tax, unless it says. The law of some countries asks
            for it to be said.
        withholding: what the customer takes off what it pays, as dated rows; the newest that holds counts.
        rate_of_exchange: where the sum of the tax is converted, if it is declared in another currency; of a contract.
    """

    supply: SupplyKind | None = None
    place: PlaceCode | None = None
    site: Name | None = None
    rate: Name | None = None
    treatment: Treatment | None = None
    relief: Name | None = None
    reseller: YesOrNo | None = None
    evidence: tuple[TaxPaper, ...] = ()
    price_basis: PriceBasis | None = None
    withholding: tuple[Withholding, ...] = ()
    rate_of_exchange: RateOfExchange | None = None

    @property
    def has_tax_in_prices(self) -> bool:
        """Whether the agreed prices have the tax in them."""
        return self.price_basis is PriceBasis.WITH_TAX

    @property
    def of_supply(self) -> "TaxTerms":
        """What of it the law asks for."""
        is_all = self.price_basis is None and self.rate_of_exchange is None and not self.withholding
        others = {"price_basis": None, "withholding": (), "rate_of_exchange": None}
        return self if is_all else self.model_copy(update=others)

    @property
    def of_price(self) -> "TaxTerms":
        """What of it decides what a charge comes to: no papers, for one that is prolonged divides no peak."""
        withholding = tuple(row.model_copy(update={"evidence": ()}) for row in self.withholding)
        return self.model_copy(update={"evidence": (), "withholding": withholding, "rate_of_exchange": None})

    def withheld_on(self, day: date) -> Withholding | None:
        """Find what is taken off on a day; None where nothing is."""
        rows = [row for row in self.withholding if row.holds(day)]
        return max(rows, key=lambda row: row.first, default=None)

    def over(self, general: "TaxTerms") -> "TaxTerms":
        """These terms, and where they are silent the general ones."""
        stated = {name: getattr(self, name) for name in TaxTerms.model_fields if getattr(self, name) not in (None, ())}
        return general.model_copy(update=stated)

    def is_evident(self, on: date) -> bool:
        """Whether any of its evidence holds on a day."""
        return any(paper.holds(on) for paper in self.evidence)

    def ends_of_evidence(self) -> Iterable[date]:
        """The days from which on a paper holds no longer."""
        papers = (*self.evidence, *(paper for row in self.withholding for paper in row.evidence))
        return (paper.after_last for paper in papers if paper.after_last is not None)
