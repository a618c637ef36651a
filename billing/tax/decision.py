"""Decision: how a supply is taxed, by the law of its place, and on which rows of it that rests.

    what is supplied, between whom    → its place    → the first rule there that fits    → its rate on the tax point

The rate is that of the supply's tax point, never of the invoice's day: an adjustment of June bears June's rate. What no
row covers is refused by name; nothing is presumed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache, partial
from typing import TypeAlias

from billing.tax.jurisdiction import Relief, Standing, TaxRule, Where
from billing.tax.law_book import SHIPPED, LawBook
from billing.tax.tax import CATEGORIES, Tax
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.parties import Party
from contracts.sharing.seller import seller_of
from contracts.taxed import SupplyKind, TaxTerms, Treatment
from quantities.errors import Conflict


class NoTaxRule(Conflict):
    """No tax rule covers this supply on this day."""


class TaxEvidenceMissing(Conflict):
    """The tax treatment rests on a paper, and none that the contract names holds."""


class TaxPlaceMissing(Conflict):
    """The contract does not say where it is supplied."""


class UnknownTaxRate(Conflict):
    """The place of supply has no rate of this name on this day."""


_NOTHING_STATED = TaxTerms()
#: Why a supply is not taxed by any row.
NO_TAX = (NoTaxRule, TaxEvidenceMissing, TaxPlaceMissing, UnknownTaxRate)


@dataclass(frozen=True, slots=True)
class TaxedSide:
    """What of a party decides tax: its country, and whether it has a tax number."""

    country: str
    is_registered: bool

    @classmethod
    def of(cls, party: Party) -> "TaxedSide":
        """Take it from a party."""
        return cls(party.country, party.vat_id is not None)


@dataclass(frozen=True, slots=True)
class Supply:
    """What is supplied, between whom.

    Attributes:
        supplier: who invoices.
        customer: who is invoiced.
        terms: what the contract says of it.
    """

    supplier: TaxedSide
    customer: TaxedSide
    terms: TaxTerms = _NOTHING_STATED

    @classmethod
    def of(cls, contract: Contract, charge: Charge) -> "Supply":
        """Take from a contract what one of its charges supplies."""
        seller, terms = seller_of(contract, charge), contract.tax_of(charge).of_supply
        return cls(TaxedSide.of(seller), TaxedSide.of(contract.customer), terms)

    @property
    def kind(self) -> SupplyKind:
        """What is supplied: a service, where the contract does not say."""
        return self.terms.supply or SupplyKind.SERVICE

    @property
    def standing(self) -> Standing:
        """What the customer is."""
        if not self.customer.is_registered:
            return Standing.ANYBODY
        return Standing.RESELLER if self.terms.reseller else Standing.REGISTERED

    @property
    def place(self) -> str:
        """Where it is supplied.

        Raises:
            TaxPlaceMissing: it depends on what the contract does not say.
        """
        if self.terms.place is not None:
            return self.terms.place
        if self.kind is SupplyKind.SERVICE or self.supplier.country == self.customer.country:
            return self.customer.country
        if self.kind is SupplyKind.NETWORK_ENERGY and self.standing is Standing.RESELLER:
            return self.customer.country
        raise TaxPlaceMissing(
            f"{self.kind} between {self.supplier.country} and {self.customer.country}: state the place of supply",
            found="no place",
            expected="place",
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """How a supply is taxed, and what that rests on.

    Attributes:
        tax: what the line bears.
        place: of the supply.
        rule: the row of the law that decided, as ``book/name since day``.
        rate: the row of the rate, likewise; empty where none is charged.
        code: the code of the reason why none is charged (BT-121), where the law has one.
        parts: of what the rate is the sum, with the percent of each: a state's and a district's.
    """

    tax: Tax
    place: str
    rule: str
    rate: str = ""
    code: str = ""
    parts: tuple[tuple[str, Decimal], ...] = ()


#: Decides how a supply is taxed on a day.
Deciding: TypeAlias = Callable[[Supply, date], Decision]
_STANDINGS = (Standing.ANYBODY, Standing.REGISTERED, Standing.RESELLER)


@cache
def decide_as_shipped(supply: Supply, on: date) -> Decision:
    """Decide by the law that ships with the code alone, as ``decide`` does."""
    return decide(supply, on, SHIPPED)


def decider(book: LawBook) -> Deciding:
    """Decide by a book."""
    return partial(decide, book=book) if book.own else decide_as_shipped


def decide(supply: Supply, on: date, book: LawBook) -> Decision:
    """Decide how a supply is taxed at its tax point.

    Args:
        supply: what, between whom.
        on: the tax point.
        book: the law of all places, a tenant's rows before ours.

    Raises:
        NoTaxRule: the place is in no book, or no rule of it fits.
        TaxEvidenceMissing: what decides rests on a paper that the contract does not name, or that has expired.
        TaxPlaceMissing: the contract has to state the place.
        UnknownTaxRate: the place has no such rate.
    """
    place, terms = supply.place, supply.terms
    for country in (place[:2], supply.supplier.country):
        if country in _MEANT and country not in book.countries:
            meant = _MEANT[country]
            detail = f"ISO 3166-1 writes {meant}, and not {country}; did you mean {meant}?"
            raise NoTaxRule(detail, found=country, expected=meant)
    if place[:2] not in book.countries:
        detail = f"no tax law is known of {place}; `usufruct tax record` takes rows of your own"
        raise NoTaxRule(detail, found=place, expected=list(book.countries))
    if terms.relief is not None:
        return _relieved(supply, terms.relief, book, on)
    where = tuple(_where(side.country, place[:2], book, on) for side in (supply.supplier, supply.customer))
    near = [(name, rule) for name, rule in book.rules(place, on) if rule.place in (None, place)]
    fitting = next(((name, rule) for name, rule in near if _fits(rule, supply, where)), None)
    if fitting is None:
        raise _none_fits(supply, where, on, [rule for _, rule in near])
    name, rule = fitting
    if rule.needs_evidence and not terms.is_evident(on):
        detail = f"{rule.name} ({rule.source}) rests on a paper that holds on {on}; the contract names none"
        raise TaxEvidenceMissing(detail, found="no paper", expected="evidence")
    decided = _priced(supply, rule, book, on)
    since = f"{name}: {rule.name} since {rule.first}"
    return replace(decided, tax=replace(decided.tax, reason=rule.text), rule=since, code=rule.code)


def _where(established: str, country: str, book: LawBook, on: date) -> Where:
    if established == country:
        return Where.HERE
    return Where.UNION if book.shared_union(established, country, on) else Where.ABROAD


def _fits(rule: TaxRule, supply: Supply, where: Sequence[Where]) -> bool:
    """Tell whether a rule speaks of a supply; a treatment that has to be stated fits only where it is.

    Args:
        rule: the rule.
        supply: the supply.
        where: the supplier is, and the customer.
    """
    stated = supply.terms.treatment
    supplier, customer = where
    return (
        supplier in rule.suppliers
        and customer in rule.customers
        and supply.kind in rule.supplies
        and _STANDINGS.index(supply.standing) >= _STANDINGS.index(rule.customer)
        and (supply.supplier.is_registered or not rule.registered_supplier)
        and (stated is rule.treatment if stated is not None else not rule.if_stated)
    )


#: What is written for a country in VAT ids or in speech, and its code in ISO 3166-1.
_MEANT = {"UK": "GB", "EL": "GR"}


def _none_fits(supply: Supply, where: Sequence[Where], on: date, rules: Sequence[TaxRule]) -> NoTaxRule:
    """Say what a supply lacks for a rule that would fit otherwise, and what a contract may state."""
    place, stated = supply.place, supply.terms.treatment
    sides = f"{supply.kind} from {supply.supplier.country} at {place}"
    may_state = sorted(
        {rule.treatment.value for rule in rules if rule.if_stated and _fits(rule, _stating(supply, rule), where)}
    )
    registered = replace(supply, supplier=_registered(supply.supplier), customer=_registered(supply.customer))
    for rule in rules:
        if _fits(rule, registered, where):
            both = (("supplier", supply.supplier), ("customer", supply.customer))
            missing = " and the ".join(name for name, side in both if not side.is_registered)
            detail = f"{sides}: {rule.name} asks for a tax number of the {missing}"
            return NoTaxRule(detail, found="no tax number", expected="vat_id")
    if stated is not None:
        detail = f"{sides}: no rule of {place} on {on} lets a contract state {stated}"
        return NoTaxRule(detail, found=stated.value, expected=may_state)
    detail = f"{sides}: no rule of {place} covers it on {on}"
    if may_state:
        detail += f", unless the contract states its treatment: {', '.join(may_state)}"
    return NoTaxRule(detail, found=place, expected=may_state)


def _stating(supply: Supply, rule: TaxRule) -> Supply:
    return replace(supply, terms=supply.terms.model_copy(update={"treatment": rule.treatment}))


def _registered(side: TaxedSide) -> TaxedSide:
    return replace(side, is_registered=True)


def _priced(supply: Supply, rule: TaxRule | Relief, book: LawBook, on: date) -> Decision:
    """Find the rate of a treatment; one that charges no tax has none. Why it is so is the caller's to say."""
    category, place, terms = CATEGORIES[rule.treatment], supply.place, supply.terms
    if rule.treatment is not Treatment.STANDARD:
        return Decision(Tax(category, Decimal(0)), place, "")
    name, names = terms.rate or rule.rate, book.names_of_rates(place, on)
    if name is None:
        detail = f"{place}: the rule {rule.name!r} names no rate, and no more does the contract"
        raise UnknownTaxRate(detail, expected=names)
    known = book.rate(place, terms.site, name, on)
    if known is None:
        raise UnknownTaxRate(f"{place} has no rate {name!r} on {on}", found=name, expected=names)
    source, row = known
    since = f"{source}: {row.name} since {row.first}"
    return Decision(Tax(category, row.percent), place, "", since, parts=tuple(row.parts.items()))


def _relieved(supply: Supply, name: str, book: LawBook, on: date) -> Decision:
    """Tax a supply by a relief, which the law must have and the tenant must have elected."""
    place = supply.place
    relief = book.relief(place, name, on)
    if relief is None or supply.kind not in relief.supplies:
        raise NoTaxRule(f"{place} has no relief {name!r} for a {supply.kind} on {on}", found=name)
    election = book.election(place[:2], name, on)
    if election is None:
        detail = f"the relief {name!r} of {place} is not elected on {on}; it waives: {relief.waives}"
        raise TaxEvidenceMissing(detail, found=name, expected="an election with its evidence")
    decided = _priced(supply, relief, book, on)
    rule = f"{place[:2]}: {relief.name} since {relief.first}, elected since {election.first} on {election.evidence}"
    return replace(decided, tax=replace(decided.tax, reason=relief.text), rule=rule)
