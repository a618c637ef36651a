"""Jurisdictions: what the law of a place says of tax and of documents, as dated rows, each with its source.

A country is a file in law/, and no code; what all members of a union have in common is the file of the union. Nothing
here is tax advice: the rows are those of the sources that they name, and a tenant's own rows go before them.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from billing.records.document_type import CorrectionManner, DocumentType
from contracts.settings import CurrencyCode
from contracts.taxed import PlaceCode, SupplyKind, Treatment
from quantities.document import WholeNumber, YesOrNo, checked
from quantities.money import exponent_then
from quantities.names import Name
from quantities.quantity import Magnitude
from quantities.terms import Terms, nothing_by_name

#: The name of a type of document, as ``credit_note``.
DocumentTypeName = Annotated[
    str, Field(pattern=f"^({'|'.join(document_type.in_words for document_type in DocumentType)})$")
]
SeriesLetters = Annotated[str, Field(pattern=r"^[A-Z]{1,6}$")]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


def _currency_then(code: str) -> str:
    exponent_then(code)
    return code


#: A currency of ISO 4217, also one that is withdrawn.
CurrencyThen = Annotated[str, checked(_currency_then)]


class LawRow(Terms):
    """A row that holds on some days.

    Attributes:
        first: from which day on.
        after_last: the first day on which it holds no longer; without it, until a later row takes its place.
        source: the law, or the notice of its authority.
    """

    first: date
    after_last: date | None = None
    source: Name

    def holds(self, on: date) -> bool:
        """Whether it holds on a day."""
        return self.first <= on and (self.after_last is None or on < self.after_last)


class RateRow(LawRow):
    """A rate.

    Attributes:
        name: by which contracts ask for it: standard, reduced.
        percent: of the net amount.
        place: the part of the country that has it; without it, all of it.
        site: the one site that has it.
        parts: of what it is the sum: a state's and a district's.
    """

    name: Name
    percent: Annotated[Magnitude, Field(ge=0, le=100)]
    place: PlaceCode | None = None
    site: Name | None = None
    parts: Mapping[Name, Magnitude] = nothing_by_name()

    @model_validator(mode="after")
    def _is_the_sum(self) -> Self:
        if self.parts and sum(self.parts.values(), Decimal(0)) != self.percent:
            raise ValueError("parts add up to the percent")
        return self

    @property
    def reach(self) -> int:
        """How near it is: of a site 2, of a part of the country 1, of all of it 0."""
        return 2 if self.site is not None else int(self.place is not None)


class Where(StrEnum):
    """Where a side is established, seen from the place of supply: in that country, in its union, anywhere else."""

    HERE = "here"
    UNION = "union"
    ABROAD = "abroad"


class Standing(StrEnum):
    """What a customer must be: anybody, one with a tax number, or one with a tax number who resells."""

    ANYBODY = "anybody"
    REGISTERED = "registered"
    RESELLER = "reseller"


class TaxRule(LawRow):
    """How supplies at the place are treated; the first rule that fits decides.

    Attributes:
        name: of the rule, unique in its file.
        suppliers: where they may be established.
        customers: where those may be; a customer that is to owe the tax is at the place, where it is registered.
        supplies: which kinds.
        customer: what the customer must be.
        registered_supplier: whether the supplier must have a tax number.
        place: the part of the country of which it speaks; without it, all of it.
        treatment: how they are treated.
        rate: the name of the rate where the contract names none; without it, the contract must.
        if_stated: whether a contract has to state the treatment.
        needs_evidence: whether it rests on a paper.
        text: what the document says, where no tax is charged.
        code: the code of the reason, as e-invoices have it (BT-121).
    """

    name: Name
    suppliers: Annotated[tuple[Where, ...], Field(min_length=1)]
    customers: Annotated[tuple[Where, ...], Field(min_length=1)] = tuple(Where)
    supplies: Annotated[tuple[SupplyKind, ...], Field(min_length=1)]
    customer: Standing = Standing.ANYBODY
    registered_supplier: YesOrNo = False
    place: PlaceCode | None = None
    treatment: Treatment
    rate: Name | None = None
    if_stated: YesOrNo = False
    needs_evidence: YesOrNo = False
    text: str = ""
    code: str = ""

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        untaxed = self.treatment not in (Treatment.STANDARD, Treatment.ZERO)
        if untaxed and not self.text:
            raise ValueError("a document that charges no tax says why: text is missing")
        return self


class Relief(LawRow):
    """A relief that a supplier may elect, and that is never presumed.

    Attributes:
        name: by which contracts ask for it.
        supplies: which kinds may have it.
        treatment: what it makes of them.
        rate: the name of its rate, where it is a rate.
        text: what the document says.
        waives: what the supplier or its customer gives up by it, in words.
        confirmed: whether the law in force confirms it; if not, the election has to say on what it rests.
    """

    name: Name
    supplies: Annotated[tuple[SupplyKind, ...], Field(min_length=1)]
    treatment: Treatment
    rate: Name | None = None
    text: str
    waives: str
    confirmed: YesOrNo


class TaxRounding(StrEnum):
    """At which level tax is rounded: once for each rate of a document (``rate``), or at each ``line``."""

    RATE = "rate"
    LINE = "line"


class DocumentLaw(LawRow):
    """What the law of the issuer's country says of its documents.

    Attributes:
        correction: how one that is issued is corrected.
        tax_rounding: at which level tax is rounded.
        retention_years: how many whole years documents are kept, from the end of their year.
        forms: of which forms a contract has to name one; none where there is one form alone.
        asks_price_basis: whether a contract has to say if its prices are with tax, because neither is the custom.
        series: the letters of a series of its own, by the type of document that has one (``credit_note: R``).
        not_issued: why a type of document is not issued there, by the type.
    """

    correction: CorrectionManner
    tax_rounding: TaxRounding = TaxRounding.RATE
    retention_years: Annotated[WholeNumber, Field(ge=1, le=99)]
    forms: tuple[Name, ...] = ()
    asks_price_basis: YesOrNo = False
    series: Annotated[Mapping[DocumentTypeName, SeriesLetters], Field(exclude_if=lambda series: not series)] = {}
    not_issued: Annotated[Mapping[DocumentTypeName, str], Field(exclude_if=lambda refused: not refused)] = {}


class Membership(LawRow):
    """The days on which a country belongs to a union."""

    union: Name


class DeclaredIn(LawRow):
    """The days on which tax is declared in a currency, which may be withdrawn by now."""

    currency: CurrencyThen


class Union(Terms):
    """What the members of a union have in common.

    Attributes:
        union: its name.
        rules: for supplies at a place in it, after the country's own.
    """

    union: Name
    rules: tuple[TaxRule, ...]


class Election(LawRow):
    """A relief that a tenant has elected, with the paper that it rests on and what is given up by it.

    Attributes:
        relief: its name in the law of the country.
        evidence: the paper: a contract form, a filing, an advisor's letter.
        waived: what is given up, in words.
    """

    relief: Name
    evidence: Name
    waived: Name


class TenantLaw(Terms):
    """A tenant's own rows for a country, which go before ours.

    Attributes:
        country: ISO 3166-1.
        rates: of the country, its parts, or single sites.
        rules: how supplies there are treated.
        elections: of reliefs.
        documents: of those who are established there, where ours say nothing or something else.
    """

    country: CountryCode
    rates: tuple[RateRow, ...] = ()
    rules: tuple[TaxRule, ...] = ()
    elections: tuple[Election, ...] = ()
    documents: tuple[DocumentLaw, ...] = ()

    @model_validator(mode="after")
    def _speaks_of_its_country(self) -> Self:
        places = (*(rate.place for rate in self.rates), *(rule.place for rule in self.rules))
        if any(place is not None and place[:2] != self.country for place in places):
            raise ValueError(f"each place lies in {self.country}")
        return self


class Jurisdiction(Terms):
    """The law of one country.

    Attributes:
        country: ISO 3166-1.
        name: in English.
        currency: in which its tax is declared.
        currencies: the days from which it was declared in which, where it was another.
        tax: what the tax is called in documents.
        number: how its tax numbers are checked, by the names that the library of numbers has for their forms; without
            any, not.
        memberships: of unions.
        outside: its parts where this law does not hold, nor that of its unions; a tenant's own rows do.
        rates: of the country and its parts.
        rules: its own.
        reliefs: that may be elected.
        documents: what it says of the documents of those who are established in it.
    """

    country: CountryCode
    name: Name
    currency: CurrencyCode
    tax: Name
    number: Name | tuple[Name, ...] = ()
    currencies: tuple[DeclaredIn, ...] = ()
    memberships: tuple[Membership, ...] = ()
    outside: tuple[PlaceCode, ...] = ()
    rates: tuple[RateRow, ...] = ()
    rules: tuple[TaxRule, ...] = ()
    reliefs: tuple[Relief, ...] = ()
    documents: Annotated[tuple[DocumentLaw, ...], Field(min_length=1)]

    def unions_on(self, day: date) -> Iterator[str]:
        """Name the unions that it belongs to on a day."""
        return (membership.union for membership in self.memberships if membership.holds(day))

    def currency_on(self, day: date) -> str:
        """Name the currency in which its tax is declared on a day."""
        rows = [row for row in self.currencies if row.holds(day)]
        return max(rows, key=lambda row: row.first).currency if rows else self.currency

    @property
    def forms_of_number(self) -> tuple[str, ...]:
        """The forms that its tax numbers may have, by the names of the library of numbers."""
        return (self.number,) if isinstance(self.number, str) else self.number

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        rules = [rule.name for rule in self.rules]
        if len(set(rules)) < len(rules):
            raise ValueError("each rule has a name of its own")
        return self
