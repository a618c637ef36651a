"""A contract tried with a relief and without: what its supplier has of each period, and what its customer bears.

    without    tax is charged; a customer that deducts input tax bears the net amount, any other one all that it pays
    with       none is charged, and there is nothing to deduct: every customer bears all that it pays

Of a price with tax, a relief leaves the supplier what was tax; of one without, it leaves it to a customer that deducts
none. What the supplier gives up besides, its own input tax, is in the relief's words: no invoice knows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import Session

from billing.invoices.invoice import total
from billing.previews.simulate import Simulated, simulate
from billing.rating.store import taxed_by
from billing.tax.decision import NoTaxRule, decider
from billing.tax.jurisdiction import Election, TaxRounding, TenantLaw
from billing.tax.law_book import LawBook
from billing.tax.store import law_book
from contracts.contract import Contract
from contracts.schedule import BillingPeriod
from contracts.taxed import TaxTerms

_ASSUMED = "assumed by a trial"


@dataclass(frozen=True, slots=True)
class BothSides:
    """What a period comes to for both sides, in the contract's currency.

    Attributes:
        revenue: of the supplier, without tax.
        tax: that is charged.
        paid: by the customer.
        held: why nothing of it is known; empty where all is.
    """

    revenue: Decimal
    tax: Decimal
    paid: Decimal
    held: str = ""

    @property
    def borne_by_deducting(self) -> Decimal:
        """What a customer bears that deducts the tax that is charged."""
        return self.paid - self.tax


@dataclass(frozen=True, slots=True)
class WithAndWithout:
    """One period with a relief and without."""

    period: BillingPeriod
    without: BothSides
    with_relief: BothSides


@dataclass(frozen=True, slots=True)
class TriedRelief:
    """A relief, tried.

    Attributes:
        waives: what is given up by it, in words.
        confirmed: whether the law in force confirms it.
        periods: in order.
    """

    waives: str
    confirmed: bool
    periods: tuple[WithAndWithout, ...]


def try_relief(session: Session, contract: Contract, relief: str, first: date, after_last: date) -> TriedRelief:
    """Rate a contract with a relief and without, over the billing periods within some days; nothing is stored.

    The relief is tried as if it were elected, whether it is or not.

    Raises:
        NoTaxRule: the law of the supplier's country has no relief of that name on the first day.
        FaultyDocument, TooManyPeriods: as ``simulate``.
    """
    law, country = law_book(session), contract.supplier.country
    known = law.relief(country, relief, first)
    if known is None:
        raise NoTaxRule(f"{country} has no relief {relief!r} on {first}", found=relief)
    without = _stating(contract, None)
    of_issuer = law.documents(country, first)
    level = TaxRounding.RATE if of_issuer is None else of_issuer.tax_rounding
    tried = [
        simulate(session, version, first, after_last, taxed_by(decider(book)))
        for version, book in ((without, law), (_stating(contract, relief), _elected(law, country, relief, first)))
    ]
    periods = tuple(
        WithAndWithout(
            plain.period, _sides(plain, contract.currency, level), _sides(relieved, contract.currency, level)
        )
        for plain, relieved in zip(*tried, strict=True)
    )
    return TriedRelief(known.waives, known.confirmed, periods)


def _sides(simulated: Simulated, currency: str, level: TaxRounding) -> BothSides:
    totals = total(simulated.lines, currency, level)
    return BothSides(totals.net, totals.vat, totals.gross + totals.rounding, simulated.held)


def _stating(contract: Contract, relief: str | None) -> Contract:
    """The same contract with another relief, or none; a charge that is taxed otherwise stays so."""
    terms = (contract.tax or TaxTerms()).model_copy(update={"relief": relief})
    charges = tuple(
        charge
        if charge.tax is None
        else charge.model_copy(update={"tax": charge.tax.model_copy(update={"relief": None})})
        for charge in contract.charges
    )
    return contract.model_copy(update={"tax": terms, "charges": charges})


def _elected(law: LawBook, country: str, relief: str, on: date) -> LawBook:
    """The law, with an election of a relief in it."""
    election = Election(relief=relief, evidence=_ASSUMED, waived=_ASSUMED, first=on, source=_ASSUMED)
    own = law.own.get(country) or TenantLaw(country=country)
    elected: Mapping[str, TenantLaw] = {
        country: own.model_copy(update={"elections": (*own.elections, election)}),
    }
    return LawBook({**law.own, **elected})
