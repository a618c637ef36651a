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
    """

    supply: SupplyKind | None = None
    place: PlaceCode | None = None
    site: Name | None = None
    rate: Name | None = None
    treatment: Treatment | None = None
    relief: Name | None = None
    reseller: YesOrNo | None = None
    evidence: tuple[TaxPaper, ...] = ()

    def over(self, general: "TaxTerms") -> "TaxTerms":
        """These terms, and where they are silent the general ones."""
        stated = {name: getattr(self, name) for name in TaxTerms.model_fields if getattr(self, name) not in (None, ())}
        return general.model_copy(update=stated)

    def is_evident(self, on: date) -> bool:
        """Whether any of its evidence holds on a day."""
        return any(paper.holds(on) for paper in self.evidence)

    def ends_of_evidence(self) -> Iterable[date]:
        """The days from which on a paper holds no longer."""
        return (paper.after_last for paper in self.evidence if paper.after_last is not None)
