"""Which documents a state clears, as data: by whom, of whom, since when; and why others are not cleared.

KSeF since 1 April 2026 (since 1 February of the largest taxpayers, who state it by clearing earlier): Ustawa o VAT
Art. 106ga, as of Dz.U. 2023 poz. 1598 and 2025 poz. 1203. Fully digitalised e-fapiao, nationwide since 1 December 2024:
STA Notice 2024 No. 11.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing.clearance.life import Authority
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_party import BusinessParty
from billing.records.document_type import DocumentType
from contracts.invoicing import STATE_FORMS, InvoiceForm
from contracts.missing.state_parties import CLEARING_STATES, ClearingState, is_abroad


class NoDuty(StrEnum):
    """Why a document is not cleared, in the words in which lists say it."""

    NOT_ISSUED = "it is a draft"
    VOID = "it is void"
    SELLER_ABROAD = "its seller is not established in this state"
    BEFORE = "it was issued before the state cleared any"
    CONSUMER = "its customer is no business"
    BUYER_ABROAD = "its customer is abroad"
    MADE_OUT_BY_BUYER = "the seller alone makes it out in this state"
    NOTHING_BILLED = "it comes to nothing"
    DAMAGES = "it claims damages, which are no supply"
    DEPOSIT = "it bills or gives back a deposit, which is no supply"


@dataclass(frozen=True, slots=True)
class ClearanceDuty:
    """What a state clears.

    Attributes:
        authority: that clears.
        state: whose documents it clears, by the countries and numbers of both sides.
        since: the first day of issue.
        self_billed: whether documents are that the customer makes out in the seller's name.
        source: by which law.
    """

    authority: Authority
    state: ClearingState
    since: date
    self_billed: bool
    source: str

    @property
    def country(self) -> str:
        """Where the sellers are established."""
        return self.state.country


DUTIES: tuple[ClearanceDuty, ...] = (
    ClearanceDuty(
        Authority.KSEF,
        CLEARING_STATES[InvoiceForm.KSEF],
        since=date(2026, 2, 1),
        self_billed=True,
        source="Ustawa o VAT Art. 106ga",
    ),
    ClearanceDuty(
        Authority.FAPIAO,
        CLEARING_STATES[InvoiceForm.FAPIAO],
        since=date(2024, 12, 1),
        self_billed=False,
        source="STA Notice 2024 No. 11",
    ),
)
#: Natures of lines that are no supply.
_DAMAGES, _DEPOSIT = "damages", "deposit"
_SELF_BILLED = (DocumentType.SELF_BILLED, DocumentType.SELF_BILLED_CREDIT_NOTE)


def duty_of(authority: Authority) -> ClearanceDuty:
    """Find what a state clears."""
    return next(duty for duty in DUTIES if duty.authority is authority)


def why_not_cleared(document: BusinessDocument, duty: ClearanceDuty) -> NoDuty | None:
    """Say why a document is not cleared; None: it is."""
    for reason, applies in (
        (NoDuty.NOT_ISSUED, document.issued_on is None),
        (NoDuty.VOID, document.state == "void"),
        (NoDuty.SELLER_ABROAD, document.seller.address.country != duty.country),
        (NoDuty.BEFORE, document.issued_on is not None and document.issued_on < duty.since),
        (NoDuty.MADE_OUT_BY_BUYER, not duty.self_billed and document.document_type in _SELF_BILLED),
        (NoDuty.BUYER_ABROAD, not duty.state.abroad and is_abroad(duty.state, document.buyer.address.country)),
        (NoDuty.CONSUMER, not duty.state.consumers and is_consumer(document.buyer)),
        (NoDuty.NOTHING_BILLED, not any(line.net for line in document.lines)),
        (NoDuty.DAMAGES, all(line.nature == _DAMAGES for line in document.lines)),
        (NoDuty.DEPOSIT, all(line.nature in (_DAMAGES, _DEPOSIT) for line in document.lines)),
    ):
        if applies:
            return reason
    return None


def form_of_original(document: BusinessDocument) -> InvoiceForm:
    """Name the form of a document's original: its customer's, but PDF of what the state behind it does not clear.

    Args:
        document: issued.
    """
    if document.form not in STATE_FORMS or why_not_cleared(document, duty_of(Authority(document.form.value))) is None:
        return document.form
    return InvoiceForm.PDF


def is_consumer(party: BusinessParty) -> bool:
    """Whether a party states no number by which a tax office or a register knows it."""
    return not (party.vat_id or party.tax_number or party.registration)
