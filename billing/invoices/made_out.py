"""How documents are made out: what the customer wants, and what is told of both sides on the day of issue."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from billing.invoices.issuer import day_in_books
from billing.records.invoicing import InvoicingRecord
from contracts.contract import Contract
from contracts.invoicing import PLAIN, InvoicingTerms
from contracts.parties import Party
from contracts.party_profile import PartyProfile
from contracts.party_profiles.known_profiles import KnownProfiles


@dataclass(frozen=True, slots=True)
class MakingOut:
    """What documents that are issued together are made out by.

    Attributes:
        at: the instant of issue, or of a look.
        profiles: of all their sides, read once: a document has one or the other of two, and never a part of each.
        issue_date: the day that they bear, where one is asked for; else it is today in the books of their seller.
    """

    at: datetime
    profiles: KnownProfiles = field(default_factory=KnownProfiles)
    issue_date: date | None = None

    def day(self, seller: Party, zone: str) -> date:
        """Name the day on which profiles must be in force."""
        return self.issue_date or day_in_books(seller, zone, self.at)

    def of_contract(self, contract: Contract, seller: Party) -> InvoicingRecord | None:
        """Say how a document of a contract is made out, as one of its versions has it.

        Args:
            contract: the version that the document is by.
            seller: the supplier, or the owner in whose name it is.
        """
        day = self.day(seller, contract.zone)
        return self.between(contract.invoicing, (seller.name, contract.customer.name), day)

    def of_sellers(self, contract: Contract, sellers: Mapping[str, Party]) -> dict[str, InvoicingRecord | None]:
        """Say likewise how documents in the names of others are made out, by these names."""
        return {name: self.of_contract(contract, seller) for name, seller in sellers.items()}

    def of_payee(self, zone: str, sides: tuple[Party, Party], payee: str) -> InvoicingRecord | None:
        """Say how a document between the supplier and a payee is made out, as the payee takes it.

        Args:
            zone: of the contract.
            sides: the seller and the buyer.
            payee: by name, one of both.
        """
        seller, buyer = sides
        day = self.day(seller, zone)
        return self.between(payee_terms(self.profiles.on(payee, day)), (seller.name, buyer.name), day)

    def between(self, terms: InvoicingTerms, sides: tuple[str, str], day: date) -> InvoicingRecord | None:
        """Write down how a document is made out; None where nothing was told, as it mostly is."""
        seller, buyer = (self.profiles.on(name, day) for name in sides)
        return invoicing_record(terms, seller, buyer)


def payee_terms(profile: PartyProfile | None) -> InvoicingTerms:
    """Say how a payee wants its documents, by its profile."""
    return PLAIN if profile is None else profile.as_payee


def invoicing_record(
    terms: InvoicingTerms, seller: PartyProfile | None, buyer: PartyProfile | None
) -> InvoicingRecord | None:
    """Write down how a document is made out; None where nothing was told."""
    if terms == PLAIN and seller is None and buyer is None:
        return None
    return InvoicingRecord(terms=terms, seller=seller, buyer=buyer)


def could_be(
    terms: InvoicingTerms, sides: tuple[str, str], profiles: KnownProfiles, on: date, made_at: datetime
) -> Iterator[InvoicingRecord | None]:
    """List how a document may have been made out that was made at an instant; the first is what is certain.

    Args:
        terms: of the version that it is by.
        sides: the names of the seller and the buyer.
        profiles: of both.
        on: the day by which profiles must have been in force.
        made_at: the instant.
    """
    sellers, buyers = (profiles.could_count(name, on, made_at) for name in sides)
    yield from (invoicing_record(terms, seller, buyer) for seller in sellers for buyer in buyers)


def as_made_out(stored: InvoicingRecord | None, possible: Iterable[InvoicingRecord | None]) -> InvoicingRecord | None:
    """Choose how a document was made out: as it says, if that is possible; else as is certain."""
    first, *others = possible
    return stored if stored in others else first
