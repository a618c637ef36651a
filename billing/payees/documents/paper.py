"""A document between the supplier and a payee as a value, before it has a number, and what of issued ones counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from billing.invoices.invoice import Line, Totals
from billing.payees.legs import LegKind
from billing.records.document_type import DocumentRules, DocumentType
from billing.records.payee_document import PayeeDocumentContent, PayeeDocumentLine
from billing.tax.jurisdiction import TaxRounding
from contracts.contract import Contract
from contracts.sharing.payees import Payee, SharingTerms


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of a customer's document, with its place and the version by which it was rated.

    Attributes:
        work: the key of the first document of the piece of work, which corrections name.
        invoice: the key of the document.
        number: of it; empty until it has one.
        pos: of the line.
        line: as it is billed.
        by: the version.
    """

    work: int
    invoice: int
    number: str
    pos: int
    line: Line
    by: Contract


@dataclass(frozen=True, slots=True)
class SellerLaw:
    """What the law of a seller's country says of its documents.

    Attributes:
        rules: how lines become documents there.
        level: at which its tax is rounded.
        is_self_billed: whether it lets those whom a seller bills make out its invoices.
    """

    rules: DocumentRules
    level: TaxRounding = TaxRounding.RATE
    is_self_billed: bool = True


@dataclass(frozen=True, slots=True)
class EarlierPaper:
    """A document of the contract that was issued before, as far as corrections ask.

    Attributes:
        number: its number.
        leg: what is sold.
        payee: by name.
        takes_back: whether it takes back another as a whole.
        replaces: whether it issues another anew.
        lines: in order.
    """

    number: str
    leg: LegKind
    payee: str
    takes_back: bool
    replaces: bool
    lines: tuple[PayeeDocumentLine, ...]


@dataclass(frozen=True, slots=True)
class PayeePaper:
    """A document between the supplier and a payee that is to be, or was to be.

    Attributes:
        leg: what is sold.
        document_type: what it is.
        series: the letters of its series.
        content: what it says.
        totals: of its lines.
    """

    leg: LegKind
    document_type: DocumentType
    series: str
    content: PayeeDocumentContent
    totals: Totals


@dataclass(frozen=True, slots=True)
class SharedTerms:
    """The versions of a contract, as far as they say who its payees are.

    Attributes:
        version_id: the key of the version by which the customer's document is.
        contract: that version.
        versions: all that were known by then, oldest first.
    """

    version_id: int
    contract: Contract
    versions: Sequence[Contract]

    def with_charge(self, by: Contract, charge: str) -> Contract | None:
        """Find the version that has a charge: that by which a line was rated, or the newest."""
        return next((one for one in self._from(by) if any(charge == other.name for other in one.charges)), None)

    def describing(self, by: Contract, payee: str) -> tuple[SharingTerms, Payee] | None:
        """Find what is agreed with a payee: by the version of a line, or the newest that still names it."""
        for one in self._from(by):
            known = None if one.sharing is None else one.sharing.payee(payee)
            if one.sharing is not None and known is not None:
                return one.sharing, known
        return None

    def papers_of(self, payee: str) -> list[Payee]:
        """List what the versions say of a payee, the newest first."""
        known = (None if one.sharing is None else one.sharing.payee(payee) for one in reversed(self.versions))
        return [terms for terms in known if terms is not None]

    def _from(self, by: Contract) -> Sequence[Contract]:
        return (by, *reversed(self.versions))


#: The law of sellers' documents, by country.
SellerLaws = Mapping[str, SellerLaw]
